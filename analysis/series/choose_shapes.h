// SPDX-License-Identifier: Apache-2.0
// Which shapes a series has, jointly with its line and under the noise it may have: a wander is not
// explained away as steps, and a step not as a wander.
#pragma once

#include <span>
#include <vector>

#include "analysis/series/shapes.h"
#include "analysis/series/slope_posterior.h"

namespace seep::analysis {

struct ChosenShapes {
  std::vector<Shape> shapes;
  double weight = 1;  // of this choice among the alternatives
  Columns columns() const;
  size_t Count(ShapeKind kind) const;
  const Shape* Find(ShapeKind kind) const;  // the first one; nullptr: none
};

// Forward selection on `y` at `x` (shares of the run, ascending), beside `given` columns (constant,
// load, time last). A shape is taken when the profile likelihood over noise models gains more than
// its coefficients and the choice among so many cost: BIC (Schwarz 1978) and the risk inflation
// criterion (Foster & George 1994).
std::vector<ChosenShapes> ChooseShapes(std::span<const double> x, std::span<const double> y,
                                       const Columns& given, double quantum, double day);

}  // namespace seep::analysis

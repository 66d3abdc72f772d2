// SPDX-License-Identifier: Apache-2.0
// The usable part of a series (after warm-up), checked and reduced to blocks of equal time. Every
// test of a series works on these blocks, so that tick length and run length do not matter to it.
#pragma once

#include <string>
#include <vector>

#include "storage/model/series.h"

namespace seep::analysis {

// The time in which a series should have points: the life of its target within the run.
struct Window {
  double begin_s = 0;
  double end_s = 0;
};

// Where the part to judge begins: begin + max(10 s, 25 % of the window). Version 1 cuts;
// analysis.md 2.1 will model the warm-up instead.
double WarmupEnd(const Window& window);

struct Blocks {
  double usable_begin_s = 0;
  double usable_end_s = 0;
  size_t points = 0;       // usable: finite, in order, after warm-up
  double gap_share = 0;    // of the usable part that no point covers
  double level = 0;        // median of the usable points
  double first_level = 0;  // median of the first points of the window, warm-up included
  // One entry per block that has points.
  std::vector<double> time_s;
  std::vector<double> median;
  std::vector<double> lower;  // 10 % quantile: follows the troughs of a sawtooth
  std::string shortage;       // why there is too little to judge; empty: enough
};

inline constexpr double kMinUsable_s = 30;
inline constexpr size_t kMinPoints = 12;
inline constexpr size_t kMinBlocks = 8;
inline constexpr double kMaxGapShare = 0.2;

Blocks MakeBlocks(const std::vector<model::Point>& points, const Window& window);

}  // namespace seep::analysis

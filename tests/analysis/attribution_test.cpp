// SPDX-License-Identifier: Apache-2.0
#include "analysis/attribution.h"

#include <catch2/catch.hpp>

#include "analysis/series/find_series.h"
#include "analysis/stats/least_squares.h"
#include "synthetic.h"

using namespace seep;
using namespace seep::synthetic;

namespace {

double RssSlopePerHour(const model::RunData& data, double begin_s, double end_s) {
  std::vector<double> t;
  std::vector<double> y;
  for (const model::Point& point :
       *analysis::FindPoints(data, data.targets[0].id, model::metric::kRssSwap)) {
    if (point.t_s < begin_s || point.t_s > end_s) continue;
    t.push_back(point.t_s);
    y.push_back(point.value);
  }
  return 3600 * analysis::OlsSlope(t, y);
}

}  // namespace

TEST_CASE("the slopes of the parts add up to the slope of the whole") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Rng rng(seed);
    RunSpec spec;
    spec.duration_s = 600;
    spec.stacks = {Leak(rng, 600, 0.5), Churn(rng, 600, 50, 60)};
    const model::RunData data = MakeRun(rng, spec);
    const analysis::Attribution attribution = analysis::Attribute(data, data.targets[0].id, 150);
    REQUIRE(attribution.parts.size() == 5);
    double sum = 0;
    double shares = 0;
    for (const model::AttributionPart& part : attribution.parts) {
      sum += part.slope_per_hour;
      shares += part.share;
    }
    CHECK(sum == attribution.rss_slope_per_hour);
    CHECK(shares == Approx(1));
    CHECK(sum == Approx(RssSlopePerHour(data, 150, 600)).epsilon(1e-9));
    CHECK(attribution.parts[0].name == "heap_live");
    CHECK(attribution.parts[0].share > 0.6);
  }
}

TEST_CASE("without heap data all anonymous memory is one part") {
  Rng rng(1);
  model::RunData data = MakeRun(rng, {.duration_s = 600, .stacks = {}});
  std::erase_if(data.series, [](const model::SeriesData& series) {
    return series.series.metric == model::metric::kHeapLive;
  });
  const analysis::Attribution attribution = analysis::Attribute(data, data.targets[0].id, 150);
  REQUIRE(attribution.parts.size() == 4);
  CHECK(attribution.parts[0].name == "anon_other");
}

TEST_CASE("nothing to attribute gives no parts") {
  model::RunData data;
  CHECK(analysis::Attribute(data, model::TargetId{1}, 0).parts.empty());
}

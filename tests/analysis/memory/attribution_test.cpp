// SPDX-License-Identifier: Apache-2.0
#include "analysis/memory/attribution.h"

#include <catch2/catch.hpp>
#include <string>

#include "analysis/series/find_series.h"
#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::synthetic;
namespace metric = model::metric;
namespace part = model::part;

namespace {

model::RunData Leaking(uint64_t seed) {
  Rng rng(seed);
  RunSpec spec;
  spec.duration_s = 600;
  spec.stacks = {Leak(rng, 600, 0.5), Churn(rng, 600, 50, 60)};
  return MakeRun(rng, spec);
}

analysis::Attribution AttributeFrom(const model::RunData& data, double begin_s) {
  return analysis::Attribute(analysis::SplitMemory(data, data.targets.at(0).id, begin_s));
}

// A quiet run of 600 s, and the parts of its memory every 10 s: what smaps and the allocator say.
class Measured {
 public:
  Measured() {
    Rng rng(3);
    data = MakeRun(rng, {.duration_s = 600, .stacks = {}});
    std::erase_if(data.series, [](const model::SeriesData& series) {
      return series.series.metric == metric::kHeapLive;
    });
    for (const char* name :
         {metric::kAnonArenas, metric::kAnonMaps, metric::kThreadStacks, metric::kFileDirty,
          metric::kFileClean, metric::kSeepOwn, metric::kHeapLive, metric::kMappedLive}) {
      Add(name, 2 * kMiB);
    }
    Of(metric::kAnonArenas, 12 * kMiB, 0);
  }
  void Add(const char* name, double level) {
    Points points;
    for (double t = 0; t <= 600; t += 10) points.push_back({t, level});
    AddSeries(data, name, "bytes", std::move(points));
  }
  // From now on `level` + rise * t, in bytes.
  void Of(const char* name, double level, double rise_per_s) {
    for (model::SeriesData& series : data.series) {
      if (series.series.metric != name) continue;
      for (model::Point& point : series.points) point.value = level + rise_per_s * point.t_s;
    }
  }
  void GrowRss(double rise_per_s) {
    for (model::SeriesData& series : data.series) {
      if (series.series.metric != metric::kRssSwap) continue;
      for (model::Point& point : series.points) point.value += rise_per_s * point.t_s;
    }
  }
  std::string Dominant() const {
    const analysis::Attribution found = AttributeFrom(data, 150);
    const model::AttributionPart* most = found.Dominant();
    return most != nullptr ? most->name : "";
  }

  model::RunData data;
};

constexpr double kRise = 50 * kKiB;  // a second

}  // namespace

TEST_CASE("the slopes of the parts add up to the slope of the whole") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const analysis::Attribution attribution = AttributeFrom(Leaking(seed), 150);
    REQUIRE(attribution.parts.size() == 6);
    double sum = 0;
    double shares = 0;
    for (const model::AttributionPart& found : attribution.parts) {
      sum += found.slope_per_hour;
      shares += found.share;
      CHECK(found.share_low <= found.share);
      CHECK(found.share_high >= found.share);
    }
    CHECK(sum == attribution.rss_slope_per_hour);
    CHECK(shares == Approx(1));
    CHECK(attribution.parts[0].name == part::kHeapLive);
    CHECK(attribution.parts[0].share > 0.6);
    CHECK(attribution.ShareOf(part::kRemainder) == Approx(0).margin(1e-9));
  }
}

TEST_CASE("without heap data all anonymous memory is one part") {
  Rng rng(1);
  model::RunData data = MakeRun(rng, {.duration_s = 600, .stacks = {}});
  std::erase_if(data.series, [](const model::SeriesData& series) {
    return series.series.metric == metric::kHeapLive;
  });
  const analysis::Attribution attribution = AttributeFrom(data, 150);
  REQUIRE(attribution.parts.size() == 5);
  CHECK(attribution.parts[0].name == part::kAnonOther);
}

TEST_CASE("nothing to attribute gives no parts") {
  const analysis::Attribution nothing =
      analysis::Attribute(analysis::SplitMemory({}, model::TargetId{1}, 0));
  CHECK(nothing.parts.empty());
  CHECK(nothing.Dominant() == nullptr);
}

TEST_CASE("what grows is named: stacks of threads, mappings, files") {
  const std::pair<const char*, const char*> cases[] = {{metric::kThreadStacks, part::kThreadStacks},
                                                       {metric::kFileDirty, part::kFileDirty},
                                                       {metric::kFileClean, part::kFileClean}};
  for (const auto& [grows, name] : cases) {
    Measured run;
    run.Of(grows, 2 * kMiB, kRise);
    run.GrowRss(kRise);
    CHECK(run.Dominant() == name);
  }
  Measured mapped;  // the target says that it mapped it
  mapped.Of(metric::kAnonMaps, 2 * kMiB, kRise);
  mapped.Of(metric::kMappedLive, 2 * kMiB, kRise);
  mapped.GrowRss(kRise);
  CHECK(mapped.Dominant() == part::kMapped);
}

TEST_CASE("what an allocator holds beside the blocks in use is its slack") {
  Measured arenas;
  arenas.Of(metric::kAnonArenas, 12 * kMiB, kRise);
  arenas.GrowRss(kRise);
  CHECK(arenas.Dominant() == part::kAllocatorSlack);

  // One that maps its memory itself and says so; its blocks in use are exact.
  Measured mapped;
  mapped.Of(metric::kAnonMaps, 2 * kMiB, kRise);
  mapped.Add(metric::kAllocatorInUse, 3 * kMiB);
  mapped.Add(metric::kAllocatorHeld, 0);
  mapped.Add(metric::kAllocatorMapped, 0);
  mapped.Of(metric::kAllocatorHeld, 14 * kMiB, kRise);
  mapped.Of(metric::kAllocatorMapped, 2 * kMiB, kRise);
  mapped.GrowRss(kRise);
  CHECK(mapped.Dominant() == part::kAllocatorSlack);
  mapped.Of(metric::kAllocatorInUse, 3 * kMiB, kRise);
  CHECK(mapped.Dominant() == part::kHeapLive);

  // One that counts memory from brk as mapped by itself: what the target maps is still seen.
  Measured counted_twice;
  counted_twice.Of(metric::kAnonMaps, 2 * kMiB, kRise);
  counted_twice.Add(metric::kAllocatorInUse, 3 * kMiB);
  counted_twice.Add(metric::kAllocatorHeld, 12 * kMiB);
  counted_twice.Add(metric::kAllocatorMapped, 12 * kMiB);
  counted_twice.GrowRss(kRise);
  CHECK(counted_twice.Dominant() == part::kMapped);
}

TEST_CASE("an allocator that was not asked any more holds what it held") {
  Measured run;
  run.Add(metric::kAllocatorInUse, 3 * kMiB);
  run.Add(metric::kAllocatorHeld, 12 * kMiB);
  run.Add(metric::kAllocatorMapped, 0);
  for (model::SeriesData& series : run.data.series) {
    if (series.series.metric.starts_with("allocator")) series.points.resize(25);  // until 240 s
  }
  run.Of(metric::kThreadStacks, 2 * kMiB, kRise);
  run.GrowRss(kRise);
  CHECK(run.Dominant() == part::kThreadStacks);
}

TEST_CASE("no part with a clear majority is no dominant part") {
  Measured run;
  run.Of(metric::kThreadStacks, 2 * kMiB, kRise);
  run.Of(metric::kAnonArenas, 12 * kMiB, kRise);
  run.GrowRss(2 * kRise);
  CHECK(run.Dominant().empty());
}

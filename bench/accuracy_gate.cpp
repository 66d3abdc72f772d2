// SPDX-License-Identifier: Apache-2.0
// Compares the figures of runs that scatter by a known share; lines of fields separated by tabs,
// for bench/accuracy.
//
//   seep_bench_accuracy_gate SPLIT CASES [--part I/N]  SPLIT: tuning, validation or sealed
//
//   same   scatter, runs of the baseline; figures called a regression, and called provisional
//   worse  scatter, runs of the baseline, runs that are judged, share; the figure is named
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/regression/feature_kinds.h"
#include "analysis/regression/metric_change.h"

using namespace seep;
using model::ChangeClass;
using model::MetricChange;

namespace {

constexpr double kScatters[] = {0.01, 0.02};
constexpr size_t kBaseRuns[] = {1, 3, 10};
constexpr size_t kJudged[] = {1, 3};
constexpr double kMore[] = {0.05, 0.1, 0.2};
constexpr char kChanged[] = "heap_alloc.bytes_per_request";

using Random = std::mt19937_64;

// Figures that may be zero scatter by half of what is usual for them.
model::RunSummary MakeRun(Random& random, double scatter, double more = 0) {
  model::RunSummary run;
  for (const analysis::FeatureKind& kind : analysis::FeatureKinds()) {
    const bool is_ratio = kind.scale == analysis::FeatureScale::kRatio;
    std::normal_distribution<double> noise(0, is_ratio ? 1e8 * scatter : 0.5 * kind.prior_scatter);
    double value = (is_ratio ? 1e8 : 0) + noise(random);
    if (kind.name == kChanged) value *= 1 + more;
    run.features.push_back({std::string(kind.name), std::string(kind.unit), value, 0});
  }
  return run;
}

long CountOf(const std::vector<MetricChange>& changes, ChangeClass change) {
  return std::ranges::count(changes, change, &MetricChange::change);
}

void Judge(Random& random, double scatter, size_t base_runs) {
  model::Baseline base{.name = "base"};
  for (size_t i = 0; i < base_runs; ++i) base.runs.push_back(MakeRun(random, scatter));
  const model::RunSummary same = MakeRun(random, scatter);
  const auto changes = analysis::CompareMetrics(base, {&same, 1});
  std::printf("same\t%g\t%zu\t%ld\t%ld\n", scatter, base_runs,
              CountOf(changes, ChangeClass::kRegressed),
              CountOf(changes, ChangeClass::kProvisional));
  for (const size_t judged : kJudged) {
    for (const double more : kMore) {
      std::vector<model::RunSummary> runs;
      for (size_t i = 0; i < judged; ++i) runs.push_back(MakeRun(random, scatter, more));
      const auto worse = analysis::CompareMetrics(base, runs);
      const auto found = std::ranges::find(worse, kChanged, &MetricChange::feature);
      std::printf("worse\t%g\t%zu\t%zu\t%g\t%d\n", scatter, base_runs, judged, more,
                  found->change == ChangeClass::kRegressed);
    }
  }
}

int Usage(const char* name) {
  std::fprintf(stderr, "usage: %s tuning|validation|sealed CASES [--part I/N]\n", name);
  return 2;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return Usage(arguments[0]);
  const std::string_view split = arguments[1];
  const uint64_t number = split == "tuning" ? 0 : split == "validation" ? 1 : 2;
  if (number == 2 && split != "sealed") return Usage(arguments[0]);
  const int cases = std::atoi(arguments[2]);
  int part = 0;
  int parts = 1;
  if (count > 3 && (count != 5 || std::string_view(arguments[3]) != "--part" ||
                    std::sscanf(arguments[4], "%d/%d", &part, &parts) != 2 || parts < 1)) {
    return Usage(arguments[0]);
  }
  for (int i = part; i < cases; i += parts) {
    Random random(number * 1'000'003 + static_cast<uint64_t>(i));
    for (const double scatter : kScatters) {
      for (const size_t base_runs : kBaseRuns) Judge(random, scatter, base_runs);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Drift verdicts on services of known truth, and memory that follows a load which is known or not;
// one line a case, for bench/accuracy.
//
//   seep_bench_accuracy_load SPLIT CASES [--part I/N]
//
// Fields, separated by tabs. Drift: "drift", family, kind, rise, hours, then what drifts of p50,
// p95, p99, throughput, errors ("1", "0", "-": too few answers), change of p99 a day by the
// interval (low, high), seconds. Memory: "memory", family, hours, class without the load, class
// with it.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "analysis/load/load_findings.h"
#include "analysis/series/trend.h"
#include "bench/synthetic/load_case.h"
#include "bench/synthetic/series_case.h"

using namespace seep;

namespace {

constexpr double kHours[] = {1, 4, 24, 48};
constexpr double kRises[] = {0.05, 0.1, 0.2, 0.5};

void JudgeDrift(uint64_t seed, size_t family, synthetic::Drift drift, double rise, double hours) {
  const synthetic::LoadCase made = synthetic::MakeLoadCase(seed, family, drift, rise, 3600 * hours);
  const auto begin = std::chrono::steady_clock::now();
  const analysis::LoadFindings found =
      analysis::JudgeLoad(analysis::SplitLoad(made.load), made.duration_s);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::string flags;
  double low = 0;
  double high = 0;
  for (const model::SeriesVerdict& series : found.series) {
    const bool is_short = series.growth_class == model::GrowthClass::kInsufficientData;
    flags += is_short ? "\t-" : series.is_finding ? "\t1" : "\t0";
    if (series.metric != model::metric::kLatencyP99) continue;
    low = series.drift->change_low;
    high = series.drift->change_high;
  }
  std::printf("drift\t%s\t%s\t%g\t%g%s\t%.4f\t%.4f\t%.4f\n", made.family.c_str(), ToString(drift),
              rise, hours, flags.c_str(), low, high, seconds);
}

// The rate of the covariate comes as a real one does: counts of windows of a minute.
void JudgeMemory(uint64_t seed, double hours) {
  for (const synthetic::Family& family : synthetic::HealthyFamilies()) {
    if (!family.is_load) continue;
    const double step_s = hours >= 24 ? 60 : 5;
    const synthetic::Case made = synthetic::MakeCase(
        seed, {.families = {&family}, .duration_s = 3600 * hours, .step_s = step_s});
    synthetic::Rng rng(seed);
    constexpr double kPerSecond = 50;
    std::vector<model::LoadWindow> load;
    for (const model::Point& point : made.load) {
      if (load.empty() || point.t_s >= load.back().end_s) {
        load.emplace_back();
        load.back().source = "http://127.0.0.1:9100/metrics";
        load.back().begin_s = point.t_s;
        load.back().end_s = point.t_s + 60;
      }
      const double mean = kPerSecond * step_s * point.value;
      load.back().requests += std::max(0.0, mean + std::sqrt(mean) * synthetic::Normal(rng));
    }
    if (!load.empty()) load.back().end_s = std::min(load.back().end_s, made.duration_s + 60);
    const analysis::LoadCovariate covariate =
        analysis::ChooseCovariate(analysis::SplitLoad(load), made.duration_s);
    const analysis::Window window{0, made.duration_s};
    const analysis::TrendLimits limits = analysis::BytesLimits();
    const auto without = analysis::EstimateTrend(made.points, window, limits);
    const auto with = analysis::EstimateTrend(made.points, window, limits, covariate.rate);
    std::printf("memory\t%s\t%g\t%s\t%s\n", family.name.c_str(), hours,
                ToString(without.growth_class), ToString(with.growth_class));
  }
}

}  // namespace

int main(int count, char** arguments) {
  int part = 0;
  int parts = 1;
  const std::string_view split = count >= 3 ? arguments[1] : "";
  const bool is_known = split == "tuning" || split == "validation" || split == "sealed";
  const bool has_part = count == 5 && std::string_view(arguments[3]) == "--part" &&
                        std::sscanf(arguments[4], "%d/%d", &part, &parts) == 2;
  if (!is_known || (count != 3 && !has_part)) {
    std::fprintf(stderr, "usage: %s tuning|validation|sealed CASES [--part I/N]\n", arguments[0]);
    return 2;
  }
  // A seed belongs to one split.
  constexpr uint64_t kSeedsOfSplit = 1'000'000;
  const uint64_t first = kSeedsOfSplit * (split == "tuning" ? 30 : split == "validation" ? 31 : 32);
  const size_t families = synthetic::LoadFamilies().size();
  constexpr synthetic::Drift kDrifts[] = {synthetic::Drift::kAll, synthetic::Drift::kTail,
                                          synthetic::Drift::kErrors};
  for (int i = 0; i < std::atoi(arguments[2]); ++i) {
    if (i % parts != part) continue;
    const auto number = static_cast<size_t>(i);
    const uint64_t seed = first + number;
    const double hours = kHours[(number / families) % 4];
    JudgeDrift(seed, number % families, synthetic::Drift::kNone, 0, hours);
    // Every family with every kind, rise and length in 432 cases; no two of them go together.
    const size_t round = number / families;
    JudgeDrift(seed + kSeedsOfSplit / 2, number % families, kDrifts[(number + round) % 3],
               kRises[(number + round / 12) % 4], hours);
    if (number % families == 0) JudgeMemory(seed, hours);
  }
}

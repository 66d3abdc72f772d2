// SPDX-License-Identifier: Apache-2.0
// Attribution and forecast of runs of known truth; one line a case, for bench/accuracy.
//
//   seep_bench_accuracy_memory SPLIT CASES [--part I/N]
//
// Fields, separated by tabs. Attribution: "parts", kind, dominant part by truth and as found ("-":
// none), its share, slope by truth / of RSS / the sum of the parts without the remainder (bytes an
// hour), seconds. Forecast: "limit", family, class, hours by truth / found / low / high, seconds.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "analysis/memory/attribution.h"
#include "analysis/memory/forecast.h"
#include "bench/synthetic/memory_case.h"

using namespace seep;

namespace {

double Seconds(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void JudgeParts(uint64_t seed) {
  const synthetic::MemoryCase made = synthetic::MakeMemoryCase(seed);
  const auto begin = std::chrono::steady_clock::now();
  const analysis::Window life{0, made.duration_s};
  const analysis::Attribution found = analysis::Attribute(
      analysis::SplitMemory(made.data, made.data.targets[0].id, analysis::WarmupEnd(life)));
  const double seconds = Seconds(begin);
  const model::AttributionPart* dominant = found.Dominant();
  const double remainder = found.ShareOf(model::part::kRemainder) * found.rss_slope_per_hour;
  std::printf("parts\t%s\t%s\t%s\t%.4f\t%.1f\t%.1f\t%.1f\t%.6f\n", made.kind.c_str(),
              made.dominant.c_str(), dominant != nullptr ? dominant->name.c_str() : "-",
              found.ShareOf(made.dominant), made.slope_per_hour, found.rss_slope_per_hour,
              found.rss_slope_per_hour - remainder, seconds);
}

void JudgeLimit(uint64_t seed) {
  const synthetic::LimitCase made = synthetic::MakeLimitCase(seed);
  if (made.hours_left <= 0) return;  // the noise was over it at once
  const auto begin = std::chrono::steady_clock::now();
  const analysis::Trend trend =
      analysis::EstimateTrend(made.points, {0, made.duration_s}, analysis::BytesLimits());
  model::Run run;
  run.limit_bytes = made.limit_bytes;
  const auto forecast = analysis::ForecastLimit(run, trend).value_or(model::Forecast{});
  std::printf("limit\t%s\t%s\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f\n", made.family.c_str(),
              ToString(trend.growth_class), made.hours_left, forecast.hours, forecast.low,
              forecast.high, Seconds(begin));
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
  // A seed belongs to one split. Multiples of the number of kinds: each split has all of them.
  constexpr uint64_t kSeedsOfSplit = 1'000'000;
  const uint64_t first = (split == "tuning"       ? 0
                          : split == "validation" ? 1
                                                  : 2) *
                         kSeedsOfSplit * synthetic::MemoryKinds() * 6;
  for (int i = 0; i < std::atoi(arguments[2]); ++i) {
    if (i % parts != part) continue;
    JudgeParts(first + static_cast<uint64_t>(i));
    JudgeLimit(first + static_cast<uint64_t>(i));
  }
}

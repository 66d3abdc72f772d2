// SPDX-License-Identifier: Apache-2.0
// Watches runs of known truth hour by hour, as --stop-early does; one line a run, for
// bench/accuracy.
//
//   seep_bench_accuracy_streaming SPLIT CASES [--part I/N]
//
// SPLIT: tuning, validation or sealed; a seed belongs to one, none is shared with the final
// verdicts of seep_bench_accuracy_series. Runs of 48 h; the load is known where there is one. One
// series stands for the process: what heap and stacks have to say is not simulated. Fields,
// separated by tabs: family, overlay ("-": healthy), rise (share of the level), hour of suspicion
// ("-": never), hour of early confirmation, the leak by then as a share of the level, seconds of
// the slowest look.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/streaming/look.h"
#include "bench/synthetic/series_case.h"

using namespace seep;
using synthetic::Case;
using synthetic::Family;
using synthetic::Overlay;
using synthetic::Recipe;

namespace {

constexpr double kRises[] = {0.2, 0.5};
// What has leaked by a given hour is known of those that leak through the whole run.
constexpr std::string_view kSteady[] = {"per time", "per request", "per error", "hourly job"};

struct Watched {
  double suspected_s = -1;  // never
  double confirmed_s = -1;
  double slowest_s = 0;
};

// Until the run would be stopped.
Watched Watch(const Case& made) {
  const analysis::StreamPlan plan{.duration_s = made.duration_s, .is_load_known = true};
  std::vector<analysis::Look> looks;
  Watched watched;
  for (size_t look = analysis::kFirstLook; look < analysis::kLooks; ++look) {
    const double t_s = MomentOf(plan, look);
    const auto begin = std::chrono::steady_clock::now();
    looks.push_back(LookAt(plan, t_s, 0, made.points, analysis::BytesLimits(), made.load));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    watched.slowest_s = std::max(watched.slowest_s, took.count());
    const analysis::StreamState state = StateOf(plan, looks);
    if (state == analysis::StreamState::kCollecting) continue;
    if (watched.suspected_s < 0) watched.suspected_s = t_s;
    if (state != analysis::StreamState::kConfirmedEarly) continue;
    watched.confirmed_s = t_s;
    break;
  }
  return watched;
}

void PrintHour(double t_s) {
  t_s < 0 ? std::printf("\t-") : std::printf("\t%g", t_s / 3600);
}

void Judge(uint64_t seed, const Recipe& recipe) {
  const Case made = synthetic::MakeCase(seed, recipe);
  const Watched watched = Watch(made);
  std::printf("%s\t%s\t%g", made.family.c_str(), made.overlay.empty() ? "-" : made.overlay.c_str(),
              made.rise);
  PrintHour(watched.suspected_s);
  PrintHour(watched.confirmed_s);
  const double leaked =
      watched.confirmed_s < 0 ? 0 : made.rise * watched.confirmed_s / made.duration_s;
  std::printf("\t%.4f\t%.4f\n", leaked, watched.slowest_s);
}

std::vector<const Overlay*> SteadyLeaks() {
  std::vector<const Overlay*> steady;
  for (const Overlay& overlay : synthetic::LeakOverlays()) {
    for (const std::string_view name : kSteady) {
      if (overlay.name == name) steady.push_back(&overlay);
    }
  }
  return steady;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view split = count > 1 ? arguments[1] : "";
  const uint64_t number = split == "tuning" ? 0 : split == "validation" ? 1 : 2;
  const int cases = count > 2 ? std::atoi(arguments[2]) : 0;
  int part = 0;
  int parts = 1;
  const bool has_part = count == 5 && std::string_view(arguments[3]) == "--part" &&
                        std::sscanf(arguments[4], "%d/%d", &part, &parts) == 2;
  if ((number == 2 && split != "sealed") || cases <= 0 || (count != 3 && !has_part) || parts <= 0) {
    std::fprintf(stderr, "usage: %s tuning|validation|sealed CASES [--part I/N]\n", arguments[0]);
    return 2;
  }
  const std::vector<Family>& families = synthetic::HealthyFamilies();
  const std::vector<const Overlay*> leaks = SteadyLeaks();
  for (int i = part; i < cases; i += parts) {
    const auto n = static_cast<uint64_t>(i);
    const Family* family = &families[n % families.size()];
    const uint64_t seed = (number + 10) * 8'000'009 + 3 * n;
    Judge(seed, {.families = {family}});
    size_t rise = 1;
    for (const double share : kRises) {
      const Overlay* leak = leaks[n / families.size() % leaks.size()];
      Judge(seed + rise++, {.families = {family}, .overlay = leak, .rise = share});
    }
  }
}

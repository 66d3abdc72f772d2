// SPDX-License-Identifier: Apache-2.0
// Judges series of known truth, by seep and by the naive rules; one line a case, for
// bench/accuracy.
//
//   seep_bench_accuracy_series SPLIT CASES [--hours H] [--part I/N]
//
// SPLIT: tuning, validation or sealed. A seed belongs to one split, and so does a sum of two
// families. Fields, separated by tabs: family, overlay ("-": healthy, "hole": healthy, and too much
// of it is missing), rise (share of the level),
// is the load known, class, slope / truth / interval (shares of the level over the run), seconds of
// analysis, then 0 or 1 a naive rule.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "analysis/series/trend.h"
#include "bench/synthetic/naive_rules.h"
#include "bench/synthetic/series_case.h"

using namespace seep;
using synthetic::Case;
using synthetic::Family;
using synthetic::Recipe;

namespace {

struct Plan {
  uint64_t split = 0;  // 0 tuning, 1 validation, 2 sealed
  int cases = 0;       // of each kind
  double duration_s = 48 * 3600;
  int part = 0;
  int parts = 1;
};

constexpr double kMostSteps = 2880;  // a value a minute in 48 h; never more than one a second

constexpr double kRises[] = {0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};

// Three fifths of the pairs are for tuning, one for each other split.
uint64_t SplitOfPair(size_t a, size_t b) {
  const uint64_t number = (a * 31 + b * 17) % 5;
  return number < 3 ? 0 : number - 2;
}

class Judge {
 public:
  explicit Judge(const Plan& plan) : plan_(plan) {
    const auto& families = synthetic::HealthyFamilies();
    for (size_t a = 0; a < families.size(); ++a) {
      for (size_t b = a + 1; b < families.size(); ++b) {
        const bool are_two_loads = families[a].is_load && families[b].is_load;
        if (!are_two_loads && SplitOfPair(a, b) == plan.split)
          pairs_.push_back({&families[a], &families[b]});
      }
    }
  }

  void Healthy(int i) {
    const auto& families = synthetic::HealthyFamilies();
    Judged({.families = {&families[Pick(i, families.size())]}}, i);
  }
  void HealthyPair(int i) { Judged({.families = pairs_[Pick(i, pairs_.size())]}, i); }
  void Leak(int i) {
    const auto& families = synthetic::HealthyFamilies();
    const auto& overlays = synthetic::LeakOverlays();
    const auto kinds = static_cast<int>(overlays.size() * std::size(kRises));
    Judged({.families = {&families[Pick(i / kinds, families.size())]},
            .overlay = &overlays[static_cast<size_t>(i) % overlays.size()],
            .rise = kRises[static_cast<size_t>(i) / overlays.size() % std::size(kRises)]},
           i);
  }
  // A sixth of the run has no points, or its last tenth.
  void Hole(int i) {
    const auto& families = synthetic::HealthyFamilies();
    Recipe recipe{.families = {&families[Pick(i, families.size())]}};
    if (i % plan_.parts != plan_.part) return;
    Case made = Make(recipe, i, true);
    const bool is_at_end = i % 2 == 0;
    const double length = is_at_end ? 0.1 : 1.0 / 6;
    const double from_s = (is_at_end ? 0.9 : 0.1 + 0.05 * (i % 10)) * made.duration_s;
    const double to_s = from_s + 1.01 * length * made.duration_s;
    std::erase_if(made.points, [=](const model::Point& point) {
      return point.t_s > from_s && point.t_s < to_s;
    });
    made.overlay = "hole";
    Print(made);
  }

 private:
  static size_t Pick(int i, size_t count) { return static_cast<size_t>(i) % count; }

  Case Make(Recipe recipe, int i, bool has_load) const {
    recipe.duration_s = plan_.duration_s;
    recipe.step_s = std::max(1.0, plan_.duration_s / kMostSteps);
    recipe.has_load = has_load;
    const uint64_t kind = (recipe.overlay != nullptr) * 2 + (recipe.families.size() > 1);
    return synthetic::MakeCase((plan_.split * 4 + kind) * 1'000'003 + static_cast<uint64_t>(i),
                               recipe);
  }
  void Judged(const Recipe& recipe, int i) const {
    if (i % plan_.parts != plan_.part) return;
    for (const bool has_load : {true, false}) {
      const Case made = Make(recipe, i, has_load);
      if (has_load && made.load.empty()) continue;  // no load to know
      Print(made);
    }
  }
  static void Print(const Case& made) {
    const auto begin = std::chrono::steady_clock::now();
    const analysis::Trend trend = analysis::EstimateTrend(made.points, {0, made.duration_s},
                                                          analysis::BytesLimits(), made.load);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    const double share = made.duration_s / made.level;
    std::printf("%s\t%s\t%g\t%d\t%s\t%.6f\t%.6f\t%.6f\t%.6f\t%.6f", made.family.c_str(),
                made.overlay.empty() ? "-" : made.overlay.c_str(), made.rise, !made.load.empty(),
                ToString(trend.growth_class), share * trend.slope_per_s, share * made.slope_per_s,
                share * trend.ci_low_per_s, share * trend.ci_high_per_s, took.count());
    for (const synthetic::NaiveRule& rule : synthetic::NaiveRules()) {
      std::printf("\t%d", rule.flags(made.points));
    }
    std::printf("\n");
  }

  Plan plan_;
  std::vector<std::vector<const Family*>> pairs_;
};

bool ReadPlan(int count, char** arguments, Plan* plan) {
  if (count < 3) return false;
  const std::string_view split = arguments[1];
  plan->split = split == "tuning" ? 0 : split == "validation" ? 1 : 2;
  if (plan->split == 2 && split != "sealed") return false;
  plan->cases = std::atoi(arguments[2]);
  for (int i = 3; i + 1 < count; i += 2) {
    const std::string_view option = arguments[i];
    if (option == "--hours") {
      plan->duration_s = 3600 * std::atof(arguments[i + 1]);
    } else if (option != "--part" ||
               std::sscanf(arguments[i + 1], "%d/%d", &plan->part, &plan->parts) != 2) {
      return false;
    }
  }
  return plan->cases > 0 && plan->duration_s > 0 && plan->parts > 0;
}

}  // namespace

int main(int count, char** arguments) {
  Plan plan;
  if (!ReadPlan(count, arguments, &plan)) {
    std::fprintf(stderr, "usage: %s tuning|validation|sealed CASES [--hours H] [--part I/N]\n",
                 arguments[0]);
    return 2;
  }
  Judge judge(plan);
  for (int i = 0; i < plan.cases; ++i) {
    judge.Healthy(i);
    judge.HealthyPair(i);
    judge.Leak(i);
    if (i < plan.cases / 4) judge.Hole(i);
  }
}

// SPDX-License-Identifier: Apache-2.0
// Judges the stacks of whole programs of known truth, by seep and by the rules of other tools;
// lines of fields separated by tabs, for bench/accuracy.
//
//   seep_bench_accuracy_stacks SPLIT CASES [--part I/N]    SPLIT: tuning, validation or sealed
//
//   run     hours, stacks, leaks, then leaks found and false findings, of seep and of each rule
//   leak    hours, kind, expected survivors in the judged window, found
//   top     hours, rank of a leak that is at least half of the growth (0: not found)
//   spread  hours, a leak at 20 stacks of one call site: found, false findings
//   false   kind of a healthy stack that seep called growing
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string_view>

#include "analysis/stacks/growth.h"
#include "bench/synthetic/stack_population.h"
#include "bench/synthetic/stack_rules.h"

using namespace seep;
using synthetic::Observer;
using synthetic::Population;
using synthetic::Rng;

namespace {

struct Scene {
  double hours;
  double snapshot_s;
  int fewest_stacks;
  int most_stacks;
};
// As the agent looks at runs of that length (agent/watch/cadence.h); short runs see fewer stacks.
constexpr Scene kScenes[] = {
    {48, 60, 5000, 20000}, {48, 60, 5000, 20000}, {1, 60, 500, 5000}, {1.0 / 6, 10, 500, 2000}};
constexpr double kWarmUp = 0.25;  // of the run: analysis/series/blocks.h
constexpr double kSurvivors[] = {18, 36, 60, 120};
constexpr double kTopSurvivors = 60;
constexpr size_t kSpreadStacks = 20;

using Ids = std::set<model::StackId>;

class Program {
 public:
  Program(uint64_t seed, const Scene& scene)
      : rng_(seed),
        hours_(scene.hours),
        observer_(3600 * scene.hours, scene.snapshot_s),
        population_(synthetic::MakePopulation(
            rng_, observer_,
            static_cast<size_t>(synthetic::Integer(rng_, scene.fewest_stacks, scene.most_stacks)))),
        healthy_(population_.data.stacks.size()),
        window_{kWarmUp * observer_.duration_s(), observer_.duration_s()} {}

  void Healthy() { PrintRun({}); }

  void Leaking() {
    Ids leaks;
    const int count = synthetic::Integer(rng_, 1, 20);
    std::vector<std::pair<model::StackId, std::pair<const char*, double>>> added;
    for (int i = 0; i < count; ++i) {
      const auto& kinds = synthetic::StackLeaks();
      const auto& kind = kinds[static_cast<size_t>(i) % kinds.size()];
      const double survivors = kSurvivors[rng_() % std::size(kSurvivors)];
      const auto id =
          synthetic::AddStack(population_, observer_,
                              kind.make(rng_, observer_.duration_s(), survivors / (1 - kWarmUp)));
      leaks.insert(id);
      added.push_back({id, {kind.name.c_str(), survivors}});
    }
    const Ids found = PrintRun(leaks);
    for (const auto& [id, leak] : added) {
      std::printf("leak\t%g\t%s\t%g\t%d\n", hours_, leak.first, leak.second,
                  found.contains(id) ? 1 : 0);
    }
    synthetic::Shrink(population_, healthy_);
  }

  // As large as the growth of all healthy stacks together, if they grow.
  void Top() {
    double growth = 0;
    for (const model::StackHistory& stack : population_.data.stacks) {
      if (!stack.points.empty()) growth += static_cast<double>(stack.points.back().live_samples);
      for (const model::StackPoint& point : stack.points) {
        if (point.t_s > window_.begin_s) break;
        if (&point == &stack.points.back() || (&point + 1)->t_s > window_.begin_s) {
          growth -= static_cast<double>(point.live_samples);
        }
      }
    }
    const double survivors = std::max(kTopSurvivors, growth);
    const auto id =
        synthetic::AddStack(population_, observer_,
                            synthetic::Leak(rng_, observer_.duration_s(),
                                            survivors / (1 - kWarmUp) / observer_.duration_s()));
    const analysis::StackFindings findings = Find();
    size_t rank = 0;
    for (size_t i = 0; i < findings.growing.size() && rank == 0; ++i) {
      if (findings.growing[i].verdict.stack == id) rank = i + 1;
    }
    std::printf("top\t%g\t%zu\n", hours_, rank);
    synthetic::Shrink(population_, healthy_);
  }

  void Spread() {
    const auto ids = synthetic::AddSpreadLeak(rng_, population_, observer_,
                                              kTopSurvivors / (1 - kWarmUp), kSpreadStacks);
    const Ids leaks(ids.begin(), ids.end());
    size_t found = 0;
    size_t wrong = 0;
    for (const analysis::GrowingStack& growing : Find().growing) {
      ++(leaks.contains(growing.verdict.stack) ? found : wrong);
    }
    std::printf("spread\t%g\t%d\t%zu\n", hours_, found > 0 ? 1 : 0, wrong);
    synthetic::Shrink(population_, healthy_);
  }

 private:
  analysis::StackFindings Find() const {
    return analysis::FindGrowingStacks(population_.data, {{synthetic::kPopulationTarget, window_}},
                                       population_.heap_bytes);
  }

  Ids PrintRun(const Ids& leaks) const {
    Ids found;
    size_t wrong = 0;
    for (const analysis::GrowingStack& growing : Find().growing) {
      if (leaks.contains(growing.verdict.stack)) {
        found.insert(growing.verdict.stack);
      } else {
        ++wrong;
        std::printf("false\t%s\t%s\t%s\n", ToString(growing.verdict.level),
                    population_.kinds[static_cast<size_t>(growing.verdict.stack) - 1],
                    growing.verdict.explanation.c_str());
      }
    }
    std::printf("run\t%g\t%zu\t%zu\t%zu\t%zu", hours_, healthy_, leaks.size(), found.size(), wrong);
    for (const synthetic::StackRule& rule : synthetic::StackRules()) {
      size_t hits = 0;
      size_t alarms = 0;
      for (const size_t i : rule.find(population_.data, window_)) ++(i >= healthy_ ? hits : alarms);
      std::printf("\t%zu\t%zu", hits, alarms);
    }
    std::printf("\n");
    return found;
  }

  Rng rng_;
  double hours_;
  Observer observer_;
  Population population_;
  size_t healthy_;
  analysis::Window window_;
};

int Usage(const char* program) {
  std::fprintf(stderr, "usage: %s tuning|validation|sealed CASES [--part I/N]\n", program);
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
    Program program(number * 1'000'003 + static_cast<uint64_t>(i),
                    kScenes[static_cast<size_t>(i / 2) % std::size(kScenes)]);
    program.Healthy();
    program.Leaking();
    program.Top();
    program.Spread();
  }
}

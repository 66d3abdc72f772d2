// SPDX-License-Identifier: Apache-2.0
// Compares the stacks of builds of known truth; lines of fields separated by tabs, for
// bench/accuracy. Each line ends with the number of stacks that are called a regression and are
// none.
//
//   seep_bench_accuracy_regression SPLIT CASES [--part I/N]  SPLIT: tuning, validation or sealed
//
//   same      runs of the baseline, samples; stacks that are said to differ at all
//   build     runs, samples, what changed; share of the bytes that is matched
//   refactor  runs, samples, what changed; its path is said to have moved, or a shift
//   grown     runs, samples, share of the path, factor; found
//   both      runs, samples, what changed; a growth of that path by half is found
//   leak      runs, samples; found
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "analysis/regression/compare_stacks.h"
#include "bench/synthetic/stack_builds.h"
#include "bench/synthetic/stack_runs.h"

using namespace seep;
using model::StackChange;
using model::StackChangeClass;
using synthetic::CallPath;
using synthetic::CallProgram;
using synthetic::Rng;

namespace {

constexpr size_t kBaseRuns[] = {1, 3, 10};
constexpr double kSamples[] = {3e3, 3e4, 3e5};
constexpr size_t kPaths[] = {50, 500, 2000};
constexpr double kShares[] = {0.02, 0.05, 0.15, 0.4};
constexpr double kFactors[] = {1.05, 1.1, 1.2, 1.5};
constexpr double kRefactoredShare = 0.1;
constexpr double kRefactoredGrowth = 1.5;

// That path; or, of one that was split in two, the other half.
bool IsOf(const StackChange& change, const CallPath& path) {
  const auto& functions = path.functions;
  const bool is_half = change.frames.size() == functions.size() &&
                       functions[1].ends_with("Half()") &&
                       change.frames[1].function.ends_with("Half()");
  return is_half || std::ranges::equal(change.frames, functions, {}, &model::SourceFrame::function);
}

class Case {
 public:
  Case(uint64_t seed, size_t paths, double samples, size_t base_runs)
      : rng_(seed),
        program_(synthetic::MakeCallProgram(rng_, paths)),
        samples_(samples),
        base_runs_(base_runs) {
    for (size_t i = 0; i < base_runs; ++i) base_.push_back(Run(program_));
  }

  void Same() {
    const auto changes = Compare(program_);
    const auto different = std::ranges::count_if(changes, [](const StackChange& change) {
      return change.change != StackChangeClass::kSame;
    });
    std::printf("same\t%zu\t%g\t%td\t%zu\n", base_runs_, samples_, different,
                Regressions(changes).size());
  }

  void NewBuilds() {
    for (const synthetic::Rebuild& build : synthetic::NewBuilds()) {
      const auto changes = Compare(build.make(rng_, program_, 0));
      double all = 0;
      double matched = 0;
      for (const StackChange& change : changes) {
        all += change.alloc_bytes;
        if (!change.fingerprint.empty() && !change.base_fingerprint.empty()) {
          matched += change.alloc_bytes;
        }
      }
      std::printf("build\t%zu\t%g\t%s\t%g\t%zu\n", base_runs_, samples_, build.name.c_str(),
                  matched / all, Regressions(changes).size());
    }
  }

  void Refactorings() {
    const size_t index = synthetic::PathOfShare(program_, kRefactoredShare);
    for (const synthetic::Rebuild& build : synthetic::Refactorings()) {
      const CallProgram changed = build.make(rng_, program_, index);
      const auto changes = Compare(changed);
      const bool is_moved = std::ranges::any_of(changes, [&](const StackChange& change) {
        return IsOf(change, changed.paths[index]) && !change.is_regression &&
               (change.change == StackChangeClass::kMoved ||
                change.explanation.find("a shift") != std::string::npos);
      });
      std::printf("refactor\t%zu\t%g\t%s\t%d\t%zu\n", base_runs_, samples_, build.name.c_str(),
                  is_moved ? 1 : 0, Regressions(changes).size());
      const CallProgram grown = synthetic::Grow(changed, index, kRefactoredGrowth);
      const auto [found, others] = Find(Compare(grown), grown.paths[index]);
      std::printf("both\t%zu\t%g\t%s\t%d\t%zu\n", base_runs_, samples_, build.name.c_str(),
                  found ? 1 : 0, others);
    }
  }

  void Grown() {
    for (const double share : kShares) {
      const size_t index = synthetic::PathOfShare(program_, share);
      const double its = program_.paths[index].bytes_per_request / program_.TotalPerRequest();
      if (its < share / 1.3 || its > share * 1.3) continue;  // the program has no such path
      for (const double factor : kFactors) {
        const auto [found, others] =
            Find(Compare(synthetic::Grow(program_, index, factor)), program_.paths[index]);
        std::printf("grown\t%zu\t%g\t%g\t%g\t%d\t%zu\n", base_runs_, samples_, share, factor,
                    found ? 1 : 0, others);
      }
    }
  }

  void Leak() {
    const size_t index = synthetic::PathOfShare(program_, kRefactoredShare);
    CallProgram leaking = program_;
    leaking.paths[index].growth_per_hour = 4e6;
    const auto [found, others] = Find(Compare(leaking), program_.paths[index]);
    std::printf("leak\t%zu\t%g\t%d\t%zu\n", base_runs_, samples_, found ? 1 : 0, others);
  }

 private:
  model::RunSummary Run(const CallProgram& program) {
    return synthetic::RunCallProgram(rng_, program, samples_);
  }
  std::vector<StackChange> Compare(const CallProgram& program) {
    return analysis::CompareStacks(base_, Run(program));
  }
  static std::vector<StackChange> Regressions(std::vector<StackChange> changes) {
    std::erase_if(changes, [](const StackChange& change) { return !change.is_regression; });
    return changes;
  }
  // Whether this path is a regression, and how many others are.
  static std::pair<bool, size_t> Find(const std::vector<StackChange>& changes,
                                      const CallPath& path) {
    const auto regressions = Regressions(changes);
    const auto found = static_cast<size_t>(std::ranges::count_if(
        regressions, [&](const StackChange& change) { return IsOf(change, path); }));
    return {found > 0, regressions.size() - found};
  }

  Rng rng_;
  CallProgram program_;
  double samples_;
  size_t base_runs_;
  std::vector<model::RunSummary> base_;
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
    const auto place = static_cast<size_t>(i);
    for (const size_t base_runs : kBaseRuns) {
      Case one(number * 1'000'003 + place, kPaths[place % std::size(kPaths)],
               kSamples[place / std::size(kPaths) % std::size(kSamples)], base_runs);
      one.Same();
      one.NewBuilds();
      one.Refactorings();
      one.Grown();
      one.Leak();
    }
  }
}

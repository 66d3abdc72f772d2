// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/stack_builds.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace seep::synthetic {
namespace {

// Every tenth function or so, the same ones everywhere.
bool IsChosen(const std::string& function, size_t salt, size_t of) {
  return function != "main" && std::accumulate(function.begin(), function.end(), salt) % of == 0;
}

using Change = std::function<void(std::vector<std::string>& functions)>;

CallProgram WithEach(CallProgram program, const Change& change) {
  for (CallPath& path : program.paths) change(path.functions);
  return program;
}

CallProgram Cloned(Rng& rng, const CallProgram& program, size_t) {
  const size_t salt = rng() % 1000;
  return WithEach(program, [salt](std::vector<std::string>& functions) {
    constexpr const char* kSuffixes[] = {" [clone .isra.0]", " [clone .part.1] [clone .cold]",
                                         " [clone .llvm.5501]", "[abi:cxx11](int)"};
    for (std::string& function : functions) {
      if (!IsChosen(function, salt, 4)) continue;
      const size_t suffix = function.size() % std::size(kSuffixes);
      if (suffix == 3) function = function.substr(0, function.find('('));
      function += kSuffixes[suffix];
    }
  });
}

// As debug information has them: no types, frames still there.
CallProgram InlinedWithDebug(Rng& rng, const CallProgram& program, size_t) {
  const size_t salt = rng() % 1000;
  return WithEach(program, [salt](std::vector<std::string>& functions) {
    for (std::string& function : functions) {
      const bool is_local = function.find("(anonymous") != std::string::npos;
      if (is_local && IsChosen(function, salt, 2))
        function = function.substr(0, function.rfind('('));
    }
  });
}

CallProgram InlinedWithout(Rng& rng, const CallProgram& program, size_t) {
  const size_t salt = rng() % 1000;
  return WithEach(program, [salt](std::vector<std::string>& functions) {
    std::erase_if(functions, [salt](const auto& function) { return IsChosen(function, salt, 12); });
  });
}

// A function near the allocation, shared by other paths or not.
std::string NearLeaf(Rng& rng, const CallProgram& program, size_t index) {
  const auto& functions = program.paths[index].functions;
  return functions[rng() % std::min<size_t>(2, functions.size() - 1)];
}

CallProgram Renamed(Rng& rng, const CallProgram& program, size_t index) {
  const std::string old = NearLeaf(rng, program, index);
  return WithEach(program, [&old](std::vector<std::string>& functions) {
    std::replace(functions.begin(), functions.end(), old, std::string("app::Renamed(int)"));
  });
}

CallProgram Wrapped(Rng& rng, const CallProgram& program, size_t index) {
  const std::string called = NearLeaf(rng, program, index);
  return WithEach(program, [&called](std::vector<std::string>& functions) {
    const auto at = std::find(functions.begin(), functions.end(), called);
    if (at != functions.end()) functions.insert(at + 1, "app::Wrapper::Call()");
  });
}

CallProgram Extracted(Rng&, const CallProgram& program, size_t index) {
  CallProgram changed = program;
  auto& functions = changed.paths[index].functions;
  functions.insert(functions.begin(), "app::AllocateForIt(long)");
  return changed;
}

CallProgram Split(Rng&, const CallProgram& program, size_t index) {
  CallProgram changed = program;
  CallPath& path = changed.paths[index];
  path.bytes_per_request /= 2;
  path.held_bytes /= 2;
  CallPath other = path;
  path.functions.insert(path.functions.begin() + 1, "app::FirstHalf()");
  other.functions.insert(other.functions.begin() + 1, "app::SecondHalf()");
  changed.paths.push_back(std::move(other));
  return changed;
}

}  // namespace

const std::vector<Rebuild>& NewBuilds() {
  static const std::vector<Rebuild> builds = {{"clones, ABI tags", &Cloned},
                                              {"inlined, debug information", &InlinedWithDebug},
                                              {"inlined, none", &InlinedWithout}};
  return builds;
}

const std::vector<Rebuild>& Refactorings() {
  static const std::vector<Rebuild> refactorings = {{"renamed", &Renamed},
                                                    {"called by a wrapper", &Wrapped},
                                                    {"a helper allocates", &Extracted},
                                                    {"called from two places", &Split}};
  return refactorings;
}

CallProgram Grow(const CallProgram& program, size_t index, double factor) {
  CallProgram grown = program;
  grown.paths[index].bytes_per_request *= factor;
  grown.paths[index].held_bytes *= factor;
  return grown;
}

size_t PathOfShare(const CallProgram& program, double share) {
  const double all = program.TotalPerRequest();
  const auto distance = [&](const CallPath& path) {
    const double unsteady = path.scatter > 0.01 ? 10 : 0;
    return unsteady + std::abs(std::log(path.bytes_per_request / all / share));
  };
  return static_cast<size_t>(
      std::min_element(program.paths.begin(), program.paths.end(),
                       [&](const auto& a, const auto& b) { return distance(a) < distance(b); }) -
      program.paths.begin());
}

}  // namespace seep::synthetic

// SPDX-License-Identifier: Apache-2.0
// A heap profile as all its formats need it: stacks by address, with the functions of each address,
// and what they hold. Names are safe in each of them: one line of valid UTF-8.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "analysis/export/amounts.h"
#include "storage/model/run_data.h"
#include "storage/model/stack.h"

namespace seep::exports {

// What is shown of a stack, by pprof's names.
enum class SampleType { kAllocObjects, kAllocSpace, kInuseObjects, kInuseSpace };
struct SampleTypeInfo {
  const char* name;
  const char* unit;  // of pprof
  double Amounts::*amount;
};
inline constexpr SampleTypeInfo kSampleTypes[] = {
    // By SampleType.
    {"alloc_objects", "count", &Amounts::alloc_objects},
    {"alloc_space", "bytes", &Amounts::alloc_bytes},
    {"inuse_objects", "count", &Amounts::live_objects},
    {"inuse_space", "bytes", &Amounts::live_bytes}};
inline const SampleTypeInfo& InfoOf(SampleType type) {
  return kSampleTypes[static_cast<size_t>(type)];
}
std::optional<SampleType> ParseSampleType(std::string_view name);

// An address of a stack and its functions: several for inlined calls, innermost first, never none.
struct Call {
  model::Frame frame;
  std::span<const model::SourceFrame> lines;
};

struct Location {
  std::optional<size_t> module;  // in Profile::modules; nothing: none, as for what is no code
  uint64_t address = 0;          // of the call, not of the return from it
  std::vector<model::SourceFrame> lines;
};

struct Sample {
  std::vector<size_t> locations;  // in Profile::locations, innermost first
  std::string process;            // name of the program
  std::optional<int> pid;         // nothing: of several
  model::StackKind kind = model::StackKind::kHeap;
  Amounts amounts;
};

struct Profile {
  std::vector<model::Module> modules;
  std::vector<Location> locations;
  std::vector<Sample> samples;
  int64_t time_ns = 0;  // CLOCK_REALTIME of the amounts
  double duration_s = 0;
  uint64_t interval_bytes = 0;
  std::vector<std::string> comments;  // one line each
};

// Adds up what is alike: the stacks of two runs, of two images of a process.
class ProfileBuilder {
 public:
  // `run`: what the profile is of. `has_pids`: the processes are told apart.
  ProfileBuilder(const model::Run& run, bool has_pids);

  void Comment(std::string_view text);
  // In this order; others follow as their stacks come. pprof takes the first for the program.
  void AddModule(const model::Module& module) { ModuleOf(&module); }
  // `calls` innermost first. `sign`: -1 takes it off.
  void Add(const StackAmounts& stack, std::span<const Call> calls,
           const std::map<model::ModuleId, const model::Module*>& modules, double sign = 1);
  // Without the stacks that have nothing to show.
  Profile Take() &&;

 private:
  size_t LocationOf(const Call& call,
                    const std::map<model::ModuleId, const model::Module*>& modules);
  size_t MarkOf(const char* words);
  std::optional<size_t> ModuleOf(const model::Module* module);

  bool has_pids_;
  Profile profile_;
  std::map<std::pair<std::string, std::string>, size_t> modules_;  // build id, path
  // Module, address, lines: leading ones of an allocator may be left out.
  std::map<std::tuple<std::optional<size_t>, uint64_t, size_t>, size_t> locations_;
  std::map<std::string_view, size_t> marks_;
  std::map<std::tuple<std::vector<size_t>, std::string, std::optional<int>, model::StackKind>,
           size_t>
      samples_;
};

}  // namespace seep::exports

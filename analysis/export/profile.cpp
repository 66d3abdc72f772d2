// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/profile.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/report/plain_text.h"

namespace seep::exports {
namespace {

// In place of what the probe could not keep of a stack.
constexpr char kNoStack[] = "[no stack: the probe's table is full]";
constexpr char kTruncated[] = "[deeper frames were cut]";

bool ShowsNothing(const Sample& sample) {
  return std::ranges::all_of(kSampleTypes, [&sample](const SampleTypeInfo& type) {
    return std::llround(sample.amounts.*type.amount) == 0;
  });
}

}  // namespace

std::optional<SampleType> ParseSampleType(std::string_view name) {
  for (const SampleType type : {SampleType::kAllocObjects, SampleType::kAllocSpace,
                                SampleType::kInuseObjects, SampleType::kInuseSpace}) {
    if (name == InfoOf(type).name) return type;
  }
  return std::nullopt;
}

ProfileBuilder::ProfileBuilder(const model::Run& run, bool has_pids) : has_pids_(has_pids) {
  profile_.time_ns = run.started_at_ns + static_cast<int64_t>(run.duration_s * 1e9);
  profile_.duration_s = run.duration_s;
  profile_.interval_bytes = run.interval_bytes;
}

void ProfileBuilder::Comment(std::string_view text) {
  profile_.comments.push_back(report::OneLine(text));
}

std::optional<size_t> ProfileBuilder::ModuleOf(const model::Module* module) {
  if (module == nullptr) return std::nullopt;
  const auto [entry, is_new] =
      modules_.try_emplace({module->build_id, module->path}, profile_.modules.size());
  if (is_new) {
    profile_.modules.push_back({module->id, module->build_id, report::OneLine(module->path)});
  }
  return entry->second;
}

size_t ProfileBuilder::LocationOf(const Call& call,
                                  const std::map<model::ModuleId, const model::Module*>& modules) {
  const auto found = modules.find(call.frame.module);
  const auto module = ModuleOf(found != modules.end() ? found->second : nullptr);
  const auto [entry, is_new] = locations_.try_emplace(
      {module, call.frame.address, call.lines.size()}, profile_.locations.size());
  if (!is_new) return entry->second;
  const uint64_t address = call.frame.address > 0 ? call.frame.address - 1 : 0;
  Location& location =
      profile_.locations.emplace_back(module, address, std::vector<model::SourceFrame>());
  for (model::SourceFrame line : call.lines) {
    line.function = report::OneLine(line.function);
    line.file = report::OneLine(line.file);
    location.lines.push_back(std::move(line));
  }
  return entry->second;
}

size_t ProfileBuilder::MarkOf(const char* words) {
  const auto [entry, is_new] = marks_.try_emplace(words, profile_.locations.size());
  if (is_new) {
    profile_.locations.push_back(
        {std::nullopt, 0, {{.function = words, .file = {}, .module = {}}}});
  }
  return entry->second;
}

void ProfileBuilder::Add(const StackAmounts& stack, std::span<const Call> calls,
                         const std::map<model::ModuleId, const model::Module*>& modules,
                         double sign) {
  std::vector<size_t> locations;
  for (const Call& call : calls) locations.push_back(LocationOf(call, modules));
  if (calls.empty()) locations.push_back(MarkOf(kNoStack));
  if (stack.history->stack.is_truncated) locations.push_back(MarkOf(kTruncated));
  const std::string process = report::OneLine(model::ProgramName(*stack.target));
  const std::optional<int> pid = has_pids_ ? std::optional(stack.target->pid) : std::nullopt;
  const model::StackKind kind = stack.history->stack.kind;
  const auto [entry, is_new] =
      samples_.try_emplace({locations, process, pid, kind}, profile_.samples.size());
  if (is_new) profile_.samples.push_back({std::move(locations), process, pid, kind, {}});
  Amounts& sum = profile_.samples[entry->second].amounts;
  sum += sign < 0 ? Amounts{} - stack.amounts : stack.amounts;
}

Profile ProfileBuilder::Take() && {
  std::erase_if(profile_.samples, ShowsNothing);
  return std::move(profile_);
}

}  // namespace seep::exports

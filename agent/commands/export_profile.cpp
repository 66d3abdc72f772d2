// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/export_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/verdict.h"
#include "storage/model/units.h"

namespace seep::agent {
namespace {

void AddStacks(const model::RunData& data, const exports::AmountsOf& of, double sign,
               FrameResolver& resolver, exports::ProfileBuilder& builder) {
  std::map<model::ModuleId, const model::Module*> modules;
  for (const model::Module& module : data.modules) {
    modules[module.id] = &module;
    if (!data.targets.empty() && module.path == data.targets.front().exe) builder.AddModule(module);
  }
  for (const exports::StackAmounts& stack : exports::MeasureStacks(data, of)) {
    builder.Add(stack, resolver.ResolveCalls(stack.history->stack), modules, sign);
  }
}

std::string Words(const model::Run& run) {
  return fmt::format("run {} '{}' on {} from {}, {}", static_cast<int64_t>(run.id), run.name,
                     run.host, model::FormatTimestamp(run.started_at_ns),
                     model::FormatDuration(run.duration_s));
}

}  // namespace

std::vector<model::Module> ModulesOf(const ProfileRequest& request) {
  std::vector<model::Module> modules = request.data.modules;
  if (request.base != nullptr) {
    modules.insert(modules.end(), request.base->modules.begin(), request.base->modules.end());
  }
  return modules;
}

model::Result<exports::Profile> MakeProfile(const ProfileRequest& request,
                                            FrameResolver& resolver) {
  const model::RunData& data = request.data;
  exports::ProfileBuilder builder(data.run, /*has_pids=*/request.base == nullptr);
  builder.Comment("seep " SEEP_VERSION ", " + Words(data.run));
  exports::AmountsOf of{.pid = request.pid, .program = {}};
  if (request.is_growth) {
    of.since_s = exports::WarmUpEnds(analysis::Analyze(data));
    if (of.since_s.empty()) {
      return model::Fail(
          model::Errc::kNotFound,
          fmt::format("{} is too short to tell when its warm-up was over; --base RUN compares it "
                      "with another run",
                      Words(data.run)));
    }
    builder.Comment("growth since the end of warm-up");
  }
  AddStacks(data, of, 1, resolver, builder);
  if (request.base == nullptr) return std::move(builder).Take();

  builder.Comment("difference to " + Words(request.base->run));
  exports::AmountsOf base_of;
  const auto chosen = std::ranges::find_if(
      data.targets, [&](const model::Target& target) { return target.pid == request.pid; });
  if (chosen != data.targets.end()) base_of.program = model::ProgramName(*chosen);
  AddStacks(*request.base, base_of, -1, resolver, builder);
  return std::move(builder).Take();
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/summarize.h"

namespace seep::analysis {
namespace {

// Of the program that was started: the innermost modules of its stacks are libraries, the outermost
// with a build id may be libc's start code. It is the module that the first process runs.
std::string BuildOf(const model::RunData& data) {
  if (data.targets.empty()) return {};
  for (const model::Module& module : data.modules) {
    if (module.path == data.targets.front().exe) return module.build_id;
  }
  return {};
}

}  // namespace

model::RunSummary Summarize(const model::RunData& data, const model::Verdict& verdict,
                            const model::RunKey& key, const StackNames& names) {
  const JudgedTime time = FindJudgedTime(data);
  return {.run_id = static_cast<int64_t>(data.run.id),
          .run_name = data.run.name,
          .started_at_ns = data.run.started_at_ns,
          .host = data.run.host,
          .seep_version = data.run.seep_version,
          .build = BuildOf(data),
          .key = key,
          .growth_class = verdict.growth_class,
          .exit_code = verdict.exit_code,
          .observed_s = data.run.duration_s,
          .judged_s = time.Length_s(),
          .requests = time.requests,
          .interval_bytes = data.run.interval_bytes,
          .features = MeasureFeatures(data, verdict, time),
          .stacks = SummarizeStacks(data, verdict, time, names)};
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/unseen_allocators.h"

#include <fmt/format.h>

#include "agent/symbols/static_allocator.h"
#include "probes/attach/bypass.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {

std::vector<std::string> UnseenAllocators::Look(const model::Target& target) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& what) {
    lines.push_back(fmt::format("{} (pid {}): {}", model::ProgramName(target), target.pid, what));
  };
  const auto pid = static_cast<pid_t>(target.pid);
  for (const std::string& path : proc::ReadCodeFiles(pid)) {
    if (!modules_.insert(path).second) continue;
    const std::string allocator = symbols::StaticAllocatorOf(path);
    if (allocator.empty()) continue;
    add(fmt::format("{} is linked statically into {}: blocks that it serves are not seen",
                    allocator, path));
  }
  const attach::Memory memory(pid);
  const auto program = attach::LoadedProgram::Read(memory);
  if (!program) return lines;
  for (const attach::Bypass& bypass : attach::FindBypasses(memory, *program)) {
    if (!bypasses_.insert(bypass.object).second) continue;
    add(fmt::format("{} calls {} past the probe ({}): what it allocates and frees so is not seen",
                    bypass.object, bypass.allocator,
                    bypass.is_jemallocs_own ? "mallocx or its kin" : "RTLD_DEEPBIND"));
  }
  return lines;
}

}  // namespace seep::agent

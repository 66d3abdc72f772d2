// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/lookup.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace seep::report {
namespace {

std::string Hexadecimal(uint64_t number) {
  std::array<char, 24> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "0x%llx", static_cast<unsigned long long>(number));
  return buffer.data();
}

}  // namespace

const model::Target* FindTarget(const model::RunData& data, model::TargetId id) {
  const auto found = std::find_if(data.targets.begin(), data.targets.end(),
                                  [id](const model::Target& target) { return target.id == id; });
  return found == data.targets.end() ? nullptr : &*found;
}

std::vector<model::SourceFrame> StackFrames(const ReportInput& input, model::StackId stack) {
  const auto symbolised = input.frames.find(stack);
  if (symbolised != input.frames.end()) return symbolised->second;
  std::vector<model::SourceFrame> frames;
  for (const model::StackHistory& history : input.data.stacks) {
    if (history.stack.id != stack) continue;
    for (const model::Frame& frame : history.stack.frames) {
      model::SourceFrame readable;
      for (const model::Module& module : input.data.modules) {
        if (module.id == frame.module) {
          readable.module = module.path.substr(module.path.find_last_of('/') + 1);
        }
      }
      readable.function =
          readable.module + (readable.module.empty() ? "" : "+") + Hexadecimal(frame.address);
      frames.push_back(std::move(readable));
    }
  }
  return frames;
}

}  // namespace seep::report

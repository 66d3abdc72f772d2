// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/frame_resolver.h"

#include "agent/symbols/allocator_frames.h"

namespace seep::agent {

FrameResolver::FrameResolver(sqlite::Database* database, const std::vector<model::Module>& modules,
                             symbols::SymbolServer* server)
    : database_(database), symbolizer_({.server = server}) {
  for (const model::Module& module : modules) modules_[module.id] = &module;
}

const std::vector<model::SourceFrame>& FrameResolver::Resolve(const model::Frame& frame) {
  const auto [entry, is_new] = known_.try_emplace({frame.module, frame.address});
  if (is_new) entry->second = ResolveNew(frame);
  return entry->second;
}

std::vector<model::SourceFrame> FrameResolver::ResolveNew(const model::Frame& frame) {
  const auto found = modules_.find(frame.module);
  const model::Module module = found != modules_.end() ? *found->second : model::Module{};
  if (database_ != nullptr && !module.build_id.empty()) {
    const auto cached = sqlite::GetSymbol(*database_, module.build_id, frame.address);
    if (cached && *cached) return **cached;
  }
  const size_t warnings_before = symbolizer_.Warnings().size();
  auto frames = symbolizer_.Resolve(module, frame.address, /*is_return_address=*/true);
  // What could not be resolved today may be tomorrow, with the debug package installed.
  const bool is_resolved = !frames.front().file.empty() && !module.build_id.empty() &&
                           symbolizer_.Warnings().size() == warnings_before;
  if (is_resolved) resolved_.push_back({module.build_id, frame.address, frames});
  return frames;
}

std::vector<exports::Call> FrameResolver::ResolveCalls(const model::Stack& stack) {
  std::vector<exports::Call> calls;
  std::vector<model::SourceFrame> frames;
  for (const model::Frame& frame : stack.frames) {
    const auto& resolved = Resolve(frame);
    calls.push_back({frame, resolved});
    frames.insert(frames.end(), resolved.begin(), resolved.end());
  }
  size_t own = symbols::LeadingAllocatorFrames(frames);
  size_t first = 0;
  for (; own > 0 && own >= calls[first].lines.size(); ++first) own -= calls[first].lines.size();
  calls.erase(calls.begin(), calls.begin() + static_cast<std::ptrdiff_t>(first));
  if (own > 0) calls.front().lines = calls.front().lines.subspan(own);
  return calls;
}

std::vector<model::SourceFrame> FrameResolver::ResolveStack(const model::Stack& stack) {
  std::vector<model::SourceFrame> frames;
  for (const exports::Call& call : ResolveCalls(stack)) {
    frames.insert(frames.end(), call.lines.begin(), call.lines.end());
  }
  return frames;
}

void FrameResolver::Keep() {
  if (database_ == nullptr) return;
  [[maybe_unused]] const auto kept = sqlite::PutSymbols(*database_, resolved_);
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/html_stacks.h"

#include <cstddef>

#include "analysis/regression/stack_key.h"
#include "analysis/report/drawn_stacks.h"
#include "analysis/report/json_values.h"
#include "analysis/report/lookup.h"
#include "analysis/report/plain_text.h"

namespace seep::report {
namespace {

// Names that a compiler makes may be longer than a page; the JSON report has all of them.
constexpr size_t kMostColumns = 1000;

}  // namespace

size_t FrameTable::AddString(const std::string& text) {
  const auto [entry, is_new] = known_strings_.try_emplace(text, strings_.size());
  if (is_new) strings_.push_back(Shorten(OneLine(text), kMostColumns));
  return entry->second;
}

std::vector<size_t> FrameTable::Add(const std::vector<model::SourceFrame>& frames) {
  std::vector<size_t> places;
  places.reserve(frames.size());
  for (const model::SourceFrame& frame : frames) {
    const Key key{AddString(frame.function), AddString(frame.file), frame.line,
                  AddString(frame.module), frame.is_inlined};
    const auto [entry, is_new] = known_frames_.try_emplace(key, frames_.size());
    if (is_new) frames_.push_back(key);
    places.push_back(entry->second);
  }
  return places;
}

Json FrameTable::Data() const {
  std::vector<size_t> functions;
  std::vector<size_t> files;
  std::vector<int> lines;
  std::vector<size_t> modules;
  std::vector<int> inlined;
  for (const auto& [function, file, line, module, is_inlined] : frames_) {
    functions.push_back(function);
    files.push_back(file);
    lines.push_back(line);
    modules.push_back(module);
    inlined.push_back(is_inlined);
  }
  return {{"strings", strings_}, {"function", functions}, {"file", files},
          {"line", lines},       {"module", modules},     {"inlined", inlined}};
}

Json StacksData(const ReportInput& input, FrameTable& table) {
  const StacksToDraw chosen = ChooseStacks(input.data, input.verdict);
  std::map<model::StackId, size_t> ranks;
  for (const model::StackVerdict& stack : input.verdict.stacks) {
    ranks.try_emplace(stack.stack, ranks.size() + 1);
  }
  analysis::StackKeys keys;
  Json list = Json::array();
  for (const DrawnStack& drawn : chosen.drawn) {
    const model::Stack& stack = drawn.history->stack;
    const std::vector<model::SourceFrame> frames = StackFrames(input, stack.id);
    const auto rank = ranks.find(stack.id);
    list.push_back(
        {{"target", static_cast<int64_t>(stack.target)},
         {"kind", model::ToString(stack.kind)},
         {"frames", table.Add(frames)},
         {"fingerprint", analysis::ToText(keys.Of(frames).full)},
         {"live", JsonNumber(drawn.live_bytes)},
         {"gained", drawn.gained_bytes ? JsonNumber(*drawn.gained_bytes) : Json(nullptr)},
         {"rank", rank != ranks.end() ? rank->second : 0}});
  }
  Json rest = Json::array();
  for (const auto& [target, undrawn] : chosen.rest) {
    rest.push_back({{"target", static_cast<int64_t>(target)},
                    {"stacks", undrawn.stacks},
                    {"live", JsonNumber(undrawn.live_bytes)},
                    {"gained", JsonNumber(undrawn.gained_bytes)}});
  }
  Json judged = Json::array();
  for (const auto& [target, window] : chosen.judged) {
    judged.push_back({{"target", static_cast<int64_t>(target)},
                      {"begin_s", window.begin_s},
                      {"end_s", window.end_s}});
  }
  return {{"list", std::move(list)}, {"rest", std::move(rest)}, {"judged", std::move(judged)}};
}

}  // namespace seep::report

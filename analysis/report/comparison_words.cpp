// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/comparison_words.h"

#include "analysis/report/plain_text.h"
#include "analysis/report/where_from.h"

namespace seep::report {
std::string StackChangeInWords(const model::StackChange& stack) {
  const std::string word = model::ToString(stack.change);
  return stack.explanation.starts_with(word) ? stack.explanation : word + ": " + stack.explanation;
}

std::string AnchorInWords(const model::Anchor& anchor) {
  return OneLine(anchor.name) + " (" + (anchor.is_pinned ? "pinned, " : "rolling, ") +
         std::to_string(anchor.runs) + (anchor.runs == 1 ? " run)" : " runs)");
}

std::string CallPath(const std::vector<model::SourceFrame>& frames) {
  constexpr size_t kMostFrames = 4;
  constexpr size_t kColumns = 60;
  if (frames.empty()) return "a stack without frames";
  std::string path;
  size_t count = 0;
  for (const model::SourceFrame* frame = OwnFrame(frames);
       frame != frames.data() + frames.size() && count < kMostFrames; ++frame, ++count) {
    path += (count == 0 ? "" : " < ") + Shorten(OneLine(frame->function), kColumns);
  }
  return path;
}

}  // namespace seep::report

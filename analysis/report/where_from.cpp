// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/where_from.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "analysis/report/lookup.h"
#include "analysis/report/plain_text.h"
#include "analysis/stacks/call_site.h"
#include "analysis/summary.h"
#include "storage/model/series.h"

namespace seep::report {
namespace {

namespace metric = model::metric;

// Compilers put templates of the standard library into the module of the program that uses them.
bool IsOwn(const model::SourceFrame& frame) {
  if (analysis::IsLibrary(frame.module) || frame.file.starts_with("/usr/include/")) return false;
  const std::string name = frame.function.substr(0, frame.function.find_first_of("(<"));
  const std::string last = name.substr(name.rfind(' ') + 1);  // behind the type it returns
  return !name.starts_with("operator ") && !last.starts_with("std::") &&
         !last.starts_with("__gnu_cxx::");
}

// Of memory whose stacks are not known: the parts that make most of it, the largest first. Parts
// that shrink are not among them, so that all would be more than the whole.
std::string PartsOfMemory(const model::Verdict& verdict) {
  constexpr double kWorthAWord = 0.1;
  constexpr double kMost = 0.9;
  std::vector<model::AttributionPart> parts = verdict.attribution;
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.share > b.share; });
  std::string list;
  double told = 0;
  for (const model::AttributionPart& part : parts) {
    if (!(part.share >= kWorthAWord) || told >= kMost) break;
    told += part.share;
    const char* words = part.name == model::part::kHeap
                            ? "heap (blocks in use, or kept by its allocator)"
                            : analysis::PartInWords(part.name);
    list += (list.empty() ? "" : ", ") + Percent(std::min(part.share, 1.0)) + " " +
            (words != nullptr ? words : OneLine(part.name));
  }
  return list;
}

std::string WithoutStacks(const ReportInput& input) {
  const model::Target* target = FindTarget(input.data, input.verdict.attributed_target);
  if (target == nullptr || target->probe == "active") return "no single stack is proved to grow";
  return "the place in the program is not known: without the probe (" +
         (target->probe.empty() ? "not used" : target->probe) + ")";
}

}  // namespace

const model::SourceFrame* OwnFrame(const std::vector<model::SourceFrame>& frames) {
  if (frames.empty()) return nullptr;
  const auto own = std::find_if(frames.begin(), frames.end(), &IsOwn);
  return own != frames.end() ? &*own : &frames.front();
}

std::string Place(const std::vector<model::SourceFrame>& frames) {
  if (frames.empty()) return "a stack without frames (the stack table was full)";
  constexpr size_t kColumns = 60;
  const model::SourceFrame& frame = *OwnFrame(frames);
  std::string place = Shorten(OneLine(frame.function), kColumns);
  if (!frame.file.empty()) {
    place += " at " + ShortenFront(OneLine(frame.file), kColumns);
    if (frame.line > 0) place += ':' + std::to_string(frame.line);
  } else if (!frame.module.empty() && !frame.function.starts_with(frame.module)) {
    place += " in " + Shorten(OneLine(frame.module), kColumns);
  }
  // The first is often an allocator of the program's own, which tells little.
  constexpr ptrdiff_t kCallers = 2;
  constexpr size_t kCallerColumns = 40;
  if (!IsOwn(frame)) return place;
  const model::SourceFrame* last = std::min(frames.data() + frames.size(), &frame + 1 + kCallers);
  std::string callers;
  for (const model::SourceFrame* caller = &frame + 1; caller < last && IsOwn(*caller); ++caller) {
    callers += (callers.empty() ? ", called by " : ", by ") +
               Shorten(OneLine(caller->function), kCallerColumns);
  }
  return place + callers;
}

void WhereFrom(const ReportInput& input, const Findings& findings, AnswerList& answers) {
  LabelOnce lines(answers, "Where from");
  if (!findings.stacks.empty()) {
    const model::StackVerdict& first = *findings.stacks.front();
    lines.Add(Place(StackFrames(input, first.stack)) + ": " + Percent(first.share) +
              " of the growth, #" + std::to_string(findings.first_rank) + " below");
  }
  if (findings.stacks.empty() &&
      (findings.Has(metric::kRssSwap) || findings.Has(metric::kHeapLive))) {
    const std::string parts = PartsOfMemory(input.verdict);
    const bool is_ratchet = input.verdict.growth_class == model::GrowthClass::kRatchet;
    lines.Add((parts.empty() ? "" : parts + "; ") +
              (is_ratchet ? "freed by the program, so no place in it; for remedies see the warnings"
                          : WithoutStacks(input)));
  }
  const model::Target* target = FindTarget(input.data, input.verdict.attributed_target);
  const std::string pid = target != nullptr ? std::to_string(target->pid) : "PID";
  if (findings.Has(metric::kFds)) {
    lines.Add("who opens the descriptors is not known; while it runs, ls -l /proc/" + pid +
              "/fd shows what they are");
  }
  if (findings.Has(metric::kThreads)) {
    lines.Add("who starts the threads is not known; while it runs, cat /proc/" + pid +
              "/task/*/comm shows their names");
  }
  const std::pair<const char*, std::string> hints[] = {
      {metric::kFdsTcpCloseWait,
       "the other side has closed them, the program has not; while it runs, ss -tnp state "
       "close-wait shows with whom"},
      {metric::kZombies, "it does not wait for its children; while it runs, ps --ppid " + pid +
                             " shows which programs they were"},
      {metric::kDeletedFiles,
       "while it runs, ls -l /proc/" + pid + "/fd | grep deleted shows which files"},
      {metric::kMemoryFiles, "while it runs, ls -lL /proc/" + pid + "/fd shows the sizes"},
      {metric::kSysvShm, "ipcs -mp shows the segments that it made; ipcrm removes one"}};
  for (const auto& [name, hint] : hints) {
    if (findings.Has(name)) lines.Add(hint);
  }
  // Who maps is told by stacks, where the probe sees it.
  if (findings.Has(metric::kMappings) && findings.stacks.empty()) {
    lines.Add("who maps is not known; while it runs, /proc/" + pid + "/maps shows what");
  }
}

}  // namespace seep::report

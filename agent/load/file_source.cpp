// SPDX-License-Identifier: Apache-2.0
#include "agent/load/file_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/watch/clock.h"

namespace seep::agent {
namespace {

using resilience::ErrorClass;

constexpr double kInterval_s = 1;
constexpr uint64_t kMostBytes = 4 << 20;  // of a look: the others have their turn
constexpr uint64_t kLinesToTell = 20;     // the format
// What a tool writes at its end is complete when it has not changed for that long.
constexpr double kSettled_s = 2;

std::string Shown(std::string_view line) {
  std::string text(line.substr(0, 60));
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

}  // namespace

FileSource::FileSource(const LoadRun& run, const endpoint::LoadSource& source, double now_s)
    : WatchedSource(run, source, kInterval_s * 5),
      source_(source),
      tail_(source.file),
      windows_({.source = endpoint::NameOf(source),
                .run_started_at_s = run.started_at_s,
                .length = run.length,
                .expected_interval_s = source.expected_interval_s}),
      due_s_(now_s) {
  if (source_.format) reader_ = endpoint::MakeLoadReader(*source_.format);
}

void FileSource::Tell(std::string_view line) {
  const auto format = endpoint::TellFormat(line);
  if (!format) return;
  source_.format = format;
  reader_ = endpoint::MakeLoadReader(*format);
  windows_.SetSource(endpoint::NameOf(source_));
}

void FileSource::TakeLine(std::string_view line) {
  ++lines_;
  if (!reader_) Tell(line);
  if (reader_ && reader_->Read(line, windows_)) return;
  if (!reader_ && line.empty()) return;
  if (malformed_++ == 0) first_malformed_ = fmt::format("line {}: '{}'", lines_, Shown(line));
}

void FileSource::Look(double now_s, uint64_t, endpoint::Scraper&) {
  due_s_ = now_s + kInterval_s;
  if (!breaker_.Admit(now_s)) {
    is_finished_ = is_finishing_;
    return;
  }
  windows_.SetNow(now_s - run_.started_s);
  const uint64_t malformed = malformed_;
  const uint64_t lines = lines_;
  const auto look = tail_.Read(
      kMostBytes, [this](std::string_view line) { TakeLine(line); },
      [this] {
        if (reader_) reader_->Restart();
      });
  if (!look) {
    // Not there yet, or just being rotated: nothing is wrong with that, and it is said.
    const ErrorClass error = look.error().code == model::Errc::kNotFound
                                 ? ErrorClass::kDataValidation
                                 : resilience::Classify(look.error());
    breaker_.Fail(now_s, 0, error, look.error().message);
    is_at_end_ = true;
    is_finished_ = is_finishing_;
    return;
  }
  TakeLook(now_s, *look);
  const bool is_nonsense = lines_ > lines && malformed_ - malformed == lines_ - lines;
  const bool is_untold = !reader_ && lines_ >= kLinesToTell;
  if (is_untold) {
    breaker_.Fail(now_s, 0, ErrorClass::kPermanent,
                  source_.file +
                      ": its lines are of no known format; write FORMAT:FILE, with "
                      "FORMAT one of " +
                      endpoint::LoadFormatNames());
  } else if (is_nonsense) {
    breaker_.Fail(now_s, 0, ErrorClass::kDataValidation, "not understood: " + first_malformed_);
  } else {
    breaker_.Succeed(now_s, MonotonicSeconds() - now_s);
  }
}

void FileSource::TakeLook(double now_s, const endpoint::FileTail::Look& look) {
  if (look.too_long != 0 && malformed_ == 0) first_malformed_ = "a line of more than a megabyte";
  malformed_ += look.too_long;
  is_at_end_ = look.is_at_end;
  if (!is_at_end_) due_s_ = now_s;
  if (reader_ && is_at_end_ && reader_->is_told_at_the_end()) {
    const double realtime_s = static_cast<double>(NowNanoseconds(CLOCK_REALTIME)) / 1e9;
    const bool is_settled = realtime_s - look.modified_at_s >= kSettled_s || is_finishing_;
    if (is_settled && completed_at_s_ != look.modified_at_s) {
      reader_->Complete(look.modified_at_s, windows_);
      completed_at_s_ = look.modified_at_s;
    }
  }
  is_finished_ = is_finishing_ && is_at_end_;
}

void FileSource::Finish(double now_s, bool /*may_ask*/) {
  is_finishing_ = true;
  due_s_ = now_s;
}

std::vector<model::LoadWindow> FileSource::TakeWindows(bool is_last) {
  return is_last ? windows_.TakeAll() : windows_.TakeComplete(is_at_end_);
}

std::vector<std::string> FileSource::Warnings() const {
  std::vector<std::string> warnings;
  const endpoint::LoadCounts& counts = windows_.counts();
  const auto warn = [&](uint64_t count, const char* what) {
    if (count != 0) warnings.push_back(fmt::format("{}: {} {}", name_, count, what));
  };
  if (counts.answers == 0) {
    const std::string error = breaker_.Status().last_error;
    warnings.push_back(name_ + " told nothing: " +
                       (lines_ == 0 && error.empty() ? "it is empty"
                        : counts.before_run != 0     ? "what it tells was before the run"
                        : error.empty()              ? "no answers are in it"
                                                     : error));
  }
  if (malformed_ != 0) {
    warnings.push_back(fmt::format("{}: {} of {} lines are not understood, first {}", name_,
                                   malformed_, lines_, first_malformed_));
  }
  warn(counts.late, "answers came when their time had been written; the tool writes too late");
  warn(counts.in_future, "answers are of the future; the clock of the tool is another one");
  return warnings;
}

}  // namespace seep::agent

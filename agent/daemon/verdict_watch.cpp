// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/verdict_watch.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "agent/console.h"
#include "agent/daemon/child.h"
#include "agent/watch/clock.h"

namespace seep::agent {
namespace {

constexpr double kLongestSeconds = 120;
constexpr size_t kLongestReport = 64 << 20;

}  // namespace

VerdictWatch::VerdictWatch(std::string database, double interval_s, std::string symbol_server)
    : database_(std::move(database)),
      interval_s_(interval_s),
      symbol_server_(std::move(symbol_server)) {
  if (symbol_server_.empty()) return;
  // A call is a report, which may ask for many files.
  symbol_breaker_.emplace("symbol server",
                          resilience::BreakerSettings{.failures_to_open = 1,
                                                      .successes_to_close = 1,
                                                      .call_timeout_s = kLongestSeconds,
                                                      .least_call_timeout_s = kLongestSeconds,
                                                      .calm_s = 3600,
                                                      .backoff = {.first_s = 60}},
                          static_cast<uint64_t>(getpid()));
}

std::vector<resilience::Transition> VerdictWatch::TakeTransitions() {
  return symbol_breaker_ ? symbol_breaker_->TakeTransitions()
                         : std::vector<resilience::Transition>();
}

void VerdictWatch::Update(double now_s, const std::map<model::RunId, std::string>& runs) {
  if (child_ != 0) Take(now_s);
  if (child_ != 0) return;
  const auto is_over = [&runs](const auto& entry) { return !runs.contains(entry.first); };
  std::erase_if(verdicts_, is_over);
  std::erase_if(begun_s_, is_over);
  std::optional<model::RunId> oldest;
  for (const auto& [run, name] : runs) {
    // A run is first judged when it has lived through an interval.
    const double begun_s = begun_s_.try_emplace(run, now_s).first->second;
    if (now_s - begun_s < interval_s_) continue;
    if (!oldest || begun_s < begun_s_[*oldest]) oldest = run;
  }
  if (!oldest) return;
  name_ = runs.at(*oldest);
  Begin(now_s, *oldest);
}

void VerdictWatch::Begin(double now_s, model::RunId run) {
  begun_s_[run] = now_s;
  std::vector<std::string> words{"report", "--json", "--db", database_,
                                 std::to_string(static_cast<int64_t>(run))};
  asks_symbol_server_ = symbol_breaker_ && symbol_breaker_->Admit(now_s);
  if (asks_symbol_server_) words.insert(words.end(), {"--symbol-server", symbol_server_});
  const auto child = StartChild(words, output_);
  if (!child) {
    Note("report: " + child.error().message);
    return;
  }
  child_ = *child;
  run_ = run;
  child_begun_s_ = now_s;
  text_.clear();
}

void VerdictWatch::Note(std::string message) {
  last_error_ = {MonotonicSeconds(), "report", std::move(message)};
}

void VerdictWatch::Take(double now_s) {
  std::array<char, 1 << 16> part;
  ssize_t count;
  while ((count = read(output_->get(), part.data(), part.size())) > 0) {
    text_.append(part.data(), static_cast<size_t>(count));
    if (text_.size() > kLongestReport) break;
  }
  const bool is_over = count == 0;
  const bool is_too_much =
      text_.size() > kLongestReport || now_s - child_begun_s_ > kLongestSeconds;
  if (is_too_much) {
    Note(fmt::format("the report on run {} took too long", static_cast<int64_t>(run_)));
    Abandon();
  } else if (is_over) {
    End();
  }
}

void VerdictWatch::End() {
  int status = 0;
  waitpid(child_, &status, 0);  // its end of the pipe is closed: it is ending
  child_ = 0;
  output_.reset();
  auto verdict = ReadVerdict(text_);
  text_ = {};
  if (!verdict) {
    Note(fmt::format("the report on run {} failed", static_cast<int64_t>(run_)));
    return;
  }
  NoteSymbolServer(*verdict);
  SayWhatIsNew(*verdict);
  verdicts_[run_] = std::move(*verdict);
  last_error_.reset();
}

void VerdictWatch::NoteSymbolServer(const ServiceVerdict& verdict) {
  if (!asks_symbol_server_) return;
  const double now_s = MonotonicSeconds();
  if (verdict.symbol_server_failed) {
    symbol_breaker_->Fail(now_s, now_s - child_begun_s_, resilience::ErrorClass::kTransient,
                          verdict.symbol_server_error);
  } else {
    symbol_breaker_->Succeed(now_s, now_s - child_begun_s_);
  }
}

// A verdict of another class than the last one; that there is too little data is no news.
void VerdictWatch::SayWhatIsNew(const ServiceVerdict& verdict) {
  using model::GrowthClass;
  const auto before = verdicts_.find(run_);
  const GrowthClass last =
      before != verdicts_.end() ? before->second.growth_class : GrowthClass::kInsufficientData;
  if (verdict.growth_class == last) return;
  const bool is_bad =
      model::IsGrowth(verdict.growth_class) || verdict.growth_class == GrowthClass::kDrift;
  Say(name_ + ": " + verdict.summary, is_bad ? Severity::kWarning : Severity::kNotice,
      {{"service", name_}, {"class", model::ToString(verdict.growth_class)}});
}

void VerdictWatch::Abandon() {
  if (child_ == 0) return;
  kill(child_, SIGKILL);
  waitpid(child_, nullptr, 0);
  child_ = 0;
  output_.reset();
}

const ServiceVerdict* VerdictWatch::Find(model::RunId run) const {
  const auto found = verdicts_.find(run);
  return found != verdicts_.end() ? &found->second : nullptr;
}

}  // namespace seep::agent

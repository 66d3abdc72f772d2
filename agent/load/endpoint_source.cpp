// SPDX-License-Identifier: Apache-2.0
#include "agent/load/endpoint_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace seep::agent {
namespace {

using endpoint::ScrapeFailure;
using resilience::ErrorClass;

constexpr double kTimeout_s = 5;
constexpr double kLastTimeout_s = 2;  // at the end of the run somebody waits
constexpr size_t kLongestToken = 8192;

ErrorClass ClassOf(const ScrapeFailure& failure) {
  switch (failure.kind) {
    case ScrapeFailure::Kind::kTimeout:
      return ErrorClass::kTransient;
    case ScrapeFailure::Kind::kStatus:
      return resilience::ClassifyHttp(failure.status);
    case ScrapeFailure::Kind::kTooLarge:  // each attempt costs as much again
      return ErrorClass::kPermanent;
    case ScrapeFailure::Kind::kNetwork:
      break;
  }
  // A name that is not known, an answer that was cut off, ...: as a service that restarts.
  return failure.os_errno != 0 ? resilience::ClassifyErrno(failure.os_errno)
                               : ErrorClass::kTransient;
}

model::Result<std::string> ReadToken(const std::string& path) {
  std::ifstream file(path);
  if (!file) return model::FailErrno("token_file " + path);
  std::string token;
  std::getline(file, token);
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  const bool is_sound = !token.empty() && token.size() <= kLongestToken &&
                        std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
  if (is_sound) return token;
  return model::Fail(model::Errc::kInvalidArgument,
                     "token_file " + path + ": its first line is no token");
}

}  // namespace

EndpointSource::EndpointSource(const LoadRun& run, const endpoint::LoadSource& source, double now_s)
    : WatchedSource(run, source, kTimeout_s),
      windows_(source, {.source = endpoint::NameOf(source),
                        .run_started_at_s = run.started_at_s,
                        .length = run.length,
                        .expected_interval_s = source.expected_interval_s}),
      due_s_(now_s) {}

// Half-open it is asked again soon: two answers close the breaker.
void EndpointSource::Plan(double now_s) {
  constexpr double kShortest_s = 1;
  constexpr double kLongest_s = 15;
  const resilience::BreakerStatus status = breaker_.Status();
  switch (status.state) {
    case resilience::BreakerState::kOpen:
      due_s_ = status.next_probe_s;
      break;
    case resilience::BreakerState::kHalfOpen:
      due_s_ = now_s + kShortest_s;
      break;
    case resilience::BreakerState::kClosed:
      due_s_ = now_s + std::clamp(run_.length(std::max(0.0, now_s - run_.started_s)) / 4,
                                  kShortest_s, kLongest_s);
      break;
  }
}

void EndpointSource::Look(double now_s, uint64_t id, endpoint::Scraper& scraper) {
  if (!breaker_.Admit(now_s)) {
    Plan(now_s);
    return;
  }
  endpoint::ScrapeRequest request{.url = named_.endpoint};
  request.timeout_s = is_finishing_ ? kLastTimeout_s : breaker_.CallTimeout();
  if (!named_.token_file.empty()) {
    auto token = ReadToken(named_.token_file);
    if (!token) {
      breaker_.Fail(now_s, 0, ErrorClass::kAuthentication, token.error().message);
      is_finished_ = is_finishing_;
      Plan(now_s);
      return;
    }
    request.token = std::move(*token);
  }
  windows_.Begin();
  request.take = [this](std::string_view piece) { windows_.text().Add(piece); };
  if (!scraper.Begin(id, std::move(request))) {
    breaker_.Fail(now_s, 0, ErrorClass::kTransient, "out of memory");
    Plan(now_s);
    return;
  }
  is_asked_ = true;
  due_s_ = kNever;
}

void EndpointSource::TakeAnswer(double now_s, const endpoint::ScrapeAnswer& answer) {
  is_asked_ = false;
  is_finished_ = is_finishing_;
  const uint64_t failures = breaker_.Status().statistics.failures;
  if (answer.failure) {
    const ScrapeFailure& failure = *answer.failure;
    breaker_.Fail(now_s, answer.took_s, ClassOf(failure), failure.message, failure.retry_after_s);
  } else if (auto told = windows_.End(now_s - run_.started_s, answer.is_open_metrics); !told) {
    // It is there, and answers nonsense: asked again as if nothing were the matter, and said.
    breaker_.Fail(now_s, answer.took_s, ErrorClass::kDataValidation, told.error().message);
  } else {
    breaker_.Succeed(now_s, answer.took_s);
  }
  if (!is_finishing_) failures_ += breaker_.Status().statistics.failures - failures;
  Plan(now_s);
}

void EndpointSource::Finish(double now_s, bool may_ask) {
  is_finishing_ = true;
  if (is_asked_ && may_ask) return;  // its answer is the last one
  is_finished_ = !may_ask || breaker_.state() != resilience::BreakerState::kClosed;
  due_s_ = is_finished_ ? kNever : now_s;
}

std::vector<model::LoadWindow> EndpointSource::TakeWindows(bool is_last) {
  return is_last ? windows_.TakeAll() : windows_.TakeComplete();
}

std::vector<std::string> EndpointSource::Warnings() const {
  std::vector<std::string> warnings;
  const endpoint::ScrapeCounts& counts = windows_.counts();
  const resilience::BreakerStatus status = breaker_.Status();
  if (counts.scrapes == 0) {
    warnings.push_back(name_ + " told nothing: " +
                       (status.last_error.empty() ? "it has not answered" : status.last_error));
    return warnings;
  }
  // A service that is not ready at once, or stumbles, is none of a reader's business.
  constexpr uint64_t kMostFailures = 2;
  if (failures_ > kMostFailures) {
    warnings.push_back(fmt::format("{}: {} of {} scrapes failed, the last time: {}", name_,
                                   failures_, status.statistics.requests, status.last_error));
  }
  if (counts.bad_values != 0) {
    warnings.push_back(
        fmt::format("{}: {} values make no sense and are left out", name_, counts.bad_values));
  }
  if (counts.resets != 0) {
    warnings.push_back(fmt::format("{}: counters began anew {} times", name_, counts.resets));
  }
  return warnings;
}

}  // namespace seep::agent

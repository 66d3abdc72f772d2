// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/circuit_breaker.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace seep::resilience {
namespace {

constexpr double kLongestRetryAfter_s = 3600;
constexpr double kTimeoutOverP95 = 4;

}  // namespace

std::string_view ToString(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half-open";
  }
  return "?";
}

std::string Describe(std::string_view name, const Transition& transition) {
  std::string text(name);
  text.append(": ")
      .append(ToString(transition.from))
      .append(" to ")
      .append(ToString(transition.to));
  if (transition.to != BreakerState::kOpen) return text;
  text.append(" (").append(ToString(transition.cause)).append("): ").append(transition.reason);
  text += "; asked again in " + std::to_string(std::lround(std::ceil(transition.wait_s))) + " s";
  return text;
}

CircuitBreaker::CircuitBreaker(std::string name, BreakerSettings settings, uint64_t seed)
    : name_(std::move(name)), settings_(settings), backoff_(settings.backoff, seed) {}

bool CircuitBreaker::Admit(double now_s) {
  if (state_ == BreakerState::kOpen && now_s >= next_probe_s_) {
    successes_in_a_row_ = 0;
    probing_since_s_.reset();
    MoveTo({.at_s = now_s, .from = state_, .to = BreakerState::kHalfOpen});
  }
  const bool is_occupied = probing_since_s_ && now_s - *probing_since_s_ < settings_.call_timeout_s;
  if (state_ == BreakerState::kOpen || (state_ == BreakerState::kHalfOpen && is_occupied)) {
    ++statistics_.rejected;
    return false;
  }
  if (state_ == BreakerState::kHalfOpen) probing_since_s_ = now_s;
  ++statistics_.requests;
  return true;
}

void CircuitBreaker::ProbeNow(double now_s) {
  next_probe_s_ = std::min(next_probe_s_, now_s);
  probing_since_s_.reset();
}

void CircuitBreaker::Succeed(double now_s, double call_s) {
  latencies_.Add(call_s);
  answers_ = std::min(answers_ + 1, kRecentCalls);
  const bool is_slow = call_s > settings_.call_timeout_s;
  if (is_slow) ++statistics_.slow;
  if (state_ == BreakerState::kOpen) return;  // asked before it opened
  failures_in_a_row_ = 0;
  Note(is_slow);
  if (state_ == BreakerState::kHalfOpen) {
    probing_since_s_.reset();
    if (++successes_in_a_row_ < settings_.successes_to_close) return;
    recent_calls_ = 0;
    recent_failures_ = 0;
    MoveTo({.at_s = now_s, .from = state_, .to = BreakerState::kClosed});
  } else if (is_slow && IsFailingOften()) {
    Open(now_s, ErrorClass::kTransient, "answers too slowly", std::nullopt);
  }
}

void CircuitBreaker::Fail(double now_s, double call_s, ErrorClass error, std::string reason,
                          std::optional<double> retry_after_s) {
  ++statistics_.failures;
  last_error_ = reason;
  const Strategy& strategy = StrategyOf(error);
  if (!strategy.is_against_breaker) {
    Succeed(now_s, call_s);
    return;
  }
  if (state_ == BreakerState::kOpen) return;  // asked before it opened
  Note(true);
  ++failures_in_a_row_;
  const bool is_enough = strategy.opens_at_once ||
                         failures_in_a_row_ >= settings_.failures_to_open || IsFailingOften();
  if (state_ == BreakerState::kHalfOpen || is_enough) Open(now_s, error, reason, retry_after_s);
}

void CircuitBreaker::Note(bool is_failure) {
  constexpr uint32_t kMask = (1U << kRecentCalls) - 1;
  recent_failures_ = (recent_failures_ << 1 | (is_failure ? 1U : 0U)) & kMask;
  recent_calls_ = std::min(recent_calls_ + 1, kRecentCalls);
}

bool CircuitBreaker::IsFailingOften() const {
  return recent_calls_ == kRecentCalls && 2 * std::popcount(recent_failures_) >= kRecentCalls;
}

void CircuitBreaker::Open(double now_s, ErrorClass error, const std::string& reason,
                          std::optional<double> retry_after_s) {
  const bool was_calm = state_ == BreakerState::kClosed && now_s - since_s_ >= settings_.calm_s;
  if (was_calm) backoff_.Reset();
  double wait_s = backoff_.Next(StrategyOf(error).least_wait_s);
  if (retry_after_s) wait_s = std::max(wait_s, std::min(*retry_after_s, kLongestRetryAfter_s));
  next_probe_s_ = now_s + wait_s;
  probing_since_s_.reset();
  failures_in_a_row_ = 0;
  answers_ = 0;
  ++statistics_.times_opened;
  MoveTo({.at_s = now_s,
          .from = state_,
          .to = BreakerState::kOpen,
          .cause = error,
          .reason = reason,
          .wait_s = wait_s});
}

void CircuitBreaker::MoveTo(Transition transition) {
  state_ = transition.to;
  since_s_ = transition.at_s;
  if (transitions_.size() == kMostTransitions) transitions_.erase(transitions_.begin());
  transitions_.push_back(std::move(transition));
}

double CircuitBreaker::CallTimeout() const {
  // A dependency that has become slower must be given the time to show it, or it never closes.
  const bool is_known = state_ == BreakerState::kClosed && answers_ == kRecentCalls;
  if (!is_known) return settings_.call_timeout_s;
  return std::clamp(kTimeoutOverP95 * latencies_.Quantile(0.95), settings_.least_call_timeout_s,
                    settings_.call_timeout_s);
}

BreakerStatus CircuitBreaker::Status() const {
  BreakerStatus status{.name = name_,
                       .state = state_,
                       .since_s = since_s_,
                       .next_probe_s = next_probe_s_,
                       .last_error = last_error_,
                       .statistics = statistics_};
  status.statistics.p95_s = latencies_.Quantile(0.95);
  return status;
}

std::vector<Transition> CircuitBreaker::TakeTransitions() {
  return std::exchange(transitions_, {});
}

}  // namespace seep::resilience

// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/circuit_breaker.h"

#include <catch2/catch.hpp>
#include <random>

using namespace seep::resilience;

namespace {

// Waits of 10, 20, 40, 80 s exactly.
constexpr BreakerSettings kSettings{
    .failures_to_open = 3,
    .successes_to_close = 2,
    .call_timeout_s = 5,
    .least_call_timeout_s = 0.5,
    .calm_s = 300,
    .backoff = {.first_s = 10, .factor = 2, .longest_s = 80, .jitter = 0}};

struct Subject {
  CircuitBreaker breaker{"database", kSettings, 1};
  double now_s = 1000;

  bool Succeed(double call_s = 0.01) {
    if (!breaker.Admit(now_s)) return false;
    breaker.Succeed(now_s, call_s);
    return true;
  }
  bool Fail(ErrorClass error = ErrorClass::kTransient, std::optional<double> retry_after_s = {}) {
    if (!breaker.Admit(now_s)) return false;
    breaker.Fail(now_s, 0.01, error, "no answer", retry_after_s);
    return true;
  }
  BreakerState state() const { return breaker.state(); }
  double wait_s() const { return breaker.Status().next_probe_s - now_s; }
  void OpenIt() {
    for (int i = 0; i < 3; ++i) REQUIRE(Fail());
    REQUIRE(state() == BreakerState::kOpen);
  }
  void WaitForProbe() { now_s = breaker.Status().next_probe_s; }
};

}  // namespace

TEST_CASE("closed: so many failures in a row open it, a success between begins anew") {
  Subject subject;
  CHECK(subject.Fail());
  CHECK(subject.Fail());
  CHECK(subject.Succeed());
  CHECK(subject.Fail());
  CHECK(subject.Fail());
  CHECK(subject.state() == BreakerState::kClosed);
  CHECK(subject.Fail());
  CHECK(subject.state() == BreakerState::kOpen);
  CHECK(subject.wait_s() == 10);
}

TEST_CASE("closed: half of the last 20 calls open it, never so many in a row") {
  Subject subject;
  int calls = 0;
  while (subject.state() == BreakerState::kClosed && calls < 100) {
    ++calls % 2 == 0 ? subject.Fail() : subject.Succeed();
  }
  CHECK(calls == 20);
  Subject well;
  for (int i = 0; i < 1000; ++i) CHECK((i % 3 == 0 ? well.Fail() : well.Succeed()));
  CHECK(well.state() == BreakerState::kClosed);
}

TEST_CASE("open: everything is rejected until the back-off is over") {
  Subject subject;
  subject.OpenIt();
  subject.now_s += 9.99;
  CHECK_FALSE(subject.breaker.Admit(subject.now_s));
  CHECK(subject.state() == BreakerState::kOpen);
  subject.now_s += 0.01;
  CHECK(subject.breaker.Admit(subject.now_s));
  CHECK(subject.state() == BreakerState::kHalfOpen);
}

TEST_CASE("half-open: one call at a time, so many successes in a row close it") {
  Subject subject;
  subject.OpenIt();
  subject.WaitForProbe();
  CHECK(subject.breaker.Admit(subject.now_s));
  CHECK_FALSE(subject.breaker.Admit(subject.now_s));
  subject.breaker.Succeed(subject.now_s, 0.01);
  CHECK(subject.state() == BreakerState::kHalfOpen);
  CHECK(subject.Succeed());
  CHECK(subject.state() == BreakerState::kClosed);
}

TEST_CASE("half-open: a failure opens it again, for longer each time up to the longest") {
  Subject subject;
  subject.OpenIt();
  for (const double wait_s : {20.0, 40.0, 80.0, 80.0}) {
    subject.WaitForProbe();
    CHECK(subject.Fail());
    CHECK(subject.state() == BreakerState::kOpen);
    CHECK(subject.wait_s() == wait_s);
  }
  // Also when one success came before it.
  subject.WaitForProbe();
  CHECK(subject.Succeed());
  CHECK(subject.Fail());
  CHECK(subject.state() == BreakerState::kOpen);
}

TEST_CASE("half-open: a call that is never reported does not stand in the way for ever") {
  Subject subject;
  subject.OpenIt();
  subject.WaitForProbe();
  CHECK(subject.breaker.Admit(subject.now_s));
  CHECK_FALSE(subject.breaker.Admit(subject.now_s + 4.9));
  CHECK(subject.breaker.Admit(subject.now_s + 5));
}

TEST_CASE("open: the last chance need not wait") {
  Subject subject;
  subject.OpenIt();
  subject.breaker.ProbeNow(subject.now_s);
  CHECK(subject.Succeed());
  CHECK(subject.state() == BreakerState::kHalfOpen);
}

TEST_CASE("outcomes of calls from before it opened change nothing") {
  Subject subject;
  subject.OpenIt();
  const double probe_s = subject.breaker.Status().next_probe_s;
  subject.breaker.Succeed(subject.now_s, 0.01);
  subject.breaker.Fail(subject.now_s, 0.01, ErrorClass::kTransient, "late");
  CHECK(subject.state() == BreakerState::kOpen);
  CHECK(subject.breaker.Status().next_probe_s == probe_s);
}

TEST_CASE("a relapse goes on with the back-off, a calm time ends it") {
  Subject subject;
  subject.OpenIt();
  subject.WaitForProbe();
  subject.Succeed();
  subject.Succeed();
  subject.now_s += 299;
  subject.OpenIt();
  CHECK(subject.wait_s() == 20);
  subject.WaitForProbe();
  subject.Succeed();
  subject.Succeed();
  subject.now_s += 300;
  subject.OpenIt();
  CHECK(subject.wait_s() == 10);
}

TEST_CASE("each class of errors has its way") {
  const auto wait_after = [](ErrorClass error) {
    Subject subject;
    subject.Fail(error);
    return subject.state() == BreakerState::kOpen ? subject.wait_s() : 0;
  };
  CHECK(wait_after(ErrorClass::kTransient) == 0);
  CHECK(wait_after(ErrorClass::kUnknown) == 0);
  CHECK(wait_after(ErrorClass::kPermanent) == 15);
  CHECK(wait_after(ErrorClass::kRateLimit) == 30);
  CHECK(wait_after(ErrorClass::kAuthentication) == 60);
  Subject subject;
  for (int i = 0; i < 100; ++i) CHECK(subject.Fail(ErrorClass::kDataValidation));
  CHECK(subject.state() == BreakerState::kClosed);
  CHECK(subject.breaker.Status().statistics.failures == 100);
}

TEST_CASE("what the dependency asks for is kept to, within an hour") {
  Subject subject;
  subject.Fail(ErrorClass::kRateLimit, 500);
  CHECK(subject.wait_s() == 500);
  subject.WaitForProbe();
  subject.Fail(ErrorClass::kRateLimit, 1e9);
  CHECK(subject.wait_s() == 3600);
  subject.WaitForProbe();
  subject.Fail(ErrorClass::kRateLimit, 0);
  CHECK(subject.wait_s() == 80);
}

TEST_CASE("successes that are too slow open it like failures") {
  Subject subject;
  for (int i = 0; i < 19; ++i) subject.Succeed(6);
  CHECK(subject.state() == BreakerState::kClosed);
  subject.Succeed(6);
  CHECK(subject.state() == BreakerState::kOpen);
  CHECK(subject.breaker.Status().statistics.slow == 20);
}

TEST_CASE("the call timeout adapts to what is usual, and is generous to a probe") {
  Subject subject;
  CHECK(subject.breaker.CallTimeout() == 5);
  for (int i = 0; i < 20; ++i) subject.Succeed(0.001);
  CHECK(subject.breaker.CallTimeout() == 0.5);  // the least
  for (int i = 0; i < 400; ++i) subject.Succeed(0.3);
  CHECK(subject.breaker.CallTimeout() >= 1.2);
  CHECK(subject.breaker.CallTimeout() <= 1.2 * 1.19);
  for (int i = 0; i < 400; ++i) subject.Succeed(3);
  CHECK(subject.breaker.CallTimeout() == 5);
  for (int i = 0; i < 400; ++i) subject.Succeed(0.001);
  subject.OpenIt();
  CHECK(subject.breaker.CallTimeout() == 5);
  subject.WaitForProbe();
  subject.Succeed(0.001);
  CHECK(subject.breaker.CallTimeout() == 5);
}

TEST_CASE("statistics add up and transitions are told once, in order") {
  Subject subject;
  subject.Succeed(0.1);
  subject.OpenIt();
  CHECK_FALSE(subject.Succeed());
  subject.WaitForProbe();
  subject.Succeed();
  subject.Succeed();
  const BreakerStatus status = subject.breaker.Status();
  CHECK(status.name == "database");
  CHECK(status.state == BreakerState::kClosed);
  CHECK(status.since_s == subject.now_s);
  CHECK(status.last_error == "no answer");
  CHECK(status.statistics.requests == 6);
  CHECK(status.statistics.failures == 3);
  CHECK(status.statistics.rejected == 1);
  CHECK(status.statistics.times_opened == 1);
  CHECK(status.statistics.p95_s >= 0.1);
  const auto transitions = subject.breaker.TakeTransitions();
  REQUIRE(transitions.size() == 3);
  CHECK(Describe("database", transitions[0]) ==
        "database: closed to open (transient): no answer; asked again in 10 s");
  CHECK(Describe("database", transitions[1]) == "database: open to half-open");
  CHECK(Describe("database", transitions[2]) == "database: half-open to closed");
  CHECK(subject.breaker.TakeTransitions().empty());
}

TEST_CASE("transitions that nobody takes are bounded") {
  Subject subject;
  for (int i = 0; i < 1000; ++i) {
    subject.Fail(ErrorClass::kPermanent);
    subject.WaitForProbe();
  }
  CHECK(subject.breaker.TakeTransitions().size() == 100);
}

// A model of the rules beside it: a dependency that is up and down by chance.
TEST_CASE("whatever happens, it asks seldom while open and closes soon after the return") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 200; ++round) {
    CircuitBreaker breaker("x", {.backoff = {.first_s = 1, .longest_s = 60, .jitter = 0.3}},
                           random());
    const double down_from_s = 10.0 + static_cast<int>(random() % 50);
    const double down_until_s = down_from_s + 1 + static_cast<int>(random() % 1000);
    double now_s = 0;
    double closed_again_s = 0;
    int asked_while_down = 0;
    for (; now_s < 2000 && closed_again_s == 0; now_s += 0.25) {
      if (!breaker.Admit(now_s)) continue;
      const bool is_down = now_s >= down_from_s && now_s < down_until_s;
      asked_while_down += is_down ? 1 : 0;
      if (is_down) {
        breaker.Fail(now_s, 0.01, ErrorClass::kTransient, "down");
      } else {
        breaker.Succeed(now_s, 0.01);
      }
      if (now_s >= down_until_s && breaker.state() == BreakerState::kClosed) closed_again_s = now_s;
    }
    REQUIRE(closed_again_s != 0);
    CHECK(closed_again_s - down_until_s <= 60.5);
    CHECK(asked_while_down <= 3 + 9 + (down_until_s - down_from_s) / 42);
  }
}

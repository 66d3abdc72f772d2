// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/tick_codec.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "agent/resilience/crc32c.h"
#include "tests/agent/resilience/spool_ticks.h"

using namespace seep;
using namespace seep::resilience;
using namespace seep::resilience::test;

namespace {

// Every field set to something of its own.
SpooledTick Everything() {
  model::Target target{.id = {},
                       .run = {},
                       .pid = 1,
                       .start_ticks = ~uint64_t{0},
                       .parent_pid = -3,
                       .exe = "exe\xff",
                       .command_line = "a b",
                       .probe = "active",
                       .first_seen_s = 0.1,
                       .last_seen_s = 1e300,
                       .exit_status = 139};
  model::Stack stack;
  stack.ledger = 4;
  stack.slot = 5;
  stack.is_truncated = true;
  stack.kind = model::StackKind::kMapping;
  stack.frames = {{model::ModuleId{6}, 7}, {model::ModuleId{8}, ~uint64_t{0}}};
  model::HeapDelta heap{.ledger = 9,
                        .ledger_started_s = -10.5,
                        .window = {.begin = 11, .length = 12},
                        .new_modules = {{13, {{}, "build", "path"}}},
                        .new_stacks = {stack},
                        .changed = {{14, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}}},
                        .survivors = {{15, {16.5, 17, 18, 19, 20}}},
                        .are_survivors_whole = false};
  return {.run = model::RunId{21},
          .run_started_at_ns = -22,
          .tick = {.t_s = 23.25,
                   .targets = {{.target = target,
                                .measurements = {{"metric", "unit", 24.1}},
                                .heap = heap}},
                   .events = {{25, "kind", "message"}},
                   .load = {{.begin_s = 28,
                             .end_s = 29,
                             .source = "source",
                             .operation = "operation",
                             .requests = 30,
                             .errors = 31,
                             .concurrency = 32,
                             .expected_interval_s = 33,
                             .latency = {{34, 35, 36}, {37, HUGE_VAL, 0.5}}}}},
          .end = RunEnd{.duration_s = 26.5, .target_exit = 27}};
}

}  // namespace

TEST_CASE("every field of a tick comes back") {
  const SpooledTick before = Everything();
  const auto after = Decode(Encode(before));
  REQUIRE(after);
  CHECK(after->run == before.run);
  CHECK(after->run_started_at_ns == -22);
  CHECK(after->tick.t_s == 23.25);
  REQUIRE(after->tick.targets.size() == 1);
  const model::TargetTick& target = after->tick.targets[0];
  CHECK(target.target.start_ticks == ~uint64_t{0});
  CHECK(target.target.parent_pid == -3);
  CHECK(target.target.exe == "exe\xff");
  CHECK(target.target.last_seen_s == 1e300);
  CHECK(target.target.exit_status == 139);
  CHECK(target.measurements[0].value == 24.1);
  REQUIRE(target.heap);
  CHECK(target.heap->window.length == 12);
  CHECK(target.heap->new_modules[0].module.path == "path");
  CHECK(target.heap->new_stacks[0].kind == model::StackKind::kMapping);
  CHECK(target.heap->new_stacks[0].frames == before.tick.targets[0].heap->new_stacks[0].frames);
  CHECK(target.heap->changed[0].second.thinned_samples == 13);
  CHECK(target.heap->survivors[0].second.born_from_s == 16.5);
  CHECK_FALSE(target.heap->are_survivors_whole);
  CHECK(after->tick.events[0].message == "message");
  REQUIRE(after->tick.load.size() == 1);
  CHECK(after->tick.load[0].source == "source");
  CHECK(after->tick.load[0].concurrency == 32);
  REQUIRE(after->tick.load[0].latency.size() == 2);
  CHECK(after->tick.load[0].latency[0].count == 36);
  CHECK(std::isinf(after->tick.load[0].latency[1].high_s));
  REQUIRE(after->end);
  CHECK(after->end->duration_s == 26.5);
  CHECK(after->end->target_exit == 27);
  CHECK(Encode(*after) == Encode(before));
}

TEST_CASE("what is absent stays absent, and numbers that are none stay so") {
  SpooledTick before = Everything();
  before.end.reset();
  before.tick.targets[0].heap.reset();
  before.tick.targets[0].target.exit_status.reset();
  before.tick.load[0].concurrency.reset();
  before.tick.targets[0].measurements[0].value = std::numeric_limits<double>::quiet_NaN();
  before.tick.events[0].t_s = std::numeric_limits<double>::infinity();
  const auto after = Decode(Encode(before));
  REQUIRE(after);
  CHECK_FALSE(after->end);
  CHECK_FALSE(after->tick.targets[0].heap);
  CHECK_FALSE(after->tick.load[0].concurrency);
  CHECK_FALSE(after->tick.targets[0].target.exit_status);
  CHECK(std::isnan(after->tick.targets[0].measurements[0].value));
  CHECK(std::isinf(after->tick.events[0].t_s));
  CHECK(Decode(Encode(SpooledTick{})));
}

TEST_CASE("bytes that are no tick are refused, never more") {
  const std::string whole = Encode(Everything());
  for (size_t length = 0; length < whole.size(); ++length)
    CHECK_FALSE(Decode(whole.substr(0, length)));
  CHECK_FALSE(Decode(whole + "x"));
  std::mt19937 random(20261121);
  for (int round = 0; round < 20'000; ++round) {
    std::string changed = whole;
    for (int i = 0; i < 3; ++i) changed[random() % changed.size()] = static_cast<char>(random());
    [[maybe_unused]] const auto decoded = Decode(changed);  // either; the checksum is not here
  }
}

TEST_CASE("the checksum is CRC-32C") {
  CHECK(Crc32c("123456789") == 0xe3069283);
  CHECK(Crc32c("") == 0);
  CHECK(Crc32c(std::string(32, '\0')) == 0x8a9136aa);  // RFC 3720 B.4
  CHECK(Crc32c(std::string(32, '\xff')) == 0x62a8ab43);
}

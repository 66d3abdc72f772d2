// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/tick_codec.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace seep::resilience {
namespace {

using Json = nlohmann::json;

Json ToJson(const std::optional<int>& value) {
  return value ? Json(*value) : Json();
}

Json ToJson(const model::Target& target) {
  return Json::array({target.pid, target.start_ticks, target.parent_pid, target.exe,
                      target.command_line, target.probe, target.first_seen_s, target.last_seen_s,
                      ToJson(target.exit_status)});
}

model::Target ToTarget(const Json& json) {
  model::Target target;
  target.pid = json.at(0);
  target.start_ticks = json.at(1);
  target.parent_pid = json.at(2);
  target.exe = json.at(3);
  target.command_line = json.at(4);
  target.probe = json.at(5);
  target.first_seen_s = json.at(6);
  target.last_seen_s = json.at(7);
  if (!json.at(8).is_null()) target.exit_status = json.at(8).get<int>();
  return target;
}

// Frames one behind the other: module, address, module, address, ...
Json ToJson(const model::Stack& stack) {
  Json frames = Json::array();
  for (const model::Frame& frame : stack.frames) {
    frames.push_back(static_cast<int64_t>(frame.module));
    frames.push_back(frame.address);
  }
  return Json::array({stack.ledger, stack.slot, stack.is_truncated, static_cast<int>(stack.kind),
                      std::move(frames)});
}

model::Stack ToStack(const Json& json) {
  model::Stack stack;
  stack.ledger = json.at(0);
  stack.slot = json.at(1);
  stack.is_truncated = json.at(2);
  stack.kind = static_cast<model::StackKind>(json.at(3).get<int>());
  const Json& frames = json.at(4);
  for (size_t i = 0; i + 1 < frames.size(); i += 2) {
    stack.frames.push_back(
        {model::ModuleId{frames[i].get<int64_t>()}, frames[i + 1].get<uint64_t>()});
  }
  return stack;
}

Json ToJson(uint32_t slot, const model::StackPoint& point) {
  return Json::array({slot, point.t_s, point.alloc_bytes, point.alloc_objects, point.free_bytes,
                      point.free_objects, point.live_bytes, point.live_objects, point.live_variance,
                      point.alloc_samples, point.live_samples, point.settled_samples,
                      point.least_live_samples, point.thinned_samples});
}

std::pair<uint32_t, model::StackPoint> ToPoint(const Json& json) {
  return {json.at(0), model::StackPoint{.t_s = json.at(1),
                                        .alloc_bytes = json.at(2),
                                        .alloc_objects = json.at(3),
                                        .free_bytes = json.at(4),
                                        .free_objects = json.at(5),
                                        .live_bytes = json.at(6),
                                        .live_objects = json.at(7),
                                        .live_variance = json.at(8),
                                        .alloc_samples = json.at(9),
                                        .live_samples = json.at(10),
                                        .settled_samples = json.at(11),
                                        .least_live_samples = json.at(12),
                                        .thinned_samples = json.at(13)}};
}

Json ToJson(const model::HeapDelta& heap) {
  Json modules = Json::array();
  for (const model::LedgerModule& module : heap.new_modules) {
    modules.push_back(Json::array({module.ledger_id, module.module.build_id, module.module.path}));
  }
  Json stacks = Json::array();
  for (const model::Stack& stack : heap.new_stacks) stacks.push_back(ToJson(stack));
  Json changed = Json::array();
  for (const auto& [slot, point] : heap.changed) changed.push_back(ToJson(slot, point));
  Json survivors = Json::array();
  for (const auto& [slot, bin] : heap.survivors) {
    survivors.push_back(
        Json::array({slot, bin.born_from_s, bin.born_to_s, bin.samples, bin.bytes, bin.variance}));
  }
  return Json::array({heap.ledger, heap.ledger_started_s, heap.window.begin, heap.window.length,
                      std::move(modules), std::move(stacks), std::move(changed),
                      std::move(survivors), heap.are_survivors_whole});
}

model::HeapDelta ToHeap(const Json& json) {
  model::HeapDelta heap;
  heap.ledger = json.at(0);
  heap.ledger_started_s = json.at(1);
  heap.window = {.begin = json.at(2), .length = json.at(3)};
  for (const Json& module : json.at(4)) {
    heap.new_modules.push_back({module.at(0), {{}, module.at(1), module.at(2)}});
  }
  for (const Json& stack : json.at(5)) heap.new_stacks.push_back(ToStack(stack));
  for (const Json& point : json.at(6)) heap.changed.push_back(ToPoint(point));
  for (const Json& bin : json.at(7)) {
    heap.survivors.emplace_back(bin.at(0).get<uint32_t>(),
                                model::SurvivorBin{.born_from_s = bin.at(1),
                                                   .born_to_s = bin.at(2),
                                                   .samples = bin.at(3),
                                                   .bytes = bin.at(4),
                                                   .variance = bin.at(5)});
  }
  heap.are_survivors_whole = json.at(8);
  return heap;
}

Json ToJson(const model::TargetTick& target) {
  Json measurements = Json::array();
  for (const model::Measurement& measurement : target.measurements) {
    measurements.push_back(Json::array({measurement.metric, measurement.unit, measurement.value}));
  }
  return Json::array({ToJson(target.target), std::move(measurements),
                      target.heap ? ToJson(*target.heap) : Json()});
}

model::TargetTick ToTargetTick(const Json& json) {
  model::TargetTick target;
  target.target = ToTarget(json.at(0));
  for (const Json& measurement : json.at(1)) {
    target.measurements.push_back({measurement.at(0), measurement.at(1), measurement.at(2)});
  }
  if (!json.at(2).is_null()) target.heap = ToHeap(json.at(2));
  return target;
}

Json ToJson(const model::LoadWindow& window) {
  Json latency = Json::array();  // low, high, count, low, high, count, ...
  for (const model::LatencyBucket& bucket : window.latency) {
    for (const double number : {bucket.low_s, bucket.high_s, bucket.count}) {
      latency.push_back(number);
    }
  }
  return Json::array({window.begin_s, window.end_s, window.source, window.operation,
                      window.requests, window.errors,
                      window.concurrency ? Json(*window.concurrency) : Json(),
                      window.expected_interval_s, std::move(latency)});
}

model::LoadWindow ToLoadWindow(const Json& json) {
  model::LoadWindow window{.begin_s = json.at(0),
                           .end_s = json.at(1),
                           .source = json.at(2),
                           .operation = json.at(3),
                           .requests = json.at(4),
                           .errors = json.at(5)};
  if (!json.at(6).is_null()) window.concurrency = json.at(6).get<double>();
  window.expected_interval_s = json.at(7);
  const Json& latency = json.at(8);
  for (size_t i = 0; i + 2 < latency.size(); i += 3) {
    window.latency.push_back({latency[i], latency[i + 1], latency[i + 2]});
  }
  return window;
}

}  // namespace

std::string Encode(const SpooledTick& spooled) {
  Json targets = Json::array();
  for (const model::TargetTick& target : spooled.tick.targets) targets.push_back(ToJson(target));
  Json events = Json::array();
  for (const model::Event& event : spooled.tick.events) {
    events.push_back(Json::array({event.t_s, event.kind, event.message}));
  }
  Json load = Json::array();
  for (const model::LoadWindow& window : spooled.tick.load) load.push_back(ToJson(window));
  Json end;
  if (spooled.end) end = Json::array({spooled.end->duration_s, ToJson(spooled.end->target_exit)});
  const Json json =
      Json::array({static_cast<int64_t>(spooled.run), spooled.run_started_at_ns, spooled.tick.t_s,
                   std::move(targets), std::move(events), std::move(end), std::move(load)});
  std::string bytes;
  Json::to_cbor(json, bytes);
  return bytes;
}

model::Result<SpooledTick> Decode(std::string_view bytes) {
  try {
    const Json json = Json::from_cbor(bytes.begin(), bytes.end());
    SpooledTick spooled;
    spooled.run = model::RunId{json.at(0).get<int64_t>()};
    spooled.run_started_at_ns = json.at(1);
    spooled.tick.t_s = json.at(2);
    for (const Json& target : json.at(3)) spooled.tick.targets.push_back(ToTargetTick(target));
    for (const Json& event : json.at(4)) {
      spooled.tick.events.push_back({event.at(0), event.at(1), event.at(2)});
    }
    if (const Json& end = json.at(5); !end.is_null()) {
      spooled.end = RunEnd{.duration_s = end.at(0)};
      if (!end.at(1).is_null()) spooled.end->target_exit = end.at(1).get<int>();
    }
    for (const Json& window : json.at(6)) spooled.tick.load.push_back(ToLoadWindow(window));
    return spooled;
  } catch (const Json::exception& failure) {
    return model::Fail(model::Errc::kCorrupt, std::string("a spooled tick: ") + failure.what());
  }
}

}  // namespace seep::resilience

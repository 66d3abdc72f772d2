// SPDX-License-Identifier: Apache-2.0
#include "tests/analysis/export/example_run.h"

namespace seep::exports {
namespace {

constexpr model::ModuleId kProgram{1};

model::Target MakeTarget(model::TargetId id, int pid, const char* name, double last_seen_s) {
  model::Target target;
  target.id = id;
  target.pid = pid;
  target.command_line = name;
  target.exe = name;
  target.probe = "active";
  target.last_seen_s = last_seen_s;
  return target;
}

model::StackPoint At(double t_s, double live_bytes, double alloc_bytes) {
  model::StackPoint point;
  point.t_s = t_s;
  point.live_bytes = live_bytes;
  point.live_objects = live_bytes / 10;
  point.alloc_bytes = alloc_bytes;
  point.alloc_objects = alloc_bytes / 10;
  return point;
}

model::StackHistory MakeStack(int64_t id, model::TargetId target, uint32_t ledger,
                              std::vector<uint64_t> addresses,
                              std::vector<model::StackPoint> points) {
  model::StackHistory history;
  history.stack.id = model::StackId{id};
  history.stack.target = target;
  history.stack.ledger = ledger;
  for (const uint64_t address : addresses) history.stack.frames.push_back({kProgram, address});
  history.points = std::move(points);
  return history;
}

}  // namespace

model::RunData ExampleRun() {
  model::RunData data;
  data.run.id = model::RunId{7};
  data.run.name = "example";
  data.run.started_at_ns = 1'000'000'000'000;
  data.run.duration_s = 100;
  data.run.interval_bytes = 4096;
  data.targets = {MakeTarget(kShop, 10, "shop", 100), MakeTarget(kChild, 11, "shop", 50),
                  MakeTarget(kDisk, 12, "disk", 96)};
  data.modules = {{kProgram, "c0ffee", "/usr/bin/shop"}};
  data.stacks = {
      MakeStack(1, kShop, 1, {0x101, 0x201}, {At(5, 400, 400)}),  // before the exec
      MakeStack(2, kShop, 2, {0x101, 0x201},
                {At(10, 100, 500), At(60, 300, 900), At(90, 1000, 2000)}),
      MakeStack(3, kShop, 2, {0x301, 0x201}, {At(10, 80, 80), At(70, 20, 90)}),
      MakeStack(4, kChild, 1, {0x101, 0x201}, {At(40, 5000, 6000)}),
      MakeStack(5, kDisk, 1, {}, {At(40, 7, 8)}),  // the overflow stack
  };
  return data;
}

}  // namespace seep::exports

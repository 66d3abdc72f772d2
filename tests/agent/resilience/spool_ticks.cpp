// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/resilience/spool_ticks.h"

#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

namespace seep::resilience::test {

SpooledTick TickOf(int number, int stacks, int64_t run) {
  model::TargetTick target;
  target.target.pid = 4711;
  target.target.exe = "/usr/bin/caf\xe9";  // not UTF-8
  target.measurements = {{"rss_anon", "bytes", number * 4096.0}, {"fds", "fds", 3}};
  model::HeapDelta heap;
  heap.new_modules = {{1, {{}, "aabb01", "/usr/bin/server"}}};
  for (int slot = 1; slot <= stacks; ++slot) {
    model::Stack stack;
    stack.slot = static_cast<uint32_t>(slot);
    stack.frames = {{model::ModuleId{1}, uint64_t(slot) << 40 | uint64_t(number)},
                    {model::ModuleId{0}, ~uint64_t{0}}};
    heap.new_stacks.push_back(stack);
    heap.changed.push_back({stack.slot, {number * 1.0, number / 3.0, 2, 3, 4, 5, 6, 7, 8, 9}});
    heap.survivors.push_back({stack.slot, {-0.5, 1, 2, number * 0.1, 3}});
  }
  target.heap = std::move(heap);
  SpooledTick spooled;
  spooled.run = model::RunId{run};
  spooled.run_started_at_ns = 1'790'000'000'123'456'789;
  spooled.tick.t_s = number;
  spooled.tick.targets = {std::move(target)};
  spooled.tick.events = {{number * 1.0, "warning", "tick " + std::to_string(number)}};
  return spooled;
}

bool IsWhole(const SpooledTick& spooled, int stacks) {
  const int number = static_cast<int>(spooled.tick.t_s);
  return Encode(spooled) == Encode(TickOf(number, stacks, static_cast<int64_t>(spooled.run)));
}

std::vector<int> TakeAll(TickSpool& spool) {
  std::vector<int> numbers;
  while (const auto front = spool.Front()) {
    REQUIRE(IsWhole(*front));
    numbers.push_back(static_cast<int>(front->tick.t_s));
    spool.Pop();
  }
  return numbers;
}

Folder::Folder() : path_(std::filesystem::temp_directory_path() / "seep-spool-XXXXXX") {
  REQUIRE(mkdtemp(path_.data()) != nullptr);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::vector<std::string> Folder::Files() const {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace seep::resilience::test

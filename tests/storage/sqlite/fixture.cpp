// SPDX-License-Identifier: Apache-2.0
#include "tests/storage/sqlite/fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace seep::sqlite::test {
namespace {

constexpr uid_t kNobody = 65534;

}  // namespace

TempDir::TempDir() : path_(std::filesystem::temp_directory_path() / "seep-sqlite-XXXXXX") {
  REQUIRE(mkdtemp(path_.data()) != nullptr);
  REQUIRE(chmod(path_.c_str(), 0755) == 0);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
  std::filesystem::remove_all(path_, ignored);
}

Unprivileged::Unprivileged() : was_root_(geteuid() == 0) {
  if (was_root_) REQUIRE(seteuid(kNobody) == 0);
}

Unprivileged::~Unprivileged() {
  if (was_root_ && seteuid(0) != 0) std::abort();
}

Database OpenOrFail(const std::string& path) {
  auto database = Database::Open(path, OpenMode::kReadWriteCreate);
  INFO((database ? "" : database.error().message));
  REQUIRE(database);
  return std::move(*database);
}

void RunAndKill(const std::function<bool()>& body) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (body()) kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

std::string Ask(const std::string& path, const std::string& sql) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  std::string answer;
  char* failure = nullptr;
  sqlite3_exec(
      connection, sql.c_str(),
      [](void* into, int, char** values, char**) {
        *static_cast<std::string*>(into) = values[0] == nullptr ? "NULL" : values[0];
        return 1;
      },
      &answer, &failure);
  sqlite3_free(failure);
  sqlite3_close(connection);
  return answer;
}

model::Run SampleRun() {
  model::Run run;
  run.name = "soak";
  run.started_at_ns = 1'790'000'000'123'456'789;
  run.command = {"/usr/bin/my server", "--port", "", "caf\xe9 \"quoted\""};
  run.host = "box";
  run.boot_id = "11111111-2222-3333-4444-555555555555";
  run.seep_version = "0.1.0";
  run.interval_bytes = 131072;
  run.tick_s = 5;
  run.snapshot_s = 60;
  run.limit_bytes = ~uint64_t{0};  // keeps its bits although SQLite has signed integers only
  run.limit_source = "cgroup memory.max";
  return run;
}

model::Target SampleTarget(int pid) {
  model::Target target;
  target.pid = pid;
  target.start_ticks = 987654;
  target.parent_pid = 1;
  target.exe = "/usr/bin/my server";
  target.command_line = "my server --port";
  target.probe = "active";
  return target;
}

model::Tick SampleTick(double t_s) {
  model::HeapDelta heap;
  heap.new_modules = {{1, {{}, "aabb01", "/usr/bin/my server"}}, {2, {{}, "", "/lib/plain.so"}}};
  model::Stack truncated;
  truncated.slot = 7;
  truncated.is_truncated = true;
  truncated.frames = {{model::ModuleId{1}, 0x1234}, {model::ModuleId{2}, 0x9abc}};
  model::Stack raw;
  raw.slot = 9;
  raw.kind = model::StackKind::kMapping;
  raw.frames = {{model::ModuleId{0}, 0x7fff'0000'1111}, {model::ModuleId{1}, 0x1300}};
  heap.new_stacks = {truncated, raw};
  const model::StackPoint point{t_s, 4000.5 + t_s, 40, 3000.25, 30, 1000.25 + t_s, 10, 99.5, 4, 1};
  heap.window = {.begin = static_cast<int64_t>(4 * t_s), .length = 1};
  heap.changed = {{7, point}, {9, point}};
  heap.survivors = {
      {7, {-3.5, 10, 1, 600.5, 12.25}}, {7, {10, 20, 2, 400, 8}}, {9, {0, 1, 1, 5, 0}}};

  model::TargetTick target;
  target.target = SampleTarget();
  target.target.last_seen_s = t_s;
  target.measurements = {{"rss_anon", "bytes", 1e9 + t_s}, {"cpu_seconds", "seconds", t_s / 3}};
  target.heap = heap;

  model::Tick tick;
  tick.t_s = t_s;
  tick.targets = {target};
  tick.events = {{t_s, "warning", "something, 'quoted'"}};
  return tick;
}

model::Tick LargeTick(double t_s, int measurements, int stacks) {
  model::TargetTick target;
  target.target = SampleTarget();
  for (int i = 0; i < measurements; ++i) {
    target.measurements.push_back({"metric" + std::to_string(i), "bytes", t_s * 4096 + i});
  }
  model::HeapDelta heap;
  heap.window = {.begin = static_cast<int64_t>(4 * t_s), .length = 1};
  heap.new_modules = {{1, {{}, "aabb01", "/usr/bin/server"}}};
  for (int slot = 1; slot <= stacks; ++slot) {
    model::Stack stack;
    stack.slot = static_cast<uint32_t>(slot);
    for (uint64_t frame = 0; frame < 20; ++frame) {
      stack.frames.push_back({model::ModuleId{1}, 0x1000 * uint64_t(slot) + frame});
    }
    heap.new_stacks.push_back(stack);
    heap.changed.push_back(
        {stack.slot, {t_s, t_s * 1e4, t_s, t_s * 5e3, t_s, t_s * 5e3, t_s, 1e8, 100, 50}});
    heap.survivors.push_back({stack.slot, {0, 60, 3, 4e5, 1e8}});
    heap.survivors.push_back({stack.slot, {60, 120, 3, 4e5, 1e8}});
  }
  target.heap = std::move(heap);
  model::Tick tick;
  tick.t_s = t_s;
  tick.targets = {std::move(target)};
  return tick;
}

}  // namespace seep::sqlite::test

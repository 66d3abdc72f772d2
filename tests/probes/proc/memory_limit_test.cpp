// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/memory_limit.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace seep;
namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMiB = 1 << 20;

// /proc and cgroupfs of our own.
class Roots {
 public:
  Roots() {
    char name[] = "/tmp/seep_limit_XXXXXX";
    root_ = mkdtemp(name);
    Write("proc/meminfo", "MemTotal:  1048576 kB\n");
    Write("proc/7/limits",
          "Limit                     Soft Limit           Hard Limit           Units     \n"
          "Max data size             unlimited            unlimited            bytes     \n"
          "Max address space         unlimited            unlimited            bytes     \n");
    Write("proc/7/cgroup", "0::/jobs/one\n");
  }
  ~Roots() { fs::remove_all(root_); }
  void Write(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  proc::MemoryLimit Find(uint64_t rss_bytes = 0) const {
    return proc::FindMemoryLimit(root_ / "proc", root_ / "groups", "7", rss_bytes);
  }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("without any other limit it is the host's memory") {
  CHECK(Roots().Find().bytes == 1024 * kMiB);
  CHECK(Roots().Find().source == "host memory");
}

TEST_CASE("every group up to the root may limit, also by memory.high") {
  Roots roots;
  roots.Write("groups/jobs/one/memory.max", "max\n");
  roots.Write("groups/jobs/memory.max", std::to_string(500 * kMiB) + "\n");
  CHECK(roots.Find().bytes == 500 * kMiB);
  CHECK(roots.Find().source == "cgroup memory.max");
  roots.Write("groups/jobs/one/memory.high", std::to_string(300 * kMiB) + "\n");
  CHECK(roots.Find().source == "cgroup memory.high");
  // In a container the root is a group like others.
  roots.Write("groups/memory.max", std::to_string(200 * kMiB) + "\n");
  CHECK(roots.Find().bytes == 200 * kMiB);
}

TEST_CASE("what others in the group hold is not ours to have") {
  Roots roots;
  roots.Write("groups/jobs/memory.max", std::to_string(500 * kMiB) + "\n");
  roots.Write("groups/jobs/memory.stat", "anon " + std::to_string(150 * kMiB) + "\nfile 9999\n");
  CHECK(roots.Find(50 * kMiB).bytes == 400 * kMiB);
  CHECK(roots.Find(200 * kMiB).bytes == 500 * kMiB);
}

TEST_CASE("version 1 and resource limits count, too") {
  Roots roots;
  roots.Write("proc/7/cgroup", "5:cpu:/x\n4:memory:/jobs/one\n0::/\nbroken\n");
  roots.Write("groups/memory/jobs/memory.limit_in_bytes", std::to_string(400 * kMiB) + "\n");
  CHECK(roots.Find().source == "cgroup memory.limit_in_bytes");
  roots.Write("proc/7/limits",
              "Max address space         104857600            unlimited   bytes\n");
  CHECK(roots.Find().bytes == 100 * kMiB);
  CHECK(roots.Find().source == "RLIMIT_AS");
}

// SPDX-License-Identifier: Apache-2.0
// Control groups, pressure and mounts, of files that the test writes.
#include <sys/types.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "probes/proc/cgroup.h"
#include "probes/proc/mounts.h"
#include "probes/proc/pressure.h"
#include "probes/proc/shared_memory.h"

using namespace seep;
namespace fs = std::filesystem;

namespace {

class Folder {
 public:
  Folder() { fs::create_directories(path_); }
  ~Folder() { fs::remove_all(path_); }
  void Write(const std::string& name, const std::string& text) {
    std::ofstream(path_ / name) << text;
  }
  std::string path() const { return path_; }

 private:
  fs::path path_ = fs::temp_directory_path() / ("seep_group_" + std::to_string(getpid()));
};

}  // namespace

TEST_CASE("the memory of a group is what its files say, and what they do not say is not 0") {
  Folder group;
  CHECK_FALSE(proc::ReadGroupMemory(group.path()).current);
  group.Write("memory.current", "1048576\n");
  CHECK(proc::ReadGroupMemory(group.path()).current == 1048576u);
  CHECK_FALSE(proc::ReadGroupMemory(group.path()).anon);
  group.Write("memory.stat",
              "anon 4096\nanon_thp 9\nfile 0\nkernel_stack 16384\nsock 7\nshmem 8192\n");
  const proc::GroupMemory memory = proc::ReadGroupMemory(group.path());
  CHECK(memory.anon == 4096u);
  CHECK(memory.file == 0u);
  CHECK(memory.sock == 7u);
  CHECK(memory.shmem == 8192u);
  CHECK_FALSE(memory.kernel);  // kernels before 5.18: kernel_stack is another thing
}

TEST_CASE("groups are found in each layout, from the own one to the root") {
  Folder root;
  constexpr char kGroups[] = "4:memory:/x\n1:cpu,cpuacct:/y\n0::/a/b\n";
  using Folders = std::vector<std::string>;
  const std::string hybrid = root.path() + "/unified";
  CHECK(proc::GroupFolders(kGroups, root.path(), "") ==
        Folders{hybrid + "/a/b", hybrid + "/a", hybrid});
  root.Write("cgroup.controllers", "");
  CHECK(proc::GroupFolders(kGroups, root.path(), "").front() == root.path() + "/a/b");
  CHECK(proc::GroupFolders(kGroups, root.path(), "cpuacct").front() == root.path() + "/cpuacct/y");
  CHECK(proc::GroupFolders(kGroups, root.path(), "pids").empty());
  CHECK(proc::GroupFolders("broken\n0:\n", root.path(), "").empty());
}

TEST_CASE("pressure is that of the group, else of the machine, in percent and seconds") {
  const proc::Pressure pressure = proc::ParsePressure(
      "some avg10=12.50 avg60=1.00 avg300=0.00 total=2500000\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
  CHECK(pressure.some_percent == 12.5);
  CHECK(pressure.some_seconds == Approx(2.5));
  CHECK(pressure.full_percent == 0.0);
  CHECK(pressure.full_seconds == Approx(1e-6));
  const proc::Pressure partial = proc::ParsePressure("some avg10=1.00 total=5\n");
  CHECK(partial.some_percent == 1.0);
  CHECK_FALSE(partial.full_percent);
  CHECK_FALSE(proc::ParsePressure("Operation not supported").some_percent);

  Folder group;
  group.Write("io.pressure", "some avg10=77.00 avg60=0 avg300=0 total=0\n");
  CHECK(proc::ReadPressure(group.path(), "io").some_percent == 77.0);
  CHECK_FALSE(proc::ReadPressure(group.path(), "nothing").some_percent);
}

TEST_CASE("file systems in memory are known by device, remote ones by path") {
  const proc::Mounts mounts(
      "36 35 0:31 / /dev/shm rw,nosuid shared:4 - tmpfs tmpfs rw\n"
      "37 35 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "38 37 0:40 / /mnt/a\\040b rw - nfs4 host:/x rw\n"
      "39 38 8:2 / /mnt/a\\040b/local rw - xfs /dev/sdb rw\n"
      "cut short\n");
  CHECK(mounts.IsInMemory(0, 31));
  CHECK_FALSE(mounts.IsInMemory(8, 1));
  CHECK(mounts.IsRemote("/mnt/a b/file"));
  CHECK(mounts.IsRemote("/mnt/a b"));
  CHECK_FALSE(mounts.IsRemote("/mnt/a bc"));
  CHECK_FALSE(mounts.IsRemote("/mnt/a b/local/file"));
  CHECK_FALSE(mounts.IsRemote("/etc/passwd"));
}

TEST_CASE("System V segments are those of their maker, resident and swapped") {
  constexpr char kTable[] =
      "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid"
      "      atime      dtime      ctime                   rss                  swap\n"
      "         0          1   600                999999   123   123      0     0     0     0     0"
      "          0          0          0                  4096                  8192\n"
      "         0          2   600                999999    12   123      0     0     0     0     0"
      "          0          0          0                  1000                     0\n";
  CHECK(proc::SumSysvBytes(kTable, 123) == 12288);
  CHECK(proc::SumSysvBytes(kTable, 12) == 1000);
  CHECK(proc::SumSysvBytes(kTable, 1) == 0);
  CHECK(proc::SumSysvBytes("", 1) == 0);
}

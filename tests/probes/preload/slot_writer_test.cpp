// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/slot_writer.h"

#include <dlfcn.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <string>
#include <thread>

#include "probes/preload/seccomp_watch.h"

using namespace seep::probe;
using seep::ledger::SlotChange;
using seep::ledger::SlotState;

namespace {

int Replaced() {
  return -1;
}
int Another() {
  return -2;
}
const auto kReal = reinterpret_cast<uint64_t>(&getppid);
const auto kHook = reinterpret_cast<uint64_t>(&Replaced);
const auto kForeign = reinterpret_cast<uint64_t>(&Another);

class Plugin {
 public:
  Plugin() : handle_(dlopen(SEEP_SLOT_PLUGIN_PATH, RTLD_NOW | RTLD_LOCAL)) {
    REQUIRE(handle_ != nullptr);
    REQUIRE(dlinfo(handle_, RTLD_DI_LINKMAP, &map_) == 0);
    relro_start_ = Find("relro_slots");
    data_ = Find("data_slots");
  }
  ~Plugin() { Close(); }
  void Close() {
    if (handle_ != nullptr) dlclose(handle_);
    handle_ = nullptr;
  }
  SlotChange Change(uint64_t address) const {
    return {.object_bias = map_->l_addr,
            .object_dynamic = reinterpret_cast<uint64_t>(map_->l_ld),
            .address = address,
            .expected = kReal,
            .bound = kReal,
            .wanted = kHook,
            .state = SlotState::kPlanned};
  }
  SlotChange Relro() const { return Change(relro_start_); }
  SlotChange Data(uint64_t i = 0) const { return Change(data_ + 8 * i); }
  uint64_t relro_start() const { return relro_start_; }

 private:
  uint64_t Find(const char* name) const {
    void* found = dlsym(handle_, name);
    REQUIRE(found != nullptr);
    return reinterpret_cast<uint64_t>(found);
  }
  void* handle_;
  link_map* map_ = nullptr;
  uint64_t relro_start_ = 0;
  uint64_t data_ = 0;
};

uint64_t& At(uint64_t address) {
  return *reinterpret_cast<uint64_t*>(address);
}
uint64_t ValueOf(const SlotChange& change) {
  return __atomic_load_n(&At(change.address), __ATOMIC_ACQUIRE);
}

// "r--p" of the mapping that holds `address`.
std::string RightsOf(uint64_t address) {
  std::ifstream maps("/proc/self/maps");
  std::string line;
  while (std::getline(maps, line)) {
    size_t end_of_start = 0;
    const uint64_t start = std::stoull(line, &end_of_start, 16);
    const uint64_t end = std::stoull(line.substr(end_of_start + 1), nullptr, 16);
    if (address >= start && address < end) return line.substr(line.find(' ') + 1, 4);
  }
  return "";
}

void SetRights(uint64_t address, int protection) {
  REQUIRE(mprotect(reinterpret_cast<void*>(address & ~uint64_t{4095}), 4096, protection) == 0);
}

}  // namespace

TEST_CASE("a slot is written when it holds what is expected, or what ld.so puts there") {
  Plugin plugin;
  std::array<SlotChange, 3> changes{plugin.Data(0), plugin.Data(1), plugin.Data(2)};
  changes[1].expected = 8;  // as if not bound when it was looked at
  At(changes[2].address) = kForeign;
  errno = 77;
  CHECK(WriteSlots(changes.data(), changes.size()) == 2);
  CHECK(errno == 77);
  CHECK(changes[0].state == SlotState::kWritten);
  CHECK(changes[1].state == SlotState::kWritten);
  CHECK(changes[2].state == SlotState::kDifferent);
  CHECK(ValueOf(changes[0]) == kHook);
  CHECK(ValueOf(changes[1]) == kHook);
  CHECK(ValueOf(changes[2]) == kForeign);
  CHECK(reinterpret_cast<int (*)()>(ValueOf(changes[0]))() == -1);
}

TEST_CASE("a read-only slot is written and its page is read-only again") {
  Plugin plugin;
  const uint64_t start = plugin.relro_start();
  REQUIRE(RightsOf(start) == "r--p");
  std::array<SlotChange, 3> changes{plugin.Change(start), plugin.Data(), plugin.Change(start + 8)};
  CHECK(WriteSlots(changes.data(), changes.size()) == 3);
  for (const SlotChange& change : changes) CHECK(ValueOf(change) == kHook);
  CHECK(RightsOf(start) == "r--p");
  CHECK(RightsOf(changes[1].address) == "rw-p");
}

TEST_CASE("an object that is not loaded, or a word that is not its own, is not touched") {
  Plugin plugin;
  SlotChange elsewhere = plugin.Data();
  elsewhere.object_bias += 4096;
  SlotChange other_dynamic = plugin.Data();
  other_dynamic.object_dynamic += 16;
  SlotChange crooked = plugin.Data();
  crooked.address += 4;
  uint64_t own = kReal;
  SlotChange outside = plugin.Change(reinterpret_cast<uint64_t>(&own));
  SlotChange in_code = plugin.Data();
  in_code.address = elsewhere.object_bias;
  std::array<SlotChange, 5> changes{elsewhere, other_dynamic, crooked, outside, in_code};
  CHECK(WriteSlots(changes.data(), changes.size()) == 0);
  for (const SlotChange& change : changes) CHECK(change.state == SlotState::kAbsent);
  CHECK(own == kReal);

  SlotChange gone = plugin.Data();
  plugin.Close();
  REQUIRE(RightsOf(gone.address) == "");
  CHECK(WriteSlots(&gone, 1) == 0);
  CHECK(gone.state == SlotState::kAbsent);
}

TEST_CASE("an object that is still being relocated is left alone as a whole") {
  Plugin plugin;
  SetRights(plugin.relro_start(), PROT_READ | PROT_WRITE);
  std::array<SlotChange, 2> changes{plugin.Data(), plugin.Relro()};
  CHECK(WriteSlots(changes.data(), changes.size()) == 0);
  for (const SlotChange& change : changes) {
    CHECK(change.state == SlotState::kUnfinished);
    CHECK(ValueOf(change) == kReal);
  }
  CHECK(RightsOf(plugin.relro_start()) == "rw-p");
  SetRights(plugin.relro_start(), PROT_READ);
  CHECK(WriteSlots(changes.data(), changes.size()) == 2);
}

TEST_CASE("a data page that somebody has made read-only is no fault") {
  Plugin plugin;
  SlotChange change = plugin.Data();
  SetRights(change.address, PROT_READ);
  CHECK(WriteSlots(&change, 1) == 0);
  CHECK(change.state == SlotState::kUnfinished);
  SetRights(change.address, PROT_READ | PROT_WRITE);
}

TEST_CASE("no slot is written under a seccomp filter") {
  Plugin plugin;
  std::array<SlotChange, 2> changes{plugin.Data(), plugin.Relro()};
  seep_has_filter = 1;
  CHECK(WriteSlots(changes.data(), changes.size()) == 0);
  seep_has_filter = 0;
  for (const SlotChange& change : changes) {
    CHECK(change.state == SlotState::kRefused);
    CHECK(ValueOf(change) == kReal);
  }
}

TEST_CASE("while dl_iterate_phdr calls back, no object is unmapped") {
  // What WriteSlots rests on (glibc 2.36: dlclose unmaps under the lock that is held here).
  Plugin plugin;
  struct Shared {
    uint64_t address;
    std::atomic<bool> is_called{false};
    std::atomic<bool> is_closed{false};
    bool was_closed = true;
    uint64_t value = 0;
  } shared{.address = plugin.Data().address};
  std::thread closer([&] {
    while (!shared.is_called.load()) std::this_thread::yield();
    plugin.Close();
    shared.is_closed = true;
  });
  dl_iterate_phdr(
      [](dl_phdr_info*, size_t, void* argument) {
        Shared& each = *static_cast<Shared*>(argument);
        each.is_called = true;
        // Ample for an unmapping that is not held off.
        usleep(100'000);
        each.was_closed = each.is_closed;
        each.value = At(each.address);
        return 1;
      },
      &shared);
  closer.join();
  CHECK_FALSE(shared.was_closed);
  CHECK(shared.value == kReal);
  CHECK(RightsOf(shared.address) == "");
}

#ifdef SEEP_STEP_TESTS  // a sanitizer's code is a million steps
TEST_CASE("at each instruction a prefix of the slots is written, across pages of every kind") {
  Plugin plugin;
  std::array<SlotChange, 4> changes{plugin.Relro(), plugin.Data(1),
                                    plugin.Change(plugin.relro_start() + 8), plugin.Data(0)};
  const pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    raise(SIGSTOP);
    WriteSlots(changes.data(), changes.size());
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  std::array<bool, 5> is_seen{};  // [n]: the first n were written, and no other
  while (WIFSTOPPED(status)) {
    size_t prefix = 0;
    std::array<bool, 4> is_written;
    for (size_t i = 0; i < changes.size(); ++i) {
      is_written[i] = static_cast<uint64_t>(
                          ptrace(PTRACE_PEEKDATA, child, changes[i].address, nullptr)) == kHook;
    }
    while (prefix < changes.size() && is_written[prefix]) ++prefix;
    for (size_t i = prefix; i < changes.size(); ++i) REQUIRE_FALSE(is_written[i]);
    is_seen[prefix] = true;
    REQUIRE(ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) == 0);
    REQUIRE(waitpid(child, &status, 0) == child);
  }
  CHECK(WIFEXITED(status));
  for (const bool seen : is_seen) CHECK(seen);
}
#endif

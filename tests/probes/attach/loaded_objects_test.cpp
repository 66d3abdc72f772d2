// SPDX-License-Identifier: Apache-2.0
// The walker of loaded objects and their slots, on this very process: ld.so and dlsym tell what is
// right.
#include "probes/attach/loaded_objects.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdlib>
#include <map>

#include "probes/attach/call_frame.h"
#include "probes/attach/hook_slots.h"
#include "probes/attach/loaded_program.h"
#include "probes/attach/mappings.h"
#include "probes/attach/thread_words.h"

using namespace seep;
using namespace seep::attach;
using seep::ledger::SlotChange;

namespace {

const Memory kSelf(getpid());

LoadedProgram Self() {
  auto program = LoadedProgram::Read(kSelf);
  REQUIRE(program);
  return std::move(*program);
}

}  // namespace

TEST_CASE("the objects are those that dl_iterate_phdr tells, at the same places") {
  std::map<std::string, uint64_t> expected;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* argument) {
        (*static_cast<std::map<std::string, uint64_t>*>(argument))[info->dlpi_name] =
            info->dlpi_addr;
        return 0;
      },
      &expected);
  const auto objects = ReadLoadedObjects(kSelf);
  REQUIRE(objects);
  std::map<std::string, uint64_t> found;
  for (const LoadedObject& object : *objects) {
    found[object.path] = object.bias;
    CHECK(object.start < object.end);
    CHECK(object.unwind_table != 0);
  }
  CHECK(found == expected);
  CHECK(objects->front().is_main_program);
}

TEST_CASE("definitions are those that dlsym finds") {
  const LoadedProgram program = Self();
  for (const char* name : {"malloc", "free", "realloc", "posix_memalign", "dlopen", "_Znwm",
                           "_ZdlPvm", "__errno_location", "pthread_create"}) {
    INFO(name);
    const auto found = program.FindDefinition(name);
    REQUIRE(found);
    CHECK(reinterpret_cast<void*>(found->address) == dlsym(RTLD_DEFAULT, name));
  }
  CHECK_FALSE(program.FindDefinition("no_such_function"));
  CHECK(program.FindObject("libc.so.6") == program.libc());
  CHECK_FALSE(program.probe());
}

TEST_CASE("every slot of a function is found and nothing else, and is told back from it") {
  const LoadedProgram program = Self();
  // Bound, whatever the linker's mood: called above all.
  free(malloc(1));
  const auto real = reinterpret_cast<uint64_t>(dlsym(RTLD_DEFAULT, "malloc"));
  const std::vector<Hook> hooks{{"malloc", /*hook=*/0x1234560, real}};
  const auto slots = FindSlots(kSelf, program, hooks, Direction::kToHooks);
  REQUIRE_FALSE(slots.empty());
  bool is_libc_among = false;
  for (const SlotChange& slot : slots) {
    CHECK(slot.wanted == 0x1234560);
    CHECK(slot.expected == *reinterpret_cast<const uint64_t*>(slot.address));
    is_libc_among = is_libc_among || program.objects()[*program.libc()].Holds(slot.address);
    // Bound to it, or still leading into the object's own PLT.
    bool is_unbound = false;
    for (const LoadedObject& object : program.objects()) {
      is_unbound = is_unbound || (object.Holds(slot.address) && object.Holds(slot.expected));
    }
    CHECK((slot.expected == real || is_unbound));
  }
  CHECK(is_libc_among);  // strdup and others allocate through libc's own
  CHECK(FindSlots(kSelf, program, hooks, Direction::kToReal).empty());
  const std::vector<Hook> reversed{{"malloc", real, /*real=*/0x1234560}};
  for (const SlotChange& slot : FindSlots(kSelf, program, reversed, Direction::kToReal)) {
    CHECK(slot.expected == real);
    CHECK(slot.wanted == 0x1234560);
  }
}

TEST_CASE("releases are redirected before allocations, and allocations restored first") {
  CHECK(RankOf("free") < RankOf("realloc"));
  CHECK(RankOf("_ZdlPvm") < RankOf("realloc"));
  CHECK(RankOf("realloc") < RankOf("malloc"));
  CHECK(RankOf("realloc") < RankOf("_Znwm"));
  const LoadedProgram program = Self();
  const auto address = [](const char* name) {
    return reinterpret_cast<uint64_t>(dlsym(RTLD_DEFAULT, name));
  };
  const std::vector<Hook> hooks{{"malloc", 8, address("malloc")},
                                {"free", 16, address("free")},
                                {"realloc", 24, address("realloc")}};
  int last = 0;
  for (const SlotChange& slot : FindSlots(kSelf, program, hooks, Direction::kToHooks)) {
    const int rank = slot.wanted == 16 ? 0 : slot.wanted == 24 ? 1 : 2;
    CHECK(rank >= last);
    last = rank;
  }
  CHECK(last == 2);
}

TEST_CASE("an insane process is unreadable, not fatal") {
  const Memory memory(getpid());
  CHECK_FALSE(memory.Read<uint64_t>(8));
  CHECK(memory.ReadMany<uint64_t>(8, 4).empty());
  CHECK(memory.ReadMany<uint64_t>(reinterpret_cast<uint64_t>(&memory), ~size_t{0} / 64).empty());
  CHECK(memory.ReadText(8).empty());
  LoadedObject object;
  object.symbols = object.strings = object.gnu_hash = 8;
  object.strings_bytes = ~uint64_t{0};
  object.relocations = 8;
  object.relocations_bytes = ~uint64_t{0};
  CHECK(Symbols::Read(memory, object).size() == 0);
}

TEST_CASE("errno and the loader's last error of a thread are found without running anything") {
  const LoadedProgram program = Self();
  const auto fs_base = reinterpret_cast<uint64_t>(__builtin_thread_pointer());
  const auto errno_at = reinterpret_cast<uint64_t>(&errno);
  CHECK(FindErrnoOffset(kSelf, program) == static_cast<int64_t>(errno_at - fs_base));
  CHECK(ReadLoaderError(kSelf, errno_at) == "");
  CHECK(dlopen("/no/such/library.so", RTLD_NOW) == nullptr);
  const std::string found = ReadLoaderError(kSelf, errno_at);
  CHECK(found == dlerror());
}

TEST_CASE("libc's rt_sigreturn is found in its text") {
  const auto mappings = ReadMappings(getpid());
  REQUIRE(mappings);
  const size_t at =
      FindMapping(*mappings, reinterpret_cast<uint64_t>(dlsym(RTLD_DEFAULT, "dlopen")));
  REQUIRE(at < mappings->size());
  CHECK(FindSigreturn(kSelf, (*mappings)[at].start, (*mappings)[at].end));
  CHECK(FindMapping(*mappings, 8) == mappings->size());
}

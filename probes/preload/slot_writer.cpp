// SPDX-License-Identifier: Apache-2.0
// Two things must not happen: that an object is unmapped under our hands, and that a page which
// ld.so is still relocating is made read-only.
//
// dlclose unmaps under dl_load_write_lock, which dl_iterate_phdr holds while it calls back (glibc
// 2.36, elf/dl-close.c and dl-iteratephdr.c; slot_writer_test shows it). So all is done in the call
// for the first object; the lock is recursive, and the objects are gone through in calls within.
//
// dlopen adds an object to the list under the same lock, but relocates it afterwards, without. Its
// RELRO pages are writable until that is done, and never again. So a slot in a RELRO page that is
// writable marks an object that is not ready, or that somebody else writes to.
#include "probes/preload/slot_writer.h"

#include <link.h>
#include <linux/futex.h>

#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"

namespace seep::probe {
namespace {

using ledger::SlotChange;
using ledger::SlotState;

constexpr uint64_t kPageBytes = 4096;

uint64_t PageOf(uint64_t address) {
  return address & ~(kPageBytes - 1);
}

// Asks the kernel to add 0 to half of the word, atomically: it refuses where nothing may be
// written.
bool IsWritable(uint64_t address) {
  constexpr long kAddNothing = FUTEX_OP(FUTEX_OP_ADD, 0, FUTEX_OP_CMP_EQ, 0);
  uint32_t nobody_waits = 0;
  return RawSyscall(SYS_futex, reinterpret_cast<long>(&nobody_waits), FUTEX_WAKE_OP_PRIVATE, 0, 0,
                    static_cast<long>(address), kAddNothing) >= 0;
}

class Object {
 public:
  explicit Object(const dl_phdr_info& info) : info_(info) {
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = info.dlpi_phdr[i];
      const uint64_t start = info.dlpi_addr + segment.p_vaddr;
      if (segment.p_type == PT_DYNAMIC) dynamic_ = start;
      if (segment.p_type == PT_GNU_RELRO) {
        relro_start_ = PageOf(start);
        relro_end_ = PageOf(start + segment.p_memsz);  // as ld.so: the last page is shared
      }
    }
  }

  bool IsOf(const SlotChange& change) const {
    return change.object_bias == info_.dlpi_addr && change.object_dynamic == dynamic_;
  }
  bool IsReadOnlyOnceReady(uint64_t address) const {
    return address >= relro_start_ && address < relro_end_;
  }
  // A word of data, if it is within the object.
  bool Holds(uint64_t address) const {
    if (address % sizeof(uint64_t) != 0) return false;
    for (int i = 0; i < info_.dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = info_.dlpi_phdr[i];
      const uint64_t start = info_.dlpi_addr + segment.p_vaddr;
      if (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0 && address >= start &&
          segment.p_memsz >= sizeof(uint64_t) &&
          address - start <= segment.p_memsz - sizeof(uint64_t)) {
        return true;
      }
    }
    return false;
  }

 private:
  const dl_phdr_info& info_;
  uint64_t dynamic_ = 0;
  uint64_t relro_start_ = 0;
  uint64_t relro_end_ = 0;
};

struct Work {
  SlotChange* changes;
  size_t count;
  size_t written = 0;
  bool is_refused = false;
  void (*step)(const Object&, Work&) = nullptr;  // of ForEachObject

  bool IsReady(size_t i) const { return changes[i].state >= SlotState::kReady; }
  // So that each page is asked for and changed once.
  bool IsFirstOfPage(size_t i) const {
    for (size_t j = i; j-- > 0;) {
      if (IsReady(j) && PageOf(changes[j].address) == PageOf(changes[i].address)) return false;
    }
    return true;
  }
};

void ForEachObject(Work& work, void (*step)(const Object&, Work&)) {
  work.step = step;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* argument) {
        Work& each = *static_cast<Work*>(argument);
        each.step(Object(*info), each);
        return 0;
      },
      &work);
}

// All of an object or nothing: its frees must be seen when its allocations are.
void Judge(const Object& object, Work& work) {
  bool is_ready = true;
  for (size_t i = 0; i < work.count; ++i) {
    SlotChange& change = work.changes[i];
    if (!object.IsOf(change) || !object.Holds(change.address)) continue;
    change.state = SlotState::kReady;
    if (work.IsFirstOfPage(i) &&
        IsWritable(change.address) == object.IsReadOnlyOnceReady(change.address)) {
      is_ready = false;
    }
  }
  if (is_ready) return;
  for (size_t i = 0; i < work.count; ++i) {
    SlotChange& change = work.changes[i];
    if (object.IsOf(change) && work.IsReady(i)) change.state = SlotState::kUnfinished;
  }
}

void Protect(const Object& object, Work& work, int protection) {
  for (size_t i = 0; i < work.count; ++i) {
    const SlotChange& change = work.changes[i];
    if (!object.IsOf(change) || !work.IsReady(i) || !object.IsReadOnlyOnceReady(change.address) ||
        !work.IsFirstOfPage(i)) {
      continue;
    }
    if (SysMprotect(PageOf(change.address), kPageBytes, protection) != 0) work.is_refused = true;
  }
}

void Open(const Object& object, Work& work) {
  if (!work.is_refused) Protect(object, work, PROT_READ | PROT_WRITE);
}

void Close(const Object& object, Work& work) {
  Protect(object, work, PROT_READ);
}

// As one instruction: ld.so, or the program, may fill the slot at the same time, and a thread may
// call through it. What they have put there stays, if it is not what we know.
bool Exchange(const SlotChange& change, uint64_t from) {
  return __atomic_compare_exchange_n(reinterpret_cast<uint64_t*>(change.address), &from,
                                     change.wanted, /*weak=*/false, __ATOMIC_RELEASE,
                                     __ATOMIC_RELAXED);
}

void Write(Work& work) {
  for (size_t i = 0; i < work.count; ++i) {
    SlotChange& change = work.changes[i];
    if (!work.IsReady(i)) continue;
    const bool is_written = Exchange(change, change.expected) || Exchange(change, change.bound);
    change.state = is_written ? SlotState::kWritten : SlotState::kDifferent;
    work.written += is_written;
  }
}

int OnFirstObject(dl_phdr_info*, size_t, void* argument) {
  Work& work = *static_cast<Work*>(argument);
  ForEachObject(work, &Judge);
  ForEachObject(work, &Open);
  if (!work.is_refused) Write(work);
  const bool is_refused = work.is_refused;
  ForEachObject(work, &Close);
  for (size_t i = 0; is_refused && i < work.count; ++i) {
    if (work.IsReady(i)) work.changes[i].state = SlotState::kRefused;
  }
  return 1;  // no further object
}

}  // namespace

size_t WriteSlots(SlotChange* changes, size_t count) {
  const SlotState initial = MaySystemCall() ? SlotState::kAbsent : SlotState::kRefused;
  for (size_t i = 0; i < count; ++i) changes[i].state = initial;
  if (initial == SlotState::kRefused) return 0;
  Work work{changes, count};
  dl_iterate_phdr(&OnFirstObject, &work);
  return work.written;
}

}  // namespace seep::probe

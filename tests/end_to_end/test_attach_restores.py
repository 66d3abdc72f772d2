#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An attach changes nothing that the program would notice, and leaves nothing behind.

Usage: test_attach_restores.py BIN_DIR [WORD ...]
"""
import subprocess
import sys
import time

from attach_harness import (LIBRARY, AttachTest, context_switches, has_ledger, maps, object_at,
                            read_slots, signal_masks)
from harness import PASS, QUICK, cpu_ns, main, wait_until

POOL_PROGRAM = r"""
#include <csignal>
#include <cstdlib>
#include <new>
#include <sstream>
#include <unistd.h>
static char pool[1 << 20];
static size_t used;
void* operator new(size_t size) {
  void* block = pool + used;
  used = (used + size + 31) / 16 * 16 % (sizeof(pool) / 2);
  return block;
}
void operator delete(void* p) noexcept {
  if (p && (static_cast<char*>(p) < pool || p >= pool + sizeof(pool))) abort();
}
void operator delete(void* p, size_t) noexcept { operator delete(p); }
int main() {
  std::signal(SIGTERM, [](int) { write(1, "a=0\n", 4); _exit(0); });
  write(1, "ready\n", 6);
  while (true) {
    std::ostringstream text;
    for (int i = 0; i < 200; ++i) text << "some text that is too long for a small string" << i;
    free(malloc(text.str().size()));
  }
}
"""


class Restores(AttachTest):
    def test_every_slot(self):
        """Byte for byte, but for slots that had not been bound yet: those are bound now."""
        target = self.target("leak", "--seconds 0")
        before = read_slots(target.pid)
        self.attach_and_leave(target.pid)
        during = read_slots(target.pid)
        changed = {slot for slot in before if before[slot] != during[slot]}
        names = {slot[2] for slot in changed}
        self.assertLessEqual({"malloc", "free"}, names)
        for slot in changed:
            self.assertEqual(object_at(target.pid, during[slot]), LIBRARY, slot)
        self.assertTrue(any("libc.so" in slot[0] for slot in changed))
        self.detach(target.pid)
        after = read_slots(target.pid)
        differing = 0
        for slot in before:
            if before[slot] == after[slot]:
                continue
            differing += 1
            self.assertEqual(object_at(target.pid, before[slot]), slot[0], "it was not unbound")
            self.assertRegex(object_at(target.pid, after[slot]), r"libc\.so|libstdc", slot)
        self.assertNotIn(LIBRARY, {object_at(target.pid, after[slot]) for slot in changed})
        self.note(f"{len(changed)} slots changed and restored, {differing} of them bound thereby")
        self.assertFalse(has_ledger(target.pid))
        self.assertNoLedgers()
        self.end(target)

    def test_again_and_again(self):
        """Each attach has a ledger of its own, and sees what is allocated then."""
        target = self.target("leak", "--seconds 0 --rate 4MiB")
        for i in range(4):
            path = self.path(f"{i}.db")
            status, seep = self.seep("attach", str(target.pid), "--db", path, "--duration", "1500ms",
                                     *QUICK)
            self.assertEqual(status, PASS, seep.err)
            self.assertIn("the probe is in again" if i else "the probe is in,", seep.err)
            heap = self.database_at(path).points("heap_alloc")
            self.assertGreater(heap[-1][1], 1_000_000)
        libraries = {start for start, _, _, p in maps(target.pid) if p == LIBRARY}
        self.assertLessEqual(len(libraries), 6)  # the segments of one
        self.assertNoLedgers()
        self.end(target)

    def database_at(self, path):
        self.env["SEEP_DB"] = path
        return self.database

    def test_what_threads_waited_for(self):
        """No EINTR, no shortened sleep, whatever thread it was."""
        target = self.target("waits", "--seconds 0")
        for _ in range(5):
            self.attach_and_leave(target.pid)
            self.detach(target.pid)
        self.assertLessEqual(len(signal_masks(target.pid)), 2)
        truth = self.end(target)
        self.assertEqual(truth["disturbed"], "0")
        self.assertGreaterEqual(int(truth["shortest_sleep_us"]), 200_000)
        self.note(f"sleeps of 200 ms: at most {int(truth['longest_sleep_us']) / 1000:.0f} ms")

    def test_that_all_threads_but_one_run_on(self):
        """A thread that is stopped, for whatever short a time, is one that was switched away from."""
        target = self.start([sys.executable, "-c", "import threading, time\n"
                             "for i in range(12):\n"
                             "    threading.Thread(target=threading.Event().wait).start()\n"
                             "print('ready', flush=True)\n"
                             "time.sleep(1000)\n"])
        wait_until(lambda: "ready" in target.out, what="the target")
        time.sleep(0.2)
        for run in self.attach_and_leave, self.detach:
            before = context_switches(target.pid)
            run(target.pid)
            after = context_switches(target.pid)
            disturbed = {tid for tid in before if before[tid] != after[tid]}
            self.assertEqual(len(before), 13)
            self.assertEqual(len(disturbed), 1, disturbed)

    def test_children_of_the_attached(self):
        target = self.target("fork", "--seconds 0 --forks 10 --leak")
        status, seep = self.seep("attach", str(target.pid), "--duration", "3s", *QUICK)
        self.assertEqual(status, PASS, seep.err)
        truth = self.end(target)
        self.assertEqual(truth["failed"], "0")

    def test_in_a_storm_of_dlopen(self):
        target = self.target("dlopen_churn", "--seconds 0 --loads 2000")
        work_ns = cpu_ns(target.pid)
        rounds, done = 12, 0
        for _ in range(rounds):
            status, seep = self.seep("attach", str(target.pid), "--duration", "100ms", *QUICK)
            done += status == PASS
            if status != PASS:  # refused, clearly
                self.assertRegex(seep.err, "try again")
        self.note(f"{done} of {rounds} attached")
        self.assertGreater(cpu_ns(target.pid), work_ns)
        self.assertGreater(done, 0)
        truth = self.end(target)
        self.assertGreater(int(truth["loads"]), 100)

    def test_a_program_with_operators_of_its_own(self):
        """Blocks of its own pool, from before the attach, must not come to our delete."""
        with open(self.path("pool.cpp"), "w") as file:
            file.write(POOL_PROGRAM)
        if subprocess.run(["g++", "-O1", "-rdynamic", self.path("pool.cpp"), "-o",
                           self.path("pool")]).returncode != 0:
            self.skipTest("no g++")
        target = self.start([self.path("pool")])
        wait_until(lambda: "ready" in target.out, what="the target")
        self.attach_and_leave(target.pid)
        during = read_slots(target.pid)
        operators = {object_at(target.pid, value) for slot, value in during.items()
                     if slot[2].startswith(("_Zn", "_Zd")) and slot[0] != LIBRARY}
        self.assertNotIn(LIBRARY, operators)
        self.assertIn(LIBRARY, {object_at(target.pid, value) for slot, value in during.items()
                                if slot[2] == "malloc"})
        time.sleep(0.5)
        self.detach(target.pid)
        self.end(target)

    def test_a_program_that_only_allocates(self):
        # The second is too large for the per-thread cache: it lives under the arenas' locks.
        for options, times in ("--threads 16", 1), ("--threads 3 --size 5000", 4):
            target = self.target("tight_loop", f"--seconds 0 {options}")
            for _ in range(times):
                self.attach_and_leave(target.pid)
                self.detach(target.pid)
            self.end(target)


if __name__ == "__main__":
    main(concurrency=4)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The probe put into running programs and withdrawn from them: what it finds there, that the
program does not notice, who is refused, and who may die in the middle.

Usage: test_attach.py BIN_DIR [WORD ...]. SEEP_ATTACH_KILLS sets how often (40), SEEP_KILL_SEED when.
"""
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import time

from harness import (BIN_DIR, FAILED, GROWTH, PASS, QUICK, SEEP, USAGE, SeepTest, children, cpu_ns,
                     is_alive, main, read_bytes, truth_of, wait_until, zoo)

LIBRARY = os.path.realpath(os.path.join(BIN_DIR, "..", "lib", "libseep.so"))
JEMALLOC = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
KILLS = int(os.environ.get("SEEP_ATTACH_KILLS", 40))
SEED = int(os.environ.get("SEEP_KILL_SEED", 1729))
NOBODY = 65534


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


def maps(pid):
    """[(start, end, rights, path)]"""
    lines = read_bytes(f"/proc/{pid}/maps").decode().splitlines()
    rows = [line.split(None, 5) for line in lines]
    return [(*(int(x, 16) for x in row[0].split("-")), row[1], row[5] if len(row) > 5 else "")
            for row in rows]


def has_ledger(pid):
    return any(path.endswith(".ledger") for *_, path in maps(pid))


def read_slots(pid):
    """{(object, offset, name): value} of every relocation by name, as readelf tells them."""
    slots = {}
    bases = {}
    for start, _, _, path in maps(pid):
        if path.startswith("/") and path not in bases and os.path.isfile(path):
            bases[path] = start
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for path, base in bases.items():
            listing = subprocess.run(["readelf", "-rW", path], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, text=True).stdout
            for offset, name in re.findall(
                    r"^([0-9a-f]{16})\s+\w+ R_X86_64_(?:JUMP_SLOT|GLOB_DAT|64)\s+[0-9a-f]+ "
                    r"([^@\s]+)", listing, re.M):
                memory.seek(base + int(offset, 16))
                slots[path, int(offset, 16), name] = struct.unpack("Q", memory.read(8))[0]
    return slots


def object_at(pid, address):
    for start, end, _, path in maps(pid):
        if start <= address < end:
            return path
    return ""


def signal_masks(pid):
    statuses = [read_bytes(f"/proc/{pid}/task/{tid}/status")
                for tid in os.listdir(f"/proc/{pid}/task")]
    return {re.search(rb"SigBlk:\t(\w+)", status)[1] for status in statuses if status}


class AttachTest(SeepTest):
    def target(self, name, options="", **settings):
        target = self.start(zoo(name, options), **settings)
        wait_until(lambda: "ready" in target.out, what=f"{name} to be ready")
        return target

    def attach(self, pid, *options, **settings):
        return self.start_seep("attach", str(pid), *options, **settings)

    def attach_and_leave(self, pid, *options):
        """The probe stays in; nobody watches."""
        status, seep = self.seep("attach", str(pid), "--keep-probe", "--duration", "100ms", *QUICK,
                                 "--quiet", *options)
        self.assertEqual(status, PASS, seep.err)
        return seep

    def detach(self, pid):
        status, seep = self.seep("detach", str(pid))
        self.assertEqual(status, PASS, seep.err)
        self.assertIn("withdrawn", seep.err)

    def end(self, target):
        """SIGTERM; the program's own verdict on how it was treated."""
        target.send(signal.SIGTERM)
        self.assertEqual(target.wait(), PASS, target.out + target.err)
        return truth_of(target.out)


class Finds(AttachTest):
    def test_a_leak_with_its_stack(self):
        target = self.target("leak", "--seconds 0 --rate 1MiB")
        status, seep = self.seep("attach", str(target.pid), "--duration", "46s", "--gate", "--json",
                                 "--quiet")
        self.assertEqual(status, GROWTH, seep.err)
        report = seep.json()
        functions = [frame["function"] for frame in report["stacks"][0]["frames"][:3]]
        self.assertTrue(any("LeakRequestBuffer" in name for name in functions), functions)
        self.assertTrue(any("before that are not known" in w for w in report["warnings"]))
        self.assertFalse(has_ledger(target.pid))  # withdrawn at the end
        self.assertNoLedgers()
        self.end(target)

    def test_what_another_allocator_serves(self):
        if not os.path.exists(JEMALLOC):
            self.skipTest("libjemalloc2 is not installed")
        target = self.target("leak", "--seconds 0 --rate 4MiB", env={"LD_PRELOAD": JEMALLOC})
        status, seep = self.seep("attach", str(target.pid), "--duration", "4s", *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 8_000_000)
        self.end(target)

    def test_what_a_library_loaded_later_allocates(self):
        """Its slots were not there at the attach."""
        go = self.path("go")
        target = self.start([sys.executable, "-c", "import ctypes, os, time\n"
                             "print('ready', flush=True)\n"
                             f"while not os.path.exists({go!r}): time.sleep(0.02)\n"
                             f"plugin = ctypes.CDLL({os.path.join(BIN_DIR, 'seep_zoo_plugin_renderer.so')!r})\n"
                             "while True: plugin.seep_zoo_plugin_run(2000, True), time.sleep(0.001)\n"
                             ], env={"PYTHONMALLOC": "pymalloc"})
        wait_until(lambda: "ready" in target.out, what="the target")
        seep = self.attach(target.pid, "--duration", "4s", "--interval", "1", *QUICK, "--json")
        wait_until(lambda: has_ledger(target.pid), what="the probe")
        with open(go, "w"):
            pass
        self.assertEqual(seep.wait(), PASS, seep.err)
        modules = [row[0] for row in self.database.rows("SELECT path FROM module")]
        self.assertTrue(any("plugin_renderer" in path for path in modules), modules)

    def test_new_and_delete(self):
        target = self.target("new_delete", "--seconds 0 --rounds 0 --rate 256KiB")
        status, seep = self.seep("attach", str(target.pid), "--duration", "4s", "--interval", "4KiB",
                                 *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 400_000)
        self.end(target)


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

    def test_children_of_the_attached(self):
        target = self.target("fork", "--seconds 0 --forks 10 --leak")
        status, seep = self.seep("attach", str(target.pid), "--duration", "3s", *QUICK)
        self.assertEqual(status, PASS, seep.err)
        truth = self.end(target)
        self.assertEqual(truth["failed"], "0")

    def test_in_a_storm_of_dlopen(self):
        target = self.target("dlopen_churn", "--seconds 0 --loads 2000")
        work_ns = cpu_ns(target.pid)
        done = 0
        for _ in range(4):
            status, seep = self.seep("attach", str(target.pid), "--duration", "300ms", *QUICK)
            done += status == PASS
            if status != PASS:  # refused, clearly
                self.assertRegex(seep.err, "try again")
        self.note(f"{done} of 4 attached")
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


class Detach(AttachTest):
    def test_under_a_seep_that_watches(self):
        target = self.target("leak", "--seconds 0 --rate 1MiB")
        seep = self.attach(target.pid, "--duration", "5s", *QUICK, "--json")
        wait_until(lambda: has_ledger(target.pid), what="the probe")
        time.sleep(1)
        self.detach(target.pid)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertIn("withdrawn by seep detach", seep.err)
        self.assertIn("withdrawn", seep.json()["coverage"]["targets"][0]["probe"])
        rss, heap = self.database.points("rss_anon"), self.database.points("heap_live")
        self.assertGreater(rss[-1][0], heap[-1][0] + 2)  # /proc went on
        self.end(target)

    def test_what_is_not_there(self):
        target = self.target("idle", "--seconds 0")
        status, seep = self.seep("detach", str(target.pid))
        self.assertEqual(status, FAILED)
        self.assertOneLine(seep, str(target.pid), "does not have the probe")
        self.end(target)

    def test_what_was_preloaded(self):
        target = self.target("leak", "--seconds 0", env={"LD_PRELOAD": LIBRARY})
        status, seep = self.seep("detach", str(target.pid))
        self.assertEqual(status, FAILED)
        self.assertOneLine(seep, str(target.pid), "started with the probe", "LD_PRELOAD")
        self.assertTrue(has_ledger(target.pid))
        self.end(target)


class Deaths(AttachTest):
    def kill_seeps(self, name, options):
        target = self.target(name, options)
        time.sleep(0.2)  # its threads begin with all signals blocked
        masks = signal_masks(target.pid)
        moments = random.Random(f"{SEED} {name}")
        picked_up = 0
        for _ in range(KILLS):
            seep = self.attach(target.pid, "--quiet")
            time.sleep(moments.uniform(0.001, 0.03))
            seep.process.kill()
            seep.wait()
            self.assertTrue(is_alive(target.pid))
            picked_up += has_ledger(target.pid)
        work_ns = cpu_ns(target.pid)
        wait_until(lambda: cpu_ns(target.pid) > work_ns, what="work of the target")
        wait_until(lambda: signal_masks(target.pid) == masks, what=f"the signal masks {masks}")
        self.assertEqual(re.search(rb"TracerPid:\t(\d+)",
                                   read_bytes(f"/proc/{target.pid}/status"))[1], b"0")
        # What they left behind is gone on with, and tidied up.
        status, seep = self.seep("attach", str(target.pid), "--duration", "300ms", *QUICK)
        self.assertEqual(status, PASS, seep.err)
        self.assertFalse(has_ledger(target.pid))
        self.note(f"{KILLS} kills, seed {SEED}; the probe was in after {picked_up} of them")
        return self.end(target)

    def test_of_seep_beside_a_busy_program(self):
        self.kill_seeps("leak", "--seconds 0 --threads 4")

    def test_of_seep_beside_new_and_delete(self):
        self.kill_seeps("new_delete", "--seconds 0 --rounds 0")

    def test_of_seep_beside_waiting_threads(self):
        # Without us to restart them, epoll_wait and a few others may see EINTR; and so may a timed
        # wait that had been interrupted before, in the one thread that worked for us.
        target_waits = self.target("waits", "--seconds 0")
        moments = random.Random(f"{SEED} waits")
        for _ in range(KILLS):
            seep = self.attach(target_waits.pid, "--quiet")
            time.sleep(moments.uniform(0.001, 0.03))
            seep.process.kill()
            seep.wait()
            self.assertTrue(is_alive(target_waits.pid))
        disturbed = re.findall(r"^disturbed=(\S+)", target_waits.out, re.M)
        self.assertLessEqual(set(disturbed), {"epoll_wait", "epoll_wait_timed", "epoll_pwait",
                                              "semop", "sigtimedwait", "nanosleep_loop"},
                             target_waits.out)
        self.note(f"{KILLS} kills: EINTR seen by {disturbed or 'nobody'}")

    def test_of_the_target(self):
        moments = random.Random(f"{SEED} target")
        for _ in range(KILLS):
            target = self.target("leak", "--seconds 0 --threads 4")
            seep = self.attach(target.pid, "--quiet")
            time.sleep(moments.uniform(0.001, 0.03))
            target.send(signal.SIGKILL)
            target.wait()
            status = seep.wait(30)
            self.assertIn(status, (PASS, FAILED), seep.err)
            if status == FAILED:
                self.assertRegex(seep.err, rf"process {target.pid}")


class Elsewhere(AttachTest):
    def setUp(self):
        super().setUp()
        if os.getuid() != 0:
            self.skipTest("needs root")

    def test_in_another_mount_namespace(self):
        """It sees neither libseep.so nor our /dev/shm: the library goes in as a memfd, the ledger
        into its own tmpfs, and it is read there."""
        hidden = os.path.dirname(LIBRARY)
        program = zoo("leak", "--seconds 0 --rate 4MiB")
        copy = self.path("program")
        shutil.copy(program[0], copy)
        script = (f"mount -t tmpfs none {hidden} && mount -t tmpfs none /dev/shm && "
                  f"exec {copy} " + " ".join(program[1:]))
        env = {name: value for name, value in self.env.items() if name != "SEEP_DIR"}
        target = self.start(["unshare", "-m", "sh", "-c", script])
        wait_until(lambda: "ready" in target.out, what="the target")
        self.env = env
        status, seep = self.seep("attach", str(target.pid), "--duration", "2s", *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(seep.json()["targets"][0]["probe"], "active")
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 1_000_000)
        self.assertFalse(has_ledger(target.pid))
        self.end(target)

    def test_in_a_pid_namespace(self):
        script = "exec " + " ".join(zoo("leak", "--seconds 0 --rate 4MiB"))
        outer = self.start(["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script])
        wait_until(lambda: "ready" in outer.out, what="the target")
        pid = children(outer.pid)[0]
        status, seep = self.seep("attach", str(pid), "--duration", "2s", *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(seep.json()["targets"][0]["probe"], "active")

    def test_as_an_ordinary_user(self):
        if subprocess.run(["test", "-x", SEEP], user=NOBODY).returncode != 0:
            self.skipTest(f"{SEEP} cannot be run by another user")
        for folder in self.folder, self.ledgers:
            os.chmod(folder, 0o777)
        target = self.target("leak", "--seconds 0 --rate 4MiB", user=NOBODY)
        status, seep = self.seep("attach", str(target.pid), "--duration", "2s", *QUICK, user=NOBODY)
        self.assertEqual(status, PASS, seep.err)
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 1_000_000)
        # And by root, whose own ledger directory the target could not write to.
        del self.env["SEEP_DIR"]
        status, seep = self.seep("attach", str(target.pid), "--duration", "1s", *QUICK, "--db",
                                 self.path("root.db"))
        self.assertEqual(status, PASS, seep.err)
        self.end(target)


class Refused(AttachTest):
    def refuse(self, pid, *words, status=FAILED, **options):
        got, seep = self.seep("attach", str(pid), **options)
        self.assertEqual(got, status, seep.err)
        self.assertOneLine(seep, *words)
        self.assertFalse(os.path.exists(self.env["SEEP_DB"]))

    def test_static_program(self):
        target = self.target("static_leak", "--seconds 0")
        self.refuse(target.pid, str(target.pid), "statically linked", "--no-inject")
        self.end(target)

    def test_sanitizer(self):
        source = self.path("main.c")
        with open(source, "w") as file:
            file.write('#include <unistd.h>\n'
                       'int main(void) { write(1, "ready\\n", 6); pause(); }\n')
        if subprocess.run(["gcc", "-fsanitize=address", source, "-o", self.path("asan")],
                          stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no gcc with AddressSanitizer")
        target = self.start([self.path("asan")])
        wait_until(lambda: "ready" in target.out, what="the target")
        self.refuse(target.pid, str(target.pid), "sanitizer", "--no-inject")

    def test_kernel_thread(self):
        self.refuse(2, "process 2", "kernel", "--no-inject")

    def test_itself(self):
        seep = self.start(["sh", "-c", f"exec {SEEP} attach $$"])
        self.assertEqual(seep.wait(), USAGE, seep.err)
        self.assertOneLine(seep, str(seep.pid), "this seep itself")

    def test_thread(self):
        target = self.target("waits", "--seconds 0")
        tid = max(int(name) for name in os.listdir(f"/proc/{target.pid}/task"))
        self.refuse(tid, str(tid), f"thread of process {target.pid}", status=USAGE)
        self.end(target)

    def test_stopped(self):
        target = self.target("idle", "--seconds 0")
        target.send(signal.SIGSTOP)
        wait_until(lambda: b"State:\tT" in read_bytes(f"/proc/{target.pid}/status"), what="a stop")
        self.refuse(target.pid, str(target.pid), "stopped", "CONT", "--no-inject")
        target.send(signal.SIGCONT)
        self.end(target)

    def test_traced(self):
        target = self.target("idle", "--seconds 0")
        tracer = self.start([sys.executable, "-c", "import ctypes, sys, time\n"
                             "libc = ctypes.CDLL(None)\n"
                             f"print(libc.ptrace(0x4206, {target.pid}, 0, 0), flush=True)\n"
                             "time.sleep(60)"])
        wait_until(lambda: tracer.out.strip() == "0", what="the tracer")
        self.refuse(target.pid, str(target.pid), f"traced by process {tracer.pid}", "--no-inject")
        tracer.send(signal.SIGKILL)
        tracer.wait()
        self.end(target)

    def test_seccomp(self):
        # A filter that allows everything, BPF_RET | BPF_K: it might as well kill.
        target = self.start([sys.executable, "-c", "import ctypes, struct, time\n"
                             "libc = ctypes.CDLL(None)\n"
                             "rule = ctypes.create_string_buffer(\n"
                             "    struct.pack('HBBI', 6, 0, 0, 0x7fff0000))\n"
                             "program = ctypes.create_string_buffer(\n"
                             "    struct.pack('HxxxxxxP', 1, ctypes.addressof(rule)))\n"
                             "libc.prctl(38, 1, 0, 0, 0)\n"
                             "print(libc.prctl(22, 2, program, 0, 0), flush=True)\n"
                             "time.sleep(60)"])
        wait_until(lambda: target.out.strip() == "0", what="the filter")
        self.refuse(target.pid, str(target.pid), "seccomp", "LD_PRELOAD", "--no-inject")
        self.assertTrue(is_alive(target.pid))

    def test_of_another_user(self):
        if os.getuid() != 0:
            self.skipTest("needs root")
        if subprocess.run(["test", "-x", SEEP], user=NOBODY).returncode != 0:
            self.skipTest(f"{SEEP} cannot be run by another user")
        os.chmod(self.folder, 0o777)
        target = self.target("idle", "--seconds 0")
        self.refuse(target.pid, str(target.pid), "another user", "root", "--no-inject", user=NOBODY)
        self.end(target)

    def test_not_dumpable(self):
        """As a set-user-id program would be."""
        if os.getuid() != 0:
            self.skipTest("needs root")
        if subprocess.run(["test", "-x", SEEP], user=NOBODY).returncode != 0:
            self.skipTest(f"{SEEP} cannot be run by another user")
        os.chmod(self.folder, 0o777)
        target = self.start(["/usr/bin/python3", "-c", "import ctypes, time\n"
                             "print(ctypes.CDLL(None).prctl(4, 0, 0, 0, 0), flush=True)\n"
                             "time.sleep(60)"], user=NOBODY)
        wait_until(lambda: target.out.strip() == "0", what="the target")
        self.refuse(target.pid, str(target.pid), "permission denied", "--no-inject", user=NOBODY)

    def test_ledger_that_cannot_be_made(self):
        """The library is in, and does nothing; the program goes on."""
        target = self.target("leak", "--seconds 0")
        got, seep = self.seep("attach", str(target.pid), env={"SEEP_DIR": "/dev/shm/seep_no_such"})
        self.assertEqual(got, FAILED)
        self.assertOneLine(seep, str(target.pid), "does not exist", "SEEP_DIR")
        slots = read_slots(target.pid)
        self.assertNotIn(LIBRARY, {object_at(target.pid, v) for k, v in slots.items()
                                   if k[0] != LIBRARY and k[2] in ("malloc", "free")})
        self.end(target)


if __name__ == "__main__":
    main(concurrency=4)

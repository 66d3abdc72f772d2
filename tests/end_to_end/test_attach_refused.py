#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is not attached to, and is told so in one line.

Usage: test_attach_refused.py BIN_DIR [WORD ...]
"""
import os
import signal
import subprocess
import sys

from attach_harness import LIBRARY, NOBODY, AttachTest, object_at, read_slots
from harness import FAILED, SEEP, USAGE, is_alive, main, read_bytes, wait_until



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

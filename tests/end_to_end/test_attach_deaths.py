#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may die in the middle of an attach: seep, without the target noticing, and the target.

Usage: test_attach_deaths.py BIN_DIR [WORD ...]. SEEP_ATTACH_KILLS sets how often (40), SEEP_KILL_SEED when.
"""
import os
import random
import re
import signal
import time

from attach_harness import AttachTest, has_ledger, signal_masks
from harness import FAILED, PASS, QUICK, cpu_ns, is_alive, main, read_bytes, wait_until

KILLS = int(os.environ.get("SEEP_ATTACH_KILLS", 40))
SEED = int(os.environ.get("SEEP_KILL_SEED", 1729))


class Deaths(AttachTest):
    def kill_seeps(self, name, options):
        target = self.target(name, options)
        time.sleep(0.2)  # its threads begin with all signals blocked
        masks = signal_masks(target.pid)
        moments = random.Random(f"{SEED} {name}")
        picked_up = 0
        for _ in range(KILLS):
            seep = self.attach(target.pid, "--quiet")
            time.sleep(moments.uniform(0.001, 0.06))
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
            time.sleep(moments.uniform(0.001, 0.06))
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
            time.sleep(moments.uniform(0.001, 0.06))
            target.send(signal.SIGKILL)
            target.wait()
            status = seep.wait(30)
            self.assertIn(status, (PASS, FAILED), seep.err)
            if status == FAILED:
                self.assertRegex(seep.err, rf"process {target.pid}")


if __name__ == "__main__":
    main(concurrency=4)

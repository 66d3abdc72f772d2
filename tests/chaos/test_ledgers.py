#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tmpfs of the ledgers is full, a ledger is deleted or overwritten under its target, the whole
directory is removed.

Usage: test_ledgers.py BIN_DIR [--seed N] [--full] [WORD ...].
"""
import glob
import os
import shutil
import signal
import time

from chaos_harness import PASS, TICK_S, ChaosTest, main, seconds, wait_until


class Ledgers(ChaosTest):
    def heap_of(self, target):
        """[(t_s, bytes allocated so far)]"""
        return self.database.points("heap_alloc", target.pid)

    def assertHeapGoesOn(self, target):
        before = self.heap_of(target)[-1]
        wait_until(lambda: self.heap_of(target)[-1] > before, 20, "its heap to go on")

    def test_tmpfs_full(self):
        """Bound: none. Who has a ledger goes on with what it has; who starts runs without a probe,
        and /health/detailed says why."""
        folder = self.mount_tmpfs("40m")
        self.env["SEEP_DIR"] = self.ledgers = os.path.join(folder, "ledgers")
        os.mkdir(self.ledgers, 0o700)
        agent, targets = self.start_pair()
        begun_s = time.time()
        self.fill(folder)
        late = self.start_leak()
        time.sleep(seconds(6, 30))
        self.assertIsNone(late.process.poll())
        self.assertNotEqual(glob.glob(self.ledgers + f"/{late.pid}-*.failed"), [])
        os.remove(os.path.join(folder, "ballast"))
        self.assertAllWell(agent, targets, TICK_S, begun_s)
        self.assertHeapGoesOn(targets[0])
        self.assertUnharmed([late])
        after = self.start_leak()
        wait_until(lambda: self.database.points("heap_live", after.pid), 30, "one that starts now")
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)

    def test_ledger_deleted(self):
        """Bound: none: agent and target hold it."""
        agent, targets = self.start_pair()
        os.remove(glob.glob(self.ledgers + "/*.ledger")[0])
        begun_s = time.time()
        time.sleep(seconds(5, 30))
        self.assertHeapGoesOn(targets[0])
        self.assertAllWell(agent, targets, TICK_S, begun_s)

    def test_directory_removed(self):
        """And made again: who starts then is found."""
        agent, targets = self.start_pair()
        shutil.rmtree(self.ledgers)
        begun_s = time.time()
        time.sleep(seconds(5, 30))
        self.assertHeapGoesOn(targets[0])
        os.mkdir(self.ledgers, 0o700)
        late = self.start_leak()
        wait_until(lambda: self.database.points("heap_live", late.pid), 30, "one that starts now")
        self.assertAllWell(agent, targets, TICK_S, begun_s)

    def test_ledger_overwritten(self):
        """By random bytes, again and again, as no target would, and cut: whatever the agent makes of
        it, it lives, and /proc goes on. (tests/fuzz does more of it.)"""
        agent, targets = self.start_pair()
        ledger = glob.glob(self.ledgers + "/*.ledger")[0]
        targets[0].send(signal.SIGSTOP)  # it would die of a ledger that is cut
        begun_s = time.time()
        until_s = time.monotonic() + seconds(8, 40)
        with open(ledger, "r+b") as file:
            whole = file.read(1 << 20)
            while time.monotonic() < until_s:
                for _ in range(self.random.randrange(1, 60)):
                    file.seek(self.random.randrange(8, len(whole)))
                    file.write(self.random.randbytes(self.random.choice((1, 8, 8, 500))))
                file.flush()
                time.sleep(0.1)
            size = os.path.getsize(ledger)
            os.truncate(ledger, self.random.randrange(size))
            time.sleep(3)
            os.truncate(ledger, size)
            file.seek(0)
            file.write(whole)
        self.assertBackToNormal(agent, targets)
        self.assertNoHole(targets, TICK_S, begun_s)
        self.assertSound()
        for metric in ("heap_live", "heap_live_se", "heap_alloc", "mapped_live"):
            least = self.database.value("SELECT min(value) FROM v_point WHERE metric = ?", metric)
            self.assertGreaterEqual(least, 0, metric)


if __name__ == "__main__":
    main(concurrency=8)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The database of a daemon is locked, read-only, deleted, or on a full disk; it comes back, and no
tick is missing. (Damaged ones: test_damage.py.)

Usage: test_database.py BIN_DIR [--seed N] [--full] [WORD ...].
"""
import glob
import os
import signal
import sqlite3
import subprocess
import time

from chaos_harness import PASS, TICK_S, ChaosTest, main, seconds, wait_until

# What a call may wait for a lock, and a portion of what is made up for.
BUSY_S = 0.5 + 0.25


class Away(ChaosTest):
    def assertKeptAll(self, agent, targets, begun_s):
        """Bound: none but the time that a call may wait: what came meanwhile waited."""
        self.assertBackToNormal(agent)
        wait_until(lambda: glob.glob(self.env["SEEP_DB"] + "-spool-*") == [], 30, "an empty spool")
        self.assertAllWell(agent, targets, TICK_S + BUSY_S, begun_s)
        self.assertEqual(self.health()["dropped_ticks"], 0)

    def test_locked(self):
        agent, targets = self.start_pair()
        begun_s = time.time()
        lock = sqlite3.connect(self.env["SEEP_DB"], timeout=20, isolation_level=None)
        lock.execute("PRAGMA locking_mode = NORMAL")
        lock.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds(12, 40))
        lock.execute("ROLLBACK")
        lock.close()
        self.assertKeptAll(agent, targets, begun_s)
        self.assertSaidOnce(agent, "busy")
        self.assertSaidOnce(agent, "takes ticks again")

    def test_killed_while_locked(self):
        """Bound: 5 s before the kill, and the start of the next one."""
        agent, targets = self.start_pair()
        lock = sqlite3.connect(self.env["SEEP_DB"], timeout=20, isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds(12, 40))
        agent.send(signal.SIGKILL)
        agent.wait()
        lock.execute("ROLLBACK")
        lock.close()
        again = self.start_seep("agent", "--config", self.path("seep.toml"))
        self.assertAllWell(again, targets, 5 + 4)
        self.assertIn("that an earlier seep could not store", again.err)

    def test_read_only(self):
        """chattr +i on the file and its log: writes through descriptors that are open fail, too,
        which chmod (root), and a read-only bind mount, do not bring about."""
        agent, targets = self.start_pair()
        files = [self.env["SEEP_DB"], self.env["SEEP_DB"] + "-wal"]
        made = subprocess.run(["chattr", "+i"] + files, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.addCleanup(subprocess.run, ["chattr", "-i"] + files, stderr=subprocess.DEVNULL)
        if made.returncode != 0:
            self.skipTest(f"chattr +i is not possible here: {made.stdout.strip()}")
        begun_s = time.time()
        wait_until(lambda: "ticks are kept" in agent.err, 20, "the refusal")
        time.sleep(seconds(10, 40))
        subprocess.run(["chattr", "-i"] + files, check=True)
        self.assertKeptAll(agent, targets, begun_s)
        self.assertSaidOnce(agent, "ticks are kept")

    def test_deleted(self):
        agent, targets = self.start_pair()
        begun_s = time.time()
        for round_ in range(seconds(2, 6)):
            time.sleep(1 + 3 * self.random.random())
            for path in glob.glob(self.env["SEEP_DB"] + "*")[::self.random.choice((1, -1))]:
                os.remove(path)
            wait_until(lambda: agent.err.count("made anew") > round_, 30, "the file made anew")
        self.assertKeptAll(agent, targets, begun_s)

    def test_full_disk(self):
        """The spool lies on the same disk: ticks wait in memory."""
        folder = self.mount_tmpfs("24m")
        self.env["SEEP_DB"] = os.path.join(folder, "seep.db")
        agent, targets = self.start_pair()
        begun_s = time.time()
        for _ in range(seconds(1, 3)):
            self.fill(folder)
            wait_until(lambda: "disk full" in agent.err, 30, "the refusal")
            time.sleep(seconds(10, 30))
            os.remove(os.path.join(folder, "ballast"))
            self.assertBackToNormal(agent)
        self.assertKeptAll(agent, targets, begun_s)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)


if __name__ == "__main__":
    main(concurrency=8)

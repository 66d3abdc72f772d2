#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The database goes away while seep watches, and comes back: no tick is missing, none is twice.

Usage: test_database_away.py BIN_DIR [WORD ...]. (Full disks: test_bad_input.py.)
"""
import glob
import os
import signal
import sqlite3
import time
from contextlib import contextmanager

from harness import FAILED, PASS, SeepTest, main, reap, wait_until, zoo

TICK_S = 0.05
WORST_GAP_S = 1.5  # what the scheduler may add on a busy machine


class DatabaseAway(SeepTest):
    def start_run(self, seconds):
        seep = self.start_seep("run", "--tick", "50ms", "--snapshot", "200ms", "--",
                               *zoo("leak", f"--seconds {seconds}"))
        wait_until(lambda: "ready" in seep.out, what="the target")
        time.sleep(1)
        return seep

    @contextmanager
    def locked(self):
        connection = sqlite3.connect(self.env["SEEP_DB"], timeout=20, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
        finally:
            connection.close()

    def spool(self):
        return glob.glob(self.env["SEEP_DB"] + "-spool-*")

    def events(self, kind):
        return [message for message, in self.database.rows(
            "SELECT message FROM event WHERE kind = ? ORDER BY event_id", kind)]

    def assertNoGap(self, seconds):
        """From the start until then there is no hole in the points."""
        times = [t_s for t_s, _ in self.database.points("rss_anon")]
        gap_s = max(b - a for a, b in zip(times, times[1:]))
        self.note(f"{len(times)} points, longest time between two: {gap_s:.2f} s")
        self.assertLess(gap_s, WORST_GAP_S)
        self.assertGreater(times[-1], seconds)
        self.assertTrue(self.database.is_sound())
        # Of an event that is told once: it is there once.
        self.assertEqual(len(self.events("start")), 1)

    def test_locked_for_seconds(self):
        seep = self.start_run(9)
        with self.locked():
            time.sleep(4)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertEqual(sum("busy" in line for line in seep.said()), 1, seep.err)
        self.assertEqual(sum("takes ticks again" in line for line in seep.said()), 1, seep.err)
        self.assertNoGap(8.5)
        transitions = self.events("breaker")
        self.assertIn("closed to open (transient)", transitions[0])
        self.assertEqual(transitions[-1], "database: half-open to closed")
        self.assertEqual(self.spool(), [])

    def test_deleted(self):
        seep = self.start_run(5)
        for path in glob.glob(self.env["SEEP_DB"] + "*"):
            os.remove(path)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertEqual(sum("made anew" in line for line in seep.said()), 1, seep.err)
        self.assertNoGap(4.5)

    def test_locked_until_after_the_end(self):
        """The next seep with this database stores what was left."""
        seep = self.start_run(4)
        with self.locked():
            self.assertEqual(seep.wait(), FAILED, seep.err)
            self.assertRegex(seep.err, r"\d+ ticks of this run are not stored yet: \d+ wait in .*"
                                       r"seep\.db-spool-\*")
        self.assertEqual(len(self.spool()), 1)
        status, after = self.seep("run", "--", "/bin/true")
        self.assertEqual(status, PASS, after.err)
        self.assertRegex(after.err, r"\d+ ticks that an earlier seep could not store")
        self.assertEqual(self.spool(), [])
        self.assertEqual(self.database.rows("SELECT is_finished, target_exit FROM run"),
                         [(1, 0), (1, 0)])
        times = [t_s for t_s, in self.database.rows(
            "SELECT t_s FROM v_point WHERE metric = 'rss_anon' AND run_id = 1 ORDER BY t_s")]
        self.assertGreater(times[-1], 4 - WORST_GAP_S)
        self.assertLess(max(b - a for a, b in zip(times, times[1:])), WORST_GAP_S)

    def test_killed_while_locked(self):
        """Away for more than 5 s: nothing waits in memory alone."""
        seep = self.start_run(0)
        target = self.target_of(seep, "seep_zoo_leak")
        with self.locked():
            time.sleep(9)
            killed_s = time.time()
            seep.send(signal.SIGKILL)
            seep.wait()
        self.assertEqual(len(self.spool()), 1)
        second = self.start_seep("attach", str(target), "--tick", "50ms", "--duration", "1s")
        self.assertEqual(second.wait(), PASS, second.err)
        self.assertIn("going on with run 1", second.err)
        self.assertEqual(self.spool(), [])
        started_s = self.database.value("SELECT started_at_ns FROM run") / 1e9
        before = [t_s for t_s, _ in self.database.points("rss_anon")
                  if t_s <= killed_s - started_s]
        gap_s = max(b - a for a, b in zip(before, before[1:]))
        self.note(f"longest time between points: {gap_s:.2f} s; "
                  f"last one {killed_s - started_s - before[-1]:.2f} s before the kill")
        self.assertLess(gap_s, WORST_GAP_S)
        self.assertLess(killed_s - started_s - before[-1], WORST_GAP_S)
        self.assertEqual(self.database.value("SELECT count(*) FROM run"), 1)
        os.kill(target, signal.SIGTERM)
        self.assertEqual(reap(target), PASS)


if __name__ == "__main__":
    main(concurrency=4)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments: of the target, whose last state stays readable; of seep, which the
target does not notice and a new seep goes on from.

Usage: test_kill.py BIN_DIR [WORD ...]. SEEP_KILLS sets how often (50), SEEP_KILL_SEED when.
"""
import os
import random
import signal
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from harness import (QUICK, Database, SeepTest, cpu_ns, is_alive, main, reap, truth_of,
                     wait_until, zoo)

KILLS = int(os.environ.get("SEEP_KILLS", 50))
SEED = int(os.environ.get("SEEP_KILL_SEED", 1729))
CONCURRENCY = 5
TICK_S, SNAPSHOT_S = 0.1, 0.2  # as in QUICK
# Five seeps and targets on two cores that others use, too: what the scheduler may add.
SLACK_S = 1.5


class Kill(SeepTest):
    def at_random_moments(self, what, name):
        """what(database, delay) KILLS times; gives what they return. All failures are told."""
        moments = random.Random(f"{SEED} {name}")
        delays = [moments.uniform(0.1, 2.5) for _ in range(KILLS)]
        self.note(f"{KILLS} kills, seed {SEED}")
        results, failures = [], []
        with ThreadPoolExecutor(CONCURRENCY) as pool:
            databases = [Database(self.path(f"{i}.db")) for i in range(KILLS)]
            futures = [pool.submit(what, *pair) for pair in zip(databases, delays)]
            for delay, future in zip(delays, futures):
                try:
                    results.append(future.result())
                except Exception as failure:  # told below, with the moment
                    failures.append(f"killed after {delay:.3f} s: {failure!r}")
        self.assertEqual(failures, [], "\n".join(failures))
        return results

    def note_worst(self, what, seconds):
        self.note(f"{what}: median {statistics.median(seconds) * 1000:.0f} ms, "
                  f"worst {max(seconds) * 1000:.0f} ms")

    def start_run(self, database):
        # many samples: the heap of the living can be told from an empty one
        seep = self.start_seep("run", "--db", database.path, "--interval", "4KiB", *QUICK, "--",
                               *zoo("leak", "--seconds 0"))
        return seep, self.target_of(seep, "seep_zoo_leak")

    def kill_target(self, database, delay_s):
        seep, target = self.start_run(database)
        time.sleep(delay_s)
        started_s = database.value("SELECT started_at_ns FROM run") / 1e9
        os.kill(target, signal.SIGKILL)
        killed_s = time.time() - started_s
        status = seep.wait()
        ended_s = time.time() - started_s
        self.assertEqual(status, 128 + signal.SIGKILL, seep.err)
        self.assertTrue(database.is_sound())
        self.assertEqual(database.rows("SELECT is_finished, target_exit FROM run"), [(1, 137)])
        self.assertEqual(database.rows("SELECT pid, probe, exit_status FROM target"),
                         [(target, "active", 137)])
        self.assertIn(("exit", "target killed by signal 9"),
                      database.rows("SELECT kind, message FROM event"))
        heap = database.points("heap_live", target)
        # The final state was read from the ledger of the dead.
        self.assertGreaterEqual(heap[-1][0], killed_s - 0.05)
        duration_s = database.value("SELECT duration_s FROM run")
        self.assertGreaterEqual(duration_s, heap[-1][0])
        self.assertLessEqual(heap[-1][0] - killed_s, TICK_S + SNAPSHOT_S + SLACK_S)
        # It is the heap of the living: the churn's window.
        self.assertGreater(heap[-1][1], 100_000)
        rss = database.points("rss_anon", target)
        self.assertLessEqual(killed_s - rss[-1][0], 2 * TICK_S + SLACK_S)
        return heap[-1][0] - killed_s, ended_s - killed_s, killed_s - rss[-1][0]

    def test_target(self):
        results = self.at_random_moments(self.kill_target, "target")
        self.note_worst("last heap snapshot after the kill", [r[0] for r in results])
        self.note_worst("seep ended after the kill", [r[1] for r in results])
        self.note_worst("last /proc point before the kill", [r[2] for r in results])
        self.assertNoLedgers()

    def kill_seep(self, database, delay_s):
        seep, target = self.start_run(database)
        time.sleep(delay_s)
        started_s = database.value("SELECT started_at_ns FROM run") / 1e9
        seep.process.kill()
        killed_s = time.time() - started_s
        self.assertEqual(seep.wait(), 128 + signal.SIGKILL)

        # The target does not notice.
        work_ns = cpu_ns(target)
        wait_until(lambda: cpu_ns(target) > work_ns + 1_000_000, 10, "work of the target")
        self.assertTrue(is_alive(target))
        # Whole ticks are in the database, all but perhaps the one in flight.
        self.assertTrue(database.is_sound())
        points = database.points("rss_anon", target)
        heap_before = database.points("heap_alloc", target)
        lag_s = killed_s - points[-1][0] if points else None
        if points:
            self.assertLessEqual(lag_s, 2 * TICK_S + SLACK_S)
        self.assertEqual(database.rows("SELECT is_finished FROM run"), [(0,)])

        resumed_at_s = time.time() - started_s
        status, attached = self.seep("attach", str(target), "--db", database.path, "--duration",
                                     "1s", *QUICK)
        self.assertEqual(status, 0, attached.err)
        self.assertTrue(is_alive(target))
        self.assertTrue(database.is_sound())
        if points:
            self.check_resumed(database, attached, target, heap_before, resumed_at_s)
        os.kill(target, signal.SIGTERM)
        self.assertEqual(reap(target), 0)
        self.assertGreater(int(truth_of(seep.out)["leaked_blocks"]), 0)
        return lag_s

    def check_resumed(self, database, attached, target, heap_before, resumed_at_s):
        self.assertRegex(attached.err, r"seep: going on with run 1 'seep_zoo_leak-1', unfinished")
        self.assertEqual(database.rows("SELECT run_id, is_finished FROM run"), [(1, 1)])
        self.assertEqual(database.rows("SELECT pid, probe FROM target"), [(target, "active")])
        points = database.points("rss_anon", target)
        later = [t_s for t_s, _ in points if t_s >= resumed_at_s - 0.05]
        self.assertGreaterEqual(len(later), 3)
        self.assertLessEqual(later[-1] - resumed_at_s, 1 + SLACK_S)
        # The same ledger goes on: what was allocated so far is not forgotten, nothing twice.
        self.assertEqual(database.value("SELECT count(DISTINCT ledger) FROM stack"), 1)
        heap = database.points("heap_alloc", target)
        self.assertEqual(heap[:len(heap_before)], heap_before)
        self.assertGreater(len(heap), len(heap_before) + 2)
        values = [value for _, value in heap]
        self.assertEqual(values, sorted(values))
        self.assertGreater(values[-1], values[0])
        doubles = database.rows(
            "SELECT frames, count(*) FROM (SELECT group_concat(module_id || ' ' || address) AS "
            "frames FROM (SELECT * FROM stack_frame ORDER BY stack_id, position) "
            "GROUP BY stack_id) GROUP BY frames HAVING count(*) > 1")
        self.assertEqual(doubles, [])

    def test_seep(self):
        lags = self.at_random_moments(self.kill_seep, "seep")
        known = [lag for lag in lags if lag is not None]
        self.note_worst("last point before the kill", known)
        self.note(f"{len(lags) - len(known)} killed before their first tick")
        self.assertLessEqual(len(lags) - len(known), KILLS / 10)
        self.assertLessEqual(statistics.median(known), 2 * TICK_S)


if __name__ == "__main__":
    main(concurrency=1)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`--stop-early`: a run with a leak ends before its time and says so, a healthy one does not.

Usage: test_stop_early.py BIN_DIR [WORD ...]. All runs go side by side.
"""
from harness import GROWTH, PASS, USAGE, SeepTest, main, zoo

DURATION_S = 120
LEAK = zoo("leak", "--seconds 0 --rate 1MiB --requests 2000")


class StopEarly(SeepTest):
    def watch(self, command, *options):
        return self.start_seep("run", "--gate", "--json", "--stop-early", *options, "--duration",
                               f"{DURATION_S}s", "--", *command)

    def stop_of(self, seep, status):
        """Duration of the run, and the event that ended it early."""
        self.assertEqual(seep.wait(150), status, seep.err)
        report = seep.json()
        events = [event for event in report["events"] if event["kind"] == "early-stop"]
        self.note(f"{report['run']['duration_s']:.0f} s; {report['verdict']['summary']}")
        self.assertNoLedgers()
        return report["run"]["duration_s"], events

    def assertStopped(self, seep, earliest_s, latest_s):
        duration_s, events = self.stop_of(seep, GROWTH)
        self.assertTrue(earliest_s <= duration_s <= latest_s, duration_s)
        self.assertEqual(len(events), 1)
        self.assertIn("of 2m00s: growth is confirmed", events[0]["message"])
        self.assertIn("stopped early at", seep.err)
        self.assertIn("growth suspected", seep.err)  # the live line

    def test_a_leak_under_steady_load(self):
        """40 s are the least that can be judged, and growth must hold for a quarter of the time."""
        self.assertStopped(self.watch(LEAK, "--steady-load"), 45, 85)

    def test_a_leak_under_a_load_that_is_not_known(self):
        """The load may have a cycle: three quarters of the run."""
        self.assertStopped(self.watch(LEAK), 89, 110)

    def test_health(self):
        seep = self.watch(zoo("cache", "--seconds 0 --rate 2MiB --cap 8MiB"), "--steady-load")
        duration_s, events = self.stop_of(seep, PASS)
        self.assertAlmostEqual(duration_s, DURATION_S, delta=5)
        self.assertEqual(events, [])

    def test_attach(self):
        target = self.start(LEAK)
        seep = self.start_seep("attach", str(target.pid), "--gate", "--json", "--stop-early",
                               "--steady-load", "--duration", f"{DURATION_S}s")
        self.assertStopped(seep, 45, 85)
        self.assertIsNone(target.process.poll())  # it runs on

    def test_it_needs_a_plan(self):
        status, seep = self.seep("run", "--stop-early", "--", "/bin/true")
        self.assertEqual(status, USAGE)
        self.assertOneLine(seep, "--stop-early", "--duration")


if __name__ == "__main__":
    main(concurrency=5)

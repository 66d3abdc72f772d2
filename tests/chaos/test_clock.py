#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The clock is set by hours, forward and back, under the agent (clock_step.c): no hole, no series
that runs backwards, ages that are right.

Usage: test_clock.py BIN_DIR [--seed N] [--full] [WORD ...].
"""
import mmap
import os
import signal
import struct
import time

from chaos_harness import BACK_S, PASS, TICK_S, ChaosTest, main, seconds, slack_s, wait_until
from harness import BIN_DIR

HOUR_S = 3600


class Clock(ChaosTest):
    def setUp(self):
        super().setUp()
        path = self.path("clock")
        with open(path, "wb") as file:
            file.write(bytes(8))
        with open(path, "r+b") as file:
            self.offset = mmap.mmap(file.fileno(), 8)
        self.clock = {"LD_PRELOAD": os.path.realpath(
            os.path.join(BIN_DIR, "..", "lib", "libseep_test_clock.so")), "CHAOS_CLOCK": path}

    def start_seep(self, *arguments, **options):
        return super().start_seep(*arguments, env=self.clock, **options)

    def step(self, hours):
        self.offset[:] = struct.pack("q", int(hours * HOUR_S))

    def assertAgesRight(self, since_s):
        health = self.health()
        self.assertEqual(health["status"], "ok", health)
        for target in health["targets"]:
            self.assertLess(target["tick_age_s"], slack_s(), target)
        self.assertLess(abs(health["uptime_s"] - (time.monotonic() - since_s)), slack_s())

    def test_steps_while_it_runs(self):
        """Bound: none. Health never says worse than ok."""
        begun_s = time.monotonic()
        agent, targets = self.start_pair()
        hours = [self.random.uniform(*span) for span in ((1, 9), (-9, -1), (40, 90), (-90, -40))]
        self.note("hours: " + ", ".join(f"{h:.1f}" for h in hours))
        for step in hours + [0]:
            self.step(step)
            until_s = time.monotonic() + seconds(4, 15)
            while time.monotonic() < until_s:
                self.assertAgesRight(begun_s)
                time.sleep(0.1)
        self.assertAllWell(agent, targets, TICK_S)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)

    def test_back_and_killed(self):
        """The next agent finds itself before the start of its runs: they go on behind what is there.
        Bound: what the run says of time stands still is lost, nothing that was measured."""
        agent, targets = self.start_pair()
        self.step(-self.random.uniform(2, 20))
        time.sleep(2)
        before = self.database.points("rss_anon", targets[0].pid)
        agent.send(signal.SIGKILL)
        agent.wait()
        again = self.start_seep("agent", "--config", self.path("seep.toml"))
        wait_until(lambda: len(self.database.points("rss_anon", targets[0].pid)) > len(before) + 10,
                   BACK_S, "points")
        self.assertBackToNormal(again)
        after = self.database.points("rss_anon", targets[0].pid)
        self.assertEqual(after[:len(before)], before)
        times = [t_s for t_s, _ in after]
        self.assertEqual(times, sorted(set(times)))
        self.assertMonotone()
        self.assertSound()
        self.assertUnharmed(targets)


if __name__ == "__main__":
    main(concurrency=4)

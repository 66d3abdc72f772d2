#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent is killed, or stands still, again and again.

Usage: test_kills.py BIN_DIR [--seed N] [--full] [--minutes M] [WORD ...].
"""
import os
import signal
import time

from chaos_harness import (OPTIONS, PASS, TICK_S, ChaosTest, Supervisor, main, seconds,
                           slack_s, wait_until)

EVERY_S = 20
# The supervisor's second, the start, the first look for targets.
AGAIN_S = 1 + 2 + 2


class Kills(ChaosTest):
    def test_kill_every_20_s(self):
        """Bound: the hole of a kill is the time until the next agent looks; what was written stays."""
        minutes = OPTIONS.minutes or seconds(1.2, 10)
        agent, targets = self.start_pair()
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        config = self.path("seep.toml")
        supervisor = Supervisor(lambda: self.start_seep("agent", "--config", config))
        self.addCleanup(supervisor.stop)
        end_s = time.monotonic() + 60 * minutes
        kills = 0
        while time.monotonic() < end_s:
            time.sleep(EVERY_S - 2 + 4 * self.random.random())
            os.kill(supervisor.agent.pid, signal.SIGKILL)
            kills += 1
            wait_until(lambda: supervisor.starts == kills + 1, 30, "the next start")
        self.note(f"{kills} kills in {minutes:g} minutes")
        self.assertAllWell(supervisor.agent, targets, AGAIN_S)
        # One run each, gone on with.
        for name in ("seep_zoo_leak", "nap0", "seep-agent"):
            self.assertEqual(self.database.value("SELECT count(*) FROM run WHERE name = ?", name), 1)
        supervisor.stop()
        supervisor.agent.send(signal.SIGTERM)
        self.assertEqual(supervisor.agent.wait(), PASS)

    def test_agent_stopped(self):
        """Bound: as long as it stood still and a tick; nothing is made up for that time."""
        still_s = seconds(15, 60)
        agent, targets = self.start_pair()
        agent.send(signal.SIGSTOP)
        time.sleep(still_s)
        agent.send(signal.SIGCONT)
        self.assertAllWell(agent, targets, still_s + TICK_S)
        times = self.times_of(targets[0])
        holes = [b - a for a, b in zip(times, times[1:]) if b - a > still_s / 2]
        self.assertEqual(len(holes), 1)
        # The ticks that are missed are not made up for all at once.
        self.assertLess(len(times), (time.time() - times[0] - still_s + slack_s()) / TICK_S)

    def test_target_stopped(self):
        """Bound: none: /proc and the ledger of a process that stands still are there."""
        agent, targets = self.start_pair()
        for target in targets:
            target.send(signal.SIGSTOP)
        time.sleep(seconds(15, 60))
        for target in targets:
            target.send(signal.SIGCONT)
        begun_s = time.monotonic()
        self.assertAllWell(agent, targets, TICK_S)
        before = self.database.points("heap_alloc", targets[0].pid)[-1][1]
        wait_until(lambda: self.database.points("heap_alloc", targets[0].pid)[-1][1] > before, 30,
                   "its heap to go on")
        self.note(f"its heap goes on {time.monotonic() - begun_s:.1f} s after SIGCONT")


if __name__ == "__main__":
    main(concurrency=8)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent runs out of descriptors: from the start, and while it runs.

Usage: test_limits.py BIN_DIR [--seed N] [--full] [WORD ...].
"""
import os
import resource
import signal
import time

from chaos_harness import ChaosTest, main, seconds, slack_s, wait_until
from harness import stat_fields

SERVICES = 50
MANY = {"tick": "1s", "snapshot": "5s"}  # of fifty: on a machine that others use
MANY_TICK_S = 1


class Descriptors(ChaosTest):
    def start_many(self):
        """Fifty services of a process each, and their rules."""
        naps, rules = zip(*(self.start_nap(number) for number in range(SERVICES)))
        return list(naps), "".join(rules)

    def watched(self):
        try:
            return {pid for pid, in self.database.rows("SELECT DISTINCT pid FROM v_point")}
        except Exception:  # pylint: disable=broad-except
            return set()  # not there yet

    def cpu_seconds(self, agent):
        fields = stat_fields(agent.pid)  # user, system: of all threads
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def limit(self, agent, soft):
        """As `prlimit --nofile`."""
        resource.prlimit(agent.pid, resource.RLIMIT_NOFILE, (soft, 4096))

    def test_too_few_from_the_start(self):
        """Bound: what has a place is measured without a hole."""
        naps, rules = self.start_many()
        agent = self.start_agent(rules, **MANY, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (48, 48)))
        wait_until(lambda: "descriptors" in agent.err, 30, "a word on descriptors")
        time.sleep(seconds(8, 30))
        kept = [nap for nap in naps if nap.pid in self.watched()]
        self.note(f"{len(kept)} of {SERVICES} watched with 48 descriptors")
        self.assertGreater(len(kept), 5)
        self.before = self.costs(agent)
        self.assertSaidOnce(agent, "descriptors")
        self.assertAllWell(agent, kept, MANY_TICK_S)

    def test_too_few_until_it_is_raised(self):
        """Bound: the same; the others once there are enough."""
        agent = self.start_agent(**MANY)
        self.limit(agent, 48)
        naps, rules = self.start_many()
        self.configure(rules, **MANY, judge="10m", listen=f"127.0.0.1:{self.port}")
        agent.send(signal.SIGHUP)
        begun_s = time.time()
        wait_until(lambda: "descriptors" in agent.err, 30, "a word on descriptors")
        wait_until(lambda: len(self.watched()) > 5, 30, "some that are watched")
        time.sleep(seconds(8, 30))
        kept = [nap for nap in naps if nap.pid in self.watched()]
        self.assertLess(len(kept), SERVICES)
        self.assertSaidOnce(agent, "descriptors")
        self.assertIsNotNone(self.health())
        self.before = self.costs(agent)
        self.limit(agent, 4096)
        wait_until(lambda: len(self.watched() & {nap.pid for nap in naps}) == SERVICES, 30, "all")
        self.before = (self.before[0] + 2 * SERVICES, *self.before[1:])
        self.assertAllWell(agent, kept, MANY_TICK_S)
        self.note(f"all of them after {time.time() - begun_s:.0f} s")

    def test_lowered_while_it_runs(self):
        """Bound: the time that it lasts. No target is taken for ended, no ledger for spent."""
        agent, targets = self.start_pair()
        lasts_s = seconds(10, 40)
        self.limit(agent, 5)
        busy_s = self.cpu_seconds(agent)
        self.health()  # a client that cannot be served
        time.sleep(lasts_s)
        busy_s = self.cpu_seconds(agent) - busy_s
        self.note(f"{busy_s / lasts_s:.0%} of a CPU meanwhile")
        self.assertLess(busy_s / lasts_s, 0.3)
        self.assertEqual(len(os.listdir(self.ledgers)), 1)
        self.limit(agent, 4096)
        self.assertAllWell(agent, targets, lasts_s + slack_s())
        self.assertSaidOnce(agent, "descriptors")
        self.assertEqual(self.events("restart"), 0)
        # The heap is seen again.
        before = self.database.points("heap_alloc", targets[0].pid)[-1][1]
        wait_until(lambda: self.database.points("heap_alloc", targets[0].pid)[-1][1] > before, 30,
                   "its heap to go on")


if __name__ == "__main__":
    main(concurrency=4)

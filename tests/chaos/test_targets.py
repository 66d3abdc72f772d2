#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fifty targets come and go a second apart: killed, each after some seconds.

Usage: test_targets.py BIN_DIR [--seed N] [--full] [WORD ...].
"""
import os
import signal
import time

from chaos_harness import PASS, TICK_S, ChaosTest, main, wait_until, zoo

TARGETS = 50
APART_S = 1
LIVES_S = (2.5, 6)  # the agent looks at /proc every 2 s; a ledger it sees at once


class Fifty(ChaosTest):
    def test_started_and_killed(self):
        """Half under the probe, half of /proc. Bound: each has a row; of those under the probe the
        heap is known and the ledger collected; who stays is measured without a hole."""
        agent, staying = self.start_pair()
        rule = '[[target]]\nname = "brief"\ncmdline = "sleep 6543[0-9][0-9]"\n'
        nap_rule = open(self.path("seep.toml"), encoding="utf-8").read().split("[[target]]", 1)[1]
        self.configure("[[target]]" + nap_rule + rule, tick="200ms", snapshot="1s", judge="10m",
                       listen=f"127.0.0.1:{self.port}")
        agent.send(signal.SIGHUP)
        wait_until(lambda: "read again, 2 targets" in agent.err, 10, "the configuration")
        begun_s = time.monotonic()
        probed, plain, ends = [], [], []
        for number in range(TARGETS):
            time.sleep(max(0, begun_s + number * APART_S - time.monotonic()))
            if number % 2 == 0:
                target = self.start_service(zoo("leak", "--seconds 0 --rate 2MiB"))
                probed.append(target)
            else:
                target = self.start(["sleep", str(654300 + number)])
                plain.append(target)
            ends.append((time.monotonic() + self.random.uniform(*LIVES_S), target))
            for end_s, ending in list(ends):
                if end_s <= time.monotonic():
                    ending.send(signal.SIGKILL)
                    ends.remove((end_s, ending))
        for end_s, ending in ends:
            time.sleep(max(0, end_s - time.monotonic()))
            ending.send(signal.SIGKILL)
        for target in probed + plain:
            target.wait()
        # Of those under the probe only the one that stays has a ledger.
        wait_until(lambda: len(os.listdir(self.ledgers)) == 1, 30, "the ledgers to be collected")
        rows = {pid for pid, in self.database.rows("SELECT pid FROM target")}
        missing = [target.pid for target in probed + plain if target.pid not in rows]
        self.assertEqual(missing, [], f"{len(missing)} targets have no row")
        heaps = {pid for pid, in self.database.rows(
            "SELECT DISTINCT pid FROM v_point WHERE metric = 'heap_live' AND value > 0")}
        unknown = [target.pid for target in probed if target.pid not in heaps]
        self.assertEqual(unknown, [], f"the heaps of {len(unknown)} targets are not known")
        self.assertAllWell(agent, staying, TICK_S)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)


if __name__ == "__main__":
    main(concurrency=2)

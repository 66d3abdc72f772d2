#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sampled live heap is as exact as it says: a live set of known size, several times.

Usage: test_accuracy.py BIN_DIR [WORD ...].
"""
import math
from concurrent.futures import ThreadPoolExecutor

from harness import Database, SeepTest, main, truth_of, zoo

LIVE_BYTES = 512 << 20
INTERVAL_BYTES = 128 << 10
# Of Poisson sampling by bytes, blocks much smaller than the interval: 8.0 MiB.
EXPECTED_SE_BYTES = math.sqrt(INTERVAL_BYTES * LIVE_BYTES)
RUNS = 6
MIB = 1 << 20


class Accuracy(SeepTest):
    def estimate(self, number):
        """(estimate, its standard error) of one run, from the ledger of the ended process."""
        database = self.path(f"{number}.db")
        status, seep = self.seep("run", "--db", database, "--quiet", "--tick", "1s", "--snapshot",
                                 "60s", "--", *zoo("live_set", "--seconds 1 --bytes 512MiB"))
        self.assertEqual(status, 0, seep.err)
        self.assertEqual(truth_of(seep.out)["live_bytes"], str(LIVE_BYTES))
        return tuple(Database(database).points(metric)[-1][1]
                     for metric in ("heap_live", "heap_live_se"))

    def test_live_bytes_lie_within_their_standard_error(self):
        """At most 2 of 6 outside of 95 % (more by chance: 0.2 %), none beyond 4 SE."""
        with ThreadPoolExecutor(2) as pool:
            estimates = list(pool.map(self.estimate, range(RUNS)))
        deviations = []
        for live_bytes, se_bytes in estimates:
            deviations.append((live_bytes - LIVE_BYTES) / se_bytes)
            self.note(f"{live_bytes / MIB:.1f} MiB +- {se_bytes / MIB:.2f} MiB: "
                      f"{deviations[-1]:+.2f} standard errors")
            self.assertAlmostEqual(se_bytes / EXPECTED_SE_BYTES, 1, delta=0.1)
            self.assertLess(abs(deviations[-1]), 4)
        self.assertGreaterEqual(sum(abs(d) <= 1.96 for d in deviations), 4, deviations)
        self.assertEqual(len(set(estimates)), RUNS, "each run tosses coins of its own")


if __name__ == "__main__":
    main(concurrency=1)

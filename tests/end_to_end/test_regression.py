#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Baselines and gates on a service in three builds: the same, one that allocates 5 % more a request, and one
whose call paths were refactored (tests/targets/request.cpp). How often it is right: bench/regression.

Usage: test_regression.py BIN_DIR [WORD ...]. Two rounds of 45 s.
"""
import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor

from harness import INCONCLUSIVE, PASS, USAGE, SeepTest, main, zoo
from report_consumers import check_report

REGRESSION = 11
DURATION_S = 45


class Regression(SeepTest):
    def soak(self, build, name, *options):
        """A run of one build, as (exit code, report)."""
        answers = self.path(f"{name}.jtl")
        report = self.path(f"{name}.json")
        # Every 16 KiB: 45 s are short for a change of 5 %.
        seep = self.start_seep("run", "-q", "--name", name, "--interval", "16KiB", "--duration", f"{DURATION_S}s",
                               "--load", f"jmeter:{answers}", "--env", f"ZOO_ANSWERS={answers}", "--service",
                               "request", "--report", f"json={report}", *options, "--",
                               *zoo(f"request_{build}", "--seconds 0 --rate 400"))
        status = seep.wait(150)
        with open(report, encoding="utf-8") as file:
            return status, check_report(json.load(file)), seep

    def side_by_side(self, *soaks):
        with ThreadPoolExecutor(len(soaks)) as pool:
            return [future.result() for future in [pool.submit(self.soak, *one) for one in soaks]]

    def test_three_builds(self):
        started = self.start_seep("run", "--baseline", "main", "--duration", "45s", "--", *zoo("idle"))
        self.assertEqual(started.wait(), USAGE)
        self.assertIn("no baseline, run or file 'main'", started.err)

        for status, _, seep in self.side_by_side(("base", "b0"), ("base", "b1"), ("base", "b2"), ("base", "b3")):
            self.assertEqual(status, PASS, seep.err)
        self.seep_ok("baseline", "set", "main", "b0", "b1", "b2", "b3")

        gate = ("--gate", "--baseline", "main")
        fresh = ("--gate", "--baseline", "fresh", "--update-baseline")
        same, more, refactored, other, new, twin = self.side_by_side(
            ("base", "same", *gate), ("more", "more", *gate), ("refactored", "refactored", *gate),
            ("base", "other", *gate, "--workload", "browse"),
            ("base", "new", *fresh), ("base", "twin", *fresh))

        self.assertEqual(same[0], PASS, same[2].err)
        self.assertIn("No regression against 'main' (4 runs)", same[1]["verdict"]["summary"])

        self.assertEqual(more[0], REGRESSION, more[2].err)
        self.assertIn("RenderPage", more[1]["verdict"]["summary"])
        worse = [stack for stack in more[1]["comparison"]["stacks"] if stack["is_regression"]]
        self.assertEqual(len(worse), 1, worse)
        self.assertTrue(any("RenderPage" in frame["function"] for frame in worse[0]["frames"]))
        self.assertEqual(worse[0]["per"], "request")
        self.assertAlmostEqual(worse[0]["alloc_bytes"] - worse[0]["base_alloc_bytes"], 1024, delta=400)

        self.assertEqual(refactored[0], PASS, refactored[2].err)
        changes = [stack["change"] for stack in refactored[1]["comparison"]["stacks"]]
        self.assertIn("moved", changes)

        # A workload that the baseline does not tell agrees with any.
        self.assertEqual(other[0], PASS, other[2].err)
        self.assertEqual(new[0], INCONCLUSIVE, new[2].err)
        self.assertIn("baseline 'fresh' has no runs", new[1]["verdict"]["summary"])
        self.assertIn("baseline 'fresh' has this run now", new[2].err)
        self.assertEqual(twin[0], INCONCLUSIVE, twin[2].err)
        self.assertEqual(self.database.value("SELECT count(*) FROM baseline_run JOIN baseline USING (baseline_id) "
                                             "WHERE name = 'fresh'"), 2)  # neither took the other's place
        self.check_portable()
        self.check_single_run()

    def check_portable(self):
        """One file, to another database; damaged it is refused by name."""
        path, other = self.path("main.seep"), self.path("other.db")
        self.seep_ok("baseline", "export", "main", "-o", path)
        self.assertLess(os.path.getsize(path), 256 << 10)
        self.seep_ok("baseline", "import", path, "--name", "copy", "--db", other)
        self.assertIn("copy", self.seep_ok("baseline", "list", "--db", other).out)
        self.assertEqual(self.start_seep("baseline", "import", path, "--name", "copy", "--db", other).wait(), USAGE)
        self.assertEqual(self.start_seep("compare", path, "same").wait(), PASS)
        with open(path, "rb") as file:
            whole = file.read()
        self.assertIn(b'"format":"seep-baseline"', gzip.decompress(whole))
        with open(path, "wb") as file:
            file.write(whole[:len(whole) // 2])
        damaged = self.start_seep("compare", path, "same")
        self.assertEqual(damaged.wait(), USAGE)
        self.assertIn(path, damaged.err)
        self.seep_ok("baseline", "rm", "main")
        gone = self.start_seep("baseline", "rm", "main")
        self.assertNotEqual(gone.wait(), PASS)
        self.assertIn("no baseline 'main'", gone.err)

    def check_single_run(self):
        """A run by its name, with one or several of another build."""
        for runs in (["b1"], ["b1", "b2", "b3"]):
            compared = self.start_seep("compare", "b0", *runs)
            self.assertEqual(compared.wait(), PASS, compared.err)
            self.assertIn("No regression against 'b0' (1 run)", compared.out.replace("\n", " "))

    def seep_ok(self, *words):
        done = self.start_seep(*words)
        self.assertEqual(done.wait(), PASS, done.err)
        return done


if __name__ == "__main__":
    main(concurrency=1)

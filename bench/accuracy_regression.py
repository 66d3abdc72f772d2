# SPDX-License-Identifier: Apache-2.0
"""Stacks across builds: false regressions, power, refactorings and new builds that are recognised."""
import harness
from accuracy_counts import Share, judged

CASES_PER_PROGRAM = 16  # each with 1, 3 and 10 runs of a baseline
RUNS = ["1", "3", "10"]


def measure(build, split, cases):
    programs = max(9, cases // CASES_PER_PROGRAM)
    harness.progress(f"regression: {programs} programs")
    lines = judged(build, "seep_bench_accuracy_regression", [split, str(programs)])

    def of(kind, runs, samples=None):
        return [line[2:] for line in lines if line[0] == kind and line[1] == runs and
                samples in (None, line[2])]


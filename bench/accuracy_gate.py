# SPDX-License-Identifier: Apache-2.0
"""The figures of runs beside baselines: false regressions, and how small a change is found."""
import harness
from accuracy_counts import Share, judged

RUNS = ["1", "3", "10"]


def measure(build, split, cases):
    harness.progress(f"gate: {cases} baselines of each kind")
    lines = judged(build, "seep_bench_accuracy_gate", [split, str(cases)])

    def same(scatter, runs, column):
        return Share(line[column] != "0" for line in lines if line[:3] == ["same", scatter, runs])

    def found(scatter, runs, judged_runs, more):
        return Share(line[5] == "1" for line in lines if line[:5] == ["worse", scatter, runs, judged_runs, more])

    false = [[f"{float(scatter):.0%}", runs, str(same(scatter, runs, 3)), str(same(scatter, runs, 4))]
             for scatter in ("0.01", "0.02") for runs in RUNS]
    factors = ["0.05", "0.1", "0.2"]
    power = [[f"{float(scatter):.0%}", runs, judged_runs] +
             [found(scatter, runs, judged_runs, more).brief() for more in factors]
             for scatter in ("0.01", "0.02") for runs in RUNS for judged_runs in ("1", "3")]
    text = ("## Figures beside a baseline\n\nAll figures of a run scatter by so much from run to run. Runs of the same "
            "build in which any is called a regression, or provisional (one run is no proof):\n\n" +
            harness.markdown(["scatter", "runs of baseline", "regression", "provisional"], false) +
            "\nBytes per request, that much more, called a regression:\n\n" +
            harness.markdown(["scatter", "runs of baseline", "runs judged"] +
                             [f"{float(more):+.0%}" for more in factors], power) +
            "\nThe goal (analysis.md, G12): with ten runs of baseline false in at most 0.01 of runs; 5 % found in at least "
            "0.95 by one run at a scatter of 1 %, in 0.75 by three at 2 %.\n")
    return [], text

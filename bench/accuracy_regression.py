# SPDX-License-Identifier: Apache-2.0
"""Stacks across builds: false regressions, power, refactorings and new builds that are recognised."""
import harness
from accuracy_counts import Share, judged

CASES_PER_PROGRAM = 32  # each with 1, 3 and 10 runs of a baseline
RUNS = ["1", "3", "10"]


def measure(build, split, cases):
    programs = max(9, cases // CASES_PER_PROGRAM)
    harness.progress(f"regression: {programs} programs")
    lines = judged(build, "seep_bench_accuracy_regression", [split, str(programs)])

    def of(kind, runs, samples=None):
        return [line[2:] for line in lines if line[0] == kind and line[1] == runs and
                samples in (None, line[2])]

    samples = sorted({line[2] for line in lines}, key=float)
    false = [[runs] + [str(Share(line[-1] != "0" for line in of("same", runs, count)))
                       for count in samples] for runs in RUNS]
    grown = [line for runs in RUNS for line in of("grown", runs)]
    factors = sorted({line[2] for line in grown}, key=float)
    power = [[f"{float(share):.0%}", f"{float(count):,.0f}", runs] +
             [Share(line[3] == "1" for line in of("grown", runs, count)
                    if line[1] == share and line[2] == factor).brief() for factor in factors]
             for share in sorted({line[1] for line in grown}, key=float)
             for count in samples for runs in RUNS]
    refactored = [[name, runs,
                   Share(line[2] == "1" for line in of("refactor", runs) if line[1] == name).brief(),
                   str(Share(line[-1] != "0" for line in of("refactor", runs) if line[1] == name)),
                   Share(line[2] == "1" for line in of("both", runs) if line[1] == name).brief()]
                  for name in sorted({line[3] for line in lines if line[0] == "refactor"})
                  for runs in RUNS]
    builds = []
    for name in sorted({line[3] for line in lines if line[0] == "build"}):
        shares = [float(line[4]) for line in lines if line[0] == "build" and line[3] == name]
        builds.append([name, f"{sum(shares) / len(shares):.4f}"] +
                      [str(Share(line[-1] != "0" for line in of("build", runs) if line[1] == name))
                       for runs in RUNS])
    text = (f"## Stacks across builds\n\n{programs} programs of 50, 500 and 2,000 call paths, runs of "
            f"{', '.join(f'{float(count):,.0f}' for count in samples)} samples, baselines of 1, 3 and 10 runs.\n\n"
            "An unchanged build: comparisons with any false regression, by runs of the baseline and samples "
            "of a run:\n\n" +
            harness.markdown(["runs"] + [f"{float(count):,.0f}" for count in samples], false) +
            "\nNew builds: share of the bytes that is matched, comparisons with any false regression by "
            "runs of the baseline:\n\n" +
            harness.markdown(["what changed", "matched"] + RUNS, builds) +
            "\nRefactorings of a path with a tenth of all bytes: recognised (moved, or a shift), comparisons "
            "with any false regression, and the regression found when the path grows by half besides:\n\n" +
            harness.markdown(["refactoring", "runs", "recognised", "false", "found"], refactored) +
            "\nOne path allocates more: share of comparisons that name it.\n\n" +
            harness.markdown(["its share", "samples", "runs"] +
                             [f"{float(factor) - 1:+.0%}" for factor in factors], power) +
            "\nA leak that the baseline does not have is named in " +
            f"{Share(line[3] == '1' for line in lines if line[0] == 'leak')} comparisons; beside paths "
            f"that did grow, {Share(line[-1] != '0' for line in grown)} comparisons name one that did not.\n")
    return [], text

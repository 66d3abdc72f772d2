# SPDX-License-Identifier: Apache-2.0
"""The verdict on stacks: false discoveries, recall, rank; the rules of other tools beside it."""
import os
import subprocess
import tempfile

import harness
from accuracy_counts import Goal, Share, judged

RULES = ["heap diff, top 10", "binomial, BH", "6 generations"]
KINDS = ["alone", "beside churn", "beside batched frees"]
CASES_PER_PROGRAM = 10  # a program of thousands of stacks is worth many single series
SECONDS, MEGABYTES = 5, 200


def findings(found, of):
    """So many of so many findings, as a share."""
    return Share([True] * found + [False] * (of - found))


def cost(build):
    """CPU seconds and MiB of a report on a run of 48 h that the agent's own writer has stored."""
    with tempfile.TemporaryDirectory(prefix="seep_cost_") as folder:
        database = os.path.join(folder, "db")
        subprocess.run(build.program("seep_bench_long_run") + [database], check=True)
        report = subprocess.Popen(build.program("seep") + ["report", "--json", "--db", database],
                                  stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(report.pid, 0)
        report.returncode = os.waitstatus_to_exitcode(status)
        if report.returncode != 0:
            raise RuntimeError(f"the report on 48 h failed: {report.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(build, split, cases):
    programs = max(16, cases // CASES_PER_PROGRAM)
    harness.progress(f"stacks: {programs} programs")
    lines = judged(build, "seep_bench_accuracy_stacks", [split, str(programs)])

    def of(kind):
        return [line[1:] for line in lines if line[0] == kind]
    runs = [list(map(float, line)) for line in of("run")]
    leaking = [run for run in runs if run[2] > 0]
    leaks = [(kind, float(hours), float(samples), found == "1")
             for hours, kind, samples, found in of("leak")]
    ranks = [int(rank) for _, rank in of("top")]

    def recall(samples, kind=None, hours=None):
        return Share(leak[3] for leak in leaks if leak[2] == samples and
                     kind in (None, leak[0]) and hours in (None, leak[1]))

    def false_discoveries(column):
        found = int(sum(run[column] for run in leaking))
        wrong = int(sum(run[column + 1] for run in leaking))
        return findings(wrong, found + wrong)
    seconds, megabytes = cost(build)
    goals = [
        Goal("G9", "false discoveries among the stacks that are named", false_discoveries(3), False,
             0.05),
        Goal("G9", "recall, leaks of 60 surviving samples", recall(60), True, 0.9),
        Goal("G9", "recall, leaks of 36 surviving samples", recall(36), True, 0.7),
        Goal("G9", "a leak of half of the growth is named first", Share(
            rank == 1 for rank in ranks), True, 0.9),
        Goal("G9", "... or among the first three", Share(1 <= rank <= 3 for rank in ranks), True,
             0.97),
        Goal("G13", "recall, leaks of 60 samples alone in their stack", recall(60, "alone"), True,
             0.99),
        Goal("G14", f"a report on 60 series and 20,000 stacks of 48 h: {seconds:.1f} s of CPU of {SECONDS}, "
             f"{megabytes:.0f} MiB of {MEGABYTES}",
             Share([seconds <= SECONDS and megabytes <= MEGABYTES]), True, 1),
    ]
    samples = sorted({leak[2] for leak in leaks})
    rows = [[kind] + [recall(count, kind).brief() for count in samples] for kind in KINDS]
    rows += [[f"runs of {hours:.2g} h"] + [recall(count, None, hours).brief() for count in samples]
             for hours in sorted({leak[1] for leak in leaks}, reverse=True)]
    rows.append(["all"] + [str(recall(count)) for count in samples])
    healthy = [run for run in runs if run[2] == 0]
    table = []
    for place, name in enumerate(["seep"] + RULES):
        column = 3 + 2 * place
        found = int(sum(run[column] for run in leaking))
        table.append([name, findings(found, int(sum(run[2] for run in leaking))).brief(),
                      false_discoveries(column).brief(),
                      f"{sum(run[column + 1] for run in healthy) / len(healthy):.2g}"])
    spread = of("spread")
    false_kinds = sorted({line[1] for line in of("false")})
    text = (f"## Stacks\n\n{len(runs)} runs of programs of 500 to 20,000 healthy stacks, half of them "
            "with 1 to 20 leaks; 48 h, 1 h and 10 minutes long.\n\n"
            "Share of leaks that are named, by the samples of them that are expected in use at the "
            "end, born after warm-up:\n\n" +
            harness.markdown(["leak"] + [f"{count:g}" for count in samples], rows) +
            "\nSeep and the rules of other tools; false findings are a share of all findings, and "
            "their number in a run without a leak:\n\n" +
            harness.markdown(["rule", "recall", "false", "in a healthy run"], table) +
            f"\nA leak of 60 samples spread over 20 stacks of one call site is named in "
            f"{Share(line[1] == '1' for line in spread)} runs. "
            f"False findings were: {', '.join(false_kinds) or 'none'}.\n")
    return goals, text

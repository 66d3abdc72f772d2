# SPDX-License-Identifier: Apache-2.0
"""Stopping early: how often is a healthy run stopped, how soon is a leak confirmed?"""
import statistics
from collections import namedtuple

import harness
from accuracy_counts import Goal, Share, judged

HOURS = 48
NEVER = float("inf")
# While it fills it is a leak to any test of its total, and to one of its stacks: all that it holds was
# born since the start and nothing is freed. Only a longer run tells.
INSEPARABLE = ("cache fill",)
# Rise in 48 h: the hour and the share of the level by which half of the leaks are to be confirmed.
BOUNDS = {0.5: (16, 0.17), 0.2: (24, 0.1)}

Run = namedtuple("Run", "family overlay rise suspected confirmed leaked slowest")


def hour(field):
    return NEVER if field == "-" else float(field)


def read(fields):
    return Run(fields[0], fields[1], float(fields[2]), hour(fields[3]), hour(fields[4]),
               float(fields[5]), float(fields[6]))


def when(hours):
    middle = statistics.median(hours) if hours else NEVER
    return "-" if middle == NEVER else f"{middle:g}"


def row(name, runs):
    late = [run.confirmed for run in runs]
    tenth = sorted(late)[int(0.9 * len(late))]
    return [name, str(len(runs)), Share(run.suspected < NEVER for run in runs).brief(),
            when([run.suspected for run in runs]), Share(hours < NEVER for hours in late).brief(),
            when(late), "-" if tenth == NEVER else f"{tenth:g}"]


def tables(healthy, leaks):
    head = ["runs", "suspected", "median hour", "confirmed", "median hour", "90 % by hour"]
    families = sorted({run.family for run in healthy})
    rows = [row(family, [run for run in healthy if run.family == family]) for family in families]
    rows.append(row("all", healthy))
    text = "Healthy runs: every confirmation is a false stop.\n\n" + harness.markdown(
        ["family"] + head, rows)
    rows = []
    for rise in sorted(BOUNDS):
        for what, key in (("overlay", lambda run: run.overlay), ("family", lambda run: run.family)):
            for name in sorted({key(run) for run in leaks}):
                some = [run for run in leaks if key(run) == name and run.rise == rise]
                rows.append(row(f"{100 * rise:g} %, {what} {name}", some))
        rows.append(row(f"{100 * rise:g} %, all", [run for run in leaks if run.rise == rise]))
    return text + "\nLeaks that rise by so much of the level in 48 h.\n\n" + harness.markdown(
        ["leak"] + head, rows)


def measure(build, split, cases):
    # A run is looked at 44 times: fewer of them than final verdicts.
    count = max(32, cases // 5)
    harness.progress(f"streaming: {count} runs of each kind")
    runs = [read(fields) for fields in
            judged(build, "seep_bench_accuracy_streaming", [split, str(count)])]
    healthy = [run for run in runs if run.overlay == "-"]
    leaks = [run for run in runs if run.overlay != "-"]
    separable = [run for run in healthy if run.family not in INSEPARABLE]
    goals = [Goal("G5", "false early stops per 1000 h of healthy runs, load known, no filling cache",
                  Share(run.confirmed < NEVER for run in separable), False, 0.3, 1000 / HOURS)]
    for rise, (hours, leaked) in sorted(BOUNDS.items(), reverse=True):
        some = [run for run in leaks if run.rise == rise]
        goals += [
            Goal("G6", f"leak of {100 * rise:g} % in 48 h: confirmed within {hours} h (half of them)",
                 Share(run.confirmed <= hours for run in some), True, 0.5),
            Goal("G6", f"leak of {100 * rise:g} %: leaked at most {100 * leaked:g} % of the level by then",
                 Share(run.confirmed < NEVER and run.leaked <= leaked for run in some), True, 0.5)]
    slow = sorted(run.slowest for run in runs)
    text = (f"## Streaming\n\nThe rules of `--stop-early`, hour by hour on runs of 48 h with a value a "
            f"minute, the load known; {len(runs)} runs. One series stands for the process: a stop of a real run "
            "also needs the heap or the stacks to agree, which is not simulated. A cache that fills is a "
            "leak until it is full, whoever looks: it is listed, and not counted in G5. The slowest look took "
            f"{1000 * slow[len(slow) // 2]:.0f} ms in the median run, {1000 * slow[-1]:.0f} ms at "
            "most.\n\n" + tables(healthy, leaks))
    return goals, text

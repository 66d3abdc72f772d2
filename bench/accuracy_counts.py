# SPDX-License-Identifier: Apache-2.0
"""Shares with their intervals, and goals: what the parts of bench/accuracy have in common."""
import math
import os
import subprocess
from collections import namedtuple

import harness


def wilson(count, of):
    """95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, count / of
    centre = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, centre - reach), min(1.0, centre + reach)


class Share:
    """So many of so many."""

    def __init__(self, flags):
        flags = list(flags)
        self.count, self.of = sum(map(bool, flags)), len(flags)

    @property
    def value(self):
        return self.count / self.of if self.of else float("nan")

    def __str__(self):
        low, high = wilson(self.count, self.of)
        return f"{self.value:.3f} [{low:.3f}, {high:.3f}] of {self.of}" if self.of else "-"

    def brief(self):
        return f"{self.value:.3f}" if self.of else "-"


# `share` must be at least, or at most, `target`; `scale` makes another unit of it (alarms in 1000
# hours of runs).
Goal = namedtuple("Goal", "name what share is_least target scale", defaults=(1,))


def is_met(goal):
    return (goal.share.value >= goal.target / goal.scale if goal.is_least
            else goal.share.value <= goal.target / goal.scale)


def goal_table(goals):
    rows = []
    for goal in goals:
        low, high = wilson(goal.share.count, goal.share.of)
        measured = (f"{goal.scale * goal.share.value:.3g} "
                    f"[{goal.scale * low:.3g}, {goal.scale * high:.3g}], {goal.share.of} cases")
        rows.append([goal.name, goal.what, (">= " if goal.is_least else "<= ") + f"{goal.target:g}",
                     measured, "met" if is_met(goal) else "**missed**"])
    return harness.markdown(["goal", "what", "target", "measured", ""], rows)


def missed(goals):
    """Names of goals that are missed by more than two standard errors."""
    names = []
    for goal in goals:
        target = goal.target / goal.scale
        error = math.sqrt(max(target * (1 - target), 1e-4) / max(goal.share.of, 1))
        far = target - goal.share.value if goal.is_least else goal.share.value - target
        if not goal.share.of or far > 2 * error:
            names.append(f"{goal.name} ({goal.what}): {goal.share}")
    return names


def judged(build, program, arguments):
    """Lines of a helper, its cases shared out among the CPUs; each line a list of fields."""
    parts = os.cpu_count()
    running = [subprocess.Popen(build.program(program) + arguments + ["--part", f"{i}/{parts}"],
                                stdout=subprocess.PIPE, text=True) for i in range(parts)]
    lines = []
    for process in running:
        output, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{program} failed: {process.returncode}")
        lines += [line.split("\t") for line in output.splitlines()]
    return lines

# SPDX-License-Identifier: Apache-2.0
"""docs/real_programs.md: the table of verdicts, and what of it was right, for bench/real_programs."""
import math

import harness

KIB = 1024
GROWTH, PASS = 10, 0
HEAD = """# Verdicts on real programs

Written by `bench/real_programs --write`. Unmodified programs of Debian 12 under a paced load: some of
what they allocate beneath one function is never freed (the injector of [testing.md](testing.md)), or nothing
is injected. One `seep run --gate` each, T = 128 KiB.
"""
NOTES = """
- *leaks*: what the injector kept from being freed, from a quarter of the run on. *said*: the growth of all growing stacks together,
  and its lower bound (one-sided, 95 %). *ratio*: said / leaks. *heap*: the slope of the live heap and its 95 % interval.
- *where*: the frame of the first stack, counted from the innermost, that is the function which was made to leak; without one, the
  innermost functions that have a name. The functions are exported ones close to the allocation. sqlite3VdbeMemGrow calls it through three
  functions of sqlite's own allocator; memcached exports nothing: the first name on its stacks is libevent's, far up.
- *the calling line moves*: the answer to `stats` lengthens with its counters, so its buffer comes to be doubled in another line of the same
  function, hence in another stack. One that begins late may be load that came late, so seep names one of the two, with its own share of
  the rate; the report's `heap_growth_explained` says how much that leaves, and the heap's slope the sum.
"""


def kib_per_s(bytes_per_hour):
    return bytes_per_hour / 3600 / KIB


class Row:
    def __init__(self, case, status, report, leaked_bytes_per_s, pace):
        self.case, self.pace = case, pace
        self.verdict = report["verdict"]
        self.is_right = status == (GROWTH if case.is_growth else PASS)
        self.status = status
        self.leaks = leaked_bytes_per_s / KIB if leaked_bytes_per_s else None
        stacks = report["stacks"]
        # Listed are those that make 90 % of the growth.
        listed = sum(stack["share"] for stack in stacks)
        self.said = kib_per_s(sum(stack["growth_bytes_per_hour"] for stack in stacks)) / listed if stacks else None
        growths = [kib_per_s(stack["growth_bytes_per_hour"]) for stack in stacks]
        spreads = [growth - kib_per_s(stack["ci_low"]) for growth, stack in zip(growths, stacks)]
        self.at_least = sum(growths) - math.hypot(*spreads) if stacks else None
        heap = [series for series in report["series"] if series["metric"] == "heap_live" and
                (not stacks or series["target_pid"] == stacks[0]["target_pid"])]
        self.heap = tuple(kib_per_s(heap[0][key]) for key in ("slope_per_hour", "ci_low", "ci_high")) \
            if heap and None not in (heap[0]["slope_per_hour"], heap[0]["ci_low"], heap[0]["ci_high"]) else None
        self.frames = [frame["function"] for stack in stacks[:1] for frame in stack["frames"]
                       if "libseep" not in frame["module"]]  # realloc of the injector

    @property
    def ratio(self):
        return self.said / self.leaks if self.said and self.leaks else None

    @property
    def is_in_interval(self):
        return bool(self.leaks and self.heap and self.heap[1] <= self.leaks <= self.heap[2])

    @property
    def frame(self):
        """Of the function that leaks, from 1; None when the first stack does not name it."""
        name = self.case.function_name
        return next((i + 1 for i, frame in enumerate(self.frames) if name and name in frame), None)

    @property
    def where(self):
        if self.case.fraction:
            if not self.frame:
                return f"**{self.case.function_name} not named**"
            text = f"{self.case.function_name}: frame {self.frame}"
            return text if self.frame <= 3 else f"{text}, above {self.frames[0]}"
        return " < ".join([frame for frame in self.frames if "+0x" not in frame][:3]) or "-"

    def cells(self):
        return [self.case.name, f"{self.leaks:.0f}" if self.leaks else "-",
                f"{self.said:.0f}, at least {self.at_least:.0f}" if self.said else "-",
                f"{self.ratio:.2f}" if self.ratio else "-",
                "{} [{}, {}]".format(*map(round, self.heap)) if self.heap else "-",
                f"{self.verdict.get('class', '?')} ({self.verdict['confidence']})",
                "right" if self.is_right else f"**wrong**: exit {self.status}", self.where]


def summary(rows):
    leaks = [row for row in rows if row.case.fraction]
    healthy = [row for row in rows if not row.case.fraction]
    ratios = [row.ratio for row in leaks if row.ratio]
    text = (f"**Leaks: {sum(row.is_right for row in leaks)} of {len(leaks)} found**, the function named on the first stack of "
            f"{sum(row.frame is not None for row in leaks)}, within its first three frames of "
            f"{sum((row.frame or 99) <= 3 for row in leaks)}.")
    if ratios:
        text += (f" Said / leaked: {min(ratios):.2f} to {max(ratios):.2f}; it was at least what was said to be the least in "
                 f"{sum(bool(row.ratio) and row.leaks >= row.at_least for row in leaks)} of {len(leaks)}; the 95 % interval of the "
                 f"heap's slope holds it in {sum(row.is_in_interval for row in leaks)}.")
    text += f"\n**Without a leak: {sum(row.is_right for row in healthy)} of {len(healthy)} right.**"
    loads = [row for row in rows if row.pace is not None]
    if loads:
        least = min(loads, key=lambda row: row.pace)
        text += f" Each load kept at least {100 * min(1, least.pace):.0f} % of its pace." \
            if least.pace > 0.9 else f" **{least.case.name} was starved: {100 * least.pace:.0f} % of its load.**"
    return text


def document(results, options):
    rows = [Row(*result) for result in results]
    headers = ["program", "leaks KiB/s", "said KiB/s", "ratio", "heap KiB/s", "verdict", "", "where"]
    return (HEAD + f"\nMachine: {harness.machine()}. {options.duration} s each, {options.side_by_side} side by side.\n\n" +
            summary(rows) + "\n\n" + harness.markdown(headers, [row.cells() for row in rows]) + NOTES)

# SPDX-License-Identifier: Apache-2.0
"""Which part of the resident memory grows, and when the limit is reached."""
import statistics
from collections import namedtuple

import harness
from accuracy_counts import Goal, Share, judged

KIB = 1024
FILES = ("file_dirty", "file_clean")  # one growth: a page is dirty until it is written back
GROWTH = ("growth", "staircase")

Parts = namedtuple("Parts", "kind truth found share true_slope rss_slope sum_of_parts seconds")
Limit = namedtuple("Limit", "family growth_class truth hours low high seconds")


def is_right(case):
    return case.found == case.truth or (case.found in FILES and case.truth in FILES)


def adds_up(case):
    return abs(case.sum_of_parts - case.rss_slope) <= max(0.02 * abs(case.rss_slope), 64 * KIB)


def is_covered(case):
    return case.low <= case.truth <= case.high


def error(case):
    return abs(case.hours / case.truth - 1)


def tables(parts, limits):
    rows = []
    for kind in dict.fromkeys(case.kind for case in parts):
        some = [case for case in parts if case.kind == kind]
        rows.append([kind, str(len(some)), Share(map(adds_up, some)).brief(),
                     Share(map(is_right, some)).brief(),
                     f"{statistics.median(case.share for case in some):.2f}"])
    text = ("### What grows\n\n" + harness.markdown(
        ["grows", "runs", "parts add up", "dominant part right", "its share, median"], rows))
    rows = []
    for family in dict.fromkeys(case.family for case in limits):
        some = [case for case in limits if case.family == family]
        rows.append([family, str(len(some)), Share(map(is_covered, some)).brief(),
                     f"{100 * statistics.median(map(error, some)):.1f} %"])
    return text + ("\n### When the limit is reached\n\nThe limit lies a tenth to five times the rise of the "
                   "run above its end.\n\n" + harness.markdown(
                       ["noise", "runs", "90 % interval holds the truth", "median error"], rows))


def measure(build, split, cases):
    harness.progress(f"memory: {cases} cases of each kind")
    lines = judged(build, "seep_bench_accuracy_memory", [split, str(cases)])
    parts = [Parts(*line[1:4], *map(float, line[4:])) for line in lines if line[0] == "parts"]
    limits = [Limit(*line[1:3], *map(float, line[3:])) for line in lines if line[0] == "limit"]
    seen = [case for case in limits if case.growth_class in GROWTH]
    # A share that must lie within two bounds is two goals.
    coverage = Share(map(is_covered, seen))
    goals = [
        Goal("G10", "parts add up to the slope of RSS: 2 % or 64 KiB/h", Share(map(adds_up, parts)),
             True, 0.95),
        Goal("G10", "dominant part right", Share(map(is_right, parts)), True, 0.95),
        Goal("G11", "90 % interval of the time to the limit holds the truth, at least", coverage, True,
             0.85),
        Goal("G11", "the same, at most", coverage, False, 0.95),
        Goal("G11", "time to the limit within 20 %", Share(error(case) <= 0.2 for case in seen), True,
             0.5),
    ]
    # Of the table: the families in the order of the generator, whatever part was ready first.
    parts.sort(key=lambda case: case.kind)
    seen.sort(key=lambda case: case.family)
    text = (f"## Memory\n\n{len(parts)} runs of ten minutes to two days, all parts of the memory measured as "
            f"`seep run` does; {len(limits)} series that grow to a limit, of which {len(seen)} are called "
            f"growth. {1000 * statistics.mean(case.seconds for case in parts):.0f} ms an attribution, "
            f"{1000 * statistics.mean(case.seconds for case in limits):.0f} ms a trend and its forecast. "
            f"Median error of the time to the limit: "
            f"{100 * statistics.median(map(error, seen)):.1f} %.\n\n" + tables(parts, seen))
    return goals, text

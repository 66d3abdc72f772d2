# SPDX-License-Identifier: Apache-2.0
"""The verdict on one series: recall, false alarms, classes, intervals; the naive rules beside it."""
from collections import namedtuple

import harness
from accuracy_counts import Goal, Share, judged

RULES = ["last hour > 1.1 x first", "OLS slope", "OLS after 25 %, > 1 %/day", "Mann-Kendall",
         "MK, Hamed-Rao", "MK, TFPW", "predict_linear 2x", "OLS 6 h, r2 > .8"]
HOURS = 48
NEEDS_LOAD = ("diurnal", "load ramp")
NEAR_UNIT_ROOT = ("AR .99", "AR .998")
GROWTH = ("growth", "staircase")
# What a family may rightly be called; of the sums of two only whether they grow is counted.
CLASSES = {"constant": ("stable",), "AR .5": ("stable",), "AR .9": ("stable",),
           "AR .99": ("stable",), "AR .998": ("stable",), "huge pages": ("stable",),
           "bursts": ("stable", "periodic"), "diurnal": ("follows load", "periodic", "stable"),
           "load ramp": ("follows load", "stable"), "sawtooth": ("periodic", "stable"),
           "compaction": ("periodic", "stable"), "warm-up": ("warm-up",),
           "cache fill": ("warm-up",), "steps": ("step", "stable"),
           "config reload": ("step", "stable"), "ratchet": ("ratchet", "warm-up", "step", "stable")}

Case = namedtuple("Case", "family overlay rise has_load growth_class slope truth low high seconds rules")


def read(fields):
    return Case(fields[0], fields[1], float(fields[2]), fields[3] == "1", fields[4],
                *map(float, fields[5:10]), [field == "1" for field in fields[10:]])


def flags(case):
    """seep, then the naive rules."""
    return [case.growth_class in GROWTH] + case.rules


def families(case):
    return case.family.split(" + ")


def has_what_it_needs(case):
    return case.has_load or not any(family in NEEDS_LOAD for family in families(case))


def shares(cases):
    return [Share(column).brief() for column in zip(*map(flags, cases))] if cases else []


def tables(healthy, leaks):
    head = ["seep"] + RULES
    rows = []
    for family in CLASSES:
        for has_load in (True, False):
            some = [case for case in healthy if case.family == family and case.has_load == has_load]
            if some:
                load = ", load known" if has_load else ", load unknown" if family in NEEDS_LOAD else ""
                rows.append([family + load, str(len(some))] + shares(some))
    pairs = [case for case in healthy if " + " in case.family]
    rows.append(["sums of two", str(len(pairs))] + shares(pairs))
    rows.append(["all", str(len(healthy))] + shares(healthy))
    text = ("### False alarms\n\nShare of healthy runs of 48 h that are called growth.\n\n" +
            harness.markdown(["family", "runs"] + head, rows))
    rows = []
    for rise in sorted({case.rise for case in leaks}):
        some = [case for case in leaks if case.rise == rise and case.overlay != "stops"]
        rows.append([f"{100 * rise:g} %", str(len(some))] + shares(some))
    text += ("\n### Recall\n\nShare of leaks that are called growth, by their rise in 48 h as a share of "
             "the level, over all families and kinds of leak. A rise below 2 % is not worth a "
             "report, by design.\n\n" + harness.markdown(["rise", "runs"] + head, rows))
    rows = []
    for overlay in sorted({case.overlay for case in leaks}):
        rows.append([overlay] + [Share(flags(case)[0] for case in leaks if case.overlay == overlay and
                                       case.rise == rise).brief()
                                 for rise in sorted({case.rise for case in leaks})])
    return text + "\nBy kind (what stops is not growing when the run ends):\n\n" + harness.markdown(
        ["kind"] + [f"{100 * rise:g} %" for rise in sorted({case.rise for case in leaks})], rows)


def measure(build, split, cases):
    harness.progress(f"series: {cases} cases of each kind")
    all_cases = [read(fields) for fields in
                 judged(build, "seep_bench_accuracy_series", [split, str(cases)])]
    healthy = [case for case in all_cases if case.overlay == "-"]
    leaks = [case for case in all_cases if case.overlay not in ("-", "hole")]
    holes = [case for case in all_cases if case.overlay == "hole"]
    growing = [case for case in leaks if case.overlay != "stops" and has_what_it_needs(case)]
    known = [case for case in healthy if has_what_it_needs(case)]
    singles = [case for case in known if " + " not in case.family]

    def recall(least, most, without=()):
        return Share(flags(case)[0] for case in growing if least <= case.rise <= most and
                     not any(family in without for family in families(case)))
    # As many healthy runs as leaks that matter.
    matter = [case for case in growing if case.rise >= 0.1]
    alarms = Share(flags(case)[0] for case in known)
    precision = Share([True] * round(Share(flags(case)[0] for case in matter).value * 1000) +
                      [False] * round(alarms.value * 1000))
    found = Share(flags(case)[0] for case in matter).value
    best_naive = min((Share(case.rules[rule] for case in known).value for rule in range(len(RULES))
                      if Share(case.rules[rule] for case in matter).value >= found), default=1)
    steady = [case for case in growing if case.overlay in ("per time", "per request")]
    goals = [
        Goal("G1", "precision of growth, as many healthy runs as leaks of 10 % and more", precision,
             True, 0.97),
        Goal("G2", "recall, rise of 20 % and more in 48 h", recall(0.2, 9), True, 0.95),
        Goal("G2", "recall, rise of 50 % and more", recall(0.5, 9), True, 0.99),
        Goal("G3", "recall, rise of 10 %, without noise near a unit root",
             recall(0.1, 0.1, NEAR_UNIT_ROOT), True, 0.9),
        Goal("G4", "false alarms per 1000 h of runs, load known", alarms, False, 0.3, 1000 / HOURS),
        Goal("G7", "false alarms, as a share of those of the best naive rule with as good a recall", alarms, False, 1 / 7,
             1 / best_naive if best_naive else 1),
        Goal("G8", "right class, healthy families and leaks of 20 % and more", Share(
            [case.growth_class in CLASSES[case.family] for case in singles] +
            [flags(case)[0] for case in growing if case.rise >= 0.2]), True, 0.9),
        Goal("G11", "95 % interval of the slope holds the truth, steady leaks", Share(
            case.low <= case.truth <= case.high for case in steady), True, 0.9),
        Goal("G15", "a hole in the data is never a pass", Share(
            case.growth_class == "insufficient data" for case in holes), True, 1),
    ]
    slow = max(case.seconds for case in all_cases)
    text = (f"## Series\n\nRuns of 48 h with a value a minute; {len(all_cases)} judged, "
            f"{1000 * sum(case.seconds for case in all_cases) / len(all_cases):.0f} ms each, "
            f"{1000 * slow:.0f} ms at most. Where a load makes the series, cases are judged with the "
            f"load known and unknown.\n\n" + tables(healthy, leaks))
    return goals, text

# SPDX-License-Identifier: Apache-2.0
"""Drift of latency, throughput and errors: false alarms, recall; memory that follows a load."""
from collections import namedtuple

import harness
from accuracy_counts import Share, judged

METRICS = ("p50", "p95", "p99", "throughput", "errors")
# Whether a service would have been slower at the same load is not known when the load only rises.
RAMP = "load ramp, queue"
GROWTH = ("growth", "staircase")
# A case of drift takes as long as one of a series, and there are five series in each.
SHARE_OF_CASES = 2

Case = namedtuple("Case", "family kind rise hours flags low high seconds")


def read(fields):
    return Case(fields[1], fields[2], float(fields[3]), float(fields[4]), dict(zip(METRICS, fields[5:10])),
                *map(float, fields[10:13]))


def drifts(case, metrics=METRICS):
    return any(case.flags[metric] == "1" for metric in metrics)


def per_1000_hours(cases):
    hours = sum(case.hours for case in cases)
    return f"{1000 * sum(map(drifts, cases)) / hours:.2f}" if hours else "-"


def measure(build, split, cases):
    cases = max(36, cases // SHARE_OF_CASES)
    harness.progress(f"load: {cases} healthy services and as many that drift")
    lines = judged(build, "seep_bench_accuracy_load", [split, str(cases)])
    all_cases = [read(fields) for fields in lines if fields[0] == "drift"]
    memory = [fields for fields in lines if fields[0] == "memory"]
    healthy = [case for case in all_cases if case.kind == "none"]
    slow = sum(case.seconds for case in all_cases) / len(all_cases)
    text = ("## Load\n\n"
            f"{len(healthy)} healthy services and {len(all_cases) - len(healthy)} that drift, runs of 1, 4, 24 and 48 h, 20 to 1000 "
            f"requests a second, {1000 * slow:.0f} ms each. Seeds from 30, 31 and 32 million for `tuning`, `validation` "
            "and `sealed`; those that drift half a million later. Reproduced alone by `bench/accuracy --only load`.\n\n"
            "### False alarms of drift\n\nHealthy runs of which anything is called drift, each with five series.\n\n")

    def row(name, some):
        return [name, str(len(some)), str(Share(map(drifts, some))), per_1000_hours(some)] + [
            Share(case.flags[metric] == "1" for case in some).brief() for metric in METRICS]
    rows = [row(family, [case for case in healthy if case.family == family])
            for family in sorted({case.family for case in healthy})]
    rows += [row(f"runs of {hours:g} h", [case for case in healthy if case.hours == hours])
             for hours in sorted({case.hours for case in healthy})]
    rows.append(row("all", healthy))
    text += harness.markdown(["services", "runs", "alarms", "in 1000 h"] + list(METRICS), rows)

    text += ("\n### Recall of drift\n\nShare of runs that are called drift by a metric that shows it. A rise is that of 24 h, in shorter runs that of the "
             "whole; of errors a tenth of it is the share of all answers that fail more. What matters: 5 % of p50, 10 % "
             "of p95 and p99, 0.1 % of the answers.\n\n")
    shows = {"all": ("p50", "p95", "p99"), "tail": ("p99",), "errors": ("errors",)}
    rows = []
    rises = sorted({case.rise for case in all_cases if case.rise})
    for kind, metrics in shows.items():
        some = [case for case in all_cases if case.kind == kind]
        ramps = [case for case in some if case.family == RAMP]
        some = [case for case in some if case.family != RAMP]
        for name, part in [(kind, some)] + [
                (f"{kind}, {hours:g} h", [case for case in some if case.hours == hours])
                for hours in sorted({case.hours for case in some})] + [(f"{kind}, under a load that only rises", ramps)]:
            rows.append([name] + [
                f"{share.brief()} of {share.of}" for share in
                [Share(drifts(case, metrics) for case in part if case.rise == rise) for rise in rises]])
    text += harness.markdown(["drift"] + [f"{100 * rise:g} %" for rise in rises], rows)

    rows = []
    for family in sorted({fields[1] for fields in memory}):
        for hours in sorted({float(fields[2]) for fields in memory}):
            some = [fields for fields in memory if fields[1] == family and float(fields[2]) == hours]
            if some:
                rows.append([f"{family}, {hours:g} h"] + [
                    str(Share(fields[i] in GROWTH for fields in some)) for i in (3, 4)])
    rows.append(["all"] + [str(Share(fields[i] in GROWTH for fields in memory)) for i in (3, 4)])
    text += ("\n### Memory that follows a load\n\nHealthy processes whose memory rises and falls with the load, "
             "called growth without the load and with it (requests counted in windows of a minute).\n\n" +
             harness.markdown(["memory", "load not known", "load known"], rows))
    return [], text

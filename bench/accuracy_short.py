# SPDX-License-Identifier: Apache-2.0
"""The verdict on one series of a short run, beside the best of the naive rules. No goals: what to expect."""
import harness
from accuracy_counts import Share, judged
from accuracy_series import RULES, flags, has_what_it_needs, read

RUNS = [("2 min", 2 / 60), ("10 min", 10 / 60), ("1 h", 1)]
RISES = (0.1, 0.2, 0.5)
FULL_ROUND = 896  # every family with every leak


def row(name, rule, healthy, growing, steady):
    cells = [name, Share(flags(case)[rule] for case in healthy).brief()]
    cells += [Share(flags(case)[rule] for case in growing if case.rise == rise).brief() for rise in RISES]
    return cells + [str(Share(case.low <= case.truth <= case.high for case in steady)) if rule == 0 else "-"]


def best_rule(healthy, growing):
    """Of those that find as much as seep the one with the fewest false alarms; else the best balance."""
    def found(rule):
        return Share(flags(case)[rule] for case in growing if case.rise in RISES).value

    def alarms(rule):
        return Share(flags(case)[rule] for case in healthy).value
    rules = range(1, len(RULES) + 1)
    return min((rule for rule in rules if found(rule) >= found(0)), key=alarms,
               default=max(rules, key=lambda rule: found(rule) - alarms(rule)))


def measure(build, split, cases):
    # The smoke test asks whether it runs; more than one round of each costs minutes.
    cases = cases // 4 if cases < FULL_ROUND else FULL_ROUND
    rows = []
    for name, hours in RUNS:
        harness.progress(f"series of {name}: {cases} cases of each kind")
        all_cases = [case for case in map(read, judged(build, "seep_bench_accuracy_series",
                                                       [split, str(cases), "--hours", f"{hours:.6f}"]))
                     if has_what_it_needs(case)]
        healthy = [case for case in all_cases if case.overlay == "-"]
        growing = [case for case in all_cases if case.overlay not in ("-", "hole", "stops")]
        steady = [case for case in growing if case.overlay in ("per time", "per request")]
        best = best_rule(healthy, growing)
        rows.append(row(f"{name}: seep", 0, healthy, growing, steady))
        rows.append(row(f"{name}: {RULES[best - 1]}", best, healthy, growing, steady))
    head = ["run", "false alarms"] + [f"recall, {100 * rise:g} %" for rise in RISES]
    return [], (f"## Short runs of one series\n\nA value a second; {cases} cases of each kind, load known, the shapes of 48 h "
                "in less time. Beside seep the naive rule with the fewest false alarms among those that "
                "find as much of the leaks of 10 % to 50 %, or with the best balance where none does. "
                "Shares of healthy runs and of leaks; the interval is the 95 % one of the slope, for steady leaks.\n\n" +
                harness.markdown(head + ["interval holds the slope"], rows))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Policies: limits, suppressions and their first adoption, on zoo programs.

Usage: test_policy.py BIN_DIR [WORD ...]. Runs of 45 s, side by side; what a policy says of a run
that is stored is asked by `seep report`.
"""
import datetime
import os
import re

from harness import GROWTH, INCONCLUSIVE, PASS, USAGE, SeepTest, main, zoo

DURATION_S = 45
LIMIT = 13
SUPPRESSION = """
[[suppression]]
{what}
reason = "known"
owner = "the team"
expires = {expires}
{rate}
"""


class Policy(SeepTest):
    def policy(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def suppressing(self, name, what, rate="", days=30):
        expires = datetime.date.today() + datetime.timedelta(days)
        return self.policy(name, SUPPRESSION.format(what=what, expires=expires, rate=rate))

    def content(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def start_run(self, name, command, *options):
        """A database for each: they run at the same time."""
        return self.start_seep("run", "--gate", "--json", "--interval", "16KiB", "--duration",
                               f"{DURATION_S}s", "--db", self.path(name), *options, "--", *command)

    def report(self, name, *options):
        """Exit status and report of a stored run."""
        status, seep = self.seep("report", "--json", "--db", self.path(name), *options)
        return status, seep.json()

    def accept(self, name, *options):
        status, seep = self.seep("baseline", "accept", "latest", "--db", self.path(name), *options)
        self.assertEqual(status, PASS, seep.err)
        return seep

    def functions(self, report):
        """Of the growing stacks: (innermost function, is it suppressed)."""
        names = [stack["frames"][0]["function"].replace("(anonymous namespace)", "anonymous")
                 for stack in report["stacks"]]
        return [(name.split("(")[0].split("::")[-1], stack["suppressed"])
                for name, stack in zip(names, report["stacks"])]

    def states(self, report, kind):
        return {one["name"] if kind == "limits" else one["line"]: one["state"]
                for one in report["policy"][kind]}

    def test_leaks(self):
        """A known leak passes; faster, or with another beside it, it does not."""
        leak = {"known": "--rate 512KiB", "again": "--rate 512KiB --seed 7",
                "faster": "--rate 2MiB", "beside": "--rate 512KiB --also 40KiB"}
        runs = {name: self.start_run(name, zoo("leak", f"--seconds 0 {options}"))
                for name, options in leak.items()}
        for name, run in runs.items():
            self.assertEqual(run.wait(), GROWTH, f"{name}: {run.err}")

        # First adoption keeps what is in the file, and does nothing the second time.
        self.policy("p.toml", "# ours\n[limits]\npeak_rss = \"4GiB\"  # of the smallest host\n")
        policy = ("--policy", self.path("p.toml"))
        self.accept("known", *policy, "--owner", "the \"team\"", "--expires", "30d")
        accepted = self.content("p.toml")
        self.assertTrue(accepted.startswith("# ours\n[limits]\npeak_rss = \"4GiB\"  # of the"))
        self.assertEqual(accepted.count("[[suppression]]"), 1, accepted)
        self.assertIn("LeakRequestBuffer", accepted)
        self.assertIn('owner = "the \\"team\\""', accepted)
        seep = self.accept("known", *policy, "--expires", "60d")
        self.assertIn("already", seep.err)
        self.assertEqual(self.content("p.toml"), accepted)
        self.note(accepted)
        self.check_known(policy)
        self.check_stale(accepted)

        status, report = self.report("faster", *policy)
        self.note(report["verdict"]["summary"])
        self.assertEqual(status, GROWTH)
        self.assertEqual(self.functions(report), [("LeakRequestBuffer", False)])
        self.assertEqual(self.states(report, "suppressions"), {6: "outgrown"})
        self.assertIn("p.toml:6: grows by", report["verdict"]["summary"])
        # To accept what outgrew its suppression is a change to that one, by a person.
        status, seep = self.seep("baseline", "accept", "--db", self.path("faster"), *policy)
        self.assertEqual(status, USAGE)
        self.assertOneLine(seep, "p.toml:6:", "faster than", "change or remove it")
        self.assertEqual(self.content("p.toml"), accepted)

        status, report = self.report("beside", *policy)
        self.note(report["verdict"]["summary"])
        self.assertEqual(status, GROWTH)
        self.assertEqual(self.functions(report)[:1], [("LeakSession", False)])
        self.assertIn(("LeakRequestBuffer", True), self.functions(report))
        # Accepted, it is known as well.
        self.accept("beside", *policy)
        self.assertTrue(self.content("p.toml").startswith(accepted))
        self.assertEqual(self.content("p.toml").count("[[suppression]]"), 2)
        self.assertEqual(self.report("beside", *policy)[0], PASS)

    def check_known(self, policy):
        for name in ("known", "again"):
            status, report = self.report(name, *policy)
            self.note(f"{name}: {report['verdict']['summary']}")
            self.assertEqual(status, PASS, report["verdict"])
            self.assertEqual(report["verdict"]["class"], "growth")
            self.assertEqual(self.functions(report), [("LeakRequestBuffer", True)])
            findings = [one for one in report["series"] if one["is_finding"]]
            self.assertTrue(findings and all(one["suppressed"] for one in findings), findings)
        status, seep = self.seep("report", "--db", self.path("again"), *policy)
        self.assertEqual(status, PASS)
        self.assertRegex(seep.out, r"suppressed:\s+known growth")

    def check_stale(self, accepted):
        """Broken limits, unmeasured ones, expired suppressions: none of them passes."""
        for change, expected in (((r"4GiB", "4MiB"), LIMIT),
                                 ((r'peak_rss = "4GiB"', 'p95 = "1s"'), INCONCLUSIVE),
                                 ((r"expires = \S+", "expires = 2020-01-01"), GROWTH),
                                 ((r"rate_per_hour = .*", 'rate_per_hour = "1MiB"'), GROWTH)):
            file = self.policy("changed.toml", re.sub(*change, accepted))
            status, report = self.report("again", "--policy", file)
            self.note(f"{change[1]}: {report['verdict']['summary']}")
            self.assertEqual(status, expected, report["verdict"])
        file = self.suppressing("other.toml", 'fingerprint = "0123456789abcdef"')
        self.assertEqual(self.report("again", "--policy", file)[0], GROWTH)

    def test_descriptors(self):
        """What has no stack is known by its series."""
        run = self.start_run("fds", zoo("fd_leak", "--seconds 0 --rate 5"))
        self.assertEqual(run.wait(), GROWTH, run.err)
        self.accept("fds", "--policy", self.path("p.toml"), "--reason", "SHOP-1")
        self.note(self.content("p.toml"))
        self.assertRegex(self.content("p.toml"), r'metric = "fds"\nreason = "SHOP-1"')
        self.assertEqual(self.report("fds", "--policy", self.path("p.toml"))[0], PASS)
        slow = re.sub(r"rate_per_hour = \d\S+", "rate_per_hour = 9000", self.content("p.toml"))
        status, report = self.report("fds", "--policy", self.policy("slow.toml", slow))
        self.assertEqual(status, GROWTH, report["verdict"])

    def test_limits(self):
        """A run under a policy: what was measured is held to it, what was not is no pass."""
        policy = self.policy("p.toml", '[limits]\npeak_rss = "1MiB"\nthreads = 64\n')
        run = self.start_run("healthy", zoo("leak", "--seconds 0 --rate 0"), "--policy", policy)
        self.assertEqual(run.wait(), LIMIT, run.err)
        self.assertEqual(self.states(run.json(), "limits"),
                         {"peak_rss": "broken", "threads": "held"})
        summary = run.json()["verdict"]["summary"]
        self.note(summary)
        self.assertRegex(summary, r"^Limits broken: peak_rss \([\d.]+ MiB, at most 1.00 MiB\)\.$")
        for text, expected in (('[limits]\npeak_rss = "1GiB"\nfds = 500\ncpu = 2\n', PASS),
                               ('[limits]\np95 = "250ms"\n', INCONCLUSIVE),
                               ('[relative]\nmemory_growth = "10%"\n', INCONCLUSIVE),
                               ('[[stack]]\nfunction = "RenderPage"\nlive = "1KiB"\n', LIMIT),
                               ('[[stack]]\nfunction = "nowhere"\nlive = "1KiB"\n', PASS)):
            status, report = self.report("healthy", "--policy", self.policy("q.toml", text))
            self.note(report["verdict"]["summary"])
            self.assertEqual(status, expected, f"{text}: {report['verdict']}")
        expired = self.suppressing("expired.toml", 'metric = "fds"', days=0)
        self.assertEqual(self.report("healthy", "--policy", expired)[0], INCONCLUSIVE)
        # Nothing grows: nothing to accept, and no file.
        status, seep = self.seep("baseline", "accept", "--db", self.path("healthy"), "--policy",
                                 self.path("none.toml"))
        self.assertEqual(status, PASS)
        self.assertIn("nothing to accept", seep.err)
        self.assertFalse(os.path.exists(self.path("none.toml")))

    def test_damaged_file(self):
        """Refused with its line before the target is started."""
        policy = self.policy("p.toml", '[limits]\npeak_rs = "1GiB"\np95 = 250\n')
        target = ["touch", self.path("started")]
        for command in (["run", "--policy", policy, "--", *target],
                        ["attach", str(os.getpid()), "--no-inject", "--policy", policy],
                        ["policy", "--check", policy]):
            status, seep = self.seep(*command)
            self.assertEqual(status, USAGE, seep.err)
            lines = seep.err.splitlines()
            self.assertEqual(len(lines), 2, seep.err)
            self.assertRegex(lines[0], r"p\.toml:2:1: limits\.peak_rs: .*'peak_rss' meant")
            self.assertRegex(lines[1], r"p\.toml:3:7: limits\.p95: .*250ms")
        self.assertFalse(os.path.exists(self.path("started")))
        status, seep = self.seep("run", "--policy", self.path("missing"), "--", *target)
        self.assertEqual(status, USAGE)
        self.assertOneLine(seep, "missing", "No such file")

    def test_stop_early(self):
        """It would end at the growth that is known."""
        status, seep = self.seep("run", "--stop-early", "--duration", "45s", "--policy",
                                 self.suppressing("p.toml", 'metric = "fds"'), "--",
                                 "touch", self.path("started"))
        self.assertEqual(status, USAGE)
        self.assertOneLine(seep, "p.toml", "--stop-early")
        self.assertFalse(os.path.exists(self.path("started")))

    def test_check(self):
        policy = self.suppressing("p.toml", 'metric = "fds"')
        status, seep = self.seep("policy", "--check", policy)
        self.assertEqual((status, seep.err), (PASS, ""))
        self.assertIn("0 limits, 1 suppressions", seep.out)
        status, seep = self.seep("policy", "--check", self.suppressing("q.toml", 'metric = "fds"',
                                                                       days=-1))
        self.assertEqual(status, INCONCLUSIVE)
        self.assertOneLine(seep, "q.toml:2:", "expired", "the team")


if __name__ == "__main__":
    main(concurrency=8)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Answers that become slower under the same load: a finding of its own, exit code 13; together with a leak one
finding, the leak first. A service whose answers stay as they are passes.

Usage: test_drift.py BIN_DIR [WORD ...]. Tests go side by side.
"""
import os
import re
import signal
import sys

from agent_harness import AgentTest
from harness import GROWTH, PASS, children, free_port, has_program, main, read_bytes, wait_until

SERVICE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "load_service.py")
DRIFT = 13
ASKED_S = 60
SLOWER = ["--slower", "0.01"]  # a second: 20 ms become 32 in a minute
CONNECTIONS, EACH_PER_S = 4, 15  # no answer takes so long that less could be asked


class Drift(AgentTest):
    def setUp(self):
        super().setUp()
        if not has_program("hey"):
            self.skipTest("hey is not installed")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/metrics"
        self.csv = self.path("hey.csv")

    def service(self, *options):
        return [sys.executable, SERVICE, str(self.port), *options]

    def start_asking(self, seconds):
        """The same load all the time."""
        listens = f"0100007F:{self.port:04X} 00000000:0000 0A".encode()
        wait_until(lambda: listens in read_bytes("/proc/net/tcp"), 40, "the service")
        return self.start(["sh", "-c", f"exec hey -z {seconds}s -c {CONNECTIONS} -q {EACH_PER_S} -o csv "
                                       f"http://127.0.0.1:{self.port}/good > {self.csv}"])

    def watch(self, *options):
        """A service that is asked for a minute, under `seep run --gate`: (exit status, report, the same as
        text)."""
        seep = self.start_seep("run", "--gate", "--json", "--tick", "200ms", "--snapshot", "1s", "--load",
                               self.url, "--load", "hey:" + self.csv, "--", *self.service(*options))
        hey = self.start_asking(ASKED_S)
        self.assertEqual(hey.wait(ASKED_S + 60), 0, hey.err)
        os.kill(children(seep.pid)[0], signal.SIGTERM)
        status = seep.wait()
        text = self.seep("report", "1")[1].out
        found = seep.json()
        self.assertEqual(found["verdict"]["exit_code"], status)
        self.note(found["verdict"]["summary"])
        return status, found, text

    def median_of(self, found):
        """Of all answers together, as hey tells them."""
        return next(each for each in found["series"] if each["metric"] == "latency_p50" and
                    each["source"] == "hey:" + self.csv and each["operation"] == "")

    def assertBecameSlower(self, median):
        """From 20 ms and what the way there takes to 32, of which warm-up may have had the first."""
        self.assertEqual(median["class"], "drift")
        drift = median["drift"]
        self.assertTrue(0.019 < drift["from"] < drift["to"] < 0.060, drift)
        self.assertTrue(0.15 < drift["change_seen"] < 0.75, drift)

    def test_answers_that_become_slower(self):
        status, found, text = self.watch(*SLOWER)
        self.assertEqual(status, DRIFT, text)
        self.assertEqual(found["verdict"]["class"], "drift")
        self.assertRegex(found["verdict"]["summary"],
                         r"^Drift: .*answers become slower: half of them took at most [\d.]+ ms at first "
                         r"and [\d.]+ ms at last, \d+ % more in \d+s")
        self.assertBecameSlower(self.median_of(found))
        self.assertEqual(found["stacks"], [])
        self.assertRegex(text, r"How fast +p50: \d+ % more in \d+s; the data allow \d+ % to \d+ %")
        self.assertRegex(text, "Its memory +does not grow")
        self.assertRegex(text, r"Not judged +(p50: .*\n +)?p95: \d+ answers, at least 24000 needed")

    def test_answers_that_stay_as_they_are(self):
        status, found, text = self.watch()
        self.assertEqual(status, PASS, text)
        # They were judged, and a drift like the one above could not have been hidden.
        self.assertEqual(self.median_of(found)["class"], "stable", text)
        self.assertRegex(text, r"What drifts +nothing that was judged; p50 that rises by [\d.]+ % in \d+s "
                               r"would\s+have been\s+found")

    def test_a_leak_whose_answers_become_slower_is_one_finding(self):
        status, found, text = self.watch(*SLOWER, "--keep", "20000")
        self.assertEqual(status, GROWTH, text)
        self.assertEqual(found["verdict"]["class"], "growth")
        self.assertRegex(found["verdict"]["summary"],
                         "^Growth: .* With it answers become slower: half of them took")
        self.assertBecameSlower(self.median_of(found))
        # Constant load explains no growth; it puts a figure on it.
        grows = {each["metric"]: each["per_million_requests"] for each in found["series"]
                 if each["is_finding"] and each["metric"] in ("heap_live", "rss_swap")}
        self.assertTrue(grows, text)
        for metric, per_million in grows.items():
            self.note(f"{metric}: {per_million / 1e6:.0f} kB by 1000 requests that keep 20,000 kB")
            self.assertAlmostEqual(per_million, 20e9, delta=8e9)
        self.assertLess(text.index("What grew"), text.index("What drifts"))

    def test_a_service_of_the_daemon(self):
        port = free_port()
        self.start(self.service(*SLOWER))
        agent = self.start_agent(
            f'[[target]]\nname = "slow"\ncmdline = "load_service.py {self.port}"\n'
            f'[[target.load]]\nendpoint = "{self.url}"\n', listen=f"127.0.0.1:{port}")
        self.start_asking(3 * ASKED_S)
        wait_until(lambda: 'seep_service_verdict{service="slow",class="drift"} 1' in
                   self.ask(port, "/metrics")[1], 2 * ASKED_S, "the verdict")
        metrics = self.ask(port, "/metrics")[1]
        labels = f'service="slow",source="{self.url}"'

        def told(name, more=""):
            return float(re.search(re.escape(f"{name}{{{labels}{more}}} ") + "(.*)", metrics).group(1))
        self.assertEqual(told("seep_service_drift", ',metric="latency_p50"'), 1)
        self.assertGreater(told("seep_service_drift_ratio", ',metric="latency_p50"'), 0.1)
        self.assertAlmostEqual(told("seep_service_requests_per_second"),
                               CONNECTIONS * EACH_PER_S, delta=15)
        self.assertTrue(0.02 < told("seep_service_latency_p50_seconds") <=
                        told("seep_service_latency_p99_seconds") < 0.5, metrics)
        self.assertEqual(told("seep_service_error_ratio"), 0)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS, agent.err)
        status, seep = self.seep("report", "--json", "slow")
        self.assertEqual(status, DRIFT, seep.out[:800])
        summary = seep.json()["verdict"]["summary"]
        self.note(summary)
        self.assertTrue(re.search("answers become slower: half of them took", summary), summary)


if __name__ == "__main__":
    main(concurrency=4)

# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a target that leaks: OpenMetrics is understood, the alerts fire, each
query of the dashboard has an answer.

By hand: python3 tests/agent/serve/test_prometheus.py BIN_DIR [unittest words]
"""
import json
import sys
import tempfile
import unittest

from example_server import ExampleServer
from processes import wait_until
from prometheus import Prometheus, text_of

TOKEN = "0123456789abcdef"


class Scraped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="seep-prometheus-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server = ExampleServer("--token", TOKEN, LD_PRELOAD="libjemalloc.so.2")
        cls.addClassCleanup(cls.server.stop)
        cls.prometheus = Prometheus(cls.folder.name, cls.server.port, TOKEN)
        cls.addClassCleanup(cls.prometheus.stop)
        wait_until(lambda: cls.prometheus.query("count_over_time(up[1m]) >= 8"), 60, "8 scrapes")

    def test_the_scrape_is_whole_and_is_open_metrics(self):
        target = self.prometheus.api("targets")["activeTargets"][0]
        self.assertEqual((target["health"], target["lastError"]), ("up", ""))
        told = {each["metric"]: each for each in self.prometheus.api("targets/metadata")}
        # The older format has neither units nor infos.
        self.assertEqual(told["seep_target_heap_live_bytes"]["unit"], "bytes")
        self.assertEqual(told["seep_target"]["type"], "info")
        self.assertEqual(told["seep_agent_cpu_seconds"]["type"], "counter")
        # Labels come through as they went in.
        self.assertEqual(self.prometheus.query('seep_target_info{service="shop"}')[0]["metric"]["exe"],
                         '/usr/bin/shop "beta"')

    def test_the_leak_is_seen_and_alerted(self):
        slope = self.prometheus.query('deriv(seep_target_heap_live_bytes{service="shop"}[1m])')
        self.assertAlmostEqual(float(slope[0]["value"][1]) / (1 << 20), 1, delta=0.2)

        expected = {("SeepLeak", "shop"), ("SeepStackGrows", "shop"), ("SeepMemoryLimitNear", "shop"), ("SeepDrift", "search"),
                    ("SeepProbeInactive", "mail"), ("SeepBreakerOpen", None)}
        wait_until(lambda: expected <= self.prometheus.firing(), 30, f"{expected}")
        self.assertEqual(self.prometheus.firing(), expected)

    def test_each_query_of_the_dashboard_has_an_answer(self):
        values = {"$instance": ".*", "$service": ".*", "$__rate_interval": "1m"}
        asked = 0
        for panel in json.loads(text_of("grafana", "seep.json"))["panels"]:
            for target in panel.get("targets", []):
                expression = target["expr"]
                for name, value in values.items():
                    expression = expression.replace(name, value)
                self.assertTrue(self.prometheus.query(expression), (panel["title"], expression))
                asked += 1
        self.assertGreater(asked, 20)


if __name__ == "__main__":
    del sys.argv[1:2]
    unittest.main()

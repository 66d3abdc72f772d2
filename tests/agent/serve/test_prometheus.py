# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a target that leaks: OpenMetrics is understood, the alerts fire, each
query of the dashboard has an answer.

By hand: python3 tests/agent/serve/test_prometheus.py BIN_DIR [unittest words]
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from example_server import ExampleServer
from processes import free_port, plain_environment, wait_until

DEPLOY = os.path.join(os.path.dirname(__file__), "..", "..", "..", "deploy")
TOKEN = "0123456789abcdef"
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
scrape_configs:
  - job_name: seep
    authorization: {{credentials: {token}}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def text_of(*path):
    with open(os.path.join(DEPLOY, *path), encoding="utf-8") as file:
        return file.read()


class Prometheus:
    """On a free port of loopback, in a folder of its own; ended by its pid."""

    def __init__(self, folder, target_port):
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(port=target_port, token=TOKEN))
        with open(os.path.join(folder, "rules.yml"), "w", encoding="utf-8") as file:
            file.write(re.sub(r"for: \w+", "for: 2s", text_of("prometheus", "seep.rules.yml")))
        self.port = free_port()
        with open(os.path.join(folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=log, cwd=folder, env=plain_environment())

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def api(self, path, **query):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            if error.code == 503:  # starting
                return {}
            raise AssertionError(f"{query}: {error.read().decode()}") from error
        except OSError:  # not up yet
            return {}

    def query(self, expression):
        return self.api("query", query=expression).get("result", [])


class Scraped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="seep-prometheus-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.server = ExampleServer("--token", TOKEN, LD_PRELOAD="libjemalloc.so.2")
        cls.addClassCleanup(cls.server.stop)
        cls.prometheus = Prometheus(cls.folder.name, cls.server.port)
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

        def firing():
            alerts = self.prometheus.api("alerts")["alerts"]
            return {(alert["labels"]["alertname"], alert["labels"].get("service"))
                    for alert in alerts if alert["state"] == "firing"}
        expected = {("SeepLeak", "shop"), ("SeepStackGrows", "shop"), ("SeepMemoryLimitNear", "shop"),
                    ("SeepProbeInactive", "mail"), ("SeepBreakerOpen", None)}
        wait_until(lambda: expected <= firing(), 30, f"{expected}")
        self.assertEqual(firing(), expected)

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

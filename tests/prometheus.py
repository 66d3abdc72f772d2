# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus with the alert rules of deploy/, for tests of what seep exports."""
import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from processes import free_port, plain_environment

DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "deploy")
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
    """On a free port of loopback, in a folder of its own; ended by its pid. Alerts wait for 2 s only."""

    def __init__(self, folder, target_port, token):
        with open(os.path.join(folder, "prometheus.yml"), "w", encoding="utf-8") as file:
            file.write(CONFIG.format(port=target_port, token=token))
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

    def firing(self):
        """{(name of the alert, service or None)}"""
        return {(alert["labels"]["alertname"], alert["labels"].get("service"))
                for alert in self.api("alerts").get("alerts", []) if alert["state"] == "firing"}

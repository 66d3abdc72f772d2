# SPDX-License-Identifier: Apache-2.0
"""What is exported, what docs/prometheus.md says, what rules and dashboard ask for: one set of names.

By hand: python3 tests/agent/serve/test_contract.py BIN_DIR [unittest words]
"""
import json
import os
import re
import subprocess
import sys
import unittest

from example_server import EXAMPLE

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
RULES = os.path.join(ROOT, "deploy", "prometheus", "seep.rules.yml")
DASHBOARD = os.path.join(ROOT, "deploy", "grafana", "seep.json")
NAME = re.compile(r"\bseep_(?:agent|service|target|stack)_[a-z0-9_]+\b")


def text_of(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def printed(what):
    return subprocess.run([EXAMPLE, "--print", what], check=True, capture_output=True).stdout


def run(*command, stdin=b""):
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=60)
    return done.returncode, (done.stdout + done.stderr).decode()


class Names(unittest.TestCase):
    exported = set(printed("names").decode().split())

    def test_the_document_has_a_line_for_each_and_for_no_other(self):
        lines = set(re.findall(r"^\| (seep_\w+) \|", text_of("docs", "prometheus.md"), re.M))
        self.assertEqual(lines, self.exported)

    def test_the_document_gives_their_types(self):
        for line in text_of("docs", "prometheus.md").splitlines():
            cells = [cell.strip() for cell in line.split("|")]
            if line.startswith("| seep_"):
                is_counter = cells[1].endswith("_total")
                self.assertEqual(cells[2].split()[0], "counter" if is_counter else "gauge", line)

    def test_rules_and_dashboard_ask_for_nothing_else(self):
        for path in (RULES, RULES.replace(".yml", ".test.yml"), DASHBOARD):
            asked = set(NAME.findall(text_of(path)))
            self.assertTrue(asked)
            self.assertEqual(asked - self.exported, set(), path)


class Dashboard(unittest.TestCase):
    dashboard = json.loads(text_of(DASHBOARD))

    def test_panels_do_not_overlap_and_have_ids_of_their_own(self):
        taken = {}
        ids = [panel["id"] for panel in self.dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        for panel in self.dashboard["panels"]:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24)
            for x in range(at["x"], at["x"] + at["w"]):
                for y in range(at["y"], at["y"] + at["h"]):
                    self.assertIsNone(taken.setdefault((x, y), None), panel["title"])
                    taken[x, y] = panel["title"]

    def test_it_asks_the_data_source_that_was_chosen_and_no_unknown_variable(self):
        known = {variable["name"] for variable in self.dashboard["templating"]["list"]}
        known |= {"__rate_interval", "__all"}
        self.assertEqual(set(re.findall(r"\$\{?(\w+)", json.dumps(self.dashboard))) - known, set())
        for panel in self.dashboard["panels"]:
            for target in panel.get("targets", []):
                self.assertEqual(target["datasource"]["uid"], "${datasource}")


class Promtool(unittest.TestCase):
    def test_the_text_is_clean(self):
        for size in ("text", "large_text"):
            self.assertEqual(run("promtool", "check", "metrics", stdin=printed(size)), (0, ""))

    def test_a_flaw_would_be_seen(self):
        flawed = printed("text") + b"# TYPE x_count gauge\nx_count 1\n"
        self.assertNotEqual(run("promtool", "check", "metrics", stdin=flawed)[0], 0)

    def test_the_rules_do_what_they_say(self):
        self.assertEqual(run("promtool", "check", "rules", RULES)[0], 0)
        code, said = run("promtool", "test", "rules", RULES.replace(".yml", ".test.yml"))
        self.assertEqual(code, 0, said)

    def test_every_rule_has_a_test(self):
        alerts = set(re.findall(r"- alert: (\w+)", text_of(RULES)))
        tested = set(re.findall(r"alertname: (\w+)", text_of(RULES.replace(".yml", ".test.yml"))))
        self.assertEqual(alerts, tested)


if __name__ == "__main__":
    del sys.argv[1:2]
    unittest.main()

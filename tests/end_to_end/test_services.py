#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seep agent` on services that are more than one process: over restarts, with workers, of several
users and of one name.

Usage: test_services.py BIN_DIR [WORD ...]. All tests go side by side.
"""
import os
import shutil
import signal
import sys
import time
import unittest

from agent_harness import AgentTest
from harness import GROWTH, PASS, main, wait_until, zoo

LIVES = 4
LIFE_S = 26


class Services(AgentTest):
    def restart(self, command, lives=LIVES):
        """Lives of a service that an operator restarts."""
        for _ in range(lives):
            service = self.start_service(command)
            time.sleep(LIFE_S)
            service.send(signal.SIGKILL)
            service.wait()

    def test_a_leak_that_restarts_hide(self):
        agent = self.start_agent(judge="1h")
        self.restart(zoo("leak", "--seconds 0 --rate 1MiB"))
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        status, report = self.seep("report", "--json", "seep_zoo_leak")
        found = report.json()
        self.assertEqual(status, GROWTH, report.out[:800])
        self.assertIn("lives; a restart every", found["verdict"]["summary"])
        self.assertIn("LeakRequestBuffer", report.out)
        lineage = found["lineages"][0]
        self.assertEqual(lineage["lives"], LIVES)
        within = {one["metric"]: one for one in lineage["within"]}
        self.assertEqual(within["rss_swap"]["rising"], within["rss_swap"]["lives"])
        rate = within["rss_swap"]["slope_per_hour"] / 3600 / 2**20
        self.note(f"RSS rises by {rate:.2f} MiB/s in each life; 1 is leaked")
        self.assertTrue(0.6 < rate < 1.4, rate)

    def test_a_service_that_warms_up_after_each_restart_is_healthy(self):
        agent = self.start_agent(judge="1h")
        self.restart(zoo("cache", "--seconds 0 --rate 4MiB --cap 16MiB"))
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        _, report = self.seep("report", "--json", "seep_zoo_cache")
        found = report.json()
        self.assertEqual(found["verdict"]["exit_code"], PASS, found["verdict"]["summary"])
        self.assertEqual(found["lineages"][0]["lives"], LIVES)

    def test_processes_that_become_more(self):
        agent = self.start_agent('[[target]]\nname = "spawner"\ncmdline = "sleep 7777[7]"\n', judge="1h")
        self.start(["sh", "-c", ": sleep 77777; i=0; while [ $i -lt 60 ]; do sleep 100 & "
                                "i=$((i+1)); sleep 3; done; wait"])
        self.wait_for("spawner")
        time.sleep(70)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        status, report = self.seep("report", "--json", "spawner")
        found = report.json()
        self.assertEqual(status, GROWTH, found["verdict"]["summary"])
        self.assertIn("more processes per hour than end", found["verdict"]["summary"])
        processes = next(one for one in found["service"] if one["metric"] == "processes")
        self.assertTrue(600 < processes["slope_per_hour"] < 1800, processes)

    def test_ledgers_of_one_service_in_two_directories(self):
        folders = [self.ledgers, self.ledgers + "-workers"]
        os.mkdir(folders[1])
        try:
            services = [self.start_service(zoo("leak", "--seconds 0 --rate 1MiB"), SEEP_DIR=folder)
                        for folder in folders]
            self.start_agent(ledger_directories=folders)
            self.wait_for("seep_zoo_leak")
            heaps = ("SELECT count(DISTINCT t.pid) FROM stack s JOIN target t USING (target_id) "
                     "JOIN run USING (run_id) WHERE run.name = 'seep_zoo_leak'")
            wait_until(lambda: self.database.value(heaps) == 2, 30, "the heaps of both")
            for service in services:
                service.send(signal.SIGKILL)
                service.wait()
            wait_until(lambda: os.listdir(folders[1]) == [], 20, "their ledgers to be collected")
        finally:
            shutil.rmtree(folders[1])

    def test_what_a_killed_run_left_goes_into_that_run(self):
        seep = self.start_seep("run", "--name", "cut", "--tick", "200ms", "--snapshot", "1s", "--",
                               *zoo("leak", "--seconds 8 --rate 2MiB"))
        live = lambda: self.points_of("cut") and self.database.value("SELECT max(live_bytes) FROM stack_point")
        wait_until(lambda: (live() or 0) > 1e6, 30, "the heap")
        target = self.database.value("SELECT min(pid) FROM target JOIN run USING (run_id) WHERE name = 'cut'")
        before = live()
        seep.send(signal.SIGKILL)
        seep.wait()
        wait_until(lambda: not os.path.exists(f"/proc/{target}/exe"), 30, "the end of the target")
        ledgers = [os.path.join(self.ledgers, name) for name in os.listdir(self.ledgers)]
        self.assertEqual(len(ledgers), 1)
        long_ago = time.time() - 3600
        os.utime(ledgers[0], (long_ago, long_ago))
        self.start_agent()
        wait_until(lambda: not os.path.exists(ledgers[0]), 30, "its ledger to be collected")
        wait_until(lambda: self.database.value(
            "SELECT count(*) FROM event JOIN run USING (run_id) WHERE kind = 'post-mortem' AND name = 'cut'") == 1,
            10, "its last words")
        self.assertGreater(live(), before)
        row = self.database.rows("SELECT exe, last_seen_s - first_seen_s FROM target JOIN run USING (run_id) "
                                 "WHERE name = 'cut'")
        self.assertEqual(len(row), 1)
        self.assertTrue(row[0][0].endswith("seep_zoo_leak"), row)
        self.assertTrue(5 < row[0][1] < 30, row)  # its life, not the time until somebody looked
        self.assertEqual(self.points_of("seep_zoo_leak"), 0)

    def test_two_scripts_of_one_name(self):
        for folder in ("a", "b"):
            os.mkdir(self.path(folder))
            with open(self.path(folder + "/worker.py"), "w", encoding="utf-8") as file:
                file.write("import time\nkeep = [bytes(1000) for _ in range(20000)]\ntime.sleep(1000)\n")
        services = [self.start_service([sys.executable, self.path(folder + "/worker.py")])
                    for folder in ("a", "b")]
        names = lambda: {name: pid for name, pid in self.database.rows(
            "SELECT run.name, pid FROM run JOIN target USING (run_id) WHERE run.name LIKE 'worker%'")}
        agent = self.start_agent()
        wait_until(lambda: self.points_of("seep-agent") and len(names()) == 2, 30, "both services")
        first = names()
        self.assertIn("worker.py", first)
        self.assertEqual(set(first.values()), {service.pid for service in services})
        other = next(name for name in first if name != "worker.py")
        self.assertRegex(other, r"^worker\.py \(/.*/[ab]\)$")
        agent.send(signal.SIGTERM)
        agent.wait()
        self.start_agent()  # and the same afterwards
        self.wait_for(other, 20)
        self.assertEqual(names(), first)
        self.assertEqual(self.database.value("SELECT count(*) FROM run WHERE name LIKE 'worker%'"), 2)

    def test_children_that_nobody_has_noticed_belong_to_their_service(self):
        """Their ledgers are there before the next look for children is due."""
        program = zoo("idle")[0]
        script = ("import subprocess, sys, time\n"
                  "children = []\n"
                  "for _ in range(60):\n"
                  "    children.append(subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL))\n"
                  "    time.sleep(0.1)\n"
                  "for child in children:\n"
                  "    child.wait()\n")
        service = self.start_service([sys.executable, "-c", script, program, "--seconds", "3"])
        with open(self.path("pid"), "w", encoding="utf-8") as file:
            file.write(f"{service.pid}\n")
        self.start_agent(f'[[target]]\nname = "parent"\npid_file = "{self.path("pid")}"\n')
        self.wait_for("parent", 20)
        service.wait()
        wait_until(lambda: (self.database.value("SELECT count(*) FROM target JOIN run USING (run_id) "
                                                "WHERE run.name = 'parent'") or 0) > 30, 20, "its children")
        names = {name for name, in self.database.rows("SELECT name FROM run")}
        self.assertEqual(names, {"parent", "seep-agent"})

    @unittest.skipIf(os.geteuid() != 0, "needs another user's directory")
    def test_ended_ledgers_of_a_user_are_bounded_and_bear_his_name(self):
        folder = self.ledgers + "-nobody"
        os.mkdir(folder)
        try:
            programs = [shutil.copy(zoo("leak")[0], self.path(f"program{i}")) for i in range(12)]
            ended = [self.start_service([program, "--seconds", "1", "--rate", "4MiB"], SEEP_DIR=folder)
                     for program in programs]
            for one in ended:
                one.wait()
            self.assertEqual(len(os.listdir(folder)), 12)
            os.chown(folder, 65534, 65534)
            agent = self.start_agent(ledger_directories=[folder])
            wait_until(lambda: "are the most" in agent.err, 20, "the refusal")
            time.sleep(3)
            names = [name for name, in self.database.rows("SELECT name FROM run WHERE name LIKE 'program%'")]
            self.assertEqual(len(names), 8, names)
            for name in names:
                self.assertRegex(name, r"^program\d+ \(user nobody\)$")
            self.assertEqual(agent.err.count("are the most"), 1, agent.err)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(concurrency=8)

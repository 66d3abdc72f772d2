#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seep agent`: services are found, watched over restarts and kills, and judged.

Usage: test_agent.py BIN_DIR [WORD ...]. All tests go side by side.
"""
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import time

from agent_harness import AgentTest
from harness import FAILED, PASS, SEEP, USAGE, free_port, main, wait_until, zoo
from prometheus import Prometheus  # in a folder that the harness makes known


class Agent(AgentTest):
    def test_finds_a_service_by_its_ledger_and_judges_it(self):
        service = self.start_service(zoo("leak", "--seconds 0 --rate 1MiB"))
        agent = self.start_agent()
        self.wait_for("seep_zoo_leak")
        time.sleep(45)
        # The log has told it all along.
        self.assertIn("seep: seep_zoo_leak is watched\n", agent.err)
        self.assertRegex(agent.err, "seep: seep_zoo_leak: Growth: .*seep_zoo_leak")
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        self.assertIsNone(service.process.poll())  # it runs on
        _, report = self.seep("report", "--json", "seep_zoo_leak")
        self.assertEqual(report.json()["verdict"]["class"], "growth", report.out[:500])
        self.assertIn("LeakRequestBuffer", report.out)
        _, own = self.seep("report", "--json", "seep-agent")
        self.assertNotEqual(own.json()["verdict"]["class"], "growth", own.out[:500])

    def test_metrics_and_health_tell_of_a_leak(self):
        port = free_port()
        with open(self.path("token"), "w", encoding="utf-8") as file:
            file.write("a-secret-of-some-length\n")
        service = self.start_service(zoo("leak", "--seconds 0 --rate 1MiB"))
        agent = self.start_agent(listen=f"127.0.0.1:{port}", token_file=self.path("token"))
        wait_until(lambda: f"at port {port}" in agent.err, 10, "the server")
        self.assertEqual(self.ask(port, "/metrics")[0], 401)
        own = "a-secret-of-some-length"
        verdict = f'seep_target_verdict{{service="seep_zoo_leak",pid="{service.pid}",class="growth"}} 1'
        wait_until(lambda: verdict in self.ask(port, "/metrics", own)[1], 80, "the verdict in /metrics")
        text = self.ask(port, "/metrics", own)[1]
        self.assertIn("LeakRequestBuffer", text)
        status, health = self.ask(port, "/health/detailed", own)
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(health)["status"], "ok", health)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)

    def test_a_real_prometheus_fires_for_the_service_that_leaks(self):
        port, token = free_port(), "a-secret-of-some-length"
        with open(self.path("token"), "w", encoding="utf-8") as file:
            file.write(token + "\n")
        self.start_service(zoo("leak", "--seconds 0 --rate 1MiB"))
        self.start_service(zoo("cache", "--seconds 0"))
        agent = self.start_agent(listen=f"127.0.0.1:{port}", token_file=self.path("token"))
        os.mkdir(self.path("prometheus"))
        prometheus = Prometheus(self.path("prometheus"), port, token)
        self.addCleanup(prometheus.stop)
        expected = {("SeepLeak", "seep_zoo_leak"), ("SeepStackGrows", "seep_zoo_leak")}
        wait_until(lambda: expected <= prometheus.firing(), 120, f"{expected}")
        self.assertEqual({service for alert, service in prometheus.firing()}, {"seep_zoo_leak"})
        self.assertEqual(prometheus.api("targets")["activeTargets"][0]["lastError"], "")
        # And by the book: names, units, types.
        checked = subprocess.run(["promtool", "check", "metrics"], input=self.ask(port, "/metrics", token)[1],
                                 capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)

    def test_the_log_is_an_object_a_line_or_has_the_priorities_of_the_journal(self):
        agent = self.start_seep("agent", "--log", "json", "--config", self.configure('log = "json"\n'))
        self.assertEqual(agent.wait(), USAGE)
        line, = [json.loads(line) for line in agent.err.splitlines()]
        self.assertEqual(line["severity"], "error")
        self.assertIn("unknown key 'log'", line["message"])
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        # As systemd starts a unit: $JOURNAL_STREAM is the device and inode of stderr.
        script = ('export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2); '
                  f'exec {SEEP} agent --config {self.path("seep.toml")}')
        agent = self.start(["sh", "-c", script])
        self.assertEqual(agent.wait(), USAGE)
        self.assertTrue(agent.err.startswith("<3>seep: "), agent.err)

    def test_it_does_not_serve_the_world_without_a_token(self):
        status, agent = self.seep("agent", "--config", self.configure(listen="0.0.0.0:0"))
        self.assertNotEqual(status, PASS)
        self.assertIn("token", agent.err)

    def test_rules_name_processes_and_a_restart_is_marked(self):
        agent = self.start_agent('[[target]]\nname = "naps"\ncmdline = "sleep 9871[0-9]"\n')
        first = self.start(["sleep", "98712"])
        self.wait_for("naps")
        first.send(signal.SIGKILL)
        first.wait()
        time.sleep(1)
        second = self.start(["sleep", "98713"])
        other = self.start(["sleep", "98999"])
        events = lambda: self.database.rows("SELECT kind, message FROM event JOIN run USING (run_id) "
                                            "WHERE run.name = 'naps'")
        wait_until(lambda: any(kind == "restart" for kind, _ in events()), 20, "the restart")
        self.assertEqual([message for kind, message in events() if kind == "restart"],
                         [f"runs again as process {second.pid}"])
        pids = {pid for pid, in self.database.rows("SELECT pid FROM target JOIN run USING (run_id) "
                                                   "WHERE run.name = 'naps'")}
        self.assertEqual(pids, {first.pid, second.pid})
        self.assertNotIn(other.pid, pids)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)

    def test_a_service_that_appears_while_the_database_is_locked(self):
        agent = self.start_agent('[[target]]\nname = "early"\ncmdline = "sleep 9400[1]"\n')
        self.wait_for("seep-agent")
        lock = sqlite3.connect(self.env["SEEP_DB"], timeout=20, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        self.start(["sleep", "94001"])
        wait_until(lambda: "early is not watched yet" in agent.err, 20, "the refusal")
        time.sleep(7)  # not young any more
        lock.execute("ROLLBACK")
        lock.close()
        self.wait_for("early")
        self.assertEqual(agent.err.count("not watched yet"), 1, agent.err)

    def test_a_pid_file_names_a_process(self):
        nap = self.start(["sleep", "97001"])
        with open(self.path("nap.pid"), "w", encoding="utf-8") as file:
            file.write(f"{nap.pid}\n")
        self.start_agent(f'[[target]]\nname = "nap"\npid_file = "{self.path("nap.pid")}"\n')
        self.wait_for("nap")

    def test_reads_what_a_service_left_that_ended_before(self):
        service = self.start_service(zoo("leak", "--seconds 5 --rate 4MiB"))
        service.wait()
        self.assertNotEqual(os.listdir(self.ledgers), [])
        self.start_agent()
        live = ("SELECT max(live_bytes) FROM stack_point JOIN run USING (run_id) "
                "WHERE run.name = 'seep_zoo_leak'")

        def has_heap():
            try:
                return (self.database.value(live) or 0) > 10e6
            except Exception:  # pylint: disable=broad-except
                return False
        wait_until(has_heap, 20, "the heap of the dead service")
        wait_until(lambda: os.listdir(self.ledgers) == [], 10, "its ledger to be collected")

    def test_kill_and_start_again(self):
        """Sixteen kills at random moments: one run, no hole longer than the start takes."""
        seed = random.randrange(1 << 30)
        self.note(f"seed {seed}")
        moments = random.Random(seed)
        service = self.start_service(zoo("cache", "--seconds 0 --rate 2MiB --cap 8MiB"))
        config = self.configure()
        for _ in range(16):
            agent = self.start_seep("agent", "--config", config)
            time.sleep(0.5 + 2 * moments.random())
            agent.send(signal.SIGKILL)
            agent.wait()
        self.assertIsNone(service.process.poll())
        agent = self.start_seep("agent", "--config", config)
        before = self.points_of("seep_zoo_cache")
        wait_until(lambda: self.points_of("seep_zoo_cache") > before, 30, "a tick after the kills")
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        self.assertTrue(self.database.is_sound())
        self.assertEqual(self.database.value("SELECT count(*) FROM run WHERE name = 'seep_zoo_cache'"), 1)
        times = [t_s for t_s, _ in self.database.points("rss_swap", service.pid)]
        longest = max(b - a for a, b in zip(times, times[1:]))
        self.note(f"{len(times)} ticks, longest hole {longest:.1f} s")
        self.assertLess(longest, 10)
        self.assertEqual(len(times), len(set(times)))

    def test_reads_its_configuration_again(self):
        agent = self.start_agent()
        nap = self.start(["sleep", "96001"])
        self.configure('[[target]]\nname = "late"\ncmdline = "sleep 9600[1]"\n')
        agent.send(signal.SIGHUP)
        self.wait_for("late")
        self.configure("[[target]]\nname = 3\n")
        agent.send(signal.SIGHUP)
        wait_until(lambda: "going on as before" in agent.err, 10, "the refusal")
        self.assertIsNone(nap.process.poll())
        self.assertIsNone(agent.process.poll())

    def test_systemd_hears_of_it(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(self.path("notify"))
            manager.settimeout(10)
            agent = self.start_seep("agent", "--config", self.configure(),
                                    env={"NOTIFY_SOCKET": self.path("notify")})
            self.assertEqual(manager.recv(100), b"READY=1")
            self.assertEqual({manager.recv(100) for _ in range(5)}, {b"WATCHDOG=1"})
            agent.send(signal.SIGTERM)
            words = b""
            while words != b"STOPPING=1":
                words = manager.recv(100)
        self.assertEqual(agent.wait(), PASS)

    def test_doctor(self):
        nap = self.start(["sleep", "95001"])
        status, doctor = self.seep("doctor", "--json", str(nap.pid))
        findings = {finding["subject"]: finding for finding in json.loads(doctor.out)}
        self.assertEqual(status, PASS, doctor.out)
        self.assertTrue(findings["process"]["ok"])
        self.assertEqual(findings["process"]["detail"], "sleep 95001")
        nap.send(signal.SIGKILL)
        nap.wait()
        status, doctor = self.seep("doctor", str(nap.pid))
        self.assertEqual(status, FAILED)
        self.assertIn(f"NO  process           process {nap.pid} does not exist", doctor.out)
        status, doctor = self.seep("doctor", "--db", "/nowhere/seep.db")
        self.assertEqual(status, FAILED)
        self.assertIn("NO  database", doctor.out)

    def test_wrong_configurations(self):
        cases = {"tick = 5\n": "a string in quotes", 'tick = "5 parsecs"\n': "parsecs",
                 "nonsense = 1\n": "unknown key 'nonsense'", "tick = \n": "seep.toml:",
                 '[retention]\nraw = 3\n': "a string in quotes",
                 '[[target]]\nname = "x"\n': "needs exe, cmdline, cgroup or pid_file",
                 '[[target]]\nname = "x"\ncmdline = "("\n': "no regular expression",
                 '[[target]]\nname = "x"\nexe = "y"\n[[target]]\nname = "x"\nexe = "z"\n': "second"}
        for text, words in cases.items():
            path = self.path("wrong.seep.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            status, seep = self.seep("agent", "--check-config", "--config", path)
            self.assertEqual(status, USAGE, text)
            self.assertOneLine(seep, "seep.toml:", words)
        status, seep = self.seep("agent", "--check-config", "--config", self.path("none.toml"))
        self.assertNotEqual(status, PASS)
        self.assertOneLine(seep, "none.toml")


if __name__ == "__main__":
    main(concurrency=12)

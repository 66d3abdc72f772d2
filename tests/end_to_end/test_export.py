#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seep export and /debug/pprof/heap, read by those that they are for: go tool pprof, promtool, the
schema of speedscope, Python's csv.

Usage: test_export.py BIN_DIR [WORD ...]. The tests share two runs.
"""
import csv
import gzip
import io
import json
import math
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading

import jsonschema

from agent_harness import AgentTest
from harness import (FAILED, PASS, SEEP, USAGE, SeepTest, free_port, main, plain_environment,
                     wait_until, zoo)
from profiles import folded, pprof, top

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vendor", "speedscope-1.25.0.json")
LEAK = "zoo::LeakRequestBuffer"
# Of the name of a run, a process, a function, a file: what breaks a format that does not quote.
HOSTILE = b'a;b "c"\n\'d\', </script>\r\t\x1b[31m\\ {e="f"} \xff\xfe \xe2\x82\xac 100' + b"x" * 10000
_lock = threading.Lock()
_folder = tempfile.TemporaryDirectory(prefix="seep_e2e_export_")


class ExportTest(SeepTest):
    def recorded(self):
        """A database of this test's own: run 1 'calm', run 2 'leak', run 3 'unseen' without a heap."""
        path = os.path.join(_folder.name, "seep.db")
        with _lock:
            if not os.path.exists(path):
                self.record(path)
        shutil.copy(path, self.env["SEEP_DB"])

    def record(self, path):
        env = {"SEEP_DB": path + ".new"}
        for name, rate in (("calm", "0"), ("leak", "4MiB")):
            status, run = self.seep(
                "run", "--name", name, "--duration", "6s", "--interval", "4KiB", *["--tick", "100ms",
                "--snapshot", "500ms"], "--", *zoo("leak", f"--seconds 0 --rate {rate}"), env=env)
            self.assertEqual(status, PASS, run.err)
        sleeper = self.start(["sleep", "60"])
        status, run = self.seep("attach", str(sleeper.pid), "--no-inject", "--name", "unseen",
                                "--duration", "1s", "--tick", "100ms", env=env)
        self.assertNotEqual(status, FAILED, run.err)
        with sqlite3.connect(env["SEEP_DB"]) as database:  # one file, to copy
            database.execute("PRAGMA journal_mode = DELETE")
        os.rename(env["SEEP_DB"], path)

    def export(self, run, form, *arguments, said=""):
        """stdout of an export, as bytes."""
        status, seep = self.seep("export", run, "--format", form, *arguments)
        self.assertEqual(status, PASS, seep.err)
        self.assertRegex(seep.err, f"^{said}$")
        with open(seep.files[0], "rb") as file:
            return file.read()

    def profile(self, run, *arguments, name="profile.pb.gz"):
        """Path of a pprof profile."""
        status, seep = self.seep("export", run, "--format", "pprof", "-o", self.path(name), *arguments)
        self.assertEqual((status, seep.out, seep.err), (PASS, "", ""))
        return self.path(name)

    def live_bytes(self, run):
        """As the database has it at the end: heap and mappings."""
        return self.database.value(
            "SELECT sum(live_bytes) FROM (SELECT live_bytes, max(t_s) FROM stack_point "
            "JOIN run USING (run_id) WHERE name = ? GROUP BY stack_id)", run)

    def refused(self, status, *arguments, words=()):
        got, seep = self.seep("export", *arguments)
        self.assertEqual((got, seep.out), (status, ""))
        self.assertOneLine(seep, *words)


class Pprof(ExportTest):
    def test_top_names_the_leak_and_adds_up_to_the_report(self):
        self.recorded()
        path = self.profile("leak")
        rows, total, text = top(self.folder, path)
        self.assertEqual(rows[0][0], LEAK, text)
        self.assertIn("Type: inuse_space", text)
        _, report = self.seep("report", "leak", "--json")
        heap, = report.json()["heaps"]
        told = heap["live_bytes"] + heap["mapped_bytes"]
        self.assertAlmostEqual(total, told, delta=len(heap["stacks"]))
        self.assertAlmostEqual(sum(flat for _, flat in rows), total, delta=len(rows))
        # Allocators are left out, what called them is there.
        self.assertFalse([name for name, _ in rows if name in ("malloc", "operator new")], text)
        leaked = dict(rows)[LEAK]
        self.assertGreater(leaked, 10e6)
        objects = top(self.folder, "-sample_index=alloc_objects", "-unit=", path)[2]
        self.assertIn("Type: alloc_objects", objects)
        tags = pprof(self.folder, "-tags", path)
        for tag in ("kind: ", "heap", "pid: ", "process: ", "seep_zoo_leak"):
            self.assertIn(tag, tags)
        raw = pprof(self.folder, "-raw", path)
        self.assertIn("PeriodType: space bytes\nPeriod: 4096\n", raw)
        mappings = raw.split("Mappings\n")[1].splitlines()
        self.assertIn("/seep_zoo_leak ", mappings[0])
        for mapping in mappings:  # one without FN would make pprof ask the daemon
            self.assertRegex(mapping, r"^\d+: 0x0/0x800000000000/0x0 /\S+ [0-9a-f]{40} \[FN\]\[FL\]\[LN\]\[IN\]$")
        self.assertIn("seep_zoo_leak", pprof(self.folder, "-comments", path) + raw)
        # The same run gives the same bytes.
        with open(path, "rb") as first, open(self.profile("leak", name="again"), "rb") as second:
            self.assertEqual(first.read(), second.read())

    def test_differences(self):
        self.recorded()
        calm, leak = self.profile("calm", name="calm"), self.profile("leak", name="leak")
        by_pprof = top(self.folder, "-diff_base", calm, leak)
        ours = top(self.folder, self.profile("leak", "--base", "calm", name="grown"))
        for rows, total, text in by_pprof, ours:
            self.assertEqual(rows[0][0], LEAK, text)
        self.assertAlmostEqual(dict(ours[0])[LEAK], dict(by_pprof[0])[LEAK], delta=50)
        # And it may fall.
        rows, _, text = top(self.folder, self.profile("calm", "--base", "leak", name="fallen"))
        self.assertEqual(rows[0][0], LEAK, text)
        self.assertLess(rows[0][1], -10e6)
        status, seep = self.seep("export", "calm", "--base", "leak", "--format", "folded")
        self.assertEqual(status, PASS)
        self.assertOneLine(seep, "became less", "left out", "pprof")
        self.assertNotIn(LEAK, seep.out)

    def test_growth_since_the_end_of_warm_up(self):
        status, run = self.seep("run", "--duration", "45s", "--interval", "4KiB", "--json", "--",
                                *zoo("leak", "--seconds 0 --rate 400k"), timeout=120)
        self.assertEqual(status, PASS, run.err)
        began_s, = [series["warmup_end_s"] for series in run.json()["series"]
                    if series["metric"] == "heap_live"]
        grown = folded(self.export("latest", "folded", "--growth", said="(|.* became less,.*\n)").decode())
        frames, grown_bytes = max(grown, key=lambda stack: stack[1])
        self.assertIn(LEAK, frames[-1])
        held = max(weight for frames, weight in folded(self.export("latest", "folded").decode()))
        # At a steady rate, as the share of the time.
        self.note(f"warm-up until {began_s} s, then {grown_bytes} of {held} bytes")
        self.assertAlmostEqual(grown_bytes / held, 1 - began_s / 45, delta=0.1)

    def test_of_a_ledger(self):
        library = os.path.join(os.path.dirname(SEEP), "..", "lib", "libseep.so")
        target = self.start(zoo("leak", "--seconds 1 --rate 4MiB"),
                            env={"LD_PRELOAD": library, "SEEP_INTERVAL": "1"})
        self.assertEqual(target.wait(), PASS)
        name, = os.listdir(self.ledgers)
        path = self.profile("latest", "--ledger", os.path.join(self.ledgers, name))
        rows, _, text = top(self.folder, path)
        self.assertEqual(rows[0][0], LEAK, text)


class FlameGraphs(ExportTest):
    def test_folded_and_speedscope_show_the_same(self):
        self.recorded()
        live = self.live_bytes("leak")
        stacks = folded(self.export("leak", "folded").decode())
        self.assertAlmostEqual(sum(weight for _, weight in stacks), live, delta=len(stacks))
        frames, _ = max(stacks, key=lambda stack: stack[1])
        self.assertRegex(frames[0], r"^seep_zoo_leak \(pid \d+\)$")
        self.assertTrue(frames[-1].startswith(LEAK), frames)
        shown = json.loads(self.export("leak", "speedscope"))
        with open(SCHEMA, encoding="utf-8") as file:
            jsonschema.Draft7Validator(json.load(file)).validate(shown)
        profile, = shown["profiles"]
        names = [frame["name"] for frame in shown["shared"]["frames"]]
        self.assertEqual(sorted((tuple(names[frame] for frame in sample), weight) for sample, weight
                                in zip(profile["samples"], profile["weights"])),
                         sorted((tuple(frames), weight) for frames, weight in stacks))
        self.assertEqual(profile["endValue"], sum(profile["weights"]))
        allocated = folded(self.export("leak", "folded", "--sample-type", "alloc_space").decode())
        self.assertGreater(sum(weight for _, weight in allocated), live)


class Series(ExportTest):
    def points(self, run):
        return self.database.rows(
            "SELECT metric, unit, t_s, value FROM v_point WHERE run_id = ? ORDER BY 1, 2, 3",
            self.database.value("SELECT run_id FROM run WHERE name = ?", run))

    def test_csv_has_every_value(self):
        self.recorded()
        rows = list(csv.DictReader(io.StringIO(self.export("leak", "csv").decode(), newline="")))
        self.assertEqual(list(rows[0]), ["t_s", "process", "metric", "unit", "value"])
        self.assertRegex(rows[0]["process"], r"^seep_zoo_leak \(pid \d+\)$")
        got = sorted((row["metric"], row["unit"], float(row["t_s"]), float(row["value"])) for row in rows)
        self.assertEqual(got, self.points("leak"))
        self.assertEqual(len(self.export("unseen", "csv").splitlines()), len(self.points("unseen")) + 1)

    def test_promtool_makes_blocks_of_openmetrics(self):
        self.recorded()
        with open(self.path("metrics"), "wb") as file:
            file.write(self.export("leak", "openmetrics"))
        env = plain_environment()
        made = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                               self.path("metrics"), self.path("data")], env=env,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        os.mkdir(self.path("data/wal"))
        dump = subprocess.run(["promtool", "tsdb", "dump", self.path("data")], env=env,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(dump.returncode, 0, dump.stderr)
        name = "seep_target_rss_anon_bytes"
        dumped = [line.rsplit("} ", 1) for line in dump.stdout.splitlines() if f'"{name}"' in line]
        self.assertIn('service="leak"', dumped[0][0])
        got = [tuple(map(float, values.split())) for _, values in dumped]
        started_ms = self.database.value("SELECT started_at_ns FROM run WHERE name = 'leak'") // 10**6
        wanted = [(value, started_ms + round(t_s * 1e3)) for metric, _, t_s, value in self.points("leak")
                  if metric == "rss_anon"]
        self.assertEqual(len(got), len(wanted))
        for (value, at_ms), (wanted_value, wanted_ms) in zip(sorted(got, key=lambda p: p[1]), wanted):
            self.assertEqual(value, wanted_value)
            self.assertLessEqual(abs(at_ms - wanted_ms), 1)


class Hostile(ExportTest):
    def test_hostile_names_break_nothing(self):
        self.recorded()
        self.export("leak", "folded")  # fills the cache of symbols
        with sqlite3.connect(self.env["SEEP_DB"]) as database:
            for sql in ("UPDATE symbol SET function = CAST(? || function AS TEXT), file = CAST(?1 AS TEXT)",
                        "UPDATE run SET name = CAST(? || name AS TEXT)",
                        "UPDATE target SET command_line = CAST(? AS TEXT)",
                        "UPDATE module SET path = CAST(?1 || path AS TEXT)",
                        "UPDATE series SET metric = CAST(? || metric AS TEXT) WHERE metric = 'fds'"):
                database.execute(sql, (HOSTILE,))
        live = self.live_bytes_of_run_2()
        path = self.profile("2")
        rows, total, text = top(self.folder, path)
        self.assertTrue(rows[0][0].endswith(LEAK) or LEAK in rows[0][0], text[-300:])
        self.assertAlmostEqual(total, live, delta=200)
        with gzip.open(path) as file:
            self.assertNotIn(b"\xff\xfe", file.read())
        lines = self.export("2", "folded").decode()  # strict: valid UTF-8
        self.assertAlmostEqual(sum(weight for _, weight in folded(lines)), live, delta=200)
        self.assertTrue(any(LEAK in frames[-1] for frames, _ in folded(lines)))
        shown = json.loads(self.export("2", "speedscope").decode())
        with open(SCHEMA, encoding="utf-8") as file:
            jsonschema.Draft7Validator(json.load(file)).validate(shown)
        self.assertEqual(len(shown["profiles"][0]["samples"]), len(folded(lines)))
        csv.field_size_limit(1 << 20)
        rows = list(csv.reader(io.StringIO(self.export("2", "csv").decode(), newline=""), strict=True))
        self.assertEqual({len(row) for row in rows}, {5})
        self.assertEqual(len(rows) - 1, self.database.value("SELECT count(*) FROM v_point WHERE run_id = 2"))
        with open(self.path("metrics"), "wb") as file:
            file.write(self.export("2", "openmetrics"))
        made = subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics",
                               self.path("metrics"), self.path("data")], env=plain_environment(),
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)

    def live_bytes_of_run_2(self):
        return self.database.value(
            "SELECT sum(live_bytes) FROM (SELECT live_bytes, max(t_s) FROM stack_point "
            "WHERE run_id = 2 GROUP BY stack_id)")


class Refused(ExportTest):
    def test_one_line_says_why(self):
        self.recorded()
        for form in ("pprof", "folded", "speedscope"):
            self.refused(FAILED, "unseen", "--format", form, words=("'unseen'", "no stacks", "csv"))
        self.refused(FAILED, "leak", "--format", "pprof", "--growth", words=("too short", "--base"))
        self.refused(FAILED, "leak", "--base", "unseen", "--format", "pprof", words=("'unseen'",))
        self.refused(FAILED, "nothing", "--format", "csv", words=("nothing",))
        self.refused(USAGE, "leak", "--format", "otlp", words=("otlp", "--help"))
        self.refused(USAGE, "leak", words=("--format",))
        self.refused(USAGE, "leak", "--format", "csv", "--growth", words=("--growth", "pprof"))
        self.refused(USAGE, "leak", "--format", "pprof", "--growth", "--base", "calm", words=("--base",))
        self.refused(FAILED, "leak", "--format", "csv", "--process", "1", words=("no process 1", "it has "))
        self.refused(FAILED, "leak", "--format", "csv", "-o", self.path("no/such/file"),
                     words=("no/such/file", "No such file"))
        self.refused(FAILED, "leak", "--format", "csv", "-o", self.folder, words=("Is a directory",))
        self.refused(FAILED, "leak", "--format", "csv", "-o", "/dev/full", words=("No space left",))

    def test_a_full_disk_leaves_what_was_there(self):
        self.recorded()
        out = self.mount_tmpfs("64k")
        path = os.path.join(out, "run.csv")
        with open(path, "w", encoding="ascii") as file:
            file.write("as before")
        self.fill(out)
        self.refused(FAILED, "leak", "--format", "csv", "-o", path, words=(path, "No space left"))
        self.assertEqual(sorted(os.listdir(out)), ["ballast", "run.csv"])
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "as before")
        # With room it is replaced as a whole.
        os.remove(os.path.join(out, "ballast"))
        self.export("leak", "folded", "-o", path)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), self.export("leak", "folded"))

    def test_no_binary_for_a_terminal(self):
        self.recorded()
        ours, terminal = pty.openpty()
        self.addCleanup(os.close, ours)
        done = subprocess.run([SEEP, "export", "leak", "--format", "pprof"], env=self.env,
                              stdout=terminal, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        os.close(terminal)
        self.assertEqual(done.returncode, USAGE)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        self.assertIn("-o FILE", done.stderr)


class Live(AgentTest):
    def test_go_tool_pprof_reads_from_the_daemon(self):
        port, token = free_port(), "a-secret-of-some-length"
        leak = self.start_service(zoo("leak", "--seconds 0 --rate 4MiB"))
        agent = self.start_agent(listen=f"127.0.0.1:{port}")
        url = f"http://127.0.0.1:{port}/debug/pprof/heap"

        def has_heap():
            return (self.points_of("seep_zoo_leak") and self.database.value(
                "SELECT sum(live_bytes) FROM stack_point JOIN run USING (run_id) "
                "WHERE name = 'seep_zoo_leak'") or 0) > 8e6
        wait_until(has_heap, 60, "the heap of the service")
        for query in ("", "?service=seep_zoo_leak", f"?pid={leak.pid}"):
            rows, total, text = top(self.folder, url + query)
            self.assertEqual(rows[0][0], LEAK, text)
            self.assertGreater(total, 1e6)
        # The second of two fetches less the first: what grew between.
        first = self.path("first")
        with open(first, "wb") as file:
            file.write(self.ask_raw(port, "/debug/pprof/heap")[1])
        held = top(self.folder, first)[1]
        wait_until(lambda: top(self.folder, url)[1] > held + 2e6, 30, "growth")
        rows, _, text = top(self.folder, "-diff_base", first, url)
        self.assertEqual(rows[0][0], LEAK, text)
        # Refused: in a line that pprof shows.
        for query, status, word in (("?service=none", 404, "seep_zoo_leak"), ("?pid=1", 404, "1"),
                                    ("?pid=x", 400, "number"), ("?seconds=5", 400, "-diff_base"),
                                    ("?service=seep-agent", 404, "no heap data"), ("?debug=1", 400, "debug")):
            got, answer = self.ask(port, "/debug/pprof/heap" + query)
            self.assertEqual(got, status, answer)
            self.assertIn(word, answer)
            self.assertEqual(len(answer.splitlines()), 1)
        # A second service: which one?
        other = self.start_service(zoo("cache", "--seconds 0"))
        wait_until(lambda: self.ask_raw(port, "/debug/pprof/heap")[0] == 400, 30, "the question")
        self.assertIn("seep_zoo_cache, seep_zoo_leak", self.ask(port, "/debug/pprof/heap")[1])
        rows, _, text = top(self.folder, url + "?service=seep_zoo_leak")
        self.assertEqual(rows[0][0], LEAK, text)
        # Many at once: each has an answer, and none is made beside another.
        answers = []
        askers = [threading.Thread(target=lambda: answers.append(
            self.ask_raw(port, "/debug/pprof/heap?service=seep_zoo_leak")[0])) for _ in range(8)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(90)
        self.assertEqual(len(answers), 8)
        self.assertLessEqual(set(answers), {200, 503})
        self.assertIn(200, answers)
        other.send(signal.SIGKILL)
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        # With a token as everything else.
        with open(self.path("token"), "w", encoding="utf-8") as file:
            file.write(token + "\n")
        agent = self.start_agent(listen=f"127.0.0.1:{port}", token_file=self.path("token"))
        wait_until(lambda: self.ask_raw(port, "/debug/pprof/heap")[0] == 401, 10, "the refusal")
        wait_until(lambda: self.ask_raw(port, "/debug/pprof/heap", token)[0] == 200, 30, "the profile")
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)


if __name__ == "__main__":
    main(concurrency=5)

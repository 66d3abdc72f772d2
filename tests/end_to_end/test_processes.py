#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Processes under `seep run`: children, execs, daemons, pipelines; every zoo program behaves under
the probe as it does without. And processes that seep attaches to.

Usage: test_processes.py BIN_DIR [WORD ...].
"""
import os
import re
import signal
import subprocess
import sys
import threading
import time

from harness import (INCONCLUSIVE, PASS, QUICK, SEEP, Database, SeepTest, is_alive, main, truth_of,
                     wait_until, zoo)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "targets"))
from zoo_test import CASES  # noqa: E402  the same cases as without the probe

EXACT = ["--interval", "1"]


def function_range(program, name):
    """[start, end) of a function, as ELF addresses."""
    table = subprocess.run(["nm", "-S", "-C", program], stdout=subprocess.PIPE, text=True,
                           check=True).stdout
    for line in table.splitlines():
        fields = line.split(maxsplit=3)
        if len(fields) == 4 and re.match(rf"(\(anonymous namespace\)::|zoo::)?{name}\(", fields[3]):
            return int(fields[0], 16), int(fields[0], 16) + int(fields[1], 16)
    raise AssertionError(f"no {name} in {program}")


class ProcessTest(SeepTest):
    def targets(self):
        """[(pid, command line, probe)] of the last run."""
        return self.database.rows("SELECT pid, command_line, probe FROM target ORDER BY target_id")

    def at_function(self, program, function, pid=None):
        """Last state of the stacks that go through a function, summed up:
        (allocated bytes and blocks, live bytes and blocks)."""
        start, end = function_range(program, function)
        return self.database.rows(
            "SELECT sum(alloc_bytes), sum(alloc_objects), sum(live_bytes), sum(live_objects) "
            "FROM v_stack WHERE (? IS NULL OR pid = ?) AND stack_id IN "
            "(SELECT stack_id FROM stack_frame JOIN module USING (module_id) "
            " WHERE path = ? AND address > ? AND address <= ?)",
            pid, pid, os.path.realpath(program), start, end)[0]

    def last_points(self, pid=None):
        return {m: self.database.points(m, pid)[-1][1] for m in ("heap_live", "heap_alloc")}

    def run_zoo(self, name, options, *arguments):
        """Runs it to its end, which must be in order: the line of truth."""
        status, seep = self.seep("run", *QUICK, *arguments, "--", *zoo(name, options))
        self.assertEqual(status, PASS, seep.err)
        self.assertNoLedgers()
        return truth_of(seep.out)


class Families(ProcessTest):
    def test_fork(self):
        truth = self.run_zoo("fork", "--seconds 3 --forks 20")
        self.assertEqual(truth["failed"], "0")
        self.assertGreater(int(truth["forks"]), 30)
        self.assertEqual(self.database.rows("SELECT is_finished, target_exit FROM run"), [(1, 0)])
        # what happens in the children is theirs
        self.assertEqual(len({pid for pid, _, _ in self.targets()}), len(self.targets()))

    def test_leaking_child_has_a_row_of_its_own(self):
        truth = self.run_zoo("fork", "--seconds 3 --forks 5 --leak --rate 200k", *EXACT)
        child = int(truth["child_pid"])
        self.assertIn(child, [pid for pid, _, probe in self.targets() if probe == "active"])
        program = zoo("fork")[0]
        _, _, live_bytes, live_blocks = self.at_function(program, "LeakRequestBuffer", child)
        self.assertEqual((live_bytes, live_blocks),
                         (int(truth["leaked_bytes"]), int(truth["leaked_blocks"])))
        root = self.targets()[0][0]
        self.assertNotEqual(root, child)
        self.assertEqual(self.at_function(program, "LeakRequestBuffer", root)[2], None)

    def test_exec(self):
        """Same pid, several images: one target, and the last image's figures."""
        truth = self.run_zoo("exec", "--seconds 3 --execs 3 --spawns 10 --rate 200k", *EXACT)
        self.assertEqual(truth["failed"], "0")
        mine = [t for t in self.targets() if "seep_zoo_exec" in t[1]]
        self.assertEqual([probe for _, _, probe in mine], ["active"])
        _, _, live_bytes, live_blocks = self.at_function(zoo("exec")[0], "LeakRequestBuffer")
        self.assertEqual((live_bytes, live_blocks),
                         (int(truth["leaked_bytes"]), int(truth["leaked_blocks"])))

    def test_exec_of_another_program(self):
        """A wrapper script that becomes its program."""
        status, seep = self.seep("run", *QUICK, *EXACT, "--", "/bin/sh", "-c",
                                 "sleep 0.5; exec " + " ".join(zoo("leak", "--seconds 2")))
        self.assertEqual(status, PASS, seep.err)
        (_, command_line, probe), = [t for t in self.targets() if "sleep" not in t[1]]
        self.assertIn("seep_zoo_leak", command_line)
        self.assertEqual(probe, "active")
        self.assertEqual(self.at_function(zoo("leak")[0], "LeakRequestBuffer")[2],
                         int(truth_of(seep.out)["leaked_bytes"]))

    def test_pipeline(self):
        """a & b; wait: three processes, each with its name."""
        a, b = (" ".join(zoo(name, "--seconds 2")) for name in ("leak", "cache"))
        status, seep = self.seep("run", *QUICK, "--", "/bin/sh", "-c", f"{a} & {b} | cat; wait")
        self.assertEqual(status, PASS, seep.err)
        lines = [line for _, line, probe in self.targets() if probe == "active"]
        for program in "seep_zoo_leak", "seep_zoo_cache":
            self.assertEqual(sum(line.split()[0].endswith(program) for line in lines), 1, lines)
        self.assertTrue(self.targets()[0][1].startswith("/bin/sh -c"))
        self.assertNoLedgers()

    def test_daemon(self):
        """It closes all descriptors and goes into the background: still watched to its end."""
        status, seep = self.seep("run", *QUICK, *EXACT, "--",
                                 *zoo("daemonize", "--seconds 3 --rate 200k"))
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(sum("went into the background" in line for line in seep.said()), 1)
        daemon = int(seep.out.splitlines()[0].partition("=")[2])
        self.assertIn(daemon, [pid for pid, _, probe in self.targets() if probe == "active"])
        # close_range(3, ~0) took none of the probe's memory away
        self.assertEqual(self.at_function(zoo("daemonize")[0], "LeakRequestBuffer", daemon)[2],
                         int(truth_of(seep.out)["leaked_bytes"]))
        self.assertGreater(self.database.points("heap_live", daemon)[-1][0], 2.5)
        self.assertNoLedgers()

    def test_daemon_is_never_lost(self):
        """Also when its parent ends in the very moment of the look for it."""
        for _ in range(60):
            seep = self.start_seep("run", *QUICK, "--", *zoo("daemonize", "--seconds 0"))
            wait_until(lambda: "ready" in seep.out and seep.said()[-1:], what="the daemon")
            daemon = int(seep.out.splitlines()[0].partition("=")[2])
            wait_until(lambda: "background" in seep.err or not is_alive(seep.pid), what="news")
            self.assertIn("background", seep.err)
            self.assertTrue(is_alive(daemon))
            seep.send(signal.SIGTERM)
            self.assertEqual(seep.wait(), PASS, seep.err)

    def end_daemon(self, number):
        seep = self.start_seep("run", *QUICK, "--", *zoo("daemonize", "--seconds 0"))
        wait_until(lambda: "ready" in seep.out and "background" in seep.err, what="the daemon")
        daemon = int(seep.out.splitlines()[0].partition("=")[2])
        self.assertTrue(is_alive(daemon))
        time.sleep(0.5)
        seep.send(number)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertFalse(is_alive(daemon))
        self.assertIn("leaked_bytes", truth_of(seep.out))  # it ended in order
        self.assertNoLedgers()

    def test_daemon_ends_with_the_run(self):
        self.end_daemon(signal.SIGTERM)
        self.end_daemon(signal.SIGINT)

    def test_exit_status_is_the_targets(self):
        for script, wanted in ("exit 7", 7), ("kill -SEGV $$", 139), ("kill -TERM $$", 143):
            status, seep = self.seep("run", "--", "/bin/sh", "-c", script)
            self.assertEqual(status, wanted, seep.err)
            self.assertEqual(self.database.value(
                "SELECT target_exit FROM run ORDER BY run_id DESC"), wanted)
        # too short to be judged: never a pass for a gate
        self.assertEqual(self.seep("run", "--gate", "--", "/bin/true")[0], INCONCLUSIVE)

    def test_standard_streams_are_the_targets(self):
        """stdin, stdout and arguments reach it untouched, --quiet or not."""
        with open(self.path("input"), "w") as file:
            file.write("one\ntwo\n")
        status, seep = self.seep("run", "--quiet", "--", "/bin/sh", "-c", 'cat "$1"; echo "$2" >&2',
                                 "x", self.path("input"), "--duration soon")
        self.assertEqual(status, PASS)
        self.assertEqual(seep.out, "one\ntwo\n")
        self.assertIn("--duration soon", seep.err.splitlines())

    def test_standard_streams_may_be_closed(self):
        """No file of seep's own takes the place of one."""
        def close_streams():
            for descriptor in 0, 1, 2:
                os.close(descriptor)
        command = [SEEP, "run", "--json", *QUICK, "--", *zoo("leak", "--seconds 1")]
        process = subprocess.Popen(command, env=self.env, preexec_fn=close_streams)
        self.assertEqual(process.wait(60), PASS)
        self.assertTrue(self.database.is_sound())
        self.assertEqual(self.database.rows("SELECT is_finished, target_exit FROM run"), [(1, 0)])

    def test_arguments_need_not_be_text(self):
        status, seep = self.seep("run", "--quiet", "--json", "--", "/bin/echo", b"a\xff\x1b[2Jb")
        self.assertEqual(status, PASS)
        self.assertEqual(seep.json()["run"]["command"], ["/bin/echo", "a\ufffd\x1b[2Jb"])
        self.assertNotIn("\x1b", seep.err)

    def test_program_of_a_process_that_just_ends(self):
        """A dying process has no program any more: what is known of it is kept."""
        for _ in range(40):  # giving 100 MB back takes a while
            status, seep = self.seep("run", "--quiet", "--tick", "1ms", "--snapshot", "1ms", "--",
                                     "dd", "bs=100M", "count=1", "if=/dev/zero", "of=/dev/null")
            self.assertEqual(status, PASS, seep.err)
        (exe,), = self.database.rows("SELECT DISTINCT exe FROM target")
        self.assertTrue(exe.endswith("/dd"), exe)

    def test_seep_under_seep(self):
        """The inner one is not sampled; both see the target, each in a database of its own."""
        inner = self.path("inner.db")
        status, seep = self.seep("run", *QUICK, "--", SEEP, "run", "--db", inner, *QUICK, "--",
                                 *zoo("leak", "--seconds 2"))
        self.assertEqual(status, PASS, seep.err)
        for database in self.database, Database(inner):
            probes = dict(database.rows("SELECT exe, probe FROM target"))
            self.assertEqual(probes.pop(os.path.realpath(zoo("leak")[0])), "active")
            self.assertNotIn("active", probes.values())
        self.assertNoLedgers()

    def test_many_runs_in_one_database(self):
        """At the same time: their ticks wait for each other, none is lost."""
        seeps = [self.start_seep("run", *QUICK, "--",
                                 *zoo("leak", "--seconds 3")) for _ in range(6)]
        self.assertEqual([seep.wait() for seep in seeps], [PASS] * 6, [seep.err for seep in seeps])
        self.assertTrue(self.database.is_sound())
        self.assertEqual(self.database.rows("SELECT DISTINCT is_finished, target_exit FROM run"),
                         [(1, 0)])
        points = self.database.rows("SELECT run_id, count(*), max(t_s) FROM v_point "
                                    "WHERE metric = 'rss_anon' GROUP BY run_id")
        self.note(f"points of 30: {sorted(count for _, count, _ in points)}")
        self.assertEqual(len(points), 6)
        self.assertTrue(all(count > 15 and last_s > 1.5 for _, count, last_s in points), points)


class Attached(ProcessTest):
    """A target that seep did not start: watched, left alone."""

    def start_probed(self, name, options):
        library = os.path.join(os.path.dirname(SEEP), "..", "lib", "libseep.so")
        target = self.start(zoo(name, options), env={"LD_PRELOAD": library})
        wait_until(lambda: "ready" in target.out, what="the target")
        return target

    def test_target_ends(self):
        """seep ends with it, after a last look at its ledger, which it collects."""
        target = self.start_probed("leak", "--seconds 3")
        status, seep = self.seep("attach", str(target.pid), *QUICK)
        self.assertEqual((status, target.wait()), (PASS, PASS), seep.err)
        self.assertEqual(self.database.value("SELECT is_finished FROM run"), 1)
        self.assertGreater(self.database.points("heap_live")[-1][0],
                           self.database.points("rss_anon")[-1][0] - 0.001)
        self.assertNoLedgers()

    def test_signal_ends_the_watch_only(self):
        target = self.start_probed("leak", "--seconds 0")
        for number in signal.SIGINT, signal.SIGTERM:
            seep = self.start_seep("attach", str(target.pid), *QUICK)
            wait_until(lambda: "rss" in seep.err, what="the first look")
            time.sleep(0.5)
            seep.send(number)
            self.assertEqual(seep.wait(), PASS, seep.err)
            self.assertIn("the run has ended", seep.err)
            self.assertTrue(is_alive(target.pid))
        # the first run was finished: the second is one of its own
        self.assertEqual(self.database.rows("SELECT is_finished FROM run"), [(1,), (1,)])
        target.send(signal.SIGTERM)
        self.assertEqual(target.wait(), PASS)
        self.assertIn("leaked_bytes", truth_of(target.out))

    def test_process_that_another_seep_watches(self):
        """Only an abandoned run may be gone on with: two writers spoil it."""
        seep = self.start_seep("run", *QUICK, "--duration", "4s", "--", *zoo("leak", "--seconds 0"))
        target = self.target_of(seep, "seep_zoo_leak")
        wait_until(lambda: "ready" in seep.out, what="the target")
        time.sleep(1)
        _, attached = self.seep("attach", str(target), "--duration", "1s", *QUICK)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertNotIn("going on with run", attached.err)
        # one point a tick, not two
        self.assertLess(self.database.value(
            "SELECT count(*) FROM v_point WHERE metric = 'rss_anon' AND run_id = 1"), 43)


class Exact(ProcessTest):
    """With --interval 1 the ledger is no estimate."""

    def test_leak(self):
        truth = self.run_zoo("leak", "--seconds 2 --threads 2 --rate 200k --requests 5000", *EXACT)
        program = zoo("leak")[0]
        alloc_bytes, alloc_blocks, live_bytes, live_blocks = self.at_function(
            program, "LeakRequestBuffer")
        leaked = int(truth["leaked_bytes"]), int(truth["leaked_blocks"])
        self.assertEqual((live_bytes, live_blocks), leaked)
        self.assertEqual((alloc_bytes, alloc_blocks), leaked)
        for function, name in (("ParseRequest", "parse"), ("RenderPage", "render"),
                               ("CompressBody", "compress")):
            alloc_bytes, alloc_blocks, live_bytes, _ = self.at_function(program, function)
            self.assertEqual((alloc_bytes, alloc_blocks),
                             (int(truth[name + "_bytes"]), int(truth[name + "_blocks"])), name)
            self.assertEqual(live_bytes, 0, name)
        rest_bytes = self.last_points()["heap_live"] - leaked[0]
        self.note(f"{leaked[1]} blocks leaked; in use beside them: {rest_bytes:.0f} B")
        self.assertTrue(0 <= rest_bytes < 200_000, rest_bytes)  # libstdc++ keeps 72 KiB

    def test_new_delete(self):
        """24 ways of deleting: each block is freed once."""
        truth = self.run_zoo("new_delete", "--rounds 200 --seconds 20", *EXACT)
        self.assertEqual(truth["rounds"], "200")
        self.assertEqual(self.at_function(zoo("new_delete")[0], "NewWidget"),
                         (int(truth["new_bytes"]), int(truth["new_blocks"]), 0, 0))
        points = self.last_points()
        self.assertGreaterEqual(points["heap_alloc"], int(truth["new_bytes"]))
        self.assertLess(points["heap_live"], 200_000)

    def test_realloc_churn(self):
        for rate in 0, 100_000:
            truth = self.run_zoo("realloc_churn", f"--seconds 2 --rate {rate}", *EXACT)
            run = self.database.value("SELECT max(run_id) FROM run")
            live_bytes, = self.database.rows(
                "SELECT value FROM v_point WHERE run_id = ? AND metric = 'heap_live' "
                "ORDER BY t_s DESC LIMIT 1", run)[0]
            rest_bytes = live_bytes - int(truth["leaked_bytes"])
            self.note(f"leaked {truth['leaked_bytes']} B, in use beside them: {rest_bytes:.0f} B")
            self.assertTrue(0 <= rest_bytes < 200_000, (live_bytes, truth))


class Zoo(ProcessTest):
    """Every program, as in tests/targets/zoo_test.py, but under the probe."""

    def run_case(self, case, arguments):
        name, (options, truth) = case
        seconds = "" if "--seconds" in options else " --seconds 2"
        database = self.path(f"{name.strip()}{len(name)}{len(arguments)}.db")
        status, seep = self.seep("run", "--db", database, "--quiet", *arguments, "--",
                                 *zoo(name.strip(), options + seconds))
        last = truth_line = (seep.out.splitlines() or [""])[-1]
        if status != PASS or "ready" not in seep.out.splitlines() or not re.search(truth, last):
            return f"{name}{options}: status {status}, {truth_line!r}, wanted {truth}\n{seep.err}"
        return None

    def run_all(self, arguments):
        failures = []

        def work(cases):
            for case in cases:
                failure = self.run_case(case, arguments)
                if failure:
                    failures.append(failure)
        cases = sorted(CASES.items())
        workers = [threading.Thread(target=work, args=(cases[i::4],)) for i in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.note(f"{len(cases)} cases")
        self.assertEqual(failures, [], "\n".join(failures))
        self.assertNoLedgers()

    def test_sampled(self):
        self.run_all([])

    def test_exact(self):
        self.run_all(EXACT)

    def test_exceptions_are_not_slowed_down(self):
        """With and without the probe side by side, a thread each."""
        command = zoo("exceptions", "--seconds 3 --threads 1")
        plain, probed = self.start(command), self.start_seep("run", "--", *command)
        self.assertEqual((plain.wait(), probed.wait()), (0, 0), probed.err)
        rates = [float(truth_of(p.out)["throws_per_s"]) for p in (plain, probed)]
        self.note(f"throws per second with the probe / without: {rates[1] / rates[0]:.2f}")
        self.assertGreater(rates[1] / rates[0], 0.5)


if __name__ == "__main__":
    main(concurrency=6)

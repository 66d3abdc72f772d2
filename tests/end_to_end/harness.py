# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: seep and its targets as processes, the database, concurrency.

Every script here is `test_TOPIC.py BIN_DIR [WORD ...]`: all tests of the topic, or those whose name
has one of the words. Tests of a script run side by side, each with a folder and a ledger directory
of its own; what a test leaves running is found by that directory and ended by its pid.
"""
import ctypes
import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from processes import (connect, free_port, is_alive, key_values, plain_environment,  # noqa: E402
                       read_bytes, stat_fields, wait_until)
from report_consumers import check_report  # noqa: E402

BIN_DIR = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else "."
SEEP = os.path.join(BIN_DIR, "seep")
INJECTOR = os.path.join(BIN_DIR, "..", "lib", "libseep_test_leak.so")
PASS, FAILED, USAGE, GROWTH, INCONCLUSIVE = 0, 1, 2, 10, 12
QUICK = ["--tick", "100ms", "--snapshot", "200ms"]

# Targets whose seep was killed become ours, so that their exit status can be seen.
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def zoo(name, options=""):
    return [os.path.join(BIN_DIR, "seep_zoo_" + name)] + options.split()


def children(pid):
    lists = [read_bytes(path) for path in glob.glob(f"/proc/{pid}/task/*/children")]
    return [int(child) for child in b" ".join(lists).split()]


def cpu_ns(pid):
    return int((read_bytes(f"/proc/{pid}/schedstat").split() or [0])[0])


def is_our_child(pid):
    """True until it is waited for, a zombie too."""
    fields = stat_fields(pid)
    return bool(fields) and int(fields[1]) == os.getpid()


def reap(pid, seconds=20):
    """Exit status of a process that was handed to us, as a shell gives it."""
    wait_until(lambda: not is_alive(pid), seconds, f"the end of {pid}")
    wait_until(lambda: is_our_child(pid), 5, f"process {pid} to become ours")
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code if code >= 0 else 128 - code


def truth_of(output):
    """The zoo's line of truth, the last one of `output`."""
    return key_values(output.splitlines()[-1])


def has_program(name):
    return shutil.which(name) is not None


class Started:
    """A program that a test started. Its output goes to files: nothing waits for whoever is left
    holding a pipe."""

    def __init__(self, command, folder, env, **options):
        name = os.path.join(folder, uuid.uuid4().hex)
        self.files = name + ".out", name + ".err"
        with open(self.files[0], "wb") as out, open(self.files[1], "wb") as err:
            self.started_s = time.time()
            self.process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, cwd=folder, **options)
        self.pid = self.process.pid

    @property
    def out(self):
        return read_bytes(self.files[0]).decode(errors="replace")

    @property
    def err(self):
        return read_bytes(self.files[1]).decode(errors="replace")

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=90):
        """Exit status as a shell gives it."""
        code = self.process.wait(seconds)
        return code if code >= 0 else 128 - code

    def json(self):
        """The report on stdout, behind what the target printed there; it keeps its schema."""
        return check_report(json.loads(self.out[self.out.index("{\n"):]))

    def said(self):
        """Lines of seep itself, without its report."""
        return [line for line in self.err.splitlines() if line.startswith("seep: ")]


class Database:
    """Read-only questions to a database of seep, from outside of seep."""

    def __init__(self, path):
        self.path = path

    def rows(self, sql, *values):
        connection = sqlite3.connect(self.path, timeout=20)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def value(self, sql, *values):
        rows = self.rows(sql, *values)
        return rows[0][0] if rows else None

    def points(self, metric, pid=None):
        """[(t_s, value)] in order of time."""
        return self.rows("SELECT t_s, value FROM v_point WHERE metric = ? AND "
                         "(? IS NULL OR pid = ?) ORDER BY t_s", metric, pid, pid)

    def is_sound(self):
        return self.rows("PRAGMA integrity_check") == [("ok",)]


class SeepTest(unittest.TestCase):
    """A folder, a ledger directory and an environment of its own for every test."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="seep_e2e_")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ledgers = f"/dev/shm/seep_e2e_{uuid.uuid4().hex}"
        os.mkdir(self.ledgers, 0o700)
        self.addCleanup(shutil.rmtree, self.ledgers, ignore_errors=True)
        self.env = plain_environment(SEEP_DIR=self.ledgers, SEEP_DB=self.path("seep.db"))
        self.started = []
        self.notes = []
        self.addCleanup(self.end_everything)

    def path(self, name):
        return os.path.join(self.folder, name)

    def mount_tmpfs(self, size):
        """A folder that holds no more than that, or the test is skipped."""
        folder = self.path("tmpfs")
        os.mkdir(folder)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "seep_e2e", folder],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if mounted.returncode != 0:
            self.skipTest(f"mounting a tmpfs is not permitted here: {mounted.stdout.strip()}")
        self.addCleanup(subprocess.run, ["umount", folder], check=True)
        self.addCleanup(self.end_everything)  # before that
        return folder

    def fill(self, folder):
        """Takes all that is left."""
        with open(os.path.join(folder, "ballast"), "wb", buffering=0) as file:
            for chunk in (1 << 20, 1 << 12):
                try:
                    while True:
                        file.write(b"\0" * chunk)
                except OSError:
                    pass

    def note(self, text):
        """A figure worth reading, printed with the result."""
        self.notes.append(text)

    @property
    def database(self):
        return Database(self.env["SEEP_DB"])

    def start(self, command, env=None, **options):
        started = Started(command, self.folder, dict(self.env, **(env or {})), **options)
        self.started.append(started)
        return started

    def start_seep(self, *arguments, **options):
        return self.start([SEEP] + list(arguments), **options)

    def seep(self, *arguments, timeout=90, **options):
        """Runs seep to its end: (exit status, what was started)."""
        started = self.start_seep(*arguments, **options)
        return started.wait(timeout), started

    def target_of(self, seep, name):
        """pid of the target that a started seep runs, once it is that program."""
        def find():
            self.assertIsNone(seep.process.poll(), seep.err)
            return [pid for pid in children(seep.pid)
                    if name in read_bytes(f"/proc/{pid}/cmdline").split(b"\0")[0].decode()]
        return wait_until(find, 20, name)[0]

    def our_processes(self):
        """pids of all processes of this test: no other has its ledger directory."""
        mark = f"SEEP_DIR={self.ledgers}".encode()
        pids = [int(pid) for pid in os.listdir("/proc") if pid.isdigit()]
        return [pid for pid in pids if pid != os.getpid() and is_alive(pid)
                and mark in read_bytes(f"/proc/{pid}/environ").split(b"\0")]

    def end_everything(self):
        for pid in self.our_processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for started in self.started:
            started.process.wait(20)

    def assertOneLine(self, seep, *words):
        """One clear line: it has every word (the object, the remedy)."""
        lines = seep.err.splitlines()
        self.assertEqual(len(lines), 1, seep.err)
        self.assertTrue(lines[0].startswith("seep: "), lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def assertNoLedgers(self):
        self.assertEqual(os.listdir(self.ledgers), [])


_print_lock = threading.Lock()


def _run(test):
    result = unittest.TestResult()
    started_s = time.monotonic()
    try:
        test.run(result)
    except Exception:  # of the harness itself
        result.errors.append((test, traceback.format_exc()))
    troubles = [text for _, text in result.failures + result.errors]
    troubles += ["passes, but is marked as an expected failure" for _ in result.unexpectedSuccesses]
    word = "FAILED" if troubles else "skipped" if result.skipped else "ok"
    if result.expectedFailures:
        word = "known"
    with _print_lock:
        print(f"{word:8}{time.monotonic() - started_s:6.1f} s  {test.id().split('.', 1)[1]}")
        reasons = [reason for _, reason in result.skipped]
        for line in getattr(test, "notes", []) + reasons + troubles:
            print("    " + line.replace("\n", "\n    "))
        sys.stdout.flush()
    return bool(troubles)


def main(concurrency):
    """Runs the tests of the script, `concurrency` at a time; exit status 1 when one fails."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} BIN_DIR [WORD ...]")
    words = sys.argv[2:]
    pending = [unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])]
    tests = []
    while pending:
        item = pending.pop(0)
        if isinstance(item, unittest.TestSuite):
            pending += list(item)
        elif not words or any(word in item.id() for word in words):
            tests.append(item)
    started_s = time.monotonic()
    with ThreadPoolExecutor(concurrency) as pool:
        failures = sum(pool.map(_run, tests))
    print(f"{len(tests)} tests, {failures} failures, {time.monotonic() - started_s:.0f} s")
    sys.exit(1 if failures or not tests else 0)

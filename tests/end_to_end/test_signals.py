#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How a run ends when it is told to: signals, Ctrl-C on a terminal, targets that do not obey; and
what seep writes to a terminal and to a log.

Usage: test_signals.py BIN_DIR [WORD ...].
"""
import fcntl
import os
import pty
import re
import signal
import subprocess
import termios
import threading
import time

from harness import (PASS, QUICK, SEEP, SeepTest, is_alive, main, read_bytes, truth_of, wait_until,
                     zoo)


class Terminal:
    """A command in the foreground of a pseudo terminal of its own."""

    def __init__(self, command, env, folder):
        master, slave = pty.openpty()

        def take_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.process = subprocess.Popen(command, env=env, cwd=folder, stdin=slave, stdout=slave,
                                        stderr=slave, preexec_fn=take_terminal)
        self.pid = self.process.pid
        os.close(slave)
        self.master = master
        self.text = b""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while True:
            try:
                part = os.read(self.master, 65536)
            except OSError:  # EIO: everyone has left
                return
            if not part:
                return
            self.text += part

    def type(self, keys):
        os.write(self.master, keys)

    def wait(self, seconds=60):
        code = self.process.wait(seconds)
        self.reader.join(5)
        os.close(self.master)
        return code if code >= 0 else 128 - code


class Signals(SeepTest):
    def assertEndedInOrder(self, text, exit_status=PASS):
        """Final snapshot, commit, verdict."""
        self.assertIn("the run has ended", text)
        self.assertIn("Exit code", text)
        self.assertEqual(self.database.rows("SELECT is_finished, target_exit FROM run"),
                         [(1, exit_status)])
        duration_s = self.database.value("SELECT duration_s FROM run")
        self.assertLess(duration_s - self.database.points("heap_live")[-1][0], 1)
        self.assertIn(("exit", f"target exited with status {exit_status}"),
                      self.database.rows("SELECT kind, message FROM event"))
        self.assertTrue(self.database.is_sound())
        self.assertNoLedgers()

    def end_by(self, number):
        # a long time between snapshots: the last one is made because of the signal
        seep = self.start_seep("run", "--tick", "100ms", "--snapshot", "60s", "--",
                               *zoo("leak", "--seconds 0"))
        target = self.target_of(seep, "seep_zoo_leak")
        wait_until(lambda: "ready" in seep.out, what="the target")
        time.sleep(2)
        seep.send(number)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertFalse(is_alive(target))
        self.assertIn("leaked_bytes", truth_of(seep.out))  # SIGTERM, and time to obey
        self.assertEndedInOrder(seep.err)
        self.assertGreater(self.database.points("heap_live")[-1][0], 1.5)

    def test_sigint(self):
        self.end_by(signal.SIGINT)

    def test_sigterm(self):
        self.end_by(signal.SIGTERM)

    def test_sighup(self):
        self.end_by(signal.SIGHUP)

    def test_target_that_does_not_want_to_end(self):
        seep = self.start_seep("run", "--grace", "1s", "--duration", "1s", "--", "/bin/sh", "-c",
                               "trap '' TERM; while :; do sleep 0.1; done")
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertEqual(sum("killing it" in line for line in seep.said()), 1, seep.err)

    def test_target_that_crashes_when_told_to_end(self):
        """A crash on the way down is the target's own doing."""
        seep = self.start_seep("run", "--duration", "1s", "--", "/bin/sh", "-c",
                               "trap 'kill -SEGV $$' TERM; while :; do sleep 0.1; done")
        self.assertEqual(seep.wait(), 128 + signal.SIGSEGV, seep.err)

    def start_on_terminal(self, *command):
        terminal = Terminal([SEEP, "run", *QUICK, "--", *command], self.env, self.folder)
        self.addCleanup(lambda: terminal.process.poll() is None and terminal.process.kill())
        return terminal

    def test_ctrl_c(self):
        """The whole foreground group gets it, the target too: once."""
        terminal = self.start_on_terminal(*zoo("leak", "--seconds 0"))
        wait_until(lambda: b"ready" in terminal.text, what="the target")
        time.sleep(1)
        terminal.type(b"\x03")
        self.assertEqual(terminal.wait(), PASS, terminal.text)
        self.assertIn(b"leaked_bytes=", terminal.text)
        self.assertEndedInOrder(terminal.text.decode())

    def test_ctrl_c_kills_a_target_without_a_handler(self):
        """Whichever of the two the kernel wakes first, the result is the same."""
        for _ in range(10):
            terminal = self.start_on_terminal("/bin/sleep", "60")
            wait_until(lambda: b"rss" in terminal.text, what="the live line")
            terminal.type(b"\x03")
            self.assertEqual(terminal.wait(), PASS, terminal.text)
            self.assertIn(b"the run has ended", terminal.text)

    def test_live_line_on_a_terminal(self):
        terminal = self.start_on_terminal(*zoo("leak", "--seconds 2"))
        self.assertEqual(terminal.wait(), PASS)
        lines = re.findall(rb"\r\x1b\[Kseep: \d+s  rss [\d.]+ \wiB  live heap [\d.]+ \wiB",
                           terminal.text)
        self.assertGreater(len(lines), 5, terminal.text)
        # overwritten, not scrolled: the line is gone before anything else is said
        for line in terminal.text.split(b"\n"):
            self.assertFalse(line.rstrip(b"\r").endswith(b"B") and b"live heap" in line, line)

    def test_no_control_characters_in_a_log(self):
        status, seep = self.seep("run", *QUICK, "--", *zoo("leak", "--seconds 2"))
        self.assertEqual(status, PASS)
        self.assertRegex(seep.err, r"rss .*")
        self.assertEqual(re.findall(r"[^\n\x20-\x7e]", seep.err), [])

    def test_reader_of_the_log_goes_away(self):
        """seep run ... 2>&1 | head -1: neither seep nor the target dies of it."""
        read_end, write_end = os.pipe()
        with open(self.path("out"), "wb") as out:
            process = subprocess.Popen([SEEP, "run", *QUICK, "--", *zoo("leak", "--seconds 2")],
                                       env=self.env, stdout=out, stderr=write_end)
        os.close(write_end)
        os.close(read_end)
        self.assertEqual(process.wait(60), PASS)
        self.assertIn(b"leaked_bytes=", read_bytes(self.path("out")))
        self.assertEqual(self.database.value("SELECT is_finished FROM run"), 1)


if __name__ == "__main__":
    main(concurrency=6)

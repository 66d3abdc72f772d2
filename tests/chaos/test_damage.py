#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The database of a daemon is damaged, while the agent runs and while it does not: the file is set
aside, never deleted, and the agent goes on in a new one.

Usage: test_damage.py BIN_DIR [--seed N] [--full] [WORD ...].
"""
import glob
import os
import signal
import sqlite3
import time

from chaos_harness import (BACK_S, PASS, TICK_S, ChaosTest, main, seconds, wait_until)

PAGE = 4096


class Damage(ChaosTest):
    def checkpoint(self):
        """Everything into the file itself: pages that are in the log too would hide the damage."""
        connection = sqlite3.connect(self.env["SEEP_DB"], timeout=20)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()

    def scribble(self, share):
        """Random bytes over that share of the pages, in place."""
        pages = os.path.getsize(self.env["SEEP_DB"]) // PAGE
        with open(self.env["SEEP_DB"], "r+b") as file:
            for page in self.random.sample(range(pages), max(1, int(pages * share))):
                file.seek(page * PAGE + self.random.randrange(PAGE // 2))
                file.write(self.random.randbytes(self.random.randrange(1, PAGE // 2)))

    def zero_header(self):
        with open(self.env["SEEP_DB"], "r+b") as file:
            file.write(bytes(100))

    def cut(self):
        size = os.path.getsize(self.env["SEEP_DB"])
        os.truncate(self.env["SEEP_DB"], self.random.randrange(size // 2) // PAGE * PAGE)

    def set_aside(self):
        return [path for path in glob.glob(self.env["SEEP_DB"] + "-damaged-*")
                if not path.endswith(("-wal", "-shm"))]

    def while_it_runs(self, damage):
        """Bound: what the damaged file holds; of what is measured from then on, a tick."""
        agent, targets = self.start_pair()
        self.checkpoint()
        damage()
        begun_s = time.time()
        wait_until(self.set_aside, BACK_S, "the file to be set aside")
        self.note(f"set aside after {time.time() - begun_s:.1f} s")
        self.assertBackToNormal(agent, targets)
        time.sleep(seconds(4, 20))
        self.assertAllWell(agent, targets, TICK_S, begun_s + 5)
        self.assertEqual(len(self.set_aside()), 1)
        self.assertSaidOnce(agent, "was moved to")
        self.assertEqual(self.events("breaker", "was moved to"), 3)  # in each run
        # Stacks have their frames: they were told again.
        wait_until(lambda: self.database.value("SELECT count(*) FROM stack_frame"), 20, "frames")
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)

    def test_overwritten(self):
        self.while_it_runs(lambda: self.scribble(1))

    def test_zeroed_header(self):
        """Set aside, or not noticed: when the agent has written since, the first page is in the log as
        well, and the next checkpoint makes the file whole. Then nothing is missing."""
        agent, targets = self.start_pair()
        begun_s = time.time()
        self.checkpoint()
        self.zero_header()

        def is_over():
            self.checkpoint_if_it_can()
            with open(self.env["SEEP_DB"], "rb") as file:
                return self.set_aside() or file.read(16) == b"SQLite format 3\0"
        wait_until(is_over, BACK_S, "an answer")
        is_anew = bool(self.set_aside())
        self.note("set aside" if is_anew else "made whole by the log")
        time.sleep(seconds(4, 20))
        self.assertAllWell(agent, targets, TICK_S, begun_s + (5 if is_anew else 0))
        self.assertEqual(agent.err.count("was moved to"), int(is_anew), agent.err)

    def test_cut(self):
        self.while_it_runs(self.cut)

    def test_some_pages(self):
        """Which pages are read again depends: the agent lives, measures, and says nothing that is
        wrong; the next agent opens it or sets it aside."""
        agent, targets = self.start_pair()
        for _ in range(seconds(3, 12)):
            self.checkpoint_if_it_can()
            self.scribble(0.2)
            time.sleep(2)
        self.assertBackToNormal(agent)
        self.assertUnharmed(targets)
        self.note(f"set aside {len(self.set_aside())} times")
        agent.send(signal.SIGTERM)
        agent.wait()
        again = self.start_seep("agent", "--config", self.path("seep.toml"))
        self.assertBackToNormal(again)
        wait_until(lambda: self.health()["ticks"] > 10, BACK_S, "ticks")
        self.assertUnharmed(targets)

    def checkpoint_if_it_can(self):
        try:
            self.checkpoint()
        except sqlite3.Error:
            pass

    def while_it_does_not(self, damage):
        """Bound: the start of the agent."""
        agent, targets = self.start_pair()
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)
        damage()
        begun_s = time.time()
        again = self.start_seep("agent", "--config", self.path("seep.toml"))
        self.assertBackToNormal(again)
        self.assertEqual(len(self.set_aside()), 1)
        self.assertSaidOnce(again, "was moved to")
        wait_until(lambda: all(len(self.times_of(target)) > 5 for target in targets), BACK_S, "points")
        self.assertAllWell(again, targets, TICK_S, begun_s + 10)

    def test_zeroed_header_before_the_start(self):
        self.while_it_does_not(self.zero_header)

    def test_overwritten_before_the_start(self):
        """All but the header, which says whose it is."""
        def damage():
            with open(self.env["SEEP_DB"], "r+b") as file:
                file.seek(100)
                file.write(self.random.randbytes(os.path.getsize(self.env["SEEP_DB"]) - 100))
        self.while_it_does_not(damage)

    def test_another_file_in_its_place(self):
        """Is none of ours: refused at the start, in one line, and left as it is."""
        with open(self.env["SEEP_DB"], "wb") as file:
            file.write(self.random.randbytes(50_000))
        status, agent = self.seep("agent", "--config", self.configure())
        self.assertNotEqual(status, PASS)
        self.assertOneLine(agent, "is not a database and is left as it is")
        self.assertEqual(self.set_aside(), [])


if __name__ == "__main__":
    main(concurrency=8)

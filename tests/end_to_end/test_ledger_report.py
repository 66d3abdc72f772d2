#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seep report --ledger: what a process that nobody watched left behind, and what is no ledger.

Usage: test_ledger_report.py BIN_DIR [WORD ...]
"""
import json
import os
import random
import signal
import struct
import time

from harness import (FAILED, INCONCLUSIVE, PASS, SEEP, SeepTest, main, truth_of, wait_until, zoo)

JEMALLOC = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"
LIBRARY = os.path.join(os.path.dirname(SEEP), "..", "lib", "libseep.so")


class LedgerTest(SeepTest):
    def start_alone(self, command, interval="1"):
        return self.start(command, env={"LD_PRELOAD": LIBRARY, "SEEP_INTERVAL": interval})

    def ledger(self):
        """The only file that there is."""
        name, = os.listdir(self.ledgers)
        return os.path.join(self.ledgers, name)

    def report(self, path):
        """The report as JSON, of a ledger that can be read."""
        status, seep = self.seep("report", "--ledger", path, "--json")
        self.assertEqual((status, seep.err), (INCONCLUSIVE, ""))
        self.assertFalse(os.path.exists(self.env["SEEP_DB"]))
        return seep.json()

    def assertNames(self, report, function, ages):
        """`function` is within the first three frames of the stack that holds most."""
        stack = report["heaps"][0]["stacks"][0]
        functions = [frame["function"] for frame in stack["frames"][:3]]
        self.assertTrue(any(function in name for name in functions), functions)
        self.assertEqual(stack["ages"], ages)
        return stack


class Readable(LedgerTest):
    def test_killed(self):
        """kill -9: exact figures, a name, an honest verdict; the file stays."""
        target = self.start_alone(zoo("leak", "--seconds 0 --rate 2M --requests 2000"))
        wait_until(lambda: "ready" in target.out, what="the target")
        time.sleep(2.5)
        target.send(signal.SIGKILL)
        target.wait()
        path = self.ledger()
        report = self.report(path)
        stack = self.assertNames(report, "LeakRequestBuffer", "spread")
        self.assertEqual(stack["live_bytes_se"], 0)  # exact
        self.assertGreater(stack["live_bytes"], 2_000_000)
        self.assertEqual(stack["live_bytes"], stack["alloc_bytes"])
        self.assertEqual((report["run"]["id"], report["verdict"]["exit_code"]), (0, INCONCLUSIVE))
        self.assertIn("cannot show growth", report["verdict"]["summary"])
        self.assertTrue(2 < report["run"]["duration_s"] < 30, report["run"])
        self.assertEqual(report["targets"][0]["pid"], target.pid)
        self.assertTrue(any("has ended" in warning for warning in report["warnings"]))
        self.assertEqual(self.report(path), report)  # reading changes nothing
        # the text says the same
        status, seep = self.seep("report", "--ledger", path)
        self.assertEqual(status, INCONCLUSIVE)
        for words in ("LeakRequestBuffer", "Exit code 12", "in use from every part of its life: #1",
                      f"pid {target.pid}", "T = 1 B"):
            self.assertIn(words, seep.out)
        self.assertTrue(all(len(line) <= 100 for line in seep.out.splitlines()))

    def test_ended_by_itself(self):
        """To the byte what the program says, beside what its libraries keep."""
        target = self.start_alone(zoo("leak", "--seconds 1 --requests 2000"))
        self.assertEqual(target.wait(), PASS)
        truth = truth_of(target.out)
        stacks = self.report(self.ledger())["heaps"][0]["stacks"]
        live_bytes = sum(stack["live_bytes"] for stack in stacks
                         if any("LeakRequestBuffer" in f["function"] for f in stack["frames"]))
        self.assertEqual(live_bytes, int(truth["leaked_bytes"]))

    def test_mappings(self):
        """Anonymous mappings have stacks too, beside the heap."""
        target = self.start_alone(zoo("mmap_leak", "--seconds 1 --rate 4M --block 64KiB"))
        self.assertEqual(target.wait(), PASS)
        truth = truth_of(target.out)
        path = self.ledger()
        report = self.report(path)
        self.assertGreater(report["run"]["duration_s"], 0.8)  # known from the mappings alone
        heap, = report["heaps"]
        stack = heap["stacks"][0]
        self.assertEqual(stack["ages"], "spread")
        self.assertTrue(any("LeakMapping" in frame["function"] for frame in stack["frames"]), stack)
        self.assertEqual((stack["kind"], stack["live_bytes"], stack["live_objects"]),
                         ("mapping", int(truth["leaked_mapped_bytes"]),
                          int(truth["leaked_mappings"])))
        self.assertEqual(heap["mapped_bytes"], sum(stack["live_bytes"] for stack in heap["stacks"]
                                                   if stack["kind"] == "mapping"))
        self.assertLess(heap["live_bytes"], 1 << 20)
        text = " ".join(self.seep("report", "--ledger", path)[1].out.split())
        for words in ("LeakMap", "mapped memory beside it", "of the mapped memory, in"):
            self.assertIn(words, text)

    def test_living(self):
        """The heap of a process that runs on, as it is now."""
        target = self.start_alone(zoo("live_set", "--seconds 0 --bytes 20MiB --block 4KiB"),
                                  interval="16KiB")
        wait_until(lambda: "ready" in target.out, what="the target")
        time.sleep(2)
        report = self.report(self.ledger())
        heap = report["heaps"][0]
        self.assertNames(report, "HoldLiveSet", "start-up")
        self.assertLess(abs(heap["live_bytes"] - (20 << 20)), 5 * heap["live_bytes_se"] + 200_000)
        self.assertTrue(any("is running" in warning for warning in report["warnings"]))
        self.assertTrue(target.process.poll() is None)

    def test_allocations_past_the_probe(self):
        """Named while the process lives: a ledger does not know of them."""
        target = self.start_alone(zoo("late_plugin", "--seconds 0 --deepbind"))
        wait_until(lambda: "ready" in target.out, what="the target")
        time.sleep(0.5)
        line, = self.report(self.ledger())["coverage"]["unseen"]
        self.assertIn("plugin_renderer.so calls libc.so.6 past the probe (RTLD_DEEPBIND)", line)

    def test_mallocx_of_a_late_library(self):
        target = self.start(zoo("late_plugin", "--seconds 0 --mallocx"),
                            env={"LD_PRELOAD": f"{LIBRARY}:{JEMALLOC}", "SEEP_INTERVAL": "1"})
        wait_until(lambda: "ready" in target.out, what="the target")
        time.sleep(0.5)
        line, = self.report(self.ledger())["coverage"]["unseen"]
        self.assertIn("plugin_mallocx.so calls libjemalloc.so.2 past the probe (mallocx or its kin)",
                      line)

    def test_thinned(self):
        """A ledger that was kept small says so."""
        target = self.start(zoo("live_set", "--seconds 1 --bytes 32MiB --block 64"),
                            env={"LD_PRELOAD": LIBRARY, "SEEP_INTERVAL": "1",
                                 "SEEP_LEDGER_MAX": "1MiB"})
        self.assertEqual(target.wait(), PASS)
        report = self.report(self.ledger())
        heap = report["heaps"][0]
        self.assertTrue(any("thinned" in warning for warning in report["warnings"]))
        self.assertTrue(any("T is " in warning for warning in report["warnings"]))
        self.assertLess(abs(heap["live_bytes"] - (32 << 20)), 5 * heap["live_bytes_se"] + 200_000)


class Refused(LedgerTest):
    def refuse(self, path, *words):
        status, seep = self.seep("report", "--ledger", path, timeout=20)
        self.assertEqual((status, seep.out), (FAILED, ""), seep.err)
        self.assertOneLine(seep, path, *words)

    def whole(self):
        """The bytes of a good ledger, holes filled with zeros."""
        target = self.start_alone(zoo("leak", "--seconds 1"), interval="4KiB")
        self.assertEqual(target.wait(), PASS)
        with open(self.ledger(), "rb") as file:
            return bytearray(file.read())

    def write(self, content):
        path = self.path("copy.ledger")
        with open(path, "wb") as file:
            file.write(content)
        return path

    def test_missing_and_foreign(self):
        self.refuse(self.path("nothing"), "No such file")
        self.refuse(self.folder, "not a regular file")
        self.refuse(SEEP, "not a seep ledger")
        self.refuse(self.write(b"short"), "damaged")
        self.refuse(self.write(b""), "still being made")
        os.mkfifo(self.path("fifo"))
        self.refuse(self.path("fifo"), "not a regular file")  # and does not wait for a writer

    def test_reason_of_a_probe(self):
        path = os.path.join(self.ledgers, "123-456.failed")
        os.symlink("the ledger directory is full", path)
        self.refuse(path, "the ledger directory is full")

    def test_newer(self):
        content = self.whole()
        struct.pack_into("<I", content, 8, 99)
        self.refuse(self.write(content), "99", "version")

    def test_cut(self):
        """At any length: never a crash, never half a report."""
        content = self.whole()
        rng = random.Random(1)
        lengths = [1, 4095, 4096, 4097, len(content) - 1] + [rng.randrange(len(content))
                                                             for _ in range(15)]
        for length in lengths:
            self.refuse(self.write(content[:length]), "damaged")

    def test_random_bytes(self):
        """Nothing but noise, and noise in the tables and the counters of a good ledger."""
        rng = random.Random(2)
        self.refuse(self.write(rng.randbytes(1 << 20)), "not a seep ledger")
        content = self.whole()
        for _ in range(12):
            noisy = bytearray(content)
            for _ in range(2000):
                noisy[rng.randrange(0x310, 1 << 20)] = rng.randrange(256)
            status, seep = self.seep("report", "--ledger", self.write(noisy), "--json", timeout=30)
            self.assertIn(status, (FAILED, INCONCLUSIVE), seep.err)
            if status == INCONCLUSIVE:
                json.loads(seep.out)
            else:
                self.assertOneLine(seep)


if __name__ == "__main__":
    main(concurrency=4)

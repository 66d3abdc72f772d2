#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seep analyze`: verdicts on series of known truth, every kind of file that it must refuse, and the
same bytes out for the same bytes in.

Usage: test_analyze.py BIN_DIR [WORD ...].
"""
import json
import math
import random
import subprocess

from harness import FAILED, GROWTH, INCONCLUSIVE, PASS, SEEP, USAGE, SeepTest, main

MINUTE, DAY = 60, 86400
MIB = 1 << 20


def lines(values, load=None, start=1_763_550_000, step=MINUTE):
    """The text of a file with these values."""
    head = "time_s,value" + (",load" if load else "")
    rows = [f"{start + step * i},{value:.0f}" + (f",{load[i]:.3f}" if load else "")
            for i, value in enumerate(values)]
    return "\n".join([head] + rows) + "\n"


def noisy(make, count=2880, seed=3):
    """100 MiB times 1 + make(share of the time), with 0.3 % of noise; two days."""
    noise = random.Random(seed)
    return [100 * MIB * (1 + make(i / count) + 0.003 * noise.gauss(0, 1)) for i in range(count)]


class Analyze(SeepTest):
    def analyze(self, text, *arguments):
        """(exit status, stdout, stderr), the text on standard input."""
        done = subprocess.run([SEEP, "analyze", "-", *arguments], input=text, env=self.env,
                              capture_output=True, encoding=None if isinstance(text, bytes) else "utf-8")
        return done.returncode, done.stdout, done.stderr

    def verdict(self, text, *arguments):
        status, out, err = self.analyze(text, "--json", *arguments)
        self.assertEqual(err, "")
        report = json.loads(out)
        self.assertEqual(report["verdict"]["exit_code"], status)
        self.assertEqual(len(report["series"]), 1)
        return report

    def assertRefused(self, text, *words):
        status, out, err = self.analyze(text)
        if isinstance(err, bytes):
            out, err = out.decode(), err.decode()
        self.assertEqual((status, out), (FAILED, ""), err)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertTrue(err.startswith("seep: standard input"), err)
        for word in words:
            self.assertIn(word, err)


class Verdicts(Analyze):
    def test_a_leak(self):
        report = self.verdict(lines(noisy(lambda x: 0.2 * x)), "--limit", "200MiB")
        self.assertEqual(report["verdict"]["class"], "growth")
        series = report["series"][0]
        truth = 0.2 * 100 * MIB / 48
        self.assertTrue(series["ci_low"] <= truth <= series["ci_high"], series)
        self.assertAlmostEqual(report["forecast"]["hours"], 80 * MIB / truth, delta=80)
        self.assertEqual(report["run"]["started_at"], "2025-11-19T11:00:00Z")

    def test_a_leak_in_words(self):
        status, out, _ = self.analyze(lines(noisy(lambda x: 0.2 * x)))
        self.assertEqual(status, GROWTH)
        for words in ("Growth: rss_swap rises by", "How sure", "per day", "Since when", "****"):
            self.assertIn(words, out)
        self.note(out)

    def test_health(self):
        for make in (lambda x: 0, lambda x: 0.5 * (1 - math.exp(-x / 0.05)),
                     lambda x: 0.3 * (x > 0.4)):
            report = self.verdict(lines(noisy(make)))
            self.assertEqual(report["verdict"]["exit_code"], PASS, report)
            self.assertGreater(report["series"][0]["detectable_per_hour"], 0)

    def test_load_explains_a_half_cycle(self):
        """A day's way up: growth by its look, not beside the load."""
        count = 720
        load = [100 + 50 * math.sin(math.pi * (i / count - 0.5)) for i in range(count)]
        values = [value + 40 * MIB * (load[i] - 50) / 100 for i, value in enumerate(
            noisy(lambda x: 0, count))]
        self.assertEqual(self.verdict(lines(values))["verdict"]["exit_code"], GROWTH)
        report = self.verdict(lines(values, load))
        self.assertEqual(report["verdict"]["exit_code"], PASS, report)

    def test_counts_and_unknown_quantities(self):
        fds = [100 + i // 100 for i in range(2880)]
        self.assertEqual(self.verdict(lines(fds), "--metric", "open_fds")["series"][0]["unit"],
                         "fds")
        report = self.verdict(lines(fds), "--metric", "queue_depth")
        self.assertEqual(report["verdict"]["exit_code"], GROWTH)
        self.assertEqual(report["series"][0]["unit"], "")

    def test_too_little(self):
        for values in ([MIB], [MIB] * 8):
            report = self.verdict(lines(values))
            self.assertEqual(report["verdict"]["exit_code"], INCONCLUSIVE)
        text = lines(noisy(lambda x: 0)).splitlines()
        self.assertEqual(self.verdict("\n".join(text[:2300] + text[2600:]))["verdict"]["exit_code"],
                         INCONCLUSIVE)

    def test_same_bytes_in_same_bytes_out(self):
        text = lines(noisy(lambda x: 0.1 * x))
        for options in ([], ["--json"]):
            self.assertEqual(self.analyze(text, *options), self.analyze(text, *options))
        crlf = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
        self.assertEqual(self.analyze(crlf)[1].decode(), self.analyze(text)[1])


class Refusals(Analyze):
    HEAD = "time_s,value\n0,1\n"

    def test_columns(self):
        self.assertRefused("time,value\n0,1\n", "line 1", "'time'", "time_s,value")
        self.assertRefused("time_s,load\n0,1\n", "line 1", "'value' is missing", "time_s,value")
        self.assertRefused("time_s,value,value\n0,1,1\n", "line 1", "twice", "keep one")
        self.assertRefused("0,1\n1,2\n", "line 1", "'0'", "time_s,value")

    def test_numbers(self):
        for field in ("nan", "NaN", "inf", "-inf", "1e999"):
            self.assertRefused(self.HEAD + f"1,{field}\n", "line 3", field, "leave the line out")
        for field in ("abc", "1 2", "1;2", "0x1f", "+1"):
            self.assertRefused(self.HEAD + f"1,{field}\n", "line 3", field, "1048576")
        self.assertRefused(self.HEAD + "1,\n", "line 3", "empty", "leave the line out")

    def test_fields(self):
        self.assertRefused(self.HEAD + "1\n", "line 3", "1 fields", "2 columns")
        self.assertRefused(self.HEAD + "1,2,3\n", "line 3", "3 fields", "2 columns")

    def test_times(self):
        self.assertRefused(self.HEAD + "0,1\n", "line 3", "the same as", "keep one")
        self.assertRefused(self.HEAD + "2,1\n1,1\n", "line 4", "earlier", "sort")
        self.assertRefused("time_s,value\n1763550000000,1\n", "line 2", "give seconds")

    def test_no_text(self):
        self.assertRefused("", "is empty", "time_s,value")
        self.assertRefused("time_s,value\n", "no values", "0,1048576")
        self.assertRefused(b"\x7fELF\x02\x01\x01\0\0\0", "line 1", "0x7f", "UTF-8")
        self.assertRefused(self.HEAD.encode() + b"1,\xff\n", "line 3", "0xff")
        self.assertRefused("time_s,value\n" + "1" * 100_000, "line 2", "longer than")

    def test_damage(self):
        """Bytes changed, cut out and put in at random: a verdict or one line, never anything else."""
        random_bytes = random.Random(11)
        whole = lines(noisy(lambda x: 0.1 * x, 300), [1 + i % 7 for i in range(300)]).encode()
        refused = 0
        for _ in range(150):
            text = bytearray(whole)
            for _ in range(random_bytes.randint(1, 4)):
                at = random_bytes.randrange(len(text))
                kind = random_bytes.randrange(3)
                if kind == 0:
                    text[at] = random_bytes.choice(b"0123456789.,-e\n\r \"\0\xff")
                elif kind == 1:
                    del text[at:at + random_bytes.randint(1, 40)]
                else:
                    text[at:at] = random_bytes.choice([b",", b"\n", b"nan", b"1e99", b"\xef\xbb\xbf"])
            status, out, err = self.analyze(bytes(text))
            self.assertIn(status, (PASS, GROWTH, INCONCLUSIVE, FAILED), (text, err))
            if status == FAILED:
                refused += 1
                self.assertEqual((out, err.count(b"\n")), (b"", 1), err)
            else:
                self.assertEqual(err, b"")
        self.assertGreater(refused, 75)
        self.note(f"{refused} of 150 refused")

    def test_files_and_usage(self):
        def refused(status, *arguments):
            got, seep = self.seep("analyze", *arguments)
            self.assertEqual(got, status, seep.err)
            return seep
        self.assertOneLine(refused(FAILED, self.path("none.csv")), "none.csv", "No such file")
        self.assertOneLine(refused(FAILED, self.folder), self.folder, "folder")
        self.assertOneLine(refused(USAGE), "FILE", "--help")
        self.assertOneLine(refused(USAGE, "-", "--limit", "lots"), "lots", "2GiB")
        self.assertOneLine(refused(USAGE, "-", "--frobnicate"), "--frobnicate", "--help")

    def test_a_full_disk(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([SEEP, "analyze", "-"], input=lines([1] * 50), stdout=full,
                                  stderr=subprocess.PIPE, text=True, env=self.env)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("writing the report", done.stderr)


if __name__ == "__main__":
    main(2)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reports in every format, given to those who read them: schemas and parsers of others.

Usage: test_formats.py BIN_DIR [WORD ...]. Runs of 45 s go side by side.
"""
import glob
import json
import os
import re
import subprocess

from harness import (BIN_DIR, FAILED, GROWTH, INCONCLUSIVE, PASS, USAGE, SeepTest, main, read_bytes,
                     zoo)
from report_consumers import (ROOT, check_junit, check_markdown, check_report, check_sarif,
                              check_schema)

FORMATS = ("text", "json", "junit", "sarif", "markdown")
DURATION = ("--duration", "45s")
HOSTILE = (b"evil\n\x1b[31m\"q' \xff\xc0\xaf </script></pre></code><b onclick=x>&lt; ]]> <!-- {0} "
           b"[l](http://x.y) ![i](//x.y/z) @user #123 !45 GH-6 www.x.org `c``d ``` | a |\n# h $1 ")


class FormatsTest(SeepTest):
    def check(self, path_of):
        """All formats by their consumers; path_of(format). What was found in them."""
        with open(path_of("text"), encoding="utf-8", errors="strict") as file:
            text = file.read()
        self.assertEqual(re.findall(r"[^\n\x20-\x7e\u00a0-\U0010ffff]", text), [])
        with open(path_of("json"), encoding="utf-8", errors="strict") as file:
            report = check_report(json.load(file))
        return (report, check_junit(path_of("junit")), check_sarif(path_of("sarif")),
                check_markdown(path_of("markdown")))

    def reports(self, status, *arguments):
        """`seep report` in all formats, each ending with `status`."""
        for name in FORMATS:
            self.assertEqual(self.seep("report", *arguments, "--format", name, "-o",
                                       self.path("again." + name))[0], status, name)
        return self.check(lambda name: self.path("again." + name))


class Samples(FormatsTest):
    """Verdicts written by hand: comparison, policy, hostile names, thousands of everything."""

    def test_samples(self):
        writer = self.start([os.path.join(BIN_DIR, "seep_report_samples"), self.folder])
        self.assertEqual(writer.wait(), PASS, writer.err)
        samples = [os.path.basename(path)[:-5] for path in glob.glob(self.path("*.json"))]
        self.assertGreater(len(samples), 8)
        for sample in samples:
            with self.subTest(sample):
                report, junit, sarif, page = self.check(lambda name: self.path(f"{sample}.{name}"))
                is_pass = report["verdict"]["exit_code"] == PASS
                self.assertEqual(junit["failures"] + junit["errors"] == 0, is_pass)
                open_results = [one for one in sarif["results"] if "suppressions" not in one]
                self.assertEqual(open_results == [], is_pass)
                self.assertEqual(len(page.elements["h3"]), 1)

    def test_what_is_broken_is_refused(self):
        """The consumers look: what is wrong in a report does not pass them."""
        writer = self.start([os.path.join(BIN_DIR, "seep_report_samples"), self.folder])
        self.assertEqual(writer.wait(), PASS, writer.err)

        def spoil(name, check, old, new):
            content = read_bytes(self.path("regression." + name))
            self.assertIn(old, content)
            with open(self.path("broken"), "wb") as file:
                file.write(content.replace(old, new, 1))
            with self.assertRaises((AssertionError, ValueError, KeyError), msg=(name, new)):
                check(self.path("broken"))

        def check_json(path):
            with open(path) as file:
                check_report(json.load(file))

        spoil("json", check_json, b'"is_pinned"', b'"pinned"')
        spoil("json", check_json, b'"change": "regressed"', b'"change": "worse"')
        spoil("sarif", check_sarif, b'"level": "error"', b'"level": "fatal"')
        spoil("sarif", check_sarif, b'"startLine": 88', b'"startLine": 0')
        spoil("junit", check_junit, b"<failure", b"<failed")
        spoil("junit", check_junit, b'time="600.000"', b'time="6.0e2"')
        spoil("junit", check_junit, b"&lt;", b"<")
        spoil("junit", check_junit, b"regression", b"\x01")
        spoil("markdown", check_markdown, b"First finding: ", b"First finding: @user ")
        spoil("markdown", check_markdown, b"First finding: ", b"First finding: </details>")
        spoil("markdown", check_markdown, b"First finding: ", b"[First](finding): ")


def compiled_in(program, source):
    """The folder that `source`, relative to it, was in when `program` was compiled: a cache of the
    compiler may have taken it from another checkout."""
    listed = subprocess.run(["readelf", "--debug-dump=info", "--dwarf-depth=1", program],
                            stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
    names = re.findall(r"DW_AT_name .*: (\S*/" + source + ")$", listed, re.M)
    folders = re.findall(r"DW_AT_comp_dir .*: (/\S*)$", listed, re.M)
    return os.path.normpath(os.path.join(folders[0], names[0]))[:-len(source) - 1]


class Runs(FormatsTest):
    def test_growth(self):
        """All artifacts of a job in one go, and the same again from the database."""
        command = zoo("leak", "--seconds 0 --rate 1MiB --requests 2000")
        root = compiled_in(command[0], "tests/targets/leak.cpp")
        files = [f"--report={name}={self.path('job.' + name)}" for name in FORMATS]
        status, seep = self.seep("run", "--gate", "--quiet", "--heartbeat", "10s", *DURATION,
                                 "--source-root", root, *files, "--", *command)
        self.assertEqual(status, GROWTH, seep.err)
        report, junit, sarif, page = self.check(lambda name: self.path("job." + name))
        self.note(report["verdict"]["summary"])
        self.assertGreaterEqual(junit["failures"], 2)
        result = next(one for one in sarif["results"] if "stacks" in one)
        place = result["locations"][0]["physicalLocation"]
        self.assertEqual(place["artifactLocation"],
                         {"uri": "tests/targets/leaky.h", "uriBaseId": "%SRCROOT%"})
        with open(os.path.join(ROOT, "tests/targets/leaky.h")) as file:
            allocates = file.readlines()[place["region"]["startLine"] - 1]
        self.assertIn("alloc", allocates)
        self.assertEqual(result["partialFingerprints"]["seepStack/v1"],
                         report["stacks"][0]["fingerprint"])
        self.assertEqual(sarif["invocations"][0]["exitCode"], GROWTH)
        self.assertIn("details", page.elements)
        beats = [line for line in seep.said() if " of 45s  rss " in line]
        self.assertTrue(3 <= len(beats) <= 5, seep.err)
        self.reports(GROWTH, "--source-root", root)
        for name in FORMATS:
            self.assertEqual(read_bytes(self.path("again." + name)),
                             read_bytes(self.path("job." + name)), name)

    def test_pass(self):
        status, seep = self.seep("run", "--gate", *DURATION, f"--report=junit={self.path('j')}",
                                 f"--report=sarif={self.path('s')}", "--",
                                 *zoo("live_set", "--seconds 0 --bytes 20MiB --block 4KiB"))
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual([check_junit(self.path("j"))[key] for key in ("failures", "errors")],
                         [0, 0])
        self.assertEqual(check_sarif(self.path("s"))["results"], [])

    def test_hostile_names(self):
        """A program, its arguments and a run that are named to break out."""
        program = os.path.join(os.fsencode(self.folder), HOSTILE.replace(b"/", b":"))
        os.symlink("/bin/sleep", program)
        status, seep = self.seep("run", "--name", HOSTILE, "--tick", "100ms", "--", program, "2")
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(re.findall(r"[^\n\x20-\x7e\u00a0-\uffff]", seep.err), [])
        report, _, sarif, _ = self.reports(INCONCLUSIVE)
        self.assertIn("</script>", report["run"]["name"])
        self.assertFalse(sarif["invocations"][0]["executionSuccessful"])
        check_schema(json.loads(self.seep("list", "--json")[1].out), "docs/list.schema.json")
        check_schema(json.loads(self.seep("show", "--json")[1].out), "docs/show.schema.json")

    def test_nothing_measured(self):
        """An empty run is inconclusive in every format, never a pass."""
        self.assertEqual(self.seep("run", "--", "/bin/true")[0], PASS)
        _, junit, sarif, _ = self.reports(INCONCLUSIVE)
        self.assertGreaterEqual(junit["errors"], 1)
        self.assertEqual([one["ruleId"] for one in sarif["results"]], ["insufficient-data"])

    def test_damaged_database(self):
        self.assertEqual(self.seep("run", "--", "/bin/true")[0], PASS)
        content = read_bytes(self.env["SEEP_DB"])
        with open(self.env["SEEP_DB"], "wb") as file:
            file.write(content[:5000])
        for name in FORMATS:
            status, seep = self.seep("report", "--format", name)
            self.assertEqual((status, seep.out), (FAILED, ""), name)
            self.assertOneLine(seep, "damaged")

    def test_several_formats_at_once(self):
        self.assertEqual(self.seep("run", "--", "/bin/true")[0], PASS)
        status, seep = self.seep("report", "--format", ",".join(FORMATS), "-o", self.path("all"))
        self.assertEqual((status, seep.out), (INCONCLUSIVE, ""), seep.err)
        for suffix in ".txt", ".json", ".junit.xml", ".sarif", ".md":
            self.assertTrue(os.path.getsize(self.path("all" + suffix)) > 100, suffix)


class ReportFiles(FormatsTest):
    def refuse(self, status, *words, options):
        """Before the target is started."""
        marker = self.path("started")
        ended, seep = self.seep("run", *options, "--", "/bin/sh", "-c", f"touch {marker}")
        self.assertEqual(ended, status, seep.err)
        self.assertOneLine(seep, *words)
        self.assertFalse(os.path.exists(marker))

    def test_refused_before_the_run(self):
        self.refuse(USAGE, "tea", "sarif", options=["--report", "tea=x"])
        self.refuse(USAGE, "FORMAT=FILE", options=["--report", "json"])
        self.refuse(USAGE, self.folder, "is a folder", options=["--report", "json=" + self.folder])
        self.refuse(USAGE, "twice", options=["--report", "json=x", "--report", "junit=x"])
        self.refuse(FAILED, "/no/such", "No such file",
                    options=["--report", "json=/no/such/file.json"])

    def test_one_that_fails_leaves_the_others(self):
        status, seep = self.seep("run", "--report", "json=/dev/full", "--report",
                                 f"junit={self.path('j')}", "--", "/bin/true")
        self.assertEqual(status, FAILED, seep.err)
        self.assertIn("/dev/full", seep.err.splitlines()[-1])
        check_junit(self.path("j"))


class Heartbeat(SeepTest):
    def test_oftener_than_ticks(self):
        status, seep = self.seep("run", "--quiet", "--heartbeat", "500ms", "--tick", "1m", "--",
                                 *zoo("leak", "--seconds 4"))
        self.assertEqual(status, PASS, seep.err)
        beats = [line for line in seep.said() if re.match(r"seep: \d+s  rss [\d.]+ \wiB", line)]
        self.assertTrue(4 <= len(beats) <= 9, seep.err)
        self.assertEqual(re.findall(r"[^\n\x20-\x7e]", seep.err), [])

    def test_attach(self):
        target = self.start(zoo("idle", "--seconds 0"))
        status, seep = self.seep("attach", str(target.pid), "--no-inject", "--duration", "3s",
                                 "--heartbeat", "1s")
        self.assertEqual(status, PASS, seep.err)
        self.assertGreaterEqual(len(re.findall(r"seep: \ds of 3s  rss ", seep.err)), 1, seep.err)

    def test_not_a_duration(self):
        status, seep = self.seep("run", "--heartbeat", "often", "--", "/bin/true")
        self.assertEqual(status, USAGE)
        self.assertOneLine(seep, "--heartbeat", "often")


if __name__ == "__main__":
    main(concurrency=6)

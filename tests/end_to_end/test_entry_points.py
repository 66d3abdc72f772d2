#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is allocated past the probe is named in the coverage of the report.

Usage: test_entry_points.py BIN_DIR [WORD ...].
"""
import os

from harness import QUICK, SeepTest, main, wait_until, zoo

JEMALLOC = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"


class EntryPoints(SeepTest):
    def report(self, command, *options):
        """The JSON and the text report of a run of three seconds."""
        seep = self.start_seep("run", "--json", "--duration", "3s", *QUICK, *options, "--", *command)
        seep.wait()
        text = " ".join(self.seep("report", "latest")[1].out.split())
        return seep.json(), text

    def assertInert(self, report, text, module):
        """The reason names the module, and there is no heap."""
        [target] = report["targets"]
        self.assertIn(f"malloc is that of {module}, which comes before the probe", target["probe"])
        self.assertIn(module, text)
        self.assertEqual(self.database.points("heap_live"), [])
        self.assertNoLedgers()

    def test_program_exports_malloc(self):
        program = zoo("own_malloc", "--seconds 0")
        self.assertInert(*self.report(program), program[0])

    def test_library_before_the_probe(self):
        """The user's LD_PRELOAD comes first."""
        report, text = self.report(zoo("idle", "--seconds 0"), "--env", "LD_PRELOAD=" + JEMALLOC)
        self.assertInert(report, text, JEMALLOC)

    def test_library_that_forwards(self):
        """The injector defines malloc too, and leads to the probe: nothing is hidden."""
        injector = os.path.join(os.path.dirname(zoo("leak")[0]), "..", "lib", "libseep_test_leak.so")
        report, _ = self.report(zoo("leak", "--seconds 0"), "--env", "LD_PRELOAD=" + injector)
        self.assertEqual(report["targets"][0]["probe"], "active")

    def test_inner_allocator(self):
        """No exported name: found by its symbols, and the rest of the heap is still seen."""
        program = zoo("inner_malloc", "--seconds 0")
        report, text = self.report(program)
        self.assertEqual(report["targets"][0]["probe"], "active")
        [line] = report["coverage"]["unseen"]
        self.assertIn(f"jemalloc is linked statically into {program[0]}: blocks that it serves are "
                      "not seen", line)
        self.assertIn("jemalloc is linked statically into", text)

    def assertPassedBy(self, report, text, allocator):
        [line] = report["coverage"]["unseen"]
        self.assertIn(f"plugin_renderer.so calls {allocator} past the probe (RTLD_DEEPBIND)", line)
        self.assertIn("past the probe (RTLD_DEEPBIND)", text)

    def test_deep_bind(self):
        """A plugin whose calls were bound past the probe; the program's own are seen."""
        report, text = self.report(zoo("late_plugin", "--deepbind --seconds 0"))
        self.assertEqual(report["targets"][0]["probe"], "active")
        self.assertPassedBy(report, text, "libc.so.6")

    def test_deep_bind_not_called_yet(self):
        """Nobody knows where an unbound call will lead."""
        report, _ = self.report(zoo("late_plugin", "--deepbind --seconds 0 --silent"))
        self.assertEqual(report["coverage"]["unseen"], [])

    def test_deep_bind_attached(self):
        """With jemalloc the calls to libc pass it by; with libc they are redirected like others."""
        for allocator, preload in ("libc.so.6", JEMALLOC), ("", ""):
            with self.subTest(preload=preload):
                target = self.start(zoo("late_plugin", "--deepbind --seconds 0"),
                                    env={"LD_PRELOAD": preload})
                wait_until(lambda: "ready" in target.out, what="the target")
                seep = self.start_seep("attach", str(target.pid), "--json", "--duration", "3s",
                                       *QUICK)
                seep.wait()
                report = seep.json()
                if allocator:
                    text = " ".join(self.seep("report", "latest")[1].out.split())
                    self.assertPassedBy(report, text, allocator)
                else:
                    self.assertEqual(report["coverage"]["unseen"], [])

    def test_nothing_hidden(self):
        """Neither libc nor a preloaded allocator is taken for a hidden one."""
        report, _ = self.report(zoo("idle", "--seconds 0"))
        self.assertEqual(report["coverage"]["unseen"], [])

    def test_statically_linked(self):
        report, _ = self.report(zoo("static_leak", "--seconds 0"))
        self.assertIn("statically linked", report["targets"][0]["probe"])


if __name__ == "__main__":
    main(concurrency=6)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The probe put into running programs and withdrawn from them: what it finds there.

Usage: test_attach.py BIN_DIR [WORD ...]
"""
import os
import sys
import time

from attach_harness import LIBRARY, AttachTest, has_ledger
from harness import BIN_DIR, FAILED, GROWTH, PASS, QUICK, main, wait_until

JEMALLOC = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"


class Finds(AttachTest):
    def test_a_leak_with_its_stack(self):
        target = self.target("leak", "--seconds 0 --rate 1MiB")
        status, seep = self.seep("attach", str(target.pid), "--duration", "46s", "--gate", "--json",
                                 "--quiet")
        self.assertEqual(status, GROWTH, seep.err)
        report = seep.json()
        functions = [frame["function"] for frame in report["stacks"][0]["frames"][:3]]
        self.assertTrue(any("LeakRequestBuffer" in name for name in functions), functions)
        self.assertTrue(any("before that are not known" in w for w in report["warnings"]))
        self.assertFalse(has_ledger(target.pid))  # withdrawn at the end
        self.assertNoLedgers()
        self.end(target)

    def test_what_another_allocator_serves(self):
        if not os.path.exists(JEMALLOC):
            self.skipTest("libjemalloc2 is not installed")
        target = self.target("leak", "--seconds 0 --rate 4MiB", env={"LD_PRELOAD": JEMALLOC})
        status, seep = self.seep("attach", str(target.pid), "--duration", "4s", *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 8_000_000)
        self.end(target)

    def test_what_a_library_loaded_later_allocates(self):
        """Its slots were not there at the attach."""
        go = self.path("go")
        target = self.start([sys.executable, "-c", "import ctypes, os, time\n"
                             "print('ready', flush=True)\n"
                             f"while not os.path.exists({go!r}): time.sleep(0.02)\n"
                             f"plugin = ctypes.CDLL({os.path.join(BIN_DIR, 'seep_zoo_plugin_renderer.so')!r})\n"
                             "while True: plugin.seep_zoo_plugin_run(2000, True), time.sleep(0.001)\n"
                             ], env={"PYTHONMALLOC": "pymalloc"})
        wait_until(lambda: "ready" in target.out, what="the target")
        seep = self.attach(target.pid, "--duration", "4s", "--interval", "1", *QUICK, "--json")
        wait_until(lambda: has_ledger(target.pid), what="the probe")
        with open(go, "w"):
            pass
        self.assertEqual(seep.wait(), PASS, seep.err)
        modules = [row[0] for row in self.database.rows("SELECT path FROM module")]
        self.assertTrue(any("plugin_renderer" in path for path in modules), modules)

    def test_new_and_delete(self):
        target = self.target("new_delete", "--seconds 0 --rounds 0 --rate 256KiB")
        status, seep = self.seep("attach", str(target.pid), "--duration", "4s", "--interval", "4KiB",
                                 *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 400_000)
        self.end(target)


class Detach(AttachTest):
    def test_under_a_seep_that_watches(self):
        target = self.target("leak", "--seconds 0 --rate 1MiB")
        seep = self.attach(target.pid, "--duration", "5s", *QUICK, "--json")
        wait_until(lambda: has_ledger(target.pid), what="the probe")
        time.sleep(1)
        self.detach(target.pid)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertIn("withdrawn by seep detach", seep.err)
        self.assertIn("withdrawn", seep.json()["coverage"]["targets"][0]["probe"])
        rss, heap = self.database.points("rss_anon"), self.database.points("heap_live")
        self.assertGreater(rss[-1][0], heap[-1][0] + 2)  # /proc went on
        self.end(target)

    def test_what_is_not_there(self):
        target = self.target("idle", "--seconds 0")
        status, seep = self.seep("detach", str(target.pid))
        self.assertEqual(status, FAILED)
        self.assertOneLine(seep, str(target.pid), "does not have the probe")
        self.end(target)

    def test_what_was_preloaded(self):
        target = self.target("leak", "--seconds 0", env={"LD_PRELOAD": LIBRARY})
        status, seep = self.seep("detach", str(target.pid))
        self.assertEqual(status, FAILED)
        self.assertOneLine(seep, str(target.pid), "started with the probe", "LD_PRELOAD")
        self.assertTrue(has_ledger(target.pid))
        self.end(target)


if __name__ == "__main__":
    main(concurrency=4)

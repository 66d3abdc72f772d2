#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An attach into other namespaces, and by other users.

Usage: test_attach_elsewhere.py BIN_DIR [WORD ...]
"""
import os
import shutil
import subprocess

from attach_harness import LIBRARY, NOBODY, AttachTest, has_ledger
from harness import PASS, QUICK, SEEP, children, main, wait_until, zoo



class Elsewhere(AttachTest):
    def setUp(self):
        super().setUp()
        if os.getuid() != 0:
            self.skipTest("needs root")

    def test_in_another_mount_namespace(self):
        """It sees neither libseep.so nor our /dev/shm: the library goes in as a memfd, the ledger
        into its own tmpfs, and it is read there."""
        hidden = os.path.dirname(LIBRARY)
        program = zoo("leak", "--seconds 0 --rate 4MiB")
        copy = self.path("program")
        shutil.copy(program[0], copy)
        script = (f"mount -t tmpfs none {hidden} && mount -t tmpfs none /dev/shm && "
                  f"exec {copy} " + " ".join(program[1:]))
        env = {name: value for name, value in self.env.items() if name != "SEEP_DIR"}
        target = self.start(["unshare", "-m", "sh", "-c", script])
        wait_until(lambda: "ready" in target.out, what="the target")
        self.env = env
        status, seep = self.seep("attach", str(target.pid), "--duration", "2s", *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(seep.json()["targets"][0]["probe"], "active")
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 1_000_000)
        self.assertFalse(has_ledger(target.pid))
        self.end(target)

    def test_in_a_pid_namespace(self):
        script = "exec " + " ".join(zoo("leak", "--seconds 0 --rate 4MiB"))
        outer = self.start(["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script])
        wait_until(lambda: "ready" in outer.out, what="the target")
        pid = children(outer.pid)[0]
        status, seep = self.seep("attach", str(pid), "--duration", "2s", *QUICK, "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(seep.json()["targets"][0]["probe"], "active")

    def test_as_an_ordinary_user(self):
        if subprocess.run(["test", "-x", SEEP], user=NOBODY).returncode != 0:
            self.skipTest(f"{SEEP} cannot be run by another user")
        for folder in self.folder, self.ledgers:
            os.chmod(folder, 0o777)
        target = self.target("leak", "--seconds 0 --rate 4MiB", user=NOBODY)
        status, seep = self.seep("attach", str(target.pid), "--duration", "2s", *QUICK, user=NOBODY)
        self.assertEqual(status, PASS, seep.err)
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 1_000_000)
        # And by root, whose own ledger directory the target could not write to.
        del self.env["SEEP_DIR"]
        status, seep = self.seep("attach", str(target.pid), "--duration", "1s", *QUICK, "--db",
                                 self.path("root.db"))
        self.assertEqual(status, PASS, seep.err)
        self.end(target)


if __name__ == "__main__":
    main(concurrency=4)

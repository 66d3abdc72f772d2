#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/traps.md, where it takes mounts, namespaces and seep itself: namespaces of pids and users,
a tmpfs that fills or becomes read-only under a target.

Usage: test_traps.py BIN_DIR [WORD ...]. Skips what is not permitted here.
"""
import os
import shutil
import subprocess

from harness import (INCONCLUSIVE, PASS, QUICK, SEEP, SeepTest, main, truth_of, wait_until, zoo)

LIBRARY = os.path.join(os.path.dirname(SEEP), "..", "lib", "libseep.so")


class Namespaces(SeepTest):
    def watch_below(self, *unshare):
        """zoo_leak as the first process of new namespaces: seen, sampled, its ledger collected."""
        probe = subprocess.run(["unshare", *unshare, "true"], stderr=subprocess.PIPE, text=True)
        if probe.returncode != 0:
            self.skipTest(f"not permitted here: {probe.stderr.strip()}")
        status, seep = self.seep("run", "--json", *QUICK, "--interval", "4KiB", "--", "unshare",
                                 *unshare, *zoo("leak", "--seconds 4 --rate 1M"))
        self.assertEqual(status, PASS, seep.err)
        targets = {os.path.basename(t["exe"]): t for t in seep.json()["targets"]}
        self.assertEqual(targets["seep_zoo_leak"]["probe"], "active", targets)
        points = self.database.points("heap_live", targets["seep_zoo_leak"]["pid"])
        self.assertGreater(len(points), 5)
        self.assertGreater(points[-1][1], 2_000_000)
        self.assertNoLedgers()

    def test_pids(self):
        """Its ledger is named by the pid that it sees: 1."""
        self.watch_below("--pid", "--fork")

    def test_pids_with_their_own_proc(self):
        self.watch_below("--pid", "--fork", "--mount-proc")

    def test_users(self):
        self.watch_below("--user", "--map-root-user")

    def test_report_of_a_living_process(self):
        """seep report --ledger finds the process behind pid 1."""
        command = ["unshare", "--pid", "--fork", *zoo("leak", "--seconds 0")]
        target = self.start(command, env={"LD_PRELOAD": LIBRARY, "SEEP_INTERVAL": "4KiB"})
        try:
            wait_until(lambda: "ready" in target.out or target.process.poll(), what="the target")
        finally:
            if target.process.poll() is not None:
                self.skipTest(f"not permitted here: {target.err}")
        path, = [name for name in os.listdir(self.ledgers) if name.startswith("1-")]
        status, seep = self.seep("report", "--json", "--ledger", os.path.join(self.ledgers, path))
        self.assertEqual(status, INCONCLUSIVE, seep.err)
        self.assertTrue(any("is running" in line for line in seep.json()["warnings"]))


class Tmpfs(SeepTest):
    def start_in(self, folder, options):
        target = self.start(zoo("leak", options), env={"LD_PRELOAD": LIBRARY, "SEEP_INTERVAL": "1",
                                                       "SEEP_DIR": folder})
        wait_until(lambda: "ready" in target.out, what="the target")
        return target

    def check_leak(self, target, folder):
        """The target was not harmed, and its ledger still gives the truth within its error."""
        self.assertEqual(target.wait(), PASS)
        path, = [name for name in os.listdir(folder) if name.endswith(".ledger")]
        status, seep = self.seep("report", "--json", "--ledger", os.path.join(folder, path))
        self.assertEqual(status, INCONCLUSIVE, seep.err)
        heap, = seep.json()["heaps"]
        leaked_bytes = int(truth_of(target.out)["leaked_bytes"])
        leaked_blocks = int(truth_of(target.out)["leaked_blocks"])
        self.note(f"{leaked_blocks} blocks, {leaked_bytes} B leaked; "
                  f"estimate {heap['live_bytes']:.0f} +- {heap['live_bytes_se']:.0f}")
        self.assertLess(abs(heap["live_bytes"] - leaked_bytes),
                        5 * heap["live_bytes_se"] + 200_000)
        return leaked_blocks, seep.json()["warnings"]

    def test_fills_under_a_target(self):
        """Every page that the ledger would grow by is missing: thinned, and no SIGBUS."""
        folder = self.mount_tmpfs("16m")
        target = self.start_in(folder, "--seconds 4 --rate 40M")
        self.fill(folder)
        blocks, warnings = self.check_leak(target, folder)
        self.assertGreater(blocks, 200_000)
        self.assertTrue(any("thinned" in warning for warning in warnings), warnings)

    def test_becomes_read_only(self):
        folder = self.mount_tmpfs("64m")
        target = self.start_in(folder, "--seconds 3 --rate 10M")
        remounted = subprocess.run(["mount", "-o", "remount,ro", folder], stderr=subprocess.PIPE,
                                   text=True)
        self.note(f"remount: {remounted.stderr.strip() or 'done'}")
        self.check_leak(target, folder)


class Privilege(SeepTest):
    def test_set_user_id_program_that_is_linked_with_the_probe(self):
        """It takes no orders from its caller's environment: the ledger is where root says."""
        program = self.path("program")
        shutil.copy(os.path.join(os.path.dirname(SEEP), "trap_linked"), program)
        os.chmod(program, 0o4755)
        os.chmod(self.folder, 0o755)
        script = ("mount -t tmpfs x /run && mount -t tmpfs y /dev/shm && "
                  "mkdir -m 777 /dev/shm/chosen || exit 77; "
                  "SEEP_DIR=/dev/shm/chosen setpriv --reuid=65534 --clear-groups "
                  f"{program} || exit 1; echo chosen; ls /dev/shm/chosen; echo own; ls -A /run/seep || true")
        started = self.start(["unshare", "--mount", "/bin/sh", "-c", script])
        status = started.wait()
        if status == 77 or os.getuid() != 0:
            self.skipTest(f"needs root and mounts: {started.err.strip()}")
        self.assertEqual(status, PASS, started.err)
        chosen, own = started.out.split("chosen\n")[1].split("own\n")
        self.assertEqual(chosen, "")
        self.assertEqual(len(own.split()), 1, own)
        self.assertTrue(own.strip().endswith(".ledger"), own)


class OwnCost(SeepTest):
    def test_pages_of_the_ledger_are_not_the_targets(self):
        """An exact ledger of many megabytes: RssShmem of the target stays what it is, nothing."""
        status, seep = self.seep("run", "--json", *QUICK, "--interval", "1", "--",
                                 *zoo("live_set", "--seconds 3 --bytes 32MiB --block 64"))
        self.assertEqual(status, PASS, seep.err)
        shmem = [value for _, value in self.database.points("rss_shmem")]
        self.note(f"rss_shmem {max(shmem):.0f} B at most, ledger taken off")
        self.assertLess(max(shmem[len(shmem) // 2:]), 1 << 20)


if __name__ == "__main__":
    main(concurrency=6)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What can be wrong around seep: one clear line with the object and the remedy, the right exit
status, and a target that was never started or is not harmed.

Usage: test_bad_input.py BIN_DIR [WORD ...]. Full disks are small tmpfs mounts: root only.
"""
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from harness import (FAILED, PASS, SEEP, USAGE, Database, SeepTest, children, is_alive, main,
                     read_bytes, truth_of, wait_until, zoo)

NOBODY = 65534


class BadInput(SeepTest):
    def touch(self):
        """A target that leaves a mark: was it started?"""
        return ["/usr/bin/touch", self.path("mark")]

    def assertRefused(self, status, words, *arguments, **options):
        """One line with these words, and the target was not started."""
        got, seep = self.seep(*arguments, **options)
        self.assertOneLine(seep, *words)
        self.assertEqual(got, status, seep.err)
        self.assertEqual(seep.out, "")
        self.assertFalse(os.path.exists(self.path("mark")))

    def finished_database(self, name):
        """A database with one run."""
        path = self.path(name)
        status, seep = self.seep("run", "--db", path, "--quiet", "--", "/bin/true")
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(Database(path).value("SELECT is_finished FROM run"), 1)
        return path


class CommandLine(BadInput):
    def test_missing_program(self):
        self.assertRefused(USAGE, ["seep_no_such", "PATH"], "run", "--", "seep_no_such", "x")
        self.assertRefused(USAGE, ["/no/such", "path"], "run", "--", "/no/such")
        self.assertFalse(os.path.exists(self.env["SEEP_DB"]))

    def test_program_that_is_not_executable(self):
        with open(self.path("plain"), "w") as file:
            file.write("#!/bin/sh\n")
        self.assertRefused(USAGE, [self.path("plain"), "chmod"], "run", "--", self.path("plain"))
        self.assertRefused(USAGE, [self.folder], "run", "--", self.folder)

    def test_program_that_the_kernel_refuses(self):
        """Executable by its permissions, but nothing that can run: found out by the exec."""
        with open(self.path("noise"), "wb") as file:
            file.write(b"\x7fELF" + b"\xff" * 200)
        os.chmod(self.path("noise"), 0o755)
        status, seep = self.seep("run", "--", self.path("noise"))
        self.assertEqual(status, USAGE, seep.err)
        self.assertIn(self.path("noise"), seep.err.splitlines()[-1])
        self.assertIn("cannot be started", seep.err.splitlines()[-1])

    def test_options(self):
        touch = ["--", *self.touch()]
        self.assertRefused(USAGE, ["--duration", "soon", "90s"], "run", "--duration", "soon",
                           *touch)
        self.assertRefused(USAGE, ["--tick", "-1s"], "run", "--tick=-1s", *touch)
        self.assertRefused(USAGE, ["--interval", "lots"], "run", "--interval", "lots", *touch)
        self.assertRefused(USAGE, ["--frobnicate", "--help"], "run", "--frobnicate", *touch)
        self.assertRefused(USAGE, ["--env", "NAME=VALUE"], "run", "--env", "rubbish", *touch)
        self.assertRefused(USAGE, ["no program", "--"], "run")
        self.assertRefused(USAGE, ["no program", "--"], "run", "--")
        self.assertRefused(USAGE, ["frobnicate", "--help"], "frobnicate")
        self.assertRefused(USAGE, ["--help"])
        self.assertRefused(USAGE, ["run", "--"], "list", *touch)
        self.assertRefused(USAGE, ["PID", "in range 1 to", "--help"], "attach", "0")
        self.assertRefused(USAGE, ["some", "--help"], "attach", "some")

    def test_probe_that_is_not_there(self):
        self.assertRefused(FAILED, ["/nonexistent", "SEEP_LIB", "libseep.so"], "run", "--",
                           *self.touch(), env={"SEEP_LIB": "/nonexistent"})

    def test_static_program(self):
        """The probe cannot be loaded: it is said, the rest works, the report says why."""
        status, seep = self.seep("run", "--json", "--duration", "10s", "--",
                                 *zoo("static_leak", "--seconds 2"))
        self.assertEqual(status, PASS)  # the target's
        first = seep.err.splitlines()[0]
        for word in "seep_zoo_static_leak", "statically linked", "no heap data":
            self.assertIn(word, first)
        self.assertEqual(truth_of(seep.out[:seep.out.index("{")])["site"], "LeakRequestBuffer")
        target = seep.json()["coverage"]["targets"][0]
        self.assertIn("statically linked", target["probe"])
        self.assertTrue(any("no heap data" in w for w in seep.json()["warnings"]))
        self.assertGreater(len(self.database.points("rss_anon")), 3)
        self.assertEqual(self.database.points("heap_live"), [])


class LedgerDirectory(BadInput):
    def refuse(self, directory, *words, **options):
        self.assertRefused(FAILED, [directory, "SEEP_DIR", *words], "run", "--", *self.touch(),
                           env={"SEEP_DIR": directory, "SEEP_DB": self.path("other.db")}, **options)
        self.assertFalse(os.path.exists(self.path("other.db")))

    def test_missing(self):
        self.refuse("/dev/shm/seep_e2e_no_such", "No such file", "/dev/shm/seep")

    def test_a_file(self):
        path = os.path.join(self.ledgers, "file")
        with open(path, "w"):
            pass
        self.refuse(path, "not a directory", "tmpfs")

    def test_not_on_tmpfs(self):
        if subprocess.run(["stat", "-f", "-c", "%T", self.folder], stdout=subprocess.PIPE,
                          text=True, check=True).stdout.strip() == "tmpfs":
            self.skipTest(f"{self.folder} is on tmpfs")
        self.refuse(self.folder, "not on tmpfs", "/dev/shm/seep")

    def test_not_writable(self):
        options = {}
        if os.getuid() == 0:  # nothing is protected from root
            os.chmod(self.folder, 0o777)
            os.chmod(self.ledgers, 0o755)
            options["user"] = NOBODY
            if subprocess.run(["test", "-x", SEEP], user=NOBODY).returncode != 0:
                self.skipTest(f"{SEEP} cannot be run by another user")
        else:
            os.chmod(self.ledgers, 0o500)
        self.refuse(self.ledgers, "Permission denied", "writable", **options)

    def test_full(self):
        self.refuse(self.mount_tmpfs("1m"), "full", "free")

    def test_becomes_full(self):
        """The ledgers of children cannot be made any more; nobody is harmed by that."""
        directory = self.mount_tmpfs("200m")
        seep = self.start_seep("run", "--json", "--tick", "200ms", "--snapshot", "500ms", "--",
                               *zoo("fork", "--seconds 5 --forks 20 --leak"),
                               env={"SEEP_DIR": directory})
        wait_until(lambda: "ready" in seep.out, what="the target")
        time.sleep(1)
        self.fill(directory)
        self.assertEqual(seep.wait(), PASS, seep.err)
        truth = truth_of(seep.out[:seep.out.index("{\n")])
        self.assertEqual(truth["failed"], "0")
        self.assertGreater(int(truth["forks"]), 60)
        targets = {t["pid"]: t for t in seep.json()["targets"]}
        self.assertEqual(targets[int(truth["child_pid"])]["probe"], "active")
        left = [name for name in os.listdir(directory) if name != "ballast"]
        self.note(f"{truth['forks']} forks; left behind: {len(left)} files")
        self.assertEqual(left, [])

    def test_deleted_behind_our_back(self):
        """Ledgers deleted while they are mapped: the mapping still is good."""
        seep = self.start_seep("run", "--tick", "100ms", "--snapshot", "200ms", "--",
                               *zoo("leak", "--seconds 4"))
        self.target_of(seep, "seep_zoo_leak")
        wait_until(lambda: self.database_has_heap(), what="a heap snapshot")
        for name in os.listdir(self.ledgers):
            os.remove(os.path.join(self.ledgers, name))
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertGreater(self.database.points("heap_live")[-1][0], 3)

    def database_has_heap(self):
        try:
            return self.database.points("heap_live")
        except sqlite3.Error:
            return []


class DatabaseFile(BadInput):
    def refuse(self, status, path, *words):
        """By run, which does not start the target, and by report, which leaves the file alone."""
        before = read_bytes(path) if os.path.isfile(path) else None
        for command in ["run", "--db", path, "--", *self.touch()], ["report", "--db", path]:
            self.assertRefused(status, [path, "--db", *words], *command)
        if before is not None:
            self.assertEqual(read_bytes(path), before)

    def test_in_a_missing_folder(self):
        self.refuse(FAILED, "/no/such/folder/seep.db")

    def test_is_a_directory(self):
        self.refuse(USAGE, self.folder, "not a regular file")

    def test_is_a_text_file(self):
        with open(self.path("text"), "w") as file:
            file.write("Dear diary,\n" * 100)
        self.refuse(FAILED, self.path("text"), "not a database", "left as it is")

    def test_of_a_newer_version(self):
        path = self.finished_database("new.db")
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        self.refuse(FAILED, path, "99", "newer")

    def test_of_another_program(self):
        with sqlite3.connect(self.path("other.db")) as connection:
            connection.execute("CREATE TABLE recipe (name TEXT)")
        connection.close()
        self.refuse(USAGE, self.path("other.db"), "another program")
        self.assertFalse(os.path.exists(self.path("other.db-wal")))

    def test_cut(self):
        whole = read_bytes(self.finished_database("whole.db"))
        for kept_bytes in 50, 5000, len(whole) // 2:
            with open(self.path(f"cut{kept_bytes}.db"), "wb") as file:
                file.write(whole[:kept_bytes])
            self.refuse(FAILED, self.path(f"cut{kept_bytes}.db"), "damaged")

    def test_is_not_there(self):
        self.assertRefused(FAILED, [self.env["SEEP_DB"], "--db"], "report")
        self.assertRefused(FAILED, [self.env["SEEP_DB"], "--db"], "list")
        self.assertRefused(FAILED, [self.env["SEEP_DB"], "--db"], "show")

    def test_has_no_such_run(self):
        path = self.finished_database("seep.db")
        for run in "nosuchrun", "99":
            self.assertRefused(FAILED, [run, "true-1"], "report", "--db", path, run)
            self.assertRefused(FAILED, [run, "true-1"], "show", "--db", path, run)
        self.assertRefused(USAGE, ["tea", "json"], "report", "--db", path, "--format", "tea")
        self.assertRefused(FAILED, ["/no/such/out", "No such file"], "report", "--db", path, "-o",
                           "/no/such/out")

    def test_disk_full(self):
        """seep says so once; the target runs on to its end; what was stored stays readable."""
        path = os.path.join(self.mount_tmpfs("1m"), "seep.db")
        seep = self.start_seep("run", "--db", path, "--tick", "20ms", "--snapshot", "100ms", "--",
                               *zoo("leak", "--seconds 8"))
        self.assertEqual(seep.wait(), FAILED, seep.err)
        self.assertGreater(float(truth_of(seep.out)["seconds"]), 7.9)
        told = [line for line in seep.said() if "disk full" in line and "runs on" in line]
        self.assertEqual(len(told), 1, seep.err)
        self.assertIn(path, told[0])
        self.assertIn("--db", told[0])
        self.assertRegex(seep.said()[-1], r"disk full.*\d+ ticks of this run are not stored")
        # What was stored is whole; a copy, as recovery of the log needs room.
        for suffix in "", "-wal":
            if os.path.exists(path + suffix):
                shutil.copy(path + suffix, self.path("copy.db" + suffix))
        copy = Database(self.path("copy.db"))
        self.assertTrue(copy.is_sound())
        self.assertGreater(len(copy.points("rss_anon")), 5)

    def test_disk_full_from_the_start(self):
        folder = self.mount_tmpfs("64k")
        self.fill(folder)
        self.assertRefused(FAILED, [folder, "full", "--db"], "run", "--db", folder + "/seep.db",
                           "--", *self.touch())

    def test_disk_that_has_room_again(self):
        """Ticks wait in memory and are all stored in the end."""
        folder = self.mount_tmpfs("8m")
        path = os.path.join(folder, "seep.db")
        seep = self.start_seep("run", "--db", path, "--tick", "50ms", "--snapshot", "200ms", "--",
                               *zoo("leak", "--seconds 6"))
        wait_until(lambda: "ready" in seep.out, what="the target")
        time.sleep(1)
        self.fill(folder)
        wait_until(lambda: "disk full" in seep.err, what="the message")
        os.remove(os.path.join(folder, "ballast"))
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertEqual(sum("takes ticks again" in line for line in seep.said()), 1, seep.err)
        times = [t_s for t_s, _ in Database(path).points("rss_anon")]
        gap_s = max(b - a for a, b in zip(times, times[1:]))
        self.note(f"longest time between points: {gap_s:.2f} s")
        self.assertLess(gap_s, 1.5)


class Attach(BadInput):
    def test_process_that_does_not_exist(self):
        self.assertRefused(FAILED, ["999999", "does not exist", "pid"], "attach", "999999")
        self.assertFalse(os.path.exists(self.env["SEEP_DB"]))

    def test_process_that_is_to_be_left_alone(self):
        target = self.start(zoo("leak", "--seconds 0"))
        wait_until(lambda: "ready" in target.out, what="the target")
        status, seep = self.seep("attach", str(target.pid), "--no-inject", "--duration", "2s",
                                 "--json")
        self.assertEqual(status, PASS, seep.err)
        report = seep.json()
        self.assertEqual([t["pid"] for t in report["targets"]], [target.pid])
        self.assertNotEqual(report["targets"][0]["probe"], "active")
        self.assertGreater(len(self.database.points("rss_anon")), 3)
        self.assertEqual(self.database.points("heap_live"), [])
        target.send(signal.SIGTERM)  # it was not touched
        self.assertEqual(target.wait(), PASS)

    def test_process_that_has_ended(self):
        """A zombie is no process to attach to."""
        target = self.start(["/bin/true"])
        wait_until(lambda: not is_alive(target.pid), what="the zombie")
        self.assertRefused(FAILED, [str(target.pid), "does not exist"], "attach", str(target.pid))

    def test_process_that_was_started_with_the_probe_by_hand(self):
        library = os.path.join(os.path.dirname(SEEP), "..", "lib", "libseep.so")
        target = self.start(zoo("leak", "--seconds 0"), env={"LD_PRELOAD": library})
        wait_until(lambda: "ready" in target.out, what="the target")
        status, seep = self.seep("attach", str(target.pid), "--duration", "1500ms", "--json")
        self.assertEqual(status, PASS, seep.err)
        self.assertEqual(seep.json()["targets"][0]["probe"], "active")
        self.assertGreater(self.database.points("heap_alloc")[-1][1], 0)
        self.assertTrue(is_alive(target.pid))
        target.send(signal.SIGTERM)
        self.assertEqual(target.wait(), PASS)

    def test_process_of_another_user(self):
        if os.getuid() != 0:
            self.skipTest("needs root, to start a process of another user")
        if subprocess.run(["test", "-x", SEEP], user=NOBODY).returncode != 0:
            self.skipTest(f"{SEEP} cannot be run by another user")
        os.chmod(self.folder, 0o777)
        target = self.start(["/bin/sleep", "30"])
        self.assertRefused(FAILED, [str(target.pid), "ermission"], "attach", str(target.pid),
                           user=NOBODY)
        self.assertEqual(children(target.pid), [])
        self.assertTrue(is_alive(target.pid))


if __name__ == "__main__":
    main(concurrency=6)

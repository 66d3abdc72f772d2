#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seep run --gate` on programs that leak something else than memory: what leaks is named, and a
program that takes and gives back the same resources passes.

Usage: test_resources.py BIN_DIR [WORD ...]. All runs of 45 s go side by side.
"""
import os
import re

from harness import GROWTH, PASS, SeepTest, main, zoo

DURATION_S = 45


class Resources(SeepTest):
    def judge(self, command):
        seep = self.start_seep("run", "--gate", "--json", "--duration", f"{DURATION_S}s", "--",
                               *command)
        status = seep.wait()
        report = seep.json()
        self.note(report["verdict"]["summary"])
        self.assertNoLedgers()
        return status, report

    def assertLeaks(self, command, metric, words, rate=None):
        """Growth; the summary says what leaks, and the series of it grows and is a finding. `rate`: the
        first number of the words; a machine that is busy delays what leaks and what counts it."""
        status, report = self.judge(command)
        self.assertEqual(status, GROWTH, report["verdict"])
        found = re.search(words, report["verdict"]["summary"])
        self.assertTrue(found, report["verdict"]["summary"])
        if rate is not None:
            self.assertAlmostEqual(float(found[1].replace(",", "")) / rate, 1, delta=0.2)
        series = {one["metric"]: one for one in report["series"]}
        self.assertIn(series[metric]["class"], ("growth", "staircase"))
        return report, series

    def assertForecast(self, report, metric, limit, per_hour):
        """The limit is the one that holds, and the time to it fits the growth."""
        found = [one for one in report["forecasts"] if one["metric"] == metric]
        self.assertEqual(len(found), 1, report["forecasts"])
        self.assertEqual(found[0]["limit"], limit)
        self.assertAlmostEqual(found[0]["hours"] * per_hour / limit, 1, delta=0.25)

    def test_close_wait(self):
        """A server that does not close what its clients have closed."""
        report, series = self.assertLeaks(
            ["prlimit", "--nofile=5000", *zoo("fd_leak", "--seconds 0 --rate 5 --kind 3")],
            "fds_tcp_close_wait", r"opens ([\d,]+) more sockets in CLOSE_WAIT per hour than it "
            r"closes; the limit of 5,000 descriptors \(RLIMIT_NOFILE\) is reached in (roughly )?\d+ min",
            rate=5 * 3600)
        self.assertEqual(series["fds"]["class"], "growth")
        self.assertForecast(report, "fds", 5000, 5 * 3600)

    def test_sockets(self):
        self.assertLeaks(zoo("fd_leak", "--seconds 0 --rate 5 --kind 1"), "fds_unix",
                         "more Unix sockets per hour than it closes")

    def test_eventfds(self):
        self.assertLeaks(zoo("fd_leak", "--seconds 0 --rate 5 --kind 2"), "fds_eventfd",
                         "more eventfds per hour than it closes")

    def test_pipes(self):
        self.assertLeaks(zoo("fd_leak", "--seconds 0 --rate 5 --kind 4"), "fds_pipe",
                         "more pipe ends per hour than it closes")

    def test_mappings(self):
        """They cost no resident memory; the probe sees who makes them."""
        report, series = self.assertLeaks(
            zoo("map_count_leak", "--seconds 0 --rate 20"), "mappings",
            r"makes ([\d,]+) more mappings per hour than it removes; the limit of [\d,]+ mappings "
            r"\(vm.max_map_count\) is reached in", rate=20 * 3600)
        self.assertNotIn(series["rss_swap"]["class"], ("growth", "staircase"))
        self.assertEqual(report["stacks"][0]["kind"], "mapping")
        with open("/proc/sys/vm/max_map_count") as file:
            self.assertForecast(report, "mappings", int(file.read()), 20 * 3600)

    def test_zombies(self):
        self.assertLeaks(zoo("zombie_leak", "--seconds 0 --rate 2"), "zombies",
                         r"leaves ([\d,]+) more zombies per hour", rate=2 * 3600)

    def test_deleted_file(self):
        """A log that was deleted and is still written to: the number of descriptors stays."""
        _, series = self.assertLeaks(
            ["env", "TMPDIR=/var/tmp", *zoo("deleted_leak", "--seconds 0 --rate 256KiB")],
            "deleted_files", r"keeps ([\d.]+) MiB/min more of deleted files open", rate=15)
        self.assertEqual(series["fds"]["class"], "stable")

    def test_memfd(self):
        self.assertLeaks(zoo("shm_leak", "--seconds 0 --rate 256KiB"), "memory_files",
                         r"fills files in memory \(tmpfs, memfd\) by ([\d.]+) MiB/min", rate=15)

    def test_sysv(self):
        self.assertLeaks(zoo("shm_leak", "--seconds 0 --rate 256KiB --kind 1"), "sysv_shm",
                         r"makes ([\d.]+) MiB/min more System V shared memory than it removes", rate=15)

    def test_healthy(self):
        """Takes and gives back descriptors of every kind, mappings, files and children."""
        status, report = self.judge(zoo("resource_churn", "--seconds 0"))
        self.assertEqual(status, PASS, report["verdict"])
        grows = [one["metric"] for one in report["series"]
                 if one["class"] in ("growth", "staircase") and not one["informational"]]
        self.assertEqual(grows, [])
        # And it was looked at: these are there, with points throughout the run.
        series = {one["metric"]: one for one in report["series"]}
        for metric in ("fds_tcp_close_wait", "fds_pipe", "fds_epoll", "fds_memfd", "fds_deleted",
                       "deleted_files", "memory_files", "mappings", "minor_faults", "cpu_seconds",
                       "voluntary_switches", "vm_size"):
            self.assertIn(metric, series)
            # A machine that is busy makes reads of descriptors cost more, and so come less often.
            self.assertGreater(series[metric]["points"], 7, metric)
        self.check_units()

    def check_units(self):
        """What cannot be measured is not there, and limits are."""
        metrics = dict(self.database.rows("SELECT metric, unit FROM series"))
        self.assertEqual(metrics["limit_fds"], "fds")
        self.assertEqual(metrics["limit_mappings"], "mappings")
        self.assertEqual("psi_memory_some" in metrics, os.path.exists("/proc/pressure/memory"))
        counters = [name for name in metrics if re.match(r"psi_.*_seconds|cpu_seconds", name)]
        for name in counters:
            self.assertEqual(metrics[name], "seconds")


if __name__ == "__main__":
    main(concurrency=10)

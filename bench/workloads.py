# SPDX-License-Identifier: Apache-2.0
"""What bench/overhead runs under every peer: redis-server under load, and allocation loops.

A workload names its command, drives the target, and returns figures by key; COLUMNS say how a
figure is shown: its value, its ratio to the peer "nothing" in the same round, or what it adds.
"""
import os
import shutil
import socket
import subprocess
import time
from collections import namedtuple

import harness

Column = namedtuple("Column", "title key kind digits")  # kind: value, ratio, added
MIB = 1 << 20
COMMON_COLUMNS = [
    Column("peak RSS MiB", "rss_mib", "value", 1),
    Column("RSS added MiB", "rss_mib", "added", 1),
    Column("helpers: CPU % under load", "helper_load_percent", "value", 1),
    Column("helpers: CPU s in all", "helper_cpu_s", "value", 2),
    Column("helpers: peak RSS MiB", "helper_rss_mib", "value", 1),
]


class Load:
    """CPU time of target and helpers, and wall time, of what happens in its with block."""

    def __init__(self, session):
        self.session = session

    def read(self):
        return (harness.cpu_s(self.session.pid), self.session.helpers_running_cpu_s(),
                time.monotonic())

    def __enter__(self):
        self.before = self.read()
        return self

    def __exit__(self, *_):
        self.cpu_s, self.helper_cpu_s, self.wall_s = (
            after - before for after, before in zip(self.read(), self.before))


class Redis:
    """redis-server on one CPU, redis-benchmark on the other: a fixed number of requests each."""

    title = "redis-server"
    operations = ("set", "get", "lpush")
    columns = [
        Column("SET us", "set_us", "value", 3),
        Column("GET us", "get_us", "value", 3),
        Column("LPUSH us", "lpush_us", "value", 3),
        Column("server CPU per operation", "cpu_us", "ratio", 3),
        Column("requests/s", "requests_per_s", "ratio", 2),
    ] + COMMON_COLUMNS

    def __init__(self, is_quick):
        self.requests = 20_000 if is_quick else 1_000_000
        self.about = (f"{self.requests} requests each of SET (128 B), GET, LPUSH: `redis-benchmark -P"
                      " 16 -c 20 -r 200000`, server on cpu 0, the rest on cpu 1. us: server CPU time"
                      " per operation.")
        with socket.socket() as any_port:
            any_port.bind(("127.0.0.1", 0))
            self.port = str(any_port.getsockname()[1])

    def is_available(self):
        return shutil.which("redis-server") and shutil.which("redis-benchmark")

    def command(self, _build, folder):
        return ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", folder]

    def measure(self, session):
        session.wait_for_output("Ready to accept connections")
        session.pin([harness.TARGET_CPU])
        figures = {}
        with Load(session) as whole:
            for operation in self.operations:
                with Load(session) as load:
                    self.send(operation)
                figures[operation + "_us"] = load.cpu_s * 1e6 / self.requests
        total = len(self.operations) * self.requests
        figures["cpu_us"] = whole.cpu_s * 1e6 / total
        figures["requests_per_s"] = total / whole.wall_s
        figures["helper_load_percent"] = 100 * whole.helper_cpu_s / whole.wall_s
        return figures

    def send(self, operation):
        command = ["redis-benchmark", "-h", "127.0.0.1", "-p", self.port, "-P", "16", "-c", "20",
                   "-r", "200000", "-d", "128", "-n", str(self.requests), "-t", operation, "-q"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as client:
            harness.pin(client.pid, [harness.OTHER_CPU])
            if client.wait() != 0:
                raise RuntimeError("redis-benchmark failed")

    def truth(self, _output):
        return {}


class Loop:
    """A loop of malloc/free or new/delete that counts its pairs."""

    columns = [
        Column("ns per pair", "wall_ns", "value", 2),
        Column("ratio", "wall_ns", "ratio", 3),
        Column("CPU ns per pair", "cpu_ns", "value", 2),
        Column("CPU ns added", "cpu_ns", "added", 2),
        Column("CPU ratio", "cpu_ns", "ratio", 3),
    ] + COMMON_COLUMNS

    def __init__(self, is_quick, title, program, options, threads):
        self.seconds = 0.15 if is_quick else 2
        self.title = f"{title}, {threads} thread{'s' if threads > 1 else ''}"
        self.threads = threads
        self.program = program
        self.options = f"{options} --threads {threads} --seconds 0"
        self.cpus = [harness.TARGET_CPU] if threads == 1 else range(os.cpu_count())
        self.about = f"`{program} {self.options}` for {self.seconds} s."

    def is_available(self):
        return True

    def command(self, build, _folder):
        return build.program(self.program, self.options)

    def measure(self, session):
        session.wait_for_output("ready")
        session.pin(self.cpus)
        with Load(session) as load:
            time.sleep(self.seconds)
        self.cpus_in_use = load.cpu_s / load.wall_s
        return {"helper_load_percent": 100 * load.helper_cpu_s / load.wall_s}

    def truth(self, output):
        line = next(line for line in output.splitlines() if "ns_per_pair=" in line)
        wall_ns = float(harness.key_values(line)["ns_per_pair"])
        return {"wall_ns": wall_ns, "cpu_ns": wall_ns * self.cpus_in_use / self.threads}


def all_workloads(is_quick):
    tight, loops = "seep_zoo_tight_loop", "seep_bench_alloc_loops"
    workloads = [
        Redis(is_quick),
        Loop(is_quick, "malloc/free of 64 B beneath 10 frames", tight, "--size 64 --depth 10", 1),
        Loop(is_quick, "malloc/free of 64 B beneath 10 frames", tight, "--size 64 --depth 10", 2),
        Loop(is_quick, "new/delete of 16-256 B", loops, "--new 1", 1),
        Loop(is_quick, "larson (random replacement among 10000 live blocks of 16-256 B)", loops,
             "--blocks 10000", 1),
        Loop(is_quick, "larson (random replacement among 10000 live blocks of 16-256 B)", loops,
             "--blocks 10000", 2),
    ]
    return workloads[::2] if is_quick else workloads

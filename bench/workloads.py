# SPDX-License-Identifier: Apache-2.0
"""What bench/overhead runs under every peer: servers under load, programs, and allocation loops.

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
from peers import ALLOCATORS, PEERS, PROBES

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


class Server:
    """A server on one CPU, its load on the other: a fixed number of requests of each operation."""

    peers = PROBES + ["seep run", "heaptrack", "nothing, again"]
    environment = {}

    def __init__(self, requests):
        self.requests = requests
        self.port = str(harness.free_port())

    @property
    def columns(self):
        return [Column(f"{operation} us", operation, "value", 3) for operation in self.operations] + [
            Column("server CPU per operation", "cpu_us", "ratio", 3),
            Column("requests/s", "requests_per_s", "ratio", 2)] + COMMON_COLUMNS

    def measure(self, session):
        harness.wait_until(self.accepts, 60, "the server")
        session.pin([harness.TARGET_CPU])
        figures = {}
        with Load(session) as whole:
            for operation in self.operations:
                with Load(session) as load:
                    with subprocess.Popen(self.load(operation), stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL) as client:
                        harness.pin(client.pid, [harness.OTHER_CPU])
                        if client.wait() != 0:
                            raise RuntimeError(f"the load of {self.title} failed")
                figures[operation] = load.cpu_s * 1e6 / self.requests
        total = len(self.operations) * self.requests
        figures["cpu_us"] = whole.cpu_s * 1e6 / total
        figures["requests_per_s"] = total / whole.wall_s
        figures["helper_load_percent"] = 100 * whole.helper_cpu_s / whole.wall_s
        figures["rss_mib"] = harness.peak_rss_bytes(session.pid) / MIB
        return figures

    def accepts(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.port))) == 0

    def truth(self, _output):
        return {}


class Redis(Server):
    title = "redis-server"
    operations = ("SET", "GET", "LPUSH")

    def __init__(self, is_quick):
        super().__init__(20_000 if is_quick else 1_000_000)
        self.about = (f"{self.requests} requests each of SET (128 B), GET, LPUSH: `redis-benchmark -P"
                      " 16 -c 20 -r 200000`, server on cpu 0, the rest on cpu 1. us: server CPU time"
                      " per operation. Debian's redis uses jemalloc.")

    def is_available(self):
        return shutil.which("redis-server") and shutil.which("redis-benchmark")

    def command(self, _build, folder):
        return ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "",
                "--appendonly", "no", "--dir", folder]

    def load(self, operation):
        return ["redis-benchmark", "-h", "127.0.0.1", "-p", self.port, "-P", "16", "-c", "20",
                "-r", "200000", "-d", "128", "-n", str(self.requests), "-t", operation.lower(), "-q"]


NGINX_CONFIGURATION = """
daemon off; master_process off; pid nginx.pid; error_log stderr error;
events {{ }}
http {{
  access_log off; gzip on; gzip_min_length 1; gzip_types *; default_type text/plain;
  client_body_temp_path .; proxy_temp_path .; fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;
  server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


class Nginx(Server):
    title = "nginx"
    operations = ("page",)

    def __init__(self, is_quick):
        super().__init__(500 if is_quick else 20_000)
        self.about = (f"{self.requests} requests of a page of 8 KiB, gzipped, a connection each: `ab -c"
                      " 16`, one process on cpu 0, the rest on cpu 1. us: its CPU time per request.")

    def is_available(self):
        return shutil.which("nginx") and shutil.which("ab")

    def command(self, _build, folder):
        with open(os.path.join(folder, "page"), "w", encoding="utf-8") as page:
            page.write("".join(f"line {i * i} of the page\n" for i in range(400))[:8192])
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(NGINX_CONFIGURATION.format(port=self.port, folder=folder))
        return ["nginx", "-p", folder, "-c", path]

    def load(self, _operation):
        return ["ab", "-q", "-c", "16", "-n", str(self.requests), "-H", "Accept-Encoding: gzip",
                f"http://127.0.0.1:{self.port}/page"]


class Program:
    """A program with a fixed amount of work, on one CPU, from its start to its end."""

    columns = [
        Column("CPU s", "cpu_s", "value", 3),
        Column("CPU ratio", "cpu_s", "ratio", 3),
        Column("wall ratio", "wall_s", "ratio", 3),
        Column("peak RSS MiB", "rss_mib", "value", 1),
        Column("RSS added MiB", "rss_mib", "added", 1),
    ]
    peers = PROBES + ["heaptrack, raw", "massif", "nothing, again"]
    environment = {}

    def is_available(self):
        return os.path.exists(self.program) or shutil.which(self.program)

    def measure(self, session):
        started_s = time.monotonic()
        session.pin([harness.TARGET_CPU])
        _, status, usage = os.wait4(session.pid, 0)
        wall_s = time.monotonic() - started_s
        session.processes[-1].returncode = os.waitstatus_to_exitcode(status)
        if status != 0:
            raise RuntimeError(f"{self.title} failed: "
                               + harness.read_text(session.workspace.path("stderr")))
        # What the launcher itself has resident is in ru_maxrss too: none of these is smaller.
        return {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall_s,
                "rss_mib": usage.ru_maxrss / 1024}

    def truth(self, _output):
        return {}


def write_input(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


class Sqlite(Program):
    title, program = "sqlite3", "sqlite3"
    peers = Program.peers + ALLOCATORS
    SCRIPT = """
create table t(id integer primary key, name text, value real, note text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows})
insert into t select i, 'name ' || (i * 7919 % 100003), i * 0.5, hex(i * 31) || ' note' from n;
create index by_name on t(name);
select count(*), sum(length(note)) from t where name like 'name 1%';
select name, count(*), group_concat(note) from t group by name order by 2 desc limit 3;
update t set note = note || name where id % 3 = 0;
delete from t where id % 5 = 0;
"""

    def __init__(self, is_quick):
        self.rows = 2_000 if is_quick else 300_000
        self.about = f"The shell on an in-memory database: {self.rows} rows in, indexed, grouped, changed."

    def command(self, _build, folder):
        path = write_input(folder, "work.sql", self.SCRIPT.format(rows=self.rows))
        return ["sqlite3", ":memory:", f".read {path}"]


class Python(Program):
    title, program = "python3, PYTHONMALLOC=malloc", "/usr/bin/python3"
    peers = Program.peers + ALLOCATORS
    environment = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}
    SCRIPT = """
import json
rows = [{{"id": i, "name": f"name {{i}}", "tags": [str(i + k) for k in range(5)]}} for i in range({rows})]
for _ in range(5):
    text = json.dumps(rows)
    rows = json.loads(text)
    rows.sort(key=lambda row: row["name"])
print(len(text))
"""

    def __init__(self, is_quick):
        self.rows = 500 if is_quick else 40_000
        self.about = f"{self.rows} objects to JSON and back, five times; every object is a malloc."

    def command(self, _build, folder):
        return [self.program, write_input(folder, "work.py", self.SCRIPT.format(rows=self.rows))]


class Compiler(Program):
    title = "cc1plus"

    def __init__(self, is_quick):
        self.program = subprocess.run(["g++", "-print-prog-name=cc1plus"], capture_output=True,
                                      text=True, check=False).stdout.strip()
        self.include = "vector" if is_quick else "regex"
        self.about = f"g++ 12's compiler proper, -O1, on a file that uses <{self.include}>, preprocessed."

    def command(self, _build, folder):
        use = "std::vector<int> v(9);" if self.include == "vector" else (
            'bool f(const std::string& s) { return std::regex_match(s, std::regex("a+(b|c)*")); }')
        source = write_input(folder, "work.cpp", f"#include <{self.include}>\n{use}\n")
        unit = os.path.join(folder, "work.ii")
        subprocess.run(["g++", "-E", "-std=c++20", source, "-o", unit], check=True)
        return [self.program, "-fpreprocessed", unit, "-quiet", "-O1", "-std=c++20", "-o",
                os.path.join(folder, "work.s")]


class Loop:
    """A loop of malloc/free or new/delete that counts its pairs."""

    columns = [
        Column("ns per pair", "wall_ns", "value", 2),
        Column("ratio", "wall_ns", "ratio", 3),
        Column("CPU ns per pair", "cpu_ns", "value", 2),
        Column("CPU ns added", "cpu_ns", "added", 2),
        Column("CPU ratio", "cpu_ns", "ratio", 3),
    ] + COMMON_COLUMNS

    peers = [peer for peer in PEERS if peer != "heaptrack, raw"]
    environment = {}

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
        return {"helper_load_percent": 100 * load.helper_cpu_s / load.wall_s,
                "rss_mib": harness.peak_rss_bytes(session.pid) / MIB}

    def truth(self, output):
        line = next(line for line in output.splitlines() if "ns_per_pair=" in line)
        wall_ns = float(harness.key_values(line)["ns_per_pair"])
        return {"wall_ns": wall_ns, "cpu_ns": wall_ns * self.cpus_in_use / self.threads}


class Ballast(Loop):
    """Beneath so many live samples; the peers that write every block down would fill the disk."""

    peers = [peer for peer in PROBES if peer != "probe, exact"] + ["nothing, again"]


def all_workloads(is_quick):
    tight, loops = "seep_zoo_tight_loop", "seep_bench_alloc_loops"
    larson = "larson (random replacement among 10000 live blocks of 16-256 B)"
    ballast = "64 MiB" if is_quick else "16 GiB"
    mib = 64 if is_quick else 16384
    workloads = [
        Loop(is_quick, "malloc/free of 64 B beneath 10 frames", tight, "--size 64 --depth 10", 1),
        Loop(is_quick, "malloc/free of 64 B beneath 10 frames", tight, "--size 64 --depth 10", 2),
        Loop(is_quick, "batches of 6 blocks of 16-256 B", loops, "--batch 6", 1),
        Loop(is_quick, "new/delete of 16-256 B", loops, "--new 1", 1),
        Loop(is_quick, larson, loops, "--blocks 10000", 1),
        Loop(is_quick, larson, loops, "--blocks 10000", 2),
        Ballast(is_quick, f"{larson} beside {ballast} in 64 KiB blocks", loops,
                f"--blocks 10000 --ballast-mib {mib}", 1),
        Loop(is_quick, "live set: random replacement among 1000000 live blocks of 16-256 B", loops,
             "--blocks 1000000", 1),
        Redis(is_quick), Nginx(is_quick), Sqlite(is_quick), Python(is_quick), Compiler(is_quick),
    ]
    return [w for i, w in enumerate(workloads) if i in (0, 3, 5, 8, 10)] if is_quick else workloads

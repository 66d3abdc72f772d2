# SPDX-License-Identifier: Apache-2.0
"""The programs of bench/real_programs: how each is started, its loads, and what is right to say of them."""
import os

import harness
from real_loads import into_stdin, over_socket, redis_command, rises_and_falls

VALUE = b"v" * 8000
FRACTIONS = (0.008, 0.02, 0.05)  # of what is allocated beneath the function


class Case:
    """A program under a load; leaks when `fraction` is not 0."""

    def __init__(self, program, load, what, fraction=0.0, is_growth=None):
        self.program, self.load, self.fraction = program, load, fraction
        self.name = f"{program.title}, {what}"
        self.function_name = program.function.rpartition(":")[2] if fraction else None
        self.is_growth = bool(fraction) if is_growth is None else is_growth


class Program:
    """`function` is the exported one nearest to the allocations that the steady load makes and frees."""
    healthy = ()  # (what, load) pairs

    def __init__(self, folder):
        self.folder = folder
        self.port = harness.free_port()
        self.environment = {}

    @classmethod
    def cases(cls):
        name = cls.function.rpartition(":")[2]
        leaking = [Case(cls, cls.steady, f"{100 * fraction:g} % of {name} leaks", fraction)
                   for fraction in FRACTIONS]
        return leaking + [Case(cls, load, what) for what, load in cls.healthy]


class Redis(Program):
    title, function = "redis-server", "createStringObject"
    limit = ()

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                "--logfile", "/dev/null", "--dir", self.folder, *self.limit]

    def sets(self, run, key_of, per_s=1000, *words):
        over_socket(run, self.port, per_s, lambda number: redis_command(
            b"SET", b"key:%08d" % key_of(number), VALUE, *words), b"\r\n")

    def steady(self, run):
        self.sets(run, lambda number: number % 500)

    def warms_up(self, run):
        self.sets(run, lambda number: number % 20_000)

    def flushes(self, run):
        def request(number):
            if number % 10_000 == 0:
                return redis_command(b"FLUSHALL")
            return redis_command(b"SET", b"key:%08d" % number, VALUE)
        over_socket(run, self.port, 1000, request, b"\r\n")

    def new_keys(self, run):
        self.sets(run, lambda number: number)

    def new_keys_slowly(self, run):
        self.sets(run, lambda number: number, 100)

    def sessions(self, run):
        self.sets(run, lambda number: number, rises_and_falls(40, 800), b"EX", b"15")

    def waves_of_sessions(self, run):
        self.sets(run, lambda number: number, rises_and_falls(40, 800, times=3), b"EX", b"15")

    healthy = (("500 keys set again and again", steady),
               ("warm-up: 160 MB of keys in 20 s, then again and again", warms_up),
               ("flushed every 10 s", flushes),
               ("keys that live 15 s, under a load that rises and falls back once", sessions),
               ("keys that live 15 s, under a load that rises and falls back thrice", waves_of_sessions))

    @classmethod
    def cases(cls):
        # It keeps what it is told to: no fault of its own, and growth all the same.
        told = Case(cls, cls.new_keys_slowly, "told to keep 781 KiB/s in new keys, for ever: grows",
                    is_growth=True)
        return super().cases() + [told]


class RedisCache(Redis):
    """An LRU cache that is full after half a minute."""
    title = "redis-server, maxmemory 200mb allkeys-lru"
    limit = ("--maxmemory", "200mb", "--maxmemory-policy", "allkeys-lru")

    @classmethod
    def cases(cls):
        return [Case(cls, cls.new_keys, "new keys at its cap")]


NGINX_CONF = """daemon off; user root; worker_processes 1; master_process off; pid {folder}/pid;
error_log {folder}/error.log; events {{ worker_connections 64; }}
http {{ access_log off; keepalive_requests 10000000; client_body_temp_path {folder}/a;
  proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d;
  scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "hello\\n"; }} }} }}
"""


class Nginx(Program):
    title, function = "nginx", "ngx_create_pool"

    def command(self):
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as conf:
            conf.write(NGINX_CONF.format(folder=self.folder, port=self.port))
        return ["nginx", "-p", self.folder, "-c", path]

    def steady(self, run):
        over_socket(run, self.port, 2000, lambda _: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"hello\n")

    def surges(self, run):
        over_socket(run, self.port, rises_and_falls(100, 2000),
                    lambda _: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"hello\n")

    healthy = (("2000 requests a second", steady),
               ("100 to 2000 requests a second and back", surges))


class Memcached(Program):
    """Exports nothing: the innermost name on its stacks is that of libevent's loop."""
    title, function = "memcached", "libevent-2.1.so.7:event_base_loop"

    def command(self):
        return ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(self.port), "-m", "64", "-t", "1"]

    def steady(self, run):
        over_socket(run, self.port, 3000, lambda _: b"stats settings\r\n", b"END\r\n")

    def counters(self, run):
        """The text grows with its counters, so its buffer comes to be doubled in another call."""
        over_socket(run, self.port, 2000, lambda _: b"stats\r\n", b"END\r\n")

    def fills(self, run):
        over_socket(run, self.port, 1500,
                    lambda number: b"set key%d 0 0 8000\r\n%b\r\n" % (number, VALUE), b"STORED\r\n")

    healthy = (("3000 `stats settings` a second", steady), ("64 MiB of items, at their cap soon", fills))

    @classmethod
    def cases(cls):
        moving = Case(cls, cls.counters, "5 % of event_base_loop leaks, and the calling line moves", 0.05)
        return super().cases() + [moving]


class Sqlite(Program):
    title, function = "sqlite3", "libsqlite3.so.0:sqlite3VdbeMemGrow"
    begin = (b".output /dev/null\nPRAGMA synchronous=OFF;\n"  # no test of the disk
             b"CREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT);\n")

    def command(self):
        return ["sqlite3", "-batch", os.path.join(self.folder, "data")]

    def replaces(self, run, per_s, keys, value, now_and_then=None):
        def line(number):
            if number == 0:
                return self.begin
            if now_and_then and number % 1000 == 999:
                return now_and_then
            return b"INSERT OR REPLACE INTO t VALUES(%d, %b);\n" % (number % keys, value)
        into_stdin(run, per_s, line)

    def steady(self, run):
        self.replaces(run, 500, 500, b"hex(randomblob(6000)) || hex(randomblob(2000))")

    def large_results(self, run):
        self.replaces(run, 300, 5000, b"hex(randomblob(400))", b"SELECT * FROM t ORDER BY v DESC;\n")

    healthy = (("rows replaced, 500 a second", steady), ("and sorted now and then", large_results))


PYTHON_JOBS = """
import json, sys
kept = {}
for line in sys.stdin:
    number = int(line)
    order = {"number": number, "text": "x" * 30000, "lines": list(range(100))}
    kept[number %% %d] = json.loads(json.dumps(order))
"""


class Python(Program):
    title, function = "python3", "PyUnicode_New"
    results_kept = 200

    def __init__(self, folder):
        super().__init__(folder)
        self.environment = {"PYTHONMALLOC": "malloc"}

    def command(self):
        return ["/usr/bin/python3", "-c", PYTHON_JOBS % self.results_kept]

    def steady(self, run):
        into_stdin(run, 200, lambda number: b"%d\n" % number)

    healthy = (("200 JSON jobs a second, the last 200 results kept", steady),)


class PythonWarmUp(Python):
    results_kept = 4000

    @classmethod
    def cases(cls):
        return [Case(cls, cls.steady, "warm-up: 4000 results in 20 s, then the last 4000")]


PROGRAMS = (Redis, RedisCache, Nginx, Memcached, Sqlite, Python, PythonWarmUp)

# SPDX-License-Identifier: Apache-2.0
"""Real programs, the loads that they are under, and what is healthy about each: for bench/real_programs."""
import os
import time

import harness

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
    environment = {}
    healthy = ()  # (what, load) pairs

    def __init__(self, folder):
        self.folder = folder
        self.port = harness.free_port()

    @classmethod
    def cases(cls):
        leaking = [Case(cls, cls.steady, f"{100 * fraction:g} % of {cls.function} leaks", fraction)
                   for fraction in FRACTIONS]
        return leaking + [Case(cls, load, what) for what, load in cls.healthy]


def paced(per_s, stop, send):
    """send(number, count) 50 times a second, `per_s` numbers a second, until it says no."""
    batch = max(1, per_s // 50)
    number, due_s = 0, time.monotonic()
    try:
        while not stop.is_set() and send(number, batch) is not False:
            number += batch
            due_s = max(due_s + batch / per_s, time.monotonic() - 1)
            time.sleep(max(0.0, due_s - time.monotonic()))
    except (OSError, ValueError):
        pass  # the run is over


def over_socket(port, per_s, stop, request, end_of_answer):
    """Pipelined requests on one connection; an answer ends with these bytes."""
    with harness.connect(port) as client:
        def send(number, count):
            client.sendall(b"".join(request(number + i) for i in range(count)))
            missing, rest = count, b""
            while missing > 0:
                part = client.recv(1 << 16)
                if not part:
                    return False
                rest += part
                missing -= rest.count(end_of_answer)
                rest = rest[-(len(end_of_answer) - 1):] if len(end_of_answer) > 1 else b""
            return True
        paced(per_s, stop, send)


def into_stdin(per_s, seep, stop, line):
    def send(number, count):
        seep.stdin.write(b"".join(line(number + i) for i in range(count)))
        seep.stdin.flush()
    paced(per_s, stop, send)


def redis_command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


class Redis(Program):
    title, function = "redis-server", "createStringObject"
    limit = ()

    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--logfile", "/dev/null", "--dir",
                self.folder, *self.limit]

    def sets(self, stop, key_of, per_s=1000):
        over_socket(self.port, per_s, stop,
                    lambda number: redis_command(b"SET", b"key:%08d" % key_of(number), VALUE), b"\r\n")

    def steady(self, _seep, stop):
        self.sets(stop, lambda number: number % 500)

    def warms_up(self, _seep, stop):
        self.sets(stop, lambda number: min(number, 20_000) if number < 20_000 else number % 20_000)

    def flushes(self, _seep, stop):
        def request(number):
            if number % 10_000 == 0:
                return redis_command(b"FLUSHALL")
            return redis_command(b"SET", b"key:%08d" % number, VALUE)
        over_socket(self.port, 1000, stop, request, b"\r\n")

    def new_keys(self, _seep, stop):
        self.sets(stop, lambda number: number)

    healthy = (("500 keys set again and again", steady),
               ("warm-up: 160 MB of keys in 20 s, then again and again", warms_up),
               ("flushed every 10 s", flushes))


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

    def steady(self, _seep, stop):
        over_socket(self.port, 2000, stop, lambda _: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                    b"hello\n")

    healthy = (("2000 requests a second", steady),)


class Memcached(Program):
    title, function = "memcached", "libevent-2.1.so.7:event_base_loop"

    def command(self):
        return ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(self.port), "-m", "64", "-t", "1"]

    def steady(self, _seep, stop):
        over_socket(self.port, 2000, stop, lambda _: b"stats\r\n", b"END\r\n")

    def fills(self, _seep, stop):
        over_socket(self.port, 1500, stop,
                    lambda number: b"set key%d 0 0 8000\r\n%b\r\n" % (number, VALUE), b"STORED\r\n")

    healthy = (("2000 stats commands a second", steady), ("64 MiB of items, at their cap soon", fills))


class Sqlite(Program):
    title, function = "sqlite3", "libsqlite3.so.0:sqlite3_prepare_v2"

    def command(self):
        return ["sqlite3", "-batch", os.path.join(self.folder, "data")]

    def steady(self, seep, stop):
        def line(number):
            if number == 0:
                return b".output /dev/null\nCREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT);\n"
            return b"INSERT OR REPLACE INTO t VALUES(%d, hex(randomblob(100)));\n" % (number % 1000)
        into_stdin(500, seep, stop, line)

    def large_results(self, seep, stop):
        def line(number):
            if number == 0:
                return b".output /dev/null\nCREATE TABLE t(k INTEGER PRIMARY KEY, v TEXT);\n"
            if number % 1000 == 999:
                return b"SELECT * FROM t ORDER BY v DESC;\n"
            return b"INSERT OR REPLACE INTO t VALUES(%d, hex(randomblob(400)));\n" % (number % 5000)
        into_stdin(300, seep, stop, line)

    healthy = (("rows replaced, 500 a second", steady), ("and sorted now and then", large_results))


PYTHON_STEADY = """
import json, time
kept = {}
due = time.monotonic()
for i in range(1 << 60):
    kept[i % 200] = json.loads(json.dumps([{"n": list(range(50))}] * 4))
    due = max(due + 0.005, time.monotonic() - 1)
    time.sleep(max(0, due - time.monotonic()))
"""
PYTHON_WARM_UP = PYTHON_STEADY.replace("i % 200", "min(i, 4000) if i < 4000 else i % 4000")


class Python(Program):
    title, function = "python3", "PyList_New"
    environment = {"PYTHONMALLOC": "malloc"}
    script = PYTHON_STEADY

    def command(self):
        return ["/usr/bin/python3", "-c", self.script]

    def steady(self, _seep, _stop):
        pass  # it is its own load

    healthy = (("JSON back and forth, the last 200 kept", steady),)


class PythonWarmUp(Python):
    script = PYTHON_WARM_UP

    @classmethod
    def cases(cls):
        return [Case(cls, cls.steady, "warm-up: 4000 results in 20 s, then the last 4000")]


PROGRAMS = (Redis, RedisCache, Nginx, Memcached, Sqlite, Python, PythonWarmUp)

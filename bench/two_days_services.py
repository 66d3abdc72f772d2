# SPDX-License-Identifier: Apache-2.0
"""The services of bench/two_days: how each is started, and what it leaks."""
import harness
from real_targets import Memcached, Nginx, Program, Python, PythonWarmUp, Redis, RedisCache

# A server that never closes what its clients have closed.
FORGETFUL_SERVER = """
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
forgotten = []
while True:
    client, _ = server.accept()
    client.sendall(b"hello\\n")
    forgotten.append(client)
"""


class ForgetfulServer(Program):
    def command(self):
        return ["/usr/bin/python3", "-c", FORGETFUL_SERVER, str(self.port)]

    def visitors(self, run):
        while not run.stop.wait(2):
            try:
                with harness.connect(self.port) as client:
                    client.recv(16)
            except OSError:
                return  # the run is over


class NginxWithWorkers(Nginx):
    def command(self):
        words = super().command()
        with open(words[-1], "r+", encoding="utf-8") as conf:
            text = conf.read().replace("worker_processes 1; master_process off;", "worker_processes 2;")
            conf.seek(0)
            conf.truncate()
            conf.write(text)
        return words


def zoo(name, *options):
    """A program of tests/targets as a Program; it needs no load, and its folder is the build's."""
    class Zoo(Program):
        def command(self):
            return ["seep_zoo_" + name, "--seconds", "0", *options]
    return Zoo


class Service:
    """`leaks`: in which resource; None: it does not. `words`: a pattern that the report has to match, then."""

    def __init__(self, name, program, load=None, leaks=None, words=None, injected=0.0):
        self.name, self.program, self.load = name, program, load
        self.leaks, self.words, self.injected = leaks, words, injected


SERVICES = (
    Service("redis-heap", Redis, Redis.steady, "heap", "createStringObject", injected=0.02),
    Service("mmap", zoo("mmap_leak", "--rate", "64KiB"), None, "mmap", "mapped"),
    Service("python-sockets", ForgetfulServer, ForgetfulServer.visitors, "fd",
            "more sockets .*in CLOSE_WAIT"),
    Service("threads", zoo("thread_leak", "--rate", "1", "--max", "100000"), None, "thread",
            "more threads per hour"),
    Service("shm", zoo("shm_leak", "--rate", "64KiB"), None, "shm", "fills files in memory"),
    Service("slack", zoo("ratchet", "--rate", "10KiB"), None, "allocator slack", "allocator"),
    Service("redis", Redis, Redis.steady),
    Service("redis-cache", RedisCache, RedisCache.new_keys),
    Service("redis-sessions", Redis, Redis.waves_of_sessions),
    Service("nginx", Nginx, Nginx.surges),
    Service("nginx-workers", NginxWithWorkers, NginxWithWorkers.steady),
    Service("memcached", Memcached, Memcached.steady),
    Service("memcached-cap", Memcached, Memcached.fills),
    Service("python", Python, Python.steady),
    Service("python-warm-up", PythonWarmUp, PythonWarmUp.steady),
    Service("cache", zoo("cache")),
    Service("sawtooth", zoo("sawtooth")),
    Service("handoff", zoo("thread_handoff")),
    Service("churn", zoo("resource_churn")),
    Service("idle", zoo("idle")),
)

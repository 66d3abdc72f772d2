#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seep run --gate` on real servers and zoo programs: a leak is found and named, health passes.

Usage: test_verdicts.py BIN_DIR [WORD ...]. All runs of 45 s go side by side under paced load.
"""
import os
import threading
import time

from harness import (GROWTH, INJECTOR, PASS, SeepTest, connect, free_port, has_program, main,
                     zoo)

# Stacks are judged by 30 s after a warm-up of max(10 s, 25 %).
DURATION_S = 45
# Sampled once in 128 KiB: 400 kB/s leaves about 100 surviving samples after the warm-up.
FRACTION = 0.05

NGINX_CONF = """daemon off; user root; worker_processes 1; master_process on; pid {tmp}/pid;
error_log {tmp}/error.log; events {{ worker_connections 64; }}
http {{ access_log off; keepalive_requests 10000000; client_body_temp_path {tmp}/a;
  proxy_temp_path {tmp}/b; fastcgi_temp_path {tmp}/c; uwsgi_temp_path {tmp}/d;
  scgi_temp_path {tmp}/e;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "hello\\n"; }} }} }}
"""


def receive(client, wanted_bytes):
    """Exactly that many bytes; fewer at the end of the connection."""
    text = b""
    while len(text) < wanted_bytes:
        part = client.recv(min(65536, wanted_bytes - len(text)))
        if not part:
            break
        text += part
    return text


class Load(threading.Thread):
    """Pipelined requests at a steady rate, on one connection, until the server goes away."""

    def __init__(self, port, requests_per_s, make_request, answer_bytes):
        super().__init__(daemon=True)
        self.port, self.requests_per_s = port, requests_per_s
        self.make_request, self.answer_bytes = make_request, answer_bytes
        self.served = 0
        self.start()

    def run(self):
        batch = max(1, self.requests_per_s // 50)
        try:
            with connect(self.port) as client:
                answer_bytes = self.answer_bytes or self.learn(client)
                due_s = time.monotonic()
                while True:
                    requests = (self.make_request(self.served + i) for i in range(batch))
                    client.sendall(b"".join(requests))
                    if len(receive(client, batch * answer_bytes)) < batch * answer_bytes:
                        return
                    self.served += batch
                    due_s = max(due_s + batch / self.requests_per_s, time.monotonic() - 1)
                    time.sleep(max(0, due_s - time.monotonic()))
        except OSError:
            pass  # the run is over

    def learn(self, client):
        """Bytes of an answer; all are alike."""
        client.sendall(self.make_request(0))
        time.sleep(0.5)
        return len(client.recv(65536))


def set_command(number):
    """SET of one of 500 keys, in turn, so that the data set is complete after a moment."""
    key = b"key:%06d" % (number % 500)
    return b"*3\r\n$3\r\nSET\r\n$10\r\n%b\r\n$8000\r\n%b\r\n" % (key, VALUE)


VALUE = b"v" * 8000


class Verdicts(SeepTest):
    def judge(self, command, function=None):
        """Starts the run; with a function its allocations leak at FRACTION."""
        injection = []
        if function:
            injection = ["--env", f"LD_PRELOAD={INJECTOR}", "--env",
                         f"SEEP_LEAK_FUNCTION={function}", "--env",
                         f"SEEP_LEAK_FRACTION={FRACTION}", "--env",
                         "SEEP_LEAK_LOG=" + self.path("truth")]
        return self.start_seep("run", "--gate", "--json", "--duration", f"{DURATION_S}s",
                               *injection, "--", *command)

    def assertLeak(self, seep, function):
        """Growth, and the function is among the first three frames of the first stack."""
        status = seep.wait()
        self.assertEqual(status, GROWTH, seep.err)
        report = seep.json()
        self.assertEqual(report["verdict"]["class"], "growth")
        self.assertAnswers(seep, "What grew", "How sure", "How fast", "Since when", "Where from",
                           "What will happen")
        frames = [frame["function"] for frame in report["stacks"][0]["frames"]]
        self.assertTrue(any(function in frame for frame in frames[:3]), frames[:10])
        if os.path.exists(self.path("truth")):
            with open(self.path("truth")) as truth:
                self.note("injected " + truth.read().strip())
        self.check_order(report)
        self.note(f"{report['verdict']['summary']} First: {' < '.join(frames[:4])}")
        return report

    def assertHealthy(self, seep):
        self.assertEqual(seep.wait(), PASS, seep.err)
        report = seep.json()
        self.assertIn(report["verdict"]["class"],
                      ("stable", "periodic", "step", "warm-up", "follows load", "ratchet", "declining"),
                      seep.err)
        self.assertEqual(report["stacks"], [])
        self.assertAnswers(seep, "How sure", "Smallest seen", "What will happen")
        self.check_order(report)

    def assertAnswers(self, seep, *labels):
        """The text, which goes to stderr, explains itself."""
        for label in labels:
            self.assertIn(f"\n  {label}  ", seep.err)

    def check_order(self, report):
        self.assertAlmostEqual(report["run"]["duration_s"], DURATION_S, delta=3)
        self.assertGreater(report["coverage"]["snapshots"], 30)
        self.assertNoLedgers()

    def redis(self, function=None):
        if not has_program("redis-server"):
            self.skipTest("redis-server is not installed")
        port = free_port()
        seep = self.judge(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                           "--dir", self.folder], function)
        # 1000/s x 8000 B x 0.05 = 400 kB/s
        return seep, Load(port, 1000, set_command, len(b"+OK\r\n"))

    def nginx(self, function=None):
        if not has_program("nginx"):
            self.skipTest("nginx is not installed")
        port = free_port()
        with open(self.path("nginx.conf"), "w") as conf:
            conf.write(NGINX_CONF.format(tmp=self.folder, port=port))
        seep = self.judge(["nginx", "-p", self.folder, "-c", self.path("nginx.conf")], function)
        # a pool of 4096 B a request: 2000/s x 4096 B x 0.05 = 410 kB/s
        return seep, Load(port, 2000, lambda _: b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", None)

    def assertLoaded(self, load):
        """The verdict means something only when the server had work to do."""
        load.join(20)
        self.assertGreater(load.served, 0.7 * load.requests_per_s * DURATION_S)

    def test_redis_leak(self):
        seep, load = self.redis("createStringObject")
        self.assertLeak(seep, "createStringObject")
        self.assertLoaded(load)

    def test_redis_healthy(self):
        seep, load = self.redis()
        self.assertHealthy(seep)
        self.assertLoaded(load)

    def test_nginx_leak(self):
        """In the forked worker; the pools of requests, as ngx_http_create_request makes them."""
        seep, load = self.nginx("ngx_create_pool")
        report = self.assertLeak(seep, "ngx_create_pool")
        self.assertLoaded(load)
        worker = [t for t in report["targets"] if "worker" in t["command_line"]]
        self.assertEqual(report["stacks"][0]["target_pid"], worker[0]["pid"], report["targets"])

    def test_nginx_healthy(self):
        seep, load = self.nginx()
        self.assertHealthy(seep)
        self.assertLoaded(load)

    def test_zoo_leak(self):
        self.assertLeak(self.judge(zoo("leak", "--seconds 0 --rate 400k --requests 5000")),
                        "LeakRequestBuffer")

    def test_zoo_cache(self):
        """Full after 4 s, then it evicts."""
        self.assertHealthy(self.judge(zoo("cache", "--seconds 0 --rate 2MiB --cap 8MiB")))

    def test_zoo_mmap_leak(self):
        """Mapped, not allocated: counted, and no part of the heap."""
        seep = self.judge(zoo("mmap_leak", "--seconds 0 --rate 400k"))
        report = self.assertLeak(seep, "LeakMapping")
        self.assertEqual(report["stacks"][0]["kind"], "mapping")
        self.assertEqual(len(report["stacks"]), 1)
        self.assertLess(self.database.points("heap_live")[-1][1], 1 << 20)
        mapped = self.database.points("mapped_live")[-1][1]
        self.assertGreater(mapped, 0.7 * 400e3 * DURATION_S)
        self.assertEqual(self.dominant(report), "mapped")
        self.assertIn("mapped memory", self.seep("report", "latest")[1].out)

    def assertGrows(self, seep, part):
        """Growth of resident memory, and this part of it is named."""
        self.assertEqual(seep.wait(), GROWTH, seep.err)
        report = seep.json()
        self.assertIn(self.dominant(report), part)
        self.check_order(report)
        self.note(report["verdict"]["summary"])
        return report

    def dominant(self, report):
        """The part that has most of the growth; all parts add up to it."""
        attribution = report["attribution"]
        parts = attribution["parts"]
        self.assertAlmostEqual(sum(part["slope"] for part in parts) / attribution["rss_slope"], 1, 6)
        most = max(parts, key=lambda part: part["share"])
        self.assertGreater(most["share"], 0.6, parts)
        return most["name"]

    def test_zoo_ratchet(self):
        """Peaks that the allocator keeps over a flat live heap: no leak, and a remedy."""
        seep = self.judge(zoo("ratchet", "--seconds 0"))
        self.assertEqual(seep.wait(), PASS, seep.err)
        report = seep.json()
        self.assertEqual(report["verdict"]["class"], "ratchet", report["verdict"])
        self.assertEqual(self.dominant(report), "allocator_slack")
        self.assertTrue(any("malloc_trim" in line for line in report["warnings"]))
        self.note(report["verdict"]["summary"])

    def test_zoo_thread_leak(self):
        seep = self.judge(zoo("thread_leak", "--seconds 0 --rate 10 --stack 64KiB --touch 32KiB"))
        report = self.assertGrows(seep, ["thread_stacks"])
        classes = {series["metric"]: series["class"] for series in report["series"]}
        self.assertEqual(classes["threads"], "growth")

    def test_zoo_file_growth(self):
        """Written pages of a mapped file; on tmpfs they are shared memory."""
        seep = self.judge(zoo("file_growth", "--seconds 0"))
        self.assertGrows(seep, ["file_dirty", "file_clean", "shmem"])

    def test_zoo_mmap_churn(self):
        """Mapped and unmapped, whole and in parts, grown and shrunk, by several threads."""
        self.assertHealthy(self.judge(zoo("mmap_churn", "--seconds 0")))

    def test_zoo_thread_handoff(self):
        self.assertHealthy(self.judge(zoo("thread_handoff", "--seconds 0 --rate 10000")))

    def test_zoo_sawtooth(self):
        self.assertHealthy(self.judge(zoo("sawtooth", "--seconds 0 --period 3")))


if __name__ == "__main__":
    main(concurrency=8)

# SPDX-License-Identifier: Apache-2.0
"""The HTTP server against clients that are wrong, large, slow or many.

By hand: python3 tests/agent/serve/test_http.py BIN_DIR [unittest words]
"""
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from example_server import EXAMPLE, ExampleServer, exchange, get, half_open, read_all
from processes import read_bytes, wait_until

TOKEN = "0123456789abcdef"


def served(port):
    """How many connections the server has not closed, of /proc/net/tcp: ESTABLISHED is 01."""
    fields = [line.split() for line in read_bytes("/proc/net/tcp").decode().splitlines()[1:]]
    return sum(each[1].endswith(f":{port:04X}") and each[3] == "01" for each in fields)


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = ExampleServer("--token", TOKEN, "--limit", "2")
        cls.port = cls.server.port
        cls.auth = f"Authorization: Bearer {TOKEN}"

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def test_metrics_with_the_token(self):
        status, head, body = get(self.port, "/metrics", self.auth)
        self.assertEqual(status, 200)
        self.assertIn("text/plain; version=0.0.4", head)
        self.assertIn("Connection: close", head)
        self.assertIn(b"seep_target_heap_live_bytes{service=\"shop\"", body)
        self.assertIn(b"seep_agent_http_responses_total", body)

    def test_open_metrics_on_request(self):
        _, head, body = get(self.port, "/metrics", self.auth,
                            "Accept: application/openmetrics-text;version=1.0.0")
        self.assertIn("application/openmetrics-text; version=1.0.0; charset=utf-8", head)
        self.assertTrue(body.endswith(b"# EOF\n"))

    def test_without_or_with_a_wrong_token(self):
        for header in ("X-None: 1", "Authorization: Bearer 0123456789abcdeX",
                       "Authorization: Basic 0123456789abcdef"):
            for path in ("/metrics", "/health", "/health/detailed", "/other"):
                status, head, body = get(self.port, path, header)
                self.assertEqual(status, 401)
                self.assertIn("WWW-Authenticate: Bearer", head)
                self.assertNotIn(b"seep_target", body)

    def test_only_exact_paths(self):
        for path in ("/", "/metricsX", "/metrics/foo", "/healthy", "/health/detailed/x",
                     "/../etc/passwd", "/%6detrics"):
            self.assertEqual(get(self.port, path, self.auth)[0], 404, path)
        self.assertEqual(get(self.port, "/health?x=1", self.auth)[0], 200)

    def test_only_get_and_head(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            status, head, _ = get(self.port, "/metrics", self.auth, method=method)
            self.assertEqual(status, 405, method)
            self.assertIn("Allow: GET, HEAD", head)
        status, head, body = get(self.port, "/health", self.auth, method="HEAD")
        self.assertEqual((status, body), (200, b""))
        self.assertIn("Content-Length: 3", head)

    def test_a_websocket_is_a_get_like_any_other(self):
        upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        self.assertEqual(get(self.port, "/health", self.auth, *upgrade)[0], 200)
        self.assertEqual(get(self.port, "/ws", self.auth, *upgrade)[0], 404)

    def test_a_huge_header_is_refused(self):
        reply = exchange(self.port, b"GET /metrics HTTP/1.1\r\nX: " + b"x" * (1 << 20))
        self.assertTrue(reply == b"" or reply.split()[1] in (b"400", b"413"), reply[:80])

    def test_a_huge_body_is_not_read(self):
        head = f"GET /health HTTP/1.1\r\nHost: x\r\n{self.auth}\r\nContent-Length: {1 << 40}\r\n\r\n"
        start = time.monotonic()
        reply = exchange(self.port, head.encode() + b"x" * (1 << 22))
        self.assertTrue(reply == b"" or reply.split()[1] == b"413", reply[:80])
        self.assertLess(time.monotonic() - start, 10)

    def test_garbage_is_refused(self):
        for garbage in (b"\0" * 100 + b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                        b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET * HTTP/1.1\r\n\r\n",
                        b"GET http://elsewhere/metrics HTTP/1.1\r\n\r\n",
                        b"GET /metrics HTTP/1.1\r\nContent-Length: -5\r\n\r\n"):
            reply = exchange(self.port, garbage)
            self.assertNotIn(b" 200 ", reply[:20], garbage)
        self.assertEqual(get(self.port, "/health", self.auth)[0], 200)

    def test_its_threads_leave_signals_to_the_loop(self):
        pid = self.server.process.pid
        threads = [name for name in os.listdir(f"/proc/{pid}/task") if name != str(pid)]
        self.assertEqual(len(threads), 5)  # four that answer, one that accepts
        for thread in threads:
            status = read_bytes(f"/proc/{pid}/task/{thread}/status").decode()
            blocked = int(re.search(r"SigBlk:\s+(\w+)", status)[1], 16)
            for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
                self.assertTrue(blocked >> (each - 1) & 1, each)

    def test_one_request_a_connection(self):
        one = f"GET /health HTTP/1.1\r\nHost: x\r\n{self.auth}\r\n\r\n".encode()
        self.assertEqual(exchange(self.port, one * 3).count(b"HTTP/1.1 200"), 1)


class Limits(unittest.TestCase):
    def test_slow_clients_are_closed_within_the_limit(self):
        with ExampleServer("--limit", "2") as server:
            def drip(text):
                """Seconds until the server closes, a byte every 0.2 s."""
                start = time.monotonic()
                with half_open(server.port) as connection:
                    connection.settimeout(0.2)
                    while time.monotonic() - start < 20:
                        try:
                            connection.send(text)
                            if connection.recv(1000) == b"":
                                break
                        except socket.timeout:
                            continue
                        except ConnectionError:
                            break
                return time.monotonic() - start

            with ThreadPoolExecutor(3) as pool:
                took = list(pool.map(drip, [b"G", b"\r\n", b""]))
            for seconds in took:
                self.assertLess(seconds, 10, took)  # 2, and what the machine adds
            self.assertEqual(get(server.port, "/health")[0], 200)

    def test_slow_clients_on_every_thread_hold_the_others_up_for_the_limit_only(self):
        with ExampleServer("--limit", "2") as server:
            idle = [half_open(server.port) for _ in range(12)]
            start = time.monotonic()
            self.assertEqual(get(server.port, "/health")[0], 200)
            self.assertLess(time.monotonic() - start, 20)  # three rounds of four: 6
            for connection in idle:
                connection.close()

    def test_64_clients_at_once(self):
        with ExampleServer() as server:
            with ThreadPoolExecutor(64) as pool:
                replies = list(pool.map(lambda _: get(server.port, "/metrics"), range(256)))
            self.assertEqual({reply[0] for reply in replies}, {200})
            self.assertTrue(all(b"seep_stack_growth" in reply[2] for reply in replies))

    def test_readers_that_never_read_do_not_hold_up_the_publisher(self):
        with ExampleServer("--large", "--limit", "2") as server:
            whole = len(get(server.port, "/metrics")[2])
            deaf = [self.slow_reader(server.port) for _ in range(8)]
            self.assertEqual(get(server.port, "/health")[0], 200)  # once a thread is free again
            wait_until(lambda: served(server.port) == 0, 60, "the deaf to be given up")
            received = [len(read_all(connection)) for connection in deaf]
            self.assertTrue(all(size < whole for size in received), (received, whole))
            for connection in deaf:
                connection.close()
            truth = server.stop()
            self.assertLess(truth["slowest_publish_us"], 1_000_000)  # 10,000 as a rule
            self.assertGreater(truth["published"], 50)

    def test_a_reader_that_takes_a_little_now_and_then_is_cut_off(self):
        with ExampleServer("--large", "--limit", "1") as server:
            connection = self.slow_reader(server.port)
            start = time.monotonic()
            while served(server.port):  # to its end it would take a quarter of an hour
                self.assertLess(time.monotonic() - start, 60)
                connection.recv(512)
                time.sleep(0.1)
            connection.close()

    @staticmethod
    def slow_reader(port):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        return connection

    def test_neither_memory_nor_descriptors_grow(self):
        def after(rounds):
            with ExampleServer() as server:
                with ThreadPoolExecutor(8) as pool:
                    list(pool.map(lambda _: get(server.port, "/metrics"), range(rounds)))
                return server.stop()
        few, many = after(100), after(2000)
        self.assertLessEqual(many["fds"] - few["fds"], 4)  # those that are being closed, at most
        self.assertLess(many["rss_bytes"] - few["rss_bytes"], 2 << 20)


class OwnAllocator(unittest.TestCase):
    def test_jemalloc_is_asked_when_it_is_there(self):
        def allocated(**environment):
            with ExampleServer(**environment) as server:
                body = get(server.port, "/metrics")[2].decode()
            return re.findall(r"^seep_agent_allocator_allocated_bytes (\d+)", body, re.M)
        self.assertEqual(allocated(), [])
        self.assertGreater(int(allocated(LD_PRELOAD="libjemalloc.so.2")[0]), 10_000)


class Refusals(unittest.TestCase):
    def refused(self, *options):
        done = subprocess.run([EXAMPLE, *options], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=20)
        self.assertEqual(done.returncode, 1)
        return done.stderr

    def test_no_address_beyond_loopback_without_a_token(self):
        self.assertIn("set a token", self.refused("--address", "0.0.0.0"))
        self.assertIn("16 characters", self.refused("--address", "0.0.0.0", "--token", "short"))
        with ExampleServer("--address", "0.0.0.0", "--token", TOKEN) as server:
            self.assertEqual(get(server.port, "/health")[0], 401)

    def test_an_address_that_is_not_ours(self):
        self.assertIn("cannot listen on 192.0.2.1", self.refused("--address", "192.0.2.1",
                                                                 "--token", TOKEN))


if __name__ == "__main__":
    del sys.argv[1:2]
    unittest.main()

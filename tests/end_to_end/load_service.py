#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small service with /metrics, as a program and as a part of a test.

As a program: load_service.py PORT [--slower SHARE] [--keep BYTES]. /good answers after 20 ms, each second of its life
by SHARE of that later; /bad with 500 after 5 ms. Of each good answer BYTES are kept for ever: a leak. /metrics tells both by
counters and a histogram. At SIGTERM it prints what it has answered: "truth good=N bad=N".
"""
import argparse
import signal
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler

BUCKETS = (0.005, 0.01, 0.02, 0.021, 0.022, 0.023, 0.024, 0.025, 0.0275, 0.03, 0.0325, 0.035, 0.0375, 0.04, 0.0425,
           0.045, 0.05, 0.06, 0.075, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}   # (handler, code): answers
        self.buckets = {}  # handler: answers by bucket, the last one the open end

    def add(self, handler, code, seconds):
        with self.lock:
            self.counts[handler, code] = self.counts.get((handler, code), 0) + 1
            buckets = self.buckets.setdefault(handler, [0] * (len(BUCKETS) + 1))
            buckets[next((i for i, edge in enumerate(BUCKETS) if seconds <= edge), -1)] += 1

    def text(self):
        with self.lock:
            lines = ["# TYPE http_requests_total counter"]
            for (handler, code), count in self.counts.items():
                lines.append(f'http_requests_total{{handler="{handler}",code="{code}"}} {count}')
            lines.append("# TYPE http_request_duration_seconds histogram")
            for handler, buckets in self.buckets.items():
                below = 0
                for edge, count in zip([*map(str, BUCKETS), "+Inf"], buckets):
                    below += count
                    lines.append(f'http_request_duration_seconds_bucket{{handler="{handler}",'
                                 f'le="{edge}"}} {below}')
                lines.append(f'http_request_duration_seconds_count{{handler="{handler}"}} {below}')
            return "\n".join(lines) + "\n"

    def answered(self, handler):
        with self.lock:
            return sum(count for (name, _), count in self.counts.items() if name == handler)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """`answer(handler)` is called for each GET, on a thread of its own."""
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self):
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, *_):
        pass  # whoever asked has gone


def reply(handler, status, body, content_type="text/plain; version=0.0.4"):
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body.encode())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--slower", type=float, default=0)
    parser.add_argument("--keep", type=int, default=0)
    options = parser.parse_args()
    started_s = time.monotonic()
    kept = []
    metrics = Metrics()
    for handler, code in (("/good", 200), ("/bad", 500)):
        metrics.counts[handler, code] = 0

    def answer(handler):
        if handler.path == "/metrics":
            reply(handler, 200, metrics.text())
            return
        begun_s = time.monotonic()
        is_good = handler.path == "/good"
        good_s = 0.02 * (1 + options.slower * (begun_s - started_s))
        time.sleep(good_s if is_good else 0.005)
        if is_good and options.keep > 0:
            kept.append(b"x" * options.keep)
        reply(handler, 200 if is_good else 500, "ok\n")
        metrics.add(handler.path, 200 if is_good else 500, time.monotonic() - begun_s)

    server = Server(options.port, answer)

    def stop(*_):
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    server.serve_forever(0.05)
    print(f"truth good={metrics.answered('/good')} bad={metrics.answered('/bad')}", flush=True)


if __name__ == "__main__":
    main()

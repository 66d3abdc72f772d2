#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`seep report --symbol-server`: names of a stripped program from a server that has its debug file, and what
happens when the server does not answer.

Usage: test_symbol_server.py BIN_DIR [WORD ...]
"""
import http.server
import json
import os
import shutil
import signal
import subprocess
import threading
import time

from agent_harness import AgentTest
from harness import GROWTH, PASS, free_port, main, wait_until, zoo


class Server:
    """What debuginfod serves: /buildid/ID/debuginfo. `stalls`: takes requests and says nothing."""

    def __init__(self, files, stalls=False):
        self.asked = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.asked.append(self.path)
                if stalls:
                    server.ended.wait(60)
                    return
                content = files.get(self.path)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass
        self.ended = threading.Event()
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def stop(self):
        self.ended.set()
        self.http.shutdown()
        self.http.server_close()


class SymbolServer(AgentTest):
    def setUp(self):
        super().setUp()
        self.env["DEBUGINFOD_CACHE_PATH"] = self.path("cache")
        self.strip()

    def strip(self):
        program = self.path("service")
        shutil.copy(zoo("leak")[0], program)
        debug = self.path("service.debug")
        for command in (["objcopy", "--only-keep-debug", program, debug], ["strip", "--strip-all", program]):
            subprocess.run(command, check=True, timeout=60)
        notes = subprocess.run(["readelf", "-n", program], check=True, capture_output=True, text=True).stdout
        build_id = notes.split("Build ID: ")[1].split()[0]
        with open(debug, "rb") as file:
            self.files = {f"/buildid/{build_id}/debuginfo": file.read()}
        os.remove(debug)
        self.program = [program, "--seconds", "0", "--rate", "1MiB"]

    def leak(self):
        status, _ = self.seep("run", "--gate", "--quiet", "--duration", "45s", "--", *self.program)
        self.assertEqual(status, GROWTH)

    def serve(self, *arguments, **options):
        server = Server(*arguments, **options)
        self.addCleanup(server.stop)
        return server

    def report(self, *options):
        begin_s = time.monotonic()
        status, report = self.seep("report", "--json", *options)
        self.assertEqual(status, GROWTH)
        return report.out, report.json(), time.monotonic() - begin_s

    def test_names_come_from_the_server_and_only_when_it_is_wished(self):
        self.leak()
        # Those that do not answer come first, as names that are found are kept.
        dead = f"http://127.0.0.1:{free_port()}"
        text, report, _ = self.report("--symbol-server", dead)
        self.assertNotIn("LeakRequestBuffer", text)
        self.assertTrue([line for line in report["warnings"] if line.startswith(f"symbol server {dead}: ")],
                        report["warnings"])

        silent = self.serve({}, stalls=True)
        text, report, seconds = self.report("--symbol-server", silent.url)
        self.assertNotIn("LeakRequestBuffer", text)
        self.assertTrue([line for line in report["warnings"] if silent.url in line], report["warnings"])
        self.assertLessEqual(len(silent.asked), 2)  # modules are many, and it is not asked for each
        self.note(f"a silent server: {seconds:.1f} s")

        without = self.serve({})
        text, report, _ = self.report("--symbol-server", without.url)
        self.assertNotIn("LeakRequestBuffer", text)
        self.assertFalse([line for line in report["warnings"] if "symbol server" in line], report["warnings"])

        # It keeps in mind for ten minutes what a server has not.
        self.env["DEBUGINFOD_CACHE_PATH"] = self.path("another_cache")
        server = self.serve(self.files)
        self.env["DEBUGINFOD_URLS"] = server.url
        text, _, _ = self.report()
        self.assertNotIn("LeakRequestBuffer", text)
        self.assertEqual(server.asked, [])  # the environment alone is no wish
        text, report, _ = self.report("--symbol-server", server.url)
        self.assertIn("LeakRequestBuffer", text)
        frame = next(frame for frame in report["stacks"][0]["frames"] if "LeakRequestBuffer" in frame["function"])
        self.assertTrue(frame["file"].endswith("leaky.h"), frame)

    def test_the_daemon_asks_it_and_leaves_it_alone_while_it_is_away(self):
        server = self.serve(self.files)
        dead, port = free_port(), free_port()
        service = self.start_service(self.program)
        agent = self.start_agent(listen=f"127.0.0.1:{port}", judge="5s",
                                 symbol_server=f"http://127.0.0.1:{dead}")
        wait_until(lambda: f"at port {port}" in agent.err, 10, "the server")

        def breaker():
            detailed = json.loads(self.ask(port, "/health/detailed")[1])
            return {one["name"]: one for one in detailed.get("dependencies", [])}.get("symbol server", {})
        wait_until(lambda: breaker().get("breaker") == "open", 60, "the breaker to open")
        self.assertIn("refused", breaker()["last_error"])
        events = lambda: [message for message, in self.database.rows(
            "SELECT message FROM event WHERE kind = 'breaker'") if "symbol server" in message]
        wait_until(events, 20, "the event")
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)

        agent = self.start_agent(listen=f"127.0.0.1:{port}", judge="5s", symbol_server=server.url)
        wait_until(lambda: f"at port {port}" in agent.err, 10, "the server")
        wait_until(lambda: "LeakRequestBuffer" in self.ask(port, "/metrics")[1], 80, "the name")
        self.assertEqual(breaker()["breaker"], "closed")
        self.assertIsNone(service.process.poll())
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS)


if __name__ == "__main__":
    main(concurrency=2)

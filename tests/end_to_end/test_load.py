#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Load and latency: what endpoints and load tools tell is in the database, and right; endpoints that are slow,
dead, lying or without end hold up nothing.

Usage: test_load.py BIN_DIR [WORD ...]. Tests go side by side.
"""
import datetime
import json
import os
import re
import signal
import sqlite3
import sys
import threading
import time
import urllib.request

from harness import (PASS, USAGE, SeepTest, free_port, has_program, main, read_bytes, wait_until,
                     zoo)
from load_service import Metrics, Server, reply

SERVICE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "load_service.py")
WORST_GAP_S = 1.5      # between ticks: what the scheduler may add on a busy machine
CLOSES_WITHIN_S = 30   # a breaker, once its endpoint is well
MOST_RSS = 96 << 20    # of seep


def rss_bytes(pid):
    found = re.search(rb"VmHWM:\s+(\d+) kB", read_bytes(f"/proc/{pid}/status"))
    return int(found.group(1)) * 1024 if found else 0


def k6_line(at_s, took_ms, name="/checkout", status="200"):
    at = datetime.datetime.fromtimestamp(at_s, datetime.timezone.utc).isoformat()
    return json.dumps({"type": "Point", "metric": "http_req_duration", "data": {
        "time": at, "value": took_ms, "tags": {
            "name": name, "status": status,
            "expected_response": "true" if status == "200" else "false"}}},
        separators=(",", ":")) + "\n"


class Endpoint:
    """Of a test's own: how it answers can be changed at any time."""

    def __init__(self, port, way):
        self.way = way
        self.metrics = Metrics()
        self.asked = 0
        self.server = Server(port, self.answer)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, handler):
        self.asked += 1
        handler.close_connection = True
        self.metrics.add("/", 200, 0.01)
        getattr(self, self.way)(handler)

    def well(self, handler):
        reply(handler, 200, self.metrics.text())

    def slow(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(600):
            handler.wfile.write(b"a")
            handler.wfile.flush()
            time.sleep(0.1)

    def html(self, handler):
        reply(handler, 200, "<html>\n<body>login</body>\n</html>\n", "text/html")

    def falling(self, handler):
        count = 1_000_000 if self.asked % 2 else 10
        reply(handler, 200, f"http_requests_total {count}\nhttp_requests_total{{a=\"b\"}} NaN\n")

    def gauge(self, handler):
        reply(handler, 200, "# TYPE http_requests_total gauge\nhttp_requests_total 7\n")

    def endless(self, handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        line = b'http_requests_total{path="/%08d"} 1\n'
        for first in range(0, 1 << 30, 10000):
            chunk = b"".join(line % (first + i) for i in range(10000))
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Load(SeepTest):
    def endpoint(self, way, port=0):
        endpoint = Endpoint(port, way)
        self.addCleanup(endpoint.close)
        return endpoint, f"http://127.0.0.1:{endpoint.server.server_address[1]}/metrics"

    def sums(self, source, operation=""):
        """(requests, errors, seconds) of all windows."""
        return self.database.rows(
            "SELECT coalesce(sum(requests), 0), coalesce(sum(errors), 0), sum(end_s - begin_s) "
            "FROM v_load WHERE source = ? AND operation = ?", source, operation)[0]

    def has_windows(self, source, at_least=1):
        try:
            return self.database.value("SELECT count(*) FROM v_load WHERE source = ? AND "
                                       "operation = ''", source) >= at_least
        except Exception:  # pylint: disable=broad-except
            return False  # not there yet

    def events(self, kind):
        return [message for message, in self.database.rows(
            "SELECT message FROM event WHERE kind = ? ORDER BY t_s", kind)]

    def assertNoGap(self):
        times = [t_s for t_s, _ in self.database.points("rss_anon")]
        gap_s = max(b - a for a, b in zip(times, times[1:]))
        self.note(f"{len(times)} ticks, longest time between two: {gap_s:.2f} s")
        self.assertLess(gap_s, WORST_GAP_S)

    def assertNoHole(self, source):
        """Each window begins where the one before has ended."""
        windows = self.database.rows("SELECT begin_s, end_s FROM v_load WHERE source = ? AND "
                                     "operation = '' ORDER BY begin_s", source)
        self.assertGreater(len(windows), 2)
        for (_, end_s), (begin_s, _) in zip(windows, windows[1:]):
            self.assertAlmostEqual(begin_s, end_s, places=6)

    def test_a_service_under_real_load(self):
        if not has_program("hey"):
            self.skipTest("hey is not installed")
        port = free_port()
        url = f"http://127.0.0.1:{port}/metrics"
        csv = self.path("hey.csv")
        seep = self.start_seep("run", "--tick", "200ms", "--snapshot", "1s", "--load", url, "--load",
                               "hey:" + csv, "--", sys.executable, SERVICE, str(port))
        wait_until(lambda: self.has_windows(url), 40, "the first window")
        begun_s = time.monotonic()
        bad = self.start(["hey", "-z", "8s", "-c", "2", "-q", "10", f"http://127.0.0.1:{port}/bad"])
        # As a shell does it: the file is there, and empty until the end.
        good = self.start(["sh", "-c", f"exec hey -z 8s -c 4 -q 20 -o csv http://127.0.0.1:{port}/good "
                                       f"> {csv}"])
        self.assertEqual([bad.wait(), good.wait()], [0, 0])
        took_s = time.monotonic() - begun_s
        time.sleep(2)
        target = [int(pid) for pid in read_bytes(
            f"/proc/{seep.pid}/task/{seep.pid}/children").split()]
        os.kill(target[0], signal.SIGTERM)
        self.assertEqual(seep.wait(), PASS, seep.err)
        truth = {key: int(value) for key, value in
                 re.findall(r"(good|bad)=(\d+)", seep.out)}
        requests, errors, _ = self.sums(url)
        self.note(f"answered {truth}, {(truth['good'] + truth['bad']) / took_s:.0f}/s; "
                  f"told {requests:.0f}, {errors:.0f} errors")
        # All but what came before the first scrape and behind the last one.
        self.assertAlmostEqual(requests, truth["good"] + truth["bad"], delta=0.02 * requests + 2)
        self.assertAlmostEqual(errors, truth["bad"], delta=0.02 * truth["bad"] + 2)
        good_requests, good_errors, _ = self.sums(url, "/good")
        self.assertAlmostEqual(good_requests, truth["good"], delta=0.02 * truth["good"] + 2)
        self.assertEqual(good_errors, 0)
        # hey's own file: each answer is there, at its time.
        lines = [line.split(",") for line in
                 read_bytes(csv).decode().splitlines()[1:]]
        heard, heard_errors, _ = self.sums("hey:" + csv)
        self.assertEqual((heard, heard_errors), (len(lines), 0))
        p50_s = sorted(float(line[0]) for line in lines)[len(lines) // 2]
        told_s, = self.database.rows(
            "SELECT sum(p50_s * requests) / sum(requests) FROM v_load WHERE source = ? AND "
            "operation = '/good' AND requests > 0", url)[0]
        heard_s, = self.database.rows(
            "SELECT sum(p50_s * requests) / sum(requests) FROM v_load WHERE source = ? AND "
            "operation = '' AND requests > 0", "hey:" + csv)[0]
        self.note(f"p50: {p50_s * 1e3:.1f} ms by hey, {heard_s * 1e3:.1f} ms of its file, "
                  f"{told_s * 1e3:.1f} ms by the service")
        self.assertAlmostEqual(heard_s, p50_s, delta=0.25 * p50_s)
        self.assertGreater(told_s, 0.02)
        self.assertLess(told_s, 1.5 * p50_s + 0.005)
        begin_s, end_s = self.database.rows(
            "SELECT min(begin_s), max(end_s) FROM v_load WHERE source = ? AND requests > 0",
            "hey:" + csv)[0]
        self.assertAlmostEqual(end_s - begin_s, 8, delta=3)
        self.assertTrue(self.database.is_sound())

    def test_endpoints_that_are_slow_dead_lying_or_endless(self):
        ways = ("slow", "html", "falling", "gauge", "endless")
        ill = {way: self.endpoint(way) for way in ways}
        well, well_url = self.endpoint("well")
        dead_port = free_port()
        dead_url = f"http://127.0.0.1:{dead_port}/metrics"
        sources = [url for _, url in ill.values()] + [well_url, dead_url]
        arguments = [word for url in sources for word in ("--load", url)]
        seep = self.start_seep("run", "--tick", "100ms", "--snapshot", "1s", *arguments, "--",
                               *zoo("idle", "--seconds 0"))
        wait_until(lambda: self.has_windows(well_url, 3), 40, "windows of the one that is well")

        def opened():
            text = "\n".join(self.events("breaker"))
            return all(f"load {ill[way][1]}: closed to open" in text
                       for way in ("slow", "endless")) and f"load {dead_url}: closed to open" in text
        wait_until(opened, 60, "the breakers to open")
        self.assertEqual(self.sums(ill["html"][1])[0], 0)
        self.assertEqual(self.sums(ill["gauge"][1])[0], 0)
        peak = rss_bytes(seep.pid)
        self.note(f"seep took {peak / 2**20:.0f} MiB at most, {ill['endless'][0].asked} times told "
                  "without end")
        self.assertLess(peak, MOST_RSS)
        healed_s = time.monotonic()
        for endpoint, _ in ill.values():
            endpoint.way = "well"
        self.endpoint("well", dead_port)
        wait_until(lambda: all(self.has_windows(url, 1) for url in sources), CLOSES_WITHIN_S + 10,
                   "windows of all")

        def closed():
            text = "\n".join(self.events("breaker"))
            return all(f"load {url}: half-open to closed" in text
                       for url in (ill["slow"][1], ill["endless"][1], dead_url))
        wait_until(closed, CLOSES_WITHIN_S + 10, "the breakers to close")
        self.note(f"all breakers closed {time.monotonic() - healed_s:.1f} s after all was well")
        self.assertLess(time.monotonic() - healed_s, CLOSES_WITHIN_S)
        seep.send(signal.SIGTERM)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertNoGap()
        # The one that was well all the time: each second told, each request once.
        self.assertNoHole(well_url)
        self.assertAlmostEqual(self.sums(well_url)[0], well.asked - 1, delta=2)
        warnings = "\n".join(self.events("warning"))
        self.assertIn("counters began anew", warnings)
        self.assertIn("values make no sense", warnings)

    def test_files_that_are_rotated_truncated_late_and_half_written(self):
        late, rotated, cut = (self.path(name) for name in ("late.json", "rotated.json", "cut.json"))
        names = {path: "k6-json:" + path for path in (late, rotated, cut)}
        for path in (rotated, cut):
            open(path, "w", encoding="utf-8").close()
        seep = self.start_seep("run", "--tick", "200ms", "--snapshot", "1s", "--load", late, "--load",
                               rotated, "--load", cut, "--", *zoo("idle", "--seconds 0"))
        wait_until(lambda: "ready" in seep.out, 40, "the target")
        time.sleep(0.5)
        written = dict.fromkeys(names, 0)

        def append(path, lines, status="200"):
            with open(path, "a", encoding="utf-8") as file:
                for _ in range(lines):
                    text = k6_line(time.time(), 20, status=status)
                    file.write(text[:50])
                    file.flush()
                    time.sleep(0.002)
                    file.write(text[50:])
                    written[path] += 1

        for turn in range(6):
            append(rotated, 40)
            append(cut, 40, status="500" if turn == 5 else "200")
            if turn == 2:
                time.sleep(1.5)  # so that all of it has been read
                os.rename(rotated, rotated + ".1")
                os.truncate(cut, 0)
            if turn >= 2:
                append(late, 40)
            time.sleep(0.4)
        with open(cut, "a", encoding="utf-8") as file:
            file.write("this is no line of k6\n\"http_req_duration\"\n")
        time.sleep(1.5)
        seep.send(signal.SIGTERM)
        self.assertEqual(seep.wait(), PASS, seep.err)
        told = {path: self.sums(source)[0] for path, source in names.items()}
        self.note(f"written {list(written.values())}, told {list(told.values())}")
        self.assertEqual(told, written)
        self.assertEqual(self.sums(names[cut])[1], 40)
        self.assertEqual(self.sums(names[cut], "/checkout")[0], written[cut])
        self.assertEqual(self.database.value(
            "SELECT count(*) FROM v_load WHERE requests > 0 AND abs(p50_s - 0.02) > 0.0002"), 0)
        self.assertRegex("\n".join(self.events("warning")),
                         r"cut\.json: 2 of \d+ lines are not understood, first line \d+: 'this is no")

    def append_answers(self, path, stop, written):
        """An answer each 20 ms until `stop`: a load tool's file."""
        with open(path, "a", encoding="utf-8") as file:
            while not stop.is_set():
                file.write(k6_line(time.time(), 20))
                file.flush()
                written.append(time.time())
                time.sleep(0.02)

    def writing(self, path):
        stop, written = threading.Event(), []
        thread = threading.Thread(target=self.append_answers, args=(path, stop, written), daemon=True)
        thread.start()

        def end():
            stop.set()
            thread.join()
            return len(written)
        self.addCleanup(end)
        return end

    def test_a_database_that_is_away_doubles_nothing(self):
        path = self.path("k6.json")
        open(path, "w", encoding="utf-8").close()
        seep = self.start_seep("run", "--tick", "100ms", "--snapshot", "1s", "--load", path, "--",
                               *zoo("idle", "--seconds 0"))
        wait_until(lambda: "ready" in seep.out, 40, "the target")
        end = self.writing(path)
        time.sleep(2.5)
        connection = sqlite3.connect(self.env["SEEP_DB"], timeout=20, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(4)
        connection.close()
        time.sleep(3)
        written = end()
        time.sleep(1.2)
        seep.send(signal.SIGTERM)
        self.assertEqual(seep.wait(), PASS, seep.err)
        self.assertIn("database: half-open to closed", self.events("breaker"))
        self.assertEqual(self.sums("k6-json:" + path)[0], written)
        self.assertNoHole("k6-json:" + path)

    def test_a_seep_that_was_killed_reads_the_file_again_and_doubles_nothing(self):
        path = self.path("k6.json")
        open(path, "w", encoding="utf-8").close()
        options = ["--tick", "100ms", "--snapshot", "1s", "--load", path]
        seep = self.start_seep("run", *options, "--", *zoo("idle", "--seconds 0"))
        wait_until(lambda: "ready" in seep.out, 40, "the target")
        target = self.target_of(seep, "seep_zoo_idle")
        end = self.writing(path)
        wait_until(lambda: self.has_windows("k6-json:" + path, 3), 40, "windows")
        seep.send(signal.SIGKILL)
        seep.wait()
        time.sleep(2)
        again = self.start_seep("attach", str(target), *options)
        wait_until(lambda: "going on with run 1" in again.err, 40, "the run")
        time.sleep(2)
        written = end()
        time.sleep(1.2)
        again.send(signal.SIGTERM)
        self.assertEqual(again.wait(), PASS, again.err)
        self.assertEqual(self.sums("k6-json:" + path)[0], written)
        self.assertNoHole("k6-json:" + path)

    def test_a_source_that_tells_nothing_is_said(self):
        missing = self.path("missing.json")
        url = f"http://127.0.0.1:{free_port()}/metrics"
        status, seep = self.seep("run", "--tick", "100ms", "--snapshot", "200ms", "--load", missing,
                                 "--load", url, "--", *zoo("idle", "--seconds 2"))
        self.assertEqual(status, PASS, seep.err)
        warnings = "\n".join(self.events("warning"))
        self.assertIn(f"load {missing} told nothing: {missing} is not there yet", warnings)
        self.assertRegex(warnings, f"load {url} told nothing: .*[Rr]efused|Couldn't connect")

    def test_bad_sources_are_refused_before_the_target_starts(self):
        for source, words in (("ftp://host/x", ["ftp://host/x", "https://"]),
                              ("http://", ["names no host"]),
                              ("http://me:secret@host/metrics", ["token_file"]),
                              ("", ["FORMAT:FILE"])):
            with self.subTest(source):
                status, seep = self.seep("run", "--load", source, "--", "/bin/true")
                self.assertEqual(status, USAGE, seep.err)
                self.assertOneLine(seep, "--load", *words)

    def configure(self, config, load):
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'database = "{self.env["SEEP_DB"]}"\ntick = "200ms"\nsnapshot = "1s"\n'
                       f'listen = "127.0.0.1:{self.port}"\nfind_ledgers = false\n'
                       '[[target]]\nname = "api"\nexe = "*/seep_zoo_idle"\n' + load)

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.read().decode()

    def test_the_daemon_tells_of_its_sources_and_takes_new_ones(self):
        self.port = free_port()
        config = self.path("seep.toml")
        first, first_url = self.endpoint("well")
        _, second_url = self.endpoint("well")
        kept, kept_url = self.endpoint("well")
        stays = f'[[target.load]]\nendpoint = "{kept_url}"\n'
        with open(self.path("token"), "w", encoding="utf-8") as file:
            file.write("secret-token\n")
        shown = []
        first.well = lambda handler: (shown.append(handler.headers["Authorization"]),
                                      reply(handler, 200, first.metrics.text()))
        dead_url = f"http://127.0.0.1:{free_port()}/metrics"
        self.configure(config, stays + f'[[target.load]]\nendpoint = "{first_url}"\n'
                                 f'token_file = "{self.path("token")}"\n'
                                 f'[[target.load]]\nendpoint = "{dead_url}"\n')
        service = self.start(zoo("idle", "--seconds 0"))
        agent = self.start_seep("agent", "--config", config)
        wait_until(lambda: self.has_windows(first_url, 2), 60, "windows of the first")
        self.assertEqual(set(shown), {"Bearer secret-token"})
        wait_until(lambda: '"open"' in self.ask("/health/detailed"), 30, "the breaker to open")
        health = {each["name"]: each for each in
                  json.loads(self.ask("/health/detailed"))["dependencies"]}
        self.assertEqual(health[f"api: load {first_url}"]["breaker"], "closed")
        self.assertGreater(health[f"api: load {first_url}"]["calls"], 1)
        self.assertEqual(health[f"api: load {dead_url}"]["breaker"], "open")
        self.assertIn("onnect", health[f"api: load {dead_url}"]["last_error"])
        self.assertRegex(self.ask("/metrics"), re.escape(
            f'seep_agent_breaker_state{{dependency="api: load {dead_url}",state="open"}} 1'))
        self.configure(config, stays + f'[[target.load]]\nendpoint = "{second_url}"\n')
        agent.send(signal.SIGHUP)
        wait_until(lambda: self.has_windows(second_url, 2), 60, "windows of the second")
        asked = first.asked
        time.sleep(2.5)
        self.assertEqual(first.asked, asked)  # left alone
        agent.send(signal.SIGTERM)
        self.assertEqual(agent.wait(), PASS, agent.err)
        self.assertIsNone(service.process.poll())
        self.assertIn(f"api: load {dead_url}: closed to open", "\n".join(self.events("breaker")))
        self.assertGreater(self.sums(second_url)[0], 0)
        # The one that stays does not notice.
        self.assertNoHole(kept_url)
        self.assertAlmostEqual(self.sums(kept_url)[0], kept.asked, delta=5)

    def test_a_configuration_that_is_wrong_is_shown_with_its_place(self):
        config = self.path("seep.toml")
        self.port = 0
        for load, place in (('[[target.load]]\nendpoint = "http://h/m"\nlatency = "x{"\n', ":11:11:"),
                            ('[[target.load]]\nendpoint = "http://h/m"\nfile = "/f"\n', ":9:1:"),
                            ('[[target.load]]\nfile = "/f"\nformat = "nginx"\n', ":11:10:"),
                            ('[[target.load]]\nurl = "http://h/m"\n', ":10:7:")):
            with self.subTest(load):
                self.configure(config, load)
                status, seep = self.seep("agent", "--config", config, "--check-config")
                self.assertNotEqual(status, PASS)
                self.assertOneLine(seep, config + place)


if __name__ == "__main__":
    main(concurrency=5)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seep report --format html in a headless Chromium without a network: opened without an error and
without a request, clicked, searched, printed; hostile names run nothing.

Usage: test_html.py BIN_DIR [WORD ...]. With SEEP_PICTURES=DIR, pictures of the pages are left there.
"""
import base64
import gzip
import json
import os
import re
import sqlite3
import subprocess
import threading
import time

from harness import BIN_DIR, GROWTH, INCONCLUSIVE, SeepTest, main, wait_until, zoo
from browser import Browser, find_browser

LIBRARY = os.path.join(BIN_DIR, "..", "lib", "libseep.so")
DATA = re.compile(r'(<script type="application/octet-stream" id="data">)([^<]*)')
HOSTILE = ("</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'>"
           "<svg onload=window.broken=3>\"'`&amp;${window.broken=4}\n\u202e" + "N" * 10_000)
READY = "document.documentElement.dataset.ready === 'yes'"

_browser, _lock = None, threading.Lock()


def browser():
    """One for all tests: starting it takes longer than a page."""
    global _browser
    with _lock:
        _browser = _browser or Browser()
        return _browser


class HtmlTest(SeepTest):
    def setUp(self):
        super().setUp()
        if find_browser() is None:
            self.skipTest("no Chromium is here: scripts/setup installs one")

    def make_run(self, hours, stacks):
        maker = os.path.join(BIN_DIR, "seep_bench_html_run")  # stacks go through its own code
        subprocess.run([maker, self.env["SEEP_DB"], maker, str(hours), str(stacks)], check=True)

    def write_report(self, *arguments, status=GROWTH):
        path = self.path("report.html")
        found, seep = self.seep("report", "--format", "html", "-o", path, *arguments)
        self.assertEqual((found, seep.err), (status, ""))
        return path

    def open(self, path, **page_options):
        page = browser().page(**page_options)
        page.open(path)
        page.until("document.documentElement.dataset.ready")
        self.assertEqual((page.errors, page.requests), ([], []))
        self.assertTrue(page.evaluate(READY))
        return page

    def picture(self, page, name, is_whole=False):
        folder = os.environ.get("SEEP_PICTURES", self.folder)
        path = os.path.join(folder, name + ".png")
        page.picture(path, is_whole)
        self.assertGreater(os.path.getsize(path), 20_000)  # an empty page has less

    def assertSilent(self, page):
        self.assertEqual((page.errors, page.requests), ([], []))

    def count(self, page, selector):
        return page.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")

    def text(self, page, selector):
        return page.evaluate(f"document.querySelector({json.dumps(selector)}).textContent")

    def change_data(self, path, change):
        """Another page, of the same report with its data changed."""
        with open(path, encoding="utf-8") as file:
            page = file.read()
        data = json.loads(gzip.decompress(base64.b64decode(DATA.search(page)[2])))
        change(data)
        packed = base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()
        changed = self.path("changed.html")
        with open(changed, "w", encoding="utf-8") as file:
            file.write(DATA.sub(lambda match: match[1] + packed, page))
        return changed


class Page(HtmlTest):
    def test_used(self):
        """Everything that a reader does with one page."""
        self.make_run(2, 120)
        path = self.write_report()
        self.note(f"{os.path.getsize(path) / 1e6:.2f} MB")
        page = self.open(path)
        for check in (self.check_shown, self.check_theme, self.check_series, self.check_flame,
                      self.check_search, self.check_names, self.check_narrow, self.check_print):
            began_s = time.monotonic()
            check(page)
            self.note(f"{check.__name__}: {time.monotonic() - began_s:.1f} s")
        self.assertSilent(page)

    def check_shown(self, page):
        _, seep = self.seep("report", "--json")
        report = seep.json()
        summary = report["verdict"]["summary"].removeprefix("Growth: ")
        self.assertEqual(self.text(page, "h1").lower(), summary.lower())
        self.assertEqual(self.text(page, ".pill.strong"), "Growth")
        labels = page.evaluate("[...document.querySelectorAll('.answers dt')].map((e) => e.textContent)")
        self.assertEqual(labels, ["What grew", "How sure", "How fast", "Since when", "Where from",
                                  "What will happen"])
        self.assertFalse(page.evaluate("document.getElementById('plain').checkVisibility()"))
        for section in ("verdict", "series", "memory", "stacks", "flame", "functions", "coverage"):
            self.assertEqual(self.count(page, f"#{section}"), 1, section)
        # Drawn: a chart that is not has one color only.
        colors = """[...document.querySelectorAll('.chart canvas')].map((canvas) => new Set(
            new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
                .data.buffer)).size)"""
        self.assertEqual([count > 20 for count in page.evaluate(colors)], [True] * 3)
        self.assertEqual(self.count(page, "details.stack"), len(report["stacks"]))
        self.assertGreater(self.count(page, "#flame g.frame"), 30)
        self.picture(page, "top")
        self.picture(page, "whole", is_whole=True)

    def check_theme(self, page):
        theme = "document.documentElement.dataset.theme"
        color = "getComputedStyle(document.body).backgroundColor"
        self.assertEqual(page.evaluate(theme), "light")
        light = page.evaluate(color)
        page.click("#theme")
        self.assertEqual(page.evaluate(theme), "dark")
        self.assertNotEqual(page.evaluate(color), light)
        self.assertEqual(page.evaluate("document.getElementById('theme').ariaPressed"), "true")
        self.picture(page, "dark", is_whole=True)
        page.click("#theme")
        self.assertEqual((page.evaluate(theme), page.evaluate(color)), ("light", light))
        other = browser().page()
        other.emulate(scheme="dark")
        other.open(page.path)
        other.until(READY)
        self.assertEqual(other.evaluate(theme), "dark")
        self.assertSilent(other)

    def check_series(self, page):
        chart = "document.querySelector('#series .chart canvas').toDataURL()"
        before = self.text(page, "#chosen-series"), page.evaluate(chart)
        page.click("#series tbody tr:not(.group):not(.chosen) .link")
        self.assertNotEqual(self.text(page, "#chosen-series"), before[0])
        self.assertEqual(self.count(page, "#series tr.chosen"), 1)
        whole = page.evaluate(chart)
        self.assertNotEqual(whole, before[1])
        page.drag("#series .u-over", 0.2, 0.6)
        page.until(f"{chart} !== {json.dumps(whole)}")
        page.evaluate("document.querySelector('#series .chart').focus()")
        page.key("0")
        page.evaluate("new Promise(requestAnimationFrame)")
        listed = self.count(page, "#series tbody tr:not(.group)")
        page.click("#all-series input")
        wait_until(lambda: self.count(page, "#series tbody tr:not(.group)") > listed, what="all series")

    def check_flame(self, page):
        width = "+document.querySelectorAll('#flame g.frame')[{}].getAttribute('width')"
        deep = "[...document.querySelectorAll('#flame g.frame')].findIndex((g) => +g.getAttribute('width') < 400 && +g.getAttribute('width') > 60)"
        at = page.evaluate(deep)
        page.evaluate(f"document.querySelectorAll('#flame g.frame')[{at}].setAttribute('id', 'zoomed')")
        page.click("#zoomed rect")
        self.assertGreater(page.evaluate("+document.getElementById('zoomed').getAttribute('width')"), 900)
        self.assertGreater(self.count(page, "#flame g.frame.fade"), 0)
        self.assertRegex(self.text(page, ".flame-details"), r"\d")
        self.picture(page, "flame")
        page.evaluate("document.querySelector('#flame .flame').focus()")
        page.key("Escape")
        self.assertEqual(self.count(page, "#flame g.frame.fade"), 0)
        for key in ("ArrowDown", "ArrowDown", "ArrowDown"):
            page.key(key)
        self.assertEqual(self.count(page, "#flame g.frame.current"), 1)
        page.click("#flame .choice button[data-value=live]")
        self.assertIn("in use", self.text(page, "#flame .note"))
        self.assertGreater(page.evaluate(width.format(0)), 900)

    def check_search(self, page):
        word = page.evaluate("""(() => {
            const name = document.querySelector('#functions .link').textContent;
            return name.match(/[A-Za-z_]{4,}/)[0];
        })()""")
        page.click("#search")
        page.type(word)
        page.until("document.querySelectorAll('#results .hit').length > 0")
        self.picture(page, "search")
        marked = """[...document.querySelectorAll('#flame g.frame rect')]
            .filter((rect) => rect.getAttribute('fill') === '#f5c518').length"""
        self.assertGreater(page.evaluate(marked), 0)
        page.key("ArrowDown")
        self.assertEqual(page.evaluate("document.activeElement.className"), "hit")
        page.key("Escape")
        self.assertFalse(page.evaluate("document.getElementById('results').checkVisibility()"))
        page.evaluate("document.getElementById('search').select()")
        page.type("rss_swap")
        page.until("/Series/.test(document.getElementById('results').textContent)")
        page.click("#results .hit")
        self.assertIn("resident memory", self.text(page, "#chosen-series"))
        page.evaluate("document.getElementById('search').select()")
        page.type("no such thing at all")
        page.until("/Nothing/.test(document.getElementById('results').textContent)")
        self.assertEqual(page.evaluate(marked), 0)

    def check_names(self, page):
        """What can be used has a name for who hears the page."""
        page.call("Accessibility.enable")
        nodes = page.call("Accessibility.getFullAXTree")["nodes"]
        roles = {"button", "link", "checkbox", "combobox", "searchbox", "region", "group", "table"}
        used = [node for node in nodes if not node["ignored"] and node["role"]["value"] in roles]
        self.assertGreater(len(used), 40)
        nameless = [node["role"]["value"] for node in used
                    if node["role"]["value"] != "group" and not node.get("name", {}).get("value")]
        self.assertEqual(nameless, [])
        self.assertEqual(self.count(page, "th:not([scope]):not(.u-legend th)"), 0)

    def check_narrow(self, page):
        page.resize(420, 900)
        page.evaluate("new Promise((done) => setTimeout(done, 200))")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 421)
        self.picture(page, "narrow")
        page.resize(1280, 900)

    def check_print(self, page):
        page.click("#theme")
        page.emulate(media="print")
        page.until("document.documentElement.dataset.theme === 'light'")
        self.assertFalse(page.evaluate("document.querySelector('.bar').checkVisibility()"))
        self.picture(page, "print", is_whole=True)
        page.emulate()
        self.assertEqual(page.evaluate("document.documentElement.dataset.theme"), "dark")
        paper = base64.b64decode(page.call("Page.printToPDF", printBackground=True)["data"])
        self.assertTrue(paper.startswith(b"%PDF-"))
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", paper)), 1)

    def test_hostile(self):
        """Names with markup, quotes, newlines, broken UTF-8 and no end are shown and do nothing."""
        self.make_run(1, 60)
        self.seep("report", "--format", "html", "-o", self.path("first.html"))  # resolves all symbols
        database = sqlite3.connect(self.env["SEEP_DB"])
        broken = HOSTILE.encode() + b"\xff\xfe\xc0\xaf"
        for table, column in (("symbol", "function"), ("symbol", "file"), ("symbol", "module"),
                              ("target", "command_line"), ("run", "name"), ("run", "host"),
                              ("run_argument", "argument"), ("module", "path")):
            database.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT)", (broken,))
        database.execute("UPDATE series SET metric = CAST(? AS TEXT) WHERE metric = 'vm_size'", (broken,))
        database.execute("INSERT INTO event (run_id, t_s, kind, message) VALUES (1, 1, 'warning', "
                         "CAST(? AS TEXT))", (broken,))
        self.assertGreater(database.execute("SELECT count(*) FROM symbol").fetchone()[0], 100)
        database.commit()
        database.close()
        page = self.open(self.write_report())
        self.assertIn("<img src=x", self.text(page, ".facts"))
        self.assertIn("<svg onload", self.text(page, "#stacks"))
        page.click("#search")
        page.type("<img")
        page.until("document.querySelectorAll('#results .hit').length > 0")
        page.click("#flame g.frame:nth-child(4) rect")
        self.picture(page, "hostile")
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 1281)
        self.assertFalse(page.evaluate("'broken' in window"))
        self.assertEqual(self.count(page, "img, iframe, object, main script"), 0)
        self.assertSilent(page)

    def test_compared(self):
        """A comparison and a policy, with values made by hand."""
        self.make_run(1, 60)

        def change(data):
            frame = {"function": "shop::Cart::Add", "file": "src/cart.cpp", "line": 12,
                     "module": "shop-server", "inlined": False}
            outer = dict(frame, function="main", line=3)
            figures = {"similarity": 1, "per": "request", "alloc_difference_low": 1,
                       "alloc_difference_high": 2, "p_value": 0.01, "kind": "heap",
                       "fingerprint": "00112233aabbccdd", "base_fingerprint": "00112233aabbccdd",
                       "base_growth_per_hour": 0}
            data["report"]["comparison"] = {
                "summary": "Regression: shop::Cart::Add allocates 12 % more a request.",
                "shortage": None,
                "anchors": [{"name": "main", "is_pinned": False, "runs": 8, "builds": ["ab12"],
                             "change": "regressed"}],
                "metrics": [{"feature": "rss_swap.level", "title": "resident memory, level",
                             "unit": "bytes", "baseline": "main", "change": "regressed", "base": 1e8,
                             "value": 1.2e8, "expected_low": 9e7, "expected_high": 1.1e8,
                             "difference": 0.2, "is_relative": True, "floor": 0.02, "p_value": 0.001,
                             "base_runs": 8, "explanation": "above every run of the baseline"}],
                "stacks": [
                    dict(figures, change="grown", is_regression=True, base_alloc_bytes=100,
                         alloc_bytes=112, base_live_bytes=5e6, live_bytes=9e6, growth_per_hour=1e6,
                         explanation="12 % more", frames=[frame, outer], base_frames=[]),
                    dict(figures, change="gone", is_regression=False, base_alloc_bytes=50,
                         alloc_bytes=0, base_live_bytes=2e6, live_bytes=0, growth_per_hour=0,
                         explanation="gone", frames=[dict(frame, function="shop::Cart::Old"), outer],
                         base_frames=[])]}
            data["report"]["policy"] = {
                "file": "seep.toml",
                "limits": [{"name": "peak", "line": 3, "feature": "rss_swap.peak", "most": 1e8,
                            "least": None, "most_change": None, "state": "broken", "unit": "bytes",
                            "value": 1.2e8, "base": None, "explanation": "114 MiB of 95.4 MiB"}],
                "suppressions": [{"line": 9, "fingerprint": "00112233aabbccdd", "metric": None,
                                  "reason": "known", "owner": "ann", "state": "expired",
                                  "expires_at": "2026-01-01T00:00:00Z", "rate_per_hour": 1,
                                  "rate_per_hour_allowed": None, "explanation": "ended"}]}

        page = self.open(self.change_data(self.write_report(), change))
        self.assertIn("12 % more a request", self.text(page, "#comparison"))
        self.assertIn("shop::Cart::Add", self.text(page, "#comparison"))
        self.assertIn("broken", self.text(page, "#policy"))
        self.assertIn("expired", self.text(page, "#policy"))
        page.click("#flame .choice button[data-value=base]")
        frames = "[...document.querySelectorAll('#flame g.frame')].map((g) => g.getAttribute('name'))"
        self.assertEqual(page.evaluate(frames), ["all", "main", "shop::Cart::Add"])
        red, _, blue = page.evaluate("""[...document.querySelectorAll('#flame g.frame rect')].at(-1)
            .getAttribute('fill').match(/\\d+/g).map(Number)""")
        self.assertGreater(red, blue)
        page.click("#flame .choice[aria-label='Widths of'] button[data-value=base]")
        self.assertEqual(set(page.evaluate(frames)), {"all", "main", "shop::Cart::Add", "shop::Cart::Old"})
        self.picture(page, "compared", is_whole=True)
        self.assertSilent(page)

    def test_ledger(self):
        """Of a process that nobody watched: what it holds."""
        target = self.start(zoo("leak", "--seconds 0 --rate 2M --requests 2000"),
                            env={"LD_PRELOAD": LIBRARY, "SEEP_INTERVAL": "1"})
        wait_until(lambda: "ready" in target.out, what="the target")
        time.sleep(1)
        target.process.kill()
        target.wait()
        name, = os.listdir(self.ledgers)
        path = self.write_report("--ledger", os.path.join(self.ledgers, name), status=INCONCLUSIVE)
        page = self.open(path)
        self.assertEqual(self.text(page, ".pill.strong"), "Inconclusive")
        self.assertIn("LeakRequestBuffer", self.text(page, "#heaps"))
        self.assertIn("LeakRequestBuffer", self.text(page, "#functions"))
        self.assertGreater(self.count(page, "#flame g.frame"), 3)
        self.picture(page, "ledger")


class Broken(HtmlTest):
    """That these tests would see what they are for."""

    def page_of(self, body):
        path = self.path("page.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"<!DOCTYPE html><title>x</title>{body}")
        page = browser().page()
        page.open(path)
        page.evaluate("new Promise((done) => setTimeout(done, 100))")
        return page

    def test_requests(self):
        for body in ('<img src="http://127.0.0.1:1/x.png">', "<script>fetch('http://127.0.0.1:1/')</script>",
                     '<link rel="stylesheet" href="other.css">'):
            self.assertEqual(len(self.page_of(body).requests), 1, body)

    def test_errors(self):
        for body in ("<script>nothing.at.all</script>", "<script>console.error('x')</script>",
                     "<script>alert(1)</script>"):
            self.assertEqual(len(self.page_of(body).errors), 1, body)

    def test_policy(self):
        """The policy of the report refuses what is not its own."""
        self.make_run(0.2, 20)
        path = self.write_report(status=self.seep("report", "--json")[0])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for added in ("<script>window.broken = 1</script>", "<img src=http://127.0.0.1:1/x.png>"):
            page = browser().page()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("</body>", added + "</body>"))
            page.open(path)
            page.until("document.documentElement.dataset.ready")
            self.assertFalse(page.evaluate("'broken' in window"))
            self.assertNotEqual(page.errors, [], added)

    def test_damaged(self):
        """Data that are cut: the text report is shown."""
        self.make_run(0.2, 20)
        path = self.write_report(status=self.seep("report", "--json")[0])
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(DATA.sub(lambda match: match[1] + match[2][:1000], text))
        page = browser().page()
        page.open(path)
        page.until("document.documentElement.dataset.ready === 'no'")
        self.assertTrue(page.evaluate("document.getElementById('plain').checkVisibility()"))
        self.assertIn("shop-soak", self.text(page, "#plain"))


if __name__ == "__main__":
    try:
        main(concurrency=2)
    finally:
        if _browser is not None:
            _browser.close()

# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium without a network, driven through a pair of pipes (its DevTools protocol): opens
a file, tells what went wrong and what was asked for, clicks, types, takes pictures.
"""
import base64
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time

PROGRAMS = ("chromium-headless-shell", "chromium")
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
           "--no-first-run", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--disable-extensions", "--force-device-scale-factor=1",
           "--remote-debugging-pipe"]


def find_browser():
    """Path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """A process; ended by close(), or at the end of a with block."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="seep_browser_")
        commands, self._write_end = os.pipe()
        self._read_end, answers = os.pipe()

        def take_pipes():  # as 3 and 4, which Chromium expects; either may be one of them now
            high = [os.dup(commands), os.dup(answers)]
            while min(high) < 5:
                high = [os.dup(fd) for fd in high]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [find_browser(), *OPTIONS, f"--user-data-dir={self.folder}"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=take_pipes)
        os.close(commands)
        os.close(answers)
        self._answers, self._arrived = {}, threading.Condition()
        self._number, self._is_over = 0, False
        self._pages = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _listen(self):
        rest = b""
        while chunk := os.read(self._read_end, 1 << 20):
            *messages, rest = (rest + chunk).split(b"\0")
            for message in map(json.loads, messages):
                with self._arrived:
                    if "id" in message:
                        self._answers[message["id"]] = message
                    elif message.get("sessionId") in self._pages:
                        self._pages[message["sessionId"]].note(message["method"], message["params"])
                    self._arrived.notify_all()
        with self._arrived:
            self._is_over = True
            self._arrived.notify_all()

    def call(self, method, session=None, seconds=60, **parameters):
        """The result of a command of the protocol."""
        with self._arrived:
            self._number += 1
            number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write_end, data):]
        with self._arrived:
            if not self._arrived.wait_for(lambda: number in self._answers or self._is_over, seconds):
                raise TimeoutError(f"{method}: no answer in {seconds} s")
            if number not in self._answers:
                raise RuntimeError(f"{method}: the browser has ended")
            answer = self._answers.pop(number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def page(self, width=1280, height=900):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        with self._arrived:
            self._pages[session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1,
                  uploadThroughput=-1)
        page.resize(width, height)
        return page

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._write_end)
        shutil.rmtree(self.folder, ignore_errors=True)


class Page:
    def __init__(self, browser, session):
        self._browser, self._session = browser, session
        self.errors = []    # exceptions, errors of the console, what a policy has refused
        self.requests = []  # addresses beside that of the page itself
        self._address = None
        self.path = None

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def note(self, method, parameters):
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.errors.append(str([one.get("value", one.get("description")) for one in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent" and parameters["request"]["url"] != self._address:
            self.requests.append(parameters["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.errors.append("a dialog: " + parameters["message"])
            threading.Thread(target=self.call, args=("Page.handleJavaScriptDialog",),
                             kwargs={"accept": True}, daemon=True).start()

    def open(self, path):
        self.path = os.path.abspath(path)
        self._address = "file://" + self.path
        self.call("Page.navigate", url=self._address)
        self.until("document.readyState === 'complete'")

    def evaluate(self, expression):
        """Its value, as JSON has it; awaits a promise."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, expression, seconds=30):
        """Its value once it is true."""
        end = time.monotonic() + seconds
        while True:
            try:
                if value := self.evaluate(expression):
                    return value
            except RuntimeError:
                if time.monotonic() > end:
                    raise
            if time.monotonic() > end:
                raise TimeoutError(f"not true in {seconds} s: {expression}")
            time.sleep(0.02)

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)

    def emulate(self, media="", scheme=None):
        """media: "print" or ""; scheme: "dark" or "light" as the system's choice."""
        features = [{"name": "prefers-color-scheme", "value": scheme}] if scheme else []
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def click(self, selector, at=(0.5, 0.5)):
        """The middle of the first such element, or the point at these shares of it, by the mouse."""
        x, y = self.until(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            if (!element) return null;
            element.scrollIntoView({{block: 'center', behavior: 'instant'}});
            const box = element.getBoundingClientRect();
            return [box.x + {at[0]} * box.width, box.y + {at[1]} * box.height];
        }})()""")
        self._mouse("mouseMoved", x, y)
        self._mouse("mousePressed", x, y)
        self._mouse("mouseReleased", x, y)

    def drag(self, selector, begin, end):
        """Within the element, from one share of its width to another."""
        box = self.evaluate(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: 'center', behavior: 'instant'}});
            const box = element.getBoundingClientRect();
            return [box.x, box.y + box.height / 2, box.width];
        }})()""")
        left, y, width = box
        self._mouse("mouseMoved", left + begin * width, y)
        self._mouse("mousePressed", left + begin * width, y)
        self._mouse("mouseMoved", left + (begin + end) / 2 * width, y, pressed=1)
        self._mouse("mouseMoved", left + end * width, y, pressed=1)
        self._mouse("mouseReleased", left + end * width, y)

    def _mouse(self, kind, x, y, pressed=0):
        is_move = kind == "mouseMoved"
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, clickCount=0 if is_move else 1,
                  button="left" if not is_move or pressed else "none", buttons=pressed)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def key(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **({"text": "\r"} if key == "Enter" else {}))

    def picture(self, path, is_whole=False):
        """A PNG of what is to be seen, or of all of the page."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=is_whole,
                         **({"clip": self._whole()} if is_whole else {}))["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def _whole(self):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}

# SPDX-License-Identifier: Apache-2.0
"""What the chaos tests share: options, an agent with targets, and what must hold afterwards.

Every script here is `test_TOPIC.py BIN_DIR [--seed N] [--full] [--minutes M] [WORD ...]`. The seed
is printed; given again, the same moments and bytes are chosen. Short forms by default; --full as
long as docs/testing.md says; --minutes is how long the agent is killed.
"""
import argparse
import json
import os
import random
import sqlite3
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "end_to_end"))

_parser = argparse.ArgumentParser(add_help=False)
_parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
_parser.add_argument("--full", action="store_true")
_parser.add_argument("--minutes", type=float)
OPTIONS, _rest = _parser.parse_known_args(sys.argv[1:])
sys.argv[1:] = _rest

# pylint: disable=wrong-import-position
from agent_harness import AgentTest  # noqa: E402
from harness import FAILED, PASS, free_port, is_alive, main, read_bytes, wait_until, zoo  # noqa: E402,F401

TICK_S, SNAPSHOT_S = 0.2, 1.0
BACK_S = 30     # until all is as before: the issue's
MORE_RSS = 24 << 20
MORE_FDS = 4    # a report that runs, a client of /health


def slack_s():
    """What the machine may add to a hole: tight when it is quiet, not when others use it."""
    return 3 + 1.5 * os.getloadavg()[0] / os.cpu_count()


def seconds(short, full):
    return full if OPTIONS.full else short


class ChaosTest(AgentTest):
    """One fault a test: start_agent, start_service; `with self.fault(...)`; the checks."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(f"{OPTIONS.seed} {self.id()}")
        self.note(f"--seed {OPTIONS.seed}")
        self.port = free_port()

    # --- the agent ---

    def start_agent(self, text="", **keys):
        keys = {"tick": f"{int(TICK_S * 1000)}ms", "snapshot": f"{int(SNAPSHOT_S)}s", "judge": "10m",
                "listen": f"127.0.0.1:{self.port}", **keys}
        return super().start_agent(text, **keys)

    def health(self):
        """/health/detailed; None: no answer."""
        try:
            return json.loads(self.ask(self.port, "/health/detailed")[1])
        except (OSError, ValueError):
            return None

    def costs(self, agent):
        """(descriptors, threads, resident bytes) of the agent."""
        status = read_bytes(f"/proc/{agent.pid}/status").decode()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return (len(os.listdir(f"/proc/{agent.pid}/fd")), int(fields["Threads"]),
                int(fields["VmRSS"].split()[0]) * 1024)

    # --- targets ---

    def start_leak(self, options="--seconds 0 --rate 256KiB"):
        return self.start_service(zoo("leak", options))

    def start_nap(self, number=0):
        """A plain process, and the rule that names it."""
        mark = 700_000 + self.random.randrange(90_000) + number
        nap = self.start(["sleep", str(mark)])
        return nap, f'[[target]]\nname = "nap{number}"\ncmdline = "sleep {mark}"\n'

    def start_pair(self, **keys):
        """What most faults strike: an agent, a service under the probe, and one of /proc."""
        leak = self.start_leak()
        nap, rule = self.start_nap()
        agent = self.start_agent(rule, **keys)
        for name in ("seep_zoo_leak", "nap0"):
            self.wait_for(name, 40)
        wait_until(lambda: (self.health() or {}).get("status") == "ok", 30, "health")
        time.sleep(2)
        self.before = self.costs(agent)
        return agent, [leak, nap]

    # --- afterwards ---

    def assertBackToNormal(self, agent, targets=()):
        """Health, points of all targets, and what the agent costs: within BACK_S from now."""
        begun_s = time.monotonic()
        now_s = time.time()
        last = [None]

        def is_well():
            last[0] = self.health()
            try:
                return (last[0] is not None and last[0]["status"] == "ok" and
                        all(self.times_of(target)[-1:] > [now_s] for target in targets))
            except sqlite3.Error:
                return False  # it is being made
        try:
            wait_until(is_well, BACK_S, "health")
        except AssertionError:
            self.fail(f"not back within {BACK_S} s: {json.dumps(last[0])[:2000]}\n{agent.err}")
        self.note(f"back to normal after {time.monotonic() - begun_s:.1f} s")

        def is_cheap():
            now = self.costs(agent)
            return (now[0] <= self.before[0] + MORE_FDS and now[1] <= self.before[1] and
                    now[2] <= self.before[2] + MORE_RSS)
        try:
            wait_until(is_cheap, BACK_S, "what the agent costs")
        except AssertionError:
            self.fail(f"(fds, threads, bytes): {self.before} before, {self.costs(agent)} now")
        self.assertIsNone(agent.process.poll(), agent.err)

    def assertUnharmed(self, targets):
        for target in targets:
            self.assertIsNone(target.process.poll(), "a target has died")

    def assertSound(self):
        self.assertTrue(self.database.is_sound())

    def times_of(self, target, metric="rss_anon"):
        """When it was measured, on the clock of this machine: runs may have followed each other."""
        return [at_s for at_s, in self.database.rows(
            "SELECT run.started_at_ns / 1e9 + v_point.t_s FROM v_point JOIN run USING (run_id) "
            "WHERE metric = ? AND pid = ? ORDER BY 1", metric, target.pid)]

    def assertNoHole(self, targets, bound_s, from_s=None, until_s=None):
        """Each target was measured all the time: no two points further apart than the bound, none
        twice, none in the future, from when the agent had found it until now."""
        until_s = until_s or time.time()
        longest_s = 0
        for target in targets:
            times = self.times_of(target)
            self.assertGreater(len(times), 2, "no points")
            if from_s is not None:
                self.assertLess(times[0], from_s)
            holes = [b - a for a, b in zip(times, times[1:])]
            self.assertGreater(min(holes), 0, "a point is there twice")
            longest_s = max(longest_s, *holes, until_s - times[-1])
        most_s = bound_s + slack_s()
        self.note(f"longest hole {longest_s:.2f} s, bound {most_s:.1f} s")
        self.assertLess(longest_s, most_s)

    def assertMonotone(self):
        """What is counted never runs backwards: time, CPU, and what was allocated, in all and of
        each stack."""
        for metric in ("heap_alloc", "cpu_seconds"):
            series = {}
            for run, pid, value in self.database.rows(
                    "SELECT run_id, pid, value FROM v_point WHERE metric = ? ORDER BY run_id, t_s",
                    metric):
                self.assertGreaterEqual(value, series.get((run, pid), 0), f"{metric} of {pid}")
                series[run, pid] = value
        stacks = {}
        for stack, alloc, free in self.database.rows(
                "SELECT stack_id, alloc_bytes, free_bytes FROM stack_point ORDER BY stack_id, t_s"):
            before = stacks.get(stack, (0, 0))
            self.assertGreaterEqual((alloc >= before[0], free >= before[1]), (True, True))
            stacks[stack] = (alloc, free)
        self.assertEqual(self.database.rows(
            "SELECT count(*) FROM v_point JOIN run USING (run_id) WHERE v_point.t_s > duration_s"),
            [(0,)])

    def assertSaidOnce(self, agent, words):
        lines = [line for line in agent.said() if words in line]
        self.assertEqual(len(lines), 1, agent.err)

    def events(self, kind, words=""):
        return self.database.value(
            "SELECT count(*) FROM event WHERE kind = ? AND instr(message, ?)", kind, words)

    def assertAllWell(self, agent, targets, bound_s, from_s=None):
        self.assertBackToNormal(agent, targets)
        self.assertNoHole(targets, bound_s, from_s)
        self.assertMonotone()
        self.assertSound()
        self.assertUnharmed(targets)


class Supervisor:
    """Starts the agent again whenever it ends, a second later, as systemd would."""

    def __init__(self, start):
        self._start = start
        self.agent = start()
        self.starts = 1
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self):
        while not self._is_over.wait(0.05):
            if self.agent.process.poll() is None:
                continue
            if self._is_over.wait(1):
                return
            self.agent = self._start()
            self.starts += 1

    def stop(self):
        self._is_over.set()
        self._thread.join()

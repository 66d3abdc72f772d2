# SPDX-License-Identifier: Apache-2.0
"""The probe's unwinder against libgcc's and libunwind's, inside real programs.

Each program runs under libseep_unwind_oracle.so, which captures the stacks of randomly chosen
allocations three ways and compares them frame by frame. All must be equal; only where
code has no unwind data (JIT) may libgcc alone stop earlier. A walk that the probe would leave out,
as it repeats an earlier one (walk_trace.h), must end in the stack of the earlier one. SEEP_STACKS sets how many stacks are compared in all, about (default 12000).
"""
import glob
import os
import struct
import subprocess

from harness import BIN_DIR, SeepTest, free_port, has_program, main, wait_until, zoo

ORACLE = os.path.join(BIN_DIR, "..", "lib", "libseep_unwind_oracle.so")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
WANTED = int(os.environ.get("SEEP_STACKS", "12000"))
FIELDS = "stacks frames libgcc_differs libunwind_differs libgcc_stops lost repeated repeated_differs".split()

PYTHON_WORK = """
import json, re, threading, decimal, subprocess
def nest(depth):
    return {"k": nest(depth - 1), "l": list(range(5))} if depth else re.findall(r"\\\\d+", "1 22 333")
def work():
    for i in range(ROUNDS):
        json.loads(json.dumps(nest(i % 20)))
        sorted((decimal.Decimal(j) / 7 for j in range(5)), key=lambda d: -d)
        try:
            int("x")
        except ValueError as error:
            repr(error)
threads = [threading.Thread(target=work) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


JAVASCRIPT_WORK = """
function work(n) {
  return n ? work(n - 1) + JSON.stringify({a: n, b: [1, 2, 3]}).length : Buffer.alloc(100000).length;
}
let sum = 0;
for (let i = 0; i < ROUNDS; i++) sum += work(i % 20);
"""


class Unwind(SeepTest):
    def compare(self, command, every, share, has_jit=False, **options):
        """Runs a program under the oracle to its end; then its share of WANTED must be equal."""
        started = self.start_under_oracle(command, every, **options)
        self.assertEqual(started.wait(), 0, started.err)
        self.verdict(share, has_jit)

    def start_under_oracle(self, command, every, env=None, **options):
        self.results = self.path("oracle")
        os.makedirs(self.results, exist_ok=True)
        return self.start(command, env=dict(env or {}, LD_PRELOAD=ORACLE, SEEP_ORACLE_DIR=self.results,
                                            SEEP_ORACLE_EVERY=str(max(1, every))), **options)

    def verdict(self, share, has_jit=False):
        totals = dict.fromkeys(FIELDS, 0)
        for path in glob.glob(self.results + "/*.counts"):
            with open(path, "rb") as file:
                data = file.read()
            for field, value in zip(FIELDS, struct.unpack("<8Q", data)):
                totals[field] += value
        self.note(" ".join(f"{field}={value}" for field, value in totals.items()))
        texts = ""
        for path in glob.glob(self.results + "/*.differences"):
            with open(path, encoding="utf-8", errors="replace") as file:
                texts += file.read()
        if not has_jit:
            self.assertEqual(totals["libgcc_stops"], 0, texts[:8000])
        self.assertGreaterEqual(totals["stacks"], WANTED * share, "too few stacks were compared")
        self.assertGreater(totals["repeated"], 0, "no walk was ever repeated")
        for field in ("libgcc_differs", "libunwind_differs", "lost", "repeated_differs"):
            self.assertEqual(totals[field], 0, f"{field}:\n{texts[:8000]}")

    def test_exceptions(self):
        seconds = max(1, round(WANTED / 30000))
        self.compare(zoo("exceptions", f"--seconds {seconds} --threads 2"), 20, 0.1)

    def test_plugins_loaded_and_unloaded(self):
        self.compare(zoo("dlopen_churn", f"--seconds {max(1, round(WANTED / 12000))} --loads 500"), 1, 0.1)

    def test_python(self):
        rounds = max(20, WANTED // 60)
        self.compare(["python3", "-c", PYTHON_WORK.replace("ROUNDS", str(rounds))], 60, 0.1,
                     env={"PYTHONMALLOC": "malloc"})

    def test_compiler(self):
        self.compare(["g++", "-std=c++23", "-O1", "-I", ROOT, "-c", os.path.join(ROOT, "analysis/series/trend.cpp"),
                      "-o", self.path("trend.o")], max(1, 3_000_000 // WANTED), 0.1)

    def test_redis(self):
        if not (has_program("redis-server") and has_program("redis-benchmark")):
            self.skipTest("redis is not installed")
        port = free_port()
        server = self.start_under_oracle(
            ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"], 20)
        wait_until(lambda: "Ready to accept" in server.out, what="redis")
        requests = str(max(2000, WANTED // 2))
        load = self.start(["redis-benchmark", "-p", str(port), "-n", requests, "-r", "1000", "-d", "100",
                           "-t", "set,get,lpush,hset,zadd", "-q"])
        self.assertEqual(load.wait(), 0)
        subprocess.run(["redis-cli", "-p", str(port), "eval", "local t={} for i=1,2000 do t[i]={i} end return #t",
                        "0"], check=True, capture_output=True, env=self.env)
        server.send(15)
        self.assertEqual(server.wait(), 0)
        self.verdict(0.1)

    def test_rust(self):
        if not has_program("rg"):
            self.skipTest("ripgrep is not installed")
        self.compare(["rg", "--no-messages", "-uu", "-c", "uint64_t", "/usr/include"],
                     max(1, 300_000 // WANTED), 0.1)

    def test_javascript(self):
        """Code made at run time, without unwind data: libgcc stops there, libunwind goes on."""
        if not has_program("node"):
            self.skipTest("node is not installed")
        rounds = max(200, WANTED // 10)
        self.compare(["node", "-e", JAVASCRIPT_WORK.replace("ROUNDS", str(rounds))], 20, 0.1,
                     has_jit=True)

    def test_a_wrong_unwinder_would_be_noticed(self):
        """The comparison itself: stacks that are cut must be counted as different."""
        started = self.start_under_oracle(zoo("exceptions", "--seconds 1"), 50,
                                          env={"SEEP_ORACLE_BREAK": "1"})
        self.assertEqual(started.wait(), 0)
        with self.assertRaisesRegex(AssertionError, "libgcc_differs"):
            self.verdict(0)


if __name__ == "__main__":
    if not os.path.exists(ORACLE):
        raise SystemExit(f"{ORACLE} does not exist")
    main(2)

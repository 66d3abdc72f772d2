#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of libseep_test_leak.so on the zoo and on real servers.

Usage: injector_test.py BIN_DIR LIBRARY CASE. Exits 77 when the case's server is not installed.
Servers listen on free ports of the loopback device, in a temporary directory, and are ended here.
"""
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from processes import free_port, key_values  # noqa: E402

BIN_DIR, LIBRARY = sys.argv[1:3]
FRACTION = 0.05


def read_log(path):
    """The counters; read twice, as a line may be caught while it changes."""
    for _ in range(100):
        with open(path) as first, open(path) as second:
            line = first.read()
            if line == second.read():
                return {k: v if k in ("function", "not_found") else int(v)
                        for k, v in (pair.split("=", 1) for pair in line.split())}
    raise AssertionError(f"{path} does not settle")


def environment(log, function=None, fraction=FRACTION, **more):
    env = dict(os.environ, LD_PRELOAD=LIBRARY, SEEP_LEAK_LOG=log, SEEP_LEAK_FRACTION=str(fraction))
    if function:
        env["SEEP_LEAK_FUNCTION"] = function
    return dict(env, **more)


def run_zoo(name, options, env):
    """Its line of truth as a dictionary."""
    output = subprocess.run([os.path.join(BIN_DIR, "seep_zoo_" + name)] + options.split(), env=env,
                            stdout=subprocess.PIPE, text=True, check=True, timeout=30).stdout
    return key_values(output.splitlines()[-1])


def expect_near(what, got, wanted, tolerance):
    print(f"{what}: {got:.0f}, expected {wanted:.0f} within {tolerance:.0%}")
    assert abs(got - wanted) <= tolerance * wanted, what


def rss_bytes(pid):
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def connect(port):
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            print(f"{program} is not installed")
            sys.exit(77)


def case_healthy_function(tmp):
    """A healthy function leaks at the fraction, and the heap grows by what the log says."""
    log = tmp + "/log"
    truth = run_zoo("leak", "--rate 0 --requests 200000 --threads 3 --seconds 2",
                    environment(log, "RenderPage"))
    leaked = read_log(log)
    expect_near("blocks", leaked["marked_blocks"], FRACTION * int(truth["render_blocks"]), 0.1)
    expect_near("bytes", leaked["marked_bytes"], FRACTION * int(truth["render_bytes"]), 0.1)
    expect_near("heap growth", int(truth["in_use_growth_bytes"]), leaked["leaked_bytes"], 0.1)
    assert leaked["leaked_blocks"] == leaked["marked_blocks"]  # all are freed in the end


def case_more(tmp):
    """Blocks beneath the function are larger by the share, no others are, and none leaks."""
    log = tmp + "/log"
    plain = environment(log)
    more = environment(log, "RenderPage", SEEP_LEAK_MORE="0.5")
    del more["SEEP_LEAK_FRACTION"]
    options = "--rate 0 --requests 20000 --threads 1 --seconds 1"
    grown = {}
    for name, env in (("plain", plain), ("more", more)):
        report = subprocess.run([os.path.join(BIN_DIR, "seep"), "run", "--json", "-q", "--db", tmp + "/db",
                                 "--interval", "1", "--env", "LD_PRELOAD=" + LIBRARY]
                                + [word for key in ("SEEP_LEAK_FUNCTION", "SEEP_LEAK_MORE") if key in env
                                   for word in ("--env", f"{key}={env[key]}")]
                                + ["--", os.path.join(BIN_DIR, "seep_zoo_leak"), *options.split()],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=50,
                                env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"})
        assert report.returncode == 0, report.stderr
        grown[name] = subprocess.run(
            ["sqlite3", tmp + "/db", "SELECT max(value) FROM v_point WHERE metric = 'heap_alloc' "
             "AND run_id = (SELECT max(run_id) FROM run)"], stdout=subprocess.PIPE, text=True,
            check=True).stdout
    truth = run_zoo("leak", options, dict(os.environ))
    expect_near("bytes more", float(grown["more"]) - float(grown["plain"]),
                0.5 * int(truth["render_bytes"]), 0.2)  # of two runs that are not quite alike
    if os.path.exists(log):
        assert read_log(log)["marked_blocks"] == 0


def case_operator_new(tmp):
    """All variants of new and delete, decided once each; the same seed gives the same leak."""
    counts = []
    for seed in "7", "7", "8":
        log = tmp + "/log"
        truth = run_zoo("new_delete", "--rounds 5000",
                        environment(log, "NewWidget", SEEP_LEAK_SEED=seed))
        leaked = read_log(log)
        expect_near("blocks", leaked["leaked_blocks"], FRACTION * int(truth["new_blocks"]), 0.1)
        counts.append(leaked["leaked_blocks"])
    assert counts[0] == counts[1] != counts[2], counts


def case_realloc(tmp):
    """Marks follow a block through realloc: only what realloc(nullptr) made can leak."""
    log = tmp + "/log"
    run_zoo("realloc_churn", "--seconds 2", environment(log, "RunOnce", fraction=0.5))
    leaked = read_log(log)
    assert leaked["leaked_blocks"] == leaked["marked_blocks"] > 100, leaked
    # marked when small; all but the array and the empty block have grown before they are dropped
    assert leaked["leaked_bytes"] > 2 * leaked["marked_bytes"], leaked


def case_fork(tmp):
    """Forked children of a process with threads add to the parent's line, and none hangs."""
    log = tmp + "/log"
    truth = run_zoo("fork", "--forks 200 --seconds 3", environment(log, "WorkInChild"))
    assert truth["failed"] == "0", truth
    expect_near("blocks", read_log(log)["marked_blocks"], FRACTION * 500 * int(truth["forks"]), 0.1)


def case_after(tmp):
    """SEEP_LEAK_AFTER holds it back; exec'ed children leave the parent's log alone."""
    log = tmp + "/log"
    truth = run_zoo("leak", "--rate 0 --requests 200000 --seconds 3",
                    environment(log, "ParseRequest", SEEP_LEAK_AFTER="1.5"))
    expect_near("blocks", read_log(log)["marked_blocks"],
                FRACTION * int(truth["parse_blocks"]) / 2, 0.2)
    run_zoo("exec", "--seconds 1 --execs 2", environment(log, "ParseRequest"))
    assert read_log(log)["function"] == "ParseRequest"


def case_inert(tmp):
    """Unset: no log, no leak. Not found: one line says so, no leak."""
    log = tmp + "/log"
    for function in None, "NoSuchFunction", "libnone.so:malloc":
        truth = run_zoo("leak", "--rate 0 --seconds 1", environment(log, function, fraction=1))
        assert abs(int(truth["in_use_growth_bytes"])) < 1_000_000, truth  # tcache
        if function is None:
            assert not os.path.exists(log)
        else:
            assert read_log(log) == {"not_found": function.split(":")[-1]}
            os.remove(log)
    run_zoo("leak", "--rate 0 --seconds 1", dict(environment(log, "x"), SEEP_LEAK_LOG=""))
    assert not os.path.exists(log)


def case_kill(tmp):
    """After kill -9 the log is whole and current."""
    log = tmp + "/log"
    process = subprocess.Popen([BIN_DIR + "/seep_zoo_leak", "--rate", "0", "--requests", "200000"],
                               env=environment(log, "ParseRequest"), stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(1)
    last = read_log(log)
    process.kill()
    process.wait()
    with open(log) as file:
        assert re.fullmatch(r"(\w+=\d{20} ){4}function=ParseRequest\n", file.read())
    assert read_log(log)["leaked_blocks"] >= last["leaked_blocks"] > 100, last


def case_library_function(tmp):
    """lib.so:name, a function of a shared library."""
    log = tmp + "/log"
    run_zoo("exceptions", "--seconds 1",
            environment(log, "libstdc++.so:__cxa_allocate_exception"))
    assert read_log(log)["leaked_blocks"] > 10, read_log(log)


def case_redis(tmp):
    """redis-server under redis-benchmark: RSS grows as logged, and it still answers."""
    need("redis-server", "redis-benchmark")
    port, log = free_port(), tmp + "/log"
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmp],
        env=environment(log, "createStringObject"), stdout=subprocess.DEVNULL)
    try:
        client = connect(port)
        load = ["redis-benchmark", "-p", str(port), "-t", "set", "-r", "1000", "-d", "1000", "-P",
                "4", "-q", "-n"]
        subprocess.run(load + ["50000"], stdout=subprocess.DEVNULL, check=True, timeout=30)
        rss, leaked = rss_bytes(server.pid), read_log(log)["leaked_bytes"]
        subprocess.run(load + ["200000"], stdout=subprocess.DEVNULL, check=True, timeout=30)
        expect_near("leak", read_log(log)["leaked_bytes"] - leaked, FRACTION * 200000 * 1004, 0.1)
        expect_near("RSS growth", rss_bytes(server.pid) - rss,
                    read_log(log)["leaked_bytes"] - leaked, 0.3)
        client.sendall(b"SET answer 42\r\nGET answer\r\n")
        time.sleep(0.2)
        assert client.recv(100) == b"+OK\r\n$2\r\n42\r\n"
    finally:
        server.terminate()
        assert server.wait(10) == 0


NGINX_CONF = """daemon off; user root; worker_processes 1; pid {tmp}/pid; error_log {tmp}/error.log;
events {{ worker_connections 64; }}
http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {tmp}/a;
  proxy_temp_path {tmp}/b; fastcgi_temp_path {tmp}/c; uwsgi_temp_path {tmp}/d; scgi_temp_path {tmp}/e;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "hello\\n"; }} }} }}
"""


def request(client, count):
    """That many requests, 50 at a time in one connection."""
    for _ in range(count // 50):
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        answers, text = 0, b""
        while answers < 50:
            text = text[-8:] + client.recv(65536)
            answers += text.count(b"\r\n\r\nhello\n")
            text = text.split(b"hello\n")[-1]


def case_nginx(tmp):
    """nginx: the forked worker leaks request pools, RSS grows as logged, and it still answers."""
    need("nginx")
    port, log = free_port(), tmp + "/log"
    with open(tmp + "/nginx.conf", "w") as conf:
        conf.write(NGINX_CONF.format(tmp=tmp, port=port))
    server = subprocess.Popen(["nginx", "-p", tmp, "-c", tmp + "/nginx.conf"],
                              env=environment(log, "ngx_http_create_request"),
                              stderr=subprocess.DEVNULL)
    try:
        client = connect(port)
        request(client, 5000)
        with open(f"/proc/{server.pid}/task/{server.pid}/children") as children:
            worker = int(children.read().split()[0])
        rss, leaked = rss_bytes(worker), read_log(log)["leaked_bytes"]
        request(client, 40000)
        expect_near("leak", read_log(log)["leaked_bytes"] - leaked, FRACTION * 40000 * 4096, 0.1)
        expect_near("RSS growth", rss_bytes(worker) - rss, read_log(log)["leaked_bytes"] - leaked,
                    0.3)
    finally:
        server.terminate()
        assert server.wait(10) == 0


def main():
    with tempfile.TemporaryDirectory(prefix="seep_injector_") as tmp:
        globals()["case_" + sys.argv[3]](tmp)


if __name__ == "__main__":
    main()

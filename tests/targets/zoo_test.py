#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every zoo program for two seconds and checks what it prints, and that SIGTERM ends it.

Usage: zoo_test.py BIN_DIR. All programs run side by side, as most of them sleep most of the time.
"""
import os
import re
import signal
import subprocess
import sys
import time

# name: (options, what the line of truth must say)
CASES = {
    "leak": ("--rate 100k --threads 2", r"leaked_bytes=(19|20|21)\d{4} .*site=LeakRequestBuffer"),
    "static_leak": ("--rate 100k", r"leaked_bytes=(19|20|21)\d{4} .*site=LeakRequestBuffer"),
    "logical_leak": ("", r"retained_bytes=\d{6}"),
    "logical_leak ": ("--unordered", r"retained_bytes=\d{6} .*site=RememberHashedSession"),
    "cache": ("--cap 1MiB", r"leaked_bytes=0 .*cached_bytes=10\d{5} .*evicted=\d{2,}"),
    "sawtooth": ("--period 1", r"leaked_bytes=0 .*flushes=[12]"),
    "thread_handoff": ("", r"leaked_bytes=0 .*produced_blocks=\d{5}"),
    "thread_handoff ": ("--leak 20", r"leaked_bytes=[1-9]\d+"),
    "fork": ("--leak", r"leaked_bytes=[1-9]\d+ .*failed=0"),
    "exec": ("--rate 100k", r"leaked_bytes=[1-9]\d+ .*spawns=[1-9]\d* failed=0"),
    "dlopen_churn": ("--leak", r"leaked_bytes=[1-9]\d+ .*site=LeakInPlugin loads=\d{2,}"),
    "late_plugin": ("--deepbind --rate 100k", r"leaked_bytes=(19|20|21)\d{4} .*site=LeakInPlugin"),
    "exceptions": ("", r"throws_per_s=[1-9]\d+"),
    "realloc_churn": ("", r"leaked_bytes=0 .*refused=[1-9]"),
    "new_delete": ("--rounds 100", r"leaked_bytes=0 .*rounds=100 new_blocks=2400 "),
    "live_set": ("--bytes 10MiB --seconds 2", r"live_bytes=10485760 live_blocks=10240 "),
    "live_set ": ("--bytes 10MiB --mixed --seconds 2", r"live_bytes=10485760 "),
    "fd_leak": ("--kind 1", r"leaked_fds=[12]\d refused=0"),
    "fd_leak ": ("--kind 3", r"leaked_fds=[12]\d refused=0"),
    "map_count_leak": ("", r"leaked_mappings=(3|4)\d refused=0"),
    "zombie_leak": ("", r"leaked_zombies=[345] "),
    "deleted_leak": ("", r"written_bytes=[45]\d{5} "),
    "shm_leak": ("", r"leaked_shm_bytes=[45]\d{5} "),
    "shm_leak ": ("--kind 1", r"leaked_shm_bytes=[45]\d{5} "),
    "resource_churn": ("", r"rounds=\d{2,} leaked_bytes=0 "),
    "thread_leak": ("", r"leaked_threads=(8|9|1\d) "),
    "mmap_leak": ("", r"leaked_mapped_bytes=[45]\d{5} "),
    "ratchet": ("", r"peak_bytes=[78]\d{5} leaked_bytes=0 "),
    "file_growth": ("", r"written_bytes=[78]\d{5} leaked_bytes=0 "),
    "idle": ("", r"leaked_bytes=0 .*blocks=[3-5] "),
    "early_alloc": ("", r"leaked_bytes=0 .*places=\d{2,} "),
    "tight_loop": ("--threads 2", r"ns_per_pair=[1-9]"),
    "request_base": ("", r"requests=(39|40)\d\d page_bytes=6144 "),
    "request_more": ("--rate 100", r"requests=(19|20)\d page_bytes=7168 "),
    "request_refactored": ("--rate 100", r"requests=(19|20)\d page_bytes=6144 "),
    "daemonize": ("", r"leaked_bytes=[1-9]\d+"),
}


def start(bin_dir, name, options):
    command = [os.path.join(bin_dir, "seep_zoo_" + name.strip())] + options.split()
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def main():
    bin_dir = sys.argv[1]
    failures = []
    running = {}
    for name, (options, truth) in CASES.items():
        seconds = "" if "--seconds" in options else " --seconds 2"
        running[name] = (start(bin_dir, name, options + seconds), truth)
    for name, (process, truth) in running.items():
        output = process.communicate(timeout=30)[0].splitlines()
        if process.returncode != 0 or "ready" not in output or not re.search(truth, output[-1]):
            failures.append(f"{name}: status {process.returncode}, {output}, wanted {truth}")

    # --help and SIGTERM of everything; a daemon's first process is gone by then
    names = sorted({name.strip() for name in CASES} - {"daemonize"})
    running = {name: start(bin_dir, name, "--seconds 0") for name in names}
    for name, process in running.items():
        if process.stdout.readline() != "ready\n":
            failures.append(f"{name}: not ready")
    time.sleep(0.2)
    for name, process in running.items():
        process.send_signal(signal.SIGTERM)
    for name, process in running.items():
        output = process.communicate(timeout=10)[0]
        if process.returncode != 0 or "=" not in output:
            failures.append(f"{name}: on SIGTERM status {process.returncode}, {output}")
        if "--seconds" not in subprocess.run(process.args[:1] + ["--help"], stdout=subprocess.PIPE,
                                             text=True, check=True).stdout:
            failures.append(f"{name}: no --help")

    print("\n".join(failures) or f"{len(CASES)} cases pass")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

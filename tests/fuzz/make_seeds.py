#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real ledgers, spools and databases for seep_fuzz: left by the zoo under the probe.

Usage: make_seeds.py BIN_DIR FOLDER. About 12 s.
"""
import glob
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from processes import plain_environment, wait_until  # noqa: E402

# name: program, options, environment, seconds after which its ledger is taken. It is whole at any
# moment; those of a program that grows are of a small and of a larger table.
LEDGERS = {
    "quiet": ("idle", "--seconds 0", {}, [0.5]),
    "growing": ("leak", "--seconds 0 --rate 8MiB", {"SEEP_INTERVAL": "2KiB"}, [0.5, 4]),
    "thinned": ("live_set", "--seconds 0 --bytes 64MiB --block 512",
                {"SEEP_INTERVAL": "1KiB", "SEEP_LEDGER_MAX": "1MiB"}, [3]),
    "exact": ("leak", "--seconds 0 --rate 1MiB --threads 4", {"SEEP_INTERVAL": "1"}, [2]),
    "mappings": ("mmap_churn", "--seconds 0 --threads 2", {}, [2]),
    "plugins": ("dlopen_churn", "--seconds 0 --loads 50", {"SEEP_INTERVAL": "4KiB"}, [2]),
}


def started(command, environment):
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def copy_sparse(source, target):
    subprocess.run(["cp", "--sparse=always", "--no-preserve=all", source, target], check=True)


def make_ledgers(bin_dir, folder, scratch):
    library = os.path.realpath(os.path.join(bin_dir, "..", "lib", "libseep.so"))
    running, moments = [], []
    for name, (program, options, extra, seconds) in LEDGERS.items():
        own = os.path.join(scratch, name)
        os.mkdir(own, 0o700)
        command = [os.path.join(bin_dir, "seep_zoo_" + program)] + options.split()
        running.append(started(command, plain_environment(LD_PRELOAD=library, SEEP_DIR=own, **extra)))
        moments += [(after_s, name, own) for after_s in seconds]
    begun_s = time.monotonic()
    try:
        for after_s, name, own in sorted(moments):
            time.sleep(max(0, begun_s + after_s - time.monotonic()))
            wait_until(lambda: glob.glob(own + "/*.ledger"), 20, f"the ledger of {name}")
            ledger = glob.glob(own + "/*.ledger")[0]
            copy_sparse(ledger, os.path.join(folder, f"{name}-{after_s}.ledger"))
    finally:
        for process in running:
            end(process)


def make_database_and_spool(bin_dir, folder, scratch):
    """A run is watched; then its database is locked until ticks are on disk, and seep is killed."""
    database = os.path.join(scratch, "seep.db")
    environment = plain_environment(SEEP_DIR=scratch, SEEP_DB=database)
    zoo = os.path.join(bin_dir, "seep_zoo_leak")
    seep = started([os.path.join(bin_dir, "seep"), "run", "--tick", "100ms", "--snapshot", "300ms",
                    "--interval", "16KiB", "--", zoo, "--seconds", "60", "--rate", "4MiB"],
                   environment)
    target = None
    try:
        wait_until(lambda: os.path.exists(database), 30, "the database")
        children = f"/proc/{seep.pid}/task/{seep.pid}/children"
        wait_until(lambda: open(children, encoding="ascii").read().split(), 20, "the target")
        target = int(open(children, encoding="ascii").read().split()[0])
        time.sleep(4)
        lock = sqlite3.connect(database, timeout=20, isolation_level=None)
        lock.execute("VACUUM INTO ?", (os.path.join(folder, "run.database"),))
        lock.execute("BEGIN IMMEDIATE")
        wait_until(lambda: glob.glob(database + "-spool-*"), 30, "the spool")
        time.sleep(0.5)
        lock.execute("ROLLBACK")
        end(seep)
        lock.close()
        for number, spool in enumerate(glob.glob(database + "-spool-*")):
            shutil.copy(spool, os.path.join(folder, f"run-{number}.spool"))
    finally:
        if seep.poll() is None:
            end(seep)
        if target is not None:
            os.kill(target, signal.SIGKILL)


def main():
    bin_dir, folder = (os.path.abspath(path) for path in sys.argv[1:3])
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with tempfile.TemporaryDirectory(prefix="seep_seeds_", dir="/dev/shm") as scratch:
        make_ledgers(bin_dir, folder, scratch)
        make_database_and_spool(bin_dir, folder, scratch)
    for kind in ("ledger", "spool", "database"):
        files = glob.glob(os.path.join(folder, "*." + kind))
        assert files, f"no {kind} was made"
        print(f"seeds: {len(files)} of {kind}")


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""What the bench scripts share: options, places, /proc readings, statistics, and where results go.

The method is the same everywhere: all peers run one after the other in each round, a ratio is
taken inside a round, and the table shows the median over the rounds with [smallest, largest].
"""
import argparse
import glob
import os
import platform
import shlex
import shutil
import statistics
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))  # some of it for those who use this module
from processes import (connect, free_port, is_alive, key_values, plain_environment,  # noqa: E402
                       read_bytes, stat_fields, wait_until)

DEFAULT_BUILD = os.path.join(ROOT, "build", "dev")


def document(name):
    return os.path.join(ROOT, "docs", name)


DOCUMENT = document("performance.md")
TARGET_CPU, OTHER_CPU = 0, 1  # the target; load generators, agents, interpreters
DOCUMENT_HEAD = """# Performance and accuracy, measured

Every section was written by the command it names, on the machine it names: `bench/overhead --write`,
`bench/accuracy_live --write`, `bench/estimates --write`, `bench/unwind --write`. Peers are interleaved: all of them in every
round, ratios inside a round, then the median over the rounds and [smallest, largest].
"""


class Build:
    """Programs and libraries of a build folder."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.probe = os.path.join(self.folder, "lib", "libseep.so")
        if not os.path.exists(self.probe):
            sys.exit(f"bench: {self.probe} does not exist: build first, or name a build with --build")

    def program(self, name, options=""):
        path = os.path.join(self.folder, "bin", name)
        if not os.path.exists(path):
            sys.exit(f"bench: {path} does not exist: build it with BUILD_TESTING=ON")
        return [path] + options.split()


def options_of(description, rounds):
    """The parser of every script; add to it what is special."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--build", default=DEFAULT_BUILD, help="build folder")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"default {rounds}")
    parser.add_argument("--quick", action="store_true", help="that it works: the figures mean nothing")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md too")
    return parser


class Workspace:
    """A temporary folder and a ledger directory on tmpfs, gone at the end of its with block."""

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="seep_bench_")
        self.ledgers = tempfile.mkdtemp(prefix="seep_bench_", dir="/dev/shm")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.ledgers, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def environment(self, **changes):
        """Ours without anything preloaded, and `changes`."""
        return plain_environment(SEEP_DIR=self.ledgers, **changes)

    def ledger_files(self):
        return glob.glob(os.path.join(self.ledgers, "*.ledger"))


# --- /proc -----------------------------------------------------------------------------------

def read_text(path):
    return read_bytes(path).decode(errors="replace")


def cpu_s(pid):
    """CPU time of all threads that still run, from schedstat: nanoseconds, where stat has 10 ms."""
    readings = [read_text(path).split() for path in glob.glob(f"/proc/{pid}/task/*/schedstat")]
    return sum(int(reading[0]) for reading in readings if reading) / 1e9


def ended_cpu_s(pid):
    """CPU time of a child that has ended but was not waited for: utime + stime, 10 ms each."""
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_rss_bytes(pid):
    """VmHWM; 0 for a process that has ended. (ru_maxrss would count the launcher's pages too.)"""
    for line in read_text(f"/proc/{pid}/status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def pin(pid, cpus):
    """All threads of a process to these CPUs; those that they start later follow."""
    for task in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(task), {cpu % os.cpu_count() for cpu in cpus})


LOAD_BEFORE = " ".join(read_text("/proc/loadavg").split()[:3])


# --- figures ---------------------------------------------------------------------------------

def spread(values, digits=2):
    """median [smallest, largest], or the value alone."""
    if not values:
        return "-"
    text = f"{statistics.median(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} [{min(values):.{digits}f}, {max(values):.{digits}f}]"


def markdown(headers, rows):
    lines = [headers, ["---"] * len(headers)] + rows
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def machine():
    models = [line.split(":", 1)[1].strip() for line in read_text("/proc/cpuinfo").splitlines()
              if line.startswith("model name")]
    return (f"{time.strftime('%Y-%m-%d')}; Linux {platform.release()}; {os.cpu_count()} x "
            f"{models[0] if models else platform.machine()}; {' '.join(platform.libc_ver())}; "
            f"load average before {LOAD_BEFORE}")


def progress(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def publish(section, body, options):
    """Prints a section; with --write it replaces the one of that name in docs/performance.md."""
    command = shlex.join([os.path.relpath(os.path.abspath(sys.argv[0]), ROOT)] + sys.argv[1:])
    text = f"## {section}\n\nCommand: `{command}`\n\nMachine: {machine()}\n\n{body.strip()}\n"
    print(text)
    if not options.write:
        return
    if options.quick:
        sys.exit("bench: --quick figures are not written")
    begin, end = f"<!-- begin {section} -->\n", f"<!-- end {section} -->\n"
    document = read_text(DOCUMENT) or DOCUMENT_HEAD
    before, found, behind = document.partition(begin)
    behind = behind.partition(end)[2] if found else ""
    before = before if found else before.rstrip() + "\n\n"
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(before + begin + text + end + behind)
    progress(f"written to {DOCUMENT}")

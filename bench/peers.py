# SPDX-License-Identifier: Apache-2.0
"""The ways to run a target: alone, under the probe, under seep, under its peers.

A Session is a target that runs in one of these ways, with the helpers that this takes: the agent,
or heaptrack's interpreter and its compressor.
"""
import os
import shutil
import signal
import subprocess

import harness

NEVER_BYTES = str(1 << 46)  # the probe reads KiB and MiB, no larger units
LIBRARIES = "/usr/lib/x86_64-linux-gnu/"
JEMALLOC, TCMALLOC = LIBRARIES + "libjemalloc.so.2", LIBRARIES + "libtcmalloc.so.4"
HEAPTRACK_PRELOAD = "/usr/lib/heaptrack/libheaptrack_preload.so"
HEAPTRACK_INTERPRETER = "/usr/lib/heaptrack/libexec/heaptrack_interpret"
END_SECONDS = 120  # heaptrack's interpreter has to catch up


class Session:
    """One target, `pid`. finish() ends it and leaves the sums; leaving the with block without that
    (a failure) kills what was started."""

    def __init__(self, workspace, environment=None):
        self.workspace = workspace
        self.environment = environment or {}  # of the target
        self.output_path = workspace.path("target.out")
        self.processes = []  # Popen of all that we started
        self.helpers = []    # pids of those that are not the target
        self.pid = None
        self.helper_cpu_s = 0.0
        self.helper_peak_rss = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pids = [process.pid for process in self.processes if process.returncode is None]
        if pids and self.pid and self.pid not in pids and harness.is_alive(self.pid):
            pids.append(self.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for process in self.processes:
            process.wait()

    def pin(self, cpus):
        """The target to `cpus`, the helpers to the other CPU."""
        harness.pin(self.pid, cpus)
        for helper in self.helpers:
            harness.pin(helper, [harness.OTHER_CPU])

    def spawn(self, command, is_helper=False, output=None, **changes):
        with open(output or self.output_path, "wb") as out, \
                open(self.workspace.path("stderr"), "ab") as err:
            process = subprocess.Popen(
                command, env=self.workspace.environment(**self.environment, **changes),
                cwd=self.workspace.folder,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.processes.append(process)
        if is_helper:
            self.helpers.append(process.pid)
        return process

    def output(self):
        return harness.read_text(self.output_path)

    def wait_for_output(self, word):
        def find():
            if any(process.poll() is not None for process in self.processes):
                raise RuntimeError(harness.read_text(self.workspace.path("stderr"))
                                   or "a process ended before its time")
            return word in self.output()
        harness.wait_until(find, 60, f"{word!r} from the target")

    def helpers_running_cpu_s(self):
        return sum(harness.cpu_s(pid) for pid in self.helpers)

    def finish(self):
        """Ends the target by SIGTERM, unless it has ended, and waits for the helpers to end."""
        if harness.is_alive(self.pid):
            os.kill(self.pid, signal.SIGTERM)
        for process in self.processes:
            if process.returncode is not None:
                continue
            ended = harness.wait_until(lambda: self._has_ended(process.pid), END_SECONDS, "the end")
            assert ended.si_pid == process.pid
            if process.pid in self.helpers:
                self.helper_cpu_s += harness.ended_cpu_s(process.pid)
            process.wait()

    def _has_ended(self, pid):
        for helper in self.helpers:
            peak = harness.peak_rss_bytes(helper)
            self.helper_peak_rss[helper] = max(peak, self.helper_peak_rss.get(helper, 0))
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def start_alone(session, command, _build):
    session.pid = session.spawn(command).pid


def start_seep(session, command, build):
    seep = build.program("seep", "run --quiet --db") + [session.workspace.path("run.db"), "--"]
    agent = session.spawn(seep + command, is_helper=True)
    session.pid = harness.wait_until(lambda: target_of(agent.pid, command[0]), 60,
                                     "the target of seep")


def target_of(agent, program):
    """The child of the agent, once it is the target's program."""
    for child in harness.read_text(f"/proc/{agent}/task/{agent}/children").split():
        words = harness.read_text(f"/proc/{child}/cmdline").split("\0")
        if words[0].startswith(program):  # redis-server rewrites its own
            return int(child)
    return None


def start_heaptrack(session, command, _build):
    """What the script /usr/bin/heaptrack does by default, with every pid known."""
    fifo = session.workspace.path("heaptrack.fifo")
    raw, packed = session.workspace.path("heaptrack"), session.workspace.path("heaptrack.zst")
    for path in (fifo, raw):
        if not os.path.exists(path):
            os.mkfifo(path)
    # A shell opens the pipes, since that blocks until the other side does.
    session.spawn(["sh", "-c", 'exec zstd -q -c <"$0"', raw], is_helper=True, output=packed)
    session.spawn(["sh", "-c", 'exec "$0" <"$1" >"$2"', HEAPTRACK_INTERPRETER, fifo, raw],
                  is_helper=True)
    session.pid = session.spawn(command, LD_PRELOAD=HEAPTRACK_PRELOAD, DUMP_HEAPTRACK_OUTPUT=fifo).pid


def start_heaptrack_raw(session, command, _build):
    """heaptrack without its interpreter: the raw events go into a file."""
    session.pid = session.spawn(command, LD_PRELOAD=HEAPTRACK_PRELOAD,
                                DUMP_HEAPTRACK_OUTPUT=session.workspace.path("heaptrack.raw")).pid


def start_massif(session, command, _build):
    program = shutil.which(command[0])
    session.pid = session.spawn(["valgrind", "--quiet", "--tool=massif", "--massif-out-file=" +
                                 session.workspace.path("massif"), program] + command[1:]).pid


def preloaded(**environment):
    """A peer that is a library and variables; PROBE stands for libseep.so."""
    def start(session, command, build):
        preload = environment["LD_PRELOAD"].replace("PROBE", build.probe)
        session.pid = session.spawn(command, **dict(environment, LD_PRELOAD=preload)).pid
    return start


PEERS = {
    "nothing": start_alone,
    "probe, no samples": preloaded(LD_PRELOAD="PROBE", SEEP_INTERVAL=NEVER_BYTES),
    "probe": preloaded(LD_PRELOAD="PROBE"),
    "probe, no CPU budget": preloaded(LD_PRELOAD="PROBE", SEEP_CPU_BUDGET="0"),
    "probe, exact": preloaded(LD_PRELOAD="PROBE", SEEP_INTERVAL="1"),
    "seep run": start_seep,
    "heaptrack": start_heaptrack,
    "heaptrack, raw": start_heaptrack_raw,
    "massif": start_massif,
    "jemalloc": preloaded(LD_PRELOAD=JEMALLOC),
    "jemalloc, sampling": preloaded(LD_PRELOAD=JEMALLOC,
                                    MALLOC_CONF="prof:true,lg_prof_sample:17,prof_final:false"),
    "tcmalloc": preloaded(LD_PRELOAD=TCMALLOC),
    "tcmalloc, sampling": preloaded(LD_PRELOAD=TCMALLOC, TCMALLOC_SAMPLE_PARAMETER=str(128 << 10)),
    "nothing, again": start_alone,  # what the noise alone makes of a ratio
}
PROBES = [name for name in PEERS if name.startswith("probe")]
ALLOCATORS = ["jemalloc", "jemalloc, sampling", "tcmalloc", "tcmalloc, sampling"]
# A sampling allocator is compared with itself without sampling; the others with nothing.
BASES = {"jemalloc, sampling": "jemalloc", "tcmalloc, sampling": "tcmalloc"}


def is_available(peer):
    if peer.startswith("heaptrack"):
        return os.path.exists(HEAPTRACK_INTERPRETER) and shutil.which("zstd")
    if peer == "massif":
        return shutil.which("valgrind")
    if peer in ALLOCATORS:
        return os.path.exists(JEMALLOC if peer.startswith("jemalloc") else TCMALLOC)
    return True

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the tests of attach and detach share: a target with the probe put in, and what is seen of it
from outside.
"""
import os
import re
import signal
import struct
import subprocess

from harness import BIN_DIR, PASS, QUICK, SeepTest, read_bytes, truth_of, wait_until, zoo

LIBRARY = os.path.realpath(os.path.join(BIN_DIR, "..", "lib", "libseep.so"))
NOBODY = 65534


def maps(pid):
    """[(start, end, rights, path)]"""
    lines = read_bytes(f"/proc/{pid}/maps").decode().splitlines()
    rows = [line.split(None, 5) for line in lines]
    return [(*(int(x, 16) for x in row[0].split("-")), row[1], row[5] if len(row) > 5 else "")
            for row in rows]


def has_ledger(pid):
    return any(path.endswith(".ledger") for *_, path in maps(pid))


def read_slots(pid):
    """{(object, offset, name): value} of every relocation by name, as readelf tells them."""
    slots = {}
    bases = {}
    for start, _, _, path in maps(pid):
        if path.startswith("/") and path not in bases and os.path.isfile(path):
            bases[path] = start
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for path, base in bases.items():
            listing = subprocess.run(["readelf", "-rW", path], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, text=True).stdout
            for offset, name in re.findall(
                    r"^([0-9a-f]{16})\s+\w+ R_X86_64_(?:JUMP_SLOT|GLOB_DAT|64)\s+[0-9a-f]+ "
                    r"([^@\s]+)", listing, re.M):
                memory.seek(base + int(offset, 16))
                slots[path, int(offset, 16), name] = struct.unpack("Q", memory.read(8))[0]
    return slots


def object_at(pid, address):
    for start, end, _, path in maps(pid):
        if start <= address < end:
            return path
    return ""


def signal_masks(pid):
    statuses = [read_bytes(f"/proc/{pid}/task/{tid}/status")
                for tid in os.listdir(f"/proc/{pid}/task")]
    return {re.search(rb"SigBlk:\t(\w+)", status)[1] for status in statuses if status}


def context_switches(pid):
    """{tid: how often it gave a processor up}"""
    counts = {}
    for tid in os.listdir(f"/proc/{pid}/task"):
        status = read_bytes(f"/proc/{pid}/task/{tid}/status")
        counts[int(tid)] = sum(map(int, re.findall(rb"ctxt_switches:\t(\d+)", status)))
    return counts


class AttachTest(SeepTest):
    def target(self, name, options="", **settings):
        target = self.start(zoo(name, options), **settings)
        wait_until(lambda: "ready" in target.out, what=f"{name} to be ready")
        return target

    def attach(self, pid, *options, **settings):
        return self.start_seep("attach", str(pid), *options, **settings)

    def attach_and_leave(self, pid, *options):
        """The probe stays in; nobody watches."""
        status, seep = self.seep("attach", str(pid), "--keep-probe", "--duration", "100ms", *QUICK,
                                 "--quiet", *options)
        self.assertEqual(status, PASS, seep.err)
        return seep

    def detach(self, pid):
        status, seep = self.seep("detach", str(pid))
        self.assertEqual(status, PASS, seep.err)
        self.assertIn("withdrawn", seep.err)

    def end(self, target):
        """SIGTERM; the program's own verdict on how it was treated."""
        target.send(signal.SIGTERM)
        self.assertEqual(target.wait(), PASS, target.out + target.err)
        return truth_of(target.out)

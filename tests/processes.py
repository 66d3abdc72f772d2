# SPDX-License-Identifier: Apache-2.0
"""What every script here that starts programs asks of them: tests and bench alike."""
import os
import socket
import time


def read_bytes(path):
    """Empty when it cannot be read: files of /proc go with their process."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def stat_fields(pid):
    """/proc/PID/stat behind the command name: [0] is the state, field n is [n - 3]."""
    return read_bytes(f"/proc/{pid}/stat").rpartition(b")")[2].split()


def is_alive(pid):
    fields = stat_fields(pid)
    return bool(fields) and fields[0] not in (b"Z", b"X")


def wait_until(condition, seconds=20, what="it"):
    """The first true value of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.01)


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def connect(port, seconds=20):
    """To a server on loopback that may still be starting."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def plain_environment(**changes):
    """Ours without anything of seep's and nothing preloaded, and `changes`."""
    plain = {name: value for name, value in os.environ.items()
             if not name.startswith("SEEP_") and name != "LD_PRELOAD"}
    return dict(plain, **changes)


def key_values(line):
    """A zoo program's line of truth, or a helper's: key=value words."""
    return dict(word.split("=", 1) for word in line.split() if "=" in word)

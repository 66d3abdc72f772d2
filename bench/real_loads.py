# SPDX-License-Identifier: Apache-2.0
"""Paced loads for bench/real_programs, over a socket or a pipe, and whether they kept their pace."""
import time

import harness

TICK_S = 0.02


class Run:
    """One run of a program: its seep, its time, and what became of its load. One thread loads it."""

    def __init__(self, seep, duration_s, stop):
        self.seep, self.duration_s, self.stop = seep, duration_s, stop
        self.scale = 1.0  # of the load's rate
        self.answered = None  # called with a number of requests and the seconds that they took
        self.pace = None  # share of the ticks that were due and made: a starved program is no test


def paced(run, per_s, send):
    """send(number, count) at `per_s` numbers a second, until it says no.

    `per_s` may be a function of the share of the run that is over. Up to a second late is caught up
    with; what is later than that is left out, and lowers the pace.
    """
    rate = per_s if callable(per_s) else lambda _: per_s
    begin_s = due_s = time.monotonic()
    number, ticks, owed = 0, 0, 0.0
    try:
        while not run.stop.is_set():
            owed += run.scale * rate((time.monotonic() - begin_s) / run.duration_s) * TICK_S
            count = int(owed)
            owed -= count
            sent_s = time.monotonic()
            if count and send(number, count) is False:
                break
            if count and run.answered:
                run.answered(count, time.monotonic() - sent_s)
            number += count
            ticks += 1
            run.pace = ticks * TICK_S / max(TICK_S, time.monotonic() - begin_s)
            due_s = max(due_s + TICK_S, time.monotonic() - 1)
            time.sleep(max(0.0, due_s - time.monotonic()))
    except (OSError, ValueError):
        pass  # the run is over


def rises_and_falls(low, high, times=1):
    """A rate that climbs from low to high and back, so many times in the run."""
    def rate(share):
        phase = share * times % 1.0
        return low + (high - low) * (1 - abs(2 * phase - 1))
    return rate


def over_socket(run, port, per_s, request, end_of_answer):
    """Pipelined requests on one connection; an answer ends with these bytes."""
    try:
        client = harness.connect(port)
    except OSError:
        return  # it never came up: the report says why, and the pace stays unknown
    with client:
        def send(number, count):
            client.sendall(b"".join(request(number + i) for i in range(count)))
            missing, rest = count, b""
            while missing > 0:
                part = client.recv(1 << 16)
                if not part:
                    return False
                rest += part
                missing -= rest.count(end_of_answer)
                rest = rest[-(len(end_of_answer) - 1):] if len(end_of_answer) > 1 else b""
            return True
        paced(run, per_s, send)


def into_stdin(run, per_s, line):
    def send(number, count):
        run.seep.stdin.write(b"".join(line(number + i) for i in range(count)))
        run.seep.stdin.flush()
    paced(run, per_s, send)


def redis_command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)

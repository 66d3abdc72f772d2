# SPDX-License-Identifier: Apache-2.0
"""serve_example as a process, and HTTP by hand: what the server's tests share."""
import os
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
from processes import connect, is_alive, key_values, plain_environment  # noqa: E402,F401

EXAMPLE = os.path.join(os.path.abspath(sys.argv[1]), "serve_example") if len(sys.argv) > 1 else ""


class ExampleServer:
    """Ends with the block; `truth` is then what the publisher met."""

    def __init__(self, *options, **environment):
        self.process = subprocess.Popen([EXAMPLE, *options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env=plain_environment(**environment))
        self.truth = {}
        line = self.process.stdout.readline()
        self.port = int(key_values(line)["port"])

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def stop(self):
        if not self.truth:
            output, _ = self.process.communicate("\n", timeout=60)
            self.truth = {key: int(value) for key, value in key_values(output).items()}
        return self.truth


def read_all(connection):
    """Until the server closes; a reset counts as the end, as for a request that was too large."""
    text = b""
    try:
        while True:
            block = connection.recv(1 << 16)
            if not block:
                return text
            text += block
    except ConnectionError:
        return text


def exchange(port, request):
    with connect(port) as connection:
        try:
            connection.sendall(request)
        except ConnectionError:
            pass  # refused before its end
        return read_all(connection)


def get(port, path, *headers, method="GET"):
    """(status, header text, body)"""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    reply = exchange(port, "\r\n".join(lines).encode())
    head, _, body = reply.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body


def half_open(port):
    """A connection that is not closed on the way."""
    return socket.create_connection(("127.0.0.1", port), timeout=30)

# SPDX-License-Identifier: Apache-2.0
"""What the tests of `seep agent` share: a daemon of the test's own, services under the probe, and
what the daemon serves."""
import os
import urllib.error
import urllib.request

from harness import BIN_DIR, SeepTest, wait_until


class AgentTest(SeepTest):
    def configure(self, text="", **keys):
        """A configuration of this test's own folders, fast ticks, without a server."""
        lines = {"database": self.env["SEEP_DB"], "tick": "200ms", "snapshot": "1s", "judge": "10s",
                 "listen": "", "ledger_directories": [self.ledgers], **keys}
        path = self.path("seep.toml")
        with open(path, "w", encoding="utf-8") as file:
            for key, value in lines.items():
                quoted = (f'"{value}"' if isinstance(value, str) else
                          str(value).lower() if isinstance(value, bool) else str(value).replace("'", '"'))
                file.write(f"{key} = {quoted}\n")
            file.write(text)
        return path

    def start_agent(self, text="", preexec_fn=None, **keys):
        agent = self.start_seep("agent", "--config", self.configure(text, **keys),
                                preexec_fn=preexec_fn)
        wait_until(lambda: "watching" in agent.err, 60, "the agent")
        return agent

    def start_service(self, command, **env):
        library = os.path.join(BIN_DIR, "..", "lib", "libseep.so")
        service = self.start(command, env={"LD_PRELOAD": os.path.realpath(library), **env})
        self.addCleanup(service.process.kill)
        return service

    def points_of(self, name):
        try:
            return self.database.value(
                "SELECT count(*) FROM point JOIN run USING (run_id) WHERE run.name = ?", name) or 0
        except Exception:  # pylint: disable=broad-except
            return 0  # not there yet

    def wait_for(self, name, points=5):
        wait_until(lambda: self.points_of(name) >= points, 90, f"points of {name}")

    def ask_raw(self, port, path, token=None):
        """(status, body)"""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=100) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def ask(self, port, path, token=None):
        status, body = self.ask_raw(port, path, token)
        return status, body.decode()

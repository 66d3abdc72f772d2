#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The pipelines of deploy/ci as they stand there: their shell lines are run on a real service, first as main,
then as a change that is compared with it. Only the service's command, its load and the time are put in.

Usage: test_ci.py BIN_DIR [WORD ...]. Two rounds of 45 s, all pipelines side by side.
"""
import os
import re
import shutil
import subprocess
import textwrap

from harness import BIN_DIR, PASS, SeepTest, main, zoo

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "ci")
POLICY = '[limits]\npeak_rss = "256MiB"\nfds = 100\n'


def pipeline(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def block_behind(text, begin):
    """The indented block behind the line that holds `begin`, without its indentation."""
    lines = text[text.index(begin):].splitlines()[1:]
    indent = len(lines[0]) - len(lines[0].lstrip())
    block = []
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        block.append(line)
    return textwrap.dedent("\n".join(block))


class Pipelines(SeepTest):
    def shell(self, script, number, **settings):
        """One job, with the service in place of ./my-service; its exit code and what it printed."""
        answers = self.path(f"answers{number}.jtl")
        service = " ".join(zoo("request_base", "--seconds 0 --rate 200"))
        self.assertIn("./my-service --port 8080", script)
        script = script.replace("./my-service --port 8080", service)
        script = script.replace("http://127.0.0.1:8080/metrics", f"jmeter:{answers} --env ZOO_ANSWERS={answers}")
        env = dict(self.env, PATH=f"{BIN_DIR}:{os.environ['PATH']}", DURATION="45s", SEEP_DB="seep.db", **settings)
        done = subprocess.run(["bash", "-e", "-c", script], cwd=self.folder, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=200)
        return done.returncode, done.stdout

    def run_both(self, soak, join, of_main, of_change):
        with open(self.path("seep.toml"), "w", encoding="utf-8") as file:
            file.write(POLICY)
        status, said = self.shell(soak + "\n" + join, 1, **of_main)
        self.assertEqual(status, PASS, said)
        self.assertTrue(os.path.exists(self.path("main.seep")), said)
        os.remove(self.path("seep.db"))  # the change runs on another machine: only the file is there
        status, said = self.shell(soak, 2, **of_change)
        self.assertEqual(status, PASS, said)
        self.assertIn("No regression against 'main' (1 run)", said.replace("\n", " "))
        self.assertNotIn("\033", said)
        self.assertNotIn("\r", said)
        for report in re.findall(r"--report \w+=(\S+)", soak):
            self.assertGreater(os.path.getsize(self.path(report)), 100, report)

    def test_github(self):
        text = pipeline("github.yml")
        soak = block_behind(text[text.index("- name: Soak"):], "run: |")
        join = block_behind(text[text.index("- name: This run joins"):], "run: |")
        self.run_both(soak, join, {"GITHUB_EVENT_NAME": "push", "GITHUB_SHA": "abc"},
                      {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": "def"})

    def test_gitlab(self):
        text = pipeline("gitlab.yml")
        lines = block_behind(text, "script:")
        items = re.split(r"^- ", lines, flags=re.MULTILINE)[1:]
        folded = [re.sub(r"^>\n", "", one).replace("\n", " ") if one.startswith(">") else
                  textwrap.dedent(re.sub(r"^\|\n", "", one)) for one in items]
        branch = {"CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHORT_SHA": "abc", "CI_MERGE_REQUEST_IID": ""}
        self.run_both("\n".join(folded), "", dict(branch, CI_COMMIT_BRANCH="main"),
                      dict(branch, CI_COMMIT_BRANCH="", CI_MERGE_REQUEST_IID="7"))

    def test_jenkins(self):
        text = pipeline("Jenkinsfile")
        soak = textwrap.dedent(text[text.index("sh '''") + 6:text.rindex("'''")])
        join = re.search(r"sh '(seep baseline set .*)'", text)[1]
        self.run_both(soak, join, {"CHANGE_ID": "", "BUILD_TAG": "abc"}, {"CHANGE_ID": "7", "BUILD_TAG": "def"})


CONTAINER = """
mount -t tmpfs -o size=64m,mode=1777 none /dev/shm
mount -t tmpfs none /sys/fs/cgroup
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


class Container(SeepTest):
    def test_ordinary_user(self):
        """Processes, mounts, memory disk and user of its own, no control groups: what docker run --user has."""
        os.chmod(self.folder, 0o777)
        report = self.path("report.txt")
        # Where that user may read them.
        for place, name in (("bin", "seep"), ("bin", "seep_zoo_request_base"), ("lib", "libseep.so")):
            os.makedirs(self.path(place), exist_ok=True)
            shutil.copy(os.path.join(BIN_DIR, "..", place, name), self.path(place))
        env = {name: value for name, value in self.env.items() if name != "SEEP_DIR"}
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "bash", "-ec", CONTAINER, "-",
                               self.path("bin/seep"), "run", "--gate", "--duration", "45s", "--report",
                               f"text={report}", "--", self.path("bin/seep_zoo_request_base"), "--seconds", "0",
                               "--rate", "100"],
                              cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=150)
        is_refused = re.match(r"(unshare|mount|setpriv): .*(permitted|denied)", done.stdout)
        if is_refused:
            self.skipTest(done.stdout.strip())
        self.assertEqual(done.returncode, PASS, done.stdout)
        with open(report, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("probe: active", " ".join(text.split()))
        self.assertIn("not seen: memory and limit of the control group", " ".join(text.split()))


if __name__ == "__main__":
    main(concurrency=4)

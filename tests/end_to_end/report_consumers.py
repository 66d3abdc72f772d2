# SPDX-License-Identifier: Apache-2.0
"""Those that read seep's reports, as programs and schemas of others: each function raises
AssertionError when one of them refuses."""
import html.parser
import json
import os
import re
import subprocess
import sys

# Debian's python3-jsonschema also for another Python 3.11 that comes first in PATH.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    import jsonschema
except ImportError:  # a machine that only runs tests; scripts/setup installs it
    jsonschema = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_validators = {}


def _validator(path):
    if path not in _validators:
        with open(os.path.join(ROOT, path)) as file:
            schema = json.load(file)
        validator = jsonschema.validators.validator_for(schema)
        validator.check_schema(schema)
        _validators[path] = validator(schema)
    return _validators[path]


def check_schema(document, path):
    """`document` is what the schema `path`, relative to the repository, describes."""
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:500]}"
              for error in _validator(path).iter_errors(document)]
    assert not errors, f"{path}: {errors[:5]}"


def check_report(document):
    """Every key of a JSON report is in the published schema. Without a validator: not looked at."""
    if jsonschema is not None:
        check_schema(document, "docs/report.schema.json")
    return document


def check_sarif(path):
    with open(path, encoding="utf-8", errors="strict") as file:
        log = json.load(file)
    check_schema(log, "tests/vendor/sarif-2.1.0-rtm.5.json")
    run, = log["runs"]
    for result in run["results"]:  # what GitHub asks for beyond the schema
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] and place["region"]["startLine"] >= 1, result
        assert result["partialFingerprints"], result
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"], result
    return run


def _run(*command, text=None):
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120, env=dict(os.environ, PYTHONWARNINGS="ignore"))
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def check_junit(path):
    """By the schema of Jenkins, and by junitparser. Number of tests, failures and errors."""
    xsd = os.path.join(ROOT, "tests/vendor/junit-10.xsd")
    status, _, said = _run("xmllint", "--noout", "--huge", "--schema", xsd, path)
    assert status == 0, said[:2000]
    import xml.etree.ElementTree as ElementTree
    suites = ElementTree.parse(path).getroot()
    suite, = suites
    cases = suite.findall("testcase")
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names), "a name is there twice"  # GitLab drops the second
    found = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error")}
    told = {key: int(suite.get(key)) for key in ("tests", "failures", "errors")}
    assert told == {"tests": len(cases), "failures": found["failure"], "errors": found["error"]}
    status, _, said = _run("/usr/bin/python3", "-m", "junitparser", "verify", path)
    is_bad = found["failure"] + found["error"] > 0
    assert (status, said) == (int(is_bad), ""), (status, said[:2000])
    return told


class _Page(html.parser.HTMLParser):
    """What a page consists of: elements, and whether they are closed in order."""
    VOID = {"br", "hr", "img", "input"}

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.text = {}, [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.setdefault(tag, []).append(dict(attributes))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> within {self.open[-5:]}"
        self.open.pop()

    def handle_data(self, data):
        if "code" not in self.open and "pre" not in self.open:
            self.text.append(data)


MARKDOWN_BYTES = 256 << 10
# What GitHub and GitLab make references of, in text that is not code.
REFERENCE = re.compile(r"[@#!~&$][A-Za-z0-9_]|%\d|GH-\d|:\+1:|https?://|www\.\w", re.I)


def check_markdown(path):
    """By GitHub's own parser: only the markup that seep means. The page's elements."""
    with open(path, encoding="utf-8", errors="strict") as file:
        text = file.read()
    assert len(text.encode()) < MARKDOWN_BYTES, len(text)
    status, page, said = _run("cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e",
                              "strikethrough", text=text.encode())
    assert status == 0, said
    parsed = _Page(page.decode())
    assert not parsed.open, parsed.open
    known = {"h3", "h4", "p", "code", "table", "thead", "tbody", "tr", "th", "td", "details",
             "summary", "pre", "ul", "li"}
    assert set(parsed.elements) <= known, set(parsed.elements) - known
    for element, all_attributes in parsed.elements.items():
        assert not any(all_attributes), (element, all_attributes)
    for part in parsed.text:
        assert not REFERENCE.search(part), part[:200]
    rows = [row.count("</td>") for table in page.decode().split("<table>")[1:]
            for row in table.split("</table>")[0].split("<tr>")[2:]]
    assert rows or "table" not in parsed.elements
    return parsed

# SPDX-License-Identifier: Apache-2.0
"""What the tests of exports read profiles with: `go tool pprof`, and the folded form."""
import glob
import re
import subprocess

from processes import plain_environment  # in a folder that the harness makes known

GO = sorted(glob.glob("/usr/lib/go-*/bin/go"))[-1:]


def pprof(folder, *arguments):
    """What `go tool pprof` prints."""
    assert GO, "no go; run scripts/setup"
    env = plain_environment(PPROF_TMPDIR=folder, HOME=folder, GOFLAGS="-mod=mod")
    done = subprocess.run(GO + ["tool", "pprof", *arguments], env=env, cwd=folder,
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def top(folder, *arguments):
    """([(function, flat bytes)] in order, total bytes, the text) of -top in bytes."""
    text = pprof(folder, "-top", "-unit=B", "-nodecount=1000", "-nodefraction=0", *arguments)
    total = re.search(r"of (-?\d+)B total", text)
    rows = re.findall(r"^ *(-?\d+)B? +\S+% +\S+% +\S+ +\S+% +(.*)$", text, re.MULTILINE)
    return [(name, int(flat)) for flat, name in rows], int(total.group(1)) if total else 0, text


def folded(text):
    """[(frames, weight)], outermost first."""
    stacks = []
    for line in text.splitlines():
        frames, weight = line.rsplit(" ", 1)
        stacks.append((frames.split(";"), int(weight)))
    return stacks

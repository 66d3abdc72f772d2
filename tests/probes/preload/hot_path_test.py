#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pins the instructions of an unsampled malloc, free, new and delete: what every call of a target pays.

    hot_path_test.py LIBSEEP GOLDEN [--update]

The path is read from the disassembly: from the entry along the branches that are not taken (those to
the cold paths) to the jump into the real allocator, or the return. The mnemonics are what is pinned,
so that a register that changes is no difference, and one instruction more is.
"""
import re
import subprocess
import sys

FUNCTIONS = {"malloc": "malloc", "free": "free", "operator new": "_Znwm", "operator delete": "_ZdlPv",
             "operator delete, sized": "_ZdlPvm"}
INSTRUCTION = re.compile(r"^\s+[0-9a-f]+:\s+(?:(?:addr32|bnd|notrack|data16|cs|lock)\s+)*(\S+)\s*(.*?)\s*(?:#.*)?$")


def disassembly(library):
    """Lines of each function by its name."""
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", library], check=True,
                          capture_output=True, text=True).stdout
    return {match[1]: match[2].splitlines()
            for match in re.finditer(r"^[0-9a-f]+ <([^>]+)>:\n((?:.+\n)*)", text, re.MULTILINE)}


def hot_path(lines):
    """Mnemonics up to the jump that leaves the function, or its return."""
    path = []
    for line in lines:
        match = INSTRUCTION.match(line)
        mnemonic, operands = match.groups()
        indirect = "*" if operands.startswith("*") else ""
        path.append(mnemonic + (f" {indirect}" if indirect else ""))
        if mnemonic in ("jmp", "ret"):
            return path
    sys.exit(f"hot path: no end in {lines[:1]}")


def describe(library):
    functions = disassembly(library)
    text = ""
    for name, symbol in FUNCTIONS.items():
        path = hot_path(functions[symbol])
        text += f"{name}: {len(path)} instructions\n  " + "; ".join(path) + "\n"
    return text


def main():
    library, golden = sys.argv[1:3]
    text = describe(library)
    if "--update" in sys.argv:
        with open(golden, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(golden, encoding="utf-8") as file:
        expected = file.read()
    if text != expected:
        sys.exit(f"the hot path has changed.\n--- pinned in {golden}\n{expected}--- now\n{text}"
                 "If that is meant: measure it (bench/overhead --only larson), then pin it with --update.")
    print(text, end="")


if __name__ == "__main__":
    main()

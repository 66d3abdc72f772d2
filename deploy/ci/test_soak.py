"""pytest: a soak as a test. Copy it, change COMMAND; `pytest test_soak.py`."""
import os
import subprocess

COMMAND = os.environ.get("SOAK_COMMAND", "./my-service --port 8080").split()
DURATION = os.environ.get("SOAK_DURATION", "10m")
WORDS = {10: "it grows", 11: "worse than the baseline", 12: "too little data to say", 13: "a limit is broken"}


def test_does_not_grow(tmp_path):
    seep = subprocess.run(["seep", "run", "--gate", "--quiet", "--db", str(tmp_path / "seep.db"),
                           "--duration", DURATION, "--", *COMMAND],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert seep.returncode == 0, f"{WORDS.get(seep.returncode, 'exit ' + str(seep.returncode))}\n{seep.stdout}"

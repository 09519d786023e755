"""What rasa_runtime.py puts in the place of Rasa's own decides as Rasa's own does."""

from __future__ import annotations

import random
import subprocess
import sys

from run import ROOT


def test_rules_remembered_decide_as_rules_looked_up() -> None:
    seed = str(random.randrange(10**6))
    ran = subprocess.run(
        [sys.executable, "quiet.py", "tests.compare_rules", seed],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"seed {seed}: {ran.stderr[-3000:]}"
    compared, remembered = map(int, ran.stdout.split()[-2:])
    assert compared > 500
    assert remembered > 50, "nothing was remembered, so nothing was compared"

"""Rasa's own test of the conversations in test_stories.yml, against the trained model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from run import ROOT


def test_every_conversation_is_understood_and_answered_as_written(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "runtime/quiet.py",
        "rasa",
        "test",
        "core",
        "--e2e",
        "--no-plot",
        "--quiet",
    ]
    command += ["-m", "models/assistant.tar.gz", "-s", "tests/test_stories.yml"]
    command += ["--fail-on-prediction-errors", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

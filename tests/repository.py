"""The files of the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

from run import ROOT


def tracked(*suffixes: str) -> list[Path]:
    """Return the repository's files, or those with such an ending; what is being written at this
    moment, too."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    paths = (ROOT / name for name in listed if not suffixes or name.endswith(suffixes))
    return [path for path in paths if path.is_file()]

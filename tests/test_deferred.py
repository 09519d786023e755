"""What a server does not need is not in its memory, and is there for who uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from run import ROOT, Assistant


def test_server_that_answers_holds_no_package_for_training(assistant: Assistant) -> None:
    maps = Path(f"/proc/{assistant.processes['server'].pid}/maps").read_text(encoding="utf8")
    assert "/numpy/" in maps
    assert "/sklearn/" not in maps


@pytest.mark.parametrize(
    "use",
    [
        "assert LinearSVC(C=3).get_params()['C'] == 3",
        "class Own(LinearSVC): pass\nassert Own(C=3).C == 3",
        "assert isinstance(svm.LinearSVC(), LinearSVC)",
        "assert not isinstance(3, LinearSVC)",
        "import sklearn\nassert sklearn.clone(LinearSVC(C=3)).C == 3",
    ],
)
def test_package_is_imported_when_it_is_used(use: str) -> None:
    code = f"""
import sys
import deferred
deferred.install()
from sklearn import svm
from sklearn.svm import LinearSVC
def imported():
    return "sklearn.svm._classes" in sys.modules
assert not imported()
{use}
assert imported()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)


def test_package_that_does_not_exist_is_missed_when_it_is_imported() -> None:
    code = """
import deferred
deferred.install()
try:
    import sklearn_crfsuite_that_is_not_there
except ImportError:
    pass
else:
    raise SystemExit("not missed")
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True)

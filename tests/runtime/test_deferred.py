"""What a server does not need is not in its memory, and is there for who uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from run import ROOT, Assistant
from runtime import deferred

DEFERRING = "from runtime import deferred\nimport sys\ndeferred.install()\n"


def run(code: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", code]
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_server_that_answers_holds_no_package_for_training(assistant: Assistant) -> None:
    maps = Path(f"/proc/{assistant.processes['server'].pid}/maps").read_text(encoding="utf8")
    assert "/numpy/" in maps
    for package in ("sklearn", "scipy", "matplotlib", "spacy/pipeline"):
        assert f"/{package}/" not in maps


@pytest.mark.parametrize("module", sorted(deferred.LATER))
def test_module_of_rasas_waits_for_its_packages(module: str) -> None:
    packages = deferred.LATER[module]
    code = f"""
import importlib
importlib.import_module({module!r})
assert not {set(packages)!r} & sys.modules.keys()
import {", ".join(packages)}
assert {set(packages)!r} <= sys.modules.keys()
"""
    run(DEFERRING + code)


def test_everybody_else_gets_the_real_package() -> None:
    code = """
import rasa.shared.nlu.training_data.features
try:
    import sklearn.not_there
except ModuleNotFoundError:
    print("missed")
from sklearn.svm import LinearSVC
from sklearn.exceptions import NotFittedError
class Own(LinearSVC): pass
assert issubclass(Own, LinearSVC) and isinstance(Own(C=3), LinearSVC) and LinearSVC | None
try:
    Own().predict([[1]])
except NotFittedError:
    print("caught")
"""
    assert run(DEFERRING + code).split() == ["missed", "caught"]


USES = """
import asyncio
import numpy as np
from rasa.core import jobs
from rasa.core.channels import console
from rasa.shared.nlu.training_data.features import Features
from rasa.utils import plotting
from rasa.utils.tensorflow.model_data import RasaModelData
import scipy.sparse

dense = Features(np.ones((2, 3)), "sequence", "text", "here")
sparse = Features(scipy.sparse.coo_matrix(np.ones((2, 3))), "sequence", "text", "here")
print(dense.is_sparse(), sparse.is_sparse(), sparse.fingerprint())
print(RasaModelData.__name__, plotting._fix_matplotlib_backend())

async def schedule():
    scheduler = await jobs.scheduler()
    print(type(scheduler), scheduler.running)

asyncio.run(schedule())
from rasa.utils.tensorflow.model_data import train_test_split
print(train_test_split(list(range(10)), random_state=1))
message = {"text": "x", "buttons": [{"title": "one", "payload": "/one"}]}
try:
    print(console._print_bot_output(message))
except Exception as error:
    print(type(error))  # no terminal here
"""


def test_rasas_modules_do_as_without_deferring() -> None:
    assert run(DEFERRING + USES) == run(USES)


def test_spacy_whose_matcher_alone_was_imported_makes_a_pipeline() -> None:
    code = """
from spacy.matcher import Matcher
from spacy.tokens import Doc
assert "spacy.pipeline" not in sys.modules
import spacy
assert spacy.tokens.Doc is Doc
assert not hasattr(spacy, "not_there")
print([token.text for token in spacy.blank("en")("two words")])
"""
    assert run(DEFERRING + code) == "['two', 'words']\n"


@pytest.mark.parametrize(
    "use",
    [
        "spacy.util.get_lang_class('zh').__name__",
        "spacy.blank('zh').lang",
        "spacy.__version__",
        "__import__('spacy.lang.zh').lang.zh.Chinese.lang",
        "__import__('spacy.language').language.Language.__name__",
        "__import__('spacy.training.example').training.Example.__module__",
        "spacy.cli.info.__name__",
    ],
)
@pytest.mark.parametrize("before", ["import spacy", "from spacy.matcher import Matcher"])
def test_spacy_is_whole_for_who_wants_more(use: str, before: str) -> None:
    code = f"{before}\nimport spacy\nprint({use})\n"
    assert run(DEFERRING + code) == run(code)

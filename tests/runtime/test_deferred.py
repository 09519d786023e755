"""What a server does not need is not in its memory, and is there for who uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from run import ROOT, Assistant
from runtime import deferred

DEFERRING = "from runtime import deferred\nimport sys\ndeferred.install()\n"
# Runs each of the programs in a process of its own, all of which know what was imported before.
EACH = """
import json, os, sys
for name, program in json.loads(sys.stdin.read()):
    print(f"-- {name}", flush=True)
    if not (child := os.fork()):
        try:
            exec(program, {"sys": sys})
        except BaseException:
            sys.excepthook(*sys.exc_info())
            status = 1
        else:
            status = 0
        sys.stdout.flush()
        os._exit(status)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{name} failed")
"""


def run(code: str, given: str = "") -> str:
    command = [sys.executable, "-W", "ignore", "-c", code]
    ran = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True, input=given
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def run_each(before: str, programs: dict[str, str]) -> dict[str, str]:
    """Return what each program prints after `before`; none knows what another one imported."""
    printed = run(before + EACH, json.dumps(list(programs.items())))
    parts = [part.partition("\n") for part in printed.split("-- ")[1:]]
    return {name: said for name, _, said in parts}


def test_server_that_answers_holds_no_package_for_training(assistant: Assistant) -> None:
    maps = Path(f"/proc/{assistant.processes['server'].pid}/maps").read_text(encoding="utf8")
    assert "/numpy/" in maps
    for package in ("sklearn", "scipy", "matplotlib", "spacy/pipeline"):
        assert f"/{package}/" not in maps


def test_modules_of_rasas_wait_for_their_packages() -> None:
    programs = {}
    for module, packages in deferred.LATER.items():
        programs[module] = f"""
import importlib
importlib.import_module({module!r})
assert not {set(packages)!r} & sys.modules.keys()
import {", ".join(packages)}
assert {set(packages)!r} <= sys.modules.keys()
"""
    assert run_each(DEFERRING, programs).keys() == deferred.LATER.keys()


def test_package_that_is_missing_is_missed_by_who_uses_it_alone() -> None:
    code = """
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("matplotlib", "sentry_sdk"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from rasa.utils import log_utils, plotting
log_utils.configure_structlog()
try:
    plotting._fix_matplotlib_backend()
except ModuleNotFoundError as error:
    print(error.name)
"""
    assert run(DEFERRING + code).splitlines()[-1] == "matplotlib"


def test_modules_that_can_do_without_a_package_do() -> None:
    programs = {}
    for module, packages in deferred.WITHOUT.items():
        programs[module] = f"""
import importlib
import portalocker  # which says what it does without
try:
    importlib.import_module({module!r})
except ModuleNotFoundError as error:
    assert "does without" in str(error), error
assert not {set(packages)!r} & sys.modules.keys()
import {", ".join(packages)}
assert {set(packages)!r} <= sys.modules.keys()
"""
    assert run_each(DEFERRING, programs).keys() == deferred.WITHOUT.keys()


def test_files_are_locked_as_before_and_a_lock_in_redis_says_what_it_lacks() -> None:
    code = """
import tempfile
import portalocker
with tempfile.NamedTemporaryFile() as file, portalocker.Lock(file.name) as lock:
    print(lock.writable())
try:
    portalocker.RedisLock("name")
except ImportError as error:
    print("redis" in str(error))
"""
    assert run(DEFERRING + code).split() == ["True", "True"]


RECORDS = """
import structlog
from rasa.utils import log_utils
log_utils.configure_structlog()
log = structlog.get_logger()
def fail(number):
    raise ValueError(number)
try:
    fail(3)
except ValueError:
    log.exception("failed", sentry_skip=True)
log.critical("ended", number=3)
"""


def test_records_of_the_log_read_as_without_deferring() -> None:
    plain = run(RECORDS + "import sys\nprint('sentry_sdk' in sys.modules, file=sys.stderr)")
    assert '"number": 3' in plain
    for before in ("", "import sentry_sdk\n"):
        assert without_places(run(DEFERRING + before + RECORDS)) == without_places(plain)


def without_places(printed: str) -> list[dict[str, Any]]:
    """Return the records, without the lines of the code that made them."""
    records = [json.loads(line) for line in printed.splitlines()]
    for record in records:
        for exception in record.get("exception", ()):
            exception["frames"] = [frame["name"] for frame in exception["frames"]]
    return records


def test_fatal_record_reaches_whoever_uses_sentry() -> None:
    code = """
import sentry_sdk
said = []
sentry_sdk.init(
    "https://key@localhost/1",
    default_integrations=False,
    before_send=lambda event, hint: said.append((event["level"], event["message"])),
)
"""
    tell = "print(said)"
    assert run(DEFERRING + code + RECORDS + tell).splitlines()[-1] == "[('critical', 'ended')]"


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


USES_OF_SPACY = (
    "spacy.util.get_lang_class('zh').__name__",
    "spacy.blank('zh').lang",
    "spacy.__version__",
    "__import__('spacy.lang.zh').lang.zh.Chinese.lang",
    "__import__('spacy.language').language.Language.__name__",
    "__import__('spacy.training.example').training.Example.__module__",
    "spacy.cli.info.__name__",
)


@pytest.mark.parametrize("before", ["import spacy\n", "from spacy.matcher import Matcher\n"])
def test_spacy_is_whole_for_who_wants_more(before: str) -> None:
    programs = {use: f"import spacy\nprint({use})\n" for use in USES_OF_SPACY}
    found = run_each(DEFERRING + before, programs)
    assert found.keys() == programs.keys()
    assert found == run_each(before, programs)

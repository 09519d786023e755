"""A developer runs Rasa's own commands, as they know them, in the environment as it is."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from infra import processes
from run import ROOT, prepare_database
from tests import local
from tests.installation import write_settings
from tests.studio import small

RASA = Path(sys.executable).with_name("rasa")
ENVIRONMENT = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
# What the environment of `make` and pytest brings would hide warnings.
ENVIRONMENT.pop("PYTHONWARNINGS", None)

EXAMPLES = """
version: "3.1"
nlu:
  - intent: forgot_password
    examples: |
      - 密码忘了怎么办
      - 忘记登录密码了
  - intent: request_refund
    examples: |
      - 我要退款
      - 怎么申请退款
"""

CONFIG = """
recipe: default.v1
assistant_id: neural
language: zh
"""

DOMAIN = """
version: "3.1"
intents: [forgot_password, request_refund]
responses: {utter_yes: [{text: 好}]}
"""

RULES = """
rules:
  - rule: refund
    steps: [{intent: request_refund}, {action: utter_yes}]
"""


def rasa(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(RASA), *command],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def is_quiet(said: str) -> bool:
    return not any(noise in said for noise in ("Deprecat", "deprecat", "Traceback", "Error"))


def test_nlu_is_tested(tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(EXAMPLES, encoding="utf8")
    out = tmp_path / "results"
    ran = rasa("test", "nlu", "--nlu", str(tmp_path / "nlu.yml"), "--out", str(out))
    assert ran.returncode == 0, ran.stderr
    assert is_quiet(ran.stdout + ran.stderr)
    report = yaml.safe_load((out / "intent_report.json").read_text("utf8"))
    assert report["accuracy"] == 1


def test_rules_are_drawn(tmp_path: Path) -> None:
    page, names = tmp_path / "graph.html", ("data/rules.yml", "data/nlu.yml")
    ran = rasa("visualize", "--stories", names[0], "--nlu", names[1], "--out", str(page))
    assert ran.returncode == 0, ran.stderr
    assert is_quiet(ran.stdout + ran.stderr)
    assert "action_answer" in page.read_text("utf8")


def test_data_are_validated(tmp_path: Path) -> None:
    """With a few examples of each intent; `make check` looks at all of them the same way."""
    folder = small.make(tmp_path / "small")
    files = {"--domain": "domain.yml", "--config": "config.yml", "--data": "data"}
    given = [part for name, file in files.items() for part in (name, str(folder / file))]
    ran = rasa("data", "validate", *given)
    assert ran.returncode == 0, ran.stderr
    assert is_quiet(ran.stdout + ran.stderr)
    assert "Warning" not in ran.stdout + ran.stderr
    assert "No story structure conflicts found" in ran.stderr


@contextmanager
def running(log: Path, *command: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(RASA), *command],
            cwd=ROOT,
            env={**ENVIRONMENT, **variables},
            stdout=file,
            stderr=file,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(local.PATIENCE)


def wait_for(log: Path, words: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + processes.START_SECONDS
    while words not in log.read_text("utf8"):
        assert process.poll() is None, log.read_text("utf8")[-3000:]
        assert time.monotonic() < until, log.read_text("utf8")[-3000:]
        time.sleep(0.2)


def test_server_and_actions_answer_a_customer_and_say_no_deprecations(tmp_path: Path) -> None:
    port, actions_port = processes.free_ports(2)
    endpoints, credentials = write_settings(tmp_path)
    parts = yaml.safe_load(endpoints.read_text("utf8"))
    parts["action_endpoint"]["url"] = f"http://127.0.0.1:{actions_port}/webhook"
    endpoints.write_text(yaml.safe_dump(parts), encoding="utf8")
    prepare_database(parts["desk"]["url"])
    credentials.write_text("rest:\n", encoding="utf8")
    settings = {"ENDPOINTS": str(endpoints)}
    actions, server = tmp_path / "actions.log", tmp_path / "server.log"
    serve = ("run", "--debug", "-p", str(port), "--endpoints", str(endpoints))
    with (
        running(actions, "run", "actions", "-p", str(actions_port), **settings) as one,
        running(server, *serve, "--credentials", str(credentials), **settings) as other,
    ):
        wait_for(actions, "Worker ready", one)
        wait_for(server, "Worker ready", other)
        sent = {"sender": "developer", "message": "密码忘了"}
        answer = local.post(f"http://127.0.0.1:{port}/webhooks/rest/webhook", json=sent)
        assert "第 1/5 步" in answer.json()[0]["text"] + answer.json()[-1]["text"]
    for log in (actions, server):
        assert is_quiet(log.read_text("utf8")), log.read_text("utf8")


@pytest.mark.parametrize(
    ("pipeline", "policies", "component", "package"),
    [
        (["JiebaTokenizer", "DIETClassifier"], ["RulePolicy"], "DIETClassifier", "tensorflow"),
        (["KeywordIntentClassifier"], ["TEDPolicy"], "TEDPolicy", "tensorflow"),
        (["CRFEntityExtractor"], ["RulePolicy"], "CRFEntityExtractor", "sklearn-crfsuite"),
    ],
)
def test_component_whose_package_is_missing_says_so_in_one_line(
    tmp_path: Path, pipeline: list[str], policies: list[str], component: str, package: str
) -> None:
    config = {
        **yaml.safe_load(CONFIG),
        "pipeline": [{"name": name} for name in pipeline],
        "policies": [{"name": name} for name in policies],
    }
    files = {
        "config.yml": yaml.safe_dump(config),
        "domain.yml": DOMAIN,
        "data.yml": EXAMPLES + RULES,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf8")
    options = ("--quiet", "--skip-validation", "--data", "data.yml")
    ran = rasa("train", *options, folder=tmp_path)
    assert ran.returncode == 1
    (told,) = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip("\x1b[0m ")]
    assert f"{component} needs {package}" in told
    assert "docs/dependencies.md" in told


def test_what_the_page_for_rasa_developers_names_exists() -> None:
    page = (ROOT / "docs" / "rasa.md").read_text("utf8")
    for name in re.findall(r"`(nlu(?:\.\w+){2})`", page):
        module, _, component = name.rpartition(".")
        assert hasattr(importlib.import_module(module), component), name
    for file in re.findall(r"`((?:\w+/)+[\w.]+|\w+\.(?:py|yml))`", page):
        assert (ROOT / file).exists(), file
    assert "docs/rasa.md" in (ROOT / "README.md").read_text("utf8")

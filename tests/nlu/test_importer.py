"""The importer gives what Rasa's own gives, only sooner."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import YamlException
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.validator import Validator

from actions.actions import ActionSmallTalk
from nlu.importer import SMALL_TALK, Example, WalletImporter

GREETINGS = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - 你好
    - 您好～～
    - 你好
- synonym: 支付宝
  examples: |
    - zfb
"""
TRANSFERS = """version: "3.1"
nlu:
- intent: transfer
  examples: |
    - 转[一百](amount)给他
    - 转账
- intent: greet
  examples: |
    - 你好
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.yml").write_text(GREETINGS, encoding="utf8")
    (tmp_path / "b.yml").write_text(TRANSFERS, encoding="utf8")
    return tmp_path


def importer(kind: type[RasaFileImporter], folder: Path) -> RasaFileImporter:
    return kind(training_data_paths=[str(folder)])


def test_examples_are_those_of_rasas_importer(folder: Path) -> None:
    ours = importer(WalletImporter, folder).get_nlu_data()
    theirs = importer(RasaFileImporter, folder).get_nlu_data()
    assert [vars(each) for each in ours.training_examples] == [
        vars(each) for each in theirs.training_examples
    ]
    assert len(ours.training_examples) == 4
    assert ours.entity_examples
    assert ours.entity_synonyms == theirs.entity_synonyms
    assert ours.fingerprint() == theirs.fingerprint()


def test_files_are_read_once_until_one_changes(folder: Path) -> None:
    first = importer(WalletImporter, folder).get_nlu_data()
    assert importer(WalletImporter, folder).get_nlu_data("zh") is first
    path = folder / "b.yml"
    path.write_text(TRANSFERS.replace("转账", "转钱"), encoding="utf8")
    texts = [
        each.get("text") for each in importer(WalletImporter, folder).get_nlu_data().nlu_examples
    ]
    assert "转钱" in texts
    assert "转账" not in texts


def test_broken_file_is_named_with_the_line(folder: Path) -> None:
    (folder / "b.yml").write_text(TRANSFERS.replace("- intent: transfer", "- intnt: transfer"))
    with pytest.raises(YamlException, match=r"b\.yml:3"):
        importer(WalletImporter, folder).get_nlu_data()


def test_copy_is_its_own() -> None:
    example = Example.of(Message.build("转一百", "transfer", [{"entity": "amount", "start": 1}]))
    other = copy.deepcopy(example)
    assert other == example
    other.get("entities")[0]["start"] = 0
    other.set("text", "一百", add_to_output=True)
    other.output_properties.add("intent")
    assert example.get("entities") == [{"entity": "amount", "start": 1}]
    assert example.get("text") == "转一百"
    assert "intent" not in example.output_properties


def test_fingerprint_follows_what_is_set() -> None:
    example = Example.of(Message.build("转一百", "transfer"))
    before = example.fingerprint()
    example.set("intent", "transfer")
    assert example.fingerprint() == before
    for prop, info in (("intent", "withdrawal"), ("entities", []), ("metadata", None)):
        example.set(prop, info)
        assert example.fingerprint() == Message(example.data).fingerprint() != before
        before = example.fingerprint()


DOMAIN = """version: "3.1"
intents: [greet, thank, transfer]
actions: [action_small_talk]
responses:
  utter_greet: [{text: 您好}]
  utter_thank: [{text: 不客气}]
  utter_transfer: [{text: 转账}]
  utter_gret: [{text: 您好}]
"""
RULES = """version: "3.1"
rules:
- rule: small talk
  steps:
  - or:
    - intent: greet
    - intent: thank
  - action: action_small_talk
- rule: transfer
  steps:
  - intent: transfer
  - action: action_answer
"""


def test_domain_is_read_once_until_it_changes_and_each_caller_has_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "domain.yml"
    path.write_text(DOMAIN, encoding="utf8")
    read: list[str] = []
    load = Domain.load
    monkeypatch.setattr(Domain, "load", lambda paths: read.append(paths) or load(paths))
    ours = WalletImporter(domain_path=str(path), training_data_paths=[str(folder)])
    first, second = ours.get_domain(), ours.get_domain()
    assert len(read) == 1
    theirs = RasaFileImporter(domain_path=str(path)).get_domain()
    assert first.fingerprint() == second.fingerprint() == theirs.fingerprint()
    first.responses.clear()
    assert second.responses == ours.get_domain().responses == theirs.responses
    path.write_text(DOMAIN.replace("utter_gret", "utter_great"), encoding="utf8")
    assert "utter_great" in ours.get_domain().responses


def test_only_responses_that_nothing_says_are_warned_of(folder: Path) -> None:
    (folder / "rules.yml").write_text(RULES, encoding="utf8")
    (folder / "domain.yml").write_text(DOMAIN, encoding="utf8")
    ours = WalletImporter(domain_path=str(folder / "domain.yml"), training_data_paths=[str(folder)])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        Validator.from_importer(ours).verify_utterances_in_stories()
    unused = [str(each.message) for each in told if "is not used" in str(each.message)]
    assert {each.split("'")[1] for each in unused} == {"utter_transfer", "utter_gret"}


def test_small_talk_is_the_actions_name() -> None:
    assert ActionSmallTalk.action_name == SMALL_TALK

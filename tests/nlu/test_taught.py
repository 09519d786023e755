"""What leads taught is learnt from as if it stood in data/, domain.yml and data/rules.yml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from infra import settings
from nlu.importer import WalletImporter

DATA = {
    "data/nlu.yml": {
        "version": "3.1",
        "nlu": [
            {"intent": "out_of_scope", "examples": "- 发票怎么开\n- 今天天气好吗\n"},
            {"intent": "thank", "examples": "- 谢谢\n"},
        ],
    },
    "data/rules.yml": {
        "version": "3.1",
        "rules": [{"rule": "谢", "steps": [{"intent": "thank"}, {"action": "action_answer"}]}],
    },
    "domain.yml": {
        "version": "3.1",
        "intents": ["out_of_scope", "thank"],
        "actions": ["action_answer"],
    },
    "content/sentences.yml": {
        "taught": {
            "发票怎么开？": "kai_fa_piao",
            "我要[开票](order_number)": "kai_fa_piao",
            "多谢": "thank",
            "没有这个意思": "nobody_knows_it",
        },
        "must_stay": {},
    },
    "content/topics/kai_fa_piao.yml": {"title": "开发票", "category": "咨询", "answer": "好。"},
    "content/topics/untaught.yml": {"title": "没教过", "category": "咨询", "answer": "好。"},
}


@pytest.fixture
def importer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WalletImporter]:
    for name, data in DATA.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf8")
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path / "content"))
    settings.current.cache_clear()
    yield WalletImporter(None, str(tmp_path / "domain.yml"), str(tmp_path / "data"))
    settings.current.cache_clear()


def test_taught_sentence_overrules_the_same_one_of_the_training_data(
    importer: WalletImporter,
) -> None:
    found = importer.get_nlu_data()
    said = {each.get("text"): each.get("intent") for each in found.training_examples}
    assert said == {
        "发票怎么开？": "kai_fa_piao",
        "我要[开票](order_number)": "kai_fa_piao",
        "今天天气好吗": "out_of_scope",
        "谢谢": "thank",
        "多谢": "thank",
    }
    assert not any(each.get("entities") for each in found.training_examples)


def test_topic_that_was_taught_is_an_intent_and_answered(importer: WalletImporter) -> None:
    assert set(importer.get_domain().intents) >= {"kai_fa_piao", "thank"}
    assert "untaught" not in importer.get_domain().intents
    rules = [step.block_name for step in importer.get_stories().story_steps]
    assert sorted(rules) == ["客服组长加的话题", "谢"]

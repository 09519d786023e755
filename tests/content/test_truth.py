"""Nothing is said about OK钱包 that the guide does not say: no invented number, address or link."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from content import library

ROOT = Path(__file__).resolve().parents[2]

# The only numbers the guide gives: the hotline's 24 hours, and how many things it lists.
ALLOWED_NUMBERS = {"24"}
NUMBER = re.compile(r"\d+")
STRING = re.compile(r"""'[^'\n]*'|"[^"\n]*"|`[^`]*`""")
STARS = re.compile(r"[1-5] 星|1 到 5 颗星")  # of a rating
LIST_ITEM = re.compile(r"^\d\. ", re.MULTILINE)
ADDRESS = re.compile(r"https?:|www\.|[\w.-]+@[\w.-]+|[\w-]+\.(?:com|cn|net|org)\b", re.IGNORECASE)
# Chinese numerals before a unit: a time limit, a fee or a count of days smuggled in as words.
UNIT = re.compile(
    r"[零一二两三四五六七八九十百千万几半]+(?:个)?(?:小时|分钟|秒|天|日|周|星期|个月|年|元|块|次|位数|折|％|%)"
)
HARMLESS = {"一次", "十日"}


def sentences() -> list[tuple[str, str]]:
    """Return (where, text) of everything a customer can be told."""
    found = []
    content = library.load()
    for topic in content.topics.values():
        texts = [topic.title, topic.answer, topic.done, topic.prepare]
        for step in topic.steps:
            texts += [step.title, step.text]
            texts += [part for trouble in step.trouble for part in (trouble.title, trouble.help)]
        found += [(topic.name, text) for text in texts if text]
    found += list(content.phrases.items())
    found += [(detail.name, detail.question) for detail in content.details.values()]
    found += [("replies", reply["text"]) for reply in content.desk.replies]
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf8"))
    for name, responses in domain["responses"].items():
        found += [(name, response["text"]) for response in responses]
    # The page's sentences; not what is computed in them, and not the console's, which agents read.
    for folder in ("page", "shared"):
        page = (ROOT / "web" / "src" / folder / "texts.ts").read_text(encoding="utf8")
        found += [("web", re.sub(r"\$\{.*\}", "", line)) for line in STRING.findall(page)]
    return found


@pytest.mark.parametrize(("where", "text"), sentences())
def test_no_invented_number_or_address(where: str, text: str) -> None:
    configured = [
        str(entry["value"])
        for entry in yaml.safe_load((ROOT / "content" / "contacts.yml").read_text("utf8")).values()
        if entry["value"]
    ]
    for value in configured:
        text = text.replace(value, "")
    text = STARS.sub("", text)
    numbers = set(NUMBER.findall(LIST_ITEM.sub("", text)))
    assert numbers <= ALLOWED_NUMBERS, f"{where} says a number the guide does not give"
    assert not ADDRESS.search(text), f"{where} gives an address"
    assert not set(UNIT.findall(text)) - HARMLESS, f"{where} gives a period or an amount"


def test_contacts_are_not_set_in_the_repository() -> None:
    contacts = yaml.safe_load((ROOT / "content" / "contacts.yml").read_text(encoding="utf8"))
    assert all(entry["value"] is None for entry in contacts.values())


def test_unset_contacts_point_into_the_app() -> None:
    for name, sentence in library.load().contacts.items():
        assert "帮助中心" in sentence, name

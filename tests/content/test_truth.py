"""Nothing is said about OK钱包 that the guide does not say: no number, address, promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from content import Answer, Topic, library
from content.build import numeral
from content.model import STEPS

ROOT = Path(__file__).resolve().parents[2]

# The only numbers the guide gives: the hotline's 24 hours, and how many things it lists.
ALLOWED_NUMBERS = {"24"}
# Public emergency numbers, and the only files that may say them.
EMERGENCY = {"110", "119", "120"}
MAY_CALL = {"danger.yml", "despair.yml", "facts.yml"}
NUMBER = re.compile(r"\d+")
STRING = re.compile(r"""'[^'\n]*'|"[^"\n]*"|`[^`]*`""")
STARS = re.compile(r"[1-5] 星|1 到 5 颗星")  # of a rating
LIST_ITEM = re.compile(r"^\d\. ", re.MULTILINE)
ADDRESS = re.compile(r"https?:|www\.|[\w.-]+@[\w.-]+|[\w-]+\.(?:com|cn|net|org)\b", re.IGNORECASE)
# Chinese numerals before a unit: a time limit, a fee or a count of days smuggled in as words.
UNIT = re.compile(
    r"[零一二两三四五六七八九十百千万几半]+(?:个)?(?:小时|钟头|分钟|秒|天|日|周|星期|礼拜|个月|年|元|块|毛"
    r"|次|位|折|％|%)"
)
# No period, no amount: 输错一位, 别再付第二次, 这几天常看看, 试过几次, 固定一个日子.
HARMLESS = re.compile(r"一次|两次|第二次|十日|错一位|几次|几位|这几天|固定一天|一个日子")
# Who says that it is not known may name what was asked: 一天能转多少, 七天无理由, 具体几天.
ASKED = re.compile(r"几天|一天能|七天无理由")
UNKNOWN = re.compile(r"没有写|没写|不清楚|说不准|查不到|不能随便|谁也|没有人能|不敢")
# What the guide does not promise.
PROMISE = re.compile(
    r"优先(?:处理|办理|安排|给您|为您)|加急|(?:处理|办|回复)得?越快|不再有效|(?:旧|原来)的?.{0,4}(?:失效|作废)"
    r"|(?<!不)(?:一定|肯定|必定|保证|确保|承诺)(?:就|都|也)?(?:能|会|可以|给您|为您|退|到|追|没事|安全)"
    r"|百分之百|绝对|免费(?!的?(?:网络|wi-?fi|热点))|(?<!收)不收(?:任何|您)?(?:手续)?费|(?<!要)不要钱|全额"
    r"|(?<!能不)能追回|包(?:退|赔|过)|会(?:赔|全部退)|先行赔付|秒到|当[天日](?:就|能|会|到)"
    r"|(?<!不)(?<!不会)(?:很快|马上|立刻)就?(?:会|能)?(?:到账|回复|处理好|解冻|退)|尽快(?:处理|回复|给您|为您|联系您)|第一时间",
    re.IGNORECASE,
)
# A stranger's promise, named to warn of it.
WARNS = re.compile(r"不要相信|别信|别.{0,3}相信|骗")
SENTENCE = re.compile(r"[^。！？\n]+")


def _answer(answer: Answer) -> Iterator[str]:
    yield answer.title
    yield from answer.wordings
    yield from answer.in_procedure
    yield from (answer.without_topic, answer.over)
    yield from answer.talk.values()


def _topic(topic: Topic) -> Iterator[str]:
    yield from (topic.title, topic.answer, topic.done, topic.prepare, topic.subject, topic.brief)
    yield from topic.followups.values()
    yield from topic.asked.values()
    yield from (point.text for point in topic.points)
    for step in topic.steps:
        yield from (step.title, step.text, *step.asked.values())
        for trouble in step.trouble:
            yield from (trouble.title, trouble.help)


def sentences() -> list[tuple[str, str]]:
    """Return (where, text) of everything a customer can be told; `where` begins with the file."""
    content = library.load()
    found = []
    for topic in content.topics.values():
        found += [(f"topics/{topic.name}.yml", text) for text in _topic(topic)]
    danger = {**content.danger.kinds, **content.danger.followups, **content.danger.asked}
    danger |= {"more": content.danger.more, "maybe": content.danger.maybe}
    danger["hypothetical"] = content.danger.hypothetical
    found += [
        (f"facts.yml {fact.name}", text)
        for fact in content.facts.known.values()
        for text in (fact.title, fact.done, fact.next, fact.how, *fact.instead.values())
    ]
    found += [("facts.yml all_done", text) for text in content.facts.all_done.wordings]
    for file, answers in {
        "followups.yml": content.followups,
        "danger.yml": danger,
        "despair.yml": content.despair,
        "manners.yml": content.manners,
    }.items():
        for name, answer in answers.items():
            found += [(f"{file} {name}", text) for text in _answer(answer)]
    found += [(f"phrases.yml {name}", text) for name, text in content.phrases.items()]
    for detail in content.details.values():
        found += [
            (f"details.yml {detail.name}", part)
            for part in (detail.title, detail.ask, detail.question)
        ]
    found += [("desk.yml replies", reply["text"]) for reply in content.desk.replies]
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf8"))
    for name, responses in domain["responses"].items():
        found += [(f"domain.yml {name}", response["text"]) for response in responses]
    # The page's sentences; not what is computed in them, and not the console's, which agents read.
    for folder in ("page", "shared"):
        page = (ROOT / "web" / "src" / folder / "texts.ts").read_text(encoding="utf8")
        found += [("web", re.sub(r"\$\{.*\}", "", line)) for line in STRING.findall(page)]
    return [(where, text) for where, text in dict.fromkeys(found) if text]


def problems(where: str, text: str) -> list[str]:
    """Return what a text says beyond the guide."""
    for contact in _contacts().values():
        if contact["value"]:
            text = text.replace(str(contact["value"]), "")
    text = STARS.sub("", text)
    allowed = ALLOWED_NUMBERS | (EMERGENCY if where.split()[0] in MAY_CALL else set())
    found = [each for each in NUMBER.findall(LIST_ITEM.sub("", text)) if each not in allowed]
    found += ADDRESS.findall(text)
    for sentence in SENTENCE.findall(text):
        unknown = UNKNOWN.search(sentence) is not None
        rest = HARMLESS.sub("", sentence)
        found += UNIT.findall(ASKED.sub("", rest) if unknown else rest)
        if not unknown and not WARNS.search(sentence):
            found += [promise[0] for promise in PROMISE.finditer(sentence)]
    return found


@lru_cache(maxsize=1)
def _contacts() -> dict[str, Any]:
    text = (ROOT / "content" / "contacts.yml").read_text(encoding="utf8")
    contacts: dict[str, Any] = yaml.safe_load(text)
    return contacts


@pytest.mark.parametrize(("where", "text"), sentences())
def test_no_invented_number_address_or_promise(where: str, text: str) -> None:
    assert not problems(where, text), f"{where} says what the guide does not"


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("topics/x.yml", "被骗了请打110"),
        ("manners.yml angry", "可以打120"),
        ("danger.yml more", "请打96110"),
        ("despair.yml first", "请打热线12356"),
        ("topics/x.yml", "退款三个工作日、七天内到账"),
        ("topics/x.yml", "我不清楚，一般三天到"),
        ("topics/x.yml", "验证码是六位"),
        ("topics/x.yml", "我会请客服优先处理您的问题"),
        ("topics/x.yml", "说得越清楚，处理越快"),
        ("topics/x.yml", "旧的验证码不再有效"),
        ("topics/x.yml", "提现不收手续费"),
        ("topics/x.yml", "钱一定能退回来"),
        ("topics/x.yml", "客服会尽快回复您"),
        ("topics/x.yml", "写信到help@okwallet.example就行"),
        ("topics/x.yml", "几天就好，耐心等"),
    ],
)
def test_what_the_guide_does_not_say_is_noticed(where: str, text: str) -> None:
    assert problems(where, text)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("danger.yml scam_code", "钱少了马上打110"),
        ("despair.yml other", "马上打120，有火打119"),
        ("topics/x.yml", "热线通常24小时服务"),
        ("topics/x.yml", "收不收手续费，我不清楚"),
        ("topics/x.yml", "具体几天我不清楚"),
        ("topics/x.yml", "有人说交钱就能包退的，请不要相信"),
        ("topics/x.yml", "退款一般会在一定的工作日内处理完"),
        ("topics/x.yml", "在外面连了免费Wi-Fi就先别付款"),
    ],
)
def test_what_the_guide_says_is_let_through(where: str, text: str) -> None:
    assert not problems(where, text)


CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
NO_TEXTS = {"words", "intents", "key", "topic", "category", "related", "collect", "entities"}
NO_TEXTS |= {"said", "unless", "advice", "denied", "acts", "plan", "needless", "facts", "followup"}


def _texts(data: Any) -> Iterator[str]:
    """Yield the strings of a content file, but for its names, keys and words to look for."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for each in data:
            yield from _texts(each)
    elif isinstance(data, dict):
        for name, each in data.items():
            if name not in NO_TEXTS:
                yield from _texts(each)


FILES = [
    ROOT / "content" / f"{name}.yml"
    for name in ("followups", "danger", "despair", "manners", "facts")
]
FILES += [ROOT / "content" / "phrases.yml", *sorted((ROOT / "content" / "topics").glob("*.yml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_text_of_a_file_is_looked_at(file: Path) -> None:
    """A new part of a file, too, must not say what nobody has looked at."""
    content = library.load()
    looked_at = {text.strip() for _, text in sentences()}
    left_out = []
    data = yaml.safe_load(file.read_text(encoding="utf8"))
    topic = content.topics.get(file.stem)
    steps = numeral(len(topic.steps)) if topic else ""
    for text in _texts(data.get("facts", data)):
        shown = text
        for name, sentence in {**content.contacts, STEPS: steps}.items():
            shown = shown.replace(f"{{{name}}}", sentence)
        if CHINESE.search(text) and looked_at.isdisjoint({text.strip(), shown.strip()}):
            left_out.append(text)
    assert left_out == []


def test_contacts_are_not_set_in_the_repository() -> None:
    assert all(entry["value"] is None for entry in _contacts().values())


def test_unset_contacts_point_into_the_app() -> None:
    for name, sentence in library.load().contacts.items():
        assert "帮助中心" in sentence, name

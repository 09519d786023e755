"""Reads the YAML beside it, checks it line by line, and takes edits in while the bot runs."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import string
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jsonschema
import yaml

import strict_yaml
from content.hours import WEEKDAYS, describe

logger = logging.getLogger(__name__)

# The files beside topics/.
_FILES = (
    "contacts",
    "details",
    "phrases",
    "assistant",
    "desk",
    "followups",
    "danger",
    "despair",
    "facts",
    "manners",
    "outside",
)
HERE = Path(__file__).resolve().parent
LOOK_AGAIN = 0.02  # seconds; one turn asks many times
LARGEST = 500_000  # bytes of a file


class ContentError(Exception):
    """A content file that cannot be used; the text is `file:line: reason`, one problem a line."""


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong at a step, and what then helps."""

    title: str
    help: str
    key: str = ""
    intents: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    human: bool = False
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a procedure; `asked` are the answers to what customers ask at it, by key."""

    title: str
    text: str
    trouble: tuple[Trouble, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Point:
    """An item of an answer's list: a text that explains it, or the topic that does."""

    text: str = ""
    topic: str | None = None


@dataclass(frozen=True)
class Answer:
    """One thing to say, in several wordings; what else follows from it, as its file says."""

    wordings: tuple[str, ...]
    title: str = ""
    topic: str | None = None
    offer_human: bool = False
    ticket: bool = False
    ends: bool = False
    then: str | None = None
    in_procedure: tuple[str, ...] = ()
    without_topic: str = ""
    talk: Mapping[str, str] = field(default_factory=dict)
    never: tuple[str, ...] = ()  # acts that make no sense in this danger
    denied: re.Pattern[str] | None = None  # words that say there is no such danger
    over: str = ""  # what is said then
    plan: tuple[str, ...] = ()  # what is to be done in this danger: names of facts, in order


@dataclass(frozen=True)
class Fact:
    """Something customers tell of themselves or have done: `said` in a clause without `unless`.

    `advice` matches the clauses of answers that tell to do it; `next` is said when it is to be
    done, `instead` in its place where another fact was told, `needless` are facts that spare it.
    """

    name: str
    title: str
    said: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str]
    acts: tuple[str, ...] = ()
    advice: re.Pattern[str] | None = None
    done: str = ""
    next: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    how: str = ""
    needless: tuple[str, ...] = ()
    followup: str = ""


@dataclass(frozen=True)
class Outside:
    """A thing that we know nothing of: `kind` is that of outside.yml."""

    name: str
    kind: str
    words: re.Pattern[str]


@dataclass(frozen=True)
class Facts:
    """`facts.yml`: what is remembered of the customer's words."""

    known: Mapping[str, Fact]
    all_done: Answer


@dataclass(frozen=True)
class Danger:
    """`danger.yml`: dangers by name, what is asked while one lasts, and the rest."""

    kinds: Mapping[str, Answer]
    followups: Mapping[str, Answer]
    more: Answer
    maybe: Answer
    hypothetical: Answer
    denied: re.Pattern[str]  # where the danger has none of its own
    words: Mapping[str, re.Pattern[str]]  # that ask for a part of `talk`


@dataclass(frozen=True)
class Topic:
    """Everything about one topic but its training examples; `name` is its intent."""

    name: str
    title: str
    category: str
    answer: str
    urgency: str = "normal"
    walkthrough: str | None = None
    steps: tuple[Step, ...] = ()
    done: str = ""
    needs_human: bool = False
    offer_human: bool = False
    collect: tuple[str, ...] = ()
    prepare: str = ""
    related: tuple[str, ...] = ()
    subject: str = ""  # how an honest sentence names the topic
    brief: str = ""
    points: tuple[Point, ...] = ()
    followups: Mapping[str, str] = field(default_factory=dict)  # by kind of question
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Detail:
    """A question asked before the hand-off; the entities that already answer it.

    `free`: the answer is a story in the customer's own words, so whatever it is about is an answer.
    """

    name: str
    title: str
    question: str
    entities: tuple[str, ...] = ()
    free: bool = False


@dataclass(frozen=True)
class Settings:
    """`assistant.yml`: how sure is sure, how often is too often."""

    common_questions: tuple[str, ...]
    suggest_above: float
    suggestions: int
    sure_above: float
    several_above: float
    misses_before_human: int
    failures_before_human: int
    done_words: tuple[str, ...]
    question_words: tuple[str, ...]
    waiting_words: tuple[str, ...]
    enough_words: tuple[str, ...]
    mistaken_words: tuple[str, ...]
    last_step_words: tuple[str, ...]
    stuck_words: tuple[str, ...]
    queue_words: tuple[str, ...]
    agreeing_words: tuple[str, ...]


@dataclass(frozen=True)
class DeskSettings:
    """`desk.yml`: when humans are there, how many may wait, how long silence lasts.

    Minutes, but for the seconds of `agent_absent_…` and the hours of `rate_within`.
    """

    hours: Mapping[str, tuple[str, ...]]
    timezone: str
    holidays: tuple[str, ...]
    most_waiting: int
    customer_reminded_after: float
    customer_closed_after: float
    agent_reminded_after: float
    agent_released_after: float
    agent_absent_after: float
    agent_absent_after_urgent: float
    message_queued_within: float
    rate_within: float
    replies: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Content:
    """One consistent reading of all files."""

    topics: Mapping[str, Topic]
    details: Mapping[str, Detail]
    settings: Settings
    phrases: Mapping[str, str]
    contacts: Mapping[str, str]
    desk: DeskSettings
    followups: Mapping[str, Answer]  # kinds of questions
    danger: Danger
    facts: Facts
    despair: Mapping[str, Answer]
    manners: Mapping[str, Answer]
    outside: tuple[Outside, ...]

    def say(self, name: str, **values: Any) -> str:
        """Return the phrase of that name with its placeholders filled.

        Raises:
            KeyError: no such phrase, or a placeholder without a value.
        """
        phrase = self.phrases[name]
        if "{hours}" in phrase:
            values = {"hours": self.hours, **values}
        return phrase.format_map({**self.contacts, **values})

    @property
    def hours(self) -> str:
        """When humans are there, as customers read it; empty when that is always."""
        today = datetime.now(ZoneInfo(self.desk.timezone)).date()
        return describe(self.desk.hours, self.desk.holidays, self.phrases, today)


# --------------------------------------------------------------------------------------------
# Reading with line numbers


class _Document:
    """A parsed YAML file that still knows on which line each part stands."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        try:
            if path.stat().st_size > LARGEST:
                raise ContentError(f"{shown}:1: 文件太大：最多 {LARGEST} 字节")
            text = path.read_text(encoding="utf8")
        except (OSError, UnicodeDecodeError) as error:
            raise ContentError(f"{shown}:1: 文件读不了：{type(error).__name__}") from None
        try:
            self._node, self.data = strict_yaml.parse(text)
        except strict_yaml.YamlProblem as error:
            raise ContentError(f"{shown}:{error.line}: YAML 格式有误：{error.reason}") from None
        self.text = text

    def line(self, path: Iterable[Any]) -> int:
        """Return the line (from 1) of the part at that path, or of its nearest parent."""
        node = self._node
        line = node.start_mark.line + 1 if node else 1
        for part in path:
            if isinstance(node, yaml.MappingNode):
                pairs = [pair for pair in node.value if pair[0].value == str(part)]
                if not pairs:
                    break
                line = int(pairs[0][0].start_mark.line) + 1
                node = pairs[0][1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                if part >= len(node.value):
                    break
                node = node.value[part]
                line = int(node.start_mark.line) + 1
            else:
                break
        return line

    def problem(self, path: Iterable[Any], reason: str) -> str:
        return f"{self.shown}:{self.line(path)}: {reason}"

    def refused(self, error: jsonschema.ValidationError) -> str:
        """Return what the schema does not allow; a missing name may stand there, misspelt."""
        if error.validator == "required":
            for name in error.validator_value:
                if name not in error.instance and (slip := strict_yaml.misspelt(self.text, name)):
                    return f"{self.shown}:{slip[0]}: “{name}”：{slip[1]}"
        return self.problem(_place(error), _reason(error))


def _reason(error: jsonschema.ValidationError) -> str:
    """Say in plain words what the schema does not allow."""
    kind, value = error.validator, error.validator_value
    if kind == "required":
        missing = [name for name in value if name not in error.instance]
        return f"缺少 “{'”、“'.join(missing)}”"
    if kind == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        return f"不认识的项目 “{'”、“'.join(_unknown_keys(error))}”（可用：{'、'.join(known)}）"
    if kind == "type":
        colon = isinstance(error.instance, str) and re.match(r"[\w-]+[:：]", error.instance)
        hint = f"；{strict_yaml.WRONG_COLON}" if colon else ""
        return f"这里应是 {value}，却是 {type(error.instance).__name__}{hint}"
    if kind == "enum":
        return f"“{error.instance}” 不在可选值 {'、'.join(map(str, value))} 之中"
    if kind in {"minLength", "minItems", "minProperties"}:
        return "内容是空的或太少"
    if kind == "maxItems":
        return f"最多 {value} 项"
    return str(error.message)


def _unknown_keys(error: jsonschema.ValidationError) -> list[str]:
    known = error.schema.get("properties", {})
    return [str(name) for name in error.instance if name not in known]


def _place(error: jsonschema.ValidationError) -> list[Any]:
    """Return the path of what is wrong: of an unknown key itself, not of what holds it."""
    path = list(error.absolute_path)
    return path + _unknown_keys(error)[:1] if error.validator == "additionalProperties" else path


def _placeholders(text: str) -> set[str]:
    found = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if form or conversion:  # {hotline:>1000000000} would fill the memory
            raise ValueError(f"“{name}” 后面只能是 “}}”")
        if name is not None:
            found.add(name)
    return found


# --------------------------------------------------------------------------------------------
# The whole folder


class ContentLibrary:
    """The content folder, kept fresh.

    `current()` re-reads the folder when a file changed. A change that does not pass the check is
    refused as a whole: the problem is logged once and the last good reading stays in force.
    """

    def __init__(self, folder: Path | None = None, look_again: float = LOOK_AGAIN) -> None:
        """Read that folder; by default CONTENT_DIR of the environment, or the one of this file.

        Args:
            folder: where the files are.
            look_again: seconds for which the files are taken to be unchanged.
        """
        self._look_again = look_again
        self.folder = folder or Path(os.environ.get("CONTENT_DIR") or HERE)
        self._lock = threading.Lock()
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._looked = 0.0
        self._content: Content | None = None

    def current(self) -> Content:
        """Return the newest good reading.

        Raises:
            ContentError: the files are broken and there was never a good reading.
        """
        with self._lock:
            if self._content is not None and time.monotonic() - self._looked < self._look_again:
                return self._content
            self._looked = time.monotonic()
            stamp = self._stamp_now()
            if self._content is None or stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._content = self.load()
                except ContentError as error:
                    if self._content is None:
                        self._stamp = ()
                        raise
                    logger.error("Edit refused, the last good content stays in force:\n%s", error)
            return self._content

    def _stamp_now(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for folder in (self.folder, self.folder / "topics"):
            with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".yml"):
                        about = entry.stat()
                        found.append((entry.path, about.st_mtime_ns, about.st_size))
        return tuple(sorted(found))

    @cached_property
    def _schema(self) -> dict[str, Any]:
        text = (HERE / "schema.yml").read_text(encoding="utf8")
        schema: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
        return schema

    def _rules(self, kind: str) -> dict[str, Any]:
        rules: dict[str, Any] = self._schema[kind]
        if kind != "phrases":
            return rules
        text = {"$ref": "#/definitions/text"}
        return {
            "type": "object",
            "properties": dict.fromkeys(rules, text),
            "required": list(rules),
            "additionalProperties": False,
        }

    def load(self) -> Content:
        """Read and check everything now.

        Raises:
            ContentError: with every problem found, as `file:line: reason`, one a line.
        """
        problems: list[str] = []
        documents: dict[str, _Document] = {}
        paths = {path.stem: path for path in self.folder.glob("topics/*.yml")}
        kinds = {name: ("topic", path) for name, path in paths.items()}
        for name in _FILES:
            kinds["=" + name] = (name, self.folder / f"{name}.yml")
        for key, (kind, path) in sorted(kinds.items()):
            shown = f"{self.folder.name}/{path.relative_to(self.folder)}"
            if not path.resolve().is_relative_to(self.folder.resolve()):
                problems.append(f"{shown}:1: 这个文件指到了文件夹外面")
                continue
            try:
                document = _Document(path, shown)
            except ContentError as error:
                problems.append(str(error))
                continue
            schema = {**self._rules(kind), "definitions": self._schema["definitions"]}
            found = list(jsonschema.Draft7Validator(schema).iter_errors(document.data))
            problems += [document.refused(error) for error in found]
            if not found:
                documents[key] = document
        if problems:
            raise ContentError("\n".join(sorted(problems)))
        problems = self._check_references(documents)
        if problems:
            raise ContentError("\n".join(sorted(problems)))
        return self._build(documents)

    def _check_references(self, documents: Mapping[str, _Document]) -> list[str]:
        problems = []
        zone = documents["=desk"].data["timezone"]
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            reason = f"没有 “{zone}” 这个时区，如 Asia/Shanghai"
            problems.append(documents["=desk"].problem(["timezone"], reason))
        contacts = documents["=contacts"].data
        details = documents["=details"].data
        topics = {name for name in documents if not name.startswith("=")}
        for name, entry in contacts.items():
            for key, allowed in (("when_set", {"value"}), ("when_unset", set())):
                for unknown in self._unknown(entry[key], allowed):
                    problems.append(documents["=contacts"].problem([name, key], unknown))
        for name in sorted(topics):
            document, data = documents[name], documents[name].data
            steps = {STEPS} if data.get("steps") else set()
            for path, text in _texts(data):
                problems += [
                    document.problem(path, reason)
                    for reason in self._unknown(text, {*contacts, *steps})
                ]
                if steps and (counted := _COUNTED_STEPS.search(text)):
                    reason = f"“{counted[0]}”：步数请写成 “{{{STEPS}}}步”，加一步时不会说错"
                    problems.append(document.problem(path, reason))
            points: list[tuple[list[Any], str]] = [
                (["points", place, "topic"], point["topic"])
                for place, point in enumerate(data.get("points", []))
                if isinstance(point, dict)
            ]
            related = [(["related", place], to) for place, to in enumerate(data.get("related", []))]
            for part, other in (*points, *related):
                if other not in topics or other == name:
                    problems.append(document.problem(part, f"没有 “{other}” 这个主题可以关联"))
            for kind in data.get("followups", {}):
                if kind not in documents["=followups"].data:
                    problems.append(
                        document.problem(["followups", kind], f"followups.yml 里没有 “{kind}”")
                    )
            for at, step in enumerate(data.get("steps", [])):
                for place, trouble in enumerate(step.get("trouble", [])):
                    for fact in trouble.get("facts", []):
                        if fact not in documents["=facts"].data["facts"]:
                            part = ["steps", at, "trouble", place, "facts"]
                            reason = f"facts.yml 里没有 “{fact}”"
                            problems.append(document.problem(part, reason))
            for place, detail in enumerate(data.get("collect", [])):
                if detail not in details:
                    problems.append(
                        document.problem(["collect", place], f"details.yml 里没有 “{detail}”")
                    )
            if bool(data.get("steps")) != bool(data.get("walkthrough")):
                problems.append(
                    document.problem([], "“steps” 和 “walkthrough” 要么都写，要么都不写")
                )
            if data.get("needs_human") and data.get("steps"):
                problems.append(document.problem(["needs_human"], "有步骤的主题不能同时要求转人工"))
        assistant = documents["=assistant"]
        for place, other in enumerate(assistant.data["common_questions"]):
            if other not in topics:
                problems.append(
                    assistant.problem(["common_questions", place], f"没有 “{other}” 这个主题")
                )
        for name, extra in _PLACEHOLDERS.items():
            for path, text in _texts(documents[name].data):
                allowed = {*contacts, *extra}
                problems += [
                    documents[name].problem(path, reason) for reason in self._unknown(text, allowed)
                ]
        if (wrong := _bad_expression(documents["=danger"].data["denied"])) is not None:
            problems.append(documents["=danger"].problem(["denied"], wrong))
        problems += [
            documents["=danger"].problem(["words", key], wrong)
            for key, words in documents["=danger"].data["words"].items()
            if (wrong := _bad_expression(words)) is not None
        ]
        measures = documents["=facts"].data["facts"]
        for kind, entry in documents["=danger"].data["kinds"].items():
            if documents.get(entry["topic"]) is None:
                reason = f"没有 “{entry['topic']}” 这个主题"
                problems.append(documents["=danger"].problem(["kinds", kind, "topic"], reason))
            if (wrong := _bad_expression(entry.get("denied", ""))) is not None:
                problems.append(documents["=danger"].problem(["kinds", kind, "denied"], wrong))
            for place, name in enumerate(entry["plan"]):
                if "next" not in measures.get(name, {}):
                    reason = f"facts.yml 里没有 “{name}” 要做的事"
                    problems.append(
                        documents["=danger"].problem(["kinds", kind, "plan", place], reason)
                    )
        problems += _fact_problems(documents["=facts"])
        for name, entry in measures.items():
            if entry.get("followup", "d_over") not in documents["=danger"].data["followups"]:
                reason = f"danger.yml 的 followups 里没有 “{entry['followup']}”"
                problems.append(documents["=facts"].problem(["facts", name, "followup"], reason))
        for kind, things in documents["=outside"].data.items():
            problems += [
                documents["=outside"].problem([kind, name], wrong)
                for name, words in things.items()
                if (wrong := _bad_expression(words)) is not None
            ]
        phrases = documents["=phrases"]
        for name, text in phrases.data.items():
            allowed = {*self._schema["phrases"][name], *contacts, "hours"}
            problems += [phrases.problem([name], reason) for reason in self._unknown(text, allowed)]
        if phrases.data["hours_days"].count("、") != len(WEEKDAYS) - 1:
            problems.append(phrases.problem(["hours_days"], "要写七天，用“、”分开"))
        return problems

    @staticmethod
    def _unknown(text: str, allowed: set[str]) -> list[str]:
        try:
            unknown = sorted(_placeholders(text) - allowed)
        except ValueError as error:
            return [f"花括号不配对：{error}"]
        return [f"占位符 “{{{name}}}” 没有对应的内容" for name in unknown]

    @staticmethod
    def _build(documents: Mapping[str, _Document]) -> Content:
        contacts = {
            name: (
                entry["when_set"].format(value=entry["value"])
                if entry["value"]
                else entry["when_unset"]
            ).strip()
            for name, entry in documents["=contacts"].data.items()
        }

        def fill(text: str) -> str:
            return text.format_map(contacts).strip()

        def fill_topic(data: Mapping[str, Any]) -> Callable[[str], str]:
            known = {**contacts, STEPS: _numeral(len(data.get("steps", ())))}
            return lambda text: text.format_map(known).strip()

        topics = {
            name: _topic(name, document.data, fill_topic(document.data))
            for name, document in documents.items()
            if not name.startswith("=")
        }
        details = {
            name: Detail(
                name,
                entry["title"],
                entry["question"],
                tuple(entry.get("entities", ())),
                entry.get("free", False),
            )
            for name, entry in documents["=details"].data.items()
        }
        assistant = dict(documents["=assistant"].data)
        for name, value in assistant.items():
            if isinstance(value, list):
                assistant[name] = tuple(value)
        phrases = {name: text.strip() for name, text in documents["=phrases"].data.items()}
        desk = dict(documents["=desk"].data)
        hours = desk.get("hours") or {}
        desk["hours"] = {day: tuple(spans) for day, spans in hours.items()}
        for name in ("holidays", "replies"):
            desk[name] = tuple(desk[name])
        danger = documents["=danger"].data
        return Content(
            topics,
            details,
            Settings(**assistant),
            phrases,
            contacts,
            DeskSettings(**desk),
            _answers(documents["=followups"].data),  # filled with their topic when said
            Danger(
                _answers(danger["kinds"], fill),
                _answers(danger["followups"], fill),
                _answer(danger["more"], fill),
                _answer(danger["maybe"], fill),
                _answer(danger["hypothetical"], fill),
                re.compile(danger["denied"]),
                {key: re.compile(words) for key, words in danger["words"].items()},
            ),
            _facts(documents["=facts"].data, fill),
            {name: _answer(each, fill) for name, each in documents["=despair"].data.items()},
            _answers(documents["=manners"].data, fill),
            tuple(
                Outside(name, kind, re.compile(words))
                for kind, things in documents["=outside"].data.items()
                for name, words in things.items()
            ),
        )


def _fact_problems(document: _Document) -> list[str]:
    """Return what is wrong with the expressions and the references of facts.yml."""
    problems = []
    facts = document.data["facts"]
    patterns: list[tuple[list[Any], str]] = [(["unless"], document.data["unless"])]
    for name, entry in facts.items():
        path = ["facts", name]
        patterns += [([*path, "said", at], each) for at, each in enumerate(entry["said"])]
        patterns += [([*path, key], entry[key]) for key in ("unless", "advice") if key in entry]
        for other in (*entry.get("needless", ()), *entry.get("instead", {})):
            if other not in facts:
                problems.append(document.problem(path, f"没有 “{other}” 这种情况"))
    for path, pattern in patterns:
        if (wrong := _bad_expression(pattern)) is not None:
            problems.append(document.problem(path, wrong))
    return problems


def _bad_expression(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"正则表达式有误：{error}"
    return None


def _facts(data: Mapping[str, Any], fill: Callable[[str], str]) -> Facts:
    known = {}
    for name, entry in data["facts"].items():
        advice = entry.get("advice")
        known[name] = Fact(
            name,
            entry["title"],
            tuple(re.compile(each) for each in entry["said"]),
            re.compile(entry.get("unless", data["unless"])),
            tuple(entry.get("acts", ())),
            re.compile(advice) if advice else None,
            fill(entry.get("done", "")),
            fill(entry.get("next", "")),
            {other: fill(text) for other, text in entry.get("instead", {}).items()},
            fill(entry.get("how", "")),
            tuple(entry.get("needless", ())),
            entry.get("followup", ""),
        )
    return Facts(known, _answer(data["all_done"], fill))


_NO_TEXT = {"intents", "words", "related", "collect", "topic", "key", "then", "denied"}

STEPS = "steps"  # in a topic's texts: how many steps it has, as a Chinese numeral
_COUNTED_STEPS = re.compile(
    r"(?<![第前后这那几两二三四五六七八九十\d])(?:[两二三四五六七八九十]+|\d+) ?个?步"
)


def _numeral(number: int) -> str:
    """Return a small number as it is said before 步."""
    return {2: "两", 10: "十"}.get(number) or dict(enumerate("零一二三四五六七八九")).get(
        number, str(number)
    )


# What a file's sentences may hold besides the contacts.
_PLACEHOLDERS: Mapping[str, set[str]] = {
    "=followups": {"subject", "brief", "title"},
    "=danger": set(),
    "=despair": set(),
    "=manners": set(),
}


def _texts(data: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[tuple[Any, ...], str]]:
    """Yield every string of a parsed file that a customer may read, with its path."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _NO_TEXT:
                yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _texts(value, (*path, place))
    elif isinstance(data, str):
        yield path, data


def _answers(
    data: Mapping[str, Mapping[str, Any]], fill: Callable[[str], str] = str.strip
) -> dict[str, Answer]:
    found = {}
    for name, entry in data.items():
        values = dict(entry)
        in_procedure = values.pop("in_procedure", ())
        talk = {key: fill(text) for key, text in values.pop("talk", {}).items()}
        found[name] = Answer(
            _wordings(values.pop("answer"), fill),
            in_procedure=_wordings(in_procedure, fill),
            talk=talk,
            never=tuple(values.pop("never", ())),
            plan=tuple(values.pop("plan", ())),
            denied=re.compile(values.pop("denied")) if "denied" in values else None,
            over=fill(values.pop("over", "")),
            without_topic=fill(values.pop("answer_without_topic", "")),
            **values,
        )
    return found


def _answer(wordings: str | Iterable[str], fill: Callable[[str], str]) -> Answer:
    return Answer(_wordings(wordings, fill))


def _wordings(given: str | Iterable[str], fill: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(map(fill, [given] if isinstance(given, str) else given))


def _topic(name: str, data: Mapping[str, Any], fill: Callable[[str], str]) -> Topic:
    values = dict(data)
    values["steps"] = tuple(
        Step(
            step["title"],
            fill(step["text"]),
            tuple(
                Trouble(
                    trouble["title"],
                    fill(trouble["help"]),
                    trouble.get("key", ""),
                    tuple(trouble.get("intents", ())),
                    tuple(trouble.get("words", ())),
                    trouble.get("human", False),
                    tuple(trouble.get("facts", ())),
                )
                for trouble in step.get("trouble", ())
            ),
            {key: fill(text) for key, text in step.get("asked", {}).items()},
        )
        for step in data.get("steps", ())
    )
    for key in ("answer", "done", "prepare", "brief"):
        values[key] = fill(data.get(key, ""))
    values["subject"] = data.get("subject", data["title"])
    values["points"] = tuple(
        Point(fill(point)) if isinstance(point, str) else Point(topic=point["topic"])
        for point in data.get("points", ())
    )
    for key in ("followups", "asked"):
        values[key] = {name: fill(text) for name, text in data.get(key, {}).items()}
    for key in ("collect", "related"):
        values[key] = tuple(data.get(key, ()))
    return Topic(name=name, **values)


library = ContentLibrary()

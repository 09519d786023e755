"""Reads conversation files, strictly: every mistake is a `file:line: reason` in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from content import library

PATTERNS = "patterns.yml"  # beside the kinds' folders

NAMED = re.compile(r"<<([^<>]*)>>")
STEP = re.compile(r"(?P<title>.+?) *(?P<index>\d+)/(?P<total>\d+)")
NO_STEP = "none"

# What stands in a conversation and in a turn, and what kind of value it has.
CONVERSATION = ("name", "turns", "never_stored", "known_failure")
REGEXES, WORDS, BOOLEAN = "regexes", "words", "boolean"
EXPECTATIONS = {
    "see": REGEXES,
    "see_any": REGEXES,
    "not_see": REGEXES,
    "step": "step",
    "buttons": WORDS,
    "no_buttons": WORDS,
    "ticket": BOOLEAN,
    "picks": "place",
    "understood": BOOLEAN,
    "repeats": BOOLEAN,
}
ACTIONS = ("say", "press")


class ConversationError(Exception):
    """Files that cannot be played; the text is `file:line: reason`, one problem a line."""


@dataclass(frozen=True)
class Expectation:
    """One thing that a turn must show, and where it is written.

    `texts` are the values as written, `regexes` what they mean where they are regexes. `see` with
    three regexes is three expectations, `see_any` is one.
    """

    key: str
    line: int
    texts: tuple[str, ...]
    regexes: tuple[re.Pattern[str], ...] = ()

    @property
    def text(self) -> str:
        """The first value."""
        return self.texts[0]

    @property
    def wanted(self) -> bool:
        """The value, where it is true or false."""
        return self.text == "true"


@dataclass(frozen=True)
class Turn:
    """What the customer does, and what must be seen then."""

    line: int
    text: str
    presses: bool
    expectations: tuple[Expectation, ...]

    def value(self, key: str) -> bool | None:
        """Return the value of a true-or-false key; None when it is not written."""
        return next((each.wanted for each in self.expectations if each.key == key), None)

    def line_of(self, key: str) -> int:
        """Return where the key stands, or else the turn."""
        return next((each.line for each in self.expectations if each.key == key), self.line)


@dataclass(frozen=True)
class Conversation:
    """A conversation that somebody wrote; `kind` is the name of its folder."""

    file: str
    line: int
    kind: str
    name: str
    turns: tuple[Turn, ...]
    never_stored: tuple[Expectation, ...] = ()
    known_failure: str = ""


@dataclass
class _Problems:
    """What is wrong in one file."""

    file: str
    found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, node: yaml.Node | int, reason: str) -> None:
        line = node if isinstance(node, int) else _line(node)
        self.found.append((line, reason))

    def __iter__(self) -> Iterator[str]:
        return iter(f"{self.file}:{line}: {reason}" for line, reason in sorted(self.found))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def shown(path: Path) -> str:
    """Return the path as people would type it here."""
    path = path.resolve()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def files_in(path: Path) -> list[Path]:
    """Return the conversation files: that file itself, or all in the folder.

    Raises:
        ConversationError: there is none.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ConversationError(f"{path}:1: 没有这个文件或文件夹")
    found = [each for each in sorted(path.rglob("*.yml")) if each.name != PATTERNS]
    if not found:
        raise ConversationError(f"{path}:1: 这里没有对话文件（*.yml）")
    return found


def load(path: Path, named: Patterns) -> list[Conversation]:
    """Read a file, or all files of a folder, which may use the named patterns.

    Raises:
        ConversationError: something is wrong; all of it is told at once.
    """
    conversations: list[Conversation] = []
    wrong: list[str] = []
    for file in files_in(path):
        reading = _Reading(file, named)
        conversations += reading.conversations
        wrong += reading.problems
    if wrong:
        raise ConversationError("\n".join(wrong))
    return conversations


def _compose(path: Path, problems: _Problems) -> yaml.Node | None:
    """Return the YAML as nodes: a value is the text that stands there, `1` and `no`, too."""
    try:
        text = path.read_text(encoding="utf8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        problems.add(1, f"文件读不了：{type(error).__name__}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"YAML 格式有误：{error.problem}（有标点的文字请用单引号括起来）"
        problems.add(mark.line + 1 if mark else 1, reason)
    except yaml.YAMLError as error:
        problems.add(1, f"YAML 格式有误：{error}")
    else:
        if node is not None:
            return node
        problems.add(1, "文件是空的")
    return None


def _parts(
    node: yaml.Node, problems: _Problems, known: Iterable[str] = ()
) -> dict[str, tuple[int, yaml.Node]]:
    """Return a mapping's values with the lines of their keys; `known` are the only keys."""
    if not isinstance(node, yaml.MappingNode):
        problems.add(node, "这里应该是“名字: 值”（冒号是半角的，后面空一格）")
        return {}
    found: dict[str, tuple[int, yaml.Node]] = {}
    known = list(known)
    for key, value in node.value:
        name = str(key.value)
        if name in found:
            problems.add(key, f"“{name}” 写了两次")
        elif known and name not in known:
            problems.add(key, f"不认识 “{name}”（可以用：{'、'.join(known)}）")
        else:
            found[name] = _line(key), value
    return found


def _word(node: yaml.Node, problems: _Problems) -> str:
    """Return a value that is one text; empty when it is not, and that is told."""
    if not isinstance(node, yaml.ScalarNode):
        problems.add(node, "这里应该是一段文字（里面有方括号、花括号时请用单引号括起来）")
    elif not node.value.strip():
        problems.add(node, "内容是空的")
    else:
        return str(node.value)
    return ""


def _words(node: yaml.Node, problems: _Problems) -> list[tuple[int, str]]:
    """Return the texts of a list, with their lines; a text alone is a list of one."""
    if not isinstance(node, yaml.SequenceNode):
        found = [(_line(node), _word(node, problems))]
    elif node.value:
        found = [(_line(each), _word(each, problems)) for each in node.value]
    else:
        problems.add(node, "列表是空的")
        found = []
    return [(line, text) for line, text in found if text]


class Patterns:
    """The regexes that have names, for `<<name>>` in others.

    Raises:
        ConversationError: the file has mistakes.
    """

    def __init__(self, path: Path) -> None:
        problems = _Problems(shown(path))
        self._written: dict[str, str] = {}
        node = _compose(path, problems)
        if node:
            parts = _parts(node, problems)
            self._written = {name: _word(value, problems) for name, (_, value) in parts.items()}
            for line, value in parts.values():
                self.compile(_word(value, problems), line, problems)
        if problems.found:
            raise ConversationError("\n".join(problems))

    def compile(
        self, text: str, line: int, problems: _Problems | None = None
    ) -> re.Pattern[str] | None:
        """Return the regex; None when it is none, and that is told."""
        problems = problems or _Problems("")
        try:
            return re.compile(self._fill(text, ()), re.DOTALL)
        except KeyError as error:
            known = "、".join(self._written)
            problems.add(line, f"没有叫 <<{error.args[0]}>> 的常用说法（有：{known}）")
        except RecursionError as error:
            problems.add(line, f"<<{error.args[0]}>> 绕了一圈又用到了自己")
        except re.error as error:
            problems.add(line, f"正则表达式有误：{error}：{text}")
        return None

    def __getitem__(self, name: str) -> re.Pattern[str]:
        pattern = self.compile(f"<<{name}>>", 1)
        if pattern is None:
            raise KeyError(name)
        return pattern

    def _fill(self, text: str, within: tuple[str, ...]) -> str:
        def put(match: re.Match[str]) -> str:
            name = match[1]
            if name in within:
                raise RecursionError(name)
            return f"(?:{self._fill(self._written[name], (*within, name))})"

        return NAMED.sub(put, text)


class _Reading:
    """One file; `problems` are its mistakes, `conversations` what could be read."""

    def __init__(self, path: Path, named: Patterns) -> None:
        self._named = named
        self._kind = path.resolve().parent.name
        self.problems = _Problems(shown(path))
        self.conversations: list[Conversation] = []
        node = _compose(path, self.problems)
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self.problems.add(node, "文件应该是一段段对话的列表，每段以 “- name: 名字” 开头")
            return
        lines: dict[str, int] = {}
        for each in node.value:
            conversation = self._conversation(each)
            if conversation.name in lines:
                first = lines[conversation.name]
                reason = f"名字 “{conversation.name}” 在第 {first} 行已经用过"
                self.problems.add(conversation.line, reason)
            elif conversation.name:
                lines[conversation.name] = conversation.line
            self.conversations.append(conversation)

    def _conversation(self, node: yaml.Node) -> Conversation:
        parts = _parts(node, self.problems, CONVERSATION)
        texts = {"name": "", "known_failure": ""}
        for key in texts:
            if key in parts:
                texts[key] = _word(parts[key][1], self.problems)
        turns: list[Turn] = []
        for key in ("name", "turns"):
            if key not in parts and isinstance(node, yaml.MappingNode):
                self.problems.add(node, f"缺少 “{key}”")
        if "turns" in parts:
            line, value = parts["turns"]
            if isinstance(value, yaml.SequenceNode) and value.value:
                turns = [turn for each in value.value for turn in self._turn(each)]
            else:
                self.problems.add(
                    line, "“turns” 应该是一个列表，每句以 “- say:” 或 “- press:” 开头"
                )
        never: list[Expectation] = []
        if "never_stored" in parts:
            never = self._expectations("never_stored", *parts["never_stored"], REGEXES)
        return Conversation(
            file=self.problems.file,
            line=_line(node),
            kind=self._kind,
            name=texts["name"],
            turns=tuple(turns),
            never_stored=tuple(never),
            known_failure=texts["known_failure"],
        )

    def _turn(self, node: yaml.Node) -> list[Turn]:
        parts = _parts(node, self.problems, (*ACTIONS, *EXPECTATIONS))
        actions = [key for key in ACTIONS if key in parts]
        if len(actions) != 1:
            if isinstance(node, yaml.MappingNode):
                self.problems.add(node, "每句要有 “say”（客户说）或 “press”（客户按），只能有一个")
            return []
        action = actions[0]
        found: list[Expectation] = []
        for key, (line, value) in parts.items():
            if key not in ACTIONS:
                found += self._expectations(key, line, value, EXPECTATIONS[key])
        text = _word(parts[action][1], self.problems)
        return [Turn(_line(node), text, action == "press", tuple(found))]

    def _expectations(self, key: str, line: int, node: yaml.Node, kind: str) -> list[Expectation]:
        if kind == REGEXES:
            pairs = []
            for at, text in _words(node, self.problems):
                pattern = self._named.compile(text, at, self.problems)
                if pattern:
                    pairs.append((at, text, pattern))
            if key == "see_any" and pairs:
                _, texts, patterns = zip(*pairs, strict=True)
                return [Expectation(key, line, texts, patterns)]
            return [Expectation(key, at, (text,), (pattern,)) for at, text, pattern in pairs]
        if kind == WORDS:
            return [Expectation(key, at, (text,)) for at, text in _words(node, self.problems)]
        text = _word(node, self.problems)
        reason = _CHECKS[kind](text) if text else ""
        if reason:
            self.problems.add(node, reason)
        return [Expectation(key, line, (text,))] if text and not reason else []


def _boolean(text: str) -> str:
    return "" if text in ("true", "false") else f"这里只能是 true 或 false，却是 “{text}”"


def _place(text: str) -> str:
    if re.fullmatch(r"-?[1-9]\d*", text):
        return ""
    return f"这里应该是第几个按钮（1、2……，-1 是最后一个），却是 “{text}”"


def _step(text: str) -> str:
    """Say what is wrong with `找回密码 2/5`: there is no such procedure, or no such step."""
    if text == NO_STEP:
        return ""
    match = STEP.fullmatch(text)
    if not match:
        return f"这里应该像 “找回密码 2/5”，没有步骤是 “{NO_STEP}”，却是 “{text}”"
    steps = {
        topic.title: len(topic.steps) for topic in library.current().topics.values() if topic.steps
    }
    total = steps.get(match["title"])
    if total is None:
        return f"没有叫 “{match['title']}” 的步骤（有：{'、'.join(steps)}）"
    if int(match["total"]) != total or not 1 <= int(match["index"]) <= total:
        return f"“{match['title']}” 一共 {total} 步，没有 {match['index']}/{match['total']}"
    return ""


_CHECKS: Mapping[str, Callable[[str], str]] = {BOOLEAN: _boolean, "place": _place, "step": _step}

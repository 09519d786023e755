"""Plays conversation files against an assistant: `python -m tests.conversations.player FILE`.

A conversation is said over HTTP, as the chat page would, so everything real answers. README.md
beside this file says how conversations are written.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from content import library
from infra.processes import StartError, end_like_ctrl_c
from tests.conversations.reading import (
    HERE,
    NO_STEP,
    PATTERNS,
    Conversation,
    ConversationError,
    Expectation,
    Patterns,
    Turn,
    load,
)
from tests.customer import Customer
from tests.installation import assistant_in, staff

# Phrases of content/phrases.yml: what is said instead of an answer, and when something broke.
# Nobody knows what the customer meant; or it is said honestly that there is no answer.
NOT_UNDERSTOOD = ("did_you_mean", "what_failed", "nothing_under_way", "not_known_again")
HONEST = (
    "not_known",
    "not_known_about",
    "not_known_again",
    "outside",
    "outside_again",
    "outside_feature",
    "outside_other",
    "outside_life",
    "outside_life_again",
    "outside_cannot",
)
BROKEN = ("failed", "failed_human", "slow", "bad_request", "button_expired", "session_expired")
LATE = "slow"  # after it the answer comes later
LATE_SECONDS = 60.0
LOOK_SECONDS = 0.2
LIMIT_SECONDS = 120.0  # that a running assistant's limits may hold one message up

LOST = (httpx.HTTPError, ValueError)  # no connection, or an answer that is no JSON

# Buttons by their names in content/phrases.yml: what is seen when one of them was picked.
HUMAN_BUTTONS = ("button_human", "button_human_now")
STEP_BUTTONS = ("button_next", "button_previous", "button_retry", "button_walk", "button_back")


@dataclass(frozen=True)
class Answer:
    """What a customer sees after a turn; `cards` are step cards as `找回密码 2/5`."""

    text: str = ""
    buttons: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    card_titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, messages: Sequence[dict[str, Any]]) -> Answer:
        steps = [message["step"] for message in messages if message["step"]]
        return cls(
            text="\n".join(message["text"] for message in messages),
            buttons=tuple(each["title"] for message in messages for each in message["buttons"]),
            cards=tuple(f"{step['procedure']} {step['index']}/{step['total']}" for step in steps),
            card_titles=tuple(step["title"] for step in steps),
        )

    @property
    def seen(self) -> str:
        """Texts and step cards, without the buttons."""
        cards = zip(self.cards, self.card_titles, strict=True)
        return "\n".join([*(f"〔{card} {title}〕" for card, title in cards), self.text])


@dataclass(frozen=True)
class Problem:
    """An expectation that does not hold, and where it is written."""

    line: int
    reason: str


@dataclass
class PlayedTurn:
    """What was done, what was seen, and what is wrong with it."""

    did: str
    answer: Answer
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Played:
    """A conversation that was played; `problems` are those of no single turn."""

    conversation: Conversation
    turns: list[PlayedTurn] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every expectation holds."""
        return not self.problems and not any(turn.problems for turn in self.turns)

    @property
    def passed(self) -> bool:
        """Whether there is nothing new to mend."""
        return self.holds or bool(self.conversation.known_failure)

    @property
    def mended(self) -> bool:
        """Whether a known failure is none any more."""
        return self.holds and bool(self.conversation.known_failure)


class NothingHappened(Exception):
    """A turn that could not be done; the text says why."""


# ---- what is expected of an answer


@cache
def _phrase(name: str) -> re.Pattern[str]:
    """Return what that phrase looks like when it is said."""
    parts = re.split(r"\{\w+\}", library.current().phrases[name])
    return re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return Patterns(PATTERNS)[name]


def _said(names: Sequence[str], text: str) -> str:
    """Return the phrase that the text holds, or nothing."""
    found = (_phrase(name).search(text) for name in names)
    return next((match[0] for match in found if match), "")


def _pairs(title: str) -> set[str]:
    letters = re.sub(r"\W", "", title)
    return {letters[start : start + 2] for start in range(len(letters) - 1)}


@cache
def _first_sentences(title: str) -> tuple[str, ...]:
    """Return how the topics and the troubles of that title begin to speak."""
    topics = library.current().topics.values()
    texts = [topic.answer for topic in topics if topic.title == title]
    texts += [
        trouble.help
        for topic in topics
        for step in topic.steps
        for trouble in step.trouble
        if trouble.title == title
    ]
    return tuple(re.split(r"[。！？：\n]", text)[0] for text in texts)


def _button_phrases() -> list[str]:
    return [name for name in library.current().phrases if name.startswith("button_")]


def _picked(place: int, before: Sequence[str], answer: Answer) -> str:
    """Say why the answer is not about that button of those; empty when it is."""
    index = place - 1 if place > 0 else place
    if not -len(before) <= index < len(before):
        return f"前面只有 {len(before)} 个按钮，没有第 {place} 个"
    title = before[index]
    if any(_phrase(name).fullmatch(title) for name in HUMAN_BUTTONS):
        about = bool(_pattern("human").search(answer.text))
    elif any(_phrase(name).fullmatch(title) for name in STEP_BUTTONS):
        about = bool(answer.cards)
    elif any(_phrase(name).fullmatch(title) for name in _button_phrases()):
        return f"“{title}” 这样的按钮，picks 看不出回答对不对，请用 see"
    else:
        others = [each for each in before if each != title]
        own = _pairs(title) - {pair for each in others for pair in _pairs(each)}
        about = any(each in answer.text for each in _first_sentences(title))
        about = about or any(pair in answer.seen for pair in own)
    return "" if about else f"回答的不是第 {place} 个按钮 “{title}”"


def _check(expectation: Expectation, answer: Answer, before: Sequence[str]) -> str:
    """Say what is wrong; empty when the expectation holds."""
    key, text = expectation.key, expectation.text
    if key in ("see", "see_any"):
        if not any(regex.search(answer.seen) for regex in expectation.regexes):
            return f"应该看到 {' 或 '.join(f'“{each}”' for each in expectation.texts)}，没看到"
    elif key == "not_see":
        match = expectation.regexes[0].search(answer.seen)
        if match:
            return f"不该看到 “{text}”，却看到了 “{match[0][:60]}”"
    elif key == "step":
        shown = "、".join(answer.cards) or "没有步骤"
        if answer.cards if text == NO_STEP else _squeezed(text) not in map(_squeezed, answer.cards):
            return f"步骤应该是 “{text}”，却是 “{shown}”"
    elif key == "buttons":
        if not any(text in title for title in answer.buttons):
            return f"应该有按钮 “{text}”，没有"
    elif key == "no_buttons":
        found = [title for title in answer.buttons if text in title]
        if found:
            return f"不该有按钮 “{text}”，却有 “{found[0]}”"
    elif key == "ticket":
        match = _pattern("ticket").search(answer.text)
        if expectation.wanted and not match:
            return "应该登记人工（有工单），没有登记"
        if match and not expectation.wanted:
            return f"不该登记人工，却说了 “{match[0]}”"
    elif key == "picks":
        return _picked(int(text), before, answer)
    return ""


def _squeezed(text: str) -> str:
    return text.replace(" ", "")


def _always(turn: Turn, answer: Answer, previous: str) -> Iterator[Problem]:
    """Find what is wrong in any turn that does not say otherwise."""
    broken = _said(BROKEN, answer.text)
    if broken:
        yield Problem(turn.line, f"出错了：“{broken}”")
    missed = _said(NOT_UNDERSTOOD, answer.text)
    honest = missed or _said(HONEST, answer.text)
    understood = turn.value("understood")
    if understood is None and not turn.presses:
        understood = True
    if understood and missed:
        yield Problem(turn.line_of("understood"), f"没听懂：“{missed}”")
    if understood is False and not honest:
        yield Problem(turn.line_of("understood"), "应该老实说没听懂，却当听懂了回答")
    if answer.text == previous and not turn.value("repeats"):
        yield Problem(turn.line_of("repeats"), "和上一句回答一字不差")


# ---- playing


class _Player:
    """One customer who goes through one conversation."""

    def __init__(self, url: str) -> None:
        self._customer = Customer(url)
        self._messages = list(self._customer.messages)
        self.visible = Answer.of(self._messages).buttons

    def close(self) -> None:
        self._customer.close()

    def do(self, turn: Turn) -> tuple[str, Answer]:
        """Say or press it; return what was done and what is seen.

        Raises:
            NothingHappened: no such button, no answer.
        """
        did, body = turn.text, {"text": turn.text}
        if turn.presses:
            title, token = self._button(turn.text)
            did, body = f"[{title}]", {"button": token}
        new = self._send(body)
        self._messages += new
        if not new:
            raise NothingHappened("没有回答")
        return did, Answer.of(new)

    def _button(self, title: str) -> tuple[str, str]:
        for message in reversed(self._messages):
            for button in message["buttons"]:
                if title in button["title"]:
                    return button["title"], button["token"]
        raise NothingHappened(f"没有按钮 “{title}”（最近的：{'、'.join(self.visible)}）")

    def _send(self, body: dict[str, str]) -> list[dict[str, Any]]:
        until = time.monotonic() + LIMIT_SECONDS
        response = self._customer.post(**body)
        while response.status_code == 429 and time.monotonic() < until:
            time.sleep(float(response.headers.get("Retry-After", 1)))
            response = self._customer.post(**body)
        found = response.json()
        if response.status_code != 200:  # the page shows the customer this sentence
            return [{"text": found["error"]["message"], "buttons": [], "step": None}]
        messages: list[dict[str, Any]] = found["messages"]
        texts = "\n".join(each["text"] for each in messages)
        return self._later(messages) if not messages or _said([LATE], texts) else messages

    def _later(self, first: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Wait for an answer that was announced for later."""
        known = {each["id"] for each in [*self._messages, *first]}
        until = time.monotonic() + LATE_SECONDS
        while first and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            new = [
                each
                for each in self.history()
                if each["from"] != "customer" and each["id"] not in known
            ]
            if new:
                return new
        return first

    def history(self) -> list[dict[str, Any]]:
        """Return all that the API knows of this conversation."""
        found: list[dict[str, Any]] = []
        after = 0
        while True:
            answer = self._customer.http.get("/api/messages", params={"after": after})
            part = answer.raise_for_status().json()["messages"]
            found += part
            last = max((each["seq"] or 0 for each in part), default=0)
            if last <= after:
                return found
            after = last


def play(url: str, conversation: Conversation) -> Played:
    """Play one conversation against the assistant at that address."""
    played = Played(conversation)
    try:
        player = _Player(url)
    except (*LOST, AssertionError) as error:
        played.problems.append(Problem(conversation.line, f"连不上助手：{error}"))
        return played
    with contextlib.closing(player):
        if _play_turns(player, conversation, played) and conversation.never_stored:
            played.problems += _stored(player, conversation)
    return played


def _play_turns(player: _Player, conversation: Conversation, played: Played) -> bool:
    """Play the turns; return whether all could be done."""
    previous = ""
    for turn in conversation.turns:
        before = player.visible
        try:
            did, answer = player.do(turn)
        except (NothingHappened, *LOST) as error:
            lost = PlayedTurn(turn.text, Answer(), [Problem(turn.line, str(error))])
            played.turns.append(lost)
            return False
        problems = list(_always(turn, answer, previous))
        for expectation in turn.expectations:
            reason = _check(expectation, answer, before)
            if reason:
                problems.append(Problem(expectation.line, reason))
        played.turns.append(PlayedTurn(did, answer, problems))
        previous = answer.text
        player.visible = answer.buttons or before
    return True


def _stored(player: _Player, conversation: Conversation) -> Iterator[Problem]:
    try:
        stored = "\n".join(each["text"] for each in player.history())
    except LOST as error:
        yield Problem(conversation.line, f"会话记录读不了：{error}")
        return
    for expectation in conversation.never_stored:
        match = expectation.regexes[0].search(stored)
        if match:
            reason = f"不该存下 “{expectation.text}”，却存下了 “{match[0][:60]}”"
            yield Problem(expectation.line, reason)


# ---- telling


def _indented(did: str, answer: Answer) -> list[str]:
    lines = [f"  客户  {did}"]
    seen = answer.seen.strip().splitlines()
    if answer.buttons:
        seen.append(" ".join(f"[{title}]" for title in answer.buttons))
    return lines + [
        f"  助手  {line}" if not at else f"        {line}" for at, line in enumerate(seen)
    ]


def describe(played: Played, everything: bool = False) -> str:
    """Return the failing turns with what was seen and what is wrong; or the whole conversation."""
    conversation = played.conversation
    mark = "✓" if played.holds else "✗"
    lines = [f"{mark} {conversation.name}    {conversation.file}:{conversation.line}"]
    if conversation.known_failure:
        lines.append(f"  已知：{conversation.known_failure}")
    for turn in played.turns:
        if turn.problems or everything:
            lines += _indented(turn.did, turn.answer)
        lines += [_place(conversation, problem) for problem in turn.problems]
    lines += [_place(conversation, problem) for problem in played.problems]
    return "\n".join(lines)


def _place(conversation: Conversation, problem: Problem) -> str:
    return f"  ✗ {conversation.file}:{problem.line}: {problem.reason}"


def report(all_played: Sequence[Played], everything: bool = False) -> str:
    """Return what failed, then the figures of each kind."""
    lines = [
        describe(played, everything) + "\n"
        for played in all_played
        if everything or not played.passed
    ]
    for played in all_played:
        conversation = played.conversation
        place = f"{conversation.file}:{conversation.line}: {conversation.name}"
        if played.mended:
            lines.append(f"{place}：现在通过了，请删掉 known_failure")
        elif conversation.known_failure and not played.holds:
            lines.append(f"{place}：已知没过：{conversation.known_failure}")
    kinds: dict[str, list[Played]] = {}
    for played in all_played:
        kinds.setdefault(played.conversation.kind, []).append(played)
    lines += [_figures(kind, rows) for kind, rows in kinds.items()]
    return "\n".join([*lines, _figures("合计", all_played)])


def _figures(name: str, rows: Sequence[Played]) -> str:
    held = sum(played.holds for played in rows)
    known = sum(played.passed and not played.holds for played in rows)
    turns = sum(len(played.conversation.turns) for played in rows)
    good = sum(not turn.problems for played in rows for turn in played.turns)
    width = 16 - sum(ord(letter) > 0x2E7F for letter in name)  # Chinese is two columns wide
    line = f"{name:{width}} 对话 {held}/{len(rows)}  句子 {good}/{turns}"
    return line + (f"  已知没过 {known}" if known else "")


# ---- the command


@contextlib.contextmanager
def _started() -> Iterator[str]:
    """Start an assistant of our own for a while; its address."""
    with tempfile.TemporaryDirectory(prefix="ok-wallet-converse-") as name:
        folder = Path(name)
        environment = {"ASSISTANT_SECRET": secrets.token_hex(32)}
        assistant = assistant_in(folder, None, environment, address_limit="100000/minute")
        staff(folder)
        try:
            print("助手正在启动…", file=sys.stderr, flush=True)
            try:
                assistant.start()
            except StartError:
                log = folder / "assistant.log"
                print(log.read_text(encoding="utf8", errors="replace")[-3000:], file=sys.stderr)
                raise
            yield assistant.url
        finally:
            assistant.stop()


def main() -> int:
    """Play and report; return 0 when all hold, 1 when one does not, 2 when nothing was played."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?", default=HERE, help="a file or a folder")
    parser.add_argument("--url", help="a running assistant; by default one is started")
    parser.add_argument("--verbose", action="store_true", help="show every conversation in full")
    parser.add_argument("--kinds", default="", help="only these kinds (folders): a,b")
    parser.add_argument("--only", default="", help="only conversations whose name contains this")
    parser.add_argument("--workers", type=int, default=4, help="how many at the same time")
    options = parser.parse_args()
    try:
        conversations = load(options.path)
    except ConversationError as error:
        print(error, file=sys.stderr)
        return 2
    kinds = options.kinds.split(",") if options.kinds else []
    conversations = [
        each
        for each in conversations
        if options.only in each.name and (not kinds or each.kind in kinds)
    ]
    if not conversations:
        print("没有这样的对话", file=sys.stderr)
        return 2
    end_like_ctrl_c()
    url = contextlib.nullcontext(options.url) if options.url else _started()
    try:
        with url as address, ThreadPoolExecutor(max(options.workers, 1)) as pool:
            all_played = list(pool.map(lambda each: play(address, each), conversations))
    except StartError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(report(all_played, options.verbose))
    return 0 if all(played.passed for played in all_played) else 1


if __name__ == "__main__":
    sys.exit(main())

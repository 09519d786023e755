"""Plays conversation files against an assistant: `python -m tests.conversations.player FILE`.

A conversation is said over HTTP, as the chat page would, so everything real answers. README.md
beside this file says how conversations are written.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from infra.processes import StartError, end_like_ctrl_c
from studio import playing
from studio.conversations import PATTERNS, Conversation, ConversationError, Patterns, Turn
from studio.conversations import load as load_all
from studio.playing import Answer, NothingHappened, Played, Problem, said_of
from tests.customer import Customer
from tests.installation import assistant_in, staff

HERE = Path(__file__).resolve().parent
LATE = "slow"  # after it the answer comes later
LATE_SECONDS = 60.0
LOOK_SECONDS = 0.2
LIMIT_SECONDS = 120.0  # that a running assistant's limits may hold one message up

LOST = (httpx.HTTPError, ValueError)  # no connection, or an answer that is no JSON


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
        try:
            new = self._send(body)
        except LOST as error:
            raise NothingHappened(str(error)) from error
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
        return self._later(messages) if not messages or said_of([LATE], texts) else messages

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
    try:
        player = _Player(url)
    except (*LOST, AssertionError) as error:
        problem = Problem(conversation.line, f"连不上助手：{error}")
        return Played(conversation, problems=[problem])
    with contextlib.closing(player):
        played = playing.play(player, conversation, patterns())
        if not played.stuck and conversation.never_stored:
            played.problems += _stored(player, conversation)
    return played


@cache
def patterns() -> Patterns:
    """Return the patterns that have names."""
    return Patterns(HERE / PATTERNS)


def load(path: Path) -> list[Conversation]:
    """Read a file or a folder of conversations; see studio/conversations.py.

    Raises:
        ConversationError: something is wrong.
    """
    return load_all(path, patterns())


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

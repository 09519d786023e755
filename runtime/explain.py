"""`make explain TEXT=…`: shows every reading of a message, how sure each is, and which one decides.

AFTER holds what was said before, one message a line or between `|`, so that the state is right.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rasa.core.agent import Agent
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import actions, readings
from actions.turn import Turn
from content import library
from desk import Database, Desk
from desk.agents import Agents, agents
from desk.prepare import prepare_database

ROOT = Path(__file__).resolve().parent.parent
DAY = 86_400.0  # seconds: longer than anything that is played


class Conversation:
    """A conversation in this process: the real model and actions, a desk of its own."""

    def __init__(self, agent: Agent, desk: Desk, name: str = "explain") -> None:
        self._agent = agent
        self._desk = desk
        self._name = name
        self._events: list[dict[str, Any]] = []
        self._slots: dict[str, Any] = {}
        self.intent = ""  # that the last message was taken for

    def parse(self, text: str) -> Tracker:
        """Return the conversation with that message as the last one."""
        parsed = asyncio.run(self._agent.parse_message(text))
        said = {"event": "user", "text": text, "parse_data": parsed}
        return Tracker(
            self._name,
            dict(self._slots),
            {**parsed, "text": text},
            [*self._events, said],
            False,
            None,
            {},
            None,
        )

    def answer(self, text: str) -> list[dict[str, Any]]:
        """Answer a message; return what is said, as Rasa's channels get it."""
        tracker = self.parse(text)
        dispatcher = CollectingDispatcher()
        turn = Turn(tracker, library.current(), self._desk)
        self.intent = turn.intent
        for event in asyncio.run(_action_of(turn.intent).run(dispatcher, tracker, {})):
            self._slots[event["name"]] = event["value"]
        self._events.append({"event": "user", "text": text})
        for message in dispatcher.messages:
            said = str(message.get("text") or message.get("response") or "")
            data = {"buttons": message.get("buttons") or []}
            self._events.append({"event": "bot", "text": said, "data": data})
        messages: list[dict[str, Any]] = dispatcher.messages
        return messages

    def say(self, text: str) -> list[str]:
        """Answer a message; return the texts that are said."""
        said = self.answer(text)
        return [str(each.get("text") or each.get("response") or "") for each in said]

    def heard(self, text: str) -> dict[str, Any]:
        """Return how a message is read: intents, acts, readings and which of them decides."""
        turn = Turn(self.parse(text), library.current(), self._desk)
        decided = readings.decide(turn)
        return {
            "intent": turn.intent,
            "ranking": [
                {"name": each["name"], "confidence": float(each["confidence"])}
                for each in turn.ranking[:4]
            ],
            "acts": [
                {"name": act, "confidence": float(share)}
                for act, share in list(turn.acts.whole.items())[:4]
            ],
            "decided": decided[0] if decided else "",
            "readings": [
                {
                    "name": name,
                    "confidence": float(reading.confidence),
                    "at_least": float(at_least),
                    "evidence": str(reading.evidence),
                }
                for name, reading, at_least in readings.readings(turn)
                if reading is not None
            ],
        }

    def explain(self, text: str) -> list[str]:
        """Return lines that show how the message is read."""
        turn = Turn(self.parse(text), library.current(), self._desk)
        found = self.heard(text)
        acts = "  ".join(f"{one['name']} {one['confidence']:.2f}" for one in found["acts"])
        ranking = "  ".join(f"{one['name']} {one['confidence']:.2f}" for one in found["ranking"])
        lines = [
            f"意图  {turn.intent}: {ranking}",
            f"动作  {acts}",
            f"说到  {'、'.join(turn.named) or '（没有主题）'}",
            f"范围  {turn.scope}",
            f"状态  { ({name: value for name, value in vars(turn.state).items() if value}) }",
        ]
        for clause, shares in turn.acts.clauses:
            best = "  ".join(f"{act} {share:.2f}" for act, share in list(shares.items())[:3])
            lines.append(f"  分句  {clause}: {best}")
        for each in found["readings"]:
            mark = "→" if found["decided"] == each["name"] else " "
            sure = f"{each['confidence']:.2f} / {each['at_least']}"
            lines.append(f"{mark} {each['name']:16} {sure}  {each['evidence']}")
        if not found["decided"]:
            lines.append(f"→ 按意图回答：{turn.intent}")
        return lines


@contextmanager
def desk_of_its_own(staffed: bool = False) -> Iterator[Desk]:
    """Let this process's actions use a desk that nobody else sees; `staffed`: an agent is there."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/desk.db"
        prepare_database(url)
        database = Database(url)
        desk = Desk(database)
        if staffed:
            Agents(database).save("there", secrets.token_hex(), "客服")
            with database.write() as connection:
                connection.execute(agents.update().values(seen_at=time.time() + DAY))
        setattr(actions, "open_desk", lambda: desk)  # noqa: B010  # not the real one
        yield desk


@cache
def _rules() -> list[Any]:
    text = (ROOT / "data" / "rules.yml").read_text(encoding="utf8")
    rules: list[Any] = yaml.safe_load(text)["rules"]
    return rules


def _action_of(intent: str) -> actions.WalletAction:
    """Return the action that data/rules.yml calls for an intent; a topic is answered anyway."""
    if intent in library.current().topics:
        return actions.ActionAnswer()
    for rule in _rules():
        first, then = rule["steps"]
        if {"intent": intent} in first.get("or", [first]):
            kinds: list[type[actions.WalletAction]] = actions.WalletAction.__subclasses__()
            return next(each() for each in kinds if each.action_name == then["action"])
    return actions.ActionFallback()


def main() -> int:
    """Explain the message of the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text")
    parser.add_argument("--after", default="", help="what was said before, split by |")
    parser.add_argument("--model", default=str(ROOT / "models" / "assistant.tar.gz"))
    options = parser.parse_args()
    agent = Agent.load(options.model)
    with desk_of_its_own() as desk:
        conversation = Conversation(agent, desk)
        for text in filter(None, options.after.split("|")):
            print(f"客户  {text}")
            for answer in conversation.say(text):
                print(f"助手  {answer}")
        print(f"客户  {options.text}")
        print("\n".join(conversation.explain(options.text)))
        print("\n".join(f"助手  {answer}" for answer in conversation.say(options.text)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

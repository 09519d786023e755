"""What customers read where a part of the content is said: messages, as the record holds them.

Words, placeholders and buttons are those of the content; each channel then shows them in its own
way (`infra.channels.preview_of`).
"""

from __future__ import annotations

import contextlib
import string
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from content import Content, Step, Topic
from desk import Button, Entry
from studio.merging import Path

# What stands for what the program fills in, beside the titles and steps of a real topic.
_SAMPLES: Mapping[str, Any] = {
    "agent": "小王",
    "number": "K000001",
    "place": 1,
    "category": "账户与登录",
    "amount": "100",
    "seen": "“支付失败”",
    "quote": "支付失败",
    "value": "支付失败",
    "thing": "发票",
    "asked": "能不能开发票",
    "story": "付了两次款",
    "told": "发生时间",
    "missing": "订单号或交易号",
    "topic": "申请退款",
    "wanted": 9,
    "total": "五",
    "channel": "微信",
    "days": "周一",
    "spans": "09:00-18:00",
    "times": "周一 09:00-18:00",
    "begin": "22:00",
    "end": "02:00",
    "first": "周一",
    "last": "周五",
    "url": "https://example.com/",
}


def messages(content: Content, name: str, path: Path, data: Any) -> list[Entry]:
    """Return what customers read where a part of a document is said; nothing where they never do.

    Args:
        content: with the document as it is to be.
        name: the document's.
        path: the part's.
        data: the document's data.
    """
    made = _Messages(content)
    kinds: dict[str, Callable[[Path, Any], None]] = {
        "=phrases": made.phrase,
        "=followups": made.followup,
        "=contacts": made.contact,
        "=details": made.detail,
        "=assistant": made.welcome,
        "=desk": made.desk,
        "=danger": made.danger,
    }
    if name in content.topics:
        made.topic(content.topics[name], path)
    else:
        kinds.get(name, made.plain)(path, data)
    return made.entries


class _Messages:
    """The messages of one part."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._walked = next(each for each in content.topics.values() if each.steps)
        self.entries: list[Entry] = []

    def _say(self, text: str, buttons: Iterable[str] = (), step: Any = None) -> None:
        """Add a message with buttons that lead nowhere."""
        if text:
            shown: list[Button] = [{"title": title, "payload": ""} for title in buttons]
            key = f"preview-{len(self.entries) + 1}"
            self.entries.append(
                Entry(key, "bot", text, shown, step, seq=len(self.entries) + 1, time=0.0)
            )

    def _buttons(self, *names: str, **values: Any) -> list[str]:
        return [self._content.say(f"button_{name}", **values) for name in names]

    def _titles(self, names: Iterable[str]) -> list[str]:
        return [self._content.topics[name].title for name in names if name in self._content.topics]

    # ---- topics

    def topic(self, topic: Topic, path: Path) -> None:
        """Say a topic's answer, or the part of it that the path leads to."""
        kind, key = (*path, None, None)[:2]
        if kind == "steps" and isinstance(key, int) and key < len(topic.steps):
            self._step_part(topic, key, path[2:])
        elif kind in {"followups", "asked"} and isinstance(key, str):
            self._say({**topic.followups, **topic.asked}.get(key, ""))
        elif kind == "done":
            self._say(topic.done, self._titles(topic.related))
        elif kind == "brief":
            self._say(topic.brief)
        elif kind == "points" and isinstance(key, int) and key < len(topic.points):
            point = topic.points[key]
            self._say(point.text or self._content.topics[point.topic or topic.name].answer)
        elif kind == "prepare" and topic.prepare:
            self._say(self._content.say("prepare_for", title=topic.title, prepare=topic.prepare))
        else:
            self._answer(topic)

    def _answer(self, topic: Topic) -> None:
        if topic.walkthrough == "at_once":
            self._step(topic, 0, f"{topic.answer}\n\n")
            return
        if topic.needs_human:
            asked = self._asked(topic.collect)
            buttons = self._buttons("human_now") if asked else []
            self._say("\n\n".join([topic.answer, *asked]), buttons)
            return
        buttons = self._buttons("walk") if topic.walkthrough == "offer" else []
        buttons += self._buttons("human") if topic.offer_human else []
        self._say(topic.answer, [*buttons, *self._titles(topic.related)])

    def _asked(self, names: Iterable[str]) -> list[str]:
        """Return how details are asked for: several at once, one by its question."""
        wanted = [self._content.details[name] for name in names]
        if len(wanted) < 2:
            return [detail.question for detail in wanted]
        missing = "、".join(detail.ask for detail in wanted)
        return [self._content.say("ask_details", missing=missing)]

    def _step(self, topic: Topic, place: int, before: str = "") -> None:
        step, steps = topic.steps[place], len(topic.steps)
        about = {"title": topic.title, "step": place + 1, "steps": steps}
        text = self._content.say("step", **about, step_title=step.title, text=step.text)
        shown = {
            "procedure": topic.title,
            "index": place + 1,
            "total": steps,
            "title": step.title,
        }
        way = ["done" if place + 1 == steps else "next", *(["previous"] if place else [])]
        self._say(before + text, self._buttons(*way, "failed", "stop"), shown)

    def _step_part(self, topic: Topic, place: int, path: Path) -> None:
        step: Step = topic.steps[place]
        kind, key = (*path, None, None)[:2]
        if kind == "trouble" and isinstance(key, int) and key < len(step.trouble):
            trouble = step.trouble[key]
            if path[2:] == ("title",):  # the button
                titles = [each.title for each in step.trouble]
                asked = self._content.say("which_trouble", step_title=step.title)
                self._say(asked, [*titles, *self._buttons("human")])
                return
            human = ["human"] if trouble.human else []
            self._say(trouble.help, self._buttons("retry", "next", *human))
        elif kind == "asked" and isinstance(key, str) and key in step.asked:
            back = self._buttons("back", step=place + 1, steps=len(topic.steps))
            self._say(step.asked[key], back)
        else:
            self._step(topic, place)

    # ---- the other files

    def phrase(self, path: Path, data: Any) -> None:
        """Say a sentence with something in the place of what the program fills in."""
        name = str(path[0]) if path else "welcome"
        if name == "step":
            self._step(self._walked, 1)
        elif name in {"welcome", "common_questions"}:
            self.welcome((), None)
        else:
            topic = self._walked
            step = topic.steps[1]
            about = {
                "title": topic.title,
                "subject": topic.subject,
                "brief": topic.brief,
                "prepare": topic.prepare,
                "step": 2,
                "steps": len(topic.steps),
                "step_title": step.title,
            }
            text = self._content.phrases.get(name, "")
            named = {each for _, each, _, _ in string.Formatter().parse(text) if each}
            unknown = dict.fromkeys(named - {*self._content.contacts, "hours"}, "……")
            self._say(self._content.say(name, **{**unknown, **_SAMPLES, **about}))

    def followup(self, path: Path, data: Any) -> None:
        """Say the answer to a kind of question, about a real topic."""
        name, key, place = (*path, None, None, None)[:3]
        answer = self._content.followups.get(str(name))
        if answer is None:
            return
        topic = self._walked
        about = {"subject": topic.subject, "brief": topic.brief, "title": topic.title}
        human = self._buttons("human") if answer.offer_human else []
        if key == "answer_without_topic":
            self._say(answer.without_topic)
            return
        at = place if isinstance(place, int) and place < len(answer.wordings) else 0
        self._say(answer.wordings[at].format_map({**self._content.contacts, **about}), human)

    def contact(self, path: Path, data: Any) -> None:
        """Say where to find a contact."""
        self._say(self._content.contacts.get(str((*path, "")[0]), ""))

    def detail(self, path: Path, data: Any) -> None:
        """Ask for a detail."""
        detail = self._content.details.get(str((*path, "")[0]))
        if detail:
            self._say(detail.question, self._buttons("human_now"))

    def welcome(self, path: Path, data: Any) -> None:
        """Greet a customer with the common questions."""
        questions = self._titles(self._content.settings.common_questions)
        if path[:1] in {(), ("common_questions",)}:
            self._say(self._content.say("welcome"), questions)

    def desk(self, path: Path, data: Any) -> None:
        """Say when humans are there, or a canned reply."""
        kind, place = (*path, None, None)[:2]
        replies = self._content.desk.replies
        if kind in {"hours", "holidays", "timezone"}:
            self._say(self._content.hours)
        elif kind == "replies" and isinstance(place, int) and place < len(replies):
            name = str(_SAMPLES["agent"])
            self.entries.append(
                Entry("preview-1", "agent", replies[place]["text"], name=name, seq=1, time=0.0)
            )

    def danger(self, path: Path, data: Any) -> None:
        """Say what is said in a danger; the first words offer a human."""
        if path[:1] == ("kinds",) and path[2:] in {(), ("answer",)}:
            kind = self._content.danger.kinds.get(str((*path, "")[1]))
            if kind:
                self._say(kind.wordings[0], self._buttons("human_now"))
        elif path[:1] not in {("words",), ("denied",)} and path[-1:] not in {("denied",)}:
            self.plain(path, data)

    def plain(self, path: Path, data: Any) -> None:
        """Say a text of several wordings or one, with the contacts filled in."""
        try:
            for part in path:
                data = data[part]
        except (KeyError, IndexError, TypeError):
            return
        if path[-1:] in {("title",), ("unless",), ("advice",)} or "said" in path:
            return
        if isinstance(data, list) and data and isinstance(data[0], str):
            data = data[0]
        if isinstance(data, Mapping):
            answer = data.get("answer", "")
            data = answer[0] if isinstance(answer, list) else answer
        if isinstance(data, str):
            with contextlib.suppress(KeyError, ValueError, IndexError):  # an expression
                self._say(data.format_map(self._content.contacts).strip())

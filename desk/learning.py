"""What customers wrote that the assistant can learn from, as it stands in the record: masked."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

import sqlalchemy as sa

from content import library
from desk.database import Database
from desk.entry import NOT_UNDERSTOOD, messages
from desk.figures import labels
from desk.ticket import ratings_table as ratings
from desk.ticket import tickets_table as tickets

Why = Literal["corrected", "not_understood", "unhelpful", "handed_over", "needless"]

MOST_ROWS = 20_000  # of the record, that are looked through
MOST_SENTENCES = 500
ALIKE = 0.8  # largest cosine distance of character bigrams within a group
LEADING = 12  # messages of a conversation up to one that is looked at
OF_A_CONVERSATION = 60  # messages that are played again
POOR = 2  # stars: the best score of a poor rating
_NONE_OF_THESE = "/deny"  # the button beside what the assistant guesses at
_HUMAN = "human_handoff"
# What every question has: it does not make two of them alike.
_COMMON = re.compile(
    "什么时候|什么|怎么样|怎么办|怎么|怎样|如何|在哪里|哪里|在哪|哪儿|为什么|为啥|多少|多久|几天|能不能|可不可以|可以|"
    "是不是|有没有|请问|我想|我要|帮我|一下|你们|我们|你|我|您|能|要|会|吗|呢|啊|呀|吧|么|了|的|得|还|就|这|那"
)


@dataclass(frozen=True)
class Sentence:
    """Something a customer wrote.

    Args:
        seq: its position in the record.
        text: masked.
        time: seconds since 1970.
        why: what went wrong: the customer chose what they had meant, it was not understood, they
            rated it as poor, they wanted a human after they were answered, or an agent said that
            no human had been needed.
        guess: the intent that the customer chose.
        answer: what the assistant said to it.
        summary: what the agent wrote who then helped.
    """

    seq: int
    text: str
    time: float
    why: Why
    guess: str | None = None
    answer: str = ""
    summary: str = ""


@dataclass(frozen=True)
class _Ended:
    """A ticket that an agent said not to have been needed."""

    begun: float
    summary: str


@dataclass(frozen=True)
class _Known:
    """What is known of a conversation besides its messages."""

    rated: float | None = None  # when it got a poor rating
    needless: Sequence[_Ended] = field(default_factory=list)


class Learning:
    """Reads the record; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def groups(self, days: float) -> list[list[Sentence]]:
        """Return what went wrong in the last days, alike together, most first.

        What a lead has dealt with is left out.
        """
        since = time.time() - days * 86400
        wanted = messages.c.author.in_(("customer", "bot"))
        newest = (
            sa.select(messages)
            .where(messages.c.time > since, wanted)
            .order_by(messages.c.seq.desc())
            .limit(MOST_ROWS)
            .subquery()
        )
        said = sa.select(newest).order_by(newest.c.conversation_id, newest.c.seq)
        poor = sa.select(ratings.c.conversation_id, ratings.c.created_at).where(
            ratings.c.created_at > since, ratings.c.score <= POOR
        )
        needless = sa.select(tickets).where(tickets.c.created_at > since, tickets.c.needless)
        with self._database.read() as connection:
            rows = connection.execute(said).all()
            rated = {row.conversation_id: row.created_at for row in connection.execute(poor)}
            ended: dict[str, list[_Ended]] = {}
            for row in connection.execute(needless):
                of = _Ended(row.created_at, row.summary or "")
                ended.setdefault(row.conversation_id, []).append(of)
            done = set(connection.execute(sa.select(labels.c.seq)).scalars())
        topics = library.current().topics
        found = [
            each
            for name, messages_of in groupby(rows, key=lambda row: row.conversation_id)
            for each in _wrong(
                list(messages_of), _Known(rated.get(name), ended.get(name, [])), topics
            )
            if each.seq not in done and each.text.split()
        ]
        return _alike(sorted(found, key=lambda each: -each.seq)[:MOST_SENTENCES])

    def conversations(self, limit: int) -> list[list[tuple[int, str]]]:
        """Return the newest messages that the assistant answered, by conversation, in order.

        A message is its position and its text, or the payload of the button that it is.
        """
        answer = messages.alias()
        answered = sa.and_(
            answer.c.reply_to == messages.c.key,
            answer.c.conversation_id == messages.c.conversation_id,
            answer.c.intent.isnot(None),
        )
        newest = (
            sa.select(messages)
            .where(
                messages.c.author == "customer", messages.c.text != "", sa.exists().where(answered)
            )
            .order_by(messages.c.seq.desc())
            .limit(limit)
            .subquery()
        )
        said = sa.select(newest).order_by(newest.c.conversation_id, newest.c.seq)
        with self._database.read() as connection:
            rows = connection.execute(said).all()
        return [
            [(row.seq, _heard(row)) for row in of][:OF_A_CONVERSATION]
            for _, of in groupby(rows, key=lambda row: row.conversation_id)
        ]

    def leading(self, positions: Collection[int]) -> dict[int, list[tuple[str, str]]]:
        """Return for each message those of its conversation that lead to it, itself the last: what
        is read, and what the assistant heard; those that were deleted are missing."""
        of = sa.select(messages.c.conversation_id).where(messages.c.seq.in_(positions))
        said = (
            sa.select(messages)
            .where(messages.c.conversation_id.in_(of), messages.c.author == "customer")
            .order_by(messages.c.conversation_id, messages.c.seq)
        )
        found: dict[int, list[tuple[str, str]]] = {}
        with self._database.read() as connection:
            rows = connection.execute(said).all()
        for _, conversation in groupby(rows, key=lambda row: row.conversation_id):
            before: list[tuple[str, str]] = []
            for row in conversation:
                before.append((row.text, _heard(row)))
                if row.seq in positions:
                    found[row.seq] = before[-LEADING:]
        return found

    def forget_labels(self, positions: Sequence[int]) -> None:
        """Let sentences be shown again that were dealt with."""
        with self._database.write() as connection:
            connection.execute(labels.delete().where(labels.c.seq.in_(positions)))


def _wrong(rows: list[Any], known: _Known, topics: Collection[str]) -> Iterator[Sentence]:
    """Yield what went wrong in a conversation."""
    answers: dict[str, Any] = {}
    for row in rows:
        if row.author == "bot" and row.reply_to and row.intent:
            answers.setdefault(row.reply_to, row)
    said = [row for row in rows if row.author == "customer" and row.text]
    written = [row for row in said if not row.extra.get("buttons")]
    rated = known.rated
    last: Any = next((row for row in reversed(written) if rated and row.time < rated), None)
    needless = _asked(written, answers, known.needless)
    following: list[Any] = [*said, None][1:]
    for row, then in zip(said, following, strict=True):
        answer = answers.get(row.key)
        if row.extra.get("buttons") or answer is None:
            continue
        chosen = _pressed(then) if _guessed(answer) else None
        after = answers.get(then.key) if then is not None else None
        why: Why | None = None
        if chosen in topics and chosen != answer.intent:
            why = "corrected"
        elif row.seq in needless:
            why = "needless"
        elif answer.intent in NOT_UNDERSTOOD:
            why = "not_understood"
        elif row is last:
            why = "unhelpful"
        elif answer.intent in topics and after is not None and after.intent == _HUMAN:
            why = "handed_over"
        if why:
            guess = chosen if why == "corrected" else None
            summary = needless.get(row.seq, "")
            yield Sentence(row.seq, row.text, row.time, why, guess, answer.text, summary)


def _asked(
    written: Sequence[Any], answers: Mapping[str, Any], ended: Sequence[_Ended]
) -> dict[int, str]:
    """Return what customers had asked before a human came who was not needed, with what the human
    wrote about it."""
    found: dict[int, str] = {}
    for each in ended:
        for row in reversed(written):
            answer = answers.get(row.key)
            if row.time <= each.begun and answer is not None and answer.intent != _HUMAN:
                found[row.seq] = each.summary
                break
    return found


def _heard(row: Any) -> str:
    """Return a customer's message as the assistant heard it."""
    buttons = row.extra.get("buttons") or ()
    return str(buttons[0].get("payload") or row.text) if buttons else row.text


def _guessed(answer: Any) -> bool:
    """Tell whether an answer asks which of some topics was meant."""
    buttons = answer.extra.get("buttons") or ()
    return any(each.get("payload") == _NONE_OF_THESE for each in buttons)


def _pressed(row: Any) -> str | None:
    """Return the intent of the button that a message is."""
    if row is None:
        return None
    buttons = row.extra.get("buttons") or ()
    payload = str(buttons[0].get("payload", "")) if buttons else ""
    return payload.removeprefix("/").partition("{")[0] or None


def _alike(sentences: list[Sentence]) -> list[list[Sentence]]:
    """Return the sentences in groups of like ones, the largest first."""
    if len(sentences) < 2:
        return [[sentence] for sentence in sentences]
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer=_parts).fit_transform(
        sentence.text for sentence in sentences
    )
    found = AgglomerativeClustering(
        n_clusters=None, distance_threshold=ALIKE, metric="cosine", linkage="average"
    ).fit_predict(vectors.toarray())
    groups: dict[int, list[Sentence]] = {}
    for sentence, group in zip(sentences, found, strict=True):
        groups.setdefault(int(group), []).append(sentence)
    return sorted(groups.values(), key=len, reverse=True)


def _parts(text: str) -> list[str]:
    """Return the characters and their pairs that tell what a sentence is about."""
    words = _COMMON.sub(" ", text).split() or [text]
    return [word[at : at + size] for word in words for size in (1, 2) for at in range(len(word))]

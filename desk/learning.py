"""What customers wrote that the assistant can learn from, as it stands in the record: masked."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import sqlalchemy as sa

from content import library
from desk.database import Database
from desk.entry import NOT_UNDERSTOOD, messages
from desk.figures import labels
from desk.ticket import ratings_table as ratings

Why = Literal["corrected", "not_understood", "unhelpful", "handed_over"]

MOST_ROWS = 20_000  # of the record, that are looked through
MOST_SENTENCES = 500
ALIKE = 0.75  # largest cosine distance of character bigrams within a group
POOR = 2  # stars: the best score of a poor rating
_NONE_OF_THESE = "/deny"  # the button beside what the assistant guesses at
_HUMAN = "human_handoff"


@dataclass(frozen=True)
class Sentence:
    """Something a customer wrote.

    Args:
        seq: its position in the record.
        text: masked.
        time: seconds since 1970.
        why: what went wrong: the customer chose what they had meant, it was not understood, they
            rated it as poor, or they wanted a human after they were answered.
        guess: the intent that the customer chose.
    """

    seq: int
    text: str
    time: float
    why: Why
    guess: str | None = None


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
        with self._database.read() as connection:
            rows = connection.execute(said).all()
            rated = {row.conversation_id: row.created_at for row in connection.execute(poor)}
            done = set(connection.execute(sa.select(labels.c.seq)).scalars())
        topics = library.current().topics
        found = [
            each
            for conversation, of in groupby(rows, key=lambda row: row.conversation_id)
            for each in _wrong(list(of), rated.get(conversation), topics)
            if each.seq not in done and each.text.split()
        ]
        return _alike(sorted(found, key=lambda each: -each.seq)[:MOST_SENTENCES])

    def latest(self, limit: int) -> list[tuple[int, str]]:
        """Return the newest different messages that were written and understood somehow."""
        answer = messages.alias()
        understood = sa.and_(
            answer.c.reply_to == messages.c.key,
            answer.c.conversation_id == messages.c.conversation_id,
            answer.c.intent.isnot(None),
        )
        newest = (
            sa.select(sa.func.max(messages.c.seq).label("seq"), messages.c.text)
            .select_from(messages.join(answer, understood))
            .where(messages.c.author == "customer", messages.c.text != "")
            .group_by(messages.c.text)
            .order_by(sa.desc("seq"))
            .limit(limit)
        )
        with self._database.read() as connection:
            return [(row.seq, row.text) for row in connection.execute(newest)]

    def texts(self, positions: Collection[int]) -> dict[int, str]:
        """Return customers' messages by their positions; those that were deleted are missing."""
        found = sa.select(messages.c.seq, messages.c.text).where(
            messages.c.seq.in_(positions), messages.c.author == "customer"
        )
        with self._database.read() as connection:
            return {row.seq: row.text for row in connection.execute(found)}

    def forget_labels(self, positions: Sequence[int]) -> None:
        """Let sentences be shown again that were dealt with."""
        with self._database.write() as connection:
            connection.execute(labels.delete().where(labels.c.seq.in_(positions)))


def _wrong(rows: list[Any], rated: float | None, topics: Collection[str]) -> Iterator[Sentence]:
    """Yield what went wrong in a conversation; `rated` is when it got a poor rating."""
    answers: dict[str, Any] = {}
    for row in rows:
        if row.author == "bot" and row.reply_to and row.intent:
            answers.setdefault(row.reply_to, row)
    said = [row for row in rows if row.author == "customer" and row.text]
    written = [row for row in said if not row.extra.get("buttons")]
    last: Any = next((row for row in reversed(written) if rated and row.time < rated), None)
    following: list[Any] = [*said, None][1:]
    for row, then in zip(said, following, strict=True):
        answer = answers.get(row.key)
        if row.extra.get("buttons") or answer is None:
            continue
        chosen = _pressed(then) if _guessed(answer) else None
        after = answers.get(then.key) if then is not None else None
        if chosen in topics and chosen != answer.intent:
            yield Sentence(row.seq, row.text, row.time, "corrected", chosen)
        elif answer.intent in NOT_UNDERSTOOD:
            yield Sentence(row.seq, row.text, row.time, "not_understood")
        elif row is last:
            yield Sentence(row.seq, row.text, row.time, "unhelpful")
        elif answer.intent in topics and after is not None and after.intent == _HUMAN:
            yield Sentence(row.seq, row.text, row.time, "handed_over")


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

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 2)).fit_transform(
        sentence.text for sentence in sentences
    )
    found = AgglomerativeClustering(
        n_clusters=None, distance_threshold=ALIKE, metric="cosine", linkage="average"
    ).fit_predict(vectors.toarray())
    groups: dict[int, list[Sentence]] = {}
    for sentence, group in zip(sentences, found, strict=True):
        groups.setdefault(int(group), []).append(sentence)
    return sorted(groups.values(), key=len, reverse=True)

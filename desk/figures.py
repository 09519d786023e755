"""What a lead looks at: the day's figures, and the sentences that the bot did not understand."""

from __future__ import annotations

import csv
import io
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml

from content import library
from desk.database import Database, metadata, open_database
from desk.tickets import ratings_table as ratings
from desk.tickets import tickets_table as tickets
from desk.transcript import messages

NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")
MOST_SENTENCES = 500
ALIKE = 0.75  # cosine distance of character pairs within a group

_labels = sa.Table(
    "labels",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("intent", sa.String(64)),  # null: none of ours
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
)


@dataclass(frozen=True)
class Sentence:
    """Something a customer wrote; `seq` is its place in the record, `time` seconds since 1970."""

    seq: int
    text: str
    time: float


class Figures:
    """Reads the record and the tickets; a broken database raises `SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def day(self, day: date) -> dict[str, Any]:
        """Return a day's figures, by the desk's time zone; times are seconds."""
        zone = ZoneInfo(library.current().desk.timezone)
        begin = datetime(day.year, day.month, day.day, tzinfo=zone)
        since, until = begin.timestamp(), (begin + timedelta(days=1)).timestamp()
        with self._database.read() as connection:
            said = connection.execute(
                sa.select(messages.c.time, messages.c.conversation_id).where(
                    messages.c.author == "customer",
                    messages.c.time >= since,
                    messages.c.time < until,
                )
            ).all()
            intents = Counter(
                dict(
                    connection.execute(
                        sa.select(messages.c.intent, sa.func.count())
                        .where(
                            messages.c.author == "bot",
                            messages.c.intent.isnot(None),
                            messages.c.time >= since,
                            messages.c.time < until,
                        )
                        .group_by(messages.c.intent)
                    ).all()
                )
            )
            opened = connection.execute(
                tickets.select().where(tickets.c.created_at >= since, tickets.c.created_at < until)
            ).all()
            scores = Counter(
                row.score
                for row in connection.execute(
                    sa.select(ratings.c.score).where(
                        ratings.c.created_at >= since, ratings.c.created_at < until
                    )
                )
            )
        return self._told(day, zone, said, intents, opened, scores)

    @staticmethod
    def _told(
        day: date,
        zone: ZoneInfo,
        said: Sequence[Any],
        intents: Counter[str],
        opened: Sequence[Any],
        scores: Counter[int],
    ) -> dict[str, Any]:
        topics = library.current().topics
        conversations = {row.conversation_id for row in said}
        handed = {row.conversation_id for row in opened}
        rated = sum(scores.values())
        spoken = Counter(_hour(row.time, zone) for row in said)
        asked = Counter(_hour(row.created_at, zone) for row in opened)
        return {
            "day": day.isoformat(),
            "messages": len(said),
            "conversations": len(conversations),
            "solved_by_bot": len(conversations - handed),
            "handed_over": len(opened),
            "why": [
                {"category": name, "count": count}
                for name, count in Counter(row.category for row in opened).most_common()
            ],
            "waiting": _times(_waited(row) for row in opened),
            "handling": _times(_handled(row) for row in opened),
            "ratings": {
                "average": sum(s * n for s, n in scores.items()) / rated if rated else None,
                "counts": [scores[score] for score in range(1, 6)],
            },
            "topics": [
                {"title": topics[name].title, "count": count}
                for name, count in intents.most_common()
                if name in topics
            ][:10],
            "unanswered": sum(intents[name] for name in NOT_UNDERSTOOD),
            "hours": [
                {"hour": hour, "messages": spoken[hour], "handed_over": asked[hour]}
                for hour in range(24)
            ],
        }

    def csv(self, begin: date, end: date) -> str:
        """Return the days' figures as a table, a day a line (at most a year)."""
        columns = ("day", "messages", "conversations", "solved_by_bot", "handed_over", "unanswered")
        lines: list[Sequence[Any]] = [[*columns, "waiting_median", "handling_median", "rating"]]
        for place in range(min((end - begin).days + 1, 366)):
            day = self.day(begin + timedelta(days=place))
            times = (day["waiting"]["median"], day["handling"]["median"])
            lines.append([*(day[name] for name in columns), *times, day["ratings"]["average"]])
        return _table(lines)

    def tickets_csv(self, begin: date, end: date) -> str:
        """Return the days' tickets as a table: no customer's words, no one's name."""
        zone = ZoneInfo(library.current().desk.timezone)
        since = datetime(begin.year, begin.month, begin.day, tzinfo=zone).timestamp()
        until = datetime(end.year, end.month, end.day, tzinfo=zone) + timedelta(days=1)
        columns = ("channel", "category", "topic", "status", "score")
        lines: list[Sequence[Any]] = [["number", "created", *columns, "waiting", "handling"]]
        with self._database.read() as connection:
            for row in connection.execute(
                tickets.select()
                .where(tickets.c.created_at >= since, tickets.c.created_at < until.timestamp())
                .order_by(tickets.c.id)
            ):
                created = datetime.fromtimestamp(row.created_at, zone).isoformat(timespec="seconds")
                values = (getattr(row, name) for name in columns)
                lines.append([f"K{row.id:06d}", created, *values, _waited(row), _handled(row)])
        return _table(lines)

    def unanswered(self, days: float) -> list[list[Sentence]]:
        """Return what the bot did not understand in the last days, alike together, most first.

        Buttons are left out, and so is what a lead has dealt with.
        """
        answer = messages.alias()
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(messages.c.seq, messages.c.text, messages.c.time)
                .select_from(
                    messages.join(
                        answer,
                        sa.and_(
                            answer.c.reply_to == messages.c.key,
                            answer.c.conversation_id == messages.c.conversation_id,
                        ),
                    ).outerjoin(_labels, _labels.c.seq == messages.c.seq)
                )
                .where(
                    answer.c.intent.in_(NOT_UNDERSTOOD),
                    messages.c.author == "customer",
                    messages.c.time > time.time() - days * 86400,
                    messages.c.text != "",
                    _labels.c.seq.is_(None),
                )
                .distinct()
                .order_by(messages.c.seq.desc())
                .limit(MOST_SENTENCES)
            ).all()
        return _alike([Sentence(row.seq, row.text, row.time) for row in rows])

    def label(self, sequences: Sequence[int], intent: str | None, login: str) -> None:
        """Say what sentences mean: an intent, or None for nothing of ours."""
        with self._database.write() as connection:
            connection.execute(_labels.delete().where(_labels.c.seq.in_(sequences)))
            for seq in set(sequences):
                connection.execute(
                    _labels.insert().values(seq=seq, intent=intent, login=login, time=time.time())
                )

    def export(self) -> str:
        """Return what was labelled as examples for data/nlu/, to be read before it is added."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(_labels.c.intent, messages.c.text)
                .select_from(_labels.join(messages, messages.c.seq == _labels.c.seq))
                .where(_labels.c.intent.isnot(None))
                .order_by(_labels.c.intent, messages.c.seq)
            ).all()
        texts: dict[str, dict[str, None]] = {}
        for row in rows:
            texts.setdefault(row.intent, {})[" ".join(row.text.split())] = None
        blocks = [
            {"intent": intent, "examples": "".join(f"- {text}\n" for text in found)}
            for intent, found in texts.items()
        ]
        exported: str = yaml.dump(
            {"version": "3.1", "nlu": blocks}, Dumper=_Dumper, allow_unicode=True, sort_keys=False
        )
        return exported


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as Rasa's files have them."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    )


_Dumper.add_representer(str, _block)


def _table(lines: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    # The mark lets spreadsheets read Chinese as such.
    out.write("\ufeff")
    csv.writer(out).writerows(
        [f"{cell:.1f}" if isinstance(cell, float) else cell for cell in line] for line in lines
    )
    return out.getvalue()


def _hour(moment: float, zone: ZoneInfo) -> int:
    return datetime.fromtimestamp(moment, zone).hour


def _waited(ticket: Any) -> float | None:
    return _between(ticket.created_at, ticket.taken_at)


def _handled(ticket: Any) -> float | None:
    return _between(ticket.taken_at, ticket.closed_at)


def _between(begin: float | None, end: float | None) -> float | None:
    # A clock that was set back in between must not give a time below zero.
    return max(end - begin, 0.0) if begin and end else None


def _times(seconds: Iterable[float | None]) -> dict[str, float | None]:
    known = [each for each in seconds if each is not None]
    return {
        "median": statistics.median(known) if known else None,
        "longest": max(known, default=None),
    }


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
        n_clusters=None, distance_threshold=ALIKE, affinity="cosine", linkage="average"
    ).fit_predict(vectors.toarray())
    groups: dict[int, list[Sentence]] = {}
    for sentence, group in zip(sentences, found, strict=True):
        groups.setdefault(int(group), []).append(sentence)
    return sorted(groups.values(), key=len, reverse=True)


@lru_cache(maxsize=1)
def open_figures() -> Figures:
    """Return this process's figures, on the database that endpoints.yml names."""
    return Figures(open_database())

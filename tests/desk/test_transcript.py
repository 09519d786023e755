"""The record of what was said; on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from desk import Entry, Transcript, reply_key


def said(key: str, text: str = "你好", author: str = "customer") -> Entry:
    return Entry(key, author, text)


def test_what_is_written_twice_is_recorded_once(transcript: Transcript) -> None:
    (first,) = transcript.add("a", said("m1"))
    (again,) = transcript.add("a", said("m1", "别的话"))
    assert again == first
    assert len(transcript.last("a")) == 1
    transcript.add("b", said("m1"))
    assert len(transcript.last("b")) == 1, "a key is one conversation's own"


def test_an_answer_is_recorded_with_what_it_answers(transcript: Transcript) -> None:
    transcript.add("a", said("m1"))
    reply = Entry(
        reply_key("m1", "0"),
        "bot",
        "您好",
        buttons=[{"title": "转人工", "payload": "/human_handoff"}],
        step={"index": 1},
        intent="greet",
        reply_to="m1",
    )
    transcript.add("a", reply, answers="m1")
    question = transcript.find("a", "m1")
    assert question is not None
    assert question.answered
    (found,) = transcript.replies("a", "m1")
    assert (found.text, found.buttons, found.step, found.intent) == (
        reply.text,
        reply.buttons,
        reply.step,
        "greet",
    )


def test_pages_go_on_from_where_they_are(transcript: Transcript) -> None:
    entries = [transcript.add("a", said(f"m{number}"))[0] for number in range(10)]
    transcript.add("b", said("x"))
    assert [each.key for each in transcript.after("a", entries[3].seq, 4)] == [
        "m4",
        "m5",
        "m6",
        "m7",
    ]
    assert [each.key for each in transcript.last("a", 2)] == ["m8", "m9"]
    assert [each.key for each in transcript.last("a", 2, before=entries[8].seq)] == ["m6", "m7"]
    assert transcript.last("a", authors=("bot",)) == []


def test_a_reader_misses_nothing_while_many_write(transcript: Transcript) -> None:
    """Numbers must become visible in their order, or a reader would step over one."""
    total, heard, done = 120, [], threading.Event()
    transcript.add("a", said("first"))

    def read() -> None:
        seq = 0
        while True:
            finished = done.is_set()
            for entry in transcript.after("a", seq):
                heard.append(entry.key)
                seq = entry.seq
            if finished:
                return

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda number: transcript.add("a", said(f"m{number}")), range(total)))
    done.set()
    reader.join()
    assert sorted(heard) == sorted(["first", *(f"m{number}" for number in range(total))])
    assert len(set(heard)) == total + 1

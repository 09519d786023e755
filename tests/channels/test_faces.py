"""Faces and stickers as platforms deliver them: what is read, what is shown to agents."""

from __future__ import annotations

import pytest

from channels.gate.faces import _data, _faces, is_placeholder, with_faces, without_faces
from nlu.text import normalize


@pytest.mark.parametrize(
    ("sent", "shown", "read"),
    [
        ("怎么退款[微笑]", "怎么退款🙂", "怎么退款"),
        ("[捂脸]我要退款/::D", "🤦我要退款😁", "我要退款"),
        ("/::Pok", "😜ok", "ok"),
        ("好的[再见]", "好的", "好的"),
        ("[Smile]hello[smile]", "🙂hello🙂", "hello"),
        ("[微笑]", "🙂", "🙂"),
        ("[强][强]", "👍👍", "👍👍"),
        ("/:bye", "再见", "再见"),
        ("下一步👍🏽", "下一步👍🏽", "下一步"),
        ("app😀update", "app😀update", "app update"),
        # These are words, numbers and signs.
        ("[订单号]12", "[订单号]12", "[订单号]12"),
        ("打开/:okay目录", "打开/:okay目录", "打开/:okay目录"),
        ("1️⃣", "1️⃣", "1️⃣"),
        ("选🔟", "选🔟", "选🔟"),
        ("①和②", "①和②", "①和②"),
        ("/::", "/::", "/::"),
    ],
)
def test_faces_leave_the_words_as_they_are(sent: str, shown: str, read: str) -> None:
    assert with_faces(sent) == shown
    assert without_faces(shown) == read


def test_every_face_of_the_file_is_read_alone_and_beside_words() -> None:
    for sent, face in _faces()[1].items():
        assert with_faces(sent) == face, sent
        assert without_faces(with_faces(f"怎么退款{sent}")) == "怎么退款", sent
        assert without_faces(with_faces(f"{sent}怎么退款")) == "怎么退款", sent


@pytest.mark.parametrize(
    ("sent", "means"),
    [("[强]", "好的"), ("/:ok", "好的"), ("[抱拳]", "谢谢"), ("/:weak", "不行"), ("[doge]", "")],
)
def test_a_face_alone_means_what_its_emoji_means(sent: str, means: str) -> None:
    assert normalize(without_faces(with_faces(sent))) == means


@pytest.mark.parametrize(
    "sent",
    [
        "【收到不支持的消息类型，暂无法显示】",
        "[收到不支持的消息类型，暂无法显示]",
        "[收到了一个表情，请在手机上查看]",
        "[Unsupported Message]",
        "[Received a sticker. View it on your phone]",
        " [动画表情]\n",
        *(f"[{each}]" for each in _data()["placeholders"]),
    ],
)
def test_a_word_for_what_cannot_be_seen_is_known(sent: str) -> None:
    assert is_placeholder(sent)


@pytest.mark.parametrize(
    "sent",
    [
        "[图片]我发了",
        "图片",
        "[微笑]",
        "【订单】不支持退款怎么办",
        "[不支持退款]",
        "[退款无法查看吗]",
        "",
    ],
)
def test_what_a_customer_wrote_is_none(sent: str) -> None:
    assert not is_placeholder(sent)

"""A channel's declaration is read whole, or refused with what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.channels import ChannelError, Window, channels, is_delivered, read_channel

RIGHT = "title: 短信\nsource: channels.sms.SmsInput\ndelivered: true\npictures: false\n"


def declared(folder: Path, text: str) -> Path:
    file = folder / "sms" / "channel.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf8")
    return file


def test_a_declaration_says_what_a_platform_takes(tmp_path: Path) -> None:
    windows = "longest: 70\nwindows:\n  message: {messages: null, seconds: 60}\n"
    found = read_channel(declared(tmp_path, RIGHT + windows))
    assert (found.name, found.title, found.longest) == ("sms", "短信", 70)
    assert found.windows == {"message": Window(None, 60)}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "title"),
        ("- a list\n", "title"),
        ("title: [\n", "line"),
        (RIGHT.replace("title: 短信\n", ""), "title"),
        (RIGHT + "colour: red\n", "colour"),
        (RIGHT + "name: other\n", "name"),
        (RIGHT + "windows:\n  message: {messages: 5}\n", "seconds"),
        (RIGHT + "windows:\n  message: {messages: 5, seconds: 1, long: 2}\n", "long"),
        (RIGHT + "windows: 5\n", "items"),
    ],
)
def test_a_wrong_declaration_is_refused_by_file_and_word(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(ChannelError, match=rf"^sms/channel.yml: (?s:.*){named}"):
        read_channel(declared(tmp_path, text))


def test_our_own_channels_are_declared() -> None:
    assert channels().keys() >= {"web", "wechat", "weibo"}
    assert [name for name in channels() if is_delivered(f"{name}-1")] == ["wechat", "weibo"]
    assert not is_delivered("desk-1")

"""A support lead edits content/."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from content import ContentError, ContentLibrary
from content.agreement import disagreements

CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "content"
    shutil.copytree(CONTENT, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def edit(path: Path, old: str, new: str) -> int:
    """Replace a text once; return the line (from 1) it stands on."""
    text = path.read_text(encoding="utf8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("topics/forgot_password.yml", "title: 找回密码", "titel: 找回密码", "缺少 “title”"),
        ("topics/forgot_password.yml", "at_once", "maybe", "可选值"),
        ("topics/forgot_password.yml", "[change_password", "[no_such_topic", "no_such_topic"),
        ("topics/request_refund.yml", "{hotline}", "{hotlnie}", "hotlnie"),
        ("topics/request_refund.yml", "{hotline}", "{hotline", "花括号"),
        ("topics/contact_phone.yml", "category: 咨询", "category: [", "YAML"),
        ("topics/withdrawal.yml", "collect: [time", "collect: [colour", "colour"),
        ("facts.yml", "advice: '截图", "advice: '(截图", "正则表达式有误"),
        ("facts.yml", "needless: [no_loss", "needless: [no_los", "no_los"),
        ("facts.yml", "followup: d_gave_code", "followup: d_gave", "d_gave"),
        ("danger.yml", "plan: [hung_up", "plan: [hung", "hung"),
        ("danger.yml", "denied: '没", "denied: '(没", "正则表达式有误"),
        ("outside.yml", "红包: '红包'", "红包: '(红包'", "正则表达式有误"),
        ("phrases.yml", "{title}", "{titel}", "titel"),
        ("phrases.yml", "stopped:", "stoped:", "stopped"),
        ("assistant.yml", "suggestions: 3", "suggestions: 三", "integer"),
        ("assistant.yml", "- refund_progress", "- refund_progres", "refund_progres"),
        ("contacts.yml", "mailbox:", "hotline:", "写了两次"),
        ("details.yml", "question: 请问", "qestion: 请问", "question"),
    ],
)
def test_broken_edit_names_file_line_and_reason(
    folder: Path, file: str, old: str, new: str, reason: str
) -> None:
    edit(folder / file, old, new)
    with pytest.raises(ContentError) as caught:
        ContentLibrary(folder).load()
    report = str(caught.value)
    assert reason in report
    place = report.split(": ")[0]
    assert place.startswith(f"content/{file}:")
    assert int(place.rsplit(":", 1)[1]) >= 1


def test_line_of_a_wrong_part_is_exact(folder: Path) -> None:
    line = edit(folder / "topics/request_refund.yml", "title: 凭证不全", "titles: 凭证不全")
    with pytest.raises(ContentError, match=rf"request_refund.yml:{line}: ") as caught:
        ContentLibrary(folder).load()
    assert "titles" in str(caught.value)


def test_all_problems_are_reported_at_once(folder: Path) -> None:
    edit(folder / "topics/forgot_password.yml", "title: 找回密码", "titel: 找回密码")
    edit(folder / "topics/contact_phone.yml", "category:", "kategorie:")
    with pytest.raises(ContentError) as caught:
        ContentLibrary(folder).load()
    assert "forgot_password.yml" in str(caught.value)
    assert "contact_phone.yml" in str(caught.value)


def test_good_edit_is_taken_and_broken_one_keeps_the_last_good(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = ContentLibrary(folder, look_again=0)
    assert kept.current().topics["change_password"].title == "修改密码"
    path = folder / "topics/change_password.yml"
    edit(path, "title: 修改密码", "title: 换个密码")
    assert kept.current().topics["change_password"].title == "换个密码"
    edit(path, "title: 换个密码", "titel: 再换一个")
    assert kept.current().topics["change_password"].title == "换个密码"
    assert "change_password.yml" in caplog.text
    caplog.clear()
    kept.current()
    assert not caplog.text, "said once, not at every message"
    edit(path, "titel: 再换一个", "title: 再换一个")
    assert kept.current().topics["change_password"].title == "再换一个"


def test_configured_contact_is_told_instead_of_where_to_find_it(folder: Path) -> None:
    assert "帮助中心" in ContentLibrary(folder).load().topics["contact_phone"].answer
    edit(folder / "contacts.yml", "hotline:\n  value:", "hotline:\n  value: 号码甲")
    assert "客服热线：号码甲" in ContentLibrary(folder).load().topics["contact_phone"].answer


def test_topic_missing_from_domain_or_training_data_is_named() -> None:
    found = "\n".join(disagreements({"new_topic"}, {"lonely"}, {"trained"}))
    assert "domain.yml: 缺少意图 new_topic" in found
    assert "意图 new_topic 没有训练例句" in found
    assert "意图 lonely 没有训练例句" in found
    assert "domain.yml: 缺少意图 trained" in found


@pytest.mark.parametrize("blank", ["hours:\n", ""])
def test_a_desk_whose_hours_are_blank_or_left_out_has_none(folder: Path, blank: str) -> None:
    edit(folder / "desk.yml", "hours: {}\n", blank)
    assert ContentLibrary(folder).load().desk.hours == {}

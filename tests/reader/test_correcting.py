"""The right value in what a customer writes, where it was read wrongly in a picture."""

from __future__ import annotations

import pytest

from reader.correcting import Asked, Right, named, right_in, said_after

READ = {
    "amount": "128.50",
    "time": "2026-11-28 14:03:27",
    "order_number": "202611281403270098",
    "error_code": "E1032",
    "merchant": "张纪面馆",
    "status": "支付失败",
}
SHOWN = [{"title": "看错了", "payload": "picture:wrong::k1"}]


@pytest.mark.parametrize(
    ("kind", "words", "right"),
    [
        ("amount", "138.50", "138.50"),
        ("amount", "应该是１３８.5元吧", "138.5"),
        ("amount", "1,280块", "1280"),
        ("amount", "一百三十八块", "138"),
        ("amount", "不是128.5，是138.5", "138.5"),
        ("time", "2026-11-29 15:03", "2026-11-29 15:03"),
        ("time", "14:05", "2026-11-28 14:05"),
        ("time", "11月29日", "11月29日 14:03:27"),
        ("time", "下午两点十分", "2026-11-28 下午两点十分"),
        ("time", "昨天下午3点", "昨天 下午3点"),
        ("order_number", "2026 1128 1403 270099", "202611281403270099"),
        ("order_number", "单号是202611281403270099", "202611281403270099"),
        ("error_code", "是E1033", "E1033"),
        ("merchant", "应该是张记面馆", "张记面馆"),
        ("status", "支付超时", "支付超时"),
    ],
)
def test_the_right_value_is_found(kind: str, words: str, right: str) -> None:
    assert right_in(kind, words, READ[kind]) == Right(right, alone=True)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("amount", "转人工"),
        ("amount", "我记不清了"),
        ("amount", "138.50还是139.50"),
        ("time", "不知道"),
        ("order_number", "在哪里看"),
        ("error_code", "没有错误代码"),
        ("merchant", "叫什么来着？"),
    ],
)
def test_what_gives_no_value_is_left_alone(kind: str, words: str) -> None:
    assert right_in(kind, words, READ[kind]) is None


def test_what_is_told_beside_the_value_is_heard_too() -> None:
    assert right_in("amount", "138.50，我被骗了", "128.50") == Right("138.50", alone=False)


@pytest.mark.parametrize(
    ("words", "kind", "after"),
    [
        ("金额不对", "amount", ""),
        ("图里的金额看错了，是138.50", "amount", "是138.50"),
        ("金额不是128.50，是138.50", "amount", "128.50，是138.50"),
        ("金额和时间都不对", "amount", ""),
        ("商户不对，我没去过", "merchant", ""),
        ("商户不对，是张记面馆", "merchant", "是张记面馆"),
    ],
)
def test_a_wrong_value_is_named_in_words(words: str, kind: str, after: str) -> None:
    assert named(words, SHOWN) == Asked(kind, "k1")
    assert said_after(words, kind) == after


@pytest.mark.parametrize("words", ["钱不对劲", "密码不对", "退款金额什么时候到"])
def test_other_words_name_no_value(words: str) -> None:
    assert named(words, SHOWN) is None


def test_without_a_picture_nothing_is_corrected() -> None:
    assert named("金额不对", [{"title": "转人工", "payload": "/human_handoff"}]) is None

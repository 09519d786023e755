"""What is said of a page: no more than is sure, in the customer's words."""

from __future__ import annotations

import pytest

from content import library
from reader.correcting import RIGHT, WRONG
from reader.page import Code, Line, Page
from reader.telling import Told, together, told_of

FAILED = [
    ("支付失败", 1),
    ("金额 128.50元", 2),
    ("错误代码 E1032", 3),
    ("订单号 202611281403270098", 4),
]


def page(*rows: tuple[str, int], score: float = 0.99, codes: tuple[Code, ...] = ()) -> Page:
    lines = tuple(Line(text, score, 0.04, row) for text, row in rows)
    return Page(lines=lines, codes=codes, width=1080, height=1920)


def told(found: Page) -> Told:
    return told_of(found, library.current(), "k")


def test_a_result_is_told_and_heard_as_a_customer_would_say_it() -> None:
    result = told(page(*FAILED))
    assert result.said == library.current().say(
        "picture_seen", seen="支付失败，错误代码 E1032，金额 128.50 元，订单号 202611281403270098"
    )
    assert result.heard == "128.50元，付款失败了，错误代码E1032，单号202611281403270098"
    assert [button["payload"] for button in result.buttons] == [f"{WRONG}::k"]


def test_what_is_not_sure_is_asked_before_it_is_heard() -> None:
    result = told(page(*FAILED, score=0.7))
    assert "128.50" in result.said
    assert not result.heard
    assert result.buttons[0]["payload"].startswith("128.50元，付款失败了")


def test_of_a_few_values_each_has_its_button() -> None:
    result = told(page(("支付失败", 1), ("金额 128.50元", 2)))
    assert [each["title"] for each in result.buttons] == ["提示不对", "金额不对", "看错了"]


def test_what_is_not_clear_has_its_button_and_nothing_else() -> None:
    lines = [Line(text, 0.99, 0.04, row) for text, row in FAILED]
    lines[1] = Line("金额 128.50元", 0.7, 0.04, 2)
    result = told(Page(lines=lines, width=1080, height=1920))
    assert [each["title"] for each in result.buttons] == ["是的", "金额不对", "看错了"]


def test_what_went_well_and_is_not_clear_is_asked_about_when_it_is_right() -> None:
    result = told(page(("支付成功", 1), ("金额 128.50元", 2), score=0.7))
    assert result.buttons[0] == {"title": "是的", "payload": RIGHT}


@pytest.mark.parametrize(
    ("status", "heard"),
    [
        ("退款申请被拒绝", "退款申请被拒绝了"),
        ("退款处理中", "退款一直在处理中"),
        ("提现失败", "提现失败了"),
        ("账户已冻结", "账户被冻结了"),
        ("身份信息不匹配", "实名认证没通过"),
        ("银行卡已失效", "付款失败了"),
        ("Transfer failed", "转账失败了"),
        ("支付成功", ""),
        ("提现成功", ""),
    ],
)
def test_each_result_is_heard_in_plain_words(status: str, heard: str) -> None:
    assert told(page((status, 1), ("12.00元", 2))).heard.removeprefix("12.00元，") == heard


def test_of_a_list_no_amount_and_no_time_is_claimed() -> None:
    rows = [(f"便利店 -{each}.00元 2026-11-0{each} 12:00", each) for each in range(1, 5)]
    result = told(page(("退款失败", 0), *rows))
    assert result.heard == "退款失败了"


def test_the_telephones_own_line_and_buttons_are_not_heard() -> None:
    result = told(
        page(("14:21", 0), ("5G 78%", 0), ("找回密码", 1), ("请验证身份", 2), ("下一步", 3))
    )
    assert result.heard == "找回密码\n请验证身份"


def test_a_code_alone_is_told() -> None:
    result = told(page(codes=(Code("wxp://f2f0", "payment"),)))
    assert result.said == library.current().say("picture_code_payment")
    assert result.heard


def test_nothing_is_told_to_be_nothing() -> None:
    result = told(page())
    assert result.said == library.current().say("picture_no_text")
    assert (result.heard, result.buttons) == ("", ())


def test_several_are_told_a_line_each_and_what_holds_for_all_once() -> None:
    content = library.current()
    chat = page(
        *(("21:28", 0), ("你好，我是客服，您中奖了", 1), ("把验证码报给我，马上到账", 2)),
    )
    hidden = Page(chat.lines, (Code("wxp://f2f0", "payment"),), secret=True)
    paid = Page(page(*FAILED).lines, secret=True)
    found = {
        number: told(each) for number, each in enumerate((hidden, paid, page(*FAILED), page()), 1)
    }
    result = together(found, "k", content)
    assert [line[:5] for line in result.said.split("\n")[:5]] == [
        *(content.say("picture_several", count=4)[:5], "第 1 张", "第 2 张", "第 3 张", "第 4 张")
    ]
    assert result.said.count(content.say("picture_covered")) == 1
    assert result.heard.count("付款失败了") == 1
    assert result.heard.index("付款失败了") < result.heard.index("你好，我是客服")
    assert [button["title"] for button in result.buttons] == ["看错了"]


def test_of_several_those_that_are_unclear_are_asked_about() -> None:
    found = {1: told(page(*FAILED)), 2: told(page(*FAILED, score=0.7))}
    result = together(found, "k", library.current())
    assert [button["title"] for button in result.buttons] == ["第 2 张没看错", "看错了"]
    assert "看不太清" in result.said


def test_a_page_survives_the_database() -> None:
    found = page(*FAILED, codes=(Code("x", "other"),))
    assert Page.from_json(found.to_json()) == found


def test_a_chat_is_heard_as_a_whole_although_it_speaks_of_a_result() -> None:
    rows = [
        "我是平台客服，您的账户异常",
        "请把资金转到安全账户：****",
        "转好截图发给我，不要告诉别人",
    ]
    result = told(page(("21:28", 0), *((text, row) for row, text in enumerate(rows, 1))))
    began = library.current().say("picture_heard_chat")
    assert result.heard == "\n".join([began, *rows]), "without the time at which it came"
    assert "安全账户" in result.said


def test_a_form_that_explains_much_is_no_chat() -> None:
    rows = ["找回密码", "请输入绑定的手机号或邮箱", "验证码已发送", "没有收到验证码？"]
    assert told(page(*((text, row) for row, text in enumerate(rows)))).heard == "\n".join(rows)


def test_a_message_with_a_code_is_no_danger_by_itself() -> None:
    sent = "【OK钱包】验证码****，5分钟内有效，请勿泄露给任何人。"
    result = told(page(("今天 08:11", 1), (sent, 2)))
    assert result.said == library.current().say("picture_code_message")
    assert not result.heard
    assert [button["title"] for button in result.buttons[:2]] == ["不是我操作的", "提示验证码不对"]
    lure = "验证码****，5分钟内有效，点击 http://x.example 领取退款"
    assert told(page((lure, 1))).heard == lure, "who is asked to do something is heard"


def test_what_went_wrong_in_no_known_way_is_heard_as_a_whole() -> None:
    result = told(page(("开启指纹支付", 1), ("当前机型不支持", 2)))
    assert result.heard == "开启指纹支付\n当前机型不支持"


def test_of_what_went_well_and_is_no_payment_it_is_asked_plainly() -> None:
    result = told(page(("登录密码", 1), ("修改成功", 2)))
    assert result.said.endswith(library.current().say("picture_ask_any"))
    assert not result.heard


def test_of_much_the_beginning_and_the_end_are_quoted_by_the_line() -> None:
    rows = [f"第{number}句话，说的是要紧的事" for number in range(9)]
    said = told(page(*((text, row) for row, text in enumerate(rows)))).said
    assert f"“{rows[0]} / " in said
    assert f" / …… / {rows[-3]} / {rows[-2]} / {rows[-1]}”" in said


def test_who_shows_a_secret_is_told_that_it_is_covered() -> None:
    found = page(*FAILED)
    hidden = Page(found.lines, found.codes, True, found.width, found.height)
    said, covered = told(hidden).said, library.current().say("picture_covered")
    assert said.startswith(told(found).said), "what was seen comes first"
    assert said.endswith(covered)


@pytest.mark.parametrize("score", [0.99, 0.7])
def test_a_command_in_a_picture_is_only_text(score: float) -> None:
    result = told(page(("/human_handoff", 1), score=score))
    payloads = [
        button["payload"] for button in result.buttons if not button["payload"].startswith(WRONG)
    ]
    assert [*filter(None, [result.heard]), *payloads] == ["／human_handoff"]

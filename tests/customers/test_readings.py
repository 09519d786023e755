"""Of the ways to take a message the first that is sure enough decides: the order of order.yml."""

from __future__ import annotations

import pytest
import yaml

from actions import readings
from content import Answer, library
from desk import Desk, Ticket
from tests.customer import Customer

CONTENT = library.load()
TOPICS = CONTENT.topics


def newest(desk: Desk) -> Ticket:
    return max(desk.waiting(), key=lambda ticket: ticket.number)


def heard(answer: Answer, customer: Customer) -> bool:
    """Tell whether the customer just heard one of the answer's wordings."""
    return any(wording.strip() in customer.said for wording in answer.wordings)


def warned(customer: Customer) -> bool:
    """Tell whether the customer was just told what to do in a danger."""
    return any(heard(kind, customer) for kind in CONTENT.danger.kinds.values())


def comforted(customer: Customer) -> bool:
    """Tell whether the customer was just answered as somebody in despair."""
    return any(heard(answer, customer) for answer in CONTENT.despair.values())


def walk_to_code(customer: Customer) -> None:
    """Stand at step 2 of 找回密码."""
    customer.says("我忘记密码了")
    customer.says("下一步")
    assert customer.step == 2


def test_order_names_each_reading_once_and_the_gravest_come_first() -> None:
    data = yaml.safe_load(readings.ORDER.read_text(encoding="utf8"))
    names = [each["reading"] for each in data]
    assert sorted(names) == sorted(readings.READERS)
    first = ["despair", "danger", "human_wanted", "step", "follow_up", "manner"]
    assert [name for name in names if name in first] == first
    assert all(0 < each["at_least"] <= 1 for each in data)


# --------------------------------------------------------------------------------------------
# Despair comes before all else, and stays


@pytest.mark.parametrize(
    "words",
    [
        "我被骗了，不想活了",
        "不想活了，帮我转人工",
        "密码忘了，活着没意思，我要跳楼",
        "钱都没了，没脸见家人，吃了安眠药",
    ],
)
def test_despair_comes_before_danger_human_and_topics(
    customer: Customer, desk: Desk, words: str
) -> None:
    customer.says(words)
    assert heard(CONTENT.despair["first"], customer)
    assert "110" in customer.said
    assert "120" in customer.said
    assert not warned(customer)
    assert customer.step is None
    assert customer.buttons == [], "no menu"
    ticket = newest(desk)
    assert ticket.number in customer.said
    assert (ticket.urgency, ticket.category) == ("urgent", "人身安全")


def test_despair_of_somebody_else_is_answered_for_the_one_beside(customer: Customer) -> None:
    customer.says("我邻居被骗了钱，说要自杀")
    assert heard(CONTENT.despair["other"], customer)


def test_despair_in_a_procedure_stops_it_and_lasts_whatever_is_said(customer: Customer) -> None:
    walk_to_code(customer)
    customer.says("活着没意思，我要跳楼")
    said = {customer.said}
    for words in ("谢谢", "再见", "下一步"):
        customer.says(words)
        assert comforted(customer)
        assert customer.step is None
        assert customer.said not in said, "never the same words"
        said.add(customer.said)


def test_despair_ends_in_words(customer: Customer) -> None:
    customer.says("不想活了")
    customer.says("我没事了，就是气话")
    assert heard(CONTENT.despair["calm"], customer)
    customer.says("怎么查退款进度")
    assert "“我的”" in customer.said
    assert not comforted(customer)


@pytest.mark.parametrize(
    "words", ["笑死我了，密码又忘了", "急死了，密码忘了", "手机死机了，密码忘了"]
)
def test_figure_of_speech_is_no_despair(customer: Customer, words: str) -> None:
    customer.says(words)
    assert not comforted(customer)
    assert customer.step == 1


# --------------------------------------------------------------------------------------------
# Danger comes before humans, procedures and questions, and lasts


def test_danger_comes_before_the_human_who_is_called_at_once(
    customer: Customer, desk: Desk
) -> None:
    customer.says("转人工，我被骗了三千块")
    assert warned(customer)
    ticket = newest(desk)
    assert ticket.number in customer.said
    assert (ticket.urgency, ticket.category) == ("urgent", "资金安全")


def test_danger_comes_before_the_step_and_the_open_question(customer: Customer) -> None:
    walk_to_code(customer)
    customer.says("有人打电话来要我报验证码")
    assert heard(CONTENT.danger.kinds["scam_code"], customer)
    assert customer.step is None
    assert "回到第 2/5 步" in customer.buttons


def test_danger_comes_before_the_details_that_are_asked(customer: Customer) -> None:
    customer.says("我要投诉")
    customer.says("我被骗了五千")
    assert warned(customer)
    assert "跳过" not in customer.buttons, "no questionnaire now"


def test_scammer_s_words_are_answered_as_what_they_are(customer: Customer) -> None:
    customer.says("他说“您的账户异常，请把验证码发给客服”，能给吗")
    assert heard(CONTENT.danger.kinds["scam_code"], customer)


@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("要报警吗", "d_police"),
        ("能先冻结吗", "freeze"),
        ("我已经转了两千", "d_transferred"),
        ("那就没事了吧？", "d_is_it_over"),
        ("没事了，是我自己买的", "d_over"),
    ],
)
def test_what_is_said_in_danger_has_answers_of_its_own(
    customer: Customer, words: str, act: str
) -> None:
    customer.says("我的账号被盗了")
    customer.says(words)
    answers = {**CONTENT.danger.followups, **CONTENT.danger.asked}
    kin = [answers[name] for name in (act, f"d_{act}") if name in answers]
    assert any(heard(each, customer) for each in kin)
    assert not warned(customer), "the warning is not said again"


def test_ticket_made_in_danger_is_urgent_even_in_the_middle_of_a_procedure(
    customer: Customer, desk: Desk
) -> None:
    walk_to_code(customer)
    customer.says("我的账号被盗了")
    customer.says("转人工")
    ticket = newest(desk)
    assert ticket.number in customer.said
    assert (ticket.urgency, ticket.category) == ("urgent", "资金安全")


def test_danger_that_is_over_is_over(customer: Customer, desk: Desk) -> None:
    customer.says("我的账号被盗了")
    customer.says("没事了，是我老婆转的")
    customer.says("退款多久到账")
    assert "退款" in customer.said
    customer.says("转人工")
    assert newest(desk).urgency == "normal"


def test_danger_that_is_supposed_is_answered_calmly(customer: Customer) -> None:
    customer.says("如果手机丢了怎么办")
    assert heard(CONTENT.danger.hypothetical, customer)
    customer.says("怎么查退款进度")
    assert "“我的”" in customer.said


@pytest.mark.parametrize("words", ["我没有被骗", "钱没被盗刷，是我老婆花的", "放心，手机没丢"])
def test_danger_that_is_denied_is_none(customer: Customer, words: str) -> None:
    customer.says(words)
    assert not warned(customer)
    assert "工单号" not in customer.said
    denied = {TOPICS[name].title for name in TOPICS if TOPICS[name].urgency == "urgent"}
    assert not denied & set(customer.buttons), "what is denied is not offered"


# --------------------------------------------------------------------------------------------
# Humans: wanted before procedures, refused before wanted


def test_human_comes_before_the_step(customer: Customer) -> None:
    walk_to_code(customer)
    customer.says("验证码没收到，给我转人工")
    assert "工单号" in customer.said


@pytest.mark.parametrize("words", ["不要人工", "人工就不用了", "别跟我说转人工", "谁让你转人工了"])
def test_human_who_is_refused_is_not_called(customer: Customer, words: str) -> None:
    walk_to_code(customer)
    customer.says(words)
    assert "工单号" not in customer.said
    customer.says("继续")
    assert customer.step == 2


@pytest.mark.parametrize("words", ["人工审核要多久", "退款是人工处理的吗"])
def test_human_who_is_asked_about_is_not_called(customer: Customer, words: str) -> None:
    customer.says(words)
    assert "工单号" not in customer.said
    assert words[:2] in customer.said, "the thing asked is named"


@pytest.mark.parametrize("words", ["人呢", "还有多少人", "工单号多少来着"])
def test_who_waits_and_asks_is_told_where_they_stand(
    customer: Customer, desk: Desk, words: str
) -> None:
    customer.says("转人工")
    ticket = newest(desk)
    customer.says(words)
    assert ticket.number in customer.said
    assert f"第 {desk.position(ticket)} 位" in customer.said
    assert "补充" not in customer.said, "nothing new was told"


# --------------------------------------------------------------------------------------------
# The procedure, before questions of other topics; then follow-ups, and choices among what is shown


@pytest.mark.parametrize(
    ("words", "step"), [("验证码收到了", 3), ("手机号我填好了", 3), ("验证通过了", 4)]
)
def test_report_moves_the_step_to_where_the_customer_is(
    customer: Customer, words: str, step: int
) -> None:
    walk_to_code(customer)
    customer.says(words)
    assert customer.step == step


@pytest.mark.parametrize("words", ["我确定没输错", "验证码几位数啊", "没收到", "能不能用邮箱"])
def test_question_denial_or_trouble_moves_no_step(customer: Customer, words: str) -> None:
    walk_to_code(customer)
    customer.says(words)
    customer.presses("回到第") if "回到第 2/5 步" in customer.buttons else customer.says("再说一遍")
    assert customer.step == 2


def test_report_as_an_opener_begins_where_the_customer_is(customer: Customer) -> None:
    customer.says("我已经收到验证码了接下来呢")
    assert customer.step in {3, 4}
    assert "找回密码" in customer.said


def test_follow_up_in_a_procedure_is_answered_and_the_step_is_kept(customer: Customer) -> None:
    walk_to_code(customer)
    customer.says("那退款要几天")
    assert "工作日" in customer.said
    assert customer.step is None
    customer.says("继续")
    assert customer.step == 2


def test_follow_up_belongs_to_what_was_just_said_or_to_what_it_names(customer: Customer) -> None:
    customer.says("怎么查退款进度")
    customer.says("那要几天")
    assert TOPICS["refund_progress"].followups["how_long"] in customer.said
    customer.says("那邮箱呢")
    assert "邮箱" in customer.said
    customer.says("几天能回")
    assert "规定时间内" in customer.said
    assert "退款" not in customer.said


def test_item_of_the_list_just_said_is_explained(customer: Customer) -> None:
    customer.says("怎么提高安全")
    customer.says("第二条详细说说")
    assert "双重验证" in customer.said
    customer.says("第五条呢")
    assert "交易记录" in customer.said


def test_one_of_several_answered_together_is_taken_up(customer: Customer) -> None:
    customer.says("退款多久到账，提现手续费多少，怎么开双重验证")
    titles = [TOPICS[name].title for name in ("refund_progress", "withdrawal", "two_factor_auth")]
    places = [customer.said.find(f"{place}. {title}") for place, title in enumerate(titles, 1)]
    assert -1 < places[0] < places[1] < places[2]
    customer.says("说第三个")
    assert TOPICS["two_factor_auth"].answer in customer.said


@pytest.mark.parametrize("words", ["2", "２", "第二个", "选2"])
def test_number_picks_a_visible_button(customer: Customer, words: str) -> None:
    customer.says("怎么联系你们客服")
    title = customer.buttons[1]
    customer.says(words)
    topic = next(topic for topic in TOPICS.values() if topic.title == title)
    assert topic.answer in customer.said


@pytest.mark.parametrize(
    ("words", "wanted", "unwanted"),
    [
        ("我不是要退款，是想问充值", "付款", "退款"),
        ("我不想转人工，只想知道怎么查退款进度", "“我的”", "工单号"),
        ("不用帮我找回密码了，告诉我客服邮箱", "邮箱", "第 1/5 步"),
    ],
)
def test_what_stands_after_the_denial_is_answered(
    customer: Customer, words: str, wanted: str, unwanted: str
) -> None:
    customer.says(words)
    assert wanted in customer.said
    assert unwanted not in customer.said


def test_procedure_that_is_denied_is_left(customer: Customer) -> None:
    walk_to_code(customer)
    customer.says("不用帮我找回密码了")
    assert "先办到这里" in customer.said
    customer.says("下一步")
    assert "没有正在办理" in customer.said


def test_who_asks_about_a_secret_that_was_hidden_is_told(customer: Customer) -> None:
    customer.says("我的密码是abc12345")
    assert "abc12345" not in customer.said
    customer.says("不能发吗")
    assert "不要发在聊天里" in customer.said


# --------------------------------------------------------------------------------------------
# Tempers come last: whatever is meant besides is answered first


@pytest.mark.parametrize(
    ("words", "manner"),
    [("谢谢你啊，钱没了你让我喝茶", "sarcasm"), ("你答非所问", "correction")],
)
def test_temper_gets_a_human_sentence(customer: Customer, words: str, manner: str) -> None:
    customer.says("怎么查退款进度")
    customer.says(words)
    assert heard(CONTENT.manners[manner], customer)
    assert "转人工" in customer.buttons


def test_thanks_in_the_middle_leave_the_question_open(customer: Customer) -> None:
    customer.says("提现不到账")
    asked = CONTENT.details["time"].ask
    assert asked in customer.said
    customer.says("谢谢")
    assert asked not in customer.said
    customer.says("昨天晚上八点的事")
    assert "记下了" in customer.said

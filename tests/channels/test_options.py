"""What customers write to pick one of numbered options, and what is no pick."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.gate.options import choice, numbered, score, welcome

TITLES = ["忘记密码了怎么办？", "申请退款", "怎么查退款进度", "转人工"]
MANY = [f"选项甲{number}" for number in range(1, 13)]


@pytest.mark.parametrize(
    "said",
    [
        *["2", "２", "②", "2️⃣", "2⃣", "⑵", "⒉", "❷", "➋", "٢", "²", "二", "(2)", "（2）", "【2】"],
        *[
            "2.",
            "2。",
            "2、",
            "2，",
            "2)",
            "2）",
            "2！",
            "2~",
            "2～",
            "“2”",
            "「2」",
            "#2",
            " 2 ",
            "2\n",
        ],
        *["2？", "2?", "№2", "No.2", "no 2", "NO2", "02", "《2》", "《二》"],
        *["选2", "选 2", "选２", "选②", "我选2", "选择2", "我选择2", "就选2", "那就选2吧", "就2吧"],
        *["按2", "点2", "点击2", "回复2", "回2", "发2", "要2", "我要2", "选2号", "选二", "选 二"],
        *["2吧", "2啊", "2呢", "2 谢谢", "选2就行", "嗯 2", "好的，2", "对，2", "哦2"],
        *["好吧 选第二个好了", "行吧，第二个", "算了 2吧", "选第二个看看"],
        *["是2", "应该是2", "选项2", "选项二", "我选选项2", "序号2", "请选2", "麻烦选2", "帮我选2"],
        *["第二", "第2", "第二个", "第2个", "第２个", "第 2 个", "第②个", "第二個", "選第二個"],
        *[
            "第二项",
            "第二条",
            "第二种",
            "第二种情况",
            "第二个选项",
            "第二个问题",
            "第2号",
            "第二问题",
        ],
        *["第二个吧", "第2个吧", "第二个。", "第二个！", "第二个谢谢", "第二个就行", "第二个就好"],
        *[
            "我要第二个",
            "我选第二个",
            "选第二个吧",
            "我想选第二个",
            "就第二个",
            "那第二个吧",
            "办第二个",
        ],
        *["看第二个", "问第二个", "我想问第二个问题", "是第二个", "应该是第二个吧", "好，第二个"],
        *["倒数第三个", "选倒数第三个"],
        *["2 申请退款", "2申请退款", "2.申请退款", "2. 申请退款", "2、申请退款", "2：申请退款。"],
        *["2）申请退款", "２、申请退款", "②申请退款", "2 退款", "2️⃣ 申请退款"],
    ],
)
def test_customer_picks_the_second_in_many_ways(said: str) -> None:
    assert choice(said, TITLES) == 1


@pytest.mark.parametrize(
    ("said", "place"),
    [
        *[
            ("1", 0),
            ("一", 0),
            ("第一个", 0),
            ("头一个", 0),
            ("最上面那个", 0),
            ("最前面的那个", 0),
        ],
        *[("1 忘记密码了怎么办", 0), ("1. 忘记密码", 0), ("1忘记密码了怎么办?", 0)],
        *[("我要第三个", 2), ("３", 2), ("三", 2), ("3.", 2)],
        *[("4", 3), ("最后一个", 3), ("最后那个", 3), ("最后1个", 3), ("最后一项", 3)],
        *[("我选最后一个吧", 3), ("最下面那个", 3), ("最下面的一个", 3), ("倒数第一个", 3)],
        *[("选最后一個", 3), ("最后一个谢谢", 3)],
        *[("前面那个", 0), ("上面那个", 0), ("上边的那个吧", 0), ("选上面那項", 0)],
        *[("后面那个", 3), ("下面那个", 3), ("后边那个", 3), ("下面的那條", 3)],
    ],
)
def test_customer_picks_others(said: str, place: int) -> None:
    assert choice(said, TITLES) == place


@pytest.mark.parametrize(
    ("said", "place"),
    [("12", 11), ("10", 9), ("十", 9), ("⑩", 9), ("🔟", 9), ("第十个", 9), ("⑫", 11), ("1", 0)],
)
def test_long_lists_have_two_digits(said: str, place: int) -> None:
    assert choice(said, MANY) == place


@pytest.mark.parametrize(
    "said",
    [
        *["", " ", "。", "？", "！！", "…", "\ufe0f", "\u20e3", "()"],
        *[
            "0",
            "5",
            "9",
            "99",
            "第五个",
            "第零个",
            "零",
            "〇",
            "第0个",
            "选9",
            "倒数第五个",
            "-1",
            "-2",
        ],
        *[
            "100",
            "22222",
            "20260301123456",
            "13800138000",
            "2026",
            "123456",
            "008",
            "2 3",
            "2,3",
            "1/2",
        ],
        *[
            "2.0",
            "2.00",
            "2.5",
            "1:2",
            "1-2",
            "2%",
            "2元",
            "2块",
            "2块钱",
            "¥2",
            "$2",
            "￥2",
            "2万",
            "2k",
        ],
        *[
            "第2步",
            "第二步",
            "第2天",
            "第二天",
            "第二次",
            "第2笔",
            "第三方",
            "第二条路",
            "第三方支付",
        ],
        *[
            "3天了",
            "3天",
            "2小时",
            "2分钟",
            "2分",
            "2点",
            "2号",
            "二号",
            "2月",
            "2次",
            "2遍",
            "2位",
        ],
        *[
            "两个",
            "两",
            "俩",
            "2个",
            "二个",
            "三个",
            "选三个",
            "要2个",
            "我要两个",
            "来2个",
            "2条",
            "2项",
        ],
        *[
            "一个都没有",
            "一个也不行",
            "一样",
            "一直",
            "一下",
            "一点",
            "一次",
            "十分",
            "一共",
            "一会儿",
        ],
        *[
            "不选2",
            "不要第二个",
            "不是第二个",
            "不是2",
            "别选2",
            "第二个不行",
            "第二个怎么弄",
            "不是上面那个",
            "上面那个怎么弄",
            "后面那个是什么",
            "上面",
            "后面呢",
            "2不行",
        ],
        *["1或2", "1和2", "第一个和第二个", "第一个还是第二个", "选1还是2", "2 转人工", "2转人工"],
        *["2 忘记密码了怎么办", "1 退款", "3步", "2步"],
        *[
            "最后",
            "最后一步",
            "最后一次",
            "最后一个问题",
            "最后呢",
            "最近一个",
            "这个",
            "那个",
        ],
        *[
            "a",
            "B",
            "II",
            "two",
            "对",
            "好的",
            "是",
            "嗯",
            "选",
            "第",
            "个",
            "第个",
            "选项",
            "我要",
        ],
        *["还是不行2", "密码2", "2密码", "v2", "2.1版本", "V2.0", "退2笔", "😀2", "2退"],
    ],
)
def test_other_words_pick_nothing(said: str) -> None:
    assert choice(said, TITLES) is None


def test_without_options_nothing_is_picked() -> None:
    assert choice("1", []) is None
    assert choice("最后一个", []) is None


def test_numbers_that_go_on_in_a_title_are_no_pick() -> None:
    assert choice("2.00", ["10 元", "100.00 元"]) is None
    assert choice("1 000", ["1 000 元", "其他"]) is None


@settings(deadline=None)
@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=20), max_size=12))
def test_a_pick_is_one_of_the_options(said: str, titles: list[str]) -> None:
    place = choice(said, titles)
    assert place is None or 0 <= place < len(titles)


@settings(deadline=None)
@given(
    st.integers(0, 11), st.sampled_from(["{}", "选{}", "第{}个", "{}.", "{} {title}", "第{}项吧"])
)
def test_every_option_can_be_picked(place: int, words: str) -> None:
    assert choice(words.format(place + 1, title=MANY[place]), MANY) == place


def test_long_words_do_not_take_long() -> None:
    assert choice("那就我" * 1300 + "二步", TITLES) is None
    assert choice("2" + "吧谢谢" * 1300 + "了", TITLES) is None


def test_options_are_numbered_below_a_sentence() -> None:
    lines = numbered(TITLES)
    assert lines[1:] == [f"{place}. {title}" for place, title in enumerate(TITLES, 1)]
    assert "数字" in lines[0]
    assert numbered([]) == []


def test_welcome_offers_the_common_questions() -> None:
    entry = welcome("key")
    assert (entry.key, entry.author) == ("key", "bot")
    assert len(entry.buttons) > 3
    assert all(button["payload"].startswith("/") for button in entry.buttons)


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ("给4分", 4),
        ("我给你们5分，谢谢", 5),
        ("打3颗星吧", 3),
        ("五星好评！", 5),
        ("给客服满分", 5),
        ("两颗星", 2),
        ("１分", 1),
        ("4分～", 4),
        ("6分", None),
        ("10分", None),
        ("5分钟了还没到", None),
        ("十分满意", None),
        ("扣了5分钱", None),
        ("4", None),
        ("分", None),
    ],
)
def test_a_rating_in_words_is_read(said: str, points: int | None) -> None:
    assert score(said) == points

"""Customers who write down what nobody should see, and what a human needs."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import pytest

from desk.masking import is_code_expected, mask, may_depend
from desk.masking.shapes import is_card
from tests.customer import Customer

# Made-up numbers with right check digits, not anybody's.
CARD = "6222020000000000000"
CARD = CARD[:-1] + next(d for d in "0123456789" if is_card(CARD[:-1] + d))
IDENTITY = "110101190001010015"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("验证码是123456你帮我看看", "验证码是****你帮我看看"),
        ("验证码：４５６７", "验证码：****"),
        ("收到的验证码 8848 对吗", "收到的验证码 **** 对吗"),
        ("我的密码是hunter2xyz忘了", "我的密码是****忘了"),
        ("password=Abc!2345", "password=****"),
        (f"卡号{CARD}", f"卡号****{CARD[-4:]}"),
        (f"身份证{IDENTITY}打不开", f"身份证****{IDENTITY[-4:]}打不开"),
        ("手机13800138000收不到", "手机****8000收不到"),
        ("+86 138-0013-8000", "****8000"),
        ("我的邮箱是zhang.san@example.com", "我的邮箱是****@example.com"),
        # a word of another number stands nearer by than it used to
        (f"订单付款用的卡是{CARD}", f"订单付款用的卡是****{CARD[-4:]}"),
        ("交易卡号6222021234567890123", "交易卡号****0123"),
        ("快递员电话13800138000", "快递员电话****8000"),
        ("订单手机号是13800138000", "订单手机号是****8000"),
        # every writing
        ("008613800138000", "****8000"),
        ("138.0013.8000", "****8000"),
        ("手机一三八零零一三八零零零", "手机****8000"),
        ("卡号 6222  0212  3456  7890  123", "卡号 ****0123"),
        ("卡号6222\u00a00212\u00a03456\u00a07890", "卡号****7890"),
        ("卡号（6222-0212-3456-7890）", "卡号（****7890）"),
        ("身份证 110101 19900307 7758", "身份证 ****7758"),
        ("我身份证号是11010119900307851x", "我身份证号是****851x"),
        ("验证码是：123456", "验证码是：****"),
        ("验证码 123 456", "验证码 ****"),
        ("验证码：四 八 三 九 二 零", "验证码：****"),
        ("驗證碼【483920】", "驗證碼【****】"),
        ("验证码 4、8、3、9、2、1", "验证码 ****"),
        ("密码：Ab1?Xy9z2w", "密码：****"),
        ("密码：Ａｂ１？Ｘｙ９ｚ２ｗ", "密码：****"),
        ("密码是“abc12345”", "密码是“****”"),
        ("密码是ab12(cd34)ef", "密码是****"),
        ("密码\nhunter2xyz", "密码\n****"),
        ("密码\n\nqwertyui", "密码\n\n****"),
        # said of it afterwards
        ("889900是我的支付密码", "****是我的支付密码"),
        ("G-483920是您的Google验证码", "G-****是您的Google验证码"),
        # what is called so is hidden, whatever it looks like
        ("密码 木头人123 老是不对", "密码 **** 老是不对"),
        ("我的支付密码是六个8", "我的支付密码是****"),
        ("登录密码就是我生日19900307", "登录密码就是****"),
        ("密码是123456多试几次也不行", "密码是****多试几次也不行"),
        ("cvv是567 有效期12/28", "cvv是**** 有效期12/28"),
        ("code is 483920", "code is ****"),
        ("密码我记得是hfcd7970老提示错误", "密码我记得是****老提示错误"),
        ("验证码，就是95443谢谢", "验证码，就是****谢谢"),
        ("验证码（3064）\n订单2025061212345678", "验证码（****）\n订单2025061212345678"),
        ("验证码4️⃣8️⃣3️⃣9️⃣2️⃣0️⃣", "验证码****\ufe0f\u20e3"),
        # the second one
        ("原来的密码是 wangxiao1990 新的是 wangxiao2020", "原来的密码是 **** 新的是 ****"),
        ("密码是Zhao2024abc 卡号6222021234567890128", "密码是**** 卡号****0128"),
        # a bare code where one is spoken of
        ("他问我要验证码我就给了885512", "他问我要验证码我就给了****"),
        ("我把885512告诉他了，他说是验证码", "我把****告诉他了，他说是验证码"),
        # a card's number, mistyped, beside the word
        ("能退回这张卡不 6217001234567890123", "能退回这张卡不 ****0123"),
        ("我的银行卡 6222 0212 3456 7890 124 查一下", "我的银行卡 ****0124 查一下"),
    ],
)
def test_secret_or_personal_number_is_hidden(written: str, kept: str) -> None:
    assert mask(written).text == kept


@pytest.mark.parametrize(
    "written",
    [
        "收到了 是 662233",
        "我就给了885512",
        "4 8 3 9 2 1",
        "四八三九二零",
        "4839-21",
        "４８３９２０",
    ],
)
def test_bare_code_is_hidden_where_a_code_was_spoken_of(written: str) -> None:
    hidden = mask(written, code_expected=True)
    assert "****" in hidden.text
    assert hidden.secret
    assert not re.search(r"[\d０-９四八]", hidden.text.replace("****", ""))
    assert mask(written).text == written, "nobody spoke of one"


def test_name_in_one_message_and_the_secret_in_the_next() -> None:
    assert mask("hunter2xyz", before="我的密码是").text == "****"
    assert mask("qwertyui", before="密码").text == "****"
    assert mask("6222021234567890123", before="卡号：").text == "****0123"
    assert mask("hunter2xyz", before="密码忘了").text == "hunter2xyz"


@pytest.mark.parametrize("named", [f"卡号{CARD}", f"身份证{IDENTITY}", "cvv 567", "密码abc123"])
def test_who_writes_a_secret_is_warned(named: str) -> None:
    assert mask(named).secret


HARMLESS = [
    "订单号20260301123456789",
    f"交易号：{CARD}",
    "密码忘了",
    "密码error怎么办",
    "密码app里怎么改",
    "验证码收不到",
    "扣了我128.5元",
    "错误码1001",
    "2026年3月1日",
    "第3步",
    "2",
    "运单号 13800138000123",
    "订单号 202506120000000176",
    "订单号 2025061212345670、2025061212345689",
    "查2025-06-01 2025-06-19的账单",
    "1000 2000 3000 4000",
    "转了1000 2000 3000 4000",
    "收不到验证码，订单号20250612",
    "验证码5分钟没收到",
    "密码输错3次",
    "密码 输错3次了",
    "密码是6位数吗",
    "密码要8-16位",
    "忘记密码 2019年注册的",
    "收不到验证码 2025-06-12 14:30",
    "验证码发送太频繁，错误码10023",
    "被骗走5000，验证码给他了",
    "密码忘了，余额12800",
    "打10086问过验证码",
    "尾号1234的卡收不到验证码",
    "1、2、3、4步都做了，还是收不到验证码",
    "查一下20250612这单，支付密码输了",
    "忘了密码，iphone15登不上",
    "卡在第3步了",
    "12306的密码忘记了",
    "192.168.1.1进不去，说密码错误",
    "验证码是10086发的吗",
    "一笔4999一笔2999，都是给了验证码以后没的",
    "https://example.com/code/123456",
    "“忘记密码”【找回】点不开",
    "收不到验证码 8458865126是我的订单号",
    "绑卡的订单 6217001234567890123",
    "页面卡住了 6217001234567890123",
]


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_a_human_needs_stays(harmless: str) -> None:
    assert mask(harmless).text == harmless
    assert not mask(harmless).secret


@pytest.mark.parametrize(
    "harmless",
    [
        *HARMLESS,
        "订单号 20250612",
        "20250612",
        "订单号A123456",
        "TX20261128",
        "¥2000",
        "昨天扣了1280",
        "我转了5000一直没到账",
        "5000没了",
        "报警人家管不 2600够立案不",
        "二〇二五年六月十二日",
        "12月28日",
        "6.12",
        "第三步",
    ],
)
def test_what_a_human_needs_stays_where_a_code_was_spoken_of(harmless: str) -> None:
    assert mask(harmless, code_expected=True).text == harmless


@pytest.mark.parametrize(
    ("text", "said", "answer", "expected"),
    [
        ("885512", ["他问我要验证码"], "", True),
        ("885512", ["收不到短信"], "请输入短信里的校验码。", True),
        ("885512", ["你好"], "您好", False),
        ("885512", ["你好"], "可以说说订单号。密码和验证码请不要发。", False),
        ("885512", ["我把验证码给他了"], "可以说说订单号。密码和验证码请不要发。", True),
        ("88231234", ["我把验证码给他了"], "请发一下相关的订单号。", False),
    ],
)
def test_code_is_expected_by_what_was_said(
    text: str, said: list[str], answer: str, expected: bool
) -> None:
    assert is_code_expected(text, said, answer) is expected


def test_most_messages_need_no_look_at_what_was_said() -> None:
    assert not any(map(may_depend, ["密码忘了", "2", "第3步", "好的"]))
    assert all(map(may_depend, ["885512", "四八三九二零", "hunter2xyz"]))


# ---- generated sentences: carriers and writings meet at random, always the same ones

TIMES = 2500
_WORDS = str.maketrans("0123456789", "零一二三四五六七八九")
_FULL = {0x21 + place: chr(0xFF01 + place) for place in range(94)}


def _grouped(number: str, gap: str, *sizes: int) -> str:
    parts, place = [], 0
    for size in sizes:
        parts.append(number[place : place + size])
        place += size
    return gap.join(part for part in [*parts, number[place:]] if part)


Writing = Callable[[random.Random, str], str]
GAPS = [" ", "  ", "-", "\u00a0", ".", " - ", "\u3000", "\u2013"]
# How a number of the kind is written.
PLAIN: list[Writing] = [
    lambda chance, number: number,
    lambda chance, number: number.translate(_FULL),
    lambda chance, number: f"“{number}”",
    lambda chance, number: f"（{number}）",
    lambda chance, number: f"【{number}】",
    lambda chance, number: f"({number})",
    lambda chance, number: f'"{number}"',
    lambda chance, number: f"\n{number}",
    lambda chance, number: f"\u00a0{number}",
]
CODES: list[Writing] = [
    *PLAIN,
    lambda chance, number: number.translate(_WORDS),
    lambda chance, number: " ".join(number.translate(_WORDS)),
    lambda chance, number: chance.choice([" ", "-", "、", "，", "\u00a0", "."]).join(number),
    lambda chance, number: _grouped(number, chance.choice([" ", "-", "\u00a0"]), 3),
]
CARDS: list[Writing] = [
    *PLAIN,
    lambda chance, number: _grouped(number, chance.choice(GAPS), 4, 4, 4, 4),
    lambda chance, number: _grouped(number, chance.choice(GAPS), 6, 6),
]
IDENTITIES: list[Writing] = [
    *PLAIN,
    lambda chance, number: _grouped(number, chance.choice(GAPS), 6, 8),
    lambda chance, number: _grouped(number, chance.choice(GAPS), 6, 4, 4),
]
PHONES: list[Writing] = [
    *PLAIN,
    lambda chance, number: _grouped(number, chance.choice(GAPS), 3, 4),
    lambda chance, number: chance.choice(["+86", "86", "0086", "+86 "]) + number,
    lambda chance, number: number.translate(_WORDS),
]
TAILS = ["", "。", "，麻烦快点", " 一直不行", "，你帮我看看", "，对吗？", "\n谢谢", "，急"]
LINKS = ["", "是", "：", ":", " ", "是：", "就是", "=", " 是 ", "为", "，是", "我发你 "]

SECRETS: dict[str, tuple[list[str], list[Writing]]] = {
    "code": (
        [
            *["验证码{}", "收到的验证码{}", "短信校验码{}", "动态码{}", "你们发的驗證碼{}"],
            *["订单付款的验证码{}", "我的支付密码{}", "登录密码{}", "支付密码我设成了{}", "口令{}"],
            *["昨天买了2000元的东西，验证码{}", "订单号2025061212345670，验证码{}"],
        ],
        CODES,
    ),
    "password": (
        [
            *["密码{}", "登录密码{}", "我的密码{}", "订单查询密码{}", "password{}", "钱包口令{}"],
            *["手机13800138000的密码{}", "账号zhangsan 密码{}"],
        ],
        PLAIN,
    ),
    "card": (
        [
            *["卡号{}", "银行卡号{}", "交易卡号{}", "订单付款用的卡号{}", "退款到卡号{}"],
            *["我的订单号没有，卡号{}", "身份证不在，卡号{}"],
        ],
        CARDS,
    ),
    "identity": (
        ["身份证{}", "身份证号{}", "证件号码{}", "订单实名的身份证{}", "下单人身份证号码{}"],
        IDENTITIES,
    ),
    "phone": (
        ["手机号{}", "快递员电话{}", "订单手机号{}", "绑定的手机{}", "联系电话{}", "预留手机号{}"],
        PHONES,
    ),
}
AFTERWARDS = ["{}是我的支付密码", "{}是验证码", "{}这个验证码", "{}（验证码）", "{}就是短信验证码"]
BARE = [
    *["他问我要验证码我就给了{}", "我把{}告诉骗子了，是验证码", "验证码都给他了，{}", "收到了，{}"],
    *["验证码发来了\n{}", "不是没收到验证码，刚来了 {}", "对方要短信码，我念了{}"],
]


def _digits(chance: random.Random, size: int) -> str:
    return "".join(chance.choices("0123456789", k=size))


def _day(chance: random.Random, first: int = 1950, last: int = 2005) -> str:
    month, day = chance.randint(1, 12), chance.randint(1, 28)
    return f"{chance.randint(first, last)}{month:02}{day:02}"


def _secret(chance: random.Random, kind: str) -> str:
    if kind == "code":
        return _digits(chance, chance.choice([4, 6, 6, 6, 8]))
    if kind == "password":
        letters = "".join(chance.choices("abcdefghjkmnpqrstuvwxyzABCDEFGH", k=chance.randint(3, 7)))
        sign = chance.choice(["", "", "!", "@", "?", "#", "_", "(x)", "*"])
        return (
            letters + sign + _digits(chance, chance.randint(2, 5)) + chance.choice(["", "q", "W"])
        )
    if kind == "card":
        return chance.choice(["6222", "6217", "4367", "5187"]) + _digits(
            chance, 12 + 3 * (chance.random() < 0.5)
        )
    if kind == "identity":
        return "110101" + _day(chance) + _digits(chance, 3) + chance.choice("0123456789X")
    return "1" + chance.choice("3456789") + _digits(chance, 9)


def secrets() -> Iterator[tuple[str, str, bool]]:
    """Yield sentences, what must not be seen of each, and whether a code was spoken of before."""
    chance = random.Random(20250612)
    for _ in range(TIMES):
        kind = chance.choice(list(SECRETS))
        carriers, writings = SECRETS[kind]
        secret = _secret(chance, kind)
        written = chance.choice(writings)(chance, secret)
        tail = chance.choice(TAILS)
        form = chance.random()
        if kind == "code" and form < 0.2:
            yield chance.choice(AFTERWARDS).format(written.strip()) + tail, secret, False
        elif kind == "code" and form < 0.5:
            yield chance.choice(BARE).format(written.strip()) + tail, secret, True
        else:
            carrier = chance.choice(carriers)
            link = chance.choice(LINKS[1:] if carrier.startswith("password") else LINKS)
            yield carrier.format(link + written) + tail, secret, False


def visible(text: str) -> str:
    """Return the digits and letters of a text as one would read them."""
    numerals = str.maketrans("零一二三四五六七八九", "0123456789")
    half = {ord(full): chr(plain) for plain, full in _FULL.items()}
    return re.sub(r"[^0-9A-Za-z]", "", text.translate(half).translate(numerals))


def shows(text: str, secret: str) -> bool:
    """Tell whether more than the last four characters of a secret can be read."""
    readable, wanted = visible(text), visible(secret)
    if len(wanted) > 8:
        wanted = wanted[:-4]
        size = 5
    else:
        size = min(4, len(wanted))
    return any(wanted[place : place + size] in readable for place in range(len(wanted) - size + 1))


def test_no_generated_secret_is_seen() -> None:
    seen = []
    for text, secret, expected in secrets():
        shown = mask(text, code_expected=expected).text
        if "****" not in shown or shows(shown.replace("2025061212345670", ""), secret):
            seen.append((text, shown))
    assert not seen, seen[:20]


def _number_of_an_order(chance: random.Random) -> str:
    made = chance.random()
    if made < 0.5:
        return _day(chance, 2024, 2026) + _digits(chance, chance.choice([4, 6, 8, 10, 12]))
    if made < 0.6:
        return _day(chance, 2024, 2026)
    if made < 0.7:
        return chance.choice(["TX", "A", "DD", "E"]) + _digits(chance, chance.randint(6, 10))
    return _digits(chance, chance.randint(8, 20))


ORDERS = [
    *["订单号{}", "订单号：{}", "订单号是{}", "交易单号 {}", "流水号{}", "商户单号（{}）"],
    *[
        "运单号{}",
        "我的订单编号是“{}”",
        "退款单号\n{}",
        "{}是我的订单号",
        "订单号，{}",
        "交易号【{}】",
    ],
]
DATES = [
    "2025-06-01",
    "2025/6/1",
    "2025年6月1日",
    "6月12日",
    "20250612日",
    "2025.06.12",
    "二〇二五年六月",
]
NUMBERS = [
    *["转了{}元", "扣了{}块", "充值{}", "余额{}", "一共{}元", "金额：{}", "¥{}", "付了{}还没到账"],
    *["被骗走{}", "{}元没了", "退款{}", "{}块钱不见了", "损失{}", "欠{}", "转账{}", "{}人民币"],
]
ASIDE = [
    *[
        "",
        "",
        "密码忘了，",
        "验证码收不到，",
        "收不到验证码 ",
        "我改密码了。",
        "验证码给了骗子，",
        "急，",
    ],
    *["支付密码输错3次，", "昨天14:30 ", "在第3步，", "校验码一直不来；"],
]


def needed() -> Iterator[tuple[str, str]]:
    """Yield sentences, and what of each a human needs."""
    chance = random.Random(7)
    for _ in range(TIMES):
        kind, aside = chance.randrange(4), chance.choice(ASIDE)
        if kind == 0:
            number = _number_of_an_order(chance)
            text = chance.choice(ORDERS).format(number)
        elif kind == 1:
            numbers = [_day(chance, 2024, 2026) + _digits(chance, 8) for _ in range(2)]
            number = chance.choice(["、", "，", "和", " ", "\n"]).join(numbers)
            text = "订单号 " + number
        elif kind == 2:
            number = chance.choice(DATES)
            text = chance.choice(["{}的账单", "{} 10:20付的", "从{}到现在", "{}那天"]).format(
                number
            )
        else:
            number = str(chance.choice([chance.randint(100, 9_999), chance.randint(1, 900) * 100]))
            number += chance.choice(["", "", ".50", ".8"])
            text = chance.choice(NUMBERS).format(number)
        yield aside + text + chance.choice(TAILS), number


@pytest.mark.parametrize("code_expected", [False, True])
def test_generated_order_numbers_dates_and_amounts_stay(code_expected: bool) -> None:
    broken = []
    for text, number in needed():
        shown = mask(text, code_expected=code_expected).text
        if number not in shown:
            broken.append((text, shown))
    assert len(broken) <= TIMES * 0.01, (len(broken), broken[:20])


def test_what_is_masked_stays_as_it_is_when_masked_again() -> None:
    for text, _, expected in secrets():
        once = mask(text, code_expected=expected).text
        assert mask(once, code_expected=expected).text == once


# ---- over HTTP


def test_customer_who_sends_a_code_is_warned_and_it_is_stored_nowhere(customer: Customer) -> None:
    customer.says("验证码是739518，帮我登录一下")
    assert "不要把密码和验证码发给任何人" in customer.said
    assert "739518" not in str(customer.open_page())
    assert "****" in str(customer.open_page())


def test_code_that_comes_in_a_message_of_its_own_is_hidden(customer: Customer) -> None:
    customer.says("收不到验证码")
    customer.says("收到了 是 739518")
    assert "不要把密码和验证码发给任何人" in customer.said
    assert "739518" not in str(customer.open_page())

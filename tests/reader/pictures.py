"""The set: pictures as customers send them, every word invented, with what is right to read.

Rendered anew each time, always the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import opencc
from PIL import Image

from tests.reader.sheet import (
    BLUE,
    DARK,
    LIGHT,
    PALE,
    Sheet,
    Theme,
    compressed,
    faded,
    photographed,
)

FAILED = [
    "支付失败",
    "转账失败",
    "提现失败",
    "退款申请被拒绝",
    "余额不足",
    "账户已冻结",
    "交易超时",
    "银行卡已失效",
    "超过限额",
    "系统繁忙",
    "身份验证未通过",
    "网络异常",
]
DONE = ["支付成功", "转账成功", "退款成功", "提现成功", "处理中", "退款处理中"]
MERCHANTS = [
    "星河便利店",
    "青禾水果店(城南店)",
    "晨光文具",
    "云帆电器旗舰店",
    "小鹿乐园",
    "北岸咖啡",
    "长风汽修厂",
    "南山书屋",
    "金穗粮油商行",
    "海棠花艺工作室",
]
ERRORS = ["E1032", "ERR_2041", "PAY-40012", "50013", "A0203", "0x80072EE7"]


@dataclass
class Example:
    """A picture and what is right.

    Args:
        name: of the kind and the number: `wallet-03`.
        image: the picture.
        values: what `values_of` must return.
        says: what the text must contain, blanks left aside.
        secrets: digits or words that nobody may see in what is stored.
        codes: kinds of the QR codes.
    """

    name: str
    image: Image.Image
    values: dict[str, str] = field(default_factory=dict)
    says: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


# ---- invented data


class Invented:
    """Numbers and names by chance, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def digits(self, count: int) -> str:
        return "".join(self.chance.choice("0123456789") for _ in range(count))

    def amount(self) -> str:
        return f"{self.chance.choice([7, 38, 128, 560, 1999, 12800])}.{self.digits(2)}"

    def time(self) -> str:
        c = self.chance
        return (
            f"2026-{c.randint(1, 11):02}-{c.randint(1, 28):02} "
            f"{c.randint(0, 23):02}:{c.randint(0, 59):02}:{c.randint(0, 59):02}"
        )

    def order(self) -> str:
        return (
            f"2026{self.chance.randint(1, 12):02}{self.chance.randint(1, 28):02}{self.digits(12)}"
        )

    def card(self) -> str:
        begun = "622848" + self.digits(12)
        doubled = [int(each) for each in begun]
        total = sum(
            (2 * digit - 9 * (digit > 4)) if place % 2 == 0 else digit
            for place, digit in enumerate(reversed(doubled))
        )
        return begun + str(-total % 10)

    def phone(self) -> str:
        return f"1{self.chance.choice('3578')}{self.digits(9)}"

    def identity(self) -> str:
        c = self.chance
        born = f"{c.randint(1960, 2004)}{c.randint(1, 12):02}{c.randint(1, 28):02}"
        return f"440300{born}{self.digits(3)}X"

    def one(self, of: list[str]) -> str:
        return self.chance.choice(of)


def grouped(number: str, size: int = 4) -> str:
    return " ".join(number[at : at + size] for at in range(0, len(number), size))


# ---- pages


def wallet(seed: int, theme: Theme = LIGHT, width: int = 1080, status: str = "") -> Example:
    """A wallet's result page."""
    made = Invented(seed)
    status = status or made.one(FAILED)
    values = {
        "status": status,
        "amount": made.amount(),
        "time": made.time(),
        "order_number": made.order(),
        "error_code": made.one(ERRORS),
        "merchant": made.one(MERCHANTS),
    }
    sheet = Sheet(theme, width)
    sheet.bar()
    sheet.middle("账单详情", 46)
    sheet.space(60)
    sheet.middle(status, 62, theme.failed)
    sheet.middle(f"¥{values['amount']}", 92)
    sheet.space(60)
    sheet.field("商户名称", values["merchant"])
    sheet.field("交易时间", values["time"])
    sheet.field("错误代码", values["error_code"])
    sheet.field("订单号", values["order_number"])
    sheet.field("付款方式", "账户余额")
    sheet.space(80)
    sheet.button("返回首页")
    return Example("", sheet.done(1900 * width // 1080), values)


def bill(seed: int, theme: Theme = LIGHT, width: int = 1080) -> Example:
    """A bill that went well, with a card's number in full: the number is covered."""
    made = Invented(seed)
    card = made.card()
    values = {
        "status": made.one(DONE),
        "amount": f"{int(made.amount()[:-3]):,}.{made.digits(2)}".replace(",", ""),
        "time": made.time(),
        "order_number": made.order(),
        "merchant": made.one(MERCHANTS),
    }
    sheet = Sheet(theme, width)
    sheet.bar("09:05", "46%")
    sheet.middle("交易详情", 46)
    sheet.space(40)
    sheet.middle(f"-{values['amount']}", 84)
    sheet.middle(values["status"], 44, theme.done)
    sheet.space(40)
    sheet.below("收款方", values["merchant"])
    sheet.below("支付时间", values["time"])
    sheet.below("付款卡号", grouped(card))
    sheet.below("商户单号", values["order_number"])
    sheet.line("对账单有疑问？联系客服", 34, faint=True)
    return Example("", sheet.done(), values, secrets=[card])


def bank(seed: int, theme: Theme = BLUE) -> Example:
    """A bank's transfer receipt."""
    made = Invented(seed)
    card, phone = made.card(), made.phone()
    amount = f"{made.chance.choice([300, 2500, 48000])}.00"
    values = {
        "status": made.one(["转账成功", "转账失败", "交易处理中"]),
        "amount": amount,
        "time": made.time(),
        "order_number": made.order(),
    }
    sheet = Sheet(theme)
    sheet.bar("22:47", "15%")
    sheet.middle("转账结果", 46)
    sheet.middle(values["status"], 60)
    sheet.space(40)
    sheet.field("转账金额", f"{int(amount[:-3]):,}.00元")
    sheet.field("收款人", "张*")
    sheet.field("收款账号", card)
    sheet.field("预留手机号", phone)
    sheet.field("转账时间", values["time"])
    sheet.field("交易流水号", values["order_number"])
    sheet.button("完成")
    return Example("", sheet.done(), values, secrets=[card, phone])


def sms(seed: int, theme: Theme = LIGHT) -> Example:
    """Short messages with a code."""
    made = Invented(seed)
    code, tail = made.digits(6), made.digits(4)
    texts = [
        f"【OK钱包】验证码{code}，5分钟内有效，请勿泄露给任何人。",
        f"【OK钱包】您正在修改登录密码，动态码：{code}。如非本人操作请忽略。",
        f"您尾号{tail}的储蓄卡正在进行快捷支付，验证码 {code}，切勿转发。",
        f"[OKPay] Your verification code is {code}. Do not share it.",
    ]
    sheet = Sheet(theme)
    sheet.bar("08:12", "90%")
    sheet.middle("短信", 44)
    sheet.middle("今天 08:11", 30, theme.faint)
    sheet.bubble(texts[seed % len(texts)])
    says = ["验证码", "动态码", "验证码", "verificationcode"][seed % len(texts)]
    return Example("", sheet.done(1500), says=[says], secrets=[code])


CHATS = [
    [
        ("您好，我是平台客服，您的账户涉嫌异常需要核实", False),
        ("请把资金转到安全账户：{card}", False),
        ("转好截图发给我，不要告诉别人", False),
        ("要转多少", True),
    ],
    [
        ("姐，做任务返利，先垫付三单", False),
        ("一单 {amount} 元，做完本金佣金一起提现", False),
        ("已经垫了两单了，怎么提不出来", True),
        ("再充一笔保证金就能解冻", False),
    ],
    [
        ("你好，你网购的商品要理赔，双倍退款给你", False),
        ("把收到的验证码报给我", False),
        ("{code}", True),
        ("好的，再发一次", False),
    ],
    [
        ("我是公安局的，您名下的卡涉嫌洗钱", False),
        ("请配合调查，下载会议软件共享屏幕", False),
        ("我的身份证是 {identity}", True),
        ("手机号 {phone}", True),
    ],
]


def chat(seed: int, theme: Theme = LIGHT) -> Example:
    """A chat with somebody who is after money."""
    made = Invented(seed)
    values = {
        "card": grouped(made.card()),
        "amount": "880",
        "code": made.digits(6),
        "identity": made.identity(),
        "phone": made.phone(),
    }
    sheet = Sheet(theme)
    sheet.bar("21:30", "33%")
    sheet.middle("在线客服-小王", 44)
    sheet.middle("21:28", 30, theme.faint)
    says, secrets = [], []
    for text, mine in CHATS[seed % len(CHATS)]:
        sheet.bubble(text.format(**values), mine)
        secrets += [
            values[name] for name in ("card", "code", "identity", "phone") if f"{{{name}}}" in text
        ]
        if "{" not in text:
            says.append(text)
    return Example(
        "", sheet.done(1700), says=says, secrets=[each.replace(" ", "") for each in secrets]
    )


def form(seed: int, theme: Theme = LIGHT) -> Example:
    """A form that is filled in: name, ID card, password."""
    made = Invented(seed)
    identity, card, phone, word = made.identity(), made.card(), made.phone(), f"Abc{made.digits(5)}"
    sheet = Sheet(theme)
    sheet.bar()
    sheet.middle("实名认证", 46)
    sheet.below("身份证号", identity)
    sheet.below("银行卡号", grouped(card))
    sheet.below("手机号", grouped(phone[:3] + " " + phone[3:], 20))
    sheet.below("登录密码", word)
    sheet.middle("身份信息不匹配，验证失败", 40, theme.failed)
    sheet.button("重新提交")
    return Example(
        "",
        sheet.done(),
        {"status": "身份信息不匹配,验证失败"},
        secrets=[identity, card, phone, word],
    )


def english(seed: int) -> Example:
    """A page in English, or half in English."""
    made = Invented(seed)
    half = seed % 2
    values = {
        "status": "支付失败 Payment Failed" if half else "Payment failed",
        "amount": made.amount(),
        "time": made.time(),
        "order_number": made.order(),
        "error_code": made.one(ERRORS[:3]),
        "merchant": made.one(["Blue Harbor Coffee", "Maple Books", "Sunrise Market"]),
    }
    sheet = Sheet(LIGHT)
    sheet.bar()
    sheet.middle("Order Details", 46)
    sheet.middle(values["status"], 56, LIGHT.failed)
    sheet.middle(f"¥ {values['amount']}", 84)
    sheet.field("商户 Merchant" if half else "Merchant", values["merchant"])
    sheet.field("Payment time", values["time"])
    sheet.field("Error code", values["error_code"])
    sheet.field("Order No.", values["order_number"])
    if half:
        del values["merchant"]
    return Example("", sheet.done(), values)


def traditional(seed: int) -> Example:
    """A wallet's page in traditional characters."""
    made = Invented(seed)
    simple = {
        "status": made.one(["支付失败", "转账失败", "账户已冻结", "余额不足"]),
        "amount": made.amount(),
        "time": made.time(),
        "order_number": made.order(),
        "error_code": made.one(ERRORS),
        "merchant": made.one(MERCHANTS),
    }
    to = opencc.OpenCC("s2t").convert
    sheet = Sheet(LIGHT)
    sheet.bar()
    sheet.middle(to("账单详情"), 46)
    sheet.middle(to(simple["status"]), 62, LIGHT.failed)
    sheet.middle(f"¥{simple['amount']}", 92)
    for name, kind in [
        ("商户名称", "merchant"),
        ("交易时间", "time"),
        ("错误代码", "error_code"),
        ("订单号", "order_number"),
    ]:
        sheet.field(to(name), to(simple[kind]))
    return Example("", sheet.done(), simple)


def long_list(seed: int, ratio: int) -> Example:
    """A bill that goes on for pages: what went wrong stands at the end, a code in the middle."""
    made = Invented(seed)
    code = made.digits(6)
    sheet = Sheet(LIGHT, 700)
    sheet.bar()
    sheet.middle("全部账单", 46)
    wanted = 700 * ratio
    while sheet.y < wanted - 900:
        sheet.field(made.one(MERCHANTS), f"-{made.amount()}")
        sheet.line(made.time(), 30, faint=True)
        if sheet.y > wanted / 2 and code:
            sheet.line(f"短信验证码：{code}，请勿告诉他人")
            code, shown = "", code
    order, error = made.order(), made.one(ERRORS)
    sheet.middle("退款失败", 64)
    sheet.field("错误代码", error)
    sheet.field("退款单号", order)
    return Example(
        "",
        sheet.done(wanted),
        {"status": "退款失败", "error_code": error, "order_number": order},
        secrets=[shown],
    )


def step(seed: int) -> Example:
    """A page of the wallet's own procedure."""
    pages = [
        ("找回密码", ["请输入绑定的手机号或邮箱", "验证码已发送", "没有收到验证码？"], "下一步"),
        ("重设登录密码", ["新密码", "再次输入新密码", "两次输入的密码不一致"], "确定"),
        ("申请退款", ["选择要退款的订单", "退款原因", "上传凭证"], "提交申请"),
    ]
    title, lines, button = pages[seed % len(pages)]
    sheet = Sheet(LIGHT)
    sheet.bar()
    sheet.middle(title, 50)
    for text in lines:
        sheet.line(text)
    sheet.button(button)
    return Example("", sheet.done(1700), says=[title, *lines, button])


CODES = [
    ("https://qr.alipay.com/fkx00000invented0000", "payment"),
    ("wxp://f2f0invented000000000000000000", "payment"),
    ("https://login.example.com/qrconnect?ticket=invented", "login"),
    ("https://shop.example.com/item/12", "address"),
]


def code_page(seed: int) -> Example:
    """Somebody's QR code in a chat or on a poster."""
    import zxingcpp

    said, kind = CODES[seed % len(CODES)]
    made = zxingcpp.create_barcode(said, zxingcpp.BarcodeFormat.QRCode)
    image = Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=8))
    sheet = Sheet(LIGHT)
    sheet.bar()
    sheet.middle("扫码领取退款", 46)
    sheet.picture(image, 560)
    sheet.line("长按识别二维码，马上到账")
    return Example("", sheet.done(), says=["扫码领取退款"], codes=[kind])


def blank(seed: int) -> Example:
    """Nothing to read: one colour, or a photo of nothing."""
    chance = random.Random(seed)
    if seed % 2:
        return Example("", Image.new("RGB", (1080, 1920), "#f4f4f4"))
    image = Image.linear_gradient("L").resize((900, 1200)).convert("RGB")
    return Example("", faded(image, chance.uniform(0.3, 0.6)))


# ---- the set


def _changed(example: Example, change: Callable[[Image.Image], Image.Image]) -> Example:
    example.image = change(example.image)
    return example


def _turned(example: Example, quarter: int) -> Example:
    return _changed(example, lambda image: image.rotate(90 * quarter, expand=True))


def _shot(draw: Callable[[int], Example], seed: int, strength: float = 1.0) -> Example:
    return _changed(draw(seed), lambda image: photographed(image, random.Random(seed), strength))


def _kinds() -> dict[str, list[Callable[[], Example]]]:
    def made(
        work: Callable[..., Example], seeds: range, **options: object
    ) -> list[Callable[[], Example]]:
        return [partial(work, seed, **options) for seed in seeds]

    return {
        "wallet": made(wallet, range(12)),
        "bill": made(bill, range(20, 28)),
        "bank": made(bank, range(30, 38)),
        "sms": made(sms, range(40, 48)),
        "chat": made(chat, range(48, 56)),
        "form": made(form, range(60, 63)),
        "dark": [
            *made(wallet, range(70, 73), theme=DARK),
            *made(bill, range(73, 75), theme=DARK),
            *made(chat, range(76, 78), theme=DARK),
        ],
        "pale": [*made(wallet, range(80, 82), theme=PALE), *made(sms, range(82, 84), theme=PALE)],
        "small": [
            lambda: _changed(wallet(90), lambda image: compressed(image, 540)),
            lambda: _changed(bill(91), lambda image: compressed(image, 640)),
            lambda: _changed(bank(92), lambda image: compressed(image, 600)),
        ],
        "turned": [
            lambda: _turned(wallet(100), 1),
            lambda: _turned(bill(101), 2),
            lambda: _turned(bank(102), 3),
            lambda: _turned(chat(103), 1),
        ],
        "photo": [
            *(partial(_shot, wallet, seed) for seed in range(110, 114)),
            *(partial(_shot, bill, seed) for seed in range(114, 117)),
            *(partial(_shot, sms, seed) for seed in range(117, 119)),
            partial(_shot, partial(wallet, theme=DARK), 119, 1.3),
        ],
        "english": made(english, range(120, 124)),
        "traditional": made(traditional, range(130, 135)),
        "long": [
            lambda: long_list(140, 6),
            lambda: long_list(141, 10),
            lambda: long_list(142, 20),
        ],
        "step": made(step, range(150, 153)),
        "code": made(code_page, range(160, 164)),
        "blank": made(blank, range(170, 173)),
    }


def examples(*kinds: str) -> Iterator[Example]:
    """Draw the set, or some kinds of it."""
    for kind, drawings in _kinds().items():
        if kinds and kind not in kinds:
            continue
        for number, draw in enumerate(drawings, 1):
            example = draw()
            example.name = f"{kind}-{number:02}"
            yield example

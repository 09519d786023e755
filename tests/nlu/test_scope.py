"""What a message denies, affirms, supposes, tells of others and quotes."""

from __future__ import annotations

import pytest

from nlu.scope import read_scope

# A negation that denies all it says, and its positive twin, which denies nothing.
ALL_DENIED = [
    ("我没有被骗", "我被骗了"),
    ("放心我没被骗", "糟了我被骗了"),
    ("我没上当", "我上当了"),
    ("我没中招", "我中招了"),
    ("我沒有被騙", "我被騙了"),
    ("钱没被盗刷", "钱被盗刷了"),
    ("我密码没忘", "我密码忘了"),
    ("我手机没丢", "我手机丢了"),
    ("手机没有被偷", "手机被偷了"),
    ("账户没被冻结", "账户被冻结了"),
    ("没泄露验证码", "泄露了验证码"),
    ("没申请退款", "申请退款"),
    ("我没申请过退款", "我申请过退款"),
    ("我没转账", "我转账了"),
    ("我先不注销", "我先注销"),
    ("不是要退款啦", "就是要退款啦"),
    ("我才不是要改密码", "我要改密码"),
    ("我可没说要退款", "我说过要退款"),
    ("我没想改密码", "我想改密码"),
    ("我没有要注销账户", "我要注销账户"),
    ("又没说要投诉", "说了要投诉"),
    ("谁说我要投诉了", "我要投诉"),
    ("谁让你转人工", "让你转人工"),
    ("没要你转人工", "要你转人工"),
    ("别给我转人工", "给我转人工"),
    ("不必转人工", "转人工"),
    ("不要给我注销", "给我注销"),
    ("甭帮我退款", "帮我退款"),
    ("无需退款", "需要退款"),
    ("不用帮我找回密码了", "帮我找回密码"),
    ("退款不要了", "退款我要"),
    ("提现不办了", "提现现在办"),
    ("人工就不用了", "人工就现在转"),
    ("不想退了", "想退了"),
]

# A negation with what is meant instead, and its twin with the two exchanged.
CONTRASTS = [
    ("钱没被盗刷，是我老婆花的", "盗刷", "老婆", "钱被盗刷了，我老婆没花"),
    ("不是忘记密码，是忘了账号", "忘记密码", "账号", "不是忘了账号，是忘记密码"),
    ("我不是要退款，是想问充值", "退款", "充值", "我不是要充值，是想问退款"),
    ("不是要找回密码，而是想换绑手机号", "找回密码", "换绑", "不是要换绑手机号，而是想找回密码"),
    ("手机没有被偷，只是没电了", "被偷", "没电", "手机被偷了，不是没电了"),
    ("不是被盗，是我自己改的", "被盗", "自己改", "是被盗，不是我自己改的"),
    ("是我老婆转的不是被盗", "被盗", "老婆", "是被盗不是我老婆转的"),
    ("我不是问退款，我问的是提现", "退款", "提现", "我不是问提现，我问的是退款"),
    ("我不想转人工，只想知道退款进度", "转人工", "退款进度", "不用查退款进度，我只想转人工"),
    ("我没丢手机是手机坏了", "丢手机", "坏了", "手机没坏，是我丢手机了"),
    ("没忘密码，就是想改一个", "忘密码", "想改", "不想改，就是忘密码了"),
    ("哪里要注销，就是问问手续费", "注销", "手续费", "不是问手续费，就是要注销"),
    ("谁想退款啊，我要充值", "退款", "充值", "谁想充值啊，我要退款"),
    ("不是不想退，是退不了", "不想退", "退不了", "不是退不了，是不想退"),
]


def test_there_are_enough_pairs() -> None:
    assert len(ALL_DENIED) + len(CONTRASTS) >= 40


@pytest.mark.parametrize(("negation", "twin"), ALL_DENIED)
def test_negation_denies_all_and_its_twin_nothing(negation: str, twin: str) -> None:
    denied = read_scope(negation)
    assert denied.said == ""
    assert denied.denied
    affirmed = read_scope(twin)
    assert affirmed.said != ""
    assert affirmed.denied == ()


@pytest.mark.parametrize(("message", "denied", "said", "twin"), CONTRASTS)
def test_what_stands_after_the_contrast_is_affirmed(
    message: str, denied: str, said: str, twin: str
) -> None:
    scope = read_scope(message)
    assert denied in "".join(scope.denied)
    assert said in scope.said
    assert denied not in scope.said
    assert scope.contrast
    exchanged = read_scope(twin)
    assert denied in exchanged.said, "the twin affirms what the message denies"


# 不 and 没 that tell of a problem, ask, or name who did not do it: nothing is denied.
@pytest.mark.parametrize(
    "message",
    [
        "我没收到验证码",
        "不能登录",
        "密码不对",
        "退款一直没到账",
        "没有申请退款的按钮",
        "不是我付的",
        "这笔不是我操作的",
        "是不是被骗了",
        "能不能退款",
        "要不要转人工",
        "有没有人工",
        "不要密码登录行吗",
        "没说多久到账",
        "没说拒绝的原因",
        "不想活了",
        "不用了",
        "不要",
        "登录不了",
        "钱没了",
        "手机找不到了",
    ],
)
def test_trouble_and_questions_are_no_denial(message: str) -> None:
    scope = read_scope(message)
    assert scope.denied == ()
    assert scope.said == message


@pytest.mark.parametrize(
    ("supposed", "told"),
    [
        ("如果手机丢了怎么办", "手机丢了怎么办"),
        ("万一被盗了怎么处理", "被盗了怎么处理"),
        ("要是密码忘了呢", "密码忘了呢"),
        ("假如有人骗我转账呢", "有人骗我转账"),
        ("请问如果卡丢了该怎么办", "请问卡丢了该怎么办"),
        ("手机丢了的话怎么办", "手机丢了怎么办"),
        ("以后被骗了找谁", "刚才被骗了找谁"),
    ],
)
def test_what_is_supposed_has_not_happened(supposed: str, told: str) -> None:
    assert read_scope(supposed).supposed
    assert not read_scope(told).supposed


@pytest.mark.parametrize(
    ("of_others", "own"),
    [
        ("我朋友被骗了", "我被朋友骗了"),
        ("同事的账号被盗", "我的账号被同事盗了"),
        ("听说有人被盗刷", "我的钱被盗刷"),
        ("网上说这个钱包不安全", "这个钱包不安全"),
    ],
)
def test_what_happened_to_others_is_marked(of_others: str, own: str) -> None:
    assert read_scope(of_others).others
    assert not read_scope(own).others


@pytest.mark.parametrize(
    ("message", "quote"),
    [
        (
            "他说“您的账户异常，请把验证码发给客服”，能给吗",
            "您的账户异常，请把验证码发给客服",
        ),
        ("短信写着「您的订单有问题，不要告诉家人」", "您的订单有问题，不要告诉家人"),
        ('页面提示"不用再提交申请了"怎么办', "不用再提交申请了"),
        ("他發來『賬戶異常，不是本人請點擊』", "账户异常，不是本人请点击"),
    ],
)
def test_quoted_words_are_somebody_else_s_and_deny_nothing(message: str, quote: str) -> None:
    scope = read_scope(message)
    assert scope.quoted == quote
    assert scope.denied == ()
    assert quote in scope.said


def test_a_button_s_or_a_feature_s_name_in_quotes_is_no_quotation() -> None:
    assert read_scope("没有“退出”按钮").quoted == ""


@pytest.mark.parametrize("message", ["", " ", "，，。", "🙏", "不", "没", "是"])
def test_next_to_nothing_is_read_without_harm(message: str) -> None:
    scope = read_scope(message)
    assert scope.denied == ()
    assert not scope.supposed


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("我问的是在哪 你没说", "在哪"),
        ("我说的是你们app坏了", "你们app坏了"),
        ("我问补电话卡 不是问你们", "补电话卡"),
        ("我问你多久到账", "多久到账"),
        ("我要问的是发票", "发票"),
        ("我的意思是先不退", "先不退"),
    ],
)
def test_what_is_meant_stands_behind_i_asked(words: str, meant: str) -> None:
    scope = read_scope(words)
    assert (scope.said, scope.contrast) == (meant, True)


@pytest.mark.parametrize(
    "words", ["我问哈我老汉儿", "他说的是安全账户", "我说的话你听不懂吗", "我说的不是这个"]
)
def test_what_somebody_says_is_not_what_is_meant(words: str) -> None:
    assert not read_scope(words).contrast


@pytest.mark.parametrize("words", ["密码我记得", "我记得自己的密码", "密码我还记得牢牢的"])
def test_what_is_remembered_is_not_forgotten(words: str) -> None:
    assert read_scope(words).denied
    assert not read_scope(words.replace("记得", "不记得")).denied

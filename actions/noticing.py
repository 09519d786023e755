"""Which danger to money or account a message tells of, and how surely."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions import frauds, procedures
from actions.acts import DANGERS, LIKE
from actions.frauds import GENERAL, is_fraud
from actions.turn import Turn
from nlu.intents import OUT_OF_SCOPE
from nlu.naming import named_topics
from nlu.text import clauses, normalize, simplify

SURE = 0.5  # confidence from which an act or an intent counts as a report of a danger
HARMLESS = "harmless"
SURE_CLAUSE = 0.75  # the same for one clause among several
CALM_WORDS = re.compile(
    r"骗|盗|偷|丢|被[转刷扣]|诈|少了|吓|以为"
)  # that a harmless message may have
CALM = (HARMLESS, "payment_problem.charged_twice", "transfer.wrong_person")
SURE_ALONE = 0.6  # the same where no intent was found
SURE_OTHER = 0.9  # the same for another kind of fraud than the current one
SURE_MIDST = 0.75  # the same in the middle of another matter
SURE_UNSAID = 0.97  # the same there, where neither words nor acts tell of any
AGAINST = 0.85  # the same where the intent is surely another
PERHAPS = "danger"  # State.pending after it was asked whether it is a fraud
AGREES = 0.15  # share of dangers among the acts that confirms an urgent intent
LEAST_KIND = 0.3  # confidence of the likeliest danger: many unlikely ones make none
LEAST_QUOTED = 0.2  # the same of what is quoted
CONTESTED = 0.8  # confidence of an urgent intent that outweighs a harmless look
LEAST_CONTESTED = 0.1  # share of dangers among the acts that goes with it
SURE_OPENER = 0.8  # confidence of a report that is made in a danger, where none was spoken of
LEAST_RAW = 0.1  # confidence of a kind where the intent is surely a danger
FIRM = 0.9  # of intent and clause together: beats a whole message that looks harmless
ALONE = 0.8  # share of one kind among all dangers, from which no other is likely
SURE_KIND = 0.45  # confidence of a kind of fraud to answer specifically for it
LEAST_STORY = 12  # characters of a message that only sounds like a fraud
LEAST = 5  # characters of such a clause


def name_share(acts: Mapping[str, float]) -> float:
    """Return how surely acts with these shares report any danger."""
    return sum(acts.get(act, 0.0) for act in DANGERS)


def topic_of(turn: Turn, kind: str | None) -> str | None:
    """Return the urgent topic of a kind of danger (or of the topic itself)."""
    answer = turn.content.danger.kinds.get(kind or "")
    return answer.topic if answer else kind


def told(turn: Turn) -> tuple[str, float] | None:
    """Return the danger that the message tells of, and how surely; None when it tells of none.

    The danger that lasts already is told again only as another kind: more of the same is a
    follow-up.
    """
    if procedures.titled(turn) is not None:
        return None  # what stands on a button of the step is its trouble
    denied = _denies(turn) and not turn.alarms  # of which what is affirmed may tell
    if turn.scope.get("supposed") or turn.scope.get("calm") or denied or _only_asks(turn):
        return None
    if _TWICE.search(turn.plain) and not (turn.alarms or _BY_OTHERS.search(turn.plain)):
        return None  # 付了两遍, 打车多扣了我86: a fault, no thief
    kind, best = turn.acts.best(DANGERS)
    share = turn.acts.sum(DANGERS)
    walked = procedures.active(turn)
    if turn.state.danger is None and _ordered(turn):
        fraud = kind if is_fraud(kind) and best >= LEAST_QUOTED else GENERAL
        return frauds.by_words(turn, fraud), SURE_OTHER
    opener = _opener(turn) if walked is None else None
    if opener is not None and opener[1] > share:
        return opener
    topic = turn.topic(turn.intent)
    urgent = turn.confidence() if topic is not None and topic.urgency == "urgent" else 0.0
    if walked is not None and not turn.alarms and urgent < FIRM:
        own = {act for act in turn.acts.whole if act.startswith(f"{walked.name}.")}
        if turn.acts.sum(own) >= share:
            return None  # 码我填进去了, on the page that asks for it
    for clause, acts in turn.acts.clauses:  # 早上逛街，我手机被偷了，密码也忘了
        name = max(DANGERS, key=lambda each: acts.get(each, 0.0))
        if (
            len(clause) >= LEAST
            and (turn.alarms or not turn.asks or _OF_DANGER.search(normalize(clause)))
            and acts.get(name, 0.0) >= SURE_CLAUSE
            and name_share(acts) > share
            and best < SURE_ALONE
        ):
            kind, best, share = name, acts[name], name_share(acts)
        elif (
            len(clause) >= LEAST - 1
            and share >= SURE
            and best < SURE_ALONE
            and acts.get(name, 0.0) > best
        ):
            kind, best = name, acts[name]  # 手机丢了，怕钱被转走
    harmless = turn.acts.sum(CALM)
    plain = urgent >= FIRM and any(name_share(acts) >= FIRM for _, acts in turn.acts.clauses)
    # 爷爷积蓄全叫卖古董的骗走了: no story of the neighbours' for the intent.
    contested = urgent >= CONTESTED and share >= LEAST_CONTESTED and harmless < SURE_OTHER
    if harmless > max(share, 0.5) and not (turn.alarms or plain or contested):
        return None
    if plain:  # 我被骗了，对方装成老师让我转学费
        surest = max((acts for _, acts in turn.acts.clauses), key=name_share)
        kind = max(DANGERS, key=lambda each: surest.get(each, 0.0))
        share, best, harmless = name_share(surest), surest.get(kind, 0.0), 0.0
    believed = urgent >= turn.settings.sure_above or bool(turn.alarms)
    agrees = bool(turn.alarms) or share >= AGREES or urgent >= FIRM
    agrees = agrees or contested
    by_intent = believed and agrees and (contested or harmless < SURE)
    sure = max(share, urgent if by_intent else 0.0)
    quoted = bool(turn.scope.get("quoted"))
    if best < (LEAST_QUOTED if quoted else LEAST_KIND) and not believed:
        return None
    if sure < _least(turn, urgent):
        return None
    if best < 0.25 and topic is not None and urgent:
        likely = max(DANGERS, key=lambda each: turn.acts.raw.get(each, 0.0))
        alone = turn.acts.raw.get(likely, 0.0) >= LEAST_RAW  # but for where the talk stands
        kind = likely if alone and topic_of(turn, likely) == topic.name else topic.name
    elif best < SURE_KIND and best < ALONE * share and kind.startswith("scam_"):
        kind = GENERAL  # a fraud it is; what one does is the same for all of them
    cheated = topic is not None and topic.name == "suspected_scam" and urgent >= FIRM
    if cheated and not is_fraud(kind) and best < SURE_ALONE:
        kind = GENERAL  # 骗子让我转账，我刚给他转了五千
    lasts = turn.state.danger is not None
    kind = kind if lasts else frauds.by_words(turn, kind)
    if lasts and is_fraud(kind) and is_fraud(turn.state.danger) and best < SURE_OTHER:
        return None  # 再交一万八才能提: more of the same, however like another kind
    if lasts and (
        happened(turn) or turn.acts.of("d_")[1] >= 0.4 or best < SURE or _same(turn, kind)
    ):
        return None
    return kind, sure


_TWICE = re.compile(
    r"(?:付|扣|刷|支付|充|收)(?:了|过|我|俺|咱|款|钱){0,3}(?:两|二|俩|2|0)(?:次|遍|回|笔|份)|重复(?:付|扣|支付|收|下单)|"
    r"(?:付|扣|充|买)重了?|多(?:付|扣|收|刷)(?:了|我|俺|咱|钱|款|走|出){1,2}"
)
_BY_OTHERS = re.compile(
    r"不是我|不认识|没买|没付|没用过|别人|有人|盗|偷|骗|陌生|客服|电话|短信|链接|孩子|儿子|女儿|孙"
)
# A report that is made while a danger lasts tells of one when it comes first: 他远程点我手机.
_OPENERS = {
    "d_shared_screen": "scam_screen",
    "d_gave_code": "scam_code",
    "d_gave_card": "entered_phishing",
    "d_transferred": GENERAL,
    "d_more_gone": "stolen_money",
    "d_threat": "scam_blackmail",
    "d_clicked": "scam_link",
    "security_advice.5.unknown_transaction": "stolen_money",
}


def _opener(turn: Turn) -> tuple[str, float] | None:
    """Return the danger that a first message reports as if it had been spoken of before."""
    if turn.state.danger is not None or turn.outside:
        return None
    shares = {act: turn.acts.unweighed({act}, clauses=True) for act in _OPENERS}
    calm_matter = turn.topic(turn.state.collecting or turn.state.matter)
    if calm_matter is not None and calm_matter.urgency != "urgent":
        shares["d_transferred"] = 0.0  # 今天中午，转了1500: when it was, as was asked
    act = max(shares, key=lambda each: shares[each])
    if shares[act] < SURE_OPENER or turn.acts.like(act) < LIKE:
        return None
    return _OPENERS[act], shares[act]


# What is ordered in quotes, and whether to obey: “再充两千就解封” 充？
_ORDERS = re.compile(
    r"密码|验证码|码|屏幕|链接|扫|人脸|眨|转(?:钱|账|到|给|我|过)|充|付|交|打(?:钱|款)|退(?:给|到|我)|借|挂(?!失)|下载|安装|点(?:击|开)|"
    r"短信|别(?:告诉|跟|说)|不(?:要|许|能)"
)
_OBEYS = re.compile(
    r"(?:[给说充转信扫点付交填退听做发报念打眨回加下](?:他|她|它)?的?(?:吗|么|嘛|[?？]))|([给说充转信扫点付交填退听做发报念打眨])不\1|"
    r"(?:正常|靠谱|能信|可信|是真|真的|合理|安全)(?:的)?(?:吗|么|嘛|不|[?？])|听(?:他|她)的|要不要|该不该"
)


def _ordered(turn: Turn) -> bool:
    """Tell whether the customer quotes what somebody orders them, and asks whether to obey."""
    quoted = turn.scope.get("quoted") or ""
    rest = simplify(turn.text).replace(quoted, "")
    return bool(quoted) and bool(_ORDERS.search(quoted)) and bool(_OBEYS.search(rest))


# 我朋友的手机被偷了，我就想问双重验证是啥: what is asked is told outright.
_JUST_ASKS = re.compile(
    r"(?:我|俺|咱)?(?:就|只|只是|就是|是)(?:想|要)?(?:问|知道|了解)(?:下|一下|问|个)*(?P<rest>.{3,})$"
)


def _only_asks(turn: Turn) -> bool:
    """Tell whether the message says what it asks, and that is a calm topic."""
    asked = _JUST_ASKS.search(turn.plain)
    topics = [turn.topic(name) for name in named_topics(asked["rest"])] if asked else []
    return bool(topics) and all(topic and topic.urgency != "urgent" for topic in topics)


# 刚才客服打给我: what calls itself ours, no wish.
CALLED_ME = re.compile(
    r"(?:客服|人工|专员|快递|银行|平台|公安|警察|法院|老师|领导|贷款)[^，。？?！!]{0,6}(?:打(?:了)?(?:个)?(?:电话)?(?:给|来)|加(?:了)?|联系(?:了)?|找(?:了|上)|拉)我"
)
_MISSED = re.compile(
    r"不是(?:我|咱|俺|家里|老[公婆伴]).{0,4}(?:动|转|花|买|付|用|点|弄|操作)|(?:少|没|不见)了|只?剩(?!多|几)|被(?:转|刷|扣|盗|骗|偷)"
)
# Words without which nothing that is said in the middle of a calm matter is a danger.
_OF_DANGER = re.compile(
    r"骗|盗|偷|丢|抢|诈|陌生|不认识|链接|短信|验证码|码|密码|屏幕|共享|下载|软件|电话|自称|冒充|客服|公安|警|法院|贷款|投资|刷单|中奖|退税|"
    r"威胁|视频|照片|转给|转了|少了|不见|没了|不是我|被转|被扣|被刷|异地|别人|登录|病毒|监控|孩子|儿子|女儿"
)


def _least(turn: Turn, urgent: float) -> float:
    """Return how sure a danger must be: less where the words or the intent say so, too."""
    calm = turn.topic(turn.state.matter)
    midst = calm is not None and calm.urgency != "urgent" and turn.state.danger is None
    if midst and not turn.alarms and not _OF_DANGER.search(turn.plain):
        agreed = urgent >= LEAST_KIND and turn.acts.sum(DANGERS) >= LEAST_CONTESTED
        return SURE_MIDST if agreed else SURE_UNSAID  # 我看了一笔12一笔12
    if urgent >= LEAST_KIND or turn.alarms or turn.scope.get("quoted"):
        return SURE
    if turn.state.pending == PERHAPS:
        return LEAST_KIND  # asked what the stranger wants, they tell
    topic = turn.topic(turn.intent)
    waits = turn.state.pending == "wait" and turn.state.danger is None
    if (topic is not None and turn.sure) or waits:
        return AGAINST  # what a human is told of a calm matter startles easily
    missed = _MISSED.search(turn.plain)
    if turn.intent == OUT_OF_SCOPE and turn.confidence() >= FIRM and not missed:
        return SURE_MIDST  # 我还剩多少钱啊 帮我看看
    return SURE_ALONE if turn.state.topic is None else SURE_MIDST


def _same(turn: Turn, kind: str) -> bool:
    at_hand = turn.state.danger or ""
    return kind in (at_hand, GENERAL) or topic_of(turn, at_hand) == kind


def _denies(turn: Turn) -> bool:
    """Tell whether all that the message says is denied, or set against what is denied."""
    if not turn.denied:
        return False
    if not turn.affirmed:
        return True
    # 不是我自己要退，是有个女的说她是客服让我加她才给退: what is affirmed is the danger.
    dangerous = any(
        topic.urgency == "urgent" for each in turn.denied if (topic := turn.topic(each["name"]))
    )
    firmly = turn.acts.sum(DANGERS) >= SURE_MIDST and not dangerous
    return bool(turn.scope.get("contrast")) and not firmly


def calm(turn: Turn) -> bool:
    """Tell whether the message has a danger's words and tells of none."""
    harmless = 0.0 if turn.alarms else turn.acts.sum(CALM)
    return (
        bool(turn.scope.get("calm")) or _denies(turn) or harmless > max(turn.acts.sum(DANGERS), 0.5)
    )


def supposed(turn: Turn) -> tuple[str, float]:
    """Return the danger that the customer only supposes (如果手机丢了怎么办)."""
    if not turn.scope.get("supposed"):
        return _asked_calmly(turn)
    kind, _ = turn.acts.best(DANGERS, clauses=True)
    return kind, turn.acts.sum({*DANGERS, HARMLESS}, clauses=True)


# What is asked of fraud though none is told: 光知道手机号能不能盗我的号.
_CALMLY = ("d_what_can_he", "d_prevent", "d_how_happened", "d_proof")


def _asked_calmly(turn: Turn) -> tuple[str, float]:
    if turn.state.danger is not None or turn.alarms or turn.outside:
        return "", 0.0
    act = max(_CALMLY, key=lambda each: turn.acts.raw.get(each, 0.0))
    return act, turn.acts.raw.get(act, 0.0)


def happened(turn: Turn) -> str | None:
    """Return the act that tells what a fraud has got already (钱转了); None when nothing yet."""
    known = turn.content.facts.known
    return next((known[name].followup for name in turn.newly_told if known[name].followup), None)


_SPARED = re.compile(
    r"没(?:有)?(?:给|点|理|搭|转|信|回|填|说|下|装|接|上当|加|扫|打|付|交|告诉|报|按|照|听|中)|"
    r"挂|拉黑|删|还好|幸好|好在|差点|不理|不信|不搭|拒"
)
# 我没点着，那我现在要做个啥, while a fraud lasts
_NOTHING_DONE = re.compile(
    r"(?:那|可|但)?(?:我|俺|咱)?(?:还|都|也|就)?没(?:有)?(?:点|转|给|填|装|输|回|理|加|扫|下载|接|信|说)(?:着|过|它|他|她|那个|链接|钱|啥|什么)*(?:啊|呀|哈|呢)?"
)


def _has_done_nothing(turn: Turn, kind: str) -> bool:
    first = normalize((clauses(turn.text) or [""])[0])
    asks = turn.acts.sum({"d_what_first", "d_check", "d_is_it_over", "d_not_yet"}) >= SURE
    fell = any(name.startswith("d_") for name in turn.state.told)
    return bool(_NOTHING_DONE.fullmatch(first)) and asks and not fell and is_fraud(kind)


_OF_FRAUD = re.compile(r"骗|电话|短信|链接|码|对方|陌生|客服|加我|诈")


def spared(turn: Turn) -> float:
    """Return how surely the customer tells of a fraud that they did not fall for (没理他, 挂了)."""
    if turn.alarms:
        return 0.0
    if turn.state.danger is not None:
        return 0.9 if _has_done_nothing(turn, turn.state.danger) else 0.0
    if _SPARED.search(turn.plain) is None:
        return 0.0  # 我没有订单号
    topics = [topic for name in turn.named if (topic := turn.topic(name))]
    of_somebody = re.search("他|她|它|对方|人|骗|电话|短信", turn.plain) is not None
    middle = turn.topic(turn.state.topic)
    if middle is not None and middle.urgency != "urgent" and not _OF_FRAUD.search(turn.plain):
        return 0.0  # 他没点开 过一天没退
    if not of_somebody and all(topic.urgency != "urgent" for topic in topics):
        return 0.0  # 退款 没给过; 我还没转呢 就想知道一天能转多少
    return turn.acts.unweighed({"d_not_yet"}, clauses=True) if turn.acts.clauses else 0.0


def sounds(turn: Turn) -> float:
    """Return how much the message sounds like a fraud, where it is not sure to be one."""
    if turn.scope.get("supposed") or turn.scope.get("calm") or _denies(turn):
        return 0.0
    likely = turn.acts.sum(DANGERS)
    topic = turn.topic(turn.intent)
    if len(turn.plain) < LEAST_STORY:
        return 0.0
    if topic is not None and topic.urgency != "urgent" and turn.confidence() >= LEAST_KIND:
        return 0.0
    if topic is not None and topic.urgency == "urgent":
        likely = max(likely, turn.confidence())
    return likely if likely > turn.acts.sum(CALM) else 0.0

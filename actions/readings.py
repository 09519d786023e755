"""What a message can mean where the conversation stands, and which of its readings decides.

Each reading is a function of the same name that says how sure it is and what it would do. Their
order and how sure each must be is data: order.yml beside this file. When none is sure enough, the
intent alone decides (the action that rules.yml calls for it).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from actions import (
    answers,
    danger,
    despair,
    details,
    fallback,
    handoff,
    manners,
    moves,
    procedures,
)
from actions.acts import DANGERS, DESPAIR, siblings
from actions.turn import Turn
from content import Fact, Topic
from infra.text import MASK
from nlu.intents import FALLBACK, HUMAN_HANDOFF, MOVES, OUT_OF_SCOPE, SMALL_TALK, STEP_FAILED
from nlu.naming import named_topics
from nlu.text import clauses, normalize

_AGAIN = re.compile(
    r"再(?:说|讲|发|来)(?:一|1)?[遍次下]|重复|没看清|没听清|刚才?说(?:的)?(?:啥|什么)|再看一遍"
)
_NO_MORE = re.compile(
    r"^(?:那|算了|哎|唉|好吧)?(?:我|咱)?(?:还是)?(?:先)?不.{1,3}了(?:哈|啊|吧|呀|呢|谢谢)?$"
)
# A plain wish, with no no before it: 算了你帮我转人工吧.
_WANTS = re.compile(
    r"(?:(?<![不别没甭谁让叫要])|(?<=算了))(?:帮我|给我|我要|就要|说要|快|赶紧|直接|那就|还是|你|请|麻烦)(?:帮我|给我)?"
    r"(?:转|找|接|叫|换)(?:一?下|个|接)?(?:人工|真人|活人|人(?=[来问说看帮给查办处]|$))"
)
# What sends a case to the human who was just offered: 那就转吧, 就这么交.
_SEND = re.compile(
    r"(?:接着|继续|你)转(?!账|了)|(?<![不别没莫甭账])转(?:给(?:他们|客服|人)|过去|一下|下|吧|呗|$|得了|就(?:行|完|好)|你的|你们的)|"
    r"(?<![别不])给我转|(?:接|叫|喊|找|请)(?:过来|人来|他们来)"
)
_HAND_IN = re.compile(
    r"(?:交|报|递|送)上去|提交|(?<!成)交(?:吧|了吧|$)|登(?:记|上)|"
    r"就(?:这|那)(?:么|样).{0,2}(?:交|报|转|给|登)"
)
# 我不要跟机器人讲, 别给我机器人
_NO_MACHINE = re.compile(
    r"(?:不(?:要|想|愿意?|跟|和)|别)(?:再)?(?:跟|和|同|给我|拿|让我跟|用)?(?:你们?|这|那)?(?:种|个)?"
    r"(?:机器|ai|智能客服|程序)(?:人)?(?:说|讲|聊|谈|废话|打发|糊弄|忽悠|应付|回|来|了|$)"
)
_HUMAN = re.compile(
    r"人工|客服|真人|活人|转人|转接|人来|专员|坐席|机器人就|human|别转|不转|[叫找喊](?:个)?人(?![盗骗偷改拿给坑])"
)
_REFUSING = re.compile(r"不|别|甭|算了|免了|谁|no|未必|没必要|没(?:说|让|叫)|先.{0,4}自己|取消|拒")
_OF_SENDING = re.compile(
    r"发|删|撤|记(?:下|住|录|了)|存|看(?:得|不)?[到见]|留着|泄|遮|隐|安全|要紧|怎么办|知道"
)
# Moves that mean nothing where no procedure is under way.
STEPS_ONLY = {"next_step", "previous_step", "restart_procedure"}
_TAKES_BACK = re.compile(
    r"(?:帮我|给我|就|把它|工单|单子|留言)?(?:撤|取消)(?:了|掉|销)?(?:吧|啊|呗|$)|不(?:等|排队?|转)(?:了|啦)|"
    r"不用(?:接|转|找|等|来|麻烦|叫)|不麻烦|不接了|自己(?:想起来|弄好|搞定|解决|好)了"
)
_KEEPS = re.compile(r"(?:别|不要|莫|甭)(?:给我|帮我|把|随便)?.{0,6}(?:取消|撤)")
_NEVER_WANTED = re.compile(
    r"(?:什么时候|哪里|谁)(?:说|讲)(?:过)?(?:了)?要?.{0,3}(?:人工|转|客服|投诉)|没(?:说|讲|叫|让).{0,5}(?:转|人工|投诉)|没要(?:转|人工|投诉)"
)
_OF_WAIT = re.compile(r"多久|多长时间|几分钟|几个小时|要等|排队|等多")
_OF_COMING = re.compile(r"[回来到理接轮]我?|有人|答复")  # 大概什么时候能回我
_NO_LONGER = re.compile(r"不等|不用|不要|不必|不需|不找|算了|取消|撤|免了")
_PERSON = re.compile(r"人|客服|转|专员|坐席|活的|喘气")
# Nothing is over in words that say nothing of it.
_OVER = re.compile(
    r"没|不用|不是(?!密码)|(?:是|还)(?:我|咱)?(?:自己|家|老|儿|女|孩|妈|爸|媳|对象|朋友|在)|误会|错|找|寻|"
    r"回来|虚惊|放心|原来|想起|解决|好了|行了|安全|知道|太好|清楚|搞定|认识"
)
_FOUND = re.compile(
    r"(?<!没)(?<!不)(?:找|寻)(?:着|到|回|见)(?:来)?了|(?:在|掉).{1,8}(?:底下|缝里|包里|家里|车上|床上|炕上|兜里)"
)
# What else may be done than what was to be done next: 关了 软件也删了.
_ANOTHER = re.compile(r"[关删卸断拔挂退]")
_HOURS = re.compile(
    r"几点|上班|下班|营业|周末|周[一二三四五六日天]|半夜|夜里|晚上|白天|节假日|24小时|什么时候(?:有|在|上)"
)
_SAID_ANYWHERE = {"who_pays_back", "cost", "look_up"}  # kinds whose answer is no topic's own
_NO_WISH = {"bot_or_human", "hold_on"}  # acts that name a human and want none
_TOLD = {"known", "understood", "already_said", "hold_on"}  # manners that ask nothing
SHORT = 10  # characters of a question that can only be about what was just said
SURE_NEW = 0.9
SURE_ELSEWHERE = 0.95  # of a topic that no word names, to leave the one at hand
_ASKS_HOW = {"how", "where", "cannot_cope", "not_found", "explain"}
_MORE_TROUBLE = re.compile(r"没|不|又|还|别|错|再")  # 又收到了一条: nothing is done
LEAST_OWN = 0.35  # of what is only worth a look
SURE_LEAVING = 0.8  # of a first clause that leaves the procedure
SURE_TOPIC = 0.85  # of an intent that is a topic: its own answer comes first
LEAST_OF_STEP = 0.5  # of a question about a step of a procedure that has not begun
SURE_FIRST = 0.97  # of a particular question about a topic that was not answered yet
SURE_UNNAMED = 0.7  # of a question about a topic that no word of the message names
SURE_CLAUSE = 0.75  # of a clause's topic, where the whole names none
LEAST_ALARMING = 0.2  # of any danger in what is asked of something unknown
LEAST_OTHER = 0.5  # of a topic that is asked for while a danger lasts
LEAST_NAMED = 0.3  # of one that is named
SURE_ASKED = 0.8  # of what a clause asks beside a mood
_ASIDES = {"manner", "ticket_told"}
SURE_TROUBLE = 0.85  # of a clause that tells a step's trouble before the procedure has begun
SURE_WANTED = 0.6  # of a clause that wants a human, beside one that refuses something
SURE_URGES = 0.5  # of 给我催催, where nothing else is at hand
OF_STEP = 0.4  # of the acts of the procedure under way, from which another topic is doubted
SURE_LEAVES = 0.97  # of the other topic, from which it is not
AT_HAND = 0.05  # added to a particular question of the topic at hand
SURE_WEAK = 0.6  # below it a topic's intent is weaker than a likely reading
SURE_STOP = 0.5  # of the wish to leave a procedure
SURE_OTHERWISE = 0.8  # of an act that an intent takes for a wish for a human
LEAST_CLAUSE = 0.55  # of what a clause says
_ASKS = re.compile(r"[吗么呢不没]$|(.)不\1|[几哪谁咋怎]|多[久少大长]|帮我|给我|替我|麻烦|能不能")
_SAYS_LITTLE = {"manner", "ticket_told", "details", "despair_lasts", "danger_lasts"}
# The whole is asked for these, with what it denies: 放心我没被骗.
_SAYS_LITTLE |= {"danger", "danger_maybe", "danger_supposed", "danger_spared"}
ORDER = Path(__file__).with_name("order.yml")


@dataclass(frozen=True)
class Reading:
    """One way to take a message.

    `confidence` is 0 to 1; `evidence` says to people why; `respond` answers the turn.
    """

    confidence: float
    evidence: str
    respond: Callable[[], None]


def decide(turn: Turn) -> tuple[str, Reading] | None:
    """Return the reading that decides, with its name; None: the intent does."""
    if turn.is_button:
        return None
    found: list[tuple[str, Reading]] = []
    for name, reading, at_least in readings(turn):
        if reading is None:
            continue
        if reading.confidence >= at_least:
            if name in _ASIDES and not turn.is_clause:  # 等哈，你先帮我看看退款
                asked = _by_clause(turn, asking=True)
                if asked is not None and asked[1].confidence >= SURE_ASKED:
                    return asked
            return name, reading
        found.append((name, reading))
    shaky = turn.intent == "stop_procedure" and turn.confidence() < SURE_STOP
    idle = turn.intent in STEPS_ONLY and len(turn.plain) > 3 and procedures.active(turn) is None
    weak = _is_weak(turn)
    if turn.intent not in {FALLBACK, OUT_OF_SCOPE} and not (idle or weak or shaky):
        return None
    # Nothing is understood: the likeliest that makes sense here beats 没听懂.
    doubts = _doubts()
    walks = procedures.active(turn) is not None
    least = turn.confidence() if weak and not walks else 0.0
    likely = [each for each in found if each[1].confidence >= max(doubts.get(each[0], 1.1), least)]
    whole = max(likely, key=lambda each: each[1].confidence, default=None)
    part = None if turn.is_clause else _by_clause(turn)
    if part is None or (whole is not None and whole[1].confidence >= part[1].confidence):
        return whole
    return part


def _is_weak(turn: Turn) -> bool:
    """Tell whether the intent is a topic that no word names, and not a likely one."""
    walked = procedures.active(turn)
    if walked is not None and _names_a_topic(turn) and turn.intent != walked.name:
        own = sum(share for act, share in turn.acts.whole.items() if act.startswith(walked.name))
        if own >= OF_STEP and turn.confidence() < SURE_LEAVES:
            return True  # 我填邮箱行吗, at the step that asks for it
    return (
        _names_a_topic(turn)
        and turn.confidence() < (SURE_NEW if _only_angry(turn) else SURE_WEAK)
        and (turn.intent not in turn.named or procedures.active(turn) is not None)
        and not turn.is_clause
    )


def _only_angry(turn: Turn) -> bool:
    """Tell whether a complaint is nothing but a mood: 气死我了 这个软件升一下能好点不."""
    moods = {"angry", "joking_die", "sarcasm", "sad"}
    return (
        turn.intent == "complaint" and "complaint" not in turn.named and turn.acts.sum(moods) >= 0.5
    )


def _by_clause(
    turn: Turn, without: re.Pattern[str] | None = None, asking: bool = False
) -> tuple[str, Reading] | None:
    """Return what a clause says by itself, where the whole says nothing: first one that asks.

    我没被骗 就想问咋设置保险点; 行了不骂了 那笔多扣的咋整.

    Args:
        without: clauses that have this are passed over.
        asking: only clauses that ask something count.
    """
    best: tuple[bool, float, str, Reading] | None = None
    for clause in turn.clauses:
        if without is not None and without.search(clause.plain):
            continue
        asks = clause.has_word(turn.settings.question_words) or _ASKS.search(clause.plain)
        if asking and not asks:
            continue
        decided = decide(clause)
        topic = turn.topic(clause.intent)
        if topic is not None and topic.urgency == "urgent" and danger.calm(turn):
            continue  # 她没被骗 单纯记性差 你可别吓唬她
        if decided is None and topic is not None and clause.confidence() >= SURE_CLAUSE:
            reading = Reading(
                clause.confidence(), clause.intent, partial(answers.answer, clause, topic)
            )
            decided = "topic", reading
        if decided is None or decided[0] in _SAYS_LITTLE or decided[1].confidence < LEAST_CLAUSE:
            continue
        rank = (bool(asks or clause.named), decided[1].confidence)
        if best is None or rank > best[:2]:
            evidence = f"{clause.text}: {decided[1].evidence}"
            reading = Reading(decided[1].confidence, evidence, decided[1].respond)
            best = (*rank, decided[0], reading)
    return (best[2], best[3]) if best else None


def readings(turn: Turn) -> Iterator[tuple[str, Reading | None, float]]:
    """Yield each reading in the order of order.yml: name, reading, least confidence."""
    for each in _order():
        yield each["reading"], _READERS[each["reading"]](turn), float(each["at_least"])


@lru_cache(maxsize=1)
def _order() -> list[dict[str, Any]]:
    return list(yaml.safe_load(ORDER.read_text(encoding="utf8")))


@lru_cache(maxsize=1)
def _doubts() -> dict[str, float]:
    return {each["reading"]: float(each["in_doubt"]) for each in _order() if "in_doubt" in each}


# --------------------------------------------------------------------------------------------
# Danger to life, money and account


def _despair(turn: Turn) -> Reading | None:
    if turn.state.despair is not None:
        return None  # it lasts: whatever is said belongs to it
    sure = turn.acts.sum(DESPAIR)
    signs = despair.has_signs(turn.plain)
    if sure < (despair.SURE if signs else despair.SURE_ALONE):
        sure = 0.0
    for clause, acts in turn.acts.clauses:
        share = sum(acts.get(act, 0.0) for act in DESPAIR)
        told = share >= despair.SURE_CLAUSE and despair.has_signs(clause)
        harmless = turn.acts.whole.get(danger.HARMLESS, 0.0) >= despair.SURE
        if len(clause) >= danger.LEAST and told and not harmless:
            sure = max(sure, share)
    if despair.hinted(turn):
        sure = max(sure, 0.9)
    if despair.FICTION.search(turn.plain):
        sure *= 0.5
    act, _ = turn.acts.best(DESPAIR, clauses=True)
    if act == "despair_other" and not signs and not despair.hinted(turn):
        return None  # 我老婆孩子都在老家
    whose = "other" if act == "despair_other" else "first"
    return Reading(sure, act or "words", partial(despair.answer, turn, whose))


def _despair_lasts(turn: Turn) -> Reading | None:
    if turn.state.despair is None:
        return None
    calm = turn.acts.sum({"despair_calm"})
    if turn.acts.sum({"bot_or_human"}) >= 0.5 or turn.intent == "bot_challenge":
        return Reading(0.9, "bot_or_human", partial(despair.who_i_am, turn))
    if calm >= despair.SURE and not despair.hinted(turn) and not despair.is_alone(turn):
        return Reading(calm, "despair_calm", partial(despair.calm, turn))
    topic = turn.topic(turn.intent) if _names_a_topic(turn) else None
    calmly = topic is not None and topic.urgency != "urgent"
    if calmly and turn.confidence() >= turn.settings.sure_above:
        return None  # who asks how to do something is answered
    return Reading(1.0, "despair lasts", partial(despair.again, turn))


def _danger_spared(turn: Turn) -> Reading | None:
    return Reading(danger.spared(turn), "d_not_yet", partial(danger.praise, turn))


def _danger(turn: Turn) -> Reading | None:
    told = danger.told(turn)
    if told is None:
        return None
    kind, sure = told
    return Reading(sure, kind, partial(danger.answer, turn, kind))


def _danger_supposed(turn: Turn) -> Reading | None:
    kind, sure = danger.supposed(turn)
    return Reading(sure, kind, partial(danger.suppose, turn, kind)) if kind else None


def _danger_maybe(turn: Turn) -> Reading | None:
    if turn.state.danger is not None or turn.state.collecting is not None:
        return None
    if turn.state.topic is not None:
        return None  # in the middle of a matter a guess at fraud only startles
    sure = max(danger.sounds(turn), turn.acts.sum({"stranger_called"}))
    if sure < LEAST_OWN or procedures.active(turn) is not None or turn.ticket() is not None:
        return None
    return Reading(sure, "sounds", partial(danger.maybe, turn))


def _danger_over(turn: Turn) -> Reading | None:
    if turn.state.danger is None:
        return None
    sure = turn.acts.sum({"d_over", danger.HARMLESS})
    if turn.state.danger.startswith("lost_") and _FOUND.search(turn.plain):
        sure = max(sure, 0.9)
    if turn.scope.get("calm"):
        sure = max(sure, 0.7)
    if turn.has_word(turn.settings.question_words) or turn.alarms:
        return None  # 那就没事了吧？
    if danger.happened(turn) or danger.goes_on(turn):
        return None  # 钱没少, but the code was given
    if not _OVER.search(turn.plain):
        return None  # 坏了，我念过了
    return Reading(sure, "d_over", partial(danger.over, turn))


def _danger_mistaken(turn: Turn) -> Reading | None:
    """我手机没丢，是打不开; 没有骗子; 拉黑谁啊: the alarm was ours, not theirs."""
    if turn.state.danger is None or turn.alarms:
        return None
    if danger.denied_in_words(turn):
        return Reading(0.9, "denied", partial(danger.mistaken, turn))
    if danger.another_denied(turn):
        return Reading(0.9, "another denied", partial(danger.not_that, turn))
    wrong = turn.acts.unweighed({"correction"}, clauses=True)
    return Reading(wrong, "correction", partial(danger.misheard, turn))


def _danger_lasts(turn: Turn) -> Reading | None:
    if turn.state.danger is None:
        return None
    walks = procedures.active(turn) is not None and not turn.state.away
    step = procedures.told(turn) if walks else None
    if step is not None and step[1] >= turn.acts.of("d_", clauses=True)[1]:
        return None  # 点了, 码收到了: of the step they are led through
    if (happened := danger.happened(turn)) is not None:
        return Reading(0.9, happened, partial(_danger_and_rest, turn, happened))
    reported = danger.reported(turn)
    if reported and not walks and not turn.has_word(turn.settings.question_words):
        return Reading(0.9, reported, partial(danger.more, turn))
    if danger.wants_escort(turn) and not walks:
        return Reading(0.9, "escort", partial(danger.escort, turn))
    if (measure := danger.measure(turn)) is not None:
        asks = turn.has_word(turn.settings.question_words)
        short = len(turn.plain) <= SHORT and not _MORE_TROUBLE.search(turn.plain)
        done = short and turn.has_word(turn.settings.done_words) and not _is_another(turn, measure)
        if not asks and done and not turn.alarms:
            return Reading(0.9, f"{measure.name}: done", partial(danger.measure_done, turn))
        if turn.intent == "affirm" and not asks:
            return Reading(0.8, f"{measure.name}: agreed", partial(danger.agree, turn))
        if measure.how and turn.acts.sum(_ASKS_HOW) >= LEAST_OWN and not turn.named:
            return Reading(0.9, f"{measure.name}: how", partial(danger.measure_how, turn))
    asks = turn.has_word(turn.settings.question_words)
    own = turn.topic(turn.intent)
    said = own is not None and own.name in turn.named and not turn.newly_told
    least = LEAST_NAMED if own is not None and said and not own.needs_human else LEAST_OTHER
    intended = _names_a_topic(turn) and turn.confidence() >= least
    act, _ = turn.acts.top
    particular = turn.topic(act.split(".")[0]) if act.count(".") == 1 else None
    calmly = particular is not None and particular.urgency != "urgent"
    if calmly and asks and turn.acts.unweighed({act}) >= SURE_NEW and not turn.alarms:
        return None  # 你们公司在哪个城市 我上门
    other = asks and intended and own is not None and own.urgency != "urgent"
    d_act, d_share = turn.acts.of("d_")
    named = own is not None and own.name in turn.named and d_act == "d_check"  # 我那笔退款去哪看
    outright = said and turn.confidence() >= SURE_WEAK and d_share < SURE_OTHERWISE
    named = named or outright
    if other and (d_share < LEAST_OWN or named) and not turn.alarms:
        return None  # 那正规的怎么退: another matter, asked for by itself
    topic = answers.subject(turn)
    _, how = turn.acts.best(turn.content.followups)
    other = topic is not None and topic.urgency != "urgent" and bool(turn.named)
    if other and how >= 0.35 and turn.acts.of("d_", clauses=True)[1] < 0.35:
        return None  # 那退款在哪看: another matter, in the middle of it
    act, sure = danger.likeliest(turn)
    if sure >= 0.4 and act != "d_over":
        return Reading(sure, act, partial(_danger_and_rest, turn, act))
    if turn.intent in {"next_step", "affirm", "deny", "previous_step", "repeat_step"}:
        return None
    if turn.intent == "goodbye" or turn.acts.sum({"thanks", "chat_bye", "understood"}) >= 0.5:
        return None
    if turn.acts.sum({"bot_or_human"}) >= 0.4:
        return None
    agreed = turn.intent == "affirm" and turn.state.pending not in {"human", "human_if_needed"}
    if agreed or turn.intent == "thank":
        return Reading(0.6, "understood", partial(manners.answer, turn, "understood"))
    if _names_a_topic(turn) and turn.confidence() >= turn.settings.sure_above:
        return None
    asked, how = turn.acts.best(danger.TALK)
    if how >= 0.4:
        return Reading(how, asked, partial(danger.follow_up, turn, asked))
    return Reading(0.5, "danger lasts", partial(danger.more, turn))


def _is_another(turn: Turn, measure: Fact) -> bool:
    """Tell whether something else was done than what was to be done next."""
    return any(found not in measure.next for found in _ANOTHER.findall(turn.plain))


def _danger_and_rest(turn: Turn, act: str) -> None:
    """Answer what belongs to the danger, and shortly what else is asked (另外我的退款到哪了)."""
    danger.follow_up(turn, act)
    if len(turn.requests) > 1:
        answers.shortly(turn, besides=danger.topic_of(turn, turn.state.danger))


# Who offers a secret, before it is sent or again: 密码要不要也给你, 支付密码头两位47 你对下.
_OFFERS = re.compile(
    r"(?:密码|验证码|身份证|卡号|cvv).{0,12}(?:(?:给|发|报|念|告诉|说给|传)(?:给)?(?:你|客服|他们|您)|(?:你|您|帮我).{0,3}(?:对一?下|核对|核实|确认一?下|填|输))|"
    r"(?:把|将).{0,6}(?:密码|验证码|身份证|卡号).{0,6}(?:给|发|报|念|告诉)(?:给)?(?:你|客服|您)"
)
_TRUSTS = re.compile(
    r"信得过|相信你|信你|不是外人|自己人|怕(?:什么|啥)|不是官方|是官方|又不会(?:骗|害|偷)"
)


def _secret_asked(turn: Turn) -> Reading | None:
    """不能发吗, 删不掉怎么办, 你又不是外人: of a secret that was sent, or that is offered."""
    sent = MASK in turn.said_before
    if turn.state.danger is None and _OFFERS.search(turn.plain) and not turn.alarms:
        return Reading(0.9, "offered", partial(_not_needed, turn, MASK in turn.text))
    if sent and _TRUSTS.search(turn.plain):
        return Reading(0.8, "trusts", lambda: turn.say("secret_even_us"))
    lately = sent or any(MASK in words for words in turn.state.words[-3:-1])
    if not lately or turn.named or (_names_a_topic(turn) and turn.sure):
        return None
    asks = {"may_i", "why", "is_safe", "how_off", "worried", "real", "who", "is_it_noted"}
    sure = turn.acts.sum(asks) if sent else 0.0
    asked = turn.has_word(turn.settings.question_words) or _ASKS.search(turn.plain)
    if asked and _OF_SENDING.search(turn.plain):
        sure = max(sure, 0.8)
    return Reading(sure, "secret", lambda: turn.say("secret_hidden"))


def _not_needed(turn: Turn, sent: bool) -> None:
    """Say that nobody needs the secret; what was sent is warned of by the gate already."""
    turn.say("secret_do_it_yourself" if sent else "secret_even_us")
    if turn.state.topic is None and _names_a_topic(turn):
        turn.state.topic = turn.intent  # what is asked next is asked of it
    procedures.back_button(turn)


# --------------------------------------------------------------------------------------------
# Humans


def _human_refused(turn: Turn) -> Reading | None:
    sure = turn.acts.sum({"refuses_human"}, clauses=True)
    act, share = turn.acts.top
    if share >= SURE_NEW and "." in act and turn.acts.sum({"refuses_human"}) < LEAST_ALARMING:
        return None  # 客服电话几号 不要叫我自己去找
    if _WANTS.search(turn.plain):
        return None
    waits = turn.state.pending == "wait" and turn.ticket() is not None
    if _KEEPS.search(turn.plain):
        return None  # 工单别给我取消啊
    if waits and _NEVER_WANTED.search(turn.plain):
        return Reading(0.9, "never wanted", partial(handoff.refused, turn, None))
    if waits and _TAKES_BACK.search(turn.plain) and not turn.named:
        return Reading(0.9, "taken back", partial(handoff.refused, turn, None))
    takes_back = waits and _NO_LONGER.search(turn.plain)
    names_human = _HUMAN.search(turn.plain) or takes_back or turn.state.pending == "human"
    if not _REFUSING.search(turn.plain) or not names_human:
        sure = 0.0
    unwanted = "".join(turn.scope.get("denied", ()))
    if unwanted and not _HUMAN.search(unwanted) and turn.intent == HUMAN_HANDOFF:
        return None  # 我不想弄了。怎么找人工？
    if turn.denied and _HUMAN.search(unwanted) and not _HUMAN.search(turn.affirmed):
        sure = max(sure, 0.95)  # 别跟我说转人工
    affirmed = turn.affirmed if turn.denied else ""
    rest = _asks_more(turn, affirmed, {}) or any(
        _asks_more(turn, clause, acts) for clause, acts in turn.acts.clauses
    )
    wanted = max((acts.get("wants_human", 0.0) for _, acts in turn.acts.clauses), default=0.0)
    if turn.acts.sum({"wants_human"}) > sure or wanted >= SURE_WANTED:
        return None  # 我不想留言 我就要真人现在跟我说
    part = _by_clause(turn, without=_HUMAN) if rest else None
    respond = part[1].respond if part else partial(answers.of_message, turn)
    return Reading(sure, "refuses_human", partial(handoff.refused, turn, respond if rest else None))


def _asks_more(turn: Turn, clause: str, acts: Mapping[str, float]) -> bool:
    """Tell whether a clause beside 别转人工 asks or tells something that wants an answer."""
    refuses = acts.get("refuses_human", 0.0) >= 0.3 or _HUMAN.search(clause)
    asks = any(word in clause for word in turn.settings.question_words)
    return not refuses and (asks or bool(named_topics(clause)))


def _human_wanted(turn: Turn) -> Reading | None:
    wants = turn.acts.sum({"wants_human"})
    if _WANTS.search(turn.plain) and not turn.has_word(turn.settings.question_words):
        return Reading(0.95, "words", partial(answers.to_human, turn))
    if _NO_MACHINE.search(turn.plain) and turn.state.despair is None:
        return Reading(0.9, "no machine", partial(answers.to_human, turn))
    offered = turn.state.pending in {"human", "human_if_needed", "wait"} or bool(
        turn.state.collecting
    )
    asks = turn.has_word(turn.settings.question_words)
    told = turn.acts.of("d_", clauses=True)[1] >= danger.LEAST_FOLLOW
    hands_in = _HAND_IN.search(turn.plain) is not None and procedures.active(turn) is None
    if offered and not asks and not told and (hands_in or _SEND.search(turn.plain)):
        return Reading(0.9, "words", partial(answers.to_human, turn))
    refuses = _REFUSING.search(turn.plain) is not None
    about = turn.acts.sum({"about_human", "refuses_human"} if refuses else {"about_human"})
    sure = wants
    for clause, acts in turn.acts.clauses:  # 转人工。昨天晚上在便利店…
        short = len(clause) <= SHORT + 2 and turn.acts.sum({danger.HARMLESS}) < SURE_OTHERWISE
        if short and _PERSON.search(clause) and not _REFUSING.search(clause):
            sure = max(sure, acts.get("wants_human", 0.0) - 0.2)
    otherwise = turn.acts.sum(_NO_WISH) >= SURE_OTHERWISE
    if turn.intent == HUMAN_HANDOFF and about < 0.5 and not otherwise:
        sure = max(sure, turn.confidence())
    if about > max(wants, 0.4):
        return None
    if (
        turn.state.pending == "wait"
        and asks
        and wants < SURE_WANTED
        and not _SEND.search(turn.plain)
    ):
        return None  # 多久有人找我: a question of who waits
    when = asks or turn.acts.sum({"how_long"}) >= LEAST_OWN
    of_human = turn.intent == HUMAN_HANDOFF and HUMAN_HANDOFF in turn.named
    if when and of_human and _OF_WAIT.search(turn.plain) and turn.ticket() is None:
        return Reading(SURE_WANTED, "how long to wait", partial(handoff.asked_how_long, turn))
    return Reading(sure, "wants_human", partial(answers.to_human, turn))


def _human_awaited(turn: Turn) -> Reading | None:
    act, sure = turn.acts.best(
        ("where_is_human", "where_in_queue", "ticket_number", "is_it_noted", "about_human")
    )
    if turn.intent in SMALL_TALK and turn.ticket() is None:
        return None  # 有人吗，你好
    if act == "about_human" and turn.intent == HUMAN_HANDOFF and sure >= SURE_OTHERWISE:
        hotline = turn.topic("contact_phone")
        if hotline is not None and _HOURS.search(turn.plain):
            return Reading(
                sure, "hours", partial(answers.follow_up, turn, hotline, "service_hours")
            )
        return Reading(sure, act, partial(handoff.asked_about, turn, act))
    if _names_a_topic(turn) and turn.confidence() >= 0.4:
        return None  # 客服邮箱是什么
    urges = turn.acts.sum({"urge"})
    at_hand = turn.state.topic or turn.state.procedure
    if urges >= SURE_URGES and at_hand is None and not turn.named:
        return Reading(urges, "urge", partial(handoff.asked_about, turn, "where_is_human"))
    if turn.state.pending != "wait" and any(name.startswith("contact_") for name in turn.named):
        return None  # 打电话要排队多久
    if turn.has_word(turn.settings.queue_words) and turn.state.pending == "wait":
        act, sure = "where_is_human", max(sure, 0.6)
        if turn.acts.of("where_in_queue")[1] > turn.acts.of("where_is_human")[1]:
            act = "where_in_queue"
    elif turn.state.pending == "wait" and not turn.named and turn.state.danger is None:
        hotline = turn.topic("contact_phone")
        hours = turn.acts.sum({"service_hours"})
        if hotline is not None and hours >= LEAST_OWN:
            return Reading(
                hours + 0.2, "hours", partial(answers.follow_up, turn, hotline, "service_hours")
            )
        when = turn.acts.sum({"how_long"})
        if when >= LEAST_OWN and _OF_COMING.search(turn.plain):
            return Reading(when, "how_long", partial(handoff.asked_about, turn, "where_in_queue"))
        online = turn.topic("contact_online")
        if (
            online is not None
            and turn.acts.sum({"where"}) >= SURE_WANTED
            and _PERSON.search(turn.plain)
        ):
            return Reading(  # 那我自己去应用里找人，入口在哪
                SURE_WANTED, "where", partial(answers.follow_up, turn, online, "where")
            )
        asked = turn.acts.sum({"cost", "who", "may_i"})
        if asked > sure:
            act, sure = "about_human", asked - 0.1
    return Reading(sure, act, partial(handoff.asked_about, turn, act)) if act else None


# --------------------------------------------------------------------------------------------
# The procedure under way, the questions before a human


def _ticket_told(turn: Turn) -> Reading | None:
    """Who waits for a human goes on with their story: it goes to the human."""
    act, _ = turn.acts.top
    asks = act.count(".") == 1 and turn.acts.unweighed({act}) >= SURE_NEW  # 那好久有人打给我
    if asks or turn.has_word(turn.settings.question_words):
        return None
    sure = turn.acts.sum({"tells", "shows"})
    aside = MOVES | SMALL_TALK | {HUMAN_HANDOFF}
    if turn.state.pending == "wait" and not (turn.intent in aside or turn.sure or turn.named):
        sure = max(sure, 0.5)  # nothing is asked
    ticket = turn.ticket() if sure >= 0.5 and turn.state.danger is None else None
    if ticket is None:
        return None
    return Reading(sure, "told while waiting", partial(handoff.note, turn, ticket))


def _walk_refused(turn: Turn) -> Reading | None:
    """不用帮我找回密码了: leaves what is denied, if that is what they are led through."""
    topic = procedures.active(turn)
    waits = turn.has_word(turn.settings.waiting_words)
    if topic is not None and _NO_MORE.match(turn.plain) and not waits:
        return Reading(0.8, "no more", partial(procedures.stop, turn))
    first = turn.acts.clauses[0] if turn.acts.clauses else ("", {})
    leaves = first[1].get("intent:stop_procedure", 0.0) >= SURE_LEAVING
    if topic is not None and leaves and len(first[0]) <= SHORT and not waits:
        return Reading(0.8, "no more", partial(procedures.stop, turn))  # 不弄了，想起来了
    leave = normalize(turn.phrase("button_stop"))
    if topic is not None and leave in map(normalize, clauses(turn.text)):
        return Reading(0.8, "no more", partial(procedures.stop, turn))  # 老板叫我 不弄了 退出
    asks = set(turn.named) - {topic.name if topic else ""}
    if topic is None or not turn.denied or waits:
        return None
    about = any(each["name"] == topic.name for each in turn.denied)
    if not about and topic.name not in _named_in_denial(turn):
        return None
    if turn.affirmed and asks and turn.topic(turn.intent) and turn.intent != topic.name:
        return Reading(0.9, "denied", partial(answers.after_stopping, turn))
    return Reading(0.9, "denied", partial(procedures.stop, turn))


def _step(turn: Turn) -> Reading | None:
    found = procedures.told(turn)
    if found is None:
        return None
    act, sure, respond = found
    return Reading(sure, act, partial(_with_the_rest, turn, respond))


def _with_the_rest(turn: Turn, respond: Callable[[], None]) -> None:
    """Respond to the step, and shortly to what else was asked (短信没来，还有退款被拒了怎么办)."""
    walked = turn.state.procedure
    respond()
    if len(turn.requests) > 1:
        answers.shortly(turn, besides=walked or turn.state.procedure)


def _details(turn: Turn) -> Reading | None:
    if turn.state.collecting is None:
        return None
    return (
        Reading(1.0, "collecting", partial(details.listen, turn)) if details.hears(turn) else None
    )


# --------------------------------------------------------------------------------------------
# Topics


def _several(turn: Turn) -> Reading | None:
    asked = answers.asked_together(turn)
    if len(asked) < 2:
        return None
    return Reading(
        0.8, "+".join(each.topic for each in asked), partial(answers.several, turn, asked)
    )


_NONE = re.compile(
    r"(?:没一个|没有一个|哪个都不|都不(?:是|对)|全不(?:是|对)|不是这(?:些|几个)|没有我)"
)


_NONE_OF_SHOWN = re.compile(
    r"(?:不对|不是)?[，, ]{0,2}(?:上面|这(?:里|儿)?|下面|你说的|给的)?的?"
    r"(?:这|那)?(?:几|些)?[个条样]?"
    r"(?:都|全|一个都|哪个都|没一个|没有一个)(?:不是|不对|没有)?"
    r"(?:我|俺|咱)?(?:要|想要|问|想问|要问|说|找)?的?(?:啊|呀|吧|呢|诶|欸)?"
)


def _chosen(turn: Turn) -> Reading | None:
    suggested = turn.state.pending == "suggest" and _NONE.search(turn.plain)
    if suggested or (turn.topics_shown > 1 and _NONE_OF_SHOWN.fullmatch(turn.plain)):
        return Reading(0.9, "none of these", partial(fallback.none_of_these, turn))
    found = answers.chosen(turn)
    return Reading(0.9, *found) if found else None


def _denied(turn: Turn) -> Reading | None:
    sure = turn.acts.sum({"refuses_topic"}) if _REFUSING.search(turn.plain) else 0.0
    if turn.denied and not turn.affirmed:
        sure = max(sure, 0.7)
    if turn.intent in MOVES and turn.state.pending is not None:
        return None  # 不用了 answers what was offered
    act, share = turn.acts.top
    if act.count(".") and share >= SURE_WEAK:
        return None  # 不用Wi-Fi 走自己流量付总行了吧
    if turn.affirmed and turn.named:
        return None  # 不是要退款，是想问充值: the second is answered
    if sure < 0.5 or (turn.acts.sum(turn.content.followups) > sure and turn.affirmed):
        return None
    return Reading(sure, "denied", partial(moves.denied, turn))


def _outside(turn: Turn) -> Reading | None:
    """红包一天能发多少, 你给我充五十电费: what is asked of a thing that we know nothing of."""
    if not turn.outside or turn.state.collecting is not None or turn.state.danger is not None:
        return None
    thing = turn.outside[0]
    parts = [normalize(part) for part in clauses(turn.text)]
    about = next((part for part in parts if thing.words.search(part)), turn.plain)
    words = turn.settings.question_words
    asks = any(word in about for word in words) or _ASKS.search(about) is not None
    surely = turn.intent == OUT_OF_SCOPE and turn.confidence() >= SURE_NEW
    if turn.alarms or turn.acts.sum(DANGERS) >= (danger.SURE if surely else LEAST_ALARMING):
        return None  # 说我名下有个贷款要销
    topic = turn.topic(turn.intent)
    if thing.kind == "cannot":  # 你帮我给老公转50块钱
        return Reading(0.8, thing.name, partial(fallback.outside, turn))
    rest = thing.words.split(turn.plain, maxsplit=1)[-1]
    if thing.kind == "other" and _ITS.search(rest):
        return Reading(0.8, thing.name, partial(fallback.outside, turn))  # 支付宝密码忘了
    if not asks or (
        topic is not None and (turn.confidence() >= SURE_NEW or topic.name in turn.named)
    ):
        return None
    return Reading(0.8, thing.name, partial(fallback.outside, turn))


_ITS = re.compile(
    r"^(?:上|里|里面|那边)?的?(?:支付|登录|付款)?(?:密码|账号|账户|余额|客服|验证码|提现|转账|退款|绑卡|绑定|登录|注销)"
)


def _corrected(turn: Turn) -> Reading | None:
    sure = turn.acts.sum({"correction", "go_on_other"})
    asks = turn.has_word(turn.settings.question_words)
    if turn.named or turn.denied or asks or _names_a_topic(turn):
        return None  # 我问的是退款进度, 我问你哪天: that is answered
    return Reading(sure, "correction", partial(moves.mistaken, turn))


# What was meant, after something else was understood: 我不是要重新申请 我是问进度.
_MEANT = re.compile(
    r"(?:我|俺|咱)(?:就是|只是|不过是|本来|其实|刚才|是|就|只|想|要|的意思){0,3}(?:想|要)?(?:问|说|指|讲)(?:的)?(?:是|就是)?"
    r"(?![你他她过了什啥谁不没])"
)


def _meant(turn: Turn) -> Reading | None:
    if turn.state.collecting is None or turn.state.danger is not None:
        return None
    for clause in reversed(turn.clauses or [turn]):
        match = _MEANT.search(clause.plain)
        if match is None:
            continue
        found = named_topics(clause.plain[match.end() :])
        topic = turn.topic(found[0] if found else None)
        if topic is not None and topic.name != turn.state.collecting and not topic.needs_human:
            return Reading(0.85, topic.name, partial(_answer_meant, turn, topic))
    return None


def _answer_meant(turn: Turn, topic: Topic) -> None:
    turn.state.collecting = None  # that was not wanted
    answers.answer(turn, topic)


def _asked(turn: Turn) -> Reading | None:
    for question in turn.named_questions:
        about, key = question.split(".")
        topic = turn.topic(about)
        if (
            topic is not None
            and key in topic.asked
            and turn.acts.sum(turn.content.manners) < SURE_NEW
        ):
            return Reading(0.8, question, partial(answers.asked, turn, about, key))
    topics = [turn.state.topic, turn.state.procedure, *turn.named, turn.intent]
    best: tuple[str, float] = ("", 0.0)
    intended = turn.topic(turn.intent)
    if intended is not None and _begins(turn, intended):
        return None
    for name in dict.fromkeys(topics):
        topic = turn.topic(name)
        for key in topic.asked if topic else ():
            act = f"{name}.{key}"
            sure = turn.acts.sum({act})
            if sure >= LEAST_OWN and name in {turn.state.topic, turn.state.procedure}:
                sure += AT_HAND
            surely = turn.acts.unweighed({act}) >= SURE_FIRST
            if name == turn.intent and not surely and _is_first(turn, name):
                continue  # the topic itself is asked for: its answer says most
            new = name not in {turn.state.topic, turn.state.procedure}
            if new and topic is not None and topic.needs_human and sure < SURE_NEW:
                continue  # a problem told: the questions begin
            elsewhere = name != turn.intent and turn.sure and _names_a_topic(turn)
            if elsewhere and sure < SURE_NEW:
                continue  # 联系客服之前我该备点啥 asks another topic
            if sure > best[1]:
                best = (act, sure)
    act, sure = turn.acts.top
    least = SURE_NEW if turn.sure and _names_a_topic(turn) else 0.0
    about = act.split(".")[0]
    problem = turn.topic(about)
    if problem is not None and problem.needs_human and about != turn.state.topic:
        least = max(least, SURE_NEW)  # a problem told: the questions begin
    if about == turn.intent and _is_first(turn, about):
        least = max(least, SURE_FIRST)
    said = about in {*turn.named, turn.intent} or turn.acts.unweighed({act}) >= SURE_UNNAMED
    if act.count(".") == 1 and sure > max(best[1], least) and turn.topic(about) and said:
        best = (act, sure)
    if procedures.active(turn) is None and (step := _asked_of_step(turn)) is not None:
        return step
    act, sure = turn.acts.top
    updated = "security_advice.3.done"
    at_hand = turn.topic(turn.state.topic) or turn.topic("update_app")
    if act == updated and turn.acts.unweighed({updated}) >= SURE_UNNAMED and at_hand is not None:
        tried = partial(answers.follow_up, turn, at_hand, "tried")
        return Reading(SURE_UNNAMED, updated, tried)  # 版本已经是最新
    if not best[0]:
        return None
    return Reading(best[1], best[0], partial(answers.asked, turn, *best[0].split(".")))


def _is_first(turn: Turn, name: str) -> bool:
    """Tell whether a topic is surely asked for that was not answered yet."""
    topic = turn.topic(name)
    return (
        topic is not None
        and turn.confidence() >= SURE_TOPIC
        and name not in {turn.state.topic, turn.state.procedure}
        and not turn.said_lately(topic.answer)
    )


def _asked_of_step(turn: Turn) -> Reading | None:
    """新密码有什么讲究, before the procedure has begun: the question is answered, no step shown."""
    unsure = turn.intent in {FALLBACK, OUT_OF_SCOPE, STEP_FAILED}
    if details.told_alone(turn) is not None:
        return None  # 订单号20260301…
    for clause in turn.clauses:  # 退款填到一半 图片死活上不去
        for act, share in clause.acts.raw.items():
            name, *place = act.split(".")
            topic = turn.topic(name)
            about = name in {turn.intent, *turn.named, *clause.named} or unsure
            if len(place) != 2 or topic is None or share < SURE_TROUBLE or not about:
                continue
            troubles = topic.steps[int(place[0]) - 1].trouble
            help_ = next((each.help for each in troubles if each.key == place[1]), "")
            if help_:
                return Reading(share, act, partial(answers.of_step, turn, topic, help_))
    for act, share in turn.acts.raw.items():
        name, *place = act.split(".")
        topic = turn.topic(name)
        if len(place) != 2 or topic is None or share < LEAST_OF_STEP:
            continue
        if any("." not in each for each in siblings().get(act, ())):
            continue  # 几天能回: a kind of question, about what was just said
        step = topic.steps[int(place[0]) - 1] if int(place[0]) <= len(topic.steps) else None
        if step is None:
            continue
        text = procedures.answer_at(step, place[1])
        asks = place[1] in step.asked and turn.has_word(turn.settings.question_words)
        said = name == turn.intent and (share >= SURE_NEW or not _is_first(turn, name))
        if text and ((asks and said) or (unsure and share >= SURE_UNNAMED)):
            return Reading(
                max(share, SURE_UNNAMED), act, partial(answers.of_step, turn, topic, text)
            )
    return None


def _follow_up(turn: Turn) -> Reading | None:
    kind, sure = turn.acts.best(turn.content.followups)
    if not kind:
        return None
    topic = answers.subject(turn, kind)
    if topic is None or _begins(turn, topic):
        return None
    elsewhere = _names_a_topic(turn) and turn.intent != topic.name and not turn.named
    if elsewhere and turn.confidence() >= SURE_ELSEWHERE and sure < SURE_NEW:
        return None  # 说说怎么防着被人盗
    if kind == "explain" and _AGAIN.search(turn.plain):
        return None  # 再说一遍: the same words are wanted
    walking = procedures.active(turn)
    if walking and turn.intent in MOVES and turn.confidence() >= 0.5:
        return None  # 然后呢
    if walking and (turn.stuck or (kind in {"tried", "no_change"} and topic.name == walking.name)):
        return None
    new = topic.name not in {turn.state.topic, turn.state.procedure}
    if new and topic.needs_human and not turn.has_word(turn.settings.question_words):
        return None  # a problem told: the questions begin
    first = turn.state.topic is None and turn.state.procedure is None
    if first and kind in answers.REPORTS and topic.urgency != "urgent" and not topic.needs_human:
        # Told for the first time: what there is to say, before what was tried.
        return Reading(sure, f"{topic.name}: {kind}", partial(answers.answer, turn, topic))
    if topic.name == turn.intent and new:
        # Named just now: its answer says how and where; a kind of its own is better.
        if kind in answers.ANSWERED_ANYWAY and kind not in topic.followups:
            return None
        if kind == "how" or topic.urgency == "urgent":
            return None
        own = kind in topic.followups or kind in _SAID_ANYWHERE
        if (sure < SURE_NEW or not own) and _is_first(turn, topic.name):
            return None  # the topic itself is asked for: its answer says most
        sure = sure if own else sure * 0.9
    return Reading(sure, f"{topic.name}: {kind}", partial(answers.follow_up, turn, topic, kind))


def _begins(turn: Turn, topic: Topic) -> bool:
    """Tell whether the message asks to be led through a procedure (帮我找回密码): no question."""
    return (
        topic.walkthrough == "at_once"
        and topic.name == turn.intent
        and topic.name not in {turn.state.procedure, turn.state.topic}
        and turn.sure
        and not turn.has_word(turn.settings.question_words)
    )


def _manner(turn: Turn) -> Reading | None:
    act, sure = turn.acts.best(turn.content.manners)
    if act == "correction" and (turn.named or turn.denied):
        return None  # 我可不是来退款的，我问的是充值
    if act == "no_questions" and turn.state.collecting is None:
        return None  # nothing was asked
    if not act or (_names_a_topic(turn) and turn.confidence() >= turn.settings.sure_above):
        return None
    if act in _TOLD and turn.has_word(turn.settings.question_words):
        return None  # 那哪天开始总知道吧
    walks = procedures.active(turn) is not None and not turn.state.away
    if walks and turn.intent in MOVES and len(turn.plain) <= 3:
        return None  # 嗯
    if act in _TOLD and walks and turn.has_word(turn.settings.done_words):
        return Reading(sure, f"{act}: done", partial(procedures.next_step, turn))  # 看过了
    if turn.intent in SMALL_TALK | MOVES and turn.confidence() > sure:
        return None
    return Reading(sure, act, partial(manners.answer, turn, act))


def _names_a_topic(turn: Turn) -> bool:
    """Tell whether the intent is a topic rather than a move, small talk or nothing."""
    aside = {FALLBACK, OUT_OF_SCOPE, HUMAN_HANDOFF, STEP_FAILED, *MOVES, *SMALL_TALK}
    return turn.intent not in aside and turn.topic(turn.intent) is not None


def _named_in_denial(turn: Turn) -> list[str]:
    return named_topics("".join(turn.scope.get("denied", ())))


_READERS: dict[str, Callable[[Turn], Reading | None]] = {
    "despair": _despair,
    "despair_lasts": _despair_lasts,
    "danger_spared": _danger_spared,
    "danger": _danger,
    "danger_supposed": _danger_supposed,
    "danger_maybe": _danger_maybe,
    "danger_over": _danger_over,
    "danger_mistaken": _danger_mistaken,
    "danger_lasts": _danger_lasts,
    "human_refused": _human_refused,
    "human_wanted": _human_wanted,
    "secret_asked": _secret_asked,
    "human_awaited": _human_awaited,
    "ticket_told": _ticket_told,
    "walk_refused": _walk_refused,
    "step": _step,
    "meant": _meant,
    "details": _details,
    "several": _several,
    "chosen": _chosen,
    "denied": _denied,
    "outside": _outside,
    "corrected": _corrected,
    "asked": _asked,
    "follow_up": _follow_up,
    "manner": _manner,
}

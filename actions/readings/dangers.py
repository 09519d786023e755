"""Readings of danger to life, money and account."""

from __future__ import annotations

import re
from functools import partial

from actions import (
    answers,
    danger,
    despair,
    frauds,
    manners,
    noticing,
    procedures,
)
from actions.acts import DESPAIR, IN_DANGER
from actions.readings.reading import (
    LEAST_OWN,
    SHORT,
    SURE_NEW,
    SURE_OTHERWISE,
    SURE_WEAK,
    Reader,
    Reading,
    names_a_topic,
)
from actions.turn import Turn
from content import Fact, Topic
from infra.text import MASK

_OF_SENDING = re.compile(
    r"发|删|撤|记(?:下|住|录|了)|存|看(?:得|不)?[到见]|留着|泄|遮|隐|安全|要紧|怎么办|知道"
)
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
# What a fraud has got, told as it was done.
SURE_STEP = 0.4  # of a step's report, while a danger lasts
_HAPPENED = {"d_shared_screen", "d_gave_code", "d_gave_card", "d_transferred", "d_clicked"}
_ASKS_HOW = {"how", "where", "cannot_cope", "not_found", "explain"}
_MORE_TROUBLE = re.compile(r"没|不|又|还|别|错|再")  # 又收到了一条: nothing is done
LEAST_OTHER = 0.5  # confidence of a topic that is asked about while a danger lasts
LEAST_NAMED = 0.3  # the same for a topic that is named


def _despair(turn: Turn) -> Reading | None:
    if turn.state.despair is not None:
        return None  # it lasts: whatever is said belongs to it
    denies = despair.is_better(turn) and not despair.hinted(turn)  # 我没想不开
    denies = denies or despair.is_misheard(turn)
    if despair.mourns(turn) or denies:
        return None
    sure = turn.acts.sum(DESPAIR)
    signs = despair.has_signs(turn.plain)
    if sure < (despair.SURE if signs else despair.SURE_ALONE):
        sure = 0.0
    for clause, acts in turn.acts.clauses:
        share = sum(acts.get(act, 0.0) for act in DESPAIR)
        told = share >= despair.SURE_CLAUSE and despair.has_signs(clause)
        harmless = turn.acts.whole.get(noticing.HARMLESS, 0.0) >= despair.SURE
        if len(clause) >= noticing.LEAST and told and not harmless:
            sure = max(sure, share)
    if despair.hinted(turn):
        sure = max(sure, 0.9)
    if despair.FICTION.search(turn.plain):
        sure *= 0.5
    act, _ = turn.acts.best(DESPAIR, clauses=True)
    if act == "despair_other" and not signs and not despair.hinted(turn) and sure < SURE_NEW:
        return None  # 我老婆孩子都在老家
    whose = "other" if act == "despair_other" else "first"
    return Reading(sure, act or "words", partial(despair.answer, turn, whose))


def _despair_lasts(turn: Turn) -> Reading | None:
    if despair.wants_helpline(turn):
        return Reading(1.0, "helpline", partial(despair.helpline, turn))
    if turn.state.despair is None:
        return None
    if despair.is_misheard(turn):
        return Reading(1.0, "misheard", partial(_sorry_and_answer, turn))
    calm = turn.acts.sum({"despair_calm"})
    if turn.acts.sum({"bot_or_human"}) >= 0.5 or turn.intent == "bot_challenge":
        return Reading(0.9, "bot_or_human", partial(despair.who_i_am, turn))
    if calm >= despair.SURE and not despair.hinted(turn) and not despair.is_alone(turn):
        return Reading(calm, "despair_calm", partial(despair.calm, turn))
    if not despair.hinted(turn) and despair.is_better(turn) and turn.asks:
        return Reading(0.9, "better", partial(_calm_and_answer, turn))
    topic = turn.topic(turn.intent) if names_a_topic(turn) else None
    calmly = topic is not None and topic.urgency != "urgent" and turn.asks
    if calmly and turn.confidence() >= turn.settings.sure_above:
        return None  # who asks how to do something is answered
    return Reading(1.0, "despair lasts", partial(despair.again, turn))


def _sorry_and_answer(turn: Turn) -> None:
    """俺没想不开！！俺要取钱: sorry, and what they want."""
    despair.take_back(turn)
    topic = turn.topic(turn.intent)
    if topic is not None and topic.urgency != "urgent" and names_a_topic(turn):
        answers.answer(turn, topic)


def _calm_and_answer(turn: Turn) -> None:
    """没事 说出来好点了 那两百你还是帮我看看: a kind word, and what is asked."""
    despair.calm(turn)
    answers.of_message(turn)


def _danger_spared(turn: Turn) -> Reading | None:
    return Reading(noticing.spared(turn), "d_not_yet", partial(danger.praise, turn))


def _danger(turn: Turn) -> Reading | None:
    told = noticing.told(turn)
    if told is None:
        return None
    kind, sure = told
    return Reading(sure, kind, partial(danger.answer, turn, kind))


def _danger_supposed(turn: Turn) -> Reading | None:
    kind, sure = noticing.supposed(turn)
    return Reading(sure, kind, partial(danger.suppose, turn, kind)) if kind else None


def _danger_maybe(turn: Turn) -> Reading | None:
    if turn.state.danger is not None or turn.state.collecting is not None:
        return None
    if turn.state.topic is not None:
        return None  # in the middle of a matter a guess at fraud only startles
    sure = max(noticing.sounds(turn), turn.acts.sum({"stranger_called"}))
    if noticing.CALLED_ME.search(turn.plain) and not turn.asks:
        sure = max(sure, 0.6)  # 有个快递客服打给我
    if sure < LEAST_OWN or procedures.active(turn) is not None or turn.ticket() is not None:
        return None
    return Reading(sure, "sounds", partial(danger.maybe, turn))


def _danger_over(turn: Turn) -> Reading | None:
    if turn.state.danger is None:
        return None
    sure = turn.acts.sum({"d_over", noticing.HARMLESS})
    if turn.state.danger.startswith("lost_") and _FOUND.search(turn.plain):
        sure = max(sure, 0.9)
    if turn.scope.get("calm"):
        sure = max(sure, 0.7)
    if turn.has_word(turn.settings.question_words) or turn.alarms:
        return None  # 那就没事了吧？
    if noticing.happened(turn) or danger.goes_on(turn) or danger.vouches(turn):
        return None  # 钱没少, but the code was given
    if not _OVER.search(turn.plain):
        return None  # 坏了，我念过了
    lost = turn.state.danger.startswith("lost_")
    if lost and not _FOUND.search(turn.plain) and not danger.denied_in_words(turn):
        return None  # 没人骗她 就是落公交上了
    return Reading(sure, "d_over", partial(danger.over, turn))


def _danger_mistaken(turn: Turn) -> Reading | None:
    """我手机没丢，是打不开; 没有骗子; 拉黑谁啊: the alarm was ours, not theirs."""
    if turn.state.danger is None or turn.alarms or danger.vouches(turn):
        return None
    calm = [name for name in turn.named if (topic := turn.topic(name)) and _is_calm(topic)]
    if frauds.denied_kind(turn):
        return Reading(0.95, "another kind", partial(danger.of_another_kind, turn))
    urgent = any(not _is_calm(topic) for each in turn.denied if (topic := turn.topic(each["name"])))
    if turn.scope.get("contrast") and urgent and not danger.has_taken(turn):
        return Reading(0.9, "another matter", partial(_taken_back, turn))  # 不是被盗，是重复扣
    plainly = _PLAINLY.search(turn.plain) is not None
    believed = plainly or not (danger.has_taken(turn) or (turn.asks and not calm))
    if danger.denied_in_words(turn) and believed:
        respond = partial(_taken_back if turn.asks else danger.mistaken, turn)
        return Reading(0.9, "denied", respond)
    lost = (turn.state.danger or "").startswith("lost_")
    if danger.another_denied(turn) and calm and not lost and not danger.has_taken(turn):
        return Reading(0.9, "another matter", partial(_taken_back, turn))
    if danger.another_denied(turn):
        return Reading(0.9, "another denied", partial(danger.not_that, turn))
    wrong = turn.acts.unweighed({"correction"}, clauses=True)
    if _NOT_SO.search(turn.plain) and calm and turn.asks and not danger.has_taken(turn):
        return Reading(0.9, "another matter", partial(_taken_back, turn))
    return Reading(wrong, "correction", partial(danger.misheard, turn))


# 没人骗我 我点错头像了: so it is, though money was paid.
_PLAINLY = re.compile(
    r"没(?:有)?(?:人)?(?:被|受)?骗|不是(?:被)?(?:骗|盗|诈)|没(?:被)?盗|[转点扫付]错"
)
# 什么孩子, 我说的是我老公
_NOT_SO = re.compile(r"(?:什么|哪来的?|哪有|没有)(?:孩子|骗子|诈骗|病毒|坏人)")


def _is_calm(topic: Topic) -> bool:
    return topic.urgency != "urgent" and not topic.name.startswith("contact_")


def _taken_back(turn: Turn) -> None:
    """什么孩子？我说的是我老公，我就问支付密码在哪改: sorry, and what is asked."""
    known = danger.asked_in_words(turn)
    danger.take_back(turn)
    if known is not None:
        turn.answer(known[1])
        return
    particular = max(
        (act for act in turn.acts.whole if act.count(".") == 1),
        key=lambda act: turn.acts.sum({act}, clauses=True),
        default="",
    )
    sure = particular and turn.acts.sum({particular}, clauses=True) >= SURE_WEAK
    for question in [*turn.named_questions, *([particular] if sure else [])]:
        about, key = question.split(".")
        topic = turn.topic(about)
        if topic is not None and key in topic.asked:
            answers.asked(turn, about, key)
            return
    own = turn.topic(turn.intent)
    if own is not None and own.urgency == "urgent":
        turn.say("not_known", asked=turn.quoted, subject="", brief="")
        turn.offer_human()
        return
    answers.of_message(turn)


def _danger_lasts(turn: Turn) -> Reading | None:
    if turn.state.danger is None:
        return None
    danger.settle_kind(turn)
    if _COMES_BACK.search(turn.plain) and turn.asks and names_calm(turn):
        return None  # 那回到刚才那个，建行卡绑不上是不是手机号的事
    walks = procedures.active(turn) is not None and not turn.state.away
    step = procedures.told(turn) if walks else None
    least = min(SURE_STEP, turn.acts.of("d_", clauses=True)[1])
    if step is not None and step[1] >= least:
        return None  # 点了, 码收到了: of the step they are led through
    if _GOES.search(turn.plain) and not turn.asks and not noticing.happened(turn):
        return Reading(0.9, "goes", partial(danger.go, turn))
    if danger.wants_escort(turn) and not walks:
        return Reading(0.9, "escort", partial(danger.escort, turn))
    if danger.pays_again(turn):
        return Reading(0.9, "d_should_i", partial(danger.follow_up, turn, "d_should_i"))
    if danger.more_is_gone(turn) and not turn.asks:
        return Reading(0.9, "d_more_gone", partial(_danger_and_rest, turn, "d_more_gone"))
    known = danger.asked_in_words(turn)
    act, share = danger.likeliest(turn)
    if (
        act.startswith(IN_DANGER)
        and (known is None or act != f"{IN_DANGER}{known[0]}")
        and share >= SURE_WEAK
        and danger.LIKE_PLAIN <= turn.acts.like(act) < 1
    ):
        return Reading(share, act, partial(_danger_and_rest, turn, act), act)
    if known is not None:
        respond = partial(danger.answer_asked, turn, known[1])
        return Reading(0.9, f"asked: {known[0]}", respond, repeats=True)
    if danger.vouches(turn):
        return Reading(0.9, "d_proof", partial(danger.follow_up, turn, "d_proof"))
    if (happened := noticing.happened(turn)) is not None:
        return Reading(0.9, happened, partial(_danger_and_rest, turn, happened))
    act, share = danger.likeliest(turn)
    if act in _HAPPENED and share >= SURE_WEAK:
        return Reading(share, act, partial(_danger_and_rest, turn, act))  # 他看到我屏幕了
    reported = danger.reported(turn)
    if reported and not walks and not turn.has_word(turn.settings.question_words):
        return Reading(0.9, reported, partial(danger.more, turn))
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
    intended = names_a_topic(turn) and turn.confidence() >= least
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
    goes_on = topic is not None and topic.name == turn.state.topic  # 那怎么申请
    other = topic is not None and topic.urgency != "urgent" and (bool(turn.named) or goes_on)
    if other and how >= 0.35 and turn.acts.of("d_", clauses=True)[1] < 0.35:
        return None  # 那退款在哪看: another matter, in the middle of it
    act, sure = danger.likeliest(turn)
    if sure >= 0.4 and act != "d_over":
        return Reading(sure, act, partial(_danger_and_rest, turn, act), act)
    if turn.intent in {"next_step", "affirm", "deny", "previous_step", "repeat_step"}:
        return None
    if turn.intent == "goodbye" or turn.acts.sum({"thanks", "chat_bye", "understood"}) >= 0.5:
        return None
    if turn.acts.sum({"bot_or_human"}) >= 0.4:
        return None
    if turn.acts.sum({"hold_on"}) >= SURE_WEAK and not turn.asks:
        return None  # 等哈 我问哈我老汉儿
    agreed = turn.intent == "affirm" and turn.state.pending not in {"human", "human_if_needed"}
    if agreed or turn.intent == "thank":
        return Reading(0.6, "understood", partial(manners.answer, turn, "understood"))
    of_contact = own is not None and own.name.startswith("contact_") and not turn.asks
    if names_a_topic(turn) and turn.confidence() >= turn.settings.sure_above and not of_contact:
        return None  # but 我不会弄那个邮箱，没有的 asks for no address
    asked, how = turn.acts.best(danger.TALK)
    if how >= 0.4:
        return Reading(how, asked, partial(danger.follow_up, turn, asked), asked)
    return Reading(0.5, "danger lasts", partial(danger.more, turn))


# 行，我去报警，谢谢: they go and do what was advised.
_GOES = re.compile(
    r"(?:我|咱|俺)(?:们)?(?:这就|现在|马上|先|等会儿?|等下|明天|赶紧|立刻){0,2}(?:带.{1,4})?(?:去|跑|到)(?:趟|一趟)?(?:报警|报案|派出所|公安局|银行|营业厅|柜台)(?!的?人)"
)
# Who comes back to what was spoken of before the danger.
_COMES_BACK = re.compile(
    r"回到(?:刚才|前面|之前|那个|原来)|说回|接着(?:刚才|前面)|刚才(?:那个|说的|问的)|我问的是|我是(?:想)?问|前面(?:那个|问的)"
)


def names_calm(turn: Turn) -> bool:
    """Tell whether the words name a topic that is no danger."""
    topics = [topic for name in turn.named if (topic := turn.topic(name))]
    return any(_is_calm(topic) for topic in topics)


def _is_another(turn: Turn, measure: Fact) -> bool:
    """Tell whether something else was done than what was to be done next."""
    return any(found not in measure.next for found in _ANOTHER.findall(turn.plain))


def _danger_and_rest(turn: Turn, act: str) -> None:
    """Answer what belongs to the danger, and shortly what else is asked (另外我的退款到哪了)."""
    danger.follow_up(turn, act)
    if len(turn.requests) > 1:
        answers.shortly(turn, besides=noticing.topic_of(turn, turn.state.danger))


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
    if not lately or turn.named or (names_a_topic(turn) and turn.sure):
        return None
    asks = {"may_i", "why", "is_safe", "how_off", "worried", "real", "who", "is_it_noted"}
    sure = turn.acts.sum(asks) if sent else 0.0
    asked = turn.asks
    if asked and _OF_SENDING.search(turn.plain):
        sure = max(sure, 0.8)
    again = turn.said_last(turn.phrase("secret_hidden"))
    return Reading(sure, "secret", lambda: turn.say("secret_really" if again else "secret_hidden"))


def _not_needed(turn: Turn, sent: bool) -> None:
    """Say that nobody needs the secret; what was sent is warned of by the gate already."""
    again = turn.said_lately(turn.phrase("secret_even_us"))
    turn.say("secret_do_it_yourself" if sent else "secret_really" if again else "secret_even_us")
    if turn.state.topic is None and names_a_topic(turn):
        turn.state.topic = turn.intent  # what is asked next is asked of it
    procedures.back_button(turn)


READERS: dict[str, Reader] = {
    "despair": _despair,
    "despair_lasts": _despair_lasts,
    "danger_spared": _danger_spared,
    "danger": _danger,
    "danger_supposed": _danger_supposed,
    "danger_maybe": _danger_maybe,
    "danger_over": _danger_over,
    "danger_mistaken": _danger_mistaken,
    "danger_lasts": _danger_lasts,
    "secret_asked": _secret_asked,
}

"""Readings of topics: what is asked of them, denied, chosen, or not known at all."""

from __future__ import annotations

import re
from functools import partial

from actions import (
    answers,
    details,
    fallback,
    manners,
    moves,
    noticing,
    procedures,
)
from actions.acts import DANGERS, siblings
from actions.readings.reading import (
    LEAST_ALARMING,
    LEAST_OWN,
    REFUSING,
    SURE_NEW,
    SURE_WEAK,
    Reader,
    Reading,
    begins,
    names_a_topic,
)
from actions.turn import Turn
from content import Topic
from nlu.intents import FALLBACK, MOVES, OUT_OF_SCOPE, SMALL_TALK, STEP_FAILED
from nlu.naming import named_topics
from nlu.text import clauses, normalize

_AGAIN = re.compile(
    r"再(?:说|讲|发|来)(?:一|1)?[遍次下]|重复|没看清|没听清|刚才?说(?:的)?(?:啥|什么)|再看一遍"
)
_SAID_ANYWHERE = {"who_pays_back", "cost", "look_up"}  # kinds whose answer is no topic's own
_TOLD = {"known", "understood", "already_said", "hold_on"}  # manners that ask nothing
SURE_ELSEWHERE = 0.95  # confidence of an unnamed topic to leave the current one
SURE_TOPIC = 0.85  # confidence of a topic's intent from which its own answer comes first
LEAST_OF_STEP = 0.5  # confidence of a question about a step before the procedure begins
SURE_FIRST = 0.97  # confidence of a particular question about a topic not answered yet
SURE_UNNAMED = 0.7  # confidence of a question about a topic that the message does not name
SURE_TROUBLE = 0.85  # confidence of a step's trouble before the procedure has begun
SHORT_TROUBLE = 5  # characters of a trouble (没动静) that may be of any topic
PREPARE = "prepare_for_support"  # intent of what one has ready for a human
_OF_SUPPORT = re.compile(r"客服|人工|电话|热线|你们|联系|咨询|反映")
LIKE_PLAIN = 0.6  # likeness to an example from which it is believed whatever the intent
AT_HAND = 0.05  # added to a particular question of the topic at hand


def _several(turn: Turn) -> Reading | None:
    asked = answers.asked_together(turn)
    if len(asked) < 2:
        return None
    if turn.state.matter in {each.topic for each in asked} and not turn.asks:
        return None  # 是第一次绑。绑不上钱就提不出来: more of the matter at hand
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
    sure = turn.acts.sum({"refuses_topic"}) if REFUSING.search(turn.plain) else 0.0
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
    if noticing.CALLED_ME.search(turn.plain):
        return None  # 有个快递客服打给我
    if _of_another_product(turn):
        return Reading(0.8, thing.name, partial(fallback.outside, turn))
    parts = [normalize(part) for part in clauses(turn.text)]
    about = next((part for part in parts if thing.words.search(part)), turn.plain)
    asks = turn.asks_in(about)
    surely = turn.intent == OUT_OF_SCOPE and turn.confidence() >= SURE_NEW
    if turn.alarms or turn.acts.sum(DANGERS) >= (noticing.SURE if surely else LEAST_ALARMING):
        return None  # 说我名下有个贷款要销
    topic = turn.topic(turn.intent)
    tells = _OF_WALLET.search(turn.plain) and not _QUESTION.search(turn.plain)
    if turn.state.topic and tells:
        return None  # 送外卖等着收款呢急死: who tells it, of what was spoken of
    if thing.kind == "cannot":  # 你帮我给老公转50块钱
        return Reading(0.8, thing.name, partial(fallback.outside, turn))
    if not asks or (
        topic is not None and (turn.confidence() >= SURE_NEW or topic.name in turn.named)
    ):
        return None
    return Reading(0.8, thing.name, partial(fallback.outside, turn))


_QUESTION = re.compile(r"[?？吗]|怎么|咋|哪|多少|多久|能不能|可以|什么|(.)不\1")
_OF_WALLET = re.compile(r"收款|付款|到账|退款|登录|打不开|进不去|密码|验证码|app")


def _of_another_product(turn: Turn) -> bool:
    """Tell whether it is about another company's product: 支付宝密码忘了."""
    thing = turn.outside[0]
    rest = thing.words.split(turn.plain, maxsplit=1)[-1]
    return thing.kind == "other" and _ITS.search(rest) is not None


_ITS = re.compile(
    r"^(?:上|里|里面|那边)?的?(?:支付|登录|付款)?(?:密码|账号|账户|余额|客服|验证码|提现|转账|退款|绑卡|绑定|登录|注销)"
)


def _corrected(turn: Turn) -> Reading | None:
    sure = turn.acts.sum({"correction", "go_on_other"})
    asks = turn.has_word(turn.settings.question_words)
    if turn.named or turn.denied or asks or names_a_topic(turn):
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


def _worded(turn: Turn) -> Reading | None:
    """A particular question of what is spoken of, known by its words (data/naming.yml)."""
    if turn.alarms or turn.acts.sum(turn.content.manners) >= SURE_NEW:
        return None
    if turn.outside and _of_another_product(turn):
        return None
    for question in _named_at_hand(turn):
        about, key = question.split(".")
        topic = turn.topic(about)
        if topic is not None and key in topic.asked:
            return Reading(0.8, question, partial(answers.asked, turn, about, key, by_words=True))
    return None


def _asked(turn: Turn) -> Reading | None:
    if _TRIED.search(turn.plain) and turn.state.topic and not turn.asks:
        return None  # 网换过了 空间也够: what is advised was done
    topics = [turn.state.topic, turn.state.procedure, *turn.named, turn.intent]
    best: tuple[str, float] = ("", 0.0)
    intended = turn.topic(turn.intent)
    if intended is not None and begins(turn, intended):
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
            elsewhere = name != turn.intent and turn.sure and names_a_topic(turn)
            if elsewhere and sure < SURE_NEW:
                continue  # 联系客服之前我该备点啥 asks another topic
            if sure > best[1]:
                best = (act, sure)
    if intended is not None and _by_title(turn, intended) and not best[0]:
        return None  # 如何开发票, of a topic 开发票: not what another one says of 发票
    act, sure = turn.acts.top
    least = SURE_NEW if turn.sure and names_a_topic(turn) else 0.0
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
    return Reading(best[1], best[0], partial(answers.asked, turn, *best[0].split(".")), best[0])


def _by_title(turn: Turn, topic: Topic) -> bool:
    """Tell whether a topic is surely asked for that the words call by its title."""
    return normalize(topic.title) in turn.plain and _is_asked_anew(turn, topic.name)


def _is_asked_anew(turn: Turn, name: str) -> bool:
    at_hand = {turn.state.topic, turn.state.procedure}
    return turn.confidence() >= SURE_TOPIC and name not in at_hand


def _named_at_hand(turn: Turn) -> list[str]:
    """Return the particular questions that the words name, of a topic that is spoken of."""
    state = turn.state
    known = [state.topic, state.matter, state.procedure, state.collecting, *turn.named]
    if turn.confidence() >= SURE_WEAK:
        known.append(turn.intent)
    if not any(known):
        known += [each["name"] for each in turn.ranking[:3]]
    spoken = [name for name in dict.fromkeys(known) if name and name not in state.not_meant]
    found = [each for each in turn.named_questions if each.split(".")[0] in spoken]
    return sorted(found, key=lambda each: spoken.index(each.split(".")[0]))


def _is_first(turn: Turn, name: str) -> bool:
    """Tell whether a topic is surely asked for that was not answered yet."""
    topic = turn.topic(name)
    return topic is not None and _is_asked_anew(turn, name) and not turn.said_lately(topic.answer)


def _asked_of_step(turn: Turn) -> Reading | None:
    """新密码有什么讲究, before the procedure has begun: the question is answered, no step shown."""
    unsure = turn.intent in {FALLBACK, OUT_OF_SCOPE, STEP_FAILED}
    if details.told_alone(turn) is not None:
        return None  # 订单号20260301…
    for clause in turn.clauses:  # 退款填到一半 图片死活上不去
        for act, share in clause.acts.raw.items():
            name, *place = act.split(".")
            topic = turn.topic(name)
            plainly = (
                share >= SURE_NEW
                and clause.acts.like(act) >= LIKE_PLAIN
                and len(clause.plain) > SHORT_TROUBLE
            )
            about = name in {turn.intent, *turn.named, *clause.named} or unsure or plainly
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


# What was advised is done, or was no trouble at all: 网换过了, 空间够的.
_TRIED = re.compile(
    r"(?:都|也|已经|全|早就?)(?:试|换|清|删|重启|重装|更新|卸载|看|问|找|弄)(?:过|了|遍|完)|"
    r"(?:试|换|清|重启|重装)(?:过|了)(?:好?几|[0-9一两二三])[次遍回]|"
    r"(?:试|更新|升级|重启|重装|换|改|清|卸|查|看|核对|检查|关)(?:完|好|过|了){1,2}[，, ]{0,2}"
    r"(?:也|还|依然|照样|仍)(?:是)?(?:不|没|闪|卡|老样|一样|这样|那样)|"
    r"(?:空间|内存|网络?|信号|流量|wi-?fi|短信).{0,8}(?:够|好得很|没问题|正常|满格|还有|还剩|充足)|"
    r"还剩.{0,4}(?:g|个g|空间)"
)


def _needs_for(turn: Turn, topic: Topic) -> bool:
    """Tell whether 要准备什么材料 is asked of the topic at hand, not of talking to a human."""
    asked = turn.intent == PREPARE and _OF_SUPPORT.search(turn.plain) is None
    return asked and "need" in topic.followups and not topic.name.startswith("contact_")


def _follow_up(turn: Turn) -> Reading | None:
    kind, sure = turn.acts.best(turn.content.followups)
    at_hand = turn.topic(turn.state.topic)
    busy = turn.asks or procedures.active(turn) or turn.state.collecting
    tried = at_hand is not None and "tried" in at_hand.followups
    if tried and not busy and _TRIED.search(turn.plain):
        kind, sure = "tried", max(sure, 0.8)
    if not kind:
        return None
    topic = answers.subject(turn, kind)
    if at_hand is not None and _needs_for(turn, at_hand):
        respond = partial(answers.follow_up, turn, at_hand, "need")
        return Reading(SURE_NEW, f"{at_hand.name}: need", respond)
    if kind == "service_hours" and topic is not None and kind not in topic.followups:
        topic = turn.topic("contact_online")  # 那人工啥时候上班
    if topic is None or begins(turn, topic):
        return None
    elsewhere = names_a_topic(turn) and turn.intent != topic.name and not turn.named
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
    respond = partial(answers.follow_up, turn, topic, kind)
    return Reading(sure, f"{topic.name}: {kind}", respond, kind)


def _manner(turn: Turn) -> Reading | None:
    act, sure = turn.acts.best(turn.content.manners)
    asks = any(clause.asks and not clause.scolds for clause in turn.clauses)
    if act == "correction" and (turn.named or turn.denied or asks):
        return None  # 我可不是来退款的，我问的是充值
    if act == "no_questions" and turn.state.collecting is None:
        return None  # nothing was asked
    if not act or (names_a_topic(turn) and turn.confidence() >= turn.settings.sure_above):
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


_CALLS = re.compile(
    r"^(?:闺女|姑娘|小伙子?|小妹|老板|师傅|同志|亲|大姐|大哥|哥|姐)[，, ]?(?:你|您)?"
    r"(?:还)?在(?:不在|不|吗|么|没)(?:啊|呀|哦)?$"
)
# 在吗 有个事拿不准, 想问个问题: the matter is still to come.
_OPENS = re.compile(
    r"^(?:在吗|在不在|在么|你好|您好|喂|嗨|哈喽|客服|请问|有人吗|那个|就是)*[ ，,。!！?？]*"
    r"(?:我|俺)?(?:这边|这儿)?(?:想|要|来)?(?:有(?:一?个|件|点)?|问(?:你)?(?:一?个|一下|下|点|你个)?|咨询(?:一下|下|个)?|请教(?:一下|下|个)?|打听(?:一下|个)?|麻烦(?:一下|你个)?)"
    r"(?:小|急)?(?:事儿?|问题|事情|句话)(?:想|要)?(?:拿不准|问(?:一下|下|问|你|您|你们)?|请教|咨询|麻烦(?:你|您)?|说)?(?:哈|啊|呀|一下|下)?$"
)


def _opens(turn: Turn) -> Reading | None:
    if (
        not (_OPENS.search(turn.plain) or _CALLS.search(turn.plain))
        or turn.state.danger
        or turn.state.collecting
    ):
        return None
    if turn.ticket() is not None:
        return None  # 在吗 asks for the human
    return Reading(0.9, "opens", partial(turn.say, "go_ahead"))


READERS: dict[str, Reader] = {
    "meant": _meant,
    "opens": _opens,
    "several": _several,
    "chosen": _chosen,
    "denied": _denied,
    "outside": _outside,
    "corrected": _corrected,
    "worded": _worded,
    "asked": _asked,
    "follow_up": _follow_up,
    "manner": _manner,
}

"""Readings of a human who is wanted, refused or awaited."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from actions import (
    answers,
    danger,
    handoff,
    noticing,
    procedures,
)
from actions.readings.reading import (
    LEAST_ALARMING,
    LEAST_OWN,
    REFUSING,
    SHORT,
    SURE_NEW,
    SURE_OTHERWISE,
    Reader,
    Reading,
    names_a_topic,
)
from actions.turn import Turn
from nlu.intents import HUMAN_HANDOFF, SMALL_TALK
from nlu.naming import named_topics
from nlu.text import simplify

# A plain wish, with no no before it: 算了你帮我转人工吧.
_WANTS = re.compile(
    r"(?:(?<![不别没甭谁让叫要])|(?<=算了))(?:帮我|给我|我要|就要|说要|快|赶紧|直接|那就|还是|你|请|麻烦)(?:帮我|给我)?"
    r"(?:转|找|接|叫|换)(?:一?下|个|接)?(?:人工|真人|活人|人(?=[来问说看帮给查办处]|$))|"
    r"^(?:那|唉|哎|好吧|行吧)?(?:算了|还是|就|直接)*(?:帮我)?(?:找|叫|转)(?:个)?人(?:工|来)?(?:吧|算了|得了)|"
    r"(?<![不别没甭])(?:帮我|给我|替我)(?:去)?(?:问|联系|喊|叫)(?:一?下|问|个)?(?:你们)?(?:人工|真人|客服)"
)
# 给我留个言吧
_LEAVES_MESSAGE = re.compile(
    r"(?:给我|帮我|我要|我想|那就|就)?(?:给我|帮我)?(?:留(?:个|一个|一下)?(?:言|话)|登记(?:一下|个)?|记个?工单|开个?工单)(?:吧|好了|$)"
)
# 那就是要人工是吧: what was just said is asked back.
_ONLY_HUMAN = re.compile(
    r"(?:就是|是不是|只能|只有|必须|非得|得|还是)(?:说)?(?:都)?(?:得|要|只能|就|必须|去){0,2}(?:找|转|要|靠|等)?(?:人工|客服)(?:客服)?(?:来)?(?:了|才行|才能弄|处理|看)?"
    r"(?:是吧|对吧|是吗|对吗|吗|是不是|呗|咯|吧|啊)?(?:$|[，,。?？ ])"
)
# What sends a case to the human who was just offered: 那就转吧, 就这么交.
_SEND = re.compile(
    r"(?:接着|继续|你)转(?!账|了)|转就转|(?<![不别没莫甭账])转(?:给(?:他们|客服|人)|过去|一下|下|吧|呗|$|得了|就(?:行|完|好)|你的|你们的)|"
    r"(?<![别不])给我转|(?:接|叫|喊|找|请)(?:过来|人来|他们来)"
)
_HAND_IN = re.compile(
    r"(?:交|报|递|送)上去|提交|(?:写|记)上(?:嘛|吧|呗)|(?<!成)交(?:吧|了吧|$)|登(?:记|上)|"
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
_TAKES_BACK = re.compile(
    r"(?<![用别要必])(?:帮我|给我|就|把它|工单|单子|留言)?(?<![用别要必])(?:撤|取消)(?:了|掉|销)?(?:吧|啊|呗|$)|不(?:等|排队?|转)(?:了|啦)|"
    r"取消(?:转|叫|排|等)|不用(?:接|转|找|等|来|麻烦|叫)|不麻烦|不接了|自己(?:想起来|弄好|搞定|解决|好)了"
)
_NO_WAITING = re.compile(
    r"^(?:那|算了|行吧)?(?:我|俺)?不(?:等|排队?)(?:了|啦)|[，,。！! ]不(?:等|排队?)(?:了|啦)"
)
_KEEPS = re.compile(r"(?:别|不要|莫|甭|不用|不必)(?!了)(?:给我|帮我|把|随便)?.{0,6}(?:取消|撤)")
_NEVER_WANTED = re.compile(
    r"(?:什么时候|哪里|谁)(?:说|讲)(?:过)?(?:了)?要?.{0,3}(?:人工|转|客服|投诉)|没(?:说|讲|叫|让).{0,5}(?:转|人工|投诉|留言|登记)|没要(?:转|人工|投诉)"
)
# In a danger 我不转了 is of money.
_OF_TICKET = re.compile(r"人工|客服|留言|工单|不等|排队|单子")
_WHERE_REPLY = re.compile(
    r"回(?:了|复|我)(?:我)?.{0,6}(?:在|上)?哪|(?:回复?|消息).{0,6}看得到|(?:在|就在)(?:这|这里|这儿|这个窗口)(?:回|答|看|收)|(?:换|重装|关).{0,10}还(?:能|可以)?(?:看|收|找)(?:得)?(?:到|见)|关(?:掉|了|闭)?.{0,4}(?:页面|窗口|这个|手机|软件).{0,6}(?:没事|没关系|行|可以|要紧|影响|吗)|(?:在|从|上)?(?:哪|哪里|哪儿)(?:能|可以)?.{0,4}(?:回复?我|回我|看到?(?:回复|消息|结果|信)|收到?回)|(?:有信儿?|回复了?|答复).{0,6}(?:在|去|上)?哪|怎么(?:收|看)到?.{0,4}(?:回复|答复)"
)
_BY_PHONE = re.compile(r"电话|热线|打(?!字)")
_SAY_AGAIN = re.compile(
    r"再?(?:重|再)(?:新)?(?:说|讲|发)|看得到|收到没|记(?:上|下)没|怎么办$|咋办$|咋整$"
)
# 就问他旧手机能不能踢: a question for the human
_FOR_HUMAN = re.compile(
    r"问(?:他|他们|客服|一?下|问)|告诉|说(?:清楚|明)|跟(?:他|客服)|让(?:他|客服)"
)
# 不是说24小时吗, 热线24小时还是聊天24小时
_ALL_DAY = re.compile(
    r"(?:不是|写着?|说(?:的|是|好)?|明明|还是|到底).{0,8}(?:24|二十四)(?:个)?小时|"
    r"(?:24|二十四)(?:个)?小时.{0,4}(?:在线|服务)?(?:还是|呢|吗|怎么没|咋没|为什么没|却)"
)
LEAST_BESIDES = 5  # characters of what is asked besides
_OF_WAIT = re.compile(r"多久|好久|多长时间|几分钟|几个小时|要等|排队|等多")
_OF_COMING = re.compile(r"[回来到理接轮]我?|有人|答复")  # 大概什么时候能回我
_TIME = re.compile(r"[今明]天|今晚|几[点时天]|什么时候|时候|马上|多久|上班")
_NO_LONGER = re.compile(r"不等|不用|不要|不必|不需|不找|算了|取消|撤|免了")
_PERSON = re.compile(r"人|客服|转|专员|坐席|活的|喘气")
_HOURS = re.compile(
    r"几点|上班|下班|营业|周末|周[一二三四五六日天]|半夜|夜里|晚上|白天|节假日|24小时|什么时候(?:有|在|上)"
)
_NO_WISH = {"bot_or_human", "hold_on"}  # acts that name a human and want none
LIKE_WISH = 0.5  # likeness to an example from which a wish without any word for a human is one
SURE_WANTED = 0.6  # confidence of a clause that wants a human, beside one that refuses something
SURE_URGES = 0.5  # confidence of urging (给我催催) without anything under way


ByClause = Callable[[Turn, re.Pattern[str] | None], tuple[str, Reading] | None]


def refused(turn: Turn, by_clause: ByClause) -> Reading | None:
    """Return the reading that no human is wanted; `by_clause` reads what else is said."""
    plainly = _WANTS.search(turn.plain) and not turn.asks
    if _GRUMBLES.search(turn.plain) and turn.state.pending != "wait" and not plainly:
        return Reading(0.8, "grumbles", partial(handoff.refused, turn, None))
    sure = turn.acts.sum({"refuses_human"}, clauses=True)
    other = set(turn.named) - {HUMAN_HANDOFF}
    if other and _NO_WAITING.search(turn.plain) and turn.ticket() is not None:
        asked = by_clause(turn, _NO_WAITING)  # 不等了，号码给我
        if asked is not None:
            return Reading(0.9, "taken back", partial(handoff.refused, turn, asked[1].respond))
    act, share = turn.acts.top
    if share >= SURE_NEW and "." in act and turn.acts.sum({"refuses_human"}) < LEAST_ALARMING:
        return None  # 客服电话几号 不要叫我自己去找
    if _WANTS.search(turn.plain) or (turn.asks and _ONLY_HUMAN.search(turn.plain)):
        return None
    of_wait = turn.state.pending == "wait" or _OF_TICKET.search(turn.plain) is not None
    waits = of_wait and turn.ticket() is not None
    if _KEEPS.search(turn.plain):
        return None  # 工单别给我取消啊
    if waits and _NEVER_WANTED.search(turn.plain):
        return Reading(0.9, "never wanted", partial(handoff.refused, turn, None))
    of_human = turn.state.danger is None or _OF_TICKET.search(turn.plain) is not None
    if waits and of_human and _TAKES_BACK.search(turn.plain) and not other:
        return Reading(0.9, "taken back", partial(handoff.refused, turn, None))
    takes_back = waits and of_human and _NO_LONGER.search(turn.plain)
    by_name = of_human and _HUMAN.search(turn.plain)
    names_human = by_name or takes_back or turn.state.pending == "human"
    if not REFUSING.search(turn.plain) or not names_human:
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
    rest = rest and turn.intent != "goodbye" and "再见" not in turn.plain
    if (
        waits
        and not (_TAKES_BACK.search(turn.plain) and of_human)
        and not _HUMAN.search(turn.plain)
    ):
        return None  # 等你们我怕他钱花了; 不用记就好: no ticket is taken back unasked
    part = by_clause(turn, _HUMAN) if rest else None
    if part is not None and part[0] == "human_refused":
        part = None
        rest = False
    respond = part[1].respond if part else partial(answers.of_message, turn)
    return Reading(sure, "refuses_human", partial(handoff.refused, turn, respond if rest else None))


def _asks_more(turn: Turn, clause: str, acts: Mapping[str, float]) -> bool:
    """Tell whether a clause beside 别转人工 asks or tells something that wants an answer."""
    refuses = acts.get("refuses_human", 0.0) >= 0.3 or _HUMAN.search(clause)
    ends = sum(acts.get(act, 0.0) for act in ("chat_bye", "understood", "thanks", "known")) >= 0.5
    asks = turn.asks_in(clause)
    return not refuses and (asks or (bool(named_topics(clause)) and not ends))


def wanted(turn: Turn, question: Reader) -> Reading | None:
    """Return the reading that a human is wanted; what else is asked is answered, too."""
    confirms = _ONLY_HUMAN.search(turn.plain) and turn.state.pending in {"human", "human_if_needed"}
    if confirms and turn.asks and not _WANTS.search(turn.plain) and turn.state.danger is None:
        return Reading(0.9, "asked back", partial(_confirm_and_besides, turn, question))
    reading = _human_wanted(turn)
    if reading is None or turn.state.danger is not None or len(turn.requests) > 1:
        return reading
    rest = [clause for clause in turn.clauses if _asks_besides(clause)]
    if not rest and any(_asks_when(clause) for clause in turn.clauses):
        return replace(reading, respond=partial(_and_when, turn, reading))
    if not rest:
        return reading
    return replace(reading, respond=partial(_and_besides, rest[-1], reading, question))


def _asks_when(clause: Turn) -> bool:
    """Tell whether a clause asks when a human answers: 今天能回我不."""
    coming = _OF_COMING.search(clause.plain) and _TIME.search(clause.plain)
    when = _OF_WAIT.search(clause.plain) or coming
    return when is not None and clause.asks and not _WANTS.search(clause.plain)


def _and_when(turn: Turn, reading: Reading) -> None:
    reading.respond()
    turn.say("when_unknown")


def _confirm_and_besides(turn: Turn, question: Reader) -> None:
    """那就是要人工是吧，要准备啥: yes; and what is asked besides."""
    handoff.confirm_needed(turn)
    rest = [clause for clause in turn.clauses if _asks_besides(clause)]
    for clause in rest[-1:]:
        known = question(clause)
        if known is not None:
            known.respond()
        else:
            clause.say("not_known_short", asked=clause.quoted)


# 先报警还是先找你们人工: a question, no wish.
_OR_HUMAN = re.compile(r"还是.{0,6}(?:人工|客服|你们)|(?:人工|客服|你们)还是|先哪|哪个先")


# 就3块钱还要转人工啊: they would rather not.
_GRUMBLES = re.compile(
    r"(?:还|又|老|怎么|咋|干嘛|干吗|为啥|凭什么|为什么|动不动就?)(?:得|要|非要|让我|叫我){0,2}(?:去)?(?:转|找)(?:个)?(?:什么)?人工"
    r"(?:啊|呀|嘛|么|吗|呢|干嘛|干什么)?$|转(?:了)?人工.{0,3}(?:我|俺)?(?:得|要)?(?:等到|等死|等半天)"
)


# 行 那我还是留着吧: a yes to leaving things as they are.
_LEAVES_IT = re.compile(
    r"(?:还是|就|先)(?:留|开|放|用)着|(?:先)?不(?:关|改|弄|退|换|动|绑)了|再说吧|再想想|算了吧?$"
)


def _human_wanted(turn: Turn) -> Reading | None:
    if _LEAVES_IT.search(turn.plain) and not _HUMAN.search(turn.plain):
        return None
    if _GRUMBLES.search(turn.plain) and (turn.asks or not _WANTS.search(turn.plain)):
        return None
    if noticing.CALLED_ME.search(turn.plain) and not _WANTS.search(turn.plain) and not turn.asks:
        return None
    if _OR_HUMAN.search(turn.plain) and not _WANTS.search(turn.plain):
        return None
    wants = turn.acts.sum({"wants_human"})
    plainly = any(
        _WANTS.search(part.plain) and not part.has_word(part.settings.question_words)
        for part in (turn.clauses or [turn])
    )
    if plainly:
        return Reading(0.95, "words", partial(answers.to_human, turn))
    if _LEAVES_MESSAGE.search(turn.plain) and turn.state.despair is None:
        return Reading(0.9, "leaves a message", partial(answers.to_human, turn))
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
    lost = turn.tells_trouble and "contact_phone" in turn.named  # 里面没看到号码呀
    if lost and wants < SURE_WANTED:
        return None
    refuses = REFUSING.search(turn.plain) is not None
    about = turn.acts.sum({"about_human", "refuses_human"} if refuses else {"about_human"})
    sure = wants
    for clause, acts in turn.acts.clauses:  # 转人工。昨天晚上在便利店…
        short = len(clause) <= SHORT + 2 and turn.acts.sum({noticing.HARMLESS}) < SURE_OTHERWISE
        if short and _PERSON.search(clause) and not REFUSING.search(clause):
            sure = max(sure, acts.get("wants_human", 0.0) - 0.2)
    by_name = _PERSON.search(turn.plain) or _HUMAN.search(turn.plain) or offered
    if not by_name and sure < SURE_NEW and turn.acts.like("wants_human") < LIKE_WISH:
        sure = 0.0  # 行 那我还是留着吧
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


def awaited(turn: Turn, question: Reader) -> Reading | None:
    """Return the reading that asks after the human; what else is asked is answered, too."""
    reading = _awaited(turn)
    ticket = turn.ticket() if reading is not None else None
    rest = [clause for clause in turn.clauses if _asks_besides(clause)] if ticket else []
    if reading is None or ticket is None or not rest:
        return reading
    return replace(reading, respond=partial(_and_besides, rest[-1], reading, question))


def of_human(clause: Turn) -> bool:
    """Tell whether a clause speaks of the human, or to them (问问他能不能踢)."""
    words = _PERSON.search(clause.plain) or _FOR_HUMAN.search(clause.plain)
    return words is not None or clause.has_word(clause.settings.queue_words)


def _asks_besides(clause: Turn) -> bool:
    """Tell whether a clause asks something else than where the human is."""
    own = (
        not of_human(clause)
        and not _OF_WAIT.search(clause.plain)
        and not _OF_COMING.search(clause.plain)
    )
    own = own and not _SAY_AGAIN.search(clause.plain) and not _ALL_DAY.search(clause.plain)
    return own and clause.asks and not clause.scolds and len(clause.plain) >= LEAST_BESIDES


def _and_besides(clause: Turn, reading: Reading, question: Reader) -> None:
    """又没人？那对方把钱花了算谁的: where the ticket stands, and what is asked."""
    reading.respond()
    ticket = clause.ticket()
    known = question(clause)
    if known is not None:
        known.respond()
    elif ticket is not None:
        clause.desk.add_words(ticket, clause.text)
        clause.say("outside_but_noted", asked=clause.quoted, number=ticket.number)


def _awaited(turn: Turn) -> Reading | None:
    if _ALL_DAY.search(simplify(turn.text)) and turn.asks and turn.state.danger is None:
        return Reading(0.9, "all day", partial(handoff.open_all_day, turn))
    if _WHERE_REPLY.search(turn.plain) and turn.ticket() is not None:
        return Reading(0.9, "where the reply comes", partial(handoff.reply_here, turn))
    act, sure = turn.acts.best(
        ("where_is_human", "where_in_queue", "ticket_number", "is_it_noted", "about_human")
    )
    if turn.intent in SMALL_TALK and turn.ticket() is None:
        return None  # 有人吗，你好
    hotline = turn.topic("contact_phone")
    if act == "about_human" and sure >= SURE_OTHERWISE and hotline and _HOURS.search(turn.plain):
        return Reading(sure, "hours", partial(answers.follow_up, turn, hotline, "service_hours"))
    if act == "about_human" and turn.intent == HUMAN_HANDOFF and sure >= SURE_OTHERWISE:
        return Reading(sure, act, partial(handoff.asked_about, turn, act))
    if names_a_topic(turn) and turn.confidence() >= 0.4:
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
        by_phone = _BY_PHONE.search(turn.plain) is not None
        desk = turn.topic("contact_phone" if by_phone else "contact_online")
        hours = turn.acts.sum({"service_hours"})
        if desk is not None and hours >= LEAST_OWN:
            return Reading(
                hours + 0.2, "hours", partial(answers.follow_up, turn, desk, "service_hours")
            )
        when = turn.acts.sum({"how_long"})
        if when >= LEAST_OWN and (_OF_COMING.search(turn.plain) or _OF_WAIT.search(turn.plain)):
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

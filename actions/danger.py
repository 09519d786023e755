"""A danger to money or account: a state until the customer or a human says it is over."""

from __future__ import annotations

import re

from actions import facts, frauds, handoff, noticing, procedures, rejected
from actions.acts import DANGERS
from actions.frauds import GENERAL, is_fraud
from actions.turn import Turn
from content import Answer, Fact

LIKE_PLAIN = 0.6  # likeness to an example from which an act goes before words
LEAST_FOLLOW = 0.4  # confidence of a question while a danger lasts


def answer(turn: Turn, kind: str) -> None:
    """Say what to do with this danger, before anything else, and offer a human at once."""
    state = turn.state
    again = state.danger is not None
    state.danger, state.topic, state.collecting = kind, noticing.topic_of(turn, kind), None
    known = turn.content.danger.kinds.get(kind)
    topic = turn.topic(state.topic)
    act = noticing.happened(turn) if is_fraud(kind) else None
    if act is not None:  # advice not to pay (别给) would come too late
        turn.answer(turn.content.danger.followups[act])
        handoff.hand_over(turn)
        return
    if of_family(turn):
        turn.say("danger_of_family")
    if known is not None:
        turn.answer(known)
    elif topic is not None:
        turn.reply.say(turn.fit(topic.answer))
    if not turn.reply.paragraphs:
        _go_on(turn)
    if turn.ticket() is not None or turn.acts.sum({"wants_human"}, clauses=True) >= noticing.SURE:
        handoff.hand_over(turn)
        return
    turn.say("emergency_noted" if again else "emergency_human")
    turn.offer_human()
    if topic is not None:
        turn.offer_topics(topic.related)
    if procedures.active(turn):
        state.away = True
        procedures.back_button(turn)


# Which of a danger's own answers (`talk` in danger.yml) fits an act.
TALK = {
    "d_should_i": "should_i",
    "may_i": "should_i",
    "which": "should_i",
    "what_if": "what_if",
    "why": "what_if",
    "is_safe": "what_if",
    "d_how_happened": "what_if",
    "d_threat": "if_not",
    "d_if_not": "if_not",
    "d_proof": "proof",
    "d_what_can_he": "what_if",
    "d_legal_guilt": "guilt",
    "d_prevent": "prevent",
    "real": "proof",
    "d_once": "proof",
    "angry": "guilt",
    "sad": "guilt",
}
_MORE_GONE = re.compile(
    r"又(?:少|扣|转走|被转|被刷|刷|没)了|又(?:出去|来)了?一?笔|还在(?:扣|转|刷|往外)"
)


def likeliest(turn: Turn) -> tuple[str, float]:
    """Return what is most surely asked or told of the danger that lasts."""
    if _MORE_GONE.search(turn.plain):
        return "d_more_gone", 0.95
    found = [turn.acts.whole, *(acts for _, acts in turn.acts.clauses)]
    kind = turn.content.danger.kinds.get(turn.state.danger or "")
    never = kind.never if kind else ()
    for place, ranking in enumerate(found):
        for act, share in ranking.items():
            if not act.startswith("d_") or act in never or rejected.is_rejected(turn, act):
                continue
            if share >= LEAST_FOLLOW or place == len(found) - 1:
                return act, share
            break
    return "", 0.0


# 到底交不交, whatever threat stands beside it
_SHOULD_I = re.compile(
    r"([交转给做信点付打汇补垫充投刷存])不\1(?!了|到|出)|该不该|要不要(?:再)?(?:交|转|给|信|付|打(?!电话|1)|汇|垫)"
)
_STILL_PAYS = re.compile(
    r"(?:催|让|叫|逼|要)我?(?:再)?(?:打|转|交|付|垫|还).{0,8}(?:\d|钱|[千万百]|第.笔)|是(?:不是)?骗子(?:对吧|吗|吧)"
)
# 她不是骗子, 人家是真心的: who is being cheated stands up for the other one.
_VOUCHES = re.compile(
    r"(?:他|她|它|对方|人家|网友|对象|老师|老板|(?:女|男)朋友|(?:这|那)(?:个)?(?:人|边|家|群))[^，。！？\s]{0,5}"
    r"(?:不是(?:骗|坏)|不(?:会|可能|像)(?:是)?(?:骗|害|坏)|没(?:有)?骗(?:过)?我|是好人|是真(?:的|心)|很?正规)"
)


def vouches(turn: Turn) -> bool:
    """Tell whether the customer says that the other one is no fraud: nothing is over then."""
    return _VOUCHES.search(turn.plain) is not None and not turn.asks


def pays_again(turn: Turn) -> bool:
    """Tell whether a fraud asks for more: 对面还催我交第二笔."""
    return _PAYS_AGAIN.search(turn.plain) is not None


_PAYS_AGAIN = re.compile(
    r"(?:催|让|叫|逼|要)我?(?:再|接着|继续)?(?:打|转|交|付|垫|充).{0,2}第.(?:笔|次|单)"
)
_LOST = re.compile(
    r"(?:少|丢|没)了.{0,3}(?:\d|[一二三四五六七八九几两]+[千万百])|(?:\d|[千万百]).{0,4}(?:没了|不见了|被(?:转|刷|扣))"
)


def more_is_gone(turn: Turn) -> bool:
    """Tell whether it is told in a danger how much is gone: 我看了交易记录 少了2600."""
    return _LOST.search(turn.plain) is not None


def asks_whether(turn: Turn) -> bool:
    """Tell whether it is asked, or told as still open, whether to pay a fraud: 那8000要不要打."""
    plain = turn.plain
    return _SHOULD_I.search(plain) is not None or _STILL_PAYS.search(plain) is not None


# What is asked of where things stand is answered with what is left to do.
_STANDS = {"d_is_it_over", "d_no_loss", "d_check", "d_password_changed", "d_told_more", "d_shaken"}
_WHAT_FIRST = "d_what_first"


def follow_up(turn: Turn, act: str) -> None:
    """Answer what people ask and tell while a danger lasts: first of this very danger."""
    known = turn.content.danger.followups.get(act)
    plainly = known is not None and LIKE_PLAIN <= turn.acts.like(act) < 1
    key = "should_i" if _SHOULD_I.search(turn.plain) and not plainly else TALK.get(act, "")
    own = _talk(turn, key)
    done = _acknowledge(turn)
    reports = done and not turn.asks
    goes_on = reports or act in _STANDS
    if act == _WHAT_FIRST and facts.left(turn) and turn.state.told:
        _list_left(turn)
    elif reports and not (known and known.ticket):
        pass
    elif own:
        turn.reply.say(own)
    elif known is None:
        more(turn)
        return
    else:
        turn.answer(known)
    if goes_on or not turn.reply.paragraphs:
        _go_on(turn)
    _on(turn, known if known and not own else turn.content.danger.more)


_WHETHER = re.compile(r"会不会|知不知|有没有|是不是")  # asks what is so, not what to do
_MAY_I = re.compile(
    r"(.)不\1|能不能|[行好对]吗|行不$|可以吗|一下[?？吗]|[^没]有没有必要|该|需要|用得着|用不用"
)


def asked_in_words(turn: Turn) -> tuple[str, Answer] | None:
    """Return what the words ask that is asked in any danger (要不要找银行), and its answer."""
    for name, known in turn.content.danger.asked.items():
        said = known.said is not None and known.said.search(turn.plain)
        unless = known.unless is not None and known.unless.search(turn.plain)
        told = set(turn.state.told)
        fits = told >= set(known.if_told) and not told & set(known.unless_told)
        if said and not unless and fits:
            return name, known
    return None


def answer_asked(turn: Turn, known: Answer) -> None:
    """Answer it, and keep it for the human."""
    _acknowledge(turn)
    turn.answer(known)
    _on(turn, known)


def more(turn: Turn) -> None:
    """Anything else said in danger: keep it for the human, and say what is left to do."""
    done = _acknowledge(turn)
    words = turn.content.danger.words
    keys = [key for key, each in words.items() if each.search(turn.plain)]
    if _MAY_I.search(turn.plain) and not _WHETHER.search(turn.plain):
        keys.append("should_i")
    if not (turn.asks and turn.names_itself):
        keys.append("other")  # a question that nothing fits is owned up to
    own = "" if done else next(filter(None, (_talk(turn, key) for key in keys)), "")
    if own:
        turn.reply.say(own)
    elif not done:
        turn.say("danger_unknown" if turn.asks else "danger_noted", asked=turn.quoted)
    _go_on(turn)
    _on(turn, turn.content.danger.more)


def _acknowledge(turn: Turn) -> bool:
    """Praise what was just reported as done; return whether there was anything."""
    known = turn.content.facts.known
    texts = [known[name].done for name in turn.newly_told if known[name].done]
    if texts:
        turn.reply.say("".join(texts[:2]))
    return bool(texts)


def _go_on(turn: Turn) -> None:
    """Say the next thing to do that was not said lately."""
    for fact in facts.left(turn):
        text = facts.next_of(turn, fact)
        if not turn.said_lately(text):
            turn.reply.say(text)
            turn.state.pending = f"measure:{fact.name}"
            return
    if turn.state.told and not facts.left(turn):
        turn.answer(turn.content.facts.all_done)
    elif not turn.reply.paragraphs:
        turn.answer(turn.content.danger.more)


def _list_left(turn: Turn) -> None:
    """List what is left to do, in its order."""
    left = facts.left(turn)[: facts.LEFT]
    texts = [facts.next_of(turn, fact) for fact in left]
    turn.reply.say("\n".join(f"{place}. {text}" for place, text in enumerate(texts, 1)))
    turn.state.pending = f"measure:{left[0].name}"


def measure(turn: Turn) -> Fact | None:
    """Return what the customer was told to do last, in this danger."""
    kind, _, name = (turn.state.pending or "").partition(":")
    return turn.content.facts.known.get(name) if kind == "measure" else None


# Who is to do it and cannot: 教我, 不会弄, 点哪里.
_TEACH = re.compile(
    r"教(?:我|一下|教|下)|一步(?:一)?步|带(?:我|着)|不会(?:弄|改|操作|搞|整|用|点)|怎么(?:改|换|弄|操作|搞|找回)|咋(?:改|换|弄|整|搞|找回)|"
    r"(?:在|从|去|到)?(?:哪|哪里|哪儿|什么地方|啥地方)(?:改|换|点|弄|找)|(?:点|按)哪|弄不(?:来|了|好)|改不(?:来|了)"
)
_OF_PASSWORD = re.compile(r"密码|改|换|登|步|教")


def wants_escort(turn: Turn) -> bool:
    """Tell whether the customer asks to be led through changing the password."""
    if _TEACH.search(turn.plain) is None or turn.named_questions:
        return False
    others = set(turn.named) - {"change_password", "forgot_password"}
    asked = measure(turn)
    about = asked is not None and asked.name == facts.NEW_PASSWORD
    told_to = facts.NEW_PASSWORD in {fact.name for fact in facts.left(turn)}
    return not others and told_to and (about or _OF_PASSWORD.search(turn.plain) is not None)


def escort(turn: Turn) -> None:
    """Lead through the procedure that sets a new password, while the danger lasts."""
    topic = turn.topic("forgot_password")
    if topic is None:
        measure_how(turn)
        return
    turn.say("danger_escort")
    procedures.start(turn, topic)
    ticket = turn.ticket()
    if ticket is not None:
        turn.desk.add_words(ticket, turn.text)
    else:
        turn.reply.button(turn.phrase("button_human"), "/human_handoff")


def measure_done(turn: Turn) -> None:
    """It is done: the next thing."""
    fact = measure(turn)
    if fact is not None:
        facts.remember(turn, [fact.name])
        turn.newly_told = [fact.name]
    _acknowledge(turn)
    _go_on(turn)
    _on(turn, turn.content.danger.more)


def go(turn: Turn) -> None:
    """行，我去报警: they go and do it."""
    turn.say("go_then")
    ticket = turn.ticket()
    if ticket is not None:
        handoff.note(turn, ticket, aloud=False)


def agree(turn: Turn) -> None:
    """They will do it: the next thing comes when it is done."""
    turn.say("measure_agreed")
    turn.reply.button(turn.phrase("button_human"), "/human_handoff")


def measure_how(turn: Turn) -> None:
    """Say how it is done."""
    fact = measure(turn)
    if fact is not None:
        turn.reply.say(fact.how)
        if "找回密码" in fact.how:
            turn.offer_topics(["forgot_password"])
    _on(turn, turn.content.danger.more)


def _talk(turn: Turn, key: str) -> str:
    """Return the answer of this danger that was not said lately; empty when there is none."""
    kind = turn.content.danger.kinds.get(turn.state.danger or "")
    text = turn.fit(kind.talk.get(key, "")) if kind else ""
    return "" if turn.said_lately(text) else text


def _on(turn: Turn, known: Answer) -> None:
    ticket = turn.ticket()
    if ticket is not None:
        handoff.note(turn, ticket, aloud=False)
    elif known.ticket:
        handoff.hand_over(turn)
    elif measure(turn) is not None:
        turn.reply.button(turn.phrase("button_human"), "/human_handoff")
        procedures.back_button(turn)
    else:
        turn.offer_human()
        procedures.back_button(turn)


def over(turn: Turn) -> None:
    """The customer says that it was nothing, or is over."""
    kind = turn.content.danger.kinds.get(turn.state.danger or "")
    _end(turn)
    if kind is not None and kind.over:
        turn.reply.say(kind.over)
    else:
        turn.answer(turn.content.danger.followups["d_over"])
    ticket = turn.ticket()
    if ticket is not None:
        handoff.note(turn, ticket, aloud=False)
        handoff.cancel_button(turn)
    procedures.back_button(turn)


def has_taken(turn: Turn) -> bool:
    """Tell whether a fraud has got something already, as far as the customer has told."""
    known = turn.content.facts.known
    told = any(known[name].followup for name in turn.state.told if name in known)
    return told and is_fraud(turn.state.danger)


def reported(turn: Turn) -> str | None:
    """Return the fact of something that the customer has just told to have done."""
    known = turn.content.facts.known
    return next((name for name in turn.newly_told if known[name].done), None)


def _end(turn: Turn) -> None:
    state = turn.state
    topic = turn.topic(state.topic)
    state.danger = state.pending = None
    if topic is not None and topic.urgency == "urgent":
        state.topic = None  # what is asked next is no question about a theft
    facts.forget_done(turn)


def praise(turn: Turn) -> None:
    """Say that they did well, and what is left to check."""
    turn.answer(turn.content.danger.followups["d_not_yet"])
    turn.offer_topics(["suspected_scam", "security_advice"])


def maybe(turn: Turn) -> None:
    """It sounds like a fraud: safe advice, and the question that decides."""
    turn.answer(turn.content.danger.maybe)
    turn.offer_human(asked=False)
    turn.state.pending = noticing.PERHAPS
    turn.offer_topics(["suspected_scam"])


_STILL_HIT = re.compile(
    r"(?<!是)(?:被骗了|骗走|盗刷|被盗了|少了|转走|已经转|转了|给了)|填(?:了|的)|输(?:了|的)|登(?:得)?上|"
    r"转给|网上|网友|群里|让我|叫我|要我|客服|链接|短信|投资|老师|没信号|无服务|没开过|没买过|不是我|"
    r"自己(?:投|存|打|转)(?:进|过|给|到)|平台|[提取]不出来"
)


def goes_on(turn: Turn) -> bool:
    """Tell whether the words speak of what a fraud is made of (转给一个网上认识的)."""
    return _STILL_HIT.search(turn.affirmed) is not None


def denied_in_words(turn: Turn) -> bool:
    """Tell whether the customer says that there is no such danger as the one that lasts."""
    said = _denial(turn).search(turn.plain) is not None
    if turn.state.danger == GENERAL:  # regardless of the intent
        money = turn.content.danger.kinds.get("stolen_money")
        hit = money.denied.search(turn.plain) if money and money.denied else None
        said = said or hit is not None
    return said and not goes_on(turn)


def _denial(turn: Turn) -> re.Pattern[str]:
    danger = turn.content.danger
    at_hand = turn.state.danger or ""
    kind = danger.kinds.get(at_hand)
    if kind is None:  # known by its topic alone
        kind = next((each for each in danger.kinds.values() if each.topic == at_hand), None)
    return (kind.denied if kind else None) or danger.denied


def of_another_kind(turn: Turn) -> None:
    """Say sorry for the wrong kind of fraud, and what holds for the one that the words name."""
    frauds.mean_another(turn)
    turn.say("sorry_misheard")
    own = _talk(turn, "other")
    if own:
        turn.reply.say(own)
    _go_on(turn)
    _on(turn, turn.content.danger.more)


def settle_kind(turn: Turn) -> None:
    """Take the fraud that lasts for the kind that the words name now (是网恋), if another."""
    at_hand = turn.state.danger or ""
    own = frauds.own_hand(turn, at_hand)
    if own or (is_fraud(at_hand) and turn.acts.sum(DANGERS) < noticing.SURE_OTHER):
        turn.state.danger = frauds.by_words(turn, at_hand)


def another_denied(turn: Turn) -> bool:
    """Tell whether what is denied is a fraud, where the danger is something else (手机丢了)."""
    return turn.content.danger.denied.search(turn.plain) is not None


def not_that(turn: Turn) -> None:
    """Say sorry for having spoken of a fraud, and go on with the danger there is."""
    turn.say("sorry_misheard")
    act, sure = likeliest(turn)
    if sure >= LEAST_FOLLOW:
        follow_up(turn, act)
    else:
        more(turn)


def mistaken(turn: Turn) -> None:
    """Withdraw the alarm, apologise, and ask or answer what it is about."""
    take_back(turn)
    turn.say("alarm_ask")
    names = [name for name in turn.named if (topic := turn.topic(name)) and not topic.needs_human]
    turn.offer_topics(names[:2])
    turn.offer_human(asked=False)
    procedures.back_button(turn)


def take_back(turn: Turn) -> None:
    """Say sorry for the alarm; a ticket that it made can be taken back."""
    _end(turn)
    turn.say("alarm_off")
    ticket = turn.ticket()
    if ticket is not None and ticket.status != "with_agent":
        handoff.note(turn, ticket, aloud=False)
        handoff.cancel_button(turn)


# 我妈被人骗了, 我爸在跟骗子打电话
_FAMILY = re.compile(
    r"(?:我|俺|咱)(?:家)?(?:里)?(?:的)?(?:老)?(?:妈|娘|爸|爹|爷爷|奶奶|外公|外婆|姥姥|姥爷|婆婆|公公|岳父|岳母|丈母娘|老公|老婆|媳妇|儿子|女儿|闺女|弟弟?|妹妹?|哥哥?|姐姐?|姑|姨|舅|叔|家老人|家里人)"
    r".{0,10}(?:被|让人|叫人|在跟|正在|在和|接到|收到|接了|碰到|遇到|转|给|点|下了|信|要|听|非要)"
)


def of_family(turn: Turn) -> bool:
    """Tell whether the fraud is told of somebody in the family."""
    kind = turn.state.danger or ""
    return is_fraud(kind) and _FAMILY.search(turn.plain) is not None


def misheard(turn: Turn) -> None:
    """你听没听懂: say sorry and call the human, who will understand."""
    turn.say("sorry_misheard")
    known = asked_in_words(turn)
    if known is not None:
        answer_asked(turn, known[1])
    else:
        more(turn)


def suppose(turn: Turn, kind: str) -> None:
    """Say calmly what one would do."""
    if kind in turn.content.danger.followups:
        turn.answer(turn.content.danger.followups[kind])
        turn.offer_topics(["security_advice", "suspected_scam"])
        return
    turn.answer(turn.content.danger.hypothetical)
    topic = turn.topic(noticing.topic_of(turn, kind))
    if topic is not None:
        turn.offer_topics([topic.name, "security_advice"])

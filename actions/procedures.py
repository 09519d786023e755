"""The engine that walks a customer through a procedure; the procedures are data in content/."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial

from actions.turn import Turn
from content import Step, Topic, Trouble
from nlu.intents import MOVES
from nlu.text import normalize

NAMES_A_TROUBLE = 5  # characters from which a trouble's words are clear without their step


def active(turn: Turn) -> Topic | None:
    """Return the procedure being walked; forget one that content no longer has."""
    topic = turn.topic(turn.state.procedure)
    if topic is None or not topic.steps:
        turn.state.procedure = None
        return None
    turn.state.step = min(max(turn.state.step, 1), len(topic.steps))
    return topic


def start(turn: Turn, topic: Topic, step: int = 1) -> None:
    """Begin a procedure; one already under way is kept for afterwards.

    Args:
        step: where the customer is already, from 1.
    """
    state = turn.state
    current = active(turn)
    if current is not None and current.name == topic.name:
        turn.say("already_walking", title=topic.title, step=state.step, steps=len(topic.steps))
        show(turn)
        return
    state.interrupted = [frame for frame in state.interrupted if frame[0] != topic.name]
    if current is not None:
        state.interrupted.append([current.name, state.step])
        del state.interrupted[:-3]
    state.topic = topic.name
    _go(turn, topic.name, step)
    show(turn)


def _go(turn: Turn, procedure: str, step: int) -> None:
    state = turn.state
    state.procedure, state.step, state.step_failures = procedure, step, 0
    state.pending = None


def show(turn: Turn) -> None:
    """Say the step at hand, where it stands, and its controls."""
    topic = active(turn)
    if topic is None:
        return
    state = turn.state
    step = topic.steps[state.step - 1]
    last = state.step == len(topic.steps)
    place = {"title": topic.title, "step": state.step, "steps": len(topic.steps)}
    turn.say("step", **place, step_title=step.title, text=step.text)
    turn.reply.extra["step"] = {
        "procedure": topic.title,
        "index": state.step,
        "total": len(topic.steps),
        "title": step.title,
    }
    turn.reply.button(turn.phrase("button_done" if last else "button_next"), "/next_step")
    if state.step > 1:
        turn.reply.button(turn.phrase("button_previous"), "/previous_step")
    turn.reply.button(turn.phrase("button_failed"), "/step_failed")
    turn.reply.button(turn.phrase("button_stop"), "/stop_procedure")
    state.away = False


def back_button(turn: Turn) -> None:
    """Offer the way back to the step at hand."""
    topic = active(turn)
    if topic:
        title = turn.phrase("button_back", step=turn.state.step, steps=len(topic.steps))
        turn.reply.button(title, "/repeat_step")


def way_back(turn: Turn, button: bool = True) -> None:
    """After another answer: remind of the current step, with its button.

    In words once: who asks on knows it.
    """
    topic = active(turn)
    if topic and not turn.returning:  # returning customers are asked whether to go on
        if not turn.state.away:
            turn.say("way_back", title=topic.title, step=turn.state.step, steps=len(topic.steps))
        turn.state.away = True
        if button:
            back_button(turn)


def next_step(turn: Turn) -> None:
    """Go on, or finish after the last step."""
    topic = active(turn)
    if topic is None:
        return
    state = turn.state
    if state.step < len(topic.steps):
        _go(turn, topic.name, state.step + 1)
        show(turn)
    else:
        finish(turn)
        turn.offer_topics(topic.related)


def previous_step(turn: Turn) -> None:
    """Go back one."""
    topic = active(turn)
    if topic is None:
        return
    if turn.state.step == 1:
        turn.say("first_step")
    else:
        _go(turn, topic.name, turn.state.step - 1)
    show(turn)


def jump(turn: Turn, wanted: int) -> None:
    """Go to a step by its number."""
    topic = active(turn)
    if topic is None:
        return
    if 1 <= wanted <= len(topic.steps):
        _go(turn, topic.name, wanted)
    else:
        turn.say("no_such_step", wanted=wanted, title=topic.title, steps=len(topic.steps))
    show(turn)


def is_stuck(turn: Turn) -> bool:
    """Tell whether the message says that it does not go on: 还是原来那样, 没找到."""
    return _STUCK.search(turn.plain) is not None


def _numeral(said: str) -> int:
    return "一二三四五六".index(said) + 1 if said in "一二三四五六" else int(said)


def finish(turn: Turn) -> None:
    """End the procedure: what it is for is reached."""
    topic = active(turn)
    if topic:
        turn.reply.say(topic.done or turn.phrase("procedure_done", title=topic.title))
        turn.reply.extra.update(about=topic.name, ended=True)
        _leave(turn)


def restart(turn: Turn) -> None:
    """Begin again at step 1."""
    topic = active(turn)
    if topic:
        _go(turn, topic.name, 1)
        turn.say("restarted")
        show(turn)


def stop(turn: Turn) -> None:
    """Leave the procedure."""
    topic = active(turn)
    if topic:
        turn.say("stopped", title=topic.title)
        _leave(turn)


def _leave(turn: Turn) -> None:
    """End the procedure at hand and offer the one it interrupted."""
    state = turn.state
    state.procedure, state.step, state.step_failures, state.away = None, 1, 0, False
    while state.interrupted:
        name, step = state.interrupted.pop()
        topic = turn.topic(name)
        if topic and topic.steps:
            state.procedure, state.step = name, min(int(step), len(topic.steps))
            offer_resume(turn)
            return


def offer_resume(turn: Turn) -> None:
    """Ask whether to go on with the procedure in the slots."""
    topic = active(turn)
    if topic:
        turn.state.pending, turn.state.away = "resume", True
        turn.say("resume", title=topic.title, step=turn.state.step, steps=len(topic.steps))
        back_button(turn)
        turn.reply.button(turn.phrase("button_stop"), "/stop_procedure")


# --------------------------------------------------------------------------------------------
# What customers tell and ask in a procedure

# 没收到, 填错了吗: tells of no step that is done.
_NOT_DONE = re.compile(
    r"没(?!问题|事|毛病)|不(?!错|用|好意思|客气)|吗|怎么|咋|哪|什么|[?？]|失败|错"
)
# After our help: 还是不行, 一个样, 又弄了两遍.
_STILL = re.compile(
    r"还是(?:没|不|那|老|一样|这样|进不|收不|弄不)|(?:一|老|同)(?:个)?样(?!的)|照样|没用|不管用|不顶用|白搭|"
    r"(?:又|再)(?:弄|试|搞|点|来|填|输)了?.{0,6}(?:遍|次|回)|依旧|仍然|"
    r"(?:都|全)(?:给)?(?:毙|拒|不行|不让|不过|不认|不收)|真服了|试了.{0,5}[次个遍]"
)
_SKIPS = re.compile(r"跳过|略过|跳到下|直接下一|往下[说讲走弄]|不看了.{0,4}(?:往下|下面|接着)")
_WHERE_AM_I = re.compile(
    r"(?:弄|做|办|讲|说|搞|走)到(?:哪|什么地方|第几)|到(?:哪|第几)(?:一)?步(?:了|来着)?$|第几步了"
)
_HOW_MANY = re.compile(
    r"^(?:(?:这|那)?(?:里|个)?(?:一共|总共|共|全部|拢共|统共)(?:要|有|得)?|(?:要|有))(?:走|弄)?(?:几|多少)(?:个)?步"
)
_NOT_YET = re.compile(r"没|还|正|等|准备|马上|想|要|怎|哪|吗")
# 我还在第一步呢
_AT_STEP = re.compile(
    r"(?:在|还在|停在|到)第(?P<number>[一二三四五六1-6])步(?!.{0,4}(?:怎么|吗|做))"
)
_STUCK = re.compile(r"还是(?:原来)?|没(?:有)?(?:进|找|看)|看不|不见|找不|一样")
_ASKED_BESIDES = 0.5  # confidence of a clause's question about a step
_FAR = 0.75  # confidence of a report that skips a step
_REPORTED = 0.35  # confidence of each report where several clauses report steps
_OF_IT = 0.04  # of the procedure in the whole message, where a clause opens it in its middle
_DONE, _AT = "done", "at"
_AS_LIKELY = 0.4  # part of a later step's share from which the current step's report is preferred
_RETURNS = 0.4
_SURELY_DONE = 0.85  # confidence from which a "no" within a report is ignored (没有不认识的)
_WANTS_TO = re.compile(
    r"^(?:你好)?(?:我|俺)?(?:就)?(?:要|想|怎么|如何|帮我|请|麻烦)(?!.*(?:已经|到了|了[，,。 ]))"
)
_REPORTS = re.compile(r"了|已|到|完|好|收|正|刚|进|过|没")  # a report has one of these
_SURE_TROUBLE = 0.7  # confidence of a later step's trouble that opens the procedure there
_SURE_AT = 0.4  # confidence of a question about a later step that opens the procedure there
_AT_PAGE = re.compile(
    r"已经|到.{0,6}(?:页|步|这|里)|点(?:进|到|开)|进(?:来|去|到)|"
    r"(?:它|页面|上面|系统)(?:让|叫|要|问|说|提示)"
)
_OPENS = 0.6  # confidence of a report that opens a procedure that is not under way


# 上一步的东西再给我看一次
_BACK = re.compile(
    r"(?:上|前)(?:面)?一步.{0,10}(?:再|重新|又)?(?:看|说|讲|发|来|念)|(?:看|说|讲|发|退|返|回|倒)(?:回|到|下|一下|去|给我){0,3}(?:上|前)(?:面)?一步"
)


def _is_solved(turn: Turn, topic: Topic) -> bool:
    """Tell whether all is done, by the last step's report and by words of an end together."""
    last = f"{topic.name}.{len(topic.steps)}.{_DONE}"
    shares = [turn.acts.whole, *(acts for _, acts in turn.acts.clauses)]
    return any(
        min(each.get("solved", 0.0), each.get(last, 0.0)) >= 0.2
        and each.get("solved", 0.0) + each.get(last, 0.0) >= _FAR
        for each in shares
    )


def _count(turn: Turn, topic: Topic) -> None:
    turn.say("steps_in_all", title=topic.title, total=len(topic.steps), step=turn.state.step)
    back_button(turn)


def told(turn: Turn) -> tuple[str, float, Callable[[], None]] | None:
    """Return what the message tells or asks of a procedure: its act, how surely, what to do."""
    topic = active(turn)
    if titled(turn) is not None:
        return "title", 1.0, partial(fail, turn)
    if topic is not None and _still(turn):
        return "still", 0.7, partial(fail, turn)
    if topic is not None and _WHERE_AM_I.search(turn.plain) and not turn.named:
        return "where am i", 0.8, partial(show, turn)
    if topic is not None and _HOW_MANY.search(turn.plain):
        return "how many steps", 0.9, partial(_count, turn, topic)
    if topic is not None and (at := _AT_STEP.search(turn.text)) is not None:
        return "at step", 0.85, partial(jump, turn, _numeral(at["number"]))
    if topic is not None and (hit := _told_trouble(turn, topic)) is not None:
        return hit[1].title, 0.8, partial(_trouble, turn, topic, hit[0], hit[1].key)
    if topic is not None and _NOT_THERE.search(turn.plain):
        return "not there yet", 0.9, partial(_from_the_start, turn)
    move, sure = turn.acts.of("intent:")
    back = turn.intent == "previous_step" and move == "intent:previous_step"
    if topic is not None and back and sure >= _OPENS:
        return None  # 时限没看清 返上一步
    if topic is not None and _BACK.search(turn.plain) and turn.intent != "next_step":
        return "back", 0.85, partial(previous_step, turn)
    if topic is not None and _is_solved(turn, topic):
        return "solved", 0.8, partial(_done, turn, topic, len(topic.steps))
    best: tuple[str, float] = ("", 0.0)
    for act, share in _own_acts(turn, topic):
        if share > best[1]:
            best = (act, share)
    act, share = best
    if topic is not None and (last := _last_done(turn, topic)) is not None:
        act, share = last
    if topic is not None and (just := _just_done(turn, topic)) is not None:
        return just[0], 0.85, partial(_done, turn, topic, just[1])
    far = _done_before(turn, topic, act) if topic is not None else None
    if far is not None:
        act, share = far
    if topic is not None and _SKIPS.search(turn.plain) and topic.name in {act.split(".")[0], ""}:
        return "skip", 0.8, partial(next_step, turn)
    if (
        topic is not None
        and turn.acts.sum({"go_on_other"}) >= _RETURNS
        and not (turn.intent == "next_step" and turn.sure and not turn.state.away)  # 继续
        and (not turn.named or topic.name in turn.named)
    ):
        return "go_on_other", 0.6, partial(show, turn)  # 回到刚才密码那个
    if not act:
        return None
    name, digits, key = act.split(".")
    walked, number = turn.topic(name), int(digits)
    if walked is None or not 1 <= number <= len(walked.steps):
        return None
    if topic is None and key in {_DONE, _AT}:
        number, key, share = _furthest(turn, walked, number, key, share)
    if topic is None and not _opens(turn, walked, number, key, share):
        return None
    at_hand = topic is not None and number == turn.state.step
    if key == _AT and at_hand and turn.has_word(turn.settings.done_words):
        key = key if _NOT_YET.search(turn.plain) else _DONE  # 手机号我填上了
    if key == _DONE and topic is not None and number > turn.state.step + 1 and share < _FAR:
        number = turn.state.step  # one step further, unless more is sure
    if key == _DONE and topic is not None and number > turn.state.step:
        # 输完了 may be the number or the code: the earlier step is the safer one.
        own = [f"{name}.{each}.{_DONE}" for each in range(turn.state.step, number)]
        earlier, likely = turn.acts.best(own)
        if likely >= _AS_LIKELY * share and not turn.acts.clauses:
            act, number = earlier, int(earlier.split(".")[1])
    skips = topic is not None and number > turn.state.step + 1
    if key == _AT and skips and (share < _FAR or is_stuck(turn)):
        return None  # 还是原来那样 就看见一个框框让输密码
    if key == _DONE and far is None and _NOT_DONE.search(turn.plain):
        asks = turn.has_word(turn.settings.question_words)
        if share < _SURELY_DONE or asks:
            return None
    if (
        topic is not None
        and turn.intent in MOVES
        and max(turn.confidence(), turn.acts.of("intent:")[1]) > share
    ):
        return None
    if topic is not None and key not in {_DONE, _AT} and _leads_elsewhere(turn, topic, share):
        return None
    if key == _DONE:
        return act, share, partial(_done, turn, walked, number)
    if key == _AT:
        return act, share, partial(_arrive, turn, walked, number)
    before = {f"{name}.{number - 1}.{_DONE}"}
    reported = number == turn.state.step + 1 and turn.acts.unweighed(before, True) >= _REPORTED
    if topic is None or (reported and not _has(walked, turn.state.step, key)):
        return act, share, partial(_open_at, turn, walked, number, key)
    step = walked.steps[turn.state.step - 1 if _has(walked, turn.state.step, key) else number - 1]
    if key in step.asked:
        return act, share, partial(_question, turn, step.asked[key])
    return act, share, partial(_trouble, turn, walked, number, key)


# 我还没到设新密码那步, 哪有那个页面 我才第一步
_NOT_THERE = re.compile(
    r"没(?:有)?(?:到|走到|弄到|做到|看到|见到|进到).{0,12}(?:步|那里|那儿|那边|那页|那个?页面)$|"
    r"(?:你|您)?(?:跳|说|走)(?:得)?(?:太)?快了"
)
_JUST = re.compile(r"(?:才|刚|刚刚)(?!才|说|问)(?:.{0,2})(?:点|填|输|打开|进|到|选|收)")


def _from_the_start(turn: Turn) -> None:
    """Show the first step again to somebody who was taken further than they are."""
    turn.say("too_far")
    jump(turn, 1)


def _just_done(turn: Turn, topic: Topic) -> tuple[str, int] | None:
    """Return the report of an earlier step, and the step: 不对，我才点进忘记密码, shown step 4."""
    if not _JUST.search(turn.plain) or turn.has_word(turn.settings.question_words):
        return None
    for act, share in turn.acts.raw.items():
        name, *place = act.split(".")
        done = name == topic.name and place[1:] == [_DONE] and share >= _REPORTED
        if done and int(place[0]) <= turn.state.step:
            return act, int(place[0])
    return None


def _done_before(turn: Turn, topic: Topic, act: str) -> tuple[str, float] | None:
    """Return what is reported as done where a later step is asked of: 都备好了 在哪点."""
    parts = act.split(".")
    if len(parts) != 3 or parts[2] in {_DONE, _AT} or int(parts[1]) <= turn.state.step + 1:
        return None
    for best, share in turn.acts.tops:
        done = best.startswith(f"{topic.name}.") and best.endswith(f".{_DONE}")
        if done and share >= _FAR and int(best.split(".")[1]) + 1 < int(parts[1]):
            return best, share
    return None


def _told_trouble(turn: Turn, topic: Topic) -> tuple[int, Trouble] | None:
    """Return the trouble, here or at the next step, that a fact just told means (没有邮箱)."""
    told = set(turn.newly_told)
    for number in (turn.state.step, turn.state.step + 1):
        for trouble in topic.steps[number - 1].trouble if number <= len(topic.steps) else ():
            if told & set(trouble.facts):
                return number, trouble
    return None


def _furthest(
    turn: Turn, topic: Topic, number: int, key: str, share: float
) -> tuple[int, str, float]:
    """Return a report with its equivalents: step 3 done means step 4 begun."""
    at = number + 1 if key == _DONE else number
    same = {f"{topic.name}.{at}.{_AT}", f"{topic.name}.{at - 1}.{_DONE}"}
    together = turn.acts.sum(same)
    if 2 < at <= len(topic.steps) and together > share:
        return at, _AT, together
    return number, key, share


def _last_done(turn: Turn, topic: Topic) -> tuple[str, float] | None:
    """Return the last of several steps that the clauses report: 点了，号码填了，码也收到了."""
    done = []
    for act, share in turn.acts.tops:
        if act.startswith(f"{topic.name}.") and act.endswith(f".{_DONE}") and share >= _REPORTED:
            far = int(act.split(".")[1]) > turn.state.step + 1
            if not far or share >= _OPENS:
                done.append((act, share))
    return max(done, key=lambda each: int(each[0].split(".")[1])) if len(done) > 1 else None


def _still(turn: Turn) -> bool:
    """Tell whether the customer says that our help did not work."""
    helped = turn.state.pending in {"help", "trouble"}
    asks = turn.has_word(turn.settings.question_words)
    done = turn.has_word(turn.settings.done_words)
    return helped and not asks and not done and _STILL.search(turn.plain) is not None


_FORGOT = re.compile(
    r"忘(?!记密码)|想不起|不记得|记不(?:得|起|住|清)"
)  # from the start, whatever else is reported


def _opens(turn: Turn, topic: Topic, number: int, key: str, share: float) -> bool:
    """Tell whether a report opens the procedure in its middle (我已经收到验证码了)."""
    if turn.acts.sum({"shows", "no_change"}, clauses=True) >= _REPORTED:
        return False  # 看了 一直显示处理中
    offered = turn.state.pending == f"walk:{topic.name}"
    about = offered or topic.name in {turn.intent, *turn.named} or turn.intent in MOVES
    if key not in {_DONE, _AT}:
        reached = {f"{topic.name}.{number}.{_AT}", f"{topic.name}.{number - 1}.{_DONE}"}
        there = turn.acts.unweighed(reached, clauses=True) >= _SURE_AT
        there = there and _AT_PAGE.search(turn.plain) is not None
        surely = turn.intent == topic.name and share >= _SURE_TROUBLE
        surely = surely and number < len(topic.steps) and not _FORGOT.search(turn.plain)
        return number > 1 and about and (there or surely)
    own = sum(each for act, each in turn.acts.whole.items() if act.startswith(f"{topic.name}."))
    if turn.acts.clauses and own < _OF_IT:
        return False  # 在网上报了个课，交了2680，我想把钱退回来
    return (
        share >= _OPENS
        and _WANTS_TO.search(turn.plain) is None
        and _REPORTS.search(turn.plain) is not None
        and about
        and (key == _DONE or (key == _AT and number > 1))
        and (
            not (key == _DONE and number == 1 and turn.intent == topic.name and turn.sure)
            or (share >= _SURE_AT and _CLICKED.search(turn.plain) is not None)
        )
    )


# 密码忘了 已经点了忘记密码: the first step is done, not only spoken of
_CLICKED = re.compile(r"(?:点|按|打开|进)(?:了|过|完|进去|好了)|点.{0,6}完了|已经.{0,3}点")


def _own_acts(turn: Turn, topic: Topic | None) -> Iterator[tuple[str, float]]:
    rankings = [turn.acts.whole, *(acts for _, acts in reversed(turn.acts.clauses))]
    for place, ranking in enumerate(rankings):
        for act, share in ranking.items():
            if act.count(".") == 2 and (topic is None or act.startswith(f"{topic.name}.")):
                yield act, share if place == 0 else share * 0.9


def _leads_elsewhere(turn: Turn, topic: Topic, share: float) -> bool:
    """Tell whether another topic is likelier than a question about this step."""
    other = turn.topic(turn.intent)
    return (
        other is not None
        and other.name != topic.name
        and turn.sure
        and turn.confidence() > share
        and turn.named[:1] == [other.name]
    )


def asked_besides(turn: Turn, topic: Topic) -> list[str]:
    """Return the answers to what clauses ask of any step: 收到了, 那我用生日行不行."""
    found = []
    for clause, acts in turn.acts.clauses:
        act, share = max(acts.items(), key=lambda pair: pair[1], default=("", 0.0))
        name, _, place = act.partition(".")
        if name != topic.name or place.count(".") != 1 or share < _ASKED_BESIDES:
            continue
        number, key = place.split(".")
        asked = topic.steps[int(number) - 1].asked if int(number) <= len(topic.steps) else {}
        if key in asked and turn.asks_in(clause):
            found.append(asked[key])
    return found


def answer_at(step: Step, key: str) -> str:
    """Return what is said to a question or a trouble of a step; empty when it has none such."""
    helps = (trouble.help for trouble in step.trouble if trouble.key == key)
    return step.asked.get(key) or next(helps, "")


def _has(topic: Topic, number: int, key: str) -> bool:
    step = topic.steps[number - 1]
    return key in step.asked or any(trouble.key == key for trouble in step.trouble)


def _done(turn: Turn, topic: Topic, number: int) -> None:
    """Go on after the step that is done."""
    if number >= len(topic.steps):
        turn.state.procedure = topic.name
        turn.state.step = len(topic.steps)
        next_step(turn)
        return
    at = turn.state.step if turn.state.procedure == topic.name else 1
    _arrive(turn, topic, max(number + 1, at))


def _arrive(turn: Turn, topic: Topic, number: int) -> None:
    """Show the step where the customer is; begin the procedure there if need be."""
    current = active(turn)
    if current is None or current.name != topic.name:
        start(turn, topic, number)
        return
    same = number == turn.state.step
    asked = turn.acts.of(f"{topic.name}.{number}.", clauses=True)
    _go(turn, topic.name, number)
    key = asked[0].split(".")[-1] if asked[1] >= 0.3 else ""
    if key in topic.steps[number - 1].asked:  # 到填原因那页了，怎么写
        turn.reply.say(topic.steps[number - 1].asked[key])
    elif same:
        turn.say("here_you_are")
    show(turn)


def _open_at(turn: Turn, topic: Topic, number: int, key: str) -> None:
    """Begin a procedure at the customer's step, with the answer to their question there."""
    turn.reply.say(answer_at(topic.steps[number - 1], key))
    if turn.state.procedure == topic.name:
        _go(turn, topic.name, number)
        show(turn)
    else:
        start(turn, topic, number)


def _question(turn: Turn, answer: str) -> None:
    turn.reply.say(answer)
    turn.state.pending, turn.state.away = "help", False
    back_button(turn)
    turn.reply.button(turn.phrase("button_next"), "/next_step")


def _trouble(turn: Turn, topic: Topic, number: int, key: str) -> None:
    """Help with a trouble, at the step where it happens."""
    state = turn.state
    if not _has(topic, state.step, key):
        _go(turn, topic.name, number)
    step = topic.steps[state.step - 1]
    found = next((each for each in enumerate(step.trouble, 1) if each[1].key == key), None)
    _help(turn, step, found)


# --------------------------------------------------------------------------------------------
# What goes wrong at a step


def titled(turn: Turn) -> Trouble | None:
    """Return the trouble of the step at hand whose button's words the message is."""
    topic = active(turn)
    if topic is None or turn.is_button:
        return None
    troubles = topic.steps[turn.state.step - 1].trouble
    return next((trouble for trouble in troubles if _is_titled(turn, trouble)), None)


def find_trouble(turn: Turn) -> tuple[int, Trouble] | None:
    """Return the step's own trouble (numbered from 1) that this message tells of."""
    topic = active(turn)
    if topic is None:
        return None
    step = topic.steps[turn.state.step - 1]
    chosen = turn.entity("trouble")
    if chosen and chosen.isdigit() and 1 <= int(chosen) <= len(step.trouble):
        return int(chosen), step.trouble[int(chosen) - 1]
    for number, trouble in enumerate(step.trouble, 1):
        if _is_titled(turn, trouble):
            return number, trouble
    for number, trouble in enumerate(step.trouble, 1):
        if turn.has_word(trouble.words):
            return number, trouble
    for number, trouble in enumerate(step.trouble, 1):
        if turn.intent in trouble.intents:
            return number, trouble
    return None


def _is_titled(turn: Turn, trouble: Trouble) -> bool:
    """Tell whether the message is what stands on the trouble's button."""
    return turn.plain == normalize(trouble.title)


def tells_of_trouble(turn: Turn) -> Topic | None:
    """Return the topic of a message that is really this step's own trouble (no code at step 2)."""
    topic = active(turn)
    other = turn.topic(turn.intent)
    if topic is None or other is None or turn.is_button:
        return None
    step = topic.steps[turn.state.step - 1]
    own = any(
        turn.intent in trouble.intents or _is_titled(turn, trouble) for trouble in step.trouble
    )
    if not own and other.name == topic.name:
        own = _goes_to_trouble(turn, topic)
    elif not own and turn.sure and (ahead := _soon_trouble(turn, topic)):
        _go(turn, topic.name, ahead)  # 短信验证码没来, at the step before it is sent
        own = True
    elif not own:
        # The step's own words outweigh a guess; that of a danger only when we have asked.
        guessed = not turn.sure and (other.urgency != "urgent" or turn.state.pending == "trouble")
        own = guessed and find_trouble(turn) is not None
    return other if own else None


def _soon_trouble(turn: Turn, topic: Topic) -> int:
    """Return which of the next two steps has a trouble that the message's intent is; 0: none."""
    if turn.has_word(turn.settings.question_words):
        return 0
    soon = range(turn.state.step + 1, min(turn.state.step + 2, len(topic.steps)) + 1)
    for number in soon:
        if any(turn.intent in trouble.intents for trouble in topic.steps[number - 1].trouble):
            return number
    return 0


def _goes_to_trouble(turn: Turn, topic: Topic) -> bool:
    """Find the step whose trouble this is, from the one at hand on, and go there."""
    at = turn.state.step
    nearest = sorted(range(1, len(topic.steps) + 1), key=lambda number: abs(number - at))
    for number in nearest:
        words = [word for trouble in topic.steps[number - 1].trouble for word in trouble.words]
        # Elsewhere only what says which trouble it is: 没有申请退款, not 没有 or 找不到.
        least = 1 if number == at else NAMES_A_TROUBLE
        if turn.has_word(word for word in words if len(word) >= least):
            if number != at:
                turn.state.step, turn.state.step_failures = number, 0
            return True
    return False


def fail(turn: Turn) -> None:
    """The step does not work: its own help, or the question what is wrong; twice: a human."""
    topic = active(turn)
    if topic is None:
        return
    state = turn.state
    step = topic.steps[state.step - 1]
    _help(turn, step, find_trouble(turn))


def _help(turn: Turn, step: Step, found: tuple[int, Trouble] | None) -> None:
    """Say what helps with a step's trouble; when this is not the first, offer a human."""
    state = turn.state
    answers_our_question = found is not None and state.pending == "trouble"
    if not answers_our_question:
        state.step_failures += 1
    state.pending, state.away = "help", False
    enough = state.step_failures >= turn.settings.failures_before_human
    if found is None and step.trouble and not enough:
        _ask_trouble(turn, step)
        return
    if found is not None:
        if turn.said_lately(found[1].help):
            turn.say("help_again")
            turn.offer_human()
            enough = False  # offered already
        else:
            turn.reply.say(found[1].help)
    elif not enough:
        turn.say("step_failed")
    if enough:
        turn.say("offer_human_after_failures")
        turn.offer_human()
    elif found is not None and found[1].human:
        turn.reply.button(turn.phrase("button_human"), "/human_handoff")
    retry = turn.phrase("button_retry")
    turn.reply.button(retry, "/repeat_step")
    turn.reply.button(turn.phrase("button_next"), "/next_step")


def _ask_trouble(turn: Turn, step: Step) -> None:
    turn.state.pending = "trouble"
    turn.say("which_trouble", step_title=step.title)
    for number, trouble in enumerate(step.trouble, 1):
        turn.reply.button(trouble.title, f'/step_failed{{"trouble": "{number}"}}')
    turn.reply.button(turn.phrase("button_human"), "/human_handoff")

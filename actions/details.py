"""Collects what the guide tells customers to have ready, before a human takes over."""

from __future__ import annotations

import re

from actions import handoff, procedures
from actions.acts import LIKE
from actions.turn import Turn
from content import Detail, Topic
from nlu.intents import FALLBACK, OUT_OF_SCOPE

PARTICULAR = 0.6  # confidence of a particular problem of the topic that is begun
LEAST_PARTICULAR = 6  # characters of a message that tells a particular one: 我要投诉 does not
LONGEST_ANSWER = 500  # characters kept of one answer

# What a story tells besides entities, by the detail that it answers.
_TOLD = {
    "time": re.compile(
        r"(?:今|昨|前|当|这|那)(?:天|晚|早|儿)|上午|下午|中午|早上|晚上|凌晨|半夜|刚才|刚刚|上(?:周|个?月)|"
        r"(?:周|星期|礼拜)[一二三四五六日天]|[\d一二两三四五六七八九十半]{1,6}(?:点|号|天前|个?小时前|分钟前|个?月)"
    ),
    "steps": re.compile(r"点了?|按了?|输入?|扫码?|提交|填|绑|操作|试了|换了|登了|转了|付了"),
    "error": re.compile(
        r"提示|显示|报错|弹出|跳出|写着|说(?:是|我)|没反应|没提示|没有提示|错误|失败|[“\"「『][^“\"「『”」』]{1,100}[”\"」』]"
    ),
    "order": re.compile(r"(?<![A-Za-z0-9-])(?=[A-Za-z-]{0,20}\d)[A-Za-z0-9-]{6,40}"),
}
# 没有单号, 不记得了, 找不着: an answer to what was asked.
_HAS_NONE = re.compile(
    r"^(?:.{0,4})(?:没有?|无|哪来的?|不知道|不记得|记不(?:得|住|清)|找不(?:到|着)|忘了?)(?:.{0,4})"
    r"(?:单号|订单|编号|交易号|截图|提示|时间|记录|别的|其他|补充)|^(?:没有?|不知道|不记得了?|忘了|记不清了?|说不清)(?:啊|呀|了)?$"
)
_SOLVED = re.compile(
    r"(?<!不)(?<!没)(?<!没有)(?:成功|解决|搞定|弄好|绑上|到账|收到|登上|好用|可以用|能用|恢复)了(?!吗|没|不|么)"
)
_SHORT_MOVE = 6  # characters of a move that may look like a question: 行不行
_LEAST_STORY = 4  # characters of a free answer


def told_in(turn: Turn, text: str) -> set[str]:
    """Return the details that the customer's words tell of, entities apart."""
    plain = text.strip()
    return {
        name
        for name, pattern in _TOLD.items()
        if name in turn.content.details and pattern.search(plain)
    }


def _harvest(turn: Turn) -> None:
    """Keep what the message already tells: order numbers, times, error codes."""
    if turn.is_button:
        return
    told = told_in(turn, turn.text)
    for detail in turn.content.details.values():
        said = [turn.entity(name) for name in detail.entities]
        if any(said):
            turn.state.details[detail.name] = " ".join(value for value in said if value)
        elif detail.name in told and not turn.state.details.get(detail.name):
            turn.state.details[detail.name] = turn.text.strip()[:LONGEST_ANSWER]


def told_alone(turn: Turn) -> Detail | None:
    """Return the detail that is nearly all the message says: an order number, a date."""
    for detail in turn.content.details.values():
        told = sum(len(turn.entity(name) or "") for name in detail.entities)
        if not turn.is_button and told * 2 >= len(turn.text.strip()) > 0:
            return detail
    return None


def begin(turn: Turn, topic: Topic) -> None:
    """Acknowledge the problem and ask, once, for all that is not told yet."""
    ticket = turn.ticket()
    if ticket is not None:  # a waiting customer is not questioned again
        if turn.is_button:
            turn.reply.say(topic.brief)
        elif turn.asks and turn.names_itself:
            turn.say("outside_but_noted", asked=turn.quoted, number=ticket.number)
            handoff.note(turn, ticket, aloud=False)
        else:
            handoff.note(turn, ticket)
        handoff.cancel_button(turn)
        return
    turn.state.collecting = topic.name
    turn.reply.say(_particular(turn, topic) or topic.answer)
    ask(turn)


def _particular(turn: Turn, topic: Topic) -> str:
    """Return what is known of just this problem (转错了人), which says more than the topic does."""
    if turn.is_button or len(turn.plain) < LEAST_PARTICULAR:
        return ""
    for question in turn.named_questions:
        name, key = question.split(".")
        if name == topic.name:
            return topic.asked[key]
    act, sure = max(
        (
            (f"{topic.name}.{key}", turn.acts.unweighed({f"{topic.name}.{key}"}))
            for key in topic.asked
        ),
        key=lambda one: one[1],
        default=("", 0.0),
    )
    if sure >= PARTICULAR and turn.acts.like(act) >= LIKE:
        return topic.asked[act.partition(".")[2]]
    kind, sure = turn.acts.best(turn.content.followups)
    asks = kind not in _REPORTS and turn.has_word(turn.settings.question_words)
    if asks and sure >= PARTICULAR and turn.acts.like(kind) >= LIKE:
        return topic.followups.get(kind, "")
    return ""


def were_asked(turn: Turn, topic: Topic) -> bool:
    """Tell whether the customer was asked for this matter's details already."""
    return f"details:{topic.name}" in turn.state.no_more


def _open(turn: Turn) -> list[Detail]:
    """Return what the matter at hand needs and the customer has not told."""
    topic = turn.topic(turn.state.collecting)
    wanted = topic.collect if topic else ()
    return [turn.content.details[name] for name in wanted if name not in turn.state.details]


def ask(turn: Turn) -> None:
    """Ask for all that is open; when nothing is, or it was asked before, hand over."""
    wanted = _open(turn)
    asked = f"details:{turn.state.collecting}"
    if not wanted or asked in turn.state.no_more:
        handoff.hand_over(turn)
        return
    turn.state.never_again(asked)
    if len(wanted) == 1:
        turn.reply.say(wanted[0].question)
    else:
        turn.say("ask_details", missing="、".join(detail.ask for detail in wanted))
    stay_open(turn)


def stay_open(turn: Turn) -> None:
    """Offer the way to a human while the questions are open, without asking again."""
    turn.reply.button(turn.phrase("button_human_now"), "/human_handoff")
    procedures.back_button(turn)


def harvest(turn: Turn) -> None:
    """Keep what the message tells of the case, whatever else it does."""
    if turn.acts.sum({"outside"}) >= TELLS:
        return
    if turn.state.collecting is not None or turn.acts.sum({"tells", "shows"}) >= TELLS:
        _harvest(turn)
    else:
        for detail in turn.content.details.values():
            said = [turn.entity(name) for name in detail.entities]
            if any(said) and not turn.is_button:
                turn.state.details[detail.name] = " ".join(value for value in said if value)


def hears(turn: Turn) -> bool:
    """Tell whether the message answers, refuses or skips the question that is open."""
    topic, wanted = turn.topic(turn.state.collecting), _open(turn)
    if topic is None:
        turn.state.collecting = None
        return False
    if not wanted:  # this message gave the last detail
        return True
    moves = turn.intent in _MOVES and not (turn.asks and len(turn.plain) > _SHORT_MOVE)
    if moves or (_lacks(turn) and not turn.names_itself):
        return True
    if _SOLVED.search(turn.plain) and turn.acts.sum({"solved", "thanks"}, clauses=True) >= TELLS:
        turn.state.collecting = None  # 绑成功了，谢谢。再问一下…
        return False
    if (
        turn.acts.sum({"thanks", "apology", "solved", "chat_bye", "praise", "understood", "angry"})
        >= TELLS
    ):
        return False
    if _is_digression(turn, topic, wanted):
        return False
    if turn.scope.get("contrast"):
        return False  # 是app打不开 不是密码
    free = any(detail.free for detail in wanted)
    act, sure = turn.acts.top
    asks = turn.asks
    other = "." in act and not act.startswith(f"{topic.name}.")
    if other and sure >= TELLS and turn.acts.like(act) >= LIKE_ASKED and not _gives(turn, topic):
        return False  # 每次开都要短信码 烦
    if act.startswith(f"{topic.name}.") and sure >= TELLS and (asks or not free):
        return False  # one of the questions that the topic answers
    questions = turn.acts.sum(turn.content.followups) - turn.acts.sum(_REPORTS)
    if questions >= TELLS or asks:
        return False
    return _gives(turn, topic) or (free and len(turn.plain) >= _LEAST_STORY) or _tells(turn)


TELLS = 0.5
LIKE_ASKED = 0.45  # likeness to an example from which it is that rather than a detail
_MOVES = {"stop_procedure", "next_step", "deny", "affirm"}
_REFUSES = {"lacks", "no_questions", "already_said"}
_REPORTS = {"shows", "tried", "no_change", "not_found", "lacks", "cannot_cope"}


def _gives(turn: Turn, topic: Topic) -> bool:
    return any(_answers(turn, detail) for detail in _needed(turn, topic))


def _tells(turn: Turn) -> bool:
    return turn.acts.sum({"tells", *_REPORTS}) >= 0.3


def press(turn: Turn) -> bool:
    """Do what a button below the open question means; tell whether it was one of these."""
    if turn.state.collecting is None or turn.intent not in {"next_step", "stop_procedure"}:
        return False
    listen(turn)
    return True


def listen(turn: Turn) -> None:
    """Take the message as an answer to what was asked, and hand over."""
    state = turn.state
    if turn.intent == "stop_procedure":
        state.collecting = None
        turn.say("collecting_stopped")
        return
    if _goes_back(turn):
        state.collecting = None
        procedures.show(turn)
        return
    if turn.intent == "affirm" and turn.acts.sum({"no_questions"}) < TELLS and _open(turn):
        turn.say("ask_details_again")  # 好的: what they tell is still to come
        stay_open(turn)
        return
    topic = turn.topic(state.collecting)
    skipped = turn.is_button or turn.intent in _MOVES or _lacks(turn)
    told = topic is not None and _gives(turn, topic)
    free = next((detail for detail in _open(turn) if detail.free), None)
    if free is not None and not (skipped or told):
        state.details[free.name] = turn.text.strip()[:LONGEST_ANSWER]
    left = _open(turn)
    wants = state.pending == "human" and not turn.asks and (told or _tells(turn))
    if skipped or not left or wants:
        handoff.hand_over(turn)
        return
    turn.say(
        "details_noted", told=turn.told_words, missing="、".join(detail.title for detail in left)
    )
    turn.offer_human()


def _lacks(turn: Turn) -> bool:
    """Tell whether the customer has, or will tell, none of what was asked."""
    return turn.acts.sum(_REFUSES) >= TELLS or _HAS_NONE.search(turn.plain) is not None


def _needed(turn: Turn, topic: Topic) -> list[Detail]:
    return [turn.content.details[name] for name in topic.collect]


def _goes_back(turn: Turn) -> bool:
    """Tell whether the customer leaves the questions for the procedure they had begun."""
    if procedures.active(turn) is None:
        return False
    if turn.is_button:
        return turn.intent == "repeat_step"
    return turn.intent == "next_step" and not turn.has_word([turn.phrase("button_skip")])


def _is_digression(turn: Turn, topic: Topic, wanted: list[Detail]) -> bool:
    """Tell a new question or a danger from an answer."""
    other = turn.topic(turn.intent)
    if turn.is_button and turn.intent not in _MOVES:
        return True
    if other is None or turn.intent in {FALLBACK, OUT_OF_SCOPE, topic.name}:
        return False
    if other.urgency == "urgent":
        return turn.sure
    if turn.asks:
        return True
    if any(detail.name == "matter" for detail in wanted):
        return False  # whatever it is about, it is what the complaint is about
    told = any(_answers(turn, detail) for detail in wanted)
    return turn.sure and other.name in turn.named and not told


def _answers(turn: Turn, question: Detail) -> bool:
    told = any(turn.entity(name) for name in question.entities)
    return told or question.name in told_in(turn, turn.text)

"""One turn of a conversation: what the customer said, where they stand, what is answered."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import facts, rejected
from actions.acts import Acts, Standing
from content import Answer, Content, Outside, Settings, Topic
from desk import Desk, Ticket
from infra.text import MASK
from nlu.intents import FALLBACK, MOVES
from nlu.naming import named_topics
from nlu.text import clauses, normalize, sentences

_FILLERS = re.compile(
    r"^(?:嗯|哦|噢|啊|哎(?!呀|哟)|唉|行|好吧|好的|好(?!久|几|多|像|长)|那么|那(?![个笔天种些边里张家])|就是说|就是|然后|请问|所以|可是|但是?|"
    r"(?:我|俺|咱)(?:就|只|只是|是|就是|刚才)?(?:想|要)?(?:问|知道)(?:的)?(?:是|下|一下|你)?|问下|问一下|一下|"
    r"(?:你|您)(?:就|倒是|直接|先)?(?:说|告诉我|跟我说)(?:一下|下|说)?|对了|算了|顺便|"
    r"(?:你|您)们(?=.{4})|[，,、 ])+"
)
_TROUBLE = re.compile(
    r"没(?![说问提])|不[了上到出过去掉成动对见开]|失败|错|卡(?:住|在|了)|扣|异常|闪退|冻|限制|封|被|少了|多了|一直|老是|总是|找不"
)
# What is asked of us, not of the matter: 谁让你留言了, 你在说啥.
_SCOLDS = re.compile(
    r"谁(?:让|叫|问|要)你|我(?:刚才?|不是|都|已经|早就?){1,2}.{0,4}(?:说|讲|问|回答)(?:过)?了|(?:你|您)(?:们)?(?:到底|在|都|能不能|会不会|怎么)?(?:说|讲|听|看|答|回).{0,6}(?:啥|什么|懂|话|我)|怎么又(?:说|是|来)|又(?:说|讲)一遍|没问你|谁问(?:你|这)|(?:你|您)(?:学我|写的?(?:啥|什么))|谁给我|只会(?:说|让|叫)|乱七八糟|还要我说|有没有搞错|干嘛老|"
    r"^(?:什么|啥)(?!时候|意思|情况|东西|原因|问题|办法|是|叫)[\u4e00-\u9fff]{2,4}$"
)
_RUDE = re.compile(r"妈的|他妈|脑子|毛病|垃圾|破|傻|蠢|废物|有病|放屁|骗子|什么玩意|狗屁|滚")
# 什么情况嘛, 怎么查: names nothing of what is asked.
_EMPTY = re.compile(
    r"(?:[我你您他她它这那哪个啥咋还能就要等干点呢嘛啊呀吗了的说看是不没有行好吧先再多少会去找问给做办弄搞查来]|"
    r"咱|们|什么|怎么|情况|回事|意思|自己|现在|知道|可以|为|到底)+"
)
_ASKING = re.compile(
    r"[?？吗么]|^.{1,7}(?<![在着还急])呢$|怎|咋|哪|什么|啥|多[久少大长]|几[天点时号位个]|谁|能不能|行不|可以|为什么|为啥|[不没]$|(.)了?[不没]\1|"
    r"(?:会|能|是|对|行|没|可以|不用|不要|不是)[^，。]{0,8}吧$"
)
# What asks without 吗: said without quotes, it stands well in an answer.
_OPEN = re.compile(
    r"^(?!.*[吗嘛么?？“”]).*(?:怎|咋|哪|什么|啥|多[久少大长]|几[天点时号位个]|谁|(\w)不\1|能不能|可不可以|是不是|要不要|会不会)"
)
LONGEST_PLAIN = 14  # characters of the customer's that stand in an answer without quotes
_ASKS = re.compile(
    r"[吗么不没]$|^.{1,8}(?<![在着还急])呢$|(.)了?[不没]\1|[几哪谁咋怎]|多[久少大长]|帮我|给我|替我|麻烦|能不能|"
    r"(?:会|能|是|对|没|可以|不用|不要|不是)[^，。]{0,8}吧$"
)
LONGEST_QUOTE = 20  # characters of the customer's that an answer repeats
CALLED = "ticket"  # in State.no_more: a human was called
SURE_DENIED = 0.7  # confidence of a topic that is denied, to be believed no more
LEAST_MEANT = 0.4  # confidence of what is affirmed beside it
SAID = 60  # paragraphs of a conversation that are remembered
CUSTOMER_WORDS = 6  # messages of the customer that go with a ticket


@dataclass
class State:
    """What the conversation remembers: one field per slot of domain.yml."""

    topic: str | None = None  # last topic asked about
    matter: str | None = None  # last topic that trouble was told of: what a ticket is about
    procedure: str | None = None  # topic whose steps are being walked
    step: int = 1  # from 1
    step_failures: int = 0
    away: bool = False  # something else was answered since the step was shown
    interrupted: list[list[Any]] = field(default_factory=list)  # [procedure, step], last is next
    collecting: str | None = None  # topic whose details are being asked
    details: dict[str, str] = field(default_factory=dict)  # "" = skipped
    # What was said last that a yes or a no answers: human, human_if_needed, wait, resume, trouble,
    # help, suggest, walk:<topic>, measure:<fact> (what to do next in a danger), danger (is it a
    # fraud).
    pending: str | None = None
    danger: str | None = None  # the danger that lasts: a kind of danger.yml, or an urgent topic
    despair: str | None = (
        None  # the person who may harm themself: `first` (the customer) or `other`
    )
    told: list[str] = field(default_factory=list)  # facts of facts.yml, as they were told
    several: list[str] = field(default_factory=list)  # topics answered together last
    misses: int = 0  # turns in a row that were not understood
    words: list[str] = field(default_factory=list)  # the customer's last ones, oldest first
    said: list[str] = field(default_factory=list)  # marks of what was answered, oldest first
    # What is not offered, asked or explained again: human (refused), details:<topic> (asked for
    # once), noted (how further words reach the human), ticket (called).
    no_more: list[str] = field(default_factory=list)

    answered: str | None = None  # what the last answer answered: an act, or a topic's name
    rejected: list[str] = field(default_factory=list)  # such that the customer called wrong

    # Topics and kinds of danger that the customer said they do not mean (没忘密码): not believed
    # until they are named again.
    not_meant: list[str] = field(default_factory=list)

    def never_again(self, name: str) -> None:
        """Keep, once, what is not offered, asked or explained again."""
        if name not in self.no_more:
            self.no_more = [*self.no_more, name]

    @classmethod
    def of(cls, tracker: Tracker) -> State:
        """Read the slots; what is unset or of the wrong type has its default."""
        values = {}
        for known in fields(cls):
            value = tracker.get_slot(known.name)
            if value is not None:
                values[known.name] = value
        state = cls(**values)
        state.step, state.step_failures = int(state.step), int(state.step_failures)
        state.misses = int(state.misses)
        state.details = dict(state.details)
        state.interrupted = [list(frame) for frame in state.interrupted]
        state.several = list(state.several)
        state.told = list(state.told)
        state.said, state.no_more = list(state.said), list(state.no_more)
        state.not_meant, state.rejected = list(state.not_meant), list(state.rejected)
        return state

    def changes(self, tracker: Tracker) -> list[dict[str, Any]]:
        """Return a SlotSet for each slot that differs from the tracker's."""
        before = asdict(State.of(tracker))
        return [
            SlotSet(name, value) for name, value in asdict(self).items() if value != before[name]
        ]


class Reply:
    """The one message a turn answers with: paragraphs, then buttons."""

    def __init__(self) -> None:
        self.paragraphs: list[str] = []
        self.buttons: list[dict[str, str]] = []
        self.extra: dict[str, Any] = {}

    def say(self, text: str) -> None:
        """Add a paragraph."""
        if text.strip():
            self.paragraphs.append(text.strip())

    def button(self, title: str, payload: str) -> None:
        """Offer a button; the same payload is offered once."""
        if payload not in self.payloads():
            self.buttons.append({"title": title, "payload": payload})

    def payloads(self) -> set[str]:
        """Return the payloads offered so far."""
        return {button["payload"] for button in self.buttons}

    def send(self, dispatcher: CollectingDispatcher) -> None:
        """Send the message to Rasa, unless it is empty."""
        if self.paragraphs:
            dispatcher.utter_message(
                text="\n\n".join(self.paragraphs), buttons=self.buttons, **self.extra
            )


def _mark(text: str) -> str:
    """Return a short hash that identifies a paragraph."""
    return f"{zlib.crc32(text.strip().encode()):08x}"


def _is_first_message(tracker: Tracker) -> bool:
    messages = 0
    for event in reversed(tracker.events):
        if event.get("event") == "session_started":
            return messages == 1
        messages += event.get("event") == "user"
    return False


@dataclass(frozen=True)
class Clause:
    """A clause of a message, in the form of a parsed message."""

    of: Turn
    message: Mapping[str, Any]


class Turn:
    """A customer's message with everything needed to answer it."""

    def __init__(
        self, tracker: Tracker, content: Content, desk: Desk, clause: Clause | None = None
    ) -> None:
        """Take up the tracker's last message; or a clause of it, read as if it were all of it."""
        self.tracker = tracker
        self.content = content
        self.desk = desk
        self.state: State = clause.of.state if clause else State.of(tracker)
        self.reply: Reply = clause.of.reply if clause else Reply()
        message: Mapping[str, Any] = clause.message if clause else tracker.latest_message or {}
        self.is_clause = clause is not None
        self.text: str = message.get("text") or ""
        self.plain = normalize(self.text)  # 沒有 and 没有 are one word
        self.intent: str = (message.get("intent") or {}).get("name") or FALLBACK
        self.ranking: list[dict[str, Any]] = message.get("intent_ranking") or []
        # What each of several sentences asks for (nlu/intent_classifier.py, nlu/precedence.py).
        self.requests: list[dict[str, Any]] = message.get("requests") or []
        # Dangers that the affirmed words name, whatever the classifier thinks (nlu/precedence.py).
        self.alarms: list[str] = message.get("alarms") or []
        self.entities: list[dict[str, Any]] = message.get("entities") or []
        self.scope: dict[str, Any] = message.get("scope") or {}  # nlu/scope.py
        # What the message denies, as intents: 不是要退款.
        self.denied: list[dict[str, Any]] = message.get("denied") or []
        named = [] if self.is_button else named_topics(self.affirmed)
        self.named: list[str] = [each for each in named if "." not in each]
        # Particular questions that the words name: change_password.payment_password.
        self.named_questions: list[str] = [each for each in named if "." in each]
        self._keep_denials()
        # What it names of things that we know nothing of (content/outside.yml).
        self.outside: list[Outside] = [
            each for each in content.outside if not self.is_button and each.words.search(self.plain)
        ]
        whole = clause.of.plain if clause else self.plain
        self.acts = Acts(message.get("acts") or {}, self._standing(), whole)
        self.pieces: list[dict[str, Any]] = message.get("pieces") or []  # its clauses
        if self.text and not (self.is_button or self.is_clause) and self.intent not in MOVES:
            self.state.words = [*self.state.words, self.text][-CUSTOMER_WORDS:]
        self.newly_told: list[str] = facts.hear(self)
        rejected.hear(self)
        # The first message of a new session, with a procedure left over from an earlier one.
        self.returning = self.state.procedure is not None and _is_first_message(tracker)

    @cached_property
    def clauses(self) -> list[Turn]:
        """Return each affirmed clause of several as a turn of its own; state and reply are ours."""
        denied = self.scope.get("denied", ())
        found = self.tracker.latest_message.get("acts") or {}
        acts = {each["text"]: each for each in found.get("clauses") or ()}
        turns = []
        for piece in self.pieces:
            text = piece["text"]
            if text not in acts or any(each in text for each in denied if each):
                continue
            message = {
                "text": text,
                "intent": piece["ranking"][0],
                "intent_ranking": piece["ranking"],
                "acts": {"whole": acts[text]["acts"], "like": acts[text].get("like")},
                "entities": [each for each in self.entities if str(each.get("value")) in text],
            }
            clause = Clause(self, message)
            turns.append(Turn(self.tracker, self.content, self.desk, clause))
        return turns

    def _keep_denials(self) -> None:
        """Keep the topics that are denied (没忘密码) until they are named again."""
        state = self.state
        named = {name for name in self.named if not self.is_clause}
        left = [name for name in state.not_meant if name not in named and name != self.intent]
        if self.is_button:
            state.not_meant = [name for name in left if name != self.intent]
            return
        meant = named | ({self.intent} if self.confidence() >= LEAST_MEANT else set())
        other = any(self.topic(name) for name in meant - {each["name"] for each in self.denied})
        denied = [
            each["name"]
            for each in self.denied
            if each["confidence"] >= SURE_DENIED and self.topic(each["name"]) is not None
        ]
        if other or not self.affirmed:  # 不是今天这单 是上个月那单 is of the same topic
            left += [name for name in denied if name not in meant]
        state.not_meant = list(dict.fromkeys(left))
        if state.topic in state.not_meant:
            state.topic = state.matter if state.matter not in state.not_meant else None
        if state.matter in state.not_meant:
            state.matter = None

    def _standing(self) -> Standing:
        state = self.state
        procedure = self.topic(state.procedure)
        step = procedure.steps[int(state.step) - 1] if procedure and procedure.steps else None
        return Standing(
            topics=frozenset({state.topic, state.procedure, *self.named} - {None}),
            procedure=state.procedure if step else None,
            step=int(state.step),
            away=state.away and state.topic not in {None, state.procedure},
            keys=frozenset(trouble.key for trouble in step.trouble) if step else frozenset(),
            not_meant=frozenset(state.not_meant),
            in_danger=state.danger is not None,
            in_despair=state.despair is not None,
            waits=state.pending == "wait",
            collects=state.collecting is not None,
        )

    @property
    def affirmed(self) -> str:
        """Return what the customer wrote without what they deny."""
        return str(self.scope.get("said", self.text)) if self.scope else self.text

    @property
    def quoted(self) -> str:
        """Return what the customer asked, to be named in an answer: their words where short."""
        parts = clauses(self.text)
        asking = [part for part in parts if _ASKING.search(part) and not _SCOLDS.search(part)]
        naming = [part for part in asking if named_topics(part)] or asking
        words = naming[-1] if naming and len(parts) > 1 else self.text
        words = _FILLERS.sub("", words.strip(" \n。.，,？?！!~～…"))
        quotes = any(sign in words for sign in '“”"「」')
        unfit = quotes or len(words) > LONGEST_QUOTE or len(words) < 2 or _RUDE.search(words)
        unfit = unfit or _EMPTY.fullmatch(words)
        if unfit:
            return self.phrase("that_matter")
        if _OPEN.search(words) and len(words) <= LONGEST_PLAIN and "你" not in words:
            return re.sub("(?:我|咱)们?|俺", "您", words.rstrip("啊呀呢哦哈呗"))
        return f"“{words}”"

    @property
    def told_words(self) -> str:
        """Return what the customer told, to be named when it is kept: their words where short."""
        words = self.text.strip(" \n。.，,!！~～…")
        unfit = len(words) > LONGEST_QUOTE or MASK in words or _RUDE.search(words) or self.scolds
        quotes = any(sign in words for sign in '“”"「」')
        return self.phrase("what_you_told") if unfit or quotes else f"“{words}”"

    @property
    def names_itself(self) -> bool:
        """Tell whether the message asks something short enough to be named in an answer."""
        asks = _ASKING.search(self.quoted) is not None
        return not self.is_button and asks and self.quoted != self.phrase("that_matter")

    def confidence(self, intent: str | None = None) -> float:
        """Return the confidence of the message's intent, or of the one named."""
        name = intent or self.intent
        return max(
            (guess["confidence"] for guess in self.ranking if guess["name"] == name), default=0.0
        )

    @property
    def settings(self) -> Settings:
        """Return `assistant.yml`."""
        return self.content.settings

    @property
    def is_button(self) -> bool:
        """Tell whether the customer pressed a button instead of writing."""
        return self.text.startswith("/")

    def has_word(self, words: Iterable[str]) -> bool:
        """Tell whether the customer wrote one of these words."""
        return not self.is_button and any(word in self.plain for word in words)

    @cached_property
    def asks(self) -> bool:
        """Tell whether the message, or a clause of it, asks for something."""
        if self.is_button:
            return False
        parts = [] if self.is_clause else [normalize(part) for part in clauses(self.text)]
        return any(self.asks_in(part) for part in (self.plain, *parts))

    def asks_in(self, part: str) -> bool:
        """Tell whether a part of it, normalised, asks for something."""
        words = self.settings.question_words
        return any(word in part for word in words) or _ASKS.search(part) is not None

    @property
    def scolds(self) -> bool:
        """Tell whether what it asks is about us: 你在说啥."""
        return _SCOLDS.search(self.plain) is not None

    @property
    def tells_trouble(self) -> bool:
        """Tell whether the message says that something went wrong (提现没到, 绑不上)."""
        return _TROUBLE.search(self.plain) is not None

    @property
    def stuck(self) -> bool:
        """Tell whether the message says little more than 怎么办."""
        said = [word for word in self.settings.stuck_words if self.has_word([word])]
        return bool(said) and len(self.plain) <= len(max(said, key=len)) + 3

    @property
    def sure(self) -> bool:
        """Tell whether the intent is certain enough to offer nothing else."""
        return self.is_button or any(
            guess["name"] == self.intent and guess["confidence"] >= self.settings.sure_above
            for guess in (*self.ranking, *self.requests)
        )

    def begins_with(self, phrase: str) -> bool:
        """Tell whether the first of several sentences is that phrase, a button's title (退出)."""
        parts = sentences(self.text)
        return len(parts) > 1 and normalize(parts[0]) == normalize(self.phrase(phrase))

    def contrasts(self, name: str) -> bool:
        """Tell whether that topic is what the message denies (不是忘了密码，是忘了账号)."""
        return bool(self.affirmed) and any(each["name"] == name for each in self.denied)

    def also_asked(self, answered: str | None = None) -> list[str]:
        """Return the topics that sentences surely ask for, besides the one that is answered."""
        names = [
            part["name"]
            for part in self.requests
            if part["confidence"] >= self.settings.sure_above
            and part["name"] not in {answered, self.state.procedure}
        ]
        return [name for name in dict.fromkeys(names) if self.topic(name)]

    @property
    def said_before(self) -> str:
        """Return what the customer wrote before this message."""
        said = [event for event in self.tracker.events if event.get("event") == "user"]
        return str(said[-2].get("text") or "") if len(said) > 1 else ""

    @property
    def _answers(self) -> list[dict[str, Any]]:
        return [event for event in self.tracker.events if event.get("event") == "bot"]

    @property
    def _last_answer(self) -> dict[str, Any]:
        return next(iter(self._answers[-1:]), {})

    @property
    def topics_shown(self) -> int:
        """Return how many topics the last answer offered as buttons."""
        buttons = (self._last_answer.get("data") or {}).get("buttons") or []
        return sum(
            str(each.get("payload", "")).lstrip("/") in self.content.topics for each in buttons
        )

    def said_lately(self, text: str) -> bool:
        """Tell whether this paragraph was said in this conversation."""
        said = [event.get("text") or "" for event in self._answers]
        whole = text.strip()
        if _mark(whole) in self.state.said:
            return True
        return any(
            whole in each.split("\n\n") or ("\n\n" in whole and whole in each) for each in said
        )

    def said_last(self, text: str) -> bool:
        """Tell whether the last answer contained this paragraph."""
        answer = self._last_answer
        return bool(answer) and text.strip() in (answer.get("text") or "").split("\n\n")

    def entity(self, name: str, last: bool = False) -> str | None:
        """Return the first (or the last) value of that entity in the message."""
        for entity in reversed(self.entities) if last else self.entities:
            if entity.get("entity") == name and entity.get("value") not in (None, ""):
                return str(entity["value"])
        return None

    def phrase(self, name: str, **values: Any) -> str:
        """Return a sentence of `phrases.yml`."""
        return self.content.say(name, **values)

    def say(self, name: str, **values: Any) -> None:
        """Say a sentence of `phrases.yml`."""
        self.reply.say(self.phrase(name, **values))

    def topic(self, name: str | None) -> Topic | None:
        """Return the topic of that name; None when content no longer has it."""
        return self.content.topics.get(name) if name else None

    def answer(self, answer: Answer | tuple[str, ...], **values: Any) -> None:
        """Say one of an answer's wordings: the first that was not said lately."""
        wordings = answer if isinstance(answer, tuple) else answer.wordings
        texts = [
            self.fit(wording.format_map({**self.content.contacts, **values}))
            for wording in wordings
        ]
        self.reply.say(min(filter(None, texts), key=self._last_said, default=""))

    def _last_said(self, text: str) -> int:
        """Return when in the conversation this was said last, as a position; -1 if never."""
        mark = _mark(text)
        said = self.state.said
        if mark in said:
            return len(said) - 1 - said[::-1].index(mark)
        return 0 if self.said_lately(text) else -1

    def times_said(self, text: str) -> int:
        """Return how often this paragraph was said in this conversation."""
        return self.state.said.count(_mark(text))

    def remember_answer(self) -> None:
        """Remember what this turn says, so that it is not repeated."""
        marks = [_mark(text) for text in self.reply.paragraphs]
        self.state.said = [*self.state.said, *marks][-SAID:]

    def fit(self, text: str) -> str:
        """Return a text as it is said here: in a danger without what was done already."""
        lasts = self.state.danger is not None and self.state.despair is None
        return facts.without_done(self, text) if lasts else text

    def offer_human(self, asked: bool = True) -> None:
        """Offer a human by button; when the reply asks for it (要不要？), by a bare yes, too.

        Who has refused one is not offered one again, but in a danger.
        """
        if self.no_offer:
            return
        self.state.pending = "human" if asked else "human_if_needed"
        self.reply.button(self.phrase("button_human"), "/human_handoff")

    @property
    def no_offer(self) -> bool:
        """Tell whether no human is to be offered: refused, or called already."""
        if "human" in self.state.no_more and self.state.danger is None:
            return True
        return CALLED in self.state.no_more and self.ticket() is not None

    def offer_topics(self, names: Iterable[str]) -> None:
        """Offer topics as buttons; to the procedure under way there is a way back already."""
        for name in names:
            topic = self.topic(name)
            if topic and name != self.state.procedure:
                self.reply.button(topic.title, f"/{name}")
            elif name == "human_handoff":
                self.reply.button(self.phrase("button_human"), "/human_handoff")

    def ticket(self) -> Ticket | None:
        """Return the customer's open ticket."""
        return self.desk.open_ticket_of(self.tracker.sender_id)

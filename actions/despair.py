"""Somebody who may harm themself: human words, people near them, a human, and no menu."""

from __future__ import annotations

import re

from actions import danger, handoff
from actions.turn import Turn

# Words that are never taken for a figure of speech, whatever the classifier thinks.
_HINTS = re.compile(
    r"(?<!别)(?<!不要)(?:自杀|轻生|寻短见|跳楼|跳河|跳江|跳海|跳桥|上吊|割腕|烧炭|吞药|安眠药.{0,4}(?:吃|吞|整瓶|一瓶)|"
    r"(?:吃|吞|喝).{0,6}(?:安眠药|农药|百草枯)|不想活|活不下去|活不了了|不活了|没法活|活着.{0,4}(?:没意思|没劲|干嘛|有什么意思)|"
    r"一了百了|遗书|遗言|绝笔|想死(?!你|我了|这)|去死(?:了|算)|死了算|死了得了|以死|没脸(?:见|活)|结束(?:我的|自己的?|这条)(?:生命|命)|"
    r"(?:站|坐|趴|爬).{0,6}(?:天台|楼顶|桥|窗台|窗户|阳台)(?:上|边|外|栏)|桥.{0,3}栏杆|栏杆外|天台边|"
    r"同归于尽|后事|(?:下去|去)(?:找|陪)(?:他|她|老伴|我妈|我爸|孩子)了?$|没(?:了)?我.{0,6}(?:轻松|好过|更好)|我(?:用不着|用不上)了.{0,6}(?:没几天|留给)|(?:留给|都给|交给).{0,8}我?用不(?:着|上)了|"
    r"死了(?:干净|清净|拉倒|省心|一了)|下辈子(?:再|还|做|报|补|来|给)|来世再|反锁.{0,12}(?:不(?:答|应|吭|开)|没(?:声|动静|反应|回应)|叫不|喊不)|"
    r"撑不.{0,2}住了?.{0,12}(?:安排|交代|了断|走了|添麻烦|拖累)|(?:安排|交代)好.{0,8}(?:添麻烦|拖累|就走|走得)|"
    r"(?:楼顶|天台|桥上|江边|河边|海边).{0,14}(?:就这样|没意思|没劲|算了|够了|好累|太累|吹风)|"
    r"(?:如果|要是|万一|等|哪天).{0,4}我(?:就)?(?:不在|没)了?.{0,12}(?:钱|卡|密码|账户|余额).{0,12}(?:给|留|过|转)|"
    r"(?:再见|永别)了?.{0,2}这?个?世界|生无可恋|卧轨)"
)
SURE = 0.5  # confidence in a whole message that has words for it
SURE_ALONE = 0.85  # without
SURE_CLAUSE = 0.8  # confidence in one clause among several
# Without one of these a sentence about one's family is only that.
_SIGNS = re.compile(
    r"死|跳(?!广场|舞|出|转|槽)|药|刀|自杀|轻生|想不开|割|炭|遗|锁.{0,4}(?:屋|门|房)|不想活|撑不|活不|活着|解脱|上吊|"
    r"桥|河|江|楼|绝路|极端|寻短|下去(?:找|陪)|消失|没了我|熬不|不吃不喝|再见|走了|没脸|顶上|世上|不在了|归于尽|没意思|没路|世界|睡过去|不醒|轻松|干净|"
    r"用不着|留给|后事|累了|绝笔|烫|自残|血|煤气|铁轨|卧轨|水边|水库|定位|告别|别找我|"
    r"不用(?:再)?(?:找|联系)|结束|眼睛一闭|爸妈.{0,4}靠你|送人|end it|die|kill|suicid|dead"
)
_FIGURES = re.compile(
    r"(?:降压|降糖|感冒|退烧|消炎|胃|止痛|血压|心脏|眼)药|(?:看病|抓|买|拿|开|取)(?:点|些|个)?(?:钱)?(?:买|抓|拿|开)(?:点|些)?药|药(?:店|房|费)|笑不活了?|一跳|心跳|[跟像和]死了|死活|死都不|死也不|没死|[按点戳卡]死|死[慢贵沉]|想死你|死脑筋|死马|哭死|笑死|气死|累死|急死|烦死|吵死|热死|饿死|慢死|等死|好死不死|社死|该死|打死也不|死机|死循环|卡死"
)


# What a film, a song or the news is about is not the customer's own.
FICTION = re.compile(
    r"追剧|电视(?:剧|里|上)|看电视|电影|小说|歌词|歌里|剧里|片子|新闻|[女男]主|主角|游戏(?:里|角色)"
)


# Somebody is with them or on the way.
_COMING = re.compile(
    r"(?<!没)(?<!不)(?:在(?:来的)?路上|马上(?:到|来)|(?:来|在)陪我|过来了|赶(?:过来|来)|在我(?:旁边|身边)|到(?:我)?(?:家|楼下|门口)了|"
    r"(?:打|通)(?:了|过|通)?电话了|打通了|叫了(?:人|我))|"
    r"(?:给|跟|和|同)(?!你).{1,8}(?:打了|通了|说了|讲了|聊了|发了|打过|说过)(?:个|一个|通|电话|微信|视频|会)|"
    r"(?:来|上来|过来|下来|进来)(?:了)?.{0,2}(?:拽|拉|扶|抱|接|找|看|陪|劝)(?:住|着)?我|(?<!不敢)(?<!不想)(?:跟|和|找|给)(?!你).{1,8}(?:讲讲|说说|聊聊|说一声|讲一声|说一下)|"
    r"(?:她|他|我.{1,4}|人|朋友|姐|妹|哥|弟|妈|爸)(?:已经)?(?:到了|来了|过来了|在旁边|在身边)|"
    r"(?:接|听|打)(?:了|通)(?:我)?(?:老婆|老公|媳妇|爸|妈|爹|娘|儿子|女儿|闺女|孩子|哥|姐|弟|妹|朋友|同学|老师|家里)"
)


def hinted(turn: Turn) -> bool:
    """Tell whether the message has words of despair that outweigh the classifier's doubt."""
    return _HINTS.search(_FIGURES.sub("", turn.plain)) is not None


# 钱还能不能回来
_MONEY = re.compile(r"(?:钱|款|块|万).{0,8}(?:回来|追回|追得|要回|拿回|找回|能追|还能退)")
# Where they are, or what is at hand; that nobody is there.
_THERE = re.compile(
    r"天台|楼顶|顶楼|阳台|窗台|窗户边|桥上|桥边|栏杆|河边|江边|海边|水边|湖边|铁轨|站台边|"
    r"(?:药|刀|绳子?|炭|农药|刀片).{0,6}(?:在|手|拿|买|倒|吃|面前|准备)|(?:拿|握|买)(?:着|了|好).{0,4}(?:药|刀|绳|炭)"
)
_ALONE = re.compile(
    r"没(?:有)?(?:人|谁|朋友|亲人|家人)|(?:就|只有|剩)?我?一个人|都不在|在(?:外地|老家|国外)|离得远|"
    r"不(?:想|敢|要|能)(?:跟|给|和|让|告诉|叫|麻烦).{0,8}(?:说|讲|打电话|知道|来|担心)?"
)


# Somebody who mourns: 我老伴走了.
_MOURNS = re.compile(
    r"(?:老头子|老头|老伴|老婆|老公|爱人|丈夫|妻子|先生|爸爸?|妈妈?|爹|娘|爷爷|奶奶|外公|外婆|姥姥|姥爷|公公|婆婆|父亲|母亲|亲人|家里?人).{0,4}(?:走了|过世了?|去世了?|没了|不在了|病逝|离世)"
)


def mourns(turn: Turn) -> bool:
    """Tell whether the message speaks of somebody who died, and of nothing else."""
    rest = _MOURNS.sub("", turn.plain)
    return rest != turn.plain and not has_signs(rest) and _HINTS.search(rest) is None


def has_signs(text: str) -> bool:
    """Tell whether words may speak of dying or harm at all."""
    return _SIGNS.search(_FIGURES.sub("", text)) is not None


# Where one can talk to somebody.
_HELPLINE = re.compile(
    r"心理.{0,4}(?:热线|援助|咨询|医生|电话)|心里(?:难受|苦|堵|憋).{0,10}(?:说话|聊|电话|热线)|"
    r"(?:专门|有没有|什么|哪个).{0,8}(?:电话|热线|号码).{0,10}(?:打|说话|聊|倾诉|听)|(?:找|有)(?:个)?人(?:能)?(?:说说?话|聊聊|倾诉)"
)
# In State.no_more: it was spoken of in this conversation.
SPOKEN_OF = "despair"


def wants_helpline(turn: Turn) -> bool:
    """Tell whether somebody who despaired asks for a number where people listen."""
    return SPOKEN_OF in turn.state.no_more and _HELPLINE.search(turn.plain) is not None


def helpline(turn: Turn) -> None:
    """Say honestly which numbers there are."""
    turn.answer(turn.content.despair["helpline"])


# 拿钱买降压药, 俺没想不开！！俺要取钱: it was heard wrongly.
_MISHEARD = re.compile(
    r"(?:没|不是|没有)(?:要|想)?(?:想不开|寻死|自杀|轻生|寻短见|要死)|想哪(?:儿|里)?去了|说(?:啥|什么)(?:胡话|呢)|(?:听|搞|弄|想|理解)(?:岔|错)|误会|"
    r"(?:降压|降糖|感冒|退烧|消炎|胃|止痛|降血压|血压|糖尿病|高血压|心脏|眼)药"
)
_BETTER = re.compile(
    r"没(?:有)?想不开|我好好的|没那(?:个)?意思|没(?:要|想)(?:死|寻死|自杀|跳)|想(?:到)?哪(?:里)?去了|好(?:点|些|多|受)了|没事了?|缓过来|想开了|想通了|气话|当我没说|不会(?:的|做傻事)|放心吧"
)


def is_better(turn: Turn) -> bool:
    """Tell whether they say that it has passed."""
    return _BETTER.search(turn.plain) is not None and not is_alone(turn)


def is_misheard(turn: Turn) -> bool:
    """Tell whether they say that they never meant to harm themselves."""
    said = _MISHEARD.search(turn.plain) is not None
    rest = _MISHEARD.sub("", turn.plain)
    return said and _HINTS.search(_FIGURES.sub("", rest)) is None and not is_alone(turn)


def take_back(turn: Turn) -> None:
    """Say sorry for having heard despair where there was none."""
    turn.state.despair = None
    turn.say("despair_misheard")
    ticket = turn.ticket()
    if ticket is not None:
        handoff.note(turn, ticket, aloud=False)


def is_alone(turn: Turn) -> bool:
    """Tell whether they say where they are, or that nobody is there: nothing is calm then."""
    return any(each.search(turn.plain) for each in (_THERE, _ALONE))


def answer(turn: Turn, whose: str) -> None:
    """Answer the first word of it; the human is called at once."""
    turn.state.despair = whose
    turn.state.never_again(SPOKEN_OF)
    turn.answer(turn.content.despair[whose])
    _call(turn)


def again(turn: Turn) -> None:
    """Stay with the customer, whatever they say."""
    if danger.asks_whether(turn):
        turn.answer(turn.content.despair["no_paying"])
        _call(turn)
        return
    if _COMING.search(turn.plain):
        turn.answer(turn.content.despair["coming"])
        _call(turn, somebody=True)
        return
    of_other = turn.state.despair == "other"
    if not of_other and _MONEY.search(turn.plain) and not is_alone(turn):
        turn.answer(turn.content.despair["money"])
        _call(turn)
        return
    if not of_other and _THERE.search(turn.plain):
        turn.answer(turn.content.despair["now"])
        _call(turn)
        return
    if not of_other and _ALONE.search(turn.plain):
        turn.answer(turn.content.despair["alone"])
        _call(turn)
        return
    turn.answer(turn.content.despair["again_other" if of_other else "again"])
    _call(turn)


def who_i_am(turn: Turn) -> None:
    """Say that this is a program, and stay."""
    turn.answer(turn.content.manners["bot_or_human"])
    again(turn)


def calm(turn: Turn) -> None:
    """The customer says that they are safe."""
    turn.state.despair = None
    turn.answer(turn.content.despair["calm"])
    _call(turn)


def _call(turn: Turn, somebody: bool = False) -> None:
    """Call a human and say so, unless `somebody` is with them already."""
    turn.state.collecting = None
    known = turn.ticket()
    if known is not None and known.urgency == "urgent":
        handoff.note(turn, known, aloud=False)
    else:
        known = handoff.request(turn, urgency="urgent", category=turn.phrase("category_life"))
    turn.state.pending = "wait"
    if somebody:
        return
    left = known.status == "left_message"
    called = turn.phrase("despair_left" if left else "despair_ticket", number=known.number)
    if not turn.said_lately(called):
        turn.reply.say(called)

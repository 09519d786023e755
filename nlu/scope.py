"""What a message affirms and what it denies, supposes or quotes: 不是要退款，是想问充值.

A sorter of whole sentences takes 我没有被骗 for a fraud. So the message is cut into clauses, each
clause gets a scope, and only what is affirmed is classified as what the customer wants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.text import clauses, simplify

_WHO = r"(?:我|俺|咱|本人|我们|人家)?"
_FILLER = (
    r"(?:这|那|也|又|并|真的|真|可|其实|根本|从来|现在|暂时|先|都|就|倒|已经|啊|哎|诶|噢|喂){0,4}"
)
_WISH = (
    r"(?:不是(?:要|想|来|让你|叫你|问|说|指)|没(?:有)?(?:要|想|说|让你|叫你|打算|问|申请过?要)|"
    r"不(?:要|想|用|需要|必|打算|是想|是要|走)|用不着|不必|甭|无需|别(?:再)?(?:给我|帮我|跟我|和我|老|让我|提)|"
    r"谁(?:说|要|让你|叫你|想)|哪里?(?:说|要)|又没(?:说|要|让))"
)
# Things people deny. Elsewhere 没 and 不 describe a problem: 没收到, 不能登录.
_EVENT = (
    r"(?:放心|真的)?(?:我|俺)?(?:(?:那|这)?(?:几|一)?(?:笔|单)?(?:密码|钱|钱包|账户|账号|卡|号|手机)?(?:我|俺|好好的|好着呢|还在)?)(?:都|也|并)?(?:没(?:有)?|不是|不会|未)"
    r"(?:有?人|被人?|让人|叫人|给人|遭人?)?(?:盗|偷|骗|冻结|封|限制|刷|拒|忘记?|丢|弄丢|泄露|受骗|上当|中招)"
)
# About the customer's own actions a short 没 is a denial, too.
_DID_NOT = re.compile(
    r"^(?P<rest>(?:(?:我|俺|咱)(?:都|又|根本|也)?没(?:有)?|没(?:有)?(?=申请|提交|办))"
    r"(?:申请|提交|办|办理|退|退款|转账?|注销|改|绑)(?:过)?(?:退款|退货|提现|注销|转账|密码|卡|这个|什么)?(?:啊|呀|呢)?"
    r"|(?:我|俺|咱)?(?:从来|可|也|都|根本|压根)?没(?:有)?(?:发|给|报|说|告诉|泄露)(?:过)?(?:谁|人|任何人|别人|他|她|你)?(?:的)?(?:密码|验证码|卡号)(?:啊|呀|呢)?"
    r"|(?:我|俺|咱)?(?:先|暂时|现在)不(?:申请|退|办|弄|改|转|注销|绑|提)(?:.{0,4}))$"
)
# 密码我记得: what is remembered is not forgotten.
_REMEMBERS = re.compile(
    r"^(?:可|但|而且)?(?P<rest>(?:我|俺)?(?:的)?密码(?:我|俺|是)?(?:还|都|明明|一直)?(?:记得|记着|记住)(?!不)[^吗?？]{0,6}"
    r"|(?:我|俺)(?:还|都|是|明明)?(?:记得|记着)(?:住)?(?:我的|自己的)?密码[^吗?？]{0,3})$"
)
_BUT = re.compile(
    r"(?<!不)(?:就是|只是|而是|是)(?P<said>(?:我|想|要|手机|密码|问|钱|人|.)[^不]{2,})$"
)
_DENIES = re.compile(rf"^{_WHO}{_FILLER}{_WHO}{_FILLER}{_WISH}(?P<rest>.*)$")
_DENIES_EVENT = re.compile(
    rf"^{_WHO}{_FILLER}{_EVENT}(?!.*(?:记录|短信|提示|按钮|入口|选项|这几个字|这个|地方))(?P<rest>.*)$"
)
_IS_NOT = re.compile(
    rf"^(?:(?:那|这)(?:几|一)?(?:笔|单)?钱?)?{_WHO}{_FILLER}(?:不是|并非|不叫|而不是|才不是)(?P<rest>.*)$"
)
_NO_MORE = re.compile(
    r"^(?P<rest>.{2,14}?)(?:就|我|都|也|的事|这事)?(?:不用了?|不要了?|算了|不必了?|免了|不办了?|不弄了|不搞了|不想.{0,2}了)(?:吧|啊|哈)?$"
)
_ENDS_ASKING = re.compile(r"(.)不\1$")  # 不走流程行不行
# 都说了没忘: what follows is what was said.
_SAID = re.compile(
    r"^(?:我|俺)?(?:都|早就?|已经|刚才?|不是){0,2}(?:跟你|告诉你)?(?:说|讲)(?:过了?|了)(?=.{2})"
)
# 不是 that asks, or names who did not do it, denies nothing: 是不是, 不是我付的.
_NO_DENIAL = re.compile(
    r"^(?:都)?不(?:用|要|想|必|需要)了?(?:谢谢|吧|啊)?$|没(?:有)?(?:说|给|写).{0,6}(?:原因|理由)|是不是|不是吗|能不能|要不要|可不可以|有没有|会不会|用不用|该不该|想不想|不是(?:我|俺|本人|自己|家里?人?|老[公婆伴]|孩子)"
    r"(?:付|买|动|转|操作|消费|扣|刷|花|弄|干|登|改|点|下)|不是(?:很|太|特别|挺)|不是说|不想活|不要脸|不要紧|不用(?:担心|急|怕)"
    r"|不想(?:用|玩|要)了|不(?:要|用)密码|没有?(?:要|问)(?:求|题)|别(?:的|人|家|处)|没(?:有)?说"
    r"(?:多久|原因|理由|什么|怎么|清|明)|不是(?:已经|都|刚)|谁(?:说|要).{0,8}(?:谁|怎么)"
)
_CONTRAST = re.compile(
    rf"^(?:{_WHO}{_FILLER}(?:而是|只是|就是|是(?!不是))|{_WHO}(?:只|就|光)(?:是)?(?:想|要|问)|"
    rf"{_WHO}(?:问|说|要|指|讲)的(?:是|就是)?|{_WHO}是(?:想|要|说|问|指)|{_WHO}(?:是)?(?:想|要)(?:问|说|办|看)?)"
    r"(?P<rest>.+)$"
)
# 我问的是在哪, 我说的是你们app坏了: what is meant stands behind it, also where nothing is denied.
_MEANT = re.compile(
    rf"^(?:不对|不是|哎呀?|诶|喂|那|可|但)?{_WHO}(?:刚才?|就|是|只|一直|其实|本来|想|要)*"
    r"(?:(?:问|指)的(?!话|人|时候|那)(?:就)?是?|(?:说|讲)的(?:就)?是|是(?:想|要)?问|的?意思是|"
    r"问(?!过|了|他|她|哈|一下|问|题)(?:你们?)?(?=.*(?:吗|不$|多久|哪|怎么|咋|[^人]什么|啥|几|多少|(.)不\1)))"
    r"(?P<rest>(?!不是).{2,})$"
)
# 我问补电话卡 不是问你们: the same, where another clause denies.
_ASKED = re.compile(rf"^{_WHO}(?:就|是|只|在)*(?:问|说)(?!过|了|他|她|哈|一下)(?P<rest>.{{2,}})$")
_INLINE = re.compile(
    rf"^{_WHO}(?:要|问|说|想要|想问|指)?(?:的)?是(?P<said>[^不]{{2,16}}?)(?:而)?不是(?P<denied>.{{2,16}})$"
)
_SUPPOSES = re.compile(
    r"^(?:请问|那|万一|我想问)*(?:如果|要是|假如|假设|万一|倘若|要万一|比如说?|若是|以后)"
    r"|的话(?:$|怎么|咋|该|要|会)"
)
_OTHERS = re.compile(
    r"^(?:我|俺|咱)?(?:的)?(?:朋友|同事|邻居|亲戚|同学|室友|闺蜜|一?个?朋友|别人|网友|新闻|网上|电视|听说)"
)
# What looked like a danger for a moment: 以为被盗了，原来是自动续费.
_CALM = re.compile(
    r"以为.{0,14}(?:是我|原来|其实|结果|后来)|看花眼|记错了?|(?:后来|现在|我)?想起来了?(?:是|，|,|$)|虚惊|原来是(?:我|自动|老|孩|家)|"
    r"(?:后来|刚)(?:发现|才知道|查)(?:了)?是(?:我|自己|家|老|孩|儿|女|爱人|媳妇)|"
    r"白(?:紧张|担心|害怕|吓|急)了?(?:一场)?|"
    r"(?<!怎么)(?<!能不能)(?<!想)(?:已经|早就?|都|也|全|又)(?:.{0,8})(?:退|要|追|还|找|打)回来了|"
    r"早.{0,4}(?:处理|解决|弄|了结|结)(?:完|好|掉)?了|"
    r"(?<!不)是(?:我|俺)?(?:家|们)?.{0,3}(?:那口子|老公|老婆|爱人|媳妇|对象|孩子|儿子|闺女|女儿|妈|爸|老伴|弟|妹|哥|姐)"
    r".{0,6}(?:花|买|开|充|付|刷|弄|用|订|点|缴|交)(?:的|了|会员|鱼|东西|.{0,6}$)"
)
# Not where the scare comes first and the real fraud after it.
_NOT_CALM = re.compile(r"被骗|骗子|被盗|盗刷|诈骗|威胁|不认识")
_QUOTE = re.compile(r"[“\"「『【](?P<quote>[^“\"「『【”」』】]{4,300})[”\"」』】]")


_OTHER_NOUN = re.compile("密码|码|号|机|邮箱|卡|名|账|绑|退|转|钱")
_NOUN = re.compile("密码|验证码|手机号|账号|邮箱|银行卡")


@dataclass(frozen=True)
class Scope:
    """How the clauses of a message are meant.

    `said` is what is affirmed, simplified, in its order; empty when all is denied. `denied` are the
    things denied, without their 不是. `supposed`: 如果手机丢了; `others`: 我朋友被骗了;
    `quoted`: the longest passage in quotation marks.
    """

    said: str
    denied: tuple[str, ...] = ()
    supposed: bool = False
    others: bool = False
    quoted: str = ""
    calm: bool = False  # a danger that turned out to be none
    contrast: bool = field(default=False)  # what is affirmed contrasts with what is denied


def read_scope(text: str) -> Scope:
    """Return the scope of a raw message."""
    plain = simplify(text).strip()
    quote = _QUOTE.search(plain)
    quoted = quote["quote"] if quote else ""
    parts = clauses(plain)
    supposed = any(_SUPPOSES.search(part) for part in parts)
    others = bool(parts) and _OTHERS.search(parts[0]) is not None
    found = _CALM.search(plain)
    calm = found is not None and not _NOT_CALM.search(plain, found.end())
    if quoted:  # somebody else's 不要 and 没 deny nothing
        return Scope(plain, supposed=supposed, others=others, quoted=quoted)
    said: list[str] = []
    denied: list[str] = []
    meant: list[str] = []
    contrast = False
    for part in parts:
        if (found := _MEANT.match(part)) and not _INLINE.match(part):
            meant.append(found["rest"])
            continue
        inline = _INLINE.match(part)
        if inline and not _NO_DENIAL.search(part):
            said.append(inline["said"])
            denied.append(inline["denied"])
            contrast = True
            continue
        rest = _denied(part)
        if rest is not None:
            but = _BUT.search(rest)  # 我没丢手机是手机坏了
            denied.append(rest[: but.start()] if but else rest)
            if but:
                contrast = True
                said.append(but["said"])
            continue
        against = _CONTRAST.match(part) if denied else None
        if against and len(against["rest"]) > 1:
            contrast = True
            said.append(against["rest"])
        else:
            said.append(part)
    if denied and not (contrast or meant):
        meant = [found["rest"] for part in said if (found := _ASKED.match(part))]
    if meant:  # the rest (你没说, 大哥) only scolds or calls
        return Scope("，".join(meant), tuple(denied), supposed, others, calm=calm, contrast=True)
    if not denied:
        return Scope(plain, supposed=supposed, others=others, calm=calm)
    noun = _NOUN.search("".join(denied))
    if contrast and noun and said and not _OTHER_NOUN.search("".join(said)):
        said[-1] += noun[0]  # 密码没忘，就是想换一个: 密码 is what they want to change
    return Scope("，".join(said), tuple(denied), supposed, others, calm=calm, contrast=contrast)


def _denied(part: str) -> str | None:
    """Return what a clause denies; None when it denies nothing."""
    bare = _SAID.sub("", part.rstrip("。！？!?.~～ "), count=1)
    if (
        _NO_DENIAL.search(bare)
        or _ENDS_ASKING.search(bare)
        or bare.endswith(("吗", "么", "？", "?"))
    ):
        return None
    for pattern in (_DENIES, _DENIES_EVENT, _IS_NOT, _DID_NOT, _REMEMBERS, _NO_MORE):
        found = pattern.match(bare)
        if found:
            rest = found["rest"].strip() or bare
            if pattern is _DENIES and not found["rest"].strip():
                return None  # 不用了, 不要: a move, no topic
            return bare if pattern is _DENIES_EVENT else rest
    return None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ScopeReader(GraphComponent):
    """Sets `scope` on each message that denies, supposes or quotes something; stands first."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ScopeReader:
        """Create the component; it has nothing to learn."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Read each message."""
        for message in messages:
            if text := message.get(TEXT):
                scope = read_scope(text)
                message.set("scope", scope.__dict__, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged: examples are affirmed."""
        return training_data

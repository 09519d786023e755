"""A terminal in place of a phone: `python -m standins.demo wechat|weibo`.

Starts the assistant and the platform's stand-in, sends what is typed as a user would, and shows
what the user sees; below it, dimmed, the requests themselves. Everything is in a temporary folder.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import os
import re
import secrets
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from desk import Agents, Database
from infra.processes import StartError, end_like_ctrl_c
from standins.stand_in import Delivery, Exchange, Item
from standins.wechat import WeChatPlatform, WeChatUser
from standins.weibo import WeiboPlatform, WeiboUser
from tests.installation import assistant_in

try:
    import readline
except ImportError:  # a Python without it: only the line being typed is not kept
    readline = None  # type: ignore[assignment]

PROMPT = "我> "
QUIET_SECONDS = 1.5  # without output, after which the next line of a file is read
AGENT = "demo"  # who can log in to the console
MENU = {"PASSWORD": "forgot_password", "REFUND": "refund_progress", "HUMAN": "human_handoff"}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c636060"
    "6060000000050001a5f645400000000049454e44ae426082"
)
HELP = """\
直接输入文字，就是用户发的消息。命令：
  :picture [文件]   发图片            :voice [识别结果]   发语音
  :location [地名]  发位置            :link [标题]        发链接（微信）
  :follow [场景]    关注              :unfollow           取消关注
  :menu KEY         点菜单            :scan 场景          扫二维码
  :pick 序号或标题  点选项（微信）    :video              发视频（微信）
  :mention 文字     @ 账号（微博）    :raw 类型           发其他类型的消息
  :slow [秒]        让助手变慢        :later 秒           让平台的时钟走快
  :traffic on|off   显示或隐藏报文    :faults             违反协议的地方
  :help             这些说明          :quit               退出
菜单的 KEY：{keys}"""


class Screen:
    """The terminal: prints above the line that is being typed, from any thread."""

    def __init__(self) -> None:
        self.traffic = True
        self.changed = time.monotonic()
        self._lock = threading.Lock()
        self._typing = False
        self._colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def line(self) -> str:
        """Read a line; raise EOFError at the end."""
        self._typing = sys.stdin.isatty()
        try:
            return input(PROMPT if self._typing else "").strip()
        finally:
            self._typing = False

    def show(self, text: str, style: str = "") -> None:
        with self._lock:
            self.changed = time.monotonic()
            shown = f"\033[{style}m{text}\033[0m" if style and self._colour else text
            if self._typing:
                typed = readline.get_line_buffer() if readline else ""
                shown = f"\r\033[K{shown}\n{PROMPT}{typed}"
            with contextlib.suppress(OSError):  # the terminal was closed
                print(shown, end="" if self._typing else "\n", flush=True)

    def item(self, item: Item) -> None:
        """Show what the user sees, as the app would."""
        text = html.unescape(re.sub(r"<a\s[^>]*>(.*?)</a>", r"[\1]", item.text, flags=re.S))
        lines = text.splitlines() if text else []
        if item.picture is not None:
            lines.append(f"[图片，{len(item.picture)} 字节]")
        if item.kind == "msgmenu":
            lines += [f"  {place}) {title}" for place, title in enumerate(item.options, 1)]
        lines += [f"  {link}" for link in item.links]
        how = {"passive": "回复", "api": "推送", "platform": "平台"}[item.via]
        head = f"{how}│ {item.kf_account}：" if item.kf_account else f"{how}│ "
        self.show(head + "\n    │ ".join(lines), "1;36")

    def exchange(self, exchange: Exchange) -> None:
        """Show a request and its answer."""
        if not self.traffic:
            return
        arrow = "平台 → 助手" if exchange.to == "assistant" else "平台 ← 助手"
        query = f"?{exchange.query}" if exchange.query else ""
        status = "掐断" if exchange.cut else exchange.status or "没有应答"
        said = [exchange.request, f"↳ {status} · {exchange.milliseconds} ms  {exchange.answer}"]
        lines = [f"{arrow}  {exchange.method} {exchange.path}{query}"]
        # Weibo's forms and answers are URL-encoded: nobody could read them.
        lines += [f"    {line}" for each in said for line in unquote(each).splitlines() if line]
        self.show("\n".join(lines), "2")


class Demo:
    """One user of one platform, and the assistant.

    Args:
        channel: "wechat" or "weibo".
        options: how the account is set up (mode, buttons, reply mode).
        folder: where everything is kept.
    """

    def __init__(self, channel: str, options: argparse.Namespace, folder: Path) -> None:
        self.screen = Screen()
        self.platform: WeChatPlatform | WeiboPlatform
        self.user: WeChatUser | WeiboUser
        settings: dict[str, Any] = {"menu": MENU, "reply_mode": options.reply_mode}
        if channel == "wechat":
            given = {"token": secrets.token_hex(8), "app_id": f"wx{secrets.token_hex(8)}"}
            given |= {"app_secret": secrets.token_hex(16)}
            if options.mode != "plain":
                given["encoding_aes_key"] = secrets.token_hex(22)[:42] + "A"
            platform = WeChatPlatform(**given, mode=options.mode)
            platform.customer_service = options.reply_mode != "passive_only"
            settings |= {**given, "buttons": options.buttons}
            self.platform, self.user = platform, platform.user()
        else:
            given = {"app_secret": secrets.token_hex(16), "access_token": secrets.token_hex(16)}
            weibo = WeiboPlatform(given["app_secret"], given["access_token"])
            settings |= {**given, "media_base_url": weibo.base_url}
            self.platform, self.user = weibo, weibo.user()
        settings["api_base_url"] = self.platform.base_url
        name = {"wechat": "channels.wechat.WeChatInput", "weibo": "channels.weibo.WeiboInput"}
        self._path = f"/webhooks/{channel}/webhook"
        environment = {"ASSISTANT_SECRET": secrets.token_hex(32)}
        self.assistant = assistant_in(folder, {name[channel]: settings}, environment)
        self.password = secrets.token_urlsafe(9)
        database = Database(f"sqlite:///{folder / 'desk.db'}")
        Agents(database).save(AGENT, self.password, "小王")
        self._log = folder / "assistant.log"
        self._told = 0
        self.user.watch(self.screen.item)
        self.platform.watch(self.screen.exchange)

    def start(self) -> None:
        """Start everything; raise StartError when the assistant cannot."""
        print("助手正在启动…", flush=True)
        try:
            self.assistant.start()
        except StartError:
            if self._log.exists():
                print(self._log.read_text(encoding="utf8", errors="replace")[-3000:])
            raise
        if not self.platform.connect(self.assistant.url + self._path):
            raise StartError(f"平台验证 URL 没有通过 / not verified: {self._path}")
        login = f"{self.assistant.url}/desk（{AGENT} / {self.password}）"
        print(f"已接通。客服工作台：{login}\n输入 :help 看命令，:quit 退出。", flush=True)

    def stop(self) -> None:
        self._resume()
        self.assistant.stop()
        self.platform.stop()

    def talk(self) -> None:
        """Read lines until the end."""
        while True:
            try:
                line = self.screen.line()
            except EOFError:
                return
            if line == ":quit":
                return
            if not line:
                continue
            if not sys.stdin.isatty():
                print(f"{PROMPT}{line}", flush=True)
            try:
                delivery = self._do(line)
            except (AssertionError, AttributeError, OSError, TypeError, ValueError) as error:
                self.screen.show(f"不行：{error}", "33")
                continue
            if delivery and not sys.stdin.isatty():
                delivery.wait()
                self.screen.changed = time.monotonic()  # pushes may follow
                while time.monotonic() - self.screen.changed < QUIET_SECONDS:
                    time.sleep(0.1)
            self._tell_faults()

    def _do(self, line: str) -> Delivery | None:
        if not line.startswith(":"):
            return self.user.says(line, wait=False)
        name, _, rest = line[1:].partition(" ")
        rest = rest.strip()
        done: dict[str, Callable[[], object]] = {
            "help": lambda: print(HELP.format(keys="、".join(MENU))),
            "traffic": lambda: setattr(self.screen, "traffic", rest != "off"),
            "faults": lambda: print("\n".join(self.platform.faults) or "没有"),
            "slow": lambda: self._slow(float(rest or 7)),
            "later": lambda: self.platform.clock.advance(float(rest)),
        }
        if name in done:
            done[name]()
            return None
        if name == "raw":
            return self.user.sends(rest or "file", wait=False)
        if name == "menu":
            return self.user.clicks_menu(rest, wait=False)
        if name == "scan":
            return self.user.scans(rest, wait=False)
        if name == "unfollow":
            return self.user.unfollow(wait=False)
        if name == "picture":
            picture = Path(rest).expanduser().read_bytes() if rest else PIXEL
            return self.user.sends_picture(picture, wait=False)
        if isinstance(self.user, WeChatUser):
            return self._do_wechat(self.user, name, rest)
        return self._do_weibo(self.user, name, rest)

    def _do_wechat(self, user: WeChatUser, name: str, rest: str) -> Delivery:
        if name == "follow":
            return user.follow(rest or None, wait=False)
        if name == "pick":
            return user.picks(int(rest) if rest.isdecimal() else rest, wait=False)
        if name == "voice":
            return user.sends_voice(rest, wait=False)
        if name == "video":
            return user.sends_video(wait=False)
        if name == "location":
            return user.sends_location(label=rest or "广州市海珠区", wait=False)
        if name == "link":
            return user.sends_link(rest or "文章", wait=False)
        raise ValueError(f"没有命令 :{name}，输入 :help 看有哪些")

    def _do_weibo(self, user: WeiboUser, name: str, rest: str) -> Delivery:
        if name == "follow":
            return user.scans(rest, follow=True, wait=False) if rest else user.follow(wait=False)
        if name == "voice":
            return user.sends_voice(wait=False)
        if name == "location":
            return user.sends_position(wait=False)
        if name == "mention":
            return user.mention(rest or "@我们 在吗", wait=False)
        raise ValueError(f"没有命令 :{name}，输入 :help 看有哪些")

    def _slow(self, seconds: float) -> None:
        """Stop the action server for a while: the turn that needs it takes that long."""
        self._signal(signal.SIGSTOP)
        timer = threading.Timer(seconds, self._resume)
        timer.daemon = True
        timer.start()
        self.screen.show(f"动作服务停 {seconds:g} 秒，现在发消息试试", "33")

    def _resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if "actions" in self.assistant.processes:
            self.assistant.signal("actions", number)

    def _tell_faults(self) -> None:
        for fault in self.platform.faults[self._told :]:
            self.screen.show(f"违反协议：{fault}", "31")
        self._told = len(self.platform.faults)


def main() -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("platform", choices=["wechat", "weibo"])
    parser.add_argument("--mode", choices=["plain", "compat", "safe"], default="safe")
    parser.add_argument("--buttons", choices=["numbered", "links", "menu"], default="numbered")
    modes = ["auto", "passive_only", "active"]
    parser.add_argument("--reply-mode", choices=modes, default="auto")
    options = parser.parse_args()

    end_like_ctrl_c()
    with tempfile.TemporaryDirectory(prefix="ok-wallet-demo-") as folder:
        demo = Demo(options.platform, options, Path(folder))
        try:
            demo.start()
            demo.talk()
            return 0
        except StartError as error:
            print(error, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 0
        finally:
            demo.stop()


if __name__ == "__main__":
    sys.exit(main())

"""`python -m desk`: the queue in the terminal, agents' accounts, customers' data."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
from pathlib import Path

from content import library
from desk import originals
from desk.agents import ROLES, Agents
from desk.customers import Customers
from desk.database import open_database
from desk.pictures import PictureStore
from desk.tickets import open_desk
from desk.transcript import Transcript
from infra.settings import SettingError, endpoint


def main() -> int:
    """Print the queue, or make an account; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m desk", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("queue", help="who waits for a human")
    agent = commands.add_parser("agent", help="make or change an agent's account")
    agent.add_argument("login")
    agent.add_argument("--name", default="", help="as customers read it")
    agent.add_argument("--role", choices=ROLES, default="agent")
    agent.add_argument("--skills", default="", help="categories, with commas; none means all")
    for name in ("lock", "unlock"):
        about = "let an agent in no more" if name == "lock" else "let an agent in again"
        commands.add_parser(name, help=about).add_argument("login")
    for name, about in (
        ("export", "print all that is stored of a customer, as JSON"),
        ("erase", "delete all that is stored of a customer; there is no way back"),
    ):
        commands.add_parser(name, help=about).add_argument("conversation")
    key = commands.add_parser("key", help="make the key that opens originals of pictures")
    key.add_argument("file", type=Path, help="where it is written; take it elsewhere then")
    originals = commands.add_parser("originals", help="open a ticket's original pictures")
    originals.add_argument("ticket", help="K000012, or 12")
    originals.add_argument("--key", type=Path, required=True, help="the private key's file")
    originals.add_argument("--login", required=True, help="the lead's who asks; asks the password")
    originals.add_argument("--why", required=True, help="for the audit log")
    originals.add_argument("--to", type=Path, required=True, help="a folder for the pictures")
    retention = commands.add_parser("retention", help="delete customers' data that is old")
    retention.add_argument("--days", type=float, required=True, help="what is older goes")
    options = parser.parse_args()
    try:
        return _do(options)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 1


def _do(options: argparse.Namespace) -> int:
    if options.command == "agent":
        return _save(options)
    if options.command in {"lock", "unlock"}:
        return _lock(options.login, options.command == "lock")
    if options.command in {"export", "erase"}:
        return _customer(options.command, options.conversation)
    if options.command == "key":
        return _make_key(options.file)
    if options.command == "originals":
        return _open_originals(options)
    if options.command == "retention":
        return _expire(options.days)
    return _print_queue()


def _customer(command: str, conversation: str) -> int:
    found = _customers().export(conversation)
    if not any(found.values()):
        print(f"没有这个会话 / no such conversation: {conversation}", file=sys.stderr)
        return 1
    if command == "export":
        json.dump(found, sys.stdout, ensure_ascii=False, indent=2)
        print()
        return 0
    _customers().erase(conversation)
    _agents().note("operator", "erased")
    print(f"已删除 / deleted: {conversation}")
    return 0


def _expire(days: float) -> int:
    if days <= 0:
        print("--days: 要大于 0 / must be more than 0", file=sys.stderr)
        return 1
    count = _customers().expire(time.time() - days * 24 * 3600)
    _agents().note("operator", "retention", detail=f"{days:g} days, {count} customers")
    print(f"删除了 {count} 位客户 {days:g} 天以前的数据 / deleted old data of {count} customers")
    return 0


def _make_key(file: Path) -> int:
    try:
        public = originals.make_key(file)
    except OSError as error:
        print(f"{file}：{error.strerror}", file=sys.stderr)
        return 1
    print(f"ORIGINALS_KEY={public}")
    print(f"{file} 打得开原图：收到别处去，不要留在服务器上。", file=sys.stderr)
    return 0


def _open_originals(options: argparse.Namespace) -> int:
    """Write the originals of a ticket's conversation into a folder, for a lead."""
    lead = _agents().check(options.login, _asked("密码: "))
    if lead is None or not lead.leads or lead.locked:
        print("账号或密码不对，或者不是组长 / not a lead's login and password", file=sys.stderr)
        return 1
    number = options.ticket.upper().removeprefix("K")
    database, why = open_database(), options.why.strip()
    ticket = open_desk().get(int(number)) if number.isdecimal() else None
    if ticket is None or not why:
        print("没有这个工单，或者没写原因 / no such ticket, or no reason", file=sys.stderr)
        return 1
    store = PictureStore(Path(endpoint("pictures")))
    ids = Transcript(database).picture_ids(ticket.conversation_id)
    try:
        found = list(originals.opened(store, ticket.conversation_id, ids, options.key))
    except (originals.WrongKey, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if not found:
        print("这位客户没有留着的原图 / no originals are kept", file=sys.stderr)
        return 1
    _agents().note(lead, "open originals", ticket.id, f"{len(found)}: {why}")
    options.to.mkdir(parents=True, exist_ok=True, mode=0o700)
    for picture, data in found:
        path = options.to / (picture + (".png" if data.startswith(b"\x89PNG") else ".jpg"))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        print(path)
    return 0


def _asked(prompt: str) -> str:
    """Return a password, typed or from a pipe."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _save(options: argparse.Namespace) -> int:
    skills = [each.strip() for each in options.skills.split(",") if each.strip()]
    known = {topic.category for topic in library.load().topics.values()}
    unknown = [skill for skill in skills if skill not in known]
    if unknown:
        print(f"没有这个分类：{unknown[0]}。有：{'、'.join(sorted(known))}", file=sys.stderr)
        return 1
    password = _asked("密码（至少 10 位）: ")
    if sys.stdin.isatty() and getpass.getpass("再输一次: ") != password:
        print("两次输入的不一样。", file=sys.stderr)
        return 1
    try:
        agent = _agents().save(options.login, password, options.name, options.role, skills)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{agent.login}（{agent.name}，{agent.role}）可以在 /desk 登录了。")
    return 0


def _lock(login: str, locked: bool) -> int:
    if not _agents().lock(login, locked):
        print(f"没有这个账号 / no such account: {login}", file=sys.stderr)
        return 1
    _agents().note(
        "operator", "change account", detail=f"{login}: {'locked' if locked else 'open'}"
    )
    print(f"{login}：{'已停用' if locked else '可以登录了'}")
    return 0


def _print_queue() -> int:
    tickets = open_desk().tickets("waiting", "left_message")
    if not tickets:
        print("没有客户在等人工。")
        return 0
    content = library.load()
    for place, ticket in enumerate(tickets, 1):
        topic = content.topics.get(ticket.topic or "")
        about = topic.title if topic else ticket.category
        left = "，留言" if ticket.status == "left_message" else ""
        print(f"{place}. {ticket.number} [{ticket.urgency}] {ticket.category} · {about}{left}")
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(ticket.created_at))
        print(f"   渠道 {ticket.channel}，会话 {ticket.conversation_id}，{since}")
        if ticket.procedure:
            print(f"   流程 {ticket.procedure}，第 {ticket.step} 步")
        for name, value in ticket.details.items():
            detail = content.details.get(name)
            print(f"   {detail.title if detail else name}：{value}")
        for word in ticket.words:
            print(f"   “{word}”")
    return 0


def _agents() -> Agents:
    return Agents(open_database())


def _customers() -> Customers:
    return Customers(open_database(), PictureStore(Path(endpoint("pictures"))))


if __name__ == "__main__":
    sys.exit(main())

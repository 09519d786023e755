"""Weibo private messages (粉丝服务)."""

from channels.weibo.adapter import WeiboInput

__all__ = ["WeiboInput"]

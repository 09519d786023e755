"""WeChat Official Accounts (公众号)."""

from channels.wechat.adapter import WeChatInput

__all__ = ["WeChatInput"]

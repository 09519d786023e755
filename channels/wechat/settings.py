"""What WeChat's part of credentials.yml may set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from wechatpy.crypto import WeChatCrypto

from channels.platforms.platform import PlatformSettings

HOST = "https://api.weixin.qq.com"


@dataclass(frozen=True, kw_only=True)
class WeChatSettings(PlatformSettings):
    """One account; see also `PlatformSettings`.

    Args:
        token, app_id, app_secret: of the account (mp.weixin.qq.com, 设置与开发).
        encoding_aes_key: with it, only encrypted messages are taken (安全模式, 兼容模式).
        previous_encoding_aes_key: the one before, while keys are changed.
        api_base_url: where the API is.
        kf_account: the account of 客服 in whose name messages go out.
        buttons: `numbered` (a list, picked by its number), `links` (undocumented by WeChat), or
            `menu` (msgmenu; costs one of the five messages, and not every account may).
        transfer_customer_service: whether who wants a human goes to WeChat's own 客服; that takes
            an answer at once, so not with `active`.
    """

    token: str = field(repr=False)
    app_id: str
    app_secret: str = field(repr=False)
    encoding_aes_key: str | None = field(default=None, repr=False)
    previous_encoding_aes_key: str | None = field(default=None, repr=False)
    api_base_url: str = HOST
    kf_account: str | None = None
    buttons: Literal["numbered", "links", "menu"] = "numbered"
    transfer_customer_service: bool = False

    def __post_init__(self) -> None:
        """Check the values; ValueError names the one that is wrong."""
        if self.buttons not in {"numbered", "links", "menu"}:
            raise ValueError(f"buttons: {self.buttons}: write numbered, links or menu")
        for name in ("token", "app_id", "app_secret"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty")
        self.cryptos()
        super().__post_init__()
        if self.transfer_customer_service and self.reply_mode == "active":
            raise ValueError(
                "transfer_customer_service: only an answer at once passes a customer on, and"
                " reply_mode: active gives none"
            )

    def cryptos(self) -> list[WeChatCrypto]:
        """Return what decrypts messages, the newest key first; nothing where they come plain."""
        keys = ("encoding_aes_key", "previous_encoding_aes_key")
        return [self._crypto(name) for name in keys if getattr(self, name)]

    def _crypto(self, name: str) -> WeChatCrypto:
        key = getattr(self, name)
        try:
            if len(key) != 43:
                raise ValueError
            return WeChatCrypto(self.token, key, self.app_id)
        except (ValueError, AssertionError):
            raise ValueError(f"{name}: it has 43 letters and digits") from None

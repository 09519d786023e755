"""The calls of api.weixin.qq.com that we need: access tokens, messages, files."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import aiohttp

from channels.platforms.platform import NotSent, Why
from infra.client import Answer, Client, Unreachable
from infra.state import State

EARLY = 300.0  # seconds before its end that a token is renewed
FETCHING = 12.0  # seconds for which one worker fetches a token and the others wait
_IS_JSON = {"Content-Type": "application/json; charset=utf-8"}
_STALE_TOKEN = {40001, 40014, 42001}
_WHY: dict[int, Why] = {
    -1: "later",  # busy
    45009: "tomorrow",  # the day's calls
    45011: "later",  # the minute's calls
    40164: "later",  # our address is not on the list
    45015: "closed",  # the customer was silent for 48 hours
    45047: "closed",  # the messages are used up
    48001: "mute",  # the account has no such right
    48004: "mute",  # or has lost it
}
# What is wrong with the message, or with the customer, stays wrong.
_WHY |= dict.fromkeys((40003, 41009, 43004, 43019, 48002), "never")  # the customer
_WHY |= dict.fromkeys((*range(40004, 40010), *range(41005, 41007)), "never")  # files, types
_WHY |= dict.fromkeys((40033, 40035, 47001, 47003), "never")  # characters, parameters, form
_WHY |= dict.fromkeys((*range(44001, 44005), *range(45001, 45009)), "never")  # empty, too long
_WHY |= dict.fromkeys((87014,), "never")  # words or a picture that WeChat finds risky
# That somebody must mend.
_TROUBLE = {40001, 40013, 40014, 40125, 40164, 42001, 45009, 48001, 48004, 89503}


class ApiError(NotSent):
    """WeChat answered with an error code; `unknown`: what one means that is not in our table."""

    def __init__(self, code: int, unknown: Why = "refused") -> None:
        trouble = code in _TROUBLE
        # No message is to blame for what somebody must mend.
        why = _WHY.get(code, "later" if trouble else unknown)
        super().__init__(why, f"errcode {code}", alarm=trouble)
        self.code = code


class Tokens:
    """The account's access token: one for all workers, one fetch at a time, renewed early."""

    def __init__(self, state: State, client: Client, app_id: str, app_secret: str) -> None:
        self._state = state
        self._client = client
        self._app_id = app_id
        self._app_secret = app_secret
        self._key = f"wechat:{app_id}:access_token"

    async def get(self) -> str:
        """Return a token that is valid for minutes to come.

        Raises:
            Unreachable, ApiError: WeChat gives none.
        """
        for _ in range(int(FETCHING / 0.1)):
            known = await self._state.get(self._key)
            if known:
                return known
            mine = uuid.uuid4().hex
            if await self._state.claim(f"{self._key}:fetching", mine, FETCHING):
                try:
                    return await self._fetch()
                finally:
                    await self._state.drop(f"{self._key}:fetching", mine)
            await asyncio.sleep(0.1)
        raise Unreachable("no token in time", sent=False)

    async def _fetch(self) -> str:
        # stable_token gives the same token to all who ask, and ends nobody else's.
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._app_secret,
            "force_refresh": False,
        }
        try:
            answer = await self._client.call(
                "POST", "/cgi-bin/stable_token", repeatable=True, data=_json(body), headers=_IS_JSON
            )
            given = answer.json_object()
        except Unreachable as error:  # the call that needed the token was not made
            raise Unreachable(str(error), sent=False) from None
        if not isinstance(given.get("access_token"), str):
            raise ApiError(_code(given), "later")  # no message is to blame
        seconds = max(float(given.get("expires_in") or 0) - EARLY, 1)
        await self._state.put(self._key, given["access_token"], seconds)
        return str(given["access_token"])

    async def refused(self, token: str) -> None:
        """Forget a token that WeChat refused, unless another has taken its place."""
        await self._state.drop(self._key, token)


class Api:
    """The calls of api.weixin.qq.com that we need."""

    def __init__(self, base_url: str, state: State, app_id: str, app_secret: str) -> None:
        self._client = Client(base_url)
        self._tokens = Tokens(state, self._client, app_id, app_secret)

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        """Call with JSON and return what is answered.

        Raises:
            Unreachable, ApiError: it was not done.
        """
        answer = await self._call("POST", path, lambda: _json(body), json_body=True)
        return answer.json_object()

    async def get(self, path: str) -> dict[str, Any]:
        """Ask, and return what is answered.

        Raises:
            Unreachable, ApiError: there is no answer.
        """
        return (await self._call("GET", path, repeatable=True)).json_object()

    async def media(self, media_id: str) -> bytes:
        """Return a file that a customer sent.

        Raises:
            Unreachable, ApiError: it cannot be had.
        """
        answer = await self._call(
            "GET", "/cgi-bin/media/get", params={"media_id": media_id}, repeatable=True
        )
        return answer.body

    async def upload(self, name: str, kind: str, data: bytes) -> str:
        """Lend WeChat a picture for three days; return its media id.

        Raises:
            Unreachable, ApiError: it was not taken.
        """

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData()
            made.add_field("media", data, filename=name, content_type=kind)
            return made

        try:
            answer = await self._call(
                "POST", "/cgi-bin/media/upload", form, params={"type": "image"}, repeatable=True
            )
            return str(answer.json_object().get("media_id", ""))
        except Unreachable as error:  # the customer has seen nothing of it
            raise Unreachable(str(error), sent=False) from None

    async def _call(
        self,
        method: str,
        path: str,
        data: Any = None,
        params: dict[str, str] | None = None,
        repeatable: bool = False,
        json_body: bool = False,
    ) -> Answer:
        for second in (False, True):
            token = await self._tokens.get()
            answer = await self._client.call(
                method,
                path,
                repeatable,
                params={**(params or {}), "access_token": token},
                data=data() if data else None,
                headers=_IS_JSON if json_body else {},
            )
            if method == "GET" and answer.kind.startswith(("image/", "application/octet-stream")):
                return answer
            code = _code(answer.json_object())
            if not code:
                return answer
            if code in _STALE_TOKEN:
                await self._tokens.refused(token)
            if code not in _STALE_TOKEN or second:
                raise ApiError(code)
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _json(body: Any) -> bytes:
    # aiohttp's `json=` writes \uXXXX, which WeChat shows as it is, or refuses (40033).
    return json.dumps(body if body is not None else {}, ensure_ascii=False).encode("utf8")


def _code(given: dict[str, Any]) -> int:
    code = given.get("errcode", 0)
    return code if isinstance(code, int) else -2

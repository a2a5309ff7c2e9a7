"""Around every answer: limits, headers, the language; and a cache that keeps nothing of anybody."""

from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Final, Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.texts import speak

LARGEST: Final = 4 * 1024 * 1024
"""Bytes that a request may carry."""
LANGUAGE: Final = "sprog"
"""The cookie with the language."""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'{provider}; frame-ancestors 'none'; base-uri 'none'"
)
_HEADERS: Final = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}
_TLS: Final = "max-age=31536000; includeSubDomains"
_STATIC: Final = "/static/"


class Guard:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, *, secure: bool, provider: str | None = None) -> None:
        self._app = app
        policy = _POLICY.format(
            provider="" if provider is None else f" {provider}"
        )  # logging out leads there
        self._headers = {"content-security-policy": policy, **_HEADERS}
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        speak(_language(headers))
        static = scope["path"].startswith(_STATIC)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    out.setdefault(name, value)
                if not static or message["status"] != 200:  # noqa: PLR2004 - what was not found may come
                    out["cache-control"] = "no-store"
                if self._secure:
                    out["strict-transport-security"] = _TLS
            await send(message)

        with suppress(
            Exception
        ):  # it was logged by its type and answered; the server's own log would quote it
            await self._app(scope, _Bounded(headers, receive), answered)


class _Bounded:
    """A request's body, cut off where it becomes too large: the reader then meets a client that went away."""

    def __init__(self, headers: Headers, receive: Receive) -> None:
        announced = headers.get("content-length", "0")
        self._left = LARGEST if announced.isdigit() and int(announced) <= LARGEST else 0
        self._bodied = announced != "0" or "transfer-encoding" in headers
        self._receive = receive

    async def __call__(self) -> Message:
        """The next piece."""
        if self._bodied and self._left <= 0:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return message if self._left >= 0 else {"type": "http.disconnect"}


def _language(headers: Headers) -> Literal["da", "en"]:
    """The language that was chosen, or that the browser asks for first; otherwise Danish."""
    try:
        chosen = SimpleCookie(headers.get("cookie", "")).get(LANGUAGE)
    except CookieError:
        chosen = None
    if chosen is not None:
        return "en" if chosen.value == "en" else "da"
    return "en" if headers.get("accept-language", "").lower().startswith("en") else "da"

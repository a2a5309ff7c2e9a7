"""Bearer tokens of partners' systems (client credentials), for the API.

    bearers(provider, meaning)(request) -> Machine | None

None: no token came. NotAuthenticated: one came that is no good, or whose system is not in the file of HUB_OIDC_CLAIMS.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import sha256
from threading import Lock
from typing import Any, Final

from fastapi import Request

from hub.web.api.callers import Bearers, Machine, NotAuthenticated, no_bearers
from hub.web.claims import Meaning, partner_of
from hub.web.gates import site_of
from hub.web.oidc import NotVouchedFor, Provider

_BELIEVED: Final = 15.0
"""Seconds that the provider's word on a token is kept: so long a token that was taken back there still works."""
_MOST: Final = 1_000
_LONGEST: Final = 8_000


def bearers(provider: Provider | None, meaning: Meaning) -> Bearers:
    """What tells whose bearer token came with a request."""
    if provider is None:
        return no_bearers
    known = _Believed()

    def whose(request: Request) -> Machine | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if not kind:
            return None
        token = token.strip()
        if kind.lower() != "bearer" or not token or len(token) > _LONGEST:
            raise NotAuthenticated
        claims = known.find(token)
        if claims is None:
            try:
                claims = provider.vouched(token, meaning.audience or provider.client_id)
            except NotVouchedFor:
                raise NotAuthenticated from None
            known.keep(token, claims)
        return _machine(request, meaning, claims)

    return whose


def _machine(request: Request, meaning: Meaning, claims: Mapping[str, Any]) -> Machine:
    scope = claims.get("scope", "")
    granted = scope if isinstance(scope, list) else str(scope).split()
    system = meaning.systems.get(str(claims.get("client_id") or claims.get("azp") or claims.get("sub")))
    if system is None or meaning.machine_scope not in granted:
        raise NotAuthenticated
    partner = partner_of(system.partner, site_of(request).organisations.all())
    if partner is None:
        raise NotAuthenticated
    return Machine(partner, system.on_behalf)


class _Believed:
    """What was found out about tokens a moment ago, by their digests."""

    def __init__(self) -> None:
        self._found: OrderedDict[bytes, tuple[float, float, dict[str, Any]]] = OrderedDict()
        self._lock = Lock()

    def find(self, token: str) -> dict[str, Any] | None:
        with self._lock:
            found = self._found.get(sha256(token.encode()).digest())
        if found is None or time.monotonic() - found[0] > _BELIEVED or time.time() >= found[1]:
            return None
        return found[2]

    def keep(self, token: str, claims: dict[str, Any]) -> None:
        with self._lock:
            self._found[sha256(token.encode()).digest()] = time.monotonic(), float(claims["exp"]), claims
            while len(self._found) > _MOST:
                self._found.popitem(last=False)

"""Status lists of issuers: fetched once for all who ask, believed for 60 seconds.

A list that cannot be had, or that its issuer did not sign, leaves what was known before: it grows stale,
and what is stale decides nothing.

Follows: DCP 1.0 (R-CST); threat J4.
"""

import logging
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

import msgspec

from xinfu.credentials import DidDocument, SignatureChecks, StatusList, TokenRefusedError, check_status_list
from xinfu.errors import XinfuError
from xinfu.identities.flight import SingleFlight
from xinfu.ports.clock import Clock
from xinfu.ports.outbound import Outbound, Purpose

PAUSE: Final = timedelta(seconds=5)
"""Between two tries for a list that could not be had."""
MOST_HELD: Final = 256
LIMIT_BYTES: Final = 1024 * 1024
TIMEOUT_S: Final = 10.0
HEADERS: Final = {"accept": "application/vc+jwt, application/jwt, text/plain"}

_log = logging.getLogger(__name__)


class _CachedList(msgspec.Struct, frozen=True, kw_only=True):
    found: StatusList | None
    tried: datetime


class StatusLists:
    """Fetches and remembers status lists."""

    def __init__(self, outbound: Outbound, clock: Clock, checks: SignatureChecks) -> None:
        self._outbound = outbound
        self._clock = clock
        self._checks = checks
        self._held: OrderedDict[tuple[str, str], _CachedList] = OrderedDict()
        self._flights: SingleFlight[tuple[str, str], _CachedList] = SingleFlight()

    async def find(self, url: str, issuer: DidDocument) -> StatusList | None:
        """Return the list at `url` that `issuer` signed: a fresh one if available, else the last one, else None."""
        key = (url, issuer.id)
        held = self._held.get(key)
        now = self._clock.now()
        if held is None or self._must_fetch(held, now):
            held = await self._flights.join(key, lambda: self._fetch(url, issuer))
        return held.found

    def _must_fetch(self, held: _CachedList, now: datetime) -> bool:
        if held.found is not None and held.found.is_fresh(now):
            return False
        return not timedelta(0) <= now - held.tried < PAUSE

    async def _fetch(self, url: str, issuer: DidDocument) -> _CachedList:
        key = (url, issuer.id)
        before = self._held.get(key)
        try:
            found: StatusList | None = await self._download(url, issuer)
        except XinfuError as error:
            why = str(error.reason) if isinstance(error, TokenRefusedError) else error.code
            _log.warning("no status list of %s: %s", issuer.id, why, extra={"did": issuer.id, "reason": why})
            found = before.found if before else None
        held = _CachedList(found=found, tried=self._clock.now())
        self._held[key] = held
        self._held.move_to_end(key)
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        return held

    async def _download(self, url: str, issuer: DidDocument) -> StatusList | None:
        answer = await self._outbound.request(
            "GET", url, purpose=Purpose.STATUS, headers=HEADERS, limit_bytes=LIMIT_BYTES, timeout_s=TIMEOUT_S
        )
        text = answer.body.decode("ascii", errors="replace").strip() if answer.status == 200 else ""
        return check_status_list(text, url=url, issuer=issuer, checks=self._checks, fetched=self._clock.now())

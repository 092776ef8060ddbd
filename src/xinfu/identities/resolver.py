"""The resolver of DID documents: fetched once for all who ask, remembered for a short while.

- A document is believed for five minutes. A key that it does not list makes it be fetched anew, so that a
  peer's rotation takes effect with its first message; at most every five seconds, whoever asks.
- A DID that did not resolve is not tried again for ten seconds.
- DIDs that nobody has resolved yet, named by someone unproven, are looked up at a limited pace.
- A clock that jumped back makes everything old.

Follows: did:web Method Specification; design decision D-09; threats J5, M7.
"""

import logging
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

import msgspec

from xinfu.credentials import DidDocument, did_web_url, read_did_document
from xinfu.errors import XinfuError
from xinfu.identities import errors
from xinfu.identities.flight import SingleFlight
from xinfu.identities.pace import Pace
from xinfu.ports.clock import Clock
from xinfu.ports.outbound import Outbound, Purpose

LIFE: Final = timedelta(minutes=5)
REFRESH: Final = timedelta(seconds=5)
FAILURE_LIFE: Final = timedelta(seconds=10)
MOST_HELD: Final = 4096
LIMIT_BYTES: Final = 64 * 1024
TIMEOUT_S: Final = 10.0
HEADERS: Final = {"accept": "application/did+json, application/json"}

_log = logging.getLogger(__name__)


class CachedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The cached document of a DID.

    Attributes:
        document: the last one that was fetched well; None when there was none yet.
        fetched: when that was.
        tried: when it was last asked for, well or not.
        failure: code and sentences of what went wrong then, if anything did.
    """

    document: DidDocument | None
    fetched: datetime
    tried: datetime
    failure: tuple[str, str, str] | None = None


class DidResolver:
    """Resolves did:web over the outbound port."""

    def __init__(
        self, outbound: Outbound, clock: Clock, *, development: bool = False, pace: Pace | None = None
    ) -> None:
        self._outbound = outbound
        self._clock = clock
        self._development = development
        self._pace = pace or Pace()
        self._held: OrderedDict[str, CachedDocument] = OrderedDict()
        self._flights: SingleFlight[str, CachedDocument] = SingleFlight()

    async def resolve(
        self, did: str, *, kid: str | None = None, stranger_from: str | None = None
    ) -> DidDocument:
        """See the port."""
        url = did_web_url(did, development=self._development)
        held = self._held.get(did)
        if held is None or self._must_fetch(held, kid):
            known = held is not None and held.document is not None
            if stranger_from is not None and not known and not self._flights.is_under_way(did):
                self._admit(stranger_from)
            held = await self._flights.join(did, lambda: self._fetch(did, url))
        return self._answer(did, held)

    def _must_fetch(self, held: CachedDocument, kid: str | None) -> bool:
        now = self._clock.now()
        pause = FAILURE_LIFE if held.failure else REFRESH
        if timedelta(0) <= now - held.tried < pause:
            return False
        if not self._is_alive(held):
            return True
        return kid is not None and held.document is not None and held.document.method(kid) is None

    def _is_alive(self, held: CachedDocument) -> bool:
        return held.document is not None and timedelta(0) <= self._clock.now() - held.fetched < LIFE

    def _answer(self, did: str, held: CachedDocument) -> DidDocument:
        if held.document is not None and self._is_alive(held):
            return held.document
        cause, en, zh = held.failure or ("did.document", "", "")
        raise errors.DID_UNRESOLVED(did=did, cause=cause, why=f" {en}" if en else "", why_zh=zh)

    def _admit(self, source: str) -> None:
        if not self._pace.admit(source, self._clock.now()):
            raise errors.DID_THROTTLED()

    async def _fetch(self, did: str, url: str) -> CachedDocument:
        before = self._held.get(did)
        try:
            document = await self._download(did, url)
        except XinfuError as error:
            held = self._failed(before, error)
        else:
            now = self._clock.now()
            held = CachedDocument(document=document, fetched=now, tried=now)
            _report_change(before, document)
        self._keep(did, held)
        return held

    async def _download(self, did: str, url: str) -> DidDocument:
        answer = await self._outbound.request(
            "GET", url, purpose=Purpose.DID, headers=HEADERS, limit_bytes=LIMIT_BYTES, timeout_s=TIMEOUT_S
        )
        if answer.status != 200:
            raise errors.DID_STATUS(status=answer.status)
        return read_did_document(answer.body, did=did)

    def _failed(self, before: CachedDocument | None, error: XinfuError) -> CachedDocument:
        now = self._clock.now()
        return CachedDocument(
            document=before.document if before else None,
            fetched=before.fetched if before else now,
            tried=now,
            failure=(error.code, error.en, error.zh),
        )

    def _keep(self, did: str, held: CachedDocument) -> None:
        self._held[did] = held
        self._held.move_to_end(did)
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)


def _report_change(before: CachedDocument | None, after: DidDocument) -> None:
    """Log a line if the keys of a DID have changed since the last fetch (J5)."""
    if before is None or before.document is None or before.document.methods == after.methods:
        return
    old = {method.id: method.jwk for method in before.document.methods}
    new = {method.id: method.jwk for method in after.methods}
    replaced = [key_id for key_id in old.keys() & new.keys() if old[key_id] != new[key_id]]
    _log.log(
        logging.WARNING if replaced else logging.INFO,
        "the keys of %s changed: %d added, %d gone, %d replaced under their old id",
        after.id,
        len(new.keys() - old.keys()),
        len(old.keys() - new.keys()),
        len(replaced),
        extra={"did": after.id},
    )

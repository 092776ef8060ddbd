"""Resolves a name to a protocol base, and finds out whether xinfu answers at a base.

DID document -> service of type DataService -> version document -> the entry for 2025-1 over HTTPS -> base.
What others publish about themselves is followed only through the checked client; a base is what the
version document's own address and its entry's path give, so a path can never lead to another host.

Follows: DSP 2025-1, Exposure of Versions (R-VER-01 to 09, T-05); design decisions D-04, D-13.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from xinfu import dsp
from xinfu.dsp import VERSION_PATH, VersionEntry, VersionResponse
from xinfu.errors import InputError, PeerError, ProtocolError, XinfuError
from xinfu.peers import errors
from xinfu.peers.addresses import MalformedAddressError, read_address
from xinfu.peers.answers import no_version_document, outcome_of, unexpected
from xinfu.peers.cache import TimedCache
from xinfu.ports.identity import Resolver
from xinfu.ports.outbound import Outbound, Purpose
from xinfu.ports.peer import DeliveryOutcome, Pace, ProtocolBase

LIFE_S: Final = 60.0
PACE_LIFE_S: Final = 300.0
FAILURE_LIFE_S: Final = 1.0
_LARGEST: Final = 256 * 1024
_TIMEOUT_S: Final = 10.0
_PACE_TIMEOUT_S: Final = 2.0
_MOST_ROOTS: Final = 3
_CATALOG: Final = "/catalog"
_NO_DOCUMENT: Final = frozenset({"peer.version", "peer.redirect-refused", "peer.too-large"})
_NOTHING: Final = frozenset({"400", "401", "403", "404", "405", "410"})


class Discovery:
    """Finds participants; remembers for `LIFE_S` where they are and for `PACE_LIFE_S` what they are."""

    def __init__(self, outbound: Outbound, resolver: Resolver) -> None:
        self._outbound = outbound
        self._resolver = resolver
        self._found: TimedCache[tuple[str, str | None], ProtocolBase] = TimedCache(
            life_s=LIFE_S, failure_life_s=FAILURE_LIFE_S
        )
        self._paces: TimedCache[str, Pace] = TimedCache(life_s=PACE_LIFE_S)

    async def find(self, participant: str, *, at: str | None = None) -> ProtocolBase:
        """Resolve a name to a protocol base."""
        found = await self._found.get((participant, at), lambda: self._find(participant, at))
        if found.pace is Pace.UNKNOWN:  # where it is stays known; what it is, it may say by now
            return msgspec.structs.replace(found, pace=await self.pace(found.base))
        return found

    async def pace(self, base: str) -> Pace:
        """Whether xinfu answers at `base`."""
        key = _normal(base)
        try:
            return await self._paces.get(key, lambda: self._pace(key))
        except PeerError:
            return Pace.UNKNOWN  # away for now: asked again soon, as errors are kept for a moment only
        except XinfuError:
            return Pace.PAUSED  # an address that is never called

    async def versions(self, root: str, *, timeout_s: float = _TIMEOUT_S) -> VersionResponse:
        """The version document below `root`."""
        url = root.rstrip("/") + VERSION_PATH
        answer = await self._outbound.request(
            "GET",
            url,
            purpose=Purpose.PEER,
            headers={"Accept": "application/json"},
            limit_bytes=_LARGEST,
            timeout_s=timeout_s,
        )
        if answer.status != 200:
            raise unexpected(answer)
        try:
            return dsp.read(answer.body, VersionResponse)
        except (ProtocolError, InputError) as error:
            raise no_version_document(url) from error

    async def _find(self, participant: str, at: str | None) -> ProtocolBase:
        where = at
        if where is None:
            document = await self._resolver.resolve(participant)
            where = document.endpoint("DataService") or document.endpoint("CatalogService")
        if where is None:
            raise errors.PEER_NO_SERVICE(participant=participant)
        return await self._look(participant, where)

    async def _look(self, participant: str, where: str) -> ProtocolBase:
        """`where` is the version document, the root above it, a base, or a base's catalog (T-05)."""
        if where.endswith(VERSION_PATH):
            root = where.removesuffix(VERSION_PATH)
            return self._choose(participant, root, await self.versions(root))
        base = where.rstrip("/").removesuffix(_CATALOG)
        response = await self._versions_if_any(base) if base == where.rstrip("/") else None
        if response is not None:
            return self._choose(participant, base, response)
        return ProtocolBase(participant=participant, base=base, pace=await self.pace(base))

    async def _versions_if_any(self, root: str) -> VersionResponse | None:
        """Return the version document of `root`, or None if there is none: then `root` is itself a base."""
        try:
            return await self.versions(root)
        except PeerError as error:
            if error.code == "peer.answer" and error.facts["status"] in _NOTHING:
                return None
            raise

    def _choose(self, participant: str, root: str, response: VersionResponse) -> ProtocolBase:
        """The entry to talk to: ours before others, then one for did:web, then the first (R-VER-05)."""
        spoken = sorted(response.spoken(), key=_preference)
        if not spoken:
            raise errors.PEER_NO_VERSION(participant=participant, version=dsp.VERSION)
        base = base_of(root, spoken[0])
        try:
            self._outbound.check(base, purpose=Purpose.PEER)
        except InputError as error:
            raise no_version_document(root) from error
        pace = _pace_of(spoken[0])
        self._paces.put(_normal(base), pace)
        return ProtocolBase(participant=participant, base=base, pace=pace)

    async def _pace(self, base: str) -> Pace:
        for root in roots_above(base):
            try:
                response = await self.versions(root, timeout_s=_PACE_TIMEOUT_S)
            except PeerError as error:
                if not _says_no(error):
                    raise
                continue
            entries = [entry for entry in response.spoken() if _normal(base_of(root, entry)) == base]
            if entries:
                return min(map(_pace_of, entries), key=[Pace.PAUSED, Pace.AT_ONCE].index)
        return Pace.PAUSED


def _says_no(error: PeerError) -> bool:
    """Whether the error shows that no version document exists; a failing server does not show it."""
    if error.code == "peer.answer":
        return outcome_of(int(error.facts["status"])) is not DeliveryOutcome.FAILING
    return error.code in _NO_DOCUMENT


def base_of(root: str, entry: VersionEntry) -> str:
    """Return the base URL of `entry` in the version document of `root` (R-HTTP-02), without a trailing slash."""
    return (root.rstrip("/") + "/" + entry.path.strip("/")).rstrip("/")


def roots_above(base: str) -> Iterator[str]:
    """Yield the possible roots of the version document of `base`: nearest first, `base` last, a bounded number."""
    try:
        address = read_address(base)
    except MalformedAddressError:
        return
    segments = [segment for segment in address.target.partition("?")[0].split("/") if segment]
    above = ["/".join((address.origin, *segments[:count])) for count in reversed(range(len(segments)))]
    yield from (*above[: _MOST_ROOTS - 1], base)


def _normal(base: str) -> str:
    """`base` in one spelling, where it is an address at all."""
    try:
        return read_address(base).url.rstrip("/")
    except MalformedAddressError:
        return base


def _preference(entry: VersionEntry) -> tuple[bool, bool]:
    return (entry.node is None, entry.identifier_type != "did:web")


def _pace_of(entry: VersionEntry) -> Pace:
    return Pace.PAUSED if entry.node is None else Pace.AT_ONCE

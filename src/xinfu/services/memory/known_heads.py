"""Heads of evidence logs as this process knows them: read from the store at most once a second each."""

import asyncio
from typing import Final

from xinfu.ports.peerlogs import KeptHead
from xinfu.ports.store import Store

LIFE_S: Final = 1.0
"""How long a head that was read is believed without asking the store again."""
MOST: Final = 4096
"""Peers whose newest head is remembered."""


class KnownHeads:
    """The heads that this process has read: our own, and the newest of each peer. None is older than `LIFE_S`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._own: dict[str, tuple[float, str | None]] = {}
        self._peers: dict[tuple[str, str], tuple[float, KeptHead | None]] = {}
        self._signers: set[tuple[str, str]] = set()
        self._told: set[tuple[str, str, str, str]] = set()

    async def own(self, context: str) -> str | None:
        """The newest checkpoint of a context's log; None for an empty log."""
        read = self._own.get(context)
        now_s = asyncio.get_running_loop().time()
        if read is None or now_s - read[0] >= LIFE_S:
            async with self._store.view(context) as view:
                read = (now_s, await view.log.checkpoint())
            self._own[context] = read
        return read[1]

    async def newest(self, context: str, peer: str) -> KeptHead | None:
        """The newest head of a peer's log; None if we hold none."""
        read = self._peers.get((context, peer))
        now_s = asyncio.get_running_loop().time()
        if read is None or now_s - read[0] >= LIFE_S:
            async with self._store.view(context) as view:
                read = (now_s, await view.peer_logs.newest(peer))
            if len(self._peers) >= MOST:
                self._peers.clear()
            self._peers[context, peer] = read
        return read[1]

    def saw(self, context: str, peer: str, head: KeptHead) -> None:
        """Remember a head that was taken, so that the next one is compared with it at once."""
        read = self._peers.get((context, peer))
        if read is not None and (read[1] is None or read[1].size < head.size):
            self._peers[context, peer] = (read[0], head)

    async def signs(self, context: str, peer: str) -> bool:
        """Whether a peer has ever signed the body of a message; read from the store until it has."""
        if (context, peer) in self._signers:
            return True
        async with self._store.view(context) as view:
            signs = await view.peer_logs.signs_bodies(peer)
        if signs:
            self._signers.add((context, peer))
        return signs

    def first(self, context: str, peer: str, kept: str, seen: str) -> bool:
        """Whether this process has not recorded this contradiction yet; from now on it counts as recorded."""
        told = (context, peer, kept, seen)
        if told in self._told:
            return False
        if len(self._told) >= MOST:
            self._told.clear()
        self._told.add(told)
        return True

    def forget(self) -> None:
        """Forget all heads of logs, so that they are read from the store again."""
        self._own.clear()
        self._peers.clear()

    def changed(self, topics: frozenset[str]) -> None:
        """Forget our own heads if the topics of a commit show that they may have changed."""
        if "checkpoint" in topics or "missed" in topics:
            self._own.clear()

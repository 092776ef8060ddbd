"""Ask known nodes how their evidence logs have grown, and which of our heads is the newest that they hold.

The heads that came with messages show no growth by themselves. So now and then each peer is asked for proofs that its
log still holds them; what it has shown to hold is forgotten, and what it cannot hold is recorded as a contradiction. In
the same answer it shows the newest head of ours that it holds: one that our own store does not reach, or does not
hold, was signed by us before the store was set back to an older state.

Follows: DECISIONS D-37, RFC 9162 §2.1.4; threat P8.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from random import SystemRandom
from typing import Final

import msgspec

from xinfu.dsp.heads import MOST_SIZES, PATH, HeadsAnswer, read_heads
from xinfu.errors import XinfuError
from xinfu.evidence import Checkpoint, SignedHead, consistency_proof
from xinfu.ports.peer import Pace
from xinfu.ports.peerlogs import KeptHead
from xinfu.ports.records import PARTICIPANTS
from xinfu.ports.store import Step
from xinfu.services.background import errors
from xinfu.services.evidence import heads
from xinfu.services.evidence.notes import record_entry
from xinfu.services.evidence.receipts import StoredNodes
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.identity import discover
from xinfu.services.parts import PeerParts, RecordParts

_log = logging.getLogger(__name__)

_ANSWER_S: Final = 10.0
"""How long a peer may take to answer."""
_AT_ONCE: Final = 8
"""Peers that are asked at a time."""

OLDER = "older"
"""Our own store does not reach a head that we have signed."""
OTHER = "other"
"""Our own store holds another history than a head that we have signed."""


async def answer(parts: RecordParts, arrival: Arrival, sizes: Sequence[int]) -> HeadsAnswer:
    """The answer to a participant: our newest head, proofs of its growth, and the newest head that we hold of it."""
    context = arrival.context.id
    async with parts.store.view(context) as view:
        own = await view.log.checkpoint()
        kept = await view.peer_logs.newest(arrival.peer)
        proofs: list[tuple[str, ...] | None] = []
        head = None if own is None else heads.head_in(own)
        if head is not None:
            nodes = StoredNodes(view, head.size)
            proofs = [await _proof(nodes, size, head) for size in sizes]
    return HeadsAnswer(head=own or "", proofs=tuple(proofs), held="" if kept is None else kept.note)


async def _proof(nodes: StoredNodes, size: int, head: Checkpoint) -> tuple[str, ...] | None:
    if not 0 < size <= head.size:
        return None
    path = await nodes.complete(lambda read: consistency_proof(size, head.size, read))
    return tuple(each.hex() for each in path)


async def ask(parts: PeerParts, context: str, peer: str) -> None:
    """Ask a peer for its head with proofs, and keep the head or record a contradiction.

    Raises:
        PeerError, NotFoundError, InputError, RefusedError: it cannot be found or asked.
        ProtocolError: `heads.unreadable`.
    """
    async with parts.store.view(context) as view:
        known = await view.of(PARTICIPANTS).find(PARTICIPANTS.did.equals(peer), limit=1)
        kept = await view.peer_logs.heads(peer)
    found = await discover.find(parts, context, known[0].id if known else peer)
    if found.pace is not Pace.AT_ONCE:
        return
    picked = _picked(kept)
    sizes = ",".join(str(each.size) for each in picked)
    url = f"{found.base.rstrip('/')}{PATH}?from={sizes}"
    body = await parts.counterparty.process_state(context=context, peer=peer, url=url)
    if body is None:
        return
    said = read_heads(body)
    if said.held:
        await _recall(parts, context, peer, said.held)
    seen = await parts.identity.signed_head(peer, said.head) if said.head else None
    if seen is not None:
        await _compare(parts, context, peer, seen, picked, said.proofs)


def _picked(kept: Sequence[KeptHead]) -> list[KeptHead]:
    """Pick at most `MOST_SIZES` heads to ask about: the first, the newest, and some between."""
    if len(kept) <= MOST_SIZES:
        return list(kept)
    last = len(kept) - 1
    return [kept[number * last // (MOST_SIZES - 1)] for number in range(MOST_SIZES)]


async def _compare(
    parts: PeerParts,
    context: str,
    peer: str,
    seen: SignedHead,
    kept: Sequence[KeptHead],
    proofs: Sequence[Sequence[str] | None],
) -> None:
    """Check a peer's new head against the kept ones: keep it, and drop those once all are proven, or record a fault."""
    given = [*proofs, *([None] * len(kept))]
    shown = True
    for each, proof in zip(kept, given, strict=False):
        nodes = _nodes(proof)
        fault = heads.fault_of(each, seen.checkpoint, asked=True, proof=nodes)
        if fault:
            await heads.record_contradiction(parts, context, peer, each, seen, fault)
            return
        shown = shown and (each.size == seen.checkpoint.size or nodes is not None)
    async with parts.store.step(context) as step:
        head = KeptHead(size=seen.checkpoint.size, note=seen.note, since=parts.clock.now())
        await step.peer_logs.keep(peer, head)
        if shown:
            await step.peer_logs.forget(peer, below=head.size)


def _nodes(proof: Sequence[str] | None) -> tuple[bytes, ...] | None:
    """Decode the nodes of a proof; text that is not hex gives a proof that cannot hold."""
    if proof is None:
        return None
    try:
        return tuple(bytes.fromhex(each) for each in proof)
    except ValueError:
        return (b"",)


async def _recall(parts: PeerParts, context: str, peer: str, held: str) -> None:
    """Check our head that a peer holds against our own log; record a contradiction (our store was set back)."""
    own = parts.contexts.get(context).participant
    theirs = await parts.identity.signed_head(own, held)
    if theirs is None:
        return
    async with parts.store.view(context) as view:
        found = await _found(view, theirs.checkpoint)
        newest = await view.log.checkpoint() or ""
    if not found or not parts.heads.first(context, own, newest, held):
        return
    head = theirs.checkpoint
    _log.error(
        "The store is older than what its peers have seen: %s holds a head of %d entries that this node signed at %s. "
        "Stop the node and restore the newest state of the store.",
        peer,
        head.size,
        head.at,
        extra={"context": context, "peer": peer, "code": f"log.{found}"},
    )
    async with parts.store.step(context) as step:
        facts = {"found": found, "kept": held, "seen": newest}
        await record_entry(step, parts.clock, "log.contradicted", facts, peer=peer)
        await step.peer_logs.keep(
            own, KeptHead(size=head.size, note=held, since=parts.clock.now(), fault=found)
        )


async def _found(view: Step, head: Checkpoint) -> str:
    """How our log contradicts a head that we signed: `OLDER` or `OTHER`; "" if the log holds it."""
    own = await view.log.checkpoint()
    size = 0 if own is None else heads.head_in(own).size
    if head.size > size:
        return OLDER
    return "" if await StoredNodes(view, size).root_at(head.size) == head.root else OTHER


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """A contradiction in a log: the participant, the fault, and the head in question."""

    participant: str
    fault: str
    size: int
    since: datetime


async def contradictions(parts: RecordParts, context: str) -> list[Contradiction]:
    """The known contradictions of logs, our own first; our own is left out once it has been repaired."""
    own = parts.contexts.get(context).participant
    peers = sorted(await _peers(parts, context), key=lambda each: each != own)
    async with parts.store.view(context) as view:
        kept = [(peer, each) for peer in peers for each in await view.peer_logs.heads(peer) if each.fault]
        return [
            Contradiction(participant=peer, fault=each.fault, size=each.size, since=each.since)
            for peer, each in kept
            if peer != own or await _found(view, heads.head_in(each.note))
        ]


async def ask_all(parts: PeerParts, context: str) -> None:
    """Ask every peer whose head we hold; a peer that cannot be asked is skipped until the next round.

    Several peers are asked at once, in random order, each with a time limit, so that peers that are slow on purpose,
    however many names they have, cannot keep the others from being asked.
    """
    own = parts.contexts.get(context).participant
    peers = [each for each in await _peers(parts, context) if each != own]
    for peer in peers:
        await _thin(parts, context, peer)
    SystemRandom().shuffle(peers)
    waiting = iter(peers)

    async def take_turns() -> None:
        for peer in waiting:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    await ask(parts, context, peer)
            except (XinfuError, TimeoutError) as error:
                code = error.code if isinstance(error, XinfuError) else "peer.slow"
                _log.info("a peer was not asked about its log", extra={"peer": peer, "code": code})

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_AT_ONCE, len(peers))):
            group.create_task(take_turns())


async def _thin(parts: RecordParts, context: str, peer: str) -> None:
    """Drop the heads of a peer beyond the number that can be asked about, even if it never gives proofs.

    Its first head stays, so that no number of messages can make us forget it.
    """
    async with parts.store.view(context) as view:
        many = len(await view.peer_logs.heads(peer, MOST_SIZES + 1)) > MOST_SIZES
    if many:
        async with parts.store.step(context) as step:
            await step.peer_logs.thin(peer, most=MOST_SIZES)


async def _peers(parts: RecordParts, context: str) -> list[str]:
    found: list[str] = []
    while True:
        async with parts.store.view(context) as view:
            more = await view.peer_logs.peers(after=found[-1] if found else "")
        if not more:
            return found
        found += more


async def accept(parts: PeerParts, context: str, participant: str, *, reason: str) -> Contradiction:
    """Accept a participant's log as it is now, whatever it has shown before, and record that.

    Args:
        participant: a DID, or an alias of the address book.

    Returns:
        The contradiction that is passed over; its fault is "" if none was found.

    Raises:
        NotFoundError: `participant.no-log`: no head of its log is kept.
    """
    async with parts.store.step(context) as step:
        known = await step.of(PARTICIPANTS).get(participant)
        peer = participant if known is None else known.did
        newest = await step.peer_logs.newest(peer)
        if newest is None:
            raise errors.PARTICIPANT_NO_LOG(participant=participant)
        facts = {"found": newest.fault, "kept": newest.note, "reason": reason}
        await record_entry(step, parts.clock, "log.accepted", facts, peer=peer)
        await step.peer_logs.forget(peer, below=newest.size + 1)
    parts.heads.forget()
    return Contradiction(participant=peer, fault=newest.fault, size=newest.size, since=newest.since)

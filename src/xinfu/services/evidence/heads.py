"""Heads of evidence logs in messages: send ours, compare and keep those of others.

A head in a token is signed with the message; one in an acknowledgement is covered by the connection that we opened. If
a head contradicts one that we hold, its message is refused and both heads are recorded; a peer that has shown two
histories stays refused. A head that is only late contradicts nothing: its log signed it before the larger one.

Follows: DECISIONS D-37, RFC 9162 §2.1.4; threat P8.
"""

import base64
import binascii
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.errors import ConflictError
from xinfu.evidence import Checkpoint, Note, SignedHead, compare_heads
from xinfu.evidence.heads import LONGEST
from xinfu.ports.peerlogs import KeptHead
from xinfu.services.evidence import errors
from xinfu.services.evidence.notes import record_entry
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import PeerParts
from xinfu.verdict import Verdict

_log = logging.getLogger(__name__)

HEADER: Final = "Xinfu-Log-Head"
"""The header of an acknowledgement with our head, in base64url; sent only to peers that have sent theirs."""
SHORTER: Final = "shorter"
FORKED: Final = "forked"
REWRITTEN: Final = "rewritten"


async def check(parts: PeerParts, arrival: Arrival) -> Arrival:
    """Compare the head in a message with those that the sender has shown before.

    Returns:
        The message with the head to keep in its step; unchanged where its sender shows none.

    Raises:
        ConflictError: `peer.log-shorter`, `peer.log-forked`, `peer.log-rewritten`; it is recorded.
    """
    caller = arrival.caller
    if caller.log_head is None:
        return arrival
    head = await _taken(parts, arrival.context.id, arrival.peer, caller.log_head)
    if isinstance(head, ConflictError):
        raise head
    return msgspec.structs.replace(arrival, head=head)


async def compare_head(parts: PeerParts, context: str, peer: str, header: str) -> KeptHead | None:
    """Compare the head in an acknowledgement; a contradiction is recorded, but the message counts as delivered.

    Args:
        header: as it came; "" for none.

    Returns:
        The head to keep; None if there is none to keep.
    """
    text = unwrap(header)
    seen = await parts.identity.signed_head(peer, text) if text else None
    if seen is None:
        return None
    head = await _taken(parts, context, peer, seen)
    return None if isinstance(head, ConflictError) else head


async def _taken(parts: PeerParts, context: str, peer: str, seen: SignedHead) -> KeptHead | ConflictError:
    size, newest = seen.checkpoint.size, await parts.heads.newest(context, peer)
    known = [] if newest is None else [newest]
    if (
        newest is not None and size < newest.size
    ):  # it may be late, and then another one of its size may be kept
        async with parts.store.view(context) as view:
            same = await view.peer_logs.of_size(peer, size)
        known += [] if same is None else [same]
    for kept in known:
        fault = fault_of(kept, seen.checkpoint)
        if fault:
            await record_contradiction(parts, context, peer, kept, seen, fault)
            return refused(peer, kept, seen.checkpoint, fault)
    head = KeptHead(size=size, note=seen.note, since=parts.clock.now())
    parts.heads.saw(context, peer, head)
    return head


def fault_of(
    kept: KeptHead, seen: Checkpoint, *, asked: bool = False, proof: Sequence[bytes] | None = None
) -> str:
    """How a head contradicts a head that we hold; "" if it does not, or nothing shows that it does.

    A smaller head contradicts a larger one if it was signed later. The log itself shows that, by times that never
    decrease while it grows; our clock is not used, and its clock is not trusted.

    Args:
        asked: `seen` answers a question that we put when we held `kept` already, so it cannot be late.
        proof: the proof that the kept head is the beginning of `seen`, if it was asked for.
    """
    if kept.fault:
        return kept.fault
    held = head_in(kept.note)
    if compare_heads(held, seen, proof).verdict is not Verdict.NO:
        return ""
    if seen.size < held.size:
        return SHORTER if asked or _signed_after(held, seen) else ""
    return FORKED if seen.size == held.size else REWRITTEN


def _signed_after(held: Checkpoint, seen: Checkpoint) -> bool:
    return held.latest is not None and seen.latest is not None and seen.latest > held.latest


async def record_contradiction(
    parts: PeerParts, context: str, peer: str, kept: KeptHead, seen: SignedHead, fault: str
) -> None:
    """Record and log that a log contradicts itself, with both heads, once for each pair of heads."""
    if kept.fault or not parts.heads.first(context, peer, kept.note, seen.note):
        return
    error = refused(peer, kept, seen.checkpoint, fault)
    _log.error("%s", error.en, extra={"context": context, "peer": peer, "code": error.code})
    async with parts.store.step(context) as step:
        facts = {"found": fault, "kept": kept.note, "seen": seen.note}
        await record_entry(step, parts.clock, "log.contradicted", facts, peer=peer)
        if fault != SHORTER:  # who shows the longer log again is believed; who showed two, is not
            await step.peer_logs.keep(peer, kept)
            newest = await step.peer_logs.newest(peer)
            await step.peer_logs.blame(peer, kept.size if newest is None else newest.size, fault)
    parts.heads.forget()


def refused(peer: str, kept: KeptHead, seen: Checkpoint, fault: str) -> ConflictError:
    """The error that a participant's log contradicts itself, so that nothing is taken from it."""
    if fault == FORKED:
        return errors.PEER_LOG_FORKED(kept=kept.size, seen=seen.size, peer=peer)
    if fault == SHORTER:
        return errors.PEER_LOG_SHORTER(kept=kept.size, seen=seen.size, peer=peer)
    return errors.PEER_LOG_REWRITTEN(kept=kept.size, seen=seen.size, peer=peer)


@lru_cache(maxsize=256)
def head_in(note_: str) -> Checkpoint:
    """Parse the head in a signed note; cached, since each note of a peer is compared several times."""
    return Checkpoint.parse(Note.parse(note_).text)


async def head_for(parts: PeerParts, arrival: Arrival) -> str | None:
    """Our head for the answer to a message; None if the sender has sent none, or we have none."""
    if arrival.caller.log_head is None:
        return None
    own = await parts.heads.own(arrival.context.id)
    return None if own is None else base64.urlsafe_b64encode(own.encode()).decode("ascii")


def unwrap(header: str) -> str:
    """Decode the note in a header; "" if it holds none."""
    if len(header) > 2 * LONGEST:
        return ""
    try:
        return base64.urlsafe_b64decode(header.encode("ascii")).decode()
    except (binascii.Error, ValueError):
        return ""

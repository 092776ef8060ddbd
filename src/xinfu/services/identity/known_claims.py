"""The participants that a context knows, and the claims that their credentials prove now.

A participant's credentials are in the evidence of its newest message; they are checked again each time, so that one
that was revoked meanwhile counts for nothing.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from xinfu.dsp import Process
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.records import AGREEMENTS, NEGOTIATIONS, PARTICIPANTS, TRANSFERS, ProcessKind
from xinfu.ports.store import Step
from xinfu.services.evidence.notes import claims_again
from xinfu.services.parts import PeerParts

Claims = Mapping[str, tuple[str, ...]]
P = TypeVar("P", bound=Process[Any, Any, Any])

MOST: Final = 1000
"""Participants that are listed, and records of each kind that are searched for them, newest first."""


async def claims_of(parts: PeerParts, context: str, participant: str) -> Claims:
    """The claims that a participant's newest message to us proved and that still hold; none without a message."""
    async with parts.store.view(context) as view:
        newest: list[ContractNegotiation | TransferProcess] = [
            *await _newest(view, TRANSFERS, participant),
            *await _newest(view, NEGOTIATIONS, participant),
        ]
    if not newest:
        return {}
    process = max(newest, key=lambda each: each.updated)
    return await claims_again(parts, context, process.id, participant)


async def _newest(view: Step, kind: ProcessKind[P, Any], participant: str) -> list[P]:
    return await view.of(kind).find(kind.peer.equals(participant), limit=1, newest_first=True)


async def own_claims(parts: PeerParts, context: str) -> Claims:
    """The claims that our own credentials prove now, checked as we check those of others."""
    ours = parts.contexts.get(context)
    shown = await parts.identity.prove(
        context=ours.id, audience=ours.participant, url=ours.protocol_base, body=None
    )
    return await parts.identity.proven(shown, holder=ours.participant)


async def known_participants(view: Step) -> dict[str, str]:
    """The known participants by identifier, each with its alias in the address book or ""; at most 1,000."""
    named = {each.did: each.id for each in await view.of(PARTICIPANTS).find(limit=MOST)}
    met = [
        each.peer
        for records in (view.of(AGREEMENTS), view.of(NEGOTIATIONS))
        for each in await records.find(limit=MOST, newest_first=True)
    ]
    everyone = dict.fromkeys((*named, *met))
    return {did: named.get(did, "") for did in list(everyone)[:MOST]}

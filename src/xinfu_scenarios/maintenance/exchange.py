"""The calls of the story to the two nodes, through the client alone."""

import asyncio
import hashlib
from collections.abc import Awaitable
from time import monotonic
from typing import Any, Final

from xinfu.client import Agreement, Contract, Duty, Node, Transfer, VaultObject
from xinfu.errors import ConflictError, IntegrityError, PeerError, RefusedError
from xinfu_scenarios.maintenance import errors
from xinfu_scenarios.maintenance.story import Deletion, Read, Stream
from xinfu_scenarios.maintenance.terms import CLAUSE, PURPOSE
from xinfu_scenarios.waiting import first, soon

PACE_S: Final = 0.1
"""How long the reader of the long recording rests after each piece of 1 MiB, until the revocation is in force."""
PIECES_FIRST: Final = 5
"""Pieces that the reader has before the builder revokes."""


async def as_the_builder_has_it(builder: Node, theirs: Agreement) -> Agreement:
    """Find the same agreement at the builder's node."""
    return await first(builder, lambda: builder.agreements(wire_id=theirs.view.wire_id))


async def sign(builder: Node, firm: Node, agreement: str) -> tuple[Contract, Contract]:
    """Begin the contract of an agreement (wire id), let both sign it, and file it; return it from both nodes."""
    ours = await first(builder, lambda: builder.contracts(agreement=agreement))
    theirs = await first(firm, lambda: firm.contracts(agreement=agreement))
    await ours.begin(terms=[CLAUSE])
    await ours.sign()
    await theirs.wait("02")
    await theirs.sign()
    await ours.wait("0301")
    await ours.file()
    await ours.wait("05")
    return ours, theirs


async def land(agreement: Agreement) -> VaultObject:
    """Land the data in the firm's vault once, which is a use that the provider counts.

    Raises:
        RefusedError: the provider refuses, with rule and remedy.
    """
    transfer = await (await agreement.transfer(vault=True, purpose=PURPOSE)).started()
    landed = await (await transfer.land()).landed()
    await transfer.complete()
    return landed


async def read(landed: VaultObject) -> Read:
    """Read the landed data through the vault, which is also counted, and hash it.

    Raises:
        RefusedError: the vault refuses, with rule and remedy.
    """
    digest, size = hashlib.sha256(), 0
    async with landed.open() as incoming:
        async for chunk in incoming.chunks():
            digest.update(chunk)
            size += len(chunk)
    return Read(size_bytes=size, sha256=digest.hexdigest())


async def must_refuse(tried: Awaitable[object]) -> RefusedError:
    """Await an attempt that must be refused, and return the refusal.

    Raises:
        IntegrityError: it was not refused.
    """
    try:
        await tried
    except RefusedError as refusal:
        return refusal
    raise not_refused()


async def revoked_while_running(builder: Node, ours: Agreement, transfer: Transfer, reason: str) -> Stream:
    """Read a long file slowly while the builder revokes the agreement, and return how the stream ended.

    Args:
        ours: the builder's own handle of the agreement.

    Raises:
        IntegrityError: the stream came to its end.
    """
    flowing, in_force, [file] = asyncio.Event(), asyncio.Event(), await transfer.files()
    came = 0

    async def reading() -> float:
        nonlocal came
        try:
            async with transfer.open() as incoming:
                async for chunk in incoming.chunks():
                    came += len(chunk)
                    if came >= PIECES_FIRST * len(chunk):
                        flowing.set()
                    if not in_force.is_set():
                        await asyncio.sleep(PACE_S)
        except (PeerError, RefusedError, ConflictError):
            return monotonic()
        finally:
            flowing.set()
        raise not_refused()

    reader = asyncio.create_task(reading())
    await flowing.wait()
    began = monotonic()
    await ours.terminate(reason)
    in_force.set()
    took_ms = round((await reader - began) * 1000)
    outcome, left = await _last_use(builder, ours)
    [end] = await _facts(builder, ours, "agreement.terminated")
    return Stream(
        is_breach=bool(end["breach"]),
        size_bytes=file.size,
        came_bytes=came,
        left_bytes=left,
        outcome=outcome,
        took_ms=max(0, took_ms),
    )


async def _last_use(builder: Node, ours: Agreement) -> tuple[str, int]:
    """Why the last use under an agreement ended, and how many bytes were sent, by the builder's evidence."""

    async def look() -> tuple[str, int] | None:
        facts = await _facts(builder, ours, "use")
        return (str(facts[-1]["outcome"]), int(facts[-1]["bytes"])) if facts else None

    return await soon(builder, look)


async def _facts(node: Node, agreement: Agreement, kind: str) -> list[dict[str, Any]]:
    """The facts of the node's evidence of this kind about an agreement, in order."""
    found = [one.entry for one in await node.entries(kind=kind)]
    return [one["facts"] for one in found if one.get("agreement") == agreement.view.wire_id]


async def deleted(builder: Node, firm: Node, ours: Agreement, landed: list[VaultObject]) -> Deletion:
    """Wait until the vault has destroyed the landed data, and the builder's node holds the proof."""

    async def gone() -> bool | None:
        states = [(await one.refresh()).state for one in landed]
        return True if set(states) == {"DESTROYED"} else None

    async def fulfilled() -> Duty | None:
        found = [one for one in await ours.duties(state="fulfilled") if one.view.action == "delete"]
        return found[0] if found else None

    await soon(firm, gone)
    duty = await soon(builder, fulfilled)
    proofs = [await one.proof() for one in landed]
    proven = set(duty.view.proof.digests) if duty.view.proof else set()
    if not all(set(one.roots) <= proven for one in proofs):
        raise errors.SCENARIO_NOT_PROVEN()
    return Deletion(destroyed=len(landed), keys=tuple(one.key for one in proofs), duty=duty.view)


def not_refused() -> IntegrityError:
    """The error for an attempt that was allowed but had to be refused."""
    return errors.SCENARIO_NOT_REFUSED()

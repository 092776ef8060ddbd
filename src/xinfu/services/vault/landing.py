"""Landing of a transfer's data in the vault: fetch it, verify it against the provider's manifest, and seal it.

A landing continues automatically after cuts while each try brings something, and after a crash when the node is back.
A fault that it cannot overcome (a refusal, a full disk, data other than the published) stops it, and the reason is
kept; asking again continues from the chunks that are there. The landing ends when its agreement ends.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Final

from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.errors import NotFoundError, PeerError, RefusedError, XinfuError
from xinfu.evidence import CHUNK_BYTES
from xinfu.evidence.entry import Fact
from xinfu.ports.records import (
    AGREEMENTS,
    MANIFESTS,
    TRANSFERS,
    VAULT_OBJECTS,
    AgreementState,
    StoredManifest,
    VaultObject,
    VaultState,
)
from xinfu.ports.store import Step
from xinfu.ports.vault import Landing, Vault
from xinfu.services.agreements import lifecycle
from xinfu.services.agreements.contract_in_force import contract_facts
from xinfu.services.evidence.notes import record_entry
from xinfu.services.fetching.fetch import Incoming, ListedFile, fetch, list_files
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts, RecordParts
from xinfu.services.processes.transfer import TRANSFER
from xinfu.services.usage.ending import check
from xinfu.services.vault import errors, objects

_log = logging.getLogger(__name__)

TOPIC: Final = "landings"
"""Published when an object has been registered whose landing nobody has started."""
BUSY: Final = "vault.busy"
TRIES: Final = 3
"""Cuts in a row, without a byte between them, after which a landing stops."""
AGAIN_S: Final = 0.2
_NO_LISTING: Final = frozenset({"peer.answer", "peer.no-listing", "file.not-found", "data.live"})
"""Codes of a provider that has no listing to give: a connector of another make, or a live source."""


async def register(parts: RecordParts, context: str, transfer_id: str, query: str) -> VaultObject:
    """Register the object of a transfer, or return the existing one; a stopped landing is set to continue.

    Raises:
        NotFoundError: `transfer.not-found`, `agreement.not-found`. ConflictError: `agreement.not-consumer`.
        RefusedError: `agreement.suspended`, `agreement.terminated`.
    """
    async with parts.store.step(context) as step:
        await step.alone(f"landing of {transfer_id}")
        found = await step.of(VAULT_OBJECTS).find(VAULT_OBJECTS.transfer.equals(transfer_id), limit=1000)
        known = [each for each in found if each.query == query and each.state not in objects.GONE]
        if not known:
            return await _added(step, parts, transfer_id, query)
        if known[0].state is not VaultState.STOPPED:
            return known[0]
        going_on = replace(known[0], state=VaultState.LANDING, code=None, reason={})
        return await objects.save(step, going_on, parts.clock.now())


async def _added(step: Step, parts: RecordParts, transfer_id: str, query: str) -> VaultObject:
    record = await step.of(TRANSFERS).get(transfer_id)
    if record is None:
        raise TRANSFER.not_found()
    if record.role is not Role.CONSUMER or not record.pull:
        raise errors.VAULT_NOT_FETCHED()
    agreement = await lifecycle.by_wire_id(step, record.agreement_id, "consumer")
    if agreement is None:
        raise lifecycle.agreement_not_found()
    if agreement.state is not AgreementState.ACTIVE:
        raise lifecycle.ended(agreement)
    now = parts.clock.now()
    landed = VaultObject(
        id=parts.clock.new_id(),
        context=step.context,
        transfer=record.id,
        query=query,
        agreement=agreement.id,
        wire_id=agreement.wire_id,
        peer=agreement.peer,
        dataset=agreement.dataset,
        purpose=record.purpose,
        seen=now,
        created=now,
        updated=now,
    )
    await step.of(VAULT_OBJECTS).add(landed)
    step.publish(landed.id)
    return landed


async def land(parts: Parts, vault: Vault, context: str, id_: str) -> None:
    """Bring an object in, until it has landed or something stops it; the reason is kept with the object."""
    with parts.running.follow(context, id_) as run:
        try:
            await _until_stopped(run, _Arrival(parts, vault, context, id_, run).whole())
        except XinfuError as error:
            _log.warning("a landing stopped", extra={"code": error.code, "object": id_})
            if error.code != BUSY:  # another worker is at it
                await _stopped(parts, context, id_, error)


async def _until_stopped(run: Run, work: Coroutine[object, object, None]) -> None:
    """Do the work until it is done or stopped, even while it waits for the provider.

    Raises:
        RefusedError: why it ended.
    """
    working, stopped = asyncio.create_task(work), asyncio.create_task(run.stopped.wait())
    try:
        await asyncio.wait((working, stopped), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
        elif run.reason is not None:
            raise run.reason
    finally:
        for each in (working, stopped):
            each.cancel()
        await asyncio.gather(working, stopped, return_exceptions=True)


async def _stopped(parts: RecordParts, context: str, id_: str, error: XinfuError) -> None:
    async with parts.store.step(context) as step:
        landed = await objects.lock(step, id_)
        if landed.state is VaultState.LANDING:
            why = {"en": error.sentence("en"), "zh": error.sentence("zh")}
            stopped = replace(landed, state=VaultState.STOPPED, code=error.code, reason=why)
            await objects.save(step, stopped, parts.clock.now())


class _Arrival:
    """A landing in progress in this process."""

    def __init__(self, parts: Parts, vault: Vault, context: str, id_: str, run: Run) -> None:
        self._parts = parts
        self._vault = vault
        self._context = context
        self._id = id_
        self._run = run
        self._arrived = 0

    async def whole(self) -> None:
        """Bring in all files, then record that they have landed."""
        landed = await self._begun()
        if landed is None:
            return
        verified = True
        for file in await self._listed(landed):
            verified &= await self._over_cuts(landed, file)
        await self._landed(landed, verified)

    async def _begun(self) -> VaultObject | None:
        """Give the object its key, and register the agreement with the run; None if its landing has ended."""
        key = await self._vault.make_key(self._context, self._id)
        async with self._parts.store.step(self._context) as step:
            landed = await objects.lock(step, self._id)
            if landed.state is not VaultState.LANDING:
                return None
            agreement = await step.of(AGREEMENTS).lock(landed.agreement)
            if agreement.state is not AgreementState.ACTIVE:
                raise lifecycle.ended(agreement)
            self._run.under(agreement.id, agreement.epoch)
            return await objects.save(step, replace(landed, key=key), self._parts.clock.now())

    async def _listed(self, landed: VaultObject) -> list[ListedFile]:
        """The files that the transfer carries; if the provider has no listing, one file of unknown length."""
        try:
            return await list_files(self._parts, self._context, landed.transfer, query=landed.query)
        except (NotFoundError, PeerError, RefusedError) as error:
            if error.code not in _NO_LISTING:
                raise
            return [ListedFile(path="", size=0, root="")]

    async def _over_cuts(self, landed: VaultObject, file: ListedFile) -> bool:
        """Bring in one file, continuing after cuts, and return whether it was verified."""
        empty = 0
        while True:
            before = self._arrived
            try:
                return await self._file(landed, file)
            except PeerError as error:
                empty = 0 if self._arrived > before else empty + 1
                if empty == TRIES:
                    raise
                _log.info("a landing was cut", extra={"code": error.code, "object": self._id})
                await asyncio.sleep(AGAIN_S * 2**empty)
                check(self._run, None, self._parts.clock.now())

    async def _file(self, landed: VaultObject, file: ListedFile) -> bool:
        known = await self._known(landed, file)
        if known is not None and known.stamp and known.root == file.root:
            return True
        goes_on = known is not None and not known.stamp and known.root == file.root
        async with self._vault.land(objects.spot_of(landed, file.path), goes_on=goes_on) as landing:
            root = await self._received(landed, file, landing)
            sealed = await landing.finish()
        if root and sealed.root != root:
            raise errors.DATA_ALTERED()
        arrived = objects.file_of(
            landed, file.path, size_bytes=sealed.size_bytes, root=sealed.root, salt=sealed.salt
        )
        await self._keep(arrived)
        return bool(root)

    async def _known(self, landed: VaultObject, file: ListedFile) -> StoredManifest | None:
        """The stored record of a file; a large file's root is stored first, so that only its own parts are reused."""
        async with self._parts.store.view(self._context) as view:
            known = await view.of(MANIFESTS).get(f"{landed.id}/{file.path}")
        if file.root and file.size > CHUNK_BYTES and (known is None or known.root != file.root):
            await self._keep(objects.file_of(landed, file.path, size_bytes=file.size, root=file.root))
        return known

    async def _received(self, landed: VaultObject, file: ListedFile, landing: Landing) -> str:
        """Write the missing part, and return the root against which it was verified; "" without a manifest."""
        start = landing.size_bytes
        range_ = f"bytes={start}-" if start else None
        async with fetch(
            self._parts, self._context, landed.transfer, path=file.path, query=landed.query, range_=range_
        ) as incoming:
            root = _root_of(incoming)
            if root != file.root and file.root:
                raise errors.DATA_CHANGED()
            async for chunk in incoming.chunks():
                check(self._run, None, self._parts.clock.now())
                await landing.write(chunk)
                self._arrived += len(chunk)
            if incoming.told and incoming.received != incoming.span.length:
                raise errors.DATA_CUT(received=incoming.received, length=incoming.span.length)
        check(self._run, None, self._parts.clock.now())
        return root

    async def _keep(self, file: StoredManifest) -> None:
        async with self._parts.store.step(self._context) as step:
            if await step.of(MANIFESTS).get(file.id) is None:
                await step.of(MANIFESTS).add(file)
            else:
                await step.of(MANIFESTS).save(file)

    async def _landed(self, landed: VaultObject, verified: bool) -> None:
        parts = self._parts
        async with parts.store.step(self._context) as step:
            now = parts.clock.now()
            current = await objects.lock(step, self._id)
            if current.state is not VaultState.LANDING:
                return
            check(self._run, None, now)
            files = [each async for each in objects.files_of(step, landed)]
            whole = replace(
                current,
                state=VaultState.LANDED,
                files=len(files),
                size_bytes=sum(each.size_bytes for each in files),
                verified=verified,
                contents=objects.contents(files),
            )
            await objects.save(step, whole, now)
            step.publish(objects.TOPIC)
            facts: dict[str, Fact] = objects.object_facts(whole) | {"verified": verified}
            facts |= await contract_facts(step, await step.of(AGREEMENTS).get(whole.agreement))
            await record_entry(
                step,
                parts.clock,
                "vault.landed",
                facts,
                process=whole.id,
                agreement=whole.wire_id,
                peer=whole.peer,
            )


def _root_of(incoming: Incoming) -> str:
    return incoming.manifest.root if incoming.manifest is not None else ""

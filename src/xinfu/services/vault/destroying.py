"""Destruction of objects: stop all uses, overwrite the key, record the proof, remove the sealed files.

Each step is on the disk before the next, so work resumes after a crash where it stopped. The proof states which key
was destroyed, how and when, with digests of the data that it had sealed: the holder of the data's manifest can
recognize the data. It proves that this node's key is gone, and nothing about copies that were made outside the vault.
"""

import logging
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.errors import RefusedError, StoreError
from xinfu.evidence import Entry, instant
from xinfu.evidence.entry import Fact
from xinfu.ports.records import AGREEMENTS, MANIFESTS, VaultObject, VaultState
from xinfu.ports.store import Step
from xinfu.ports.vault import ErasedKey, Vault
from xinfu.services.agreements.contract_in_force import contract_facts
from xinfu.services.memory.running import stop_topic
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.vault import errors, objects

_log = logging.getLogger(__name__)

ROOTS: Final = 256
"""Roots of single files that a proof lists; beyond, the digest of the whole stands for them."""
NEVER_SEALED: Final = "nothing-was-sealed"


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Why an object is destroyed: a stable code, and a sentence."""

    code: str
    en: str
    zh: str


ASKED: Final = Cause(code="vault.asked", en="Its holder destroyed it.", zh="由持有方销毁。")
AGREEMENT_OVER: Final = Cause(
    code="vault.agreement-over", en="Its agreement has ended.", zh="其所依据的协议已经终止。"
)
DUE: Final = Cause(
    code="vault.due", en="The contract says to delete it by now.", zh="已到合约规定的删除期限。"
)


class Destruction(msgspec.Struct, frozen=True, kw_only=True):
    """The proof of one destruction, as a value. `entry` is the evidence entry whose receipt proves it to others.

    Attributes:
        agreement: our id of it; `wire_id` the one that both sides use.
        key: fingerprint of the key; "" where nothing was sealed yet.
        contents: digest over paths, sizes and roots of all files; "" where it had not landed whole.
        roots: Merkle roots of the files, in the order of their paths, as far as a proof lists them.
    """

    entry: str
    object: str
    agreement: str
    wire_id: str
    dataset: str
    peer: str
    key: str
    method: str
    cause: str
    contents: str
    roots: tuple[str, ...]
    files: int
    size_bytes: int
    destroyed: datetime


async def destroy(parts: DataParts, vault: Vault, context: str, id_: str, cause: Cause) -> Destruction:
    """Destroy an object and return the proof; if it is destroyed already, return the same proof.

    Raises:
        NotFoundError: `vault.not-found`. StoreError: `vault.key-missing`, `vault.unwritable`: it is not said to be
        destroyed, nothing of it can be read any more, and the next start of the node tries again.
    """
    landed = await _condemned(parts, context, id_, cause)
    parts.running.stop(context, _stopped(cause), transfer=id_)
    if landed.state is VaultState.DESTROYED:
        return await proof_of(parts, context, id_)
    erased = await _erased(parts, vault, landed)
    if erased is None:
        return await proof_of(parts, context, id_)
    removed = await _removed(vault, landed)
    proof = await _recorded(parts, context, id_, erased, removed=removed)
    await vault.forget(context, id_)
    return proof


async def proof_of(parts: RecordParts, context: str, id_: str) -> Destruction:
    """The proof of an object that was destroyed.

    Raises:
        NotFoundError: `vault.not-found`, `vault.no-proof`: it is still there.
    """
    async with parts.store.view(context) as view:
        landed = await objects.must_find(view, id_)
        stored = await view.log.entry(landed.proof) if landed.proof else None
    if stored is None:
        raise errors.VAULT_NO_PROOF()
    return _proof(landed, Entry.from_bytes(stored.canonical))


async def _condemned(parts: RecordParts, context: str, id_: str, cause: Cause) -> VaultObject:
    """Mark an object for destruction, so that nothing of it is given out any more, even after a crash."""
    async with parts.store.step(context) as step:
        landed = await objects.lock(step, id_)
        if landed.state not in objects.GONE:
            why = {"en": cause.en, "zh": cause.zh}
            doomed = replace(landed, state=VaultState.DESTROYING, code=cause.code, reason=why)
            landed = await objects.save(step, doomed, parts.clock.now())
        step.publish(stop_topic(context, _stopped(cause), transfer=id_))
        return landed


async def _erased(parts: RecordParts, vault: Vault, landed: VaultObject) -> ErasedKey | None:
    """Destroy the key of an object; None if another worker has destroyed it and recorded that."""
    try:
        return await vault.destroy(landed.context, landed.id)
    except StoreError as error:
        if error.code != "vault.key-missing":
            raise
        async with parts.store.view(landed.context) as view:
            if (await objects.must_find(view, landed.id)).state is VaultState.DESTROYED:
                return None
        if landed.key:
            raise
        return ErasedKey(key="", method=NEVER_SEALED)


async def _removed(vault: Vault, landed: VaultObject) -> bool:
    """Remove the sealed files, and return whether that worked; a failure does not hide that the key is destroyed."""
    try:
        await vault.remove(landed.context, landed.id)
    except StoreError as error:
        _log.warning("sealed files stay behind", extra={"code": error.code, "object": landed.id})
        return False
    return True


async def _recorded(
    parts: RecordParts, context: str, id_: str, erased: ErasedKey, *, removed: bool
) -> Destruction:
    async with parts.store.step(context) as step:
        landed = await objects.lock(step, id_)
        if landed.proof:  # another worker was faster
            return await _of_entry(step, landed)
        now = parts.clock.now()
        files = [each async for each in objects.files_of(step, landed)]
        facts: dict[str, Fact] = {
            **objects.object_facts(landed),
            "key": erased.key,
            "method": erased.method,
            "cause": landed.code or "",
            "destroyed": instant(now),
            "roots": [each.root for each in files[:ROOTS]],
            "removed": removed,
            **await contract_facts(step, await step.of(AGREEMENTS).get(landed.agreement)),
        }
        entry = Entry.of(
            "vault.destroyed",
            id=parts.clock.new_id(),
            at=now,
            context=context,
            process=landed.id,
            agreement=landed.wire_id,
            peer=landed.peer,
            facts=facts,
        )
        await step.record(entry)
        await _forgotten(step, landed)
        gone = replace(landed, state=VaultState.DESTROYED, proof=entry.id)
        await objects.save(step, gone, now)
        step.publish(objects.TOPIC)
        return _proof(gone, entry)


async def _forgotten(step: Step, landed: VaultObject) -> None:
    """Remove the records of the files, names and sizes included; the proof holds digests only."""
    while page := await step.of(MANIFESTS).find(MANIFESTS.asset.equals(landed.id), limit=1000):
        for file in page:
            await step.of(MANIFESTS).remove(file.id)


async def _of_entry(step: Step, landed: VaultObject) -> Destruction:
    stored = await step.log.entry(landed.proof or "")
    if stored is None:
        raise objects.not_found()
    return _proof(landed, Entry.from_bytes(stored.canonical))


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    method: str
    cause: str
    contents: str
    roots: tuple[str, ...]
    files: int
    bytes: int
    destroyed: datetime


def _proof(landed: VaultObject, entry: Entry) -> Destruction:
    facts = msgspec.convert(entry.facts, _Facts)
    return Destruction(
        entry=entry.id,
        object=landed.id,
        agreement=landed.agreement,
        wire_id=landed.wire_id,
        dataset=landed.dataset,
        peer=landed.peer,
        key=facts.key,
        method=facts.method,
        cause=facts.cause,
        contents=facts.contents,
        roots=facts.roots,
        files=facts.files,
        size_bytes=facts.bytes,
        destroyed=facts.destroyed,
    )


def _stopped(cause: Cause) -> RefusedError:
    return errors.VAULT_DESTROYING(en=cause.en, zh=cause.zh)

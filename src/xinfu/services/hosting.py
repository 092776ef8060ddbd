"""Add, limit, close and reopen the participants that a node hosts, while it runs.

Every worker of a node follows: each change is published as a topic, and each worker then reads the records again.
"""

import hashlib
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from xinfu.contracts import check_subject, read_code
from xinfu.errors import ConfigError
from xinfu.odrl.control.grades import GradeNumber
from xinfu.ports.records import HOSTED_CONTEXTS, NEGOTIATIONS, TRANSFERS, ContextLimits, HostedContext
from xinfu.ports.store import Step, Store
from xinfu.services.contexts import errors
from xinfu.services.contexts.context import Context, Contexts
from xinfu.services.evidence.notes import record_entry
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.memory.running import stop_topic
from xinfu.services.parts import Parts, PeerParts, RecordParts
from xinfu.services.processes import steps
from xinfu.services.processes.negotiation import NEGOTIATION
from xinfu.services.processes.standing import list_open
from xinfu.services.processes.transfer import TRANSFER

TOPIC: Final = "contexts"
"""The topic that a step publishes when it changes a hosted context."""

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

Change = Literal["added", "named", "graded", "placed", "bounded", "closed", "reopened", "key"]


class ContextForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The form for a new hosted context.

    Attributes:
        name: by language, "zh" and "en".
        participant: its identifier; None: it follows from the node's address.
        entity, connector: its codes by NDI-TR-2025-04, where it signs digital contracts.
        grade: the grade of its assets that state none; None: these are not offered.
        folders: absolute paths of folders that are there, below which its sources may lie.
        sources: hosts and nets that are not public and that its sources may be at, such as `db.intranet`, `10.1.0.0/16`;
            with `http://` before it, plain http too.
    """

    id: str
    name: dict[str, str] = msgspec.field(default_factory=dict)
    participant: str | None = None
    entity: str = ""
    connector: str = ""
    grade: GradeNumber | None = None
    folders: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    limits: ContextLimits = ContextLimits()


async def restore(store: Store, contexts: Contexts) -> None:
    """Apply the stored additions and changes to the configured contexts."""
    for id_ in await store.contexts():
        async with store.view(id_) as view:
            record = await view.of(HOSTED_CONTEXTS).get(id_)
        if record is not None:
            contexts.host(record)


async def follow(parts: RecordParts, keys: KeyCabinet) -> None:
    """Apply the changes that another worker has made to contexts and their keys."""
    await restore(parts.store, parts.contexts)
    await keys.admit()


async def add(parts: PeerParts, keys: KeyCabinet, form: ContextForm) -> tuple[Context, str]:
    """Host a new participant; return its context and its own API key, which is shown only now.

    Raises:
        InputError: `context.id`, `context.folder`, `context.source`, `identifier.*` of a code.
        ConflictError: `context.exists`.
    """
    if not _ID.fullmatch(form.id):
        raise errors.CONTEXT_ID()
    if form.entity:
        check_subject(form.entity, samples=parts.contracting.sample_codes)
    if form.connector:
        read_code(form.connector)
    if form.id in parts.contexts:
        raise errors.CONTEXT_EXISTS()
    now, key = parts.clock.now(), secrets.token_urlsafe(32)
    record = HostedContext(
        id=form.id,
        context=form.id,
        name=form.name,
        participant=form.participant,
        entity=form.entity,
        connector=form.connector,
        grade=form.grade,
        folders=_folders(form.folders),
        sources=_sources(parts, form.sources),
        limits=form.limits,
        key=key_digest(key),
        created=now,
        updated=now,
    )
    async with parts.store.step(form.id) as step:
        await step.of(HOSTED_CONTEXTS).add(record)
        await _record_change(step, parts, "added")
    made = parts.contexts.host(record)
    await keys.admit()
    return made, key


async def change(
    parts: PeerParts,
    id_: str,
    *,
    name: dict[str, str] | None = None,
    grade: int | None = None,
    folders: tuple[str, ...] | None = None,
    sources: tuple[str, ...] | None = None,
    limits: ContextLimits | None = None,
) -> Context:
    """Change the name, source folders, source addresses, limits or default grade of a context.

    Processes beyond a new limit go on; offers that are too weak for the grade are withheld. Files outside the new
    folders are no longer opened.

    Raises:
        NotFoundError: `context.not-found`. InputError: `context.folder`, `context.source`.
    """
    folders = None if folders is None else _folders(folders)
    sources = None if sources is None else _sources(parts, sources)
    async with parts.store.step(id_) as step:
        record = await _held(step, parts, id_)
        if name is not None and name != record.name:
            record = replace(record, name=name)
            await _record_change(step, parts, "named")
        if grade is not None and grade != record.grade:
            record = replace(record, grade=grade)
            await _record_change(step, parts, "graded")
        if folders is not None or sources is not None:
            record = replace(
                record,
                folders=record.folders if folders is None else folders,
                sources=record.sources if sources is None else sources,
            )
            await _record_change(step, parts, "placed")
        if limits is not None and limits != record.limits:
            record = replace(record, limits=limits)
            await _record_change(step, parts, "bounded")
        await step.of(HOSTED_CONTEXTS).save(replace(record, updated=parts.clock.now()))
    return parts.contexts.host(record)


async def new_key(parts: RecordParts, id_: str) -> str:
    """Replace the API key of a context and return the new one; the old one opens nothing from now on.

    Raises:
        NotFoundError: `context.not-found`.
    """
    key = secrets.token_urlsafe(32)
    async with parts.store.step(id_) as step:
        record = replace(await _held(step, parts, id_), key=key_digest(key), updated=parts.clock.now())
        await step.of(HOSTED_CONTEXTS).save(record)
        await _record_change(step, parts, "key")
    parts.contexts.host(record)
    return key


async def close(parts: Parts, id_: str) -> Context:
    """Close a context: stop its streams at once, end its open processes, and notify their peers.

    Its records, keys, evidence and DID document stay, so that its signatures can still be checked.

    Raises:
        NotFoundError: `context.not-found`. ConflictError: `context.closed`, `context.last`.
    """
    if not any(each.id != id_ and not each.closed for each in parts.contexts):
        raise errors.CONTEXT_LAST()
    context = await _turn(parts, id_, closed=parts.clock.now())
    await end_processes(parts, id_)
    return context


async def reopen(parts: RecordParts, id_: str) -> Context:
    """Reopen a closed context; its ended processes stay ended.

    Raises:
        NotFoundError: `context.not-found`. ConflictError: `context.open`.
    """
    return await _turn(parts, id_, closed=None)


async def end_processes(parts: Parts, id_: str) -> None:
    """End the open processes of a closed context, one in each step; a repeated call ends those that are left."""
    told = errors.CONTEXT_CLOSED_BY_OPERATOR()
    async with parts.store.view(id_) as view:
        transfers = [each.id async for each in list_open(view, TRANSFERS)]
        negotiations = [each.id async for each in list_open(view, NEGOTIATIONS)]
    for each in transfers:
        async with parts.store.step(id_) as step:
            moving = await step.of(TRANSFERS).lock(each)
            if not moving.is_over:
                await step.outbox.drop(each)
                await steps.give_up(step, parts, TRANSFER, moving, code=told.code, reason=told.en, tell=True)
    for each in negotiations:
        async with parts.store.step(id_) as step:
            record = await step.of(NEGOTIATIONS).lock(each)
            if not record.is_over:
                await step.outbox.drop(each)
                await steps.give_up(
                    step, parts, NEGOTIATION, record, code=told.code, reason=told.en, tell=True
                )


def key_digest(key: str) -> str:
    """The SHA-256 digest of an API key, which is stored in its place; 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


async def _turn(parts: RecordParts, id_: str, *, closed: datetime | None) -> Context:
    async with parts.store.step(id_) as step:
        record = await _held(step, parts, id_)
        if closed is not None and record.closed is not None:
            raise errors.CONTEXT_CLOSED_ALREADY()
        if closed is None and record.closed is None:
            raise errors.CONTEXT_OPEN()
        record = replace(record, closed=closed, updated=parts.clock.now())
        await step.of(HOSTED_CONTEXTS).save(record)
        await _record_change(step, parts, "reopened" if closed is None else "closed")
        if closed is not None:
            step.publish(stop_topic(id_, errors.CONTEXT_CLOSED_BY_OPERATOR()))
    return parts.contexts.host(record)


async def _held(step: Step, parts: RecordParts, id_: str) -> HostedContext:
    """Lock the record of a context; a context of node.toml gets its record at its first change."""
    known = parts.contexts.get(id_)
    await step.alone("context")
    if await step.of(HOSTED_CONTEXTS).get(id_) is None:
        now = parts.clock.now()
        first = HostedContext(
            id=id_, context=id_, name=known.name, participant=known.participant, created=now, updated=now
        )
        await step.of(HOSTED_CONTEXTS).add(first)
    return await step.of(HOSTED_CONTEXTS).lock(id_)


async def _record_change(step: Step, parts: RecordParts, change_: Change) -> None:
    await record_entry(step, parts.clock, "context.changed", {"change": change_})
    step.publish(TOPIC)


def _folders(named: tuple[str, ...]) -> tuple[str, ...]:
    """Check that each path is an absolute path of a folder, and return the folders with links resolved.

    Raises:
        InputError: `context.folder`.
    """
    for each in named:
        if "\0" in each or not Path(each).is_absolute() or not Path(each).is_dir():
            raise errors.CONTEXT_FOLDER(folder=each)
    return tuple(str(Path(each).resolve()) for each in named)


def _sources(parts: PeerParts, named: tuple[str, ...]) -> tuple[str, ...]:
    """Check that a source may have each of the addresses, and return them.

    Raises:
        InputError: `context.source`.
    """
    for each in named:
        try:
            parts.outbound.check_entry(each)
        except ConfigError as error:
            raise errors.CONTEXT_SOURCE(source=each) from error
    return named

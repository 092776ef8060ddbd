"""Programmes (计算程序): sign our own, add those of others, let a person decide, and find what may run.

An approval counts only while the stored programme, its signature and the approved arguments are those that the newest
entry of evidence about it states. So a row that was altered in the store opens nothing, and neither does an old approval
after a withdrawal. Another code or another argument than approved is another programme.
Follows: TC609-6-2025-16, checks 57, 58 and 66 (environment, sandbox, computing).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.compute.arguments import check_arguments, narrow_arguments, read_arguments
from xinfu.compute.programme import SCHEME, Argument, Declaration, Programme, declare, lacking
from xinfu.compute.programme_check import check_programme
from xinfu.compute.ranges import ValueRange, describe_range
from xinfu.compute.visible import hidden_character
from xinfu.evidence import Entry, canonical, digest_hex
from xinfu.evidence.entry import Fact, instant
from xinfu.ports.log import EntrySearch
from xinfu.ports.records import (
    PROGRAMME_STATES,
    PROGRAMMES,
    ProgrammeEvent,
    ProgrammeRecord,
    ProgrammeState,
    SignedProgramme,
)
from xinfu.ports.sealing import Seal, SealReason, SealStanding
from xinfu.ports.store import Step
from xinfu.services import errors
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import DataParts, PeerParts, RecordParts
from xinfu.verdict import Verdict

MOST: Final = 1000
"""Programmes that a participant keeps."""
LONGEST_REASON: Final = 1000
LONGEST_BY: Final = 100
_LONGEST_RANGE: Final = 200
_SKEW: Final = timedelta(minutes=5)
_SIGNED: Final = "xinfu.programme-signature/1\n"
"""Begins what a signature covers, so that it can be taken for no signature of something else."""
_UNSIGNED: Final = Seal(algorithm="", key_id="", public_jwk={}, chain=(), value="")
_KINDS: Final = {
    ProgrammeState.WAITING: "programme.added",
    ProgrammeState.APPROVED: "programme.approved",
    ProgrammeState.REFUSED: "programme.refused",
    ProgrammeState.WITHDRAWN: "programme.withdrawn",
}
"""State -> the kind of entry that records it."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about a programme: why, and by whom; "" for our own participant id.

    Attributes:
        ranges: of an approval: arguments whose ranges it narrows.
    """

    reason: str
    by: str = ""
    ranges: Mapping[str, ValueRange] = {}


class ApprovedProgramme(msgspec.Struct, frozen=True, kw_only=True):
    """A programme that may run, with its code and all arguments of this run as canonical JSON."""

    programme: Programme
    code: bytes
    arguments: str


async def sign_programme(
    parts: DataParts, context: str, declaration: Declaration, code: str
) -> SignedProgramme:
    """Sign a programme of our own with the key that signs our contracts.

    Raises:
        InputError: `programme.*`: as `compute.programme_check.check_programme`.
    """
    author, text = parts.contexts.get(context).participant, _bytes_of(code)
    programme = declare(declaration, author=author, code=text)
    await parts.aside.do(lambda: check_programme(programme, text))
    signed = parts.clock.now().replace(microsecond=0)
    draft = SignedProgramme(programme=programme, code=code, signed=signed, seal=_UNSIGNED)
    seal = await parts.sealing.seal(context=context, covered=lambda each: _covered(replace(draft, seal=each)))
    facts: dict[str, Fact] = {"name": programme.label, "key": seal.key_id, "programme": programme.digest}
    async with parts.store.step(context) as step:
        await record_entry(step, parts.clock, "programme.signed", facts)
    return replace(draft, seal=seal)


async def add_programme(parts: DataParts, context: str, handed: SignedProgramme) -> ProgrammeRecord:
    """Add a programme, which then waits for a decision; a repeat changes nothing.

    A signature that cannot be checked now is kept with it, and can be checked later or replaced by adding it again.

    Raises:
        InputError: `programme.*`: as `compute.programme_check.check_programme`. RefusedError: `programme.signature`.
        ConflictError: `programme.exists`. CapacityError: `programme.full`.
    """
    programme, now = handed.programme, parts.clock.now()
    await parts.aside.do(lambda: check_programme(programme, _bytes_of(handed.code)))
    record = ProgrammeRecord(id=programme.digest, context=context, handed=handed, created=now, updated=now)
    standing = await author_standing(parts, record)
    if standing.verdict is Verdict.NO and standing.reasons != (SealReason.ENDED,):
        raise errors.PROGRAMME_SIGNATURE(en=standing.sentence("en"), zh=standing.sentence("zh"))
    async with parts.store.step(context) as step:
        await step.alone("programmes")
        before = await step.of(PROGRAMMES).get(record.id)
        if before is None:
            await _check_new(step, programme)
            await step.of(PROGRAMMES).add(record)
        elif await _stays(step, before, handed):
            return before
        else:
            await step.of(PROGRAMMES).save(record)
        await _record(step, parts, record)
    return record


async def _stays(step: Step, before: ProgrammeRecord, handed: SignedProgramme) -> bool:
    """Whether a record stays as it is when its programme is added again: intact, and decided or signed alike."""
    is_same = before.state is not ProgrammeState.WAITING or before.handed == handed
    return is_same and await is_intact(step, before)


async def _check_new(step: Step, programme: Programme) -> None:
    """Check that there is room, and that the author has no other programme under this name and version."""
    where = (PROGRAMMES.label.equals(programme.label), PROGRAMMES.author.equals(programme.author))
    if await step.of(PROGRAMMES).find(*where, limit=1):
        raise errors.PROGRAMME_EXISTS(name=programme.label)
    if await step.of(PROGRAMMES).count() >= MOST:
        raise errors.PROGRAMME_FULL(most=MOST)


async def decide(
    parts: PeerParts, context: str, named: str, event: ProgrammeEvent, decision: Decision
) -> ProgrammeRecord:
    """Approve or refuse a programme, or withdraw its approval.

    Args:
        named: its digest, or `name@version`.

    Raises:
        NotFoundError: `programme.not-found`. ConflictError: `programme.state`, `programme.ambiguous`.
        InputError: `programme.reason`, `programme.range-wider`, `programme.argument-undeclared`.
        RefusedError: `programme.author-unproven`: an approval needs a signature that is proven to be its author's;
            `programme.differs`.
    """
    _check_words(decision)
    async with parts.store.view(context) as view:
        found = await find_programme(view, named)
    if event is ProgrammeEvent.APPROVE:
        await _check_author(parts, found)
    async with parts.store.step(context) as step:
        held = await step.of(PROGRAMMES).lock(found.id)
        state = PROGRAMME_STATES[held.state].get(event)
        if state is None:
            raise errors.PROGRAMME_STATE(name=held.handed.programme.label, state=held.state)
        if held.handed != found.handed:
            raise errors.PROGRAMME_DIFFERS()
        decided = _decided(parts, held, state, decision)
        await step.of(PROGRAMMES).save(decided)
        await _record(step, parts, decided)
    return decided


def _decided(
    parts: PeerParts, held: ProgrammeRecord, state: ProgrammeState, decision: Decision
) -> ProgrammeRecord:
    now, is_approved = parts.clock.now(), state is ProgrammeState.APPROVED
    declared = held.handed.programme.arguments
    return replace(
        held,
        state=state,
        arguments=narrow_arguments(declared, decision.ranges) if is_approved else (),
        decided_by=decision.by or parts.contexts.get(held.context).participant,
        reason=decision.reason,
        decided=now,
        updated=now,
    )


def _check_words(decision: Decision) -> None:
    is_reason = len(decision.reason.strip()) > 0 and len(decision.reason) <= LONGEST_REASON
    words = decision.reason + decision.by
    if not is_reason or len(decision.by) > LONGEST_BY or "\n" in words or hidden_character(words):
        raise errors.PROGRAMME_REASON(longest=LONGEST_REASON, longest_by=LONGEST_BY)


async def _check_author(parts: PeerParts, record: ProgrammeRecord) -> None:
    """Check that a stored programme is whole and that its author signed it."""
    if not _is_whole(record):
        raise errors.PROGRAMME_DIFFERS()
    standing = await author_standing(parts, record)
    if standing.verdict is not Verdict.YES:
        raise errors.PROGRAMME_AUTHOR_UNPROVEN(
            author=record.handed.programme.author, en=standing.sentence("en"), zh=standing.sentence("zh")
        )


async def author_standing(parts: PeerParts, record: ProgrammeRecord) -> SealStanding:
    """Check now whether the stated author signed a programme; it counts as seen when it was added."""
    handed = record.handed
    if handed.signed > record.created + _SKEW:
        return SealStanding(verdict=Verdict.NO, reasons=(SealReason.WRONG,))
    return await parts.sealing.check(
        handed.seal,
        lambda _: _covered(handed),
        holder=handed.programme.author,
        entity="",
        at=handed.signed,
        seen=record.created,
    )


async def find_programme(view: Step, named: str) -> ProgrammeRecord:
    """Return a programme by its digest, or by `name@version` where only one author has it.

    Raises:
        NotFoundError: `programme.not-found`. ConflictError: `programme.ambiguous`.
    """
    if named.startswith(SCHEME):
        found = await view.of(PROGRAMMES).get(named)
        listed = [] if found is None else [found]
    else:
        listed = await view.of(PROGRAMMES).find(PROGRAMMES.label.equals(named), limit=2)
    if not listed:
        raise errors.PROGRAMME_NOT_FOUND(named=named[:100])
    if len(listed) > 1:
        raise errors.PROGRAMME_AMBIGUOUS(named=named)
    return listed[0]


async def find_approved(
    step: Step, named: str, arguments: str, versions: Mapping[str, str] | None = None
) -> ApprovedProgramme:
    """Return a programme that may run now with these arguments.

    Args:
        named: its digest, or `name@version`.
        arguments: a JSON object.
        versions: of the interpreter and libraries of the engine; None: the environment is not compared.

    Raises:
        NotFoundError: `programme.not-found`. ConflictError: `programme.ambiguous`.
        InputError: `programme.arguments-unreadable`, `evidence.not-json`.
        RefusedError: `programme.not-approved`, `programme.differs`, `programme.argument-*`, `programme.environment`.
    """
    record = await find_programme(step, named)
    programme = record.handed.programme
    if record.state is not ProgrammeState.APPROVED:
        raise errors.PROGRAMME_NOT_APPROVED(name=programme.label, state=record.state)
    if not await is_intact(step, record):
        raise errors.PROGRAMME_DIFFERS()
    lacked = lacking(programme.environment, versions) if versions is not None else ()
    if lacked:
        raise errors.PROGRAMME_ENVIRONMENT(lacked=", ".join(lacked))
    checked = check_arguments(record.arguments, read_arguments(arguments))
    return ApprovedProgramme(
        programme=programme,
        code=_bytes_of(record.handed.code),
        arguments=canonical(checked).decode(),
    )


async def is_intact(step: Step, record: ProgrammeRecord) -> bool:
    """Whether a record is whole, and says what the newest entry of evidence about it states."""
    if not _is_whole(record):
        return False
    found = await step.log.search(EntrySearch(process=record.id, newest_first=True, limit=1))
    if not found or found[0].kind != _KINDS[record.state]:
        return False
    return Entry.from_bytes(found[0].canonical).facts == _facts(record)


def _is_whole(record: ProgrammeRecord) -> bool:
    """Whether the id of a record is the digest of its programme, and its code is that of the programme."""
    programme = record.handed.programme
    return record.id == programme.digest and programme.code == digest_hex(_bytes_of(record.handed.code))


async def _record(step: Step, parts: RecordParts, record: ProgrammeRecord) -> None:
    await record_entry(step, parts.clock, _KINDS[record.state], _facts(record), process=record.id)


def _facts(record: ProgrammeRecord) -> dict[str, Fact]:
    """The facts that the entry of evidence about a record's state has to state."""
    programme = record.handed.programme
    facts: dict[str, Fact] = {"programme": record.id, "name": programme.label}
    signed: dict[str, Fact] = {"author": programme.author, "signature": _signature_digest(record.handed)}
    decided: dict[str, Fact] = {"by": record.decided_by, "reason": record.reason}
    if record.state is ProgrammeState.WAITING:
        return facts | signed
    if record.state is not ProgrammeState.APPROVED:
        return facts | decided
    return (
        facts
        | signed
        | decided
        | {
            "code": programme.code,
            "environment": programme.environment_digest,
            "arguments": digest_hex(canonical(msgspec.to_builtins(record.arguments))),
            "ranges": [_range_in_words(each) for each in record.arguments],
        }
    )


def _range_in_words(argument: Argument) -> str:
    """A range for readers of the log, cut short; the digest of the arguments covers it whole."""
    return f"{argument.name}: {describe_range(argument.accepts, 'en')}"[:_LONGEST_RANGE]


def _covered(handed: SignedProgramme) -> bytes:
    """The bytes that an author signs: the digest of the programme, the author, the time, and the key."""
    seal = replace(handed.seal, value="")
    said = [
        handed.programme.digest,
        handed.programme.author,
        instant(handed.signed),
        msgspec.to_builtins(seal),
    ]
    return _SIGNED.encode() + canonical(said)


def _signature_digest(handed: SignedProgramme) -> str:
    return digest_hex(_covered(handed) + handed.seal.value.encode())


def _bytes_of(code: str) -> bytes:
    """The code as it runs; a lone surrogate makes bytes that are not UTF-8, which the check refuses."""
    return code.encode("utf-8", "surrogatepass")

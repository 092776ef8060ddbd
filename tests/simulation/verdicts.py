"""The invariants: what must hold for each party, and between both, when nothing is left to do."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from tests.evidence.rfc6962 import mth

from xinfu.dsp import DataAddress, Role
from xinfu.dsp import negotiation as cn
from xinfu.dsp import transfer as tp
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.negotiation.states import TABLE as NEGOTIATION
from xinfu.dsp.transfer import TransferProcess
from xinfu.dsp.transfer.states import TABLE as TRANSFER
from xinfu.evidence import NoteKey, open_checkpoint
from xinfu.ports.keyring import Keyring
from xinfu.ports.log import Log, StoredEntry
from xinfu.ports.records import (
    ADDRESSES,
    AGREEMENTS,
    GRANTS,
    KEYS,
    NEGOTIATIONS,
    TRANSFERS,
    AgreementRecord,
    Grant,
    KeyState,
    KeyUse,
)
from xinfu.ports.store import Store
from xinfu.services.contexts.context import Context
from xinfu.services.evidence.notes import policy_digest
from xinfu.services.processes.transfer import address_name
from xinfu.services.usage.grants import token_id
from xinfu.signers.ed25519 import Ed25519Verifier

_TABLES: Final[Mapping[str, Mapping[Any, Mapping[Any, Any]]]] = {
    "negotiation": NEGOTIATION,
    "transfer": TRANSFER,
}
CHECK: Final = Ed25519Verifier().verify
Process = ContractNegotiation | TransferProcess


class Entry(msgspec.Struct, frozen=True):
    """What a log entry says, as far as the invariants need it."""

    kind: str
    facts: dict[str, Any]
    process: str | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """All that one party holds."""

    processes: list[Process]
    agreements: list[AgreementRecord]
    grants: list[Grant]
    addresses: dict[str, DataAddress]
    promises: int
    entries: list[StoredEntry]
    waiting: int
    checkpoint: str | None
    log_key: NoteKey
    heard: Sequence[str]

    @property
    def is_open(self) -> bool:
        """Some process is not over."""
        return not all(each.is_over for each in self.processes)

    @property
    def negotiations(self) -> list[ContractNegotiation]:
        """The processes that are negotiations."""
        return [each for each in self.processes if isinstance(each, ContractNegotiation)]

    @property
    def transfers(self) -> list[TransferProcess]:
        """The processes that are transfers."""
        return [each for each in self.processes if isinstance(each, TransferProcess)]

    def said(self, kind: str, process: str | None = None) -> list[Entry]:
        """Entries of a kind, in order."""
        read = [msgspec.json.decode(each.canonical, type=Entry) for each in self.entries if each.kind == kind]
        return [each for each in read if process is None or each.process == process]


async def look(store: Store, context: Context, keyring: Keyring, heard: Sequence[str] = ()) -> Look:
    """Read everything of a party from its store."""
    async with store.view(context.id) as view:
        keys = await view.of(KEYS).find(
            KEYS.use.equals(KeyUse.LOG), KEYS.state.equals(KeyState.ACTIVE), limit=1
        )
        processes: list[Process] = [
            *(await view.of(NEGOTIATIONS).find(limit=1000)),
            *(await view.of(TRANSFERS).find(limit=1000)),
        ]
        addresses = {
            each.id: msgspec.json.decode(
                keyring.open(each.envelope, context=context.id, name=address_name(each.id)), type=DataAddress
            )
            for each in await view.of(ADDRESSES).find(limit=1000)
        }
        kept = await view.of(AGREEMENTS).find(limit=1000)
        promised = [each.id for each in processes]
        promised += [name for each in kept for name in (each.id, f"notices {each.id}", f"standing {each.id}")]
        return Look(
            processes=processes,
            agreements=kept,
            grants=await view.of(GRANTS).find(limit=1000),
            addresses=addresses,
            promises=sum([len(await view.outbox.of(each)) for each in promised]),
            entries=await _entries(view.log),
            waiting=len(await view.log.pending(1000)),
            checkpoint=await view.log.checkpoint(),
            log_key=NoteKey.from_jwk(context.participant, keys[0].public_jwk),
            heard=heard,
        )


async def _entries(log: Log) -> list[StoredEntry]:
    found: list[StoredEntry] = []
    while page := await log.entries(len(found), 1000):
        found += page
    return found


def unsound(seen: Look) -> Iterator[str]:
    """What is wrong with what one party holds."""
    if seen.promises:
        yield f"{seen.promises} promises are left in the outbox"
    for process in seen.processes:
        yield from _story(seen, process)
        if process.sending is not None:
            yield f"{process.id} is still sending {process.sending}"
    yield from _agreements(seen)
    for transfer in seen.transfers:
        yield from _access(seen, transfer)
    yield from _evidence(seen)
    if seen.said("log.contradicted"):
        yield "the other side's log is said to contradict itself"


def _story(seen: Look, process: Process) -> Iterator[str]:
    """Each change of state stands in the evidence once, is a move of the table, and leads to the present."""
    family = "negotiation" if isinstance(process, ContractNegotiation) else "transfer"
    table = _TABLES[family]
    state = ""
    for entry in seen.said(f"{family}.state", process.id):
        before, after, by = entry.facts["from"], entry.facts["to"], Role(entry.facts["by"])
        if before != state:
            yield f"evidence: {process.id} was {state or 'nothing'}, and moves from {before or 'nothing'}"
        moves = table[before or None] if before else table[None]
        gave_up = after == "TERMINATED" and before not in {"FINALIZED", "COMPLETED", "TERMINATED"}
        if not gave_up and after not in {to for (_, sender), to in moves.items() if sender is by}:
            yield f"evidence: {process.id} moves from {before or 'nothing'} to {after} by the {by}"
        state = after
    if state != (process.state or ""):
        yield f"evidence: {process.id} ends in {state or 'nothing'}, the record in {process.state}"
    repeated = [
        digest
        for digest, count in Counter(
            entry.facts["digest"] for entry in seen.said("message.received", process.id)
        ).items()
        if count > 1
    ]
    if repeated:
        yield f"evidence: {process.id} took the same message twice: {repeated}"


def _agreements(seen: Look) -> Iterator[str]:
    wires = Counter((each.wire_id, each.role) for each in seen.agreements)
    yield from (f"agreement {wire} stands {count} times" for wire, count in wires.items() if count > 1)
    for negotiation in seen.negotiations:
        made = [each for each in seen.agreements if each.negotiation == negotiation.id]
        wanted = 1 if negotiation.state is cn.State.FINALIZED else 0
        if len(made) != wanted:
            yield f"{negotiation.id} is {negotiation.state} and has {len(made)} agreements"
        noted = len(seen.said("agreement.concluded", negotiation.id))
        if noted != wanted:
            yield f"evidence: {negotiation.id} concluded {noted} agreements"


def _access(seen: Look, transfer: TransferProcess) -> Iterator[str]:
    runs = transfer.state is tp.State.STARTED
    if transfer.role is Role.PROVIDER:
        live = [each for each in seen.grants if each.transfer == transfer.id and not each.closed]
        if len(live) != int(runs and not transfer.address_due):
            yield f"{transfer.id} is {transfer.state} and has {len(live)} live grants"
    elif (transfer.id in seen.addresses) != (runs and not transfer.address_due):
        yield f"{transfer.id} is {transfer.state}, address kept: {transfer.id in seen.addresses}"


def _evidence(seen: Look) -> Iterator[str]:
    if seen.waiting:
        yield f"evidence: {seen.waiting} entries have no index"
    if [each.index for each in seen.entries] != list(range(len(seen.entries))):
        yield "evidence: the indexes have gaps"
    if seen.checkpoint is None:
        yield "evidence: no checkpoint"
        return
    head = open_checkpoint(seen.checkpoint, seen.log_key, CHECK)
    if (head.size, head.root) != (len(seen.entries), mth([each.canonical for each in seen.entries])):
        yield "evidence: the checkpoint is not the head of the log"
    tokens = [entry.facts["token_digest"] for entry in seen.said("message.received")]
    if len(set(tokens)) != len(tokens) or len(set(seen.heard)) != len(seen.heard):
        yield "a token was taken twice"


def unlike(provider: Look, consumer: Look) -> Iterator[str]:
    """In what the two parties disagree."""
    pairs = list(_pairs(provider, consumer))
    for ours, theirs in pairs:
        yield from _difference(ours, theirs)
    excused = any(ours and theirs and _is_excused(ours, theirs) for ours, theirs in pairs)
    held = [{(a.wire_id, policy_digest(a.policy)) for a in seen.agreements} for seen in (provider, consumer)]
    if held[0] != held[1] and not excused:
        yield f"the agreements differ: {held[0] ^ held[1]}"
    yield from _standings(provider, consumer)
    for transfer in provider.transfers:
        address = consumer.addresses.get(transfer.consumer_pid or "")
        live = [each.id for each in provider.grants if each.transfer == transfer.id and not each.closed]
        if address is not None and live and token_id(address.authorization or "") not in live:
            yield f"the consumer's token opens nothing in {transfer.id}"


def _standings(provider: Look, consumer: Look) -> Iterator[str]:
    """An agreement is in one state at both sides, suspended by the same ones, and ended by one unless both ended it."""
    theirs = {each.wire_id: each for each in consumer.agreements}
    for ours in provider.agreements:
        other = theirs.get(ours.wire_id)
        if other is None:
            continue
        if ours.state is not other.state:
            yield f"the agreement is {ours.state} at the provider, {other.state} at the consumer"
        elif ours.suspenders != other.suspenders:
            yield f"the agreement is suspended by {set(ours.suspenders)}, and by {set(other.suspenders)}"
        elif ours.ended_by != other.ended_by and not _each_its_own(ours, other):
            yield f"the agreement was ended by {ours.ended_by}, and by {other.ended_by}"


def _each_its_own(ours: AgreementRecord, theirs: AgreementRecord) -> bool:
    """Both sides ended the agreement before they heard of each other."""
    return (ours.ended_by, theirs.ended_by) == (theirs.peer, ours.peer)


def _difference(ours: Process | None, theirs: Process | None) -> Iterator[str]:
    alone = ours or theirs
    if ours is None or theirs is None:
        if alone is not None and not _gave_up(alone):
            yield f"{alone.id} is {alone.state} and the other side knows nothing of it"
    elif ours.state != theirs.state:
        if not _is_excused(ours, theirs):
            yield f"the provider is {ours.state} ({ours.code}), the consumer {theirs.state} ({theirs.code})"
    elif isinstance(ours, ContractNegotiation) and isinstance(theirs, ContractNegotiation):
        differ = not ours.is_over and ours.offer != theirs.offer
        yield from ["the offers differ"] if differ else []


def _pairs(provider: Look, consumer: Look) -> Iterator[tuple[Process | None, Process | None]]:
    """The two records of each process; None where one side has none."""
    ours, theirs = provider.processes, consumer.processes
    for mine in ours:
        met = [each for each in theirs if each.id == mine.consumer_pid or each.provider_pid == mine.id]
        yield from ((mine, each) for each in met)
        if not met:
            yield mine, None
    known = {mine.consumer_pid for mine in ours} | {mine.id for mine in ours}
    yield from ((None, each) for each in theirs if not {each.id, each.provider_pid} & known)


def _is_excused(ours: Process, theirs: Process) -> bool:
    """One side gave up without a chance to tell: its last message may have arrived, or it knew no pid to tell."""
    for gone, other in ((ours, theirs), (theirs, ours)):
        last = str(other.state) in {"FINALIZED", "COMPLETED"} or gone.peer_pid is None
        if _gave_up(gone) and last:
            return True
    return False


def _gave_up(process: Process) -> bool:
    """Ended by this side alone, with a reason that a person can read."""
    ended = str(process.state) == "TERMINATED" and process.terminated_by is process.role
    return ended and bool(process.code) and bool(process.reason) and process.code != "operator.ended"

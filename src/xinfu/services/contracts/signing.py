"""A contract gets its signatures and is concluded: every party signs the same text.

The text with its number is what all sign. Each party tells the others with `/contractNegotiate`, all signatures so far in it. A party takes a text only
if its rules are those of its own agreement; supplementary terms are shown before anyone signs. When the last signature
is there the contract is concluded at whoever sees it. Follows: TC609-6-2025-14, 7.3, A.2; decision 0018.
"""

import hashlib
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from xinfu.contracts import (
    Dates,
    DigitalContract,
    Event,
    Mover,
    Party,
    PartyType,
    Signature,
    Status,
    digest_of,
    policy_of,
    read_signature,
    read_strategies,
    read_text,
    signing_bytes,
    text_of,
    write_moment,
    write_signature,
)
from xinfu.contracts.header import SKEW
from xinfu.contracts.messages import (
    DONE,
    FAILED,
    ContractApi,
    ListedSignature,
    NegotiateAnswer,
    NegotiateRequest,
)
from xinfu.contracts.reading import required
from xinfu.errors import ConflictError, NotFoundError, ProtocolError, RefusedError
from xinfu.odrl import equivalent, write
from xinfu.ports.records import ContractRecord, ContractSide
from xinfu.ports.store import Step
from xinfu.services import contracted
from xinfu.services.contracts import seals
from xinfu.services.contracts.calling import written
from xinfu.services.identify import Arrival
from xinfu.services.parts import Parts
from xinfu.services.proof import note, note_received


async def sign(parts: Parts, context: str, id_: str) -> ContractRecord:
    """Sign a contract for ourselves and tell the other parties; again: tell them again.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.draft`, `contract.state`.
        RefusedError: `contract.not-a-party`.
    """
    record = await contracted.found(parts, context, id_)
    contract = record.contract
    if not contract.is_numbered:
        raise ConflictError(
            "contract.draft",
            "A draft has no number, and a signature has to cover one.",
            "草稿没有合约标识码，而签名必须覆盖该标识码。",
            help_en="Take it up first: xinfu contract begin.",
            help_zh="请先发起合约：xinfu contract begin。",
        )
    us = us_in(parts, context, contract)
    at = parts.clock.now().replace(microsecond=0)
    covered = partial(signing_bytes, contract, party=us.id, at=at)
    fresh = (
        [await seals.signed_by(parts, context, covered, party=us.id, at=at)]
        if us in contract.unsigned
        else []
    )
    async with parts.store.step(context) as step:
        held = await step.contracts.lock(record.id)
        _must_be(held.contract, digest_of(contract))
        record = await _kept(step, parts, held, tuple(fresh), by=us.participant)
        for other in contracted.others(record, us.participant):
            await contracted.promise(step, parts, record, ContractApi.NEGOTIATE.value, other)
    return record


def telling(parts: Parts, record: ContractRecord) -> NegotiateRequest:
    """What the other parties are told: the contract as it is, with all signatures so far."""
    contract = record.contract
    return NegotiateRequest(
        contract_name=contract.name,
        contract_id=contract.number,
        strategy=written(parts, contract),
        signature_list=tuple(_listed(each) for each in contract.signatures),
        contract_expansion_item=text_of(contract).decode(),
    )


async def negotiated(parts: Parts, arrival: Arrival, message: NegotiateRequest) -> NegotiateAnswer:
    """Take a contract that another party sends, with the signatures that it has so far.

    Raises:
        InputError: the text, the strategies or a signature cannot be read.
        ProtocolError: `contract.differs`: message and text say different things.
        RefusedError: `contract.not-a-party`, `contract.signature-wrong`. NotFoundError: `contract.no-agreement`.
        ConflictError: `contract.state`; `contract.exists`: another text is signed under this number.
    """
    contract = told(
        message.contract_expansion_item, message.contract_id, message.contract_name, message.strategy
    )
    context = arrival.context.id
    if contract.party(arrival.peer) is None or contract.party(arrival.context.participant) is None:
        raise not_a_party()
    signatures = await _checked(parts, contract, message.signature_list)
    async with parts.store.step(context) as step:
        record = await _ours(step, parts, contract, arrival)
        await note_received(step, parts.clock, arrival, type_=ContractApi.NEGOTIATE.value, process=record.id)
        record = await _kept(step, parts, record, signatures, by=arrival.peer)
    us = us_in(parts, context, record.contract)
    return NegotiateAnswer(negotiation_status=FAILED if us in record.contract.unsigned else DONE)


def told(text: str | None, number: str, name: str, strategy: object) -> DigitalContract:
    """The contract of a message: its text, held against all else that the message says, in whatever form it says it.

    Raises:
        InputError: as `read_text`, `read_strategies` and `policy_of`. ProtocolError: `contract.differs`.
    """
    if not text:
        raise required("contractExpansionItem")
    contract, said = read_text(text.encode()), read_strategies(strategy)
    same = all((each.product, each.nodes) == (contract.products[0], contract.nodes) for each in said)
    if (
        (contract.number, contract.name) != (number, name)
        or not same
        or not equivalent(policy_of(said), contract.policy)
    ):
        raise ProtocolError(
            "contract.differs",
            "The message and the text of the contract in it say different things.",
            "报文内容与其中的合约文本不一致。",
        )
    return contract


async def _ours(step: Step, parts: Parts, contract: DigitalContract, arrival: Arrival) -> ContractRecord:
    """Our record of a contract that came, with its text; the draft of our agreement becomes it."""
    known = await contracted.of_number(step, contract.number, ContractSide.PARTY)
    if known is not None:
        held = await step.contracts.lock(known.id)
        _must_be(held.contract, digest_of(contract))
        return held
    us = us_in(parts, step.context, contract)
    if us.type not in (PartyType.PROVIDER, PartyType.CONSUMER):
        return await _taken(step, parts, contract, arrival)
    drafts = await step.contracts.find({"agreement": contract.policy.id or "-", "side": "party"}, limit=10)
    fits = [each for each in drafts if _says_the_same(each.contract, contract)]
    if not fits:
        raise NotFoundError(
            "contract.no-agreement",
            "We have no agreement that says what this contract says.",
            "本方没有与该合约内容一致的协议。",
            help_en="Negotiate first; a contract is taken only on terms that were agreed on.",
            help_zh="请先完成协商：只接受与已达成协议一致的合约。",
        )
    held = await step.contracts.lock(fits[0].id)
    if held.contract.is_numbered and not _gives_way(held.contract, contract):
        raise ConflictError(
            "contract.exists",
            f"The agreement has a contract already: {held.contract.number}.",
            f"该协议已有合约：{held.contract.number}。",
        )
    taken = replace(held, begun_by=arrival.peer, contract=contract, updated=parts.clock.now())
    return await contracted.begin(step, parts, taken)


def _gives_way(ours: DigitalContract, theirs: DigitalContract) -> bool:
    """Whether a contract that both parties have begun at once goes on as theirs: the lower number stays at both."""
    return ours.status in (Status.INITIATED, Status.NEGOTIATING) and theirs.number < ours.number


async def _taken(step: Step, parts: Parts, contract: DigitalContract, arrival: Arrival) -> ContractRecord:
    """A contract in which we are neither provider nor consumer: there is no agreement of ours behind it."""
    now = parts.clock.now()
    record = ContractRecord(
        id=parts.clock.new_id(),
        context=step.context,
        begun_by=arrival.peer,
        contract=contract,
        created=now,
        updated=now,
    )
    return await contracted.begin(step, parts, record, fresh=True)


def _says_the_same(ours: DigitalContract, theirs: DigitalContract) -> bool:
    """Whether rules and levels of control are those of our draft, letter by letter, and its parties are to sign."""
    parties = {(each.type, each.participant) for each in theirs.parties if each.signs}
    agreed = {(each.type, each.participant) for each in ours.parties if each.signs}
    same = write(ours.policy) == write(theirs.policy) and ours.levels == theirs.levels
    return same and agreed <= parties


async def _kept(
    step: Step, parts: Parts, record: ContractRecord, signatures: tuple[Signature, ...], *, by: str
) -> ContractRecord:
    """The contract with these signatures too; concluded when none is missing. Known ones change nothing."""
    known = {each.party for each in record.contract.signatures}
    fresh = tuple(each for each in signatures if each.party not in known)
    mover = Mover.INITIATOR if by == record.begun_by else Mover.PARTY
    if not fresh:
        if record.contract.status is Status.INITIATED:
            return await contracted.move(step, parts, record, Event.NEGOTIATE, mover, by=by)
        return record
    contract = replace(record.contract, signatures=(*record.contract.signatures, *fresh))
    record = await contracted.move(step, parts, record, Event.SIGN, mover, contract=contract, by=by)
    for each in fresh:
        await _note_signature(step, parts, record, each)
    if record.contract.unsigned:
        return record
    signed = max(each.at for each in record.contract.signatures)
    concluded = replace(record.contract, signed=signed)
    return await contracted.move(step, parts, record, Event.CONCLUDE, mover, contract=concluded, by=by)


async def _note_signature(step: Step, parts: Parts, record: ContractRecord, signature: Signature) -> None:
    text = write_signature(signature).encode()
    facts = {
        "number": record.contract.number,
        "party": signature.party,
        "digest": digest_of(record.contract),
        "signature": hashlib.sha256(text).hexdigest(),
        "key": signature.key_id,
    }
    await note(
        step,
        parts.clock,
        "contract.signed",
        facts,
        process=record.id,
        agreement=record.agreement or None,
        attachments={"signature": text},
    )


async def _checked(
    parts: Parts, contract: DigitalContract, listed: tuple[ListedSignature, ...]
) -> tuple[Signature, ...]:
    """The signatures of a message, each of a party and each holding.

    Raises:
        InputError: `contract.signature-unreadable`. RefusedError: `contract.signature-wrong`.
    """
    return await checked(parts, contract, tuple(read_signature(each.signature) for each in listed))


async def checked(
    parts: Parts, contract: DigitalContract, signatures: tuple[Signature, ...]
) -> tuple[Signature, ...]:
    """These signatures, when each is of a party of its own and holds.

    Raises:
        RefusedError: `contract.not-a-party`, `contract.signature-wrong`, `contract.signature-twice`,
            `contract.signature-future`.
    """
    of = {party.id: party for party in contract.parties if party.signs}
    if any(each.party not in of for each in signatures):
        raise not_a_party()
    _check_once(signatures, now=parts.clock.now())
    for each in signatures:
        party = of[each.party]
        covered = partial(signing_bytes, contract, party=party.id, at=each.at)
        standing = await seals.standing_of(
            parts, each, covered, holder=party.participant, entity=party.entity
        )
        seals.must_hold(standing, party.id)
    return signatures


def _check_once(signatures: tuple[Signature, ...], *, now: datetime) -> None:
    """Every party signs once, and not in the future: a certificate is judged at the time of signing."""
    for place, each in enumerate(signatures):
        if any(before.party == each.party for before in signatures[:place]):
            raise RefusedError(
                "contract.signature-twice",
                f"There are two signatures of {each.party}.",
                f"{each.party} 有两个签名。",
                facts={"party": each.party},
            )
        if each.at > now + SKEW:
            raise RefusedError(
                "contract.signature-future",
                f"The signature of {each.party} was made in the future.",
                f"{each.party} 的签署时间在未来。",
                help_en="Check the clocks of both nodes.",
                help_zh="请检查双方节点的时钟。",
                facts={"party": each.party},
            )


def us_in(parts: Parts, context: str, contract: DigitalContract) -> Party:
    """Us, as the party of a contract that we sign.

    Raises:
        RefusedError: `contract.not-a-party`.
    """
    us = contract.party(parts.contexts.get(context).participant)
    if us is None or not us.signs:
        raise not_a_party()
    return us


def _listed(signature: Signature) -> ListedSignature:
    return ListedSignature(
        entity_id=signature.party,
        signature=write_signature(signature),
        signatory_time=write_moment(signature.at, Dates.ISO),
    )


def _must_be(ours: DigitalContract, digest: str) -> None:
    if digest_of(ours) != digest:
        raise ConflictError(
            "contract.exists",
            f"Under the number {ours.number} we hold another text.",
            f"标识码 {ours.number} 之下本方持有不同的合约文本。",
        )


def not_a_party() -> RefusedError:
    """Somebody speaks, or is spoken to, who does not stand in the contract."""
    return RefusedError(
        "contract.not-a-party",
        "Who calls, whom it calls or who signed is no party of this contract.",
        "调用方、被调用方或签署方不是该合约的当事方。",
    )

"""Check the contract in a message: its text against the other fields, and the signatures under it.

The text must agree with all other fields of the message; each party signs once, not in the future, with a key that
holds. Follows: TC609-6-2025-14, 7.3 e to g, 7.5 a; decision 0018.
"""

from datetime import datetime

from xinfu.contracts import (
    DigitalContract,
    Signature,
    policy_of,
    read_contract_number,
    read_strategies,
    read_subject,
    read_text,
)
from xinfu.contracts.header import SKEW
from xinfu.contracts.reading import required
from xinfu.odrl import equivalent
from xinfu.ports.records import ContractSide
from xinfu.services.agreements import contract_record, seals
from xinfu.services.contracts import errors
from xinfu.services.parts import ContractParts


def read_contract(text: str | None, number: str, name: str, strategy: object) -> DigitalContract:
    """Read the contract of a message from its text, and check that the other fields agree with it.

    Raises:
        InputError: as `read_text`, `read_strategies` and `policy_of`; `identifier.*`: of its number or of a party.
        ProtocolError: `contract.differs`, `contract.parties`.
    """
    if not text:
        raise required("contractExpansionItem")
    contract, said = read_text(text.encode()), read_strategies(strategy)
    _check_names(contract)
    same = all((each.product, each.nodes) == (contract.products[0], contract.nodes) for each in said)
    if (
        (contract.number, contract.name) != (number, name)
        or not same
        or not equivalent(policy_of(said), contract.policy)
    ):
        raise errors.CONTRACT_DIFFERS()
    return contract


def _check_names(contract: DigitalContract) -> None:
    """Check the contract number, the subject codes, and that no two parties share a name."""
    read_contract_number(contract.number)
    check_parties(contract)


def check_parties(contract: DigitalContract) -> None:
    """Check that every party has a name of its own, so that one signature counts for one party only.

    Raises:
        InputError: `identifier.*`: of a subject code. ProtocolError: `contract.parties`.
    """
    names: set[str] = set()
    for party in contract.parties:
        own = {name for name in (party.entity, party.participant) if name}
        if party.entity:
            read_subject(party.entity)
        if not own or own & names:
            raise errors.CONTRACT_PARTIES(party=party.id[:100])
        names |= own


async def check_signatures(
    parts: ContractParts,
    context: str,
    contract: DigitalContract,
    signatures: tuple[Signature, ...],
    *,
    side: ContractSide,
) -> tuple[Signature, ...]:
    """Check that the signatures hold and are from different parties, and return them.

    A signature that we have stored was seen before; any other is first seen now, so its key must not have ended.

    Raises:
        RefusedError: `contract.not-a-party`, `contract.signature-wrong`, `contract.signature-twice`,
            `contract.signature-future`.
    """
    of = {party.id: party for party in contract.parties if party.signs}
    if any(each.party not in of for each in signatures):
        raise contract_record.not_a_party()
    _check_once(signatures, now=parts.clock.now())
    async with parts.store.view(context) as view:
        known = await contract_record.of_number(view, contract.number, side)
    kept = () if known is None else known.contract.signatures
    for each in signatures:
        party, seen = of[each.party], each.at if each in kept else None
        standing = await seals.contract_standing(parts, contract, each, party, seen=seen)
        seals.must_hold(standing, party.id)
    return signatures


def _check_once(signatures: tuple[Signature, ...], *, now: datetime) -> None:
    """Check that a party signs once and not in the future, since its certificate is judged at the time of signing."""
    for place, each in enumerate(signatures):
        if any(before.party == each.party for before in signatures[:place]):
            raise errors.CONTRACT_SIGNATURE_TWICE(party=each.party)
        if each.at > now + SKEW:
            raise errors.CONTRACT_SIGNATURE_FUTURE(party=each.party)

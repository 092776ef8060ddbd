"""Common parts of the usage control interfaces: a message's contract and strategy, its sender and its time.

Decisions go to the provider's side (`feedback`), stops go from the provider to the others (`stopping`), proofs to
the other parties and the platform (`fulfilment`). Follows: TC609-6-2025-15, clause 9.
"""

from functools import partial
from typing import Any

from xinfu.contracts import Party, message_bytes, read_signature, strategy_id, write_moment
from xinfu.contracts.usage import ExecutionFeedback, FulfillmentProof, UsageApi
from xinfu.errors import RefusedError
from xinfu.ports.records import ContractRecord
from xinfu.services.agreements import seals
from xinfu.services.contracts import errors
from xinfu.services.contracts.executing import find_contract
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import ContractParts, PeerParts


def about(parts: PeerParts, record: ContractRecord) -> dict[str, str]:
    """The fields that every message has: its contract, its strategy and its time."""
    return {
        "contract_id": record.contract.number,
        "strategy_id": strategy_id(record.contract),
        "timestamp": write_moment(parts.clock.now().replace(microsecond=0), parts.contracting.dates),
    }


def connector_of(us: Party) -> str:
    """The id of the sending connector for the messages, at most 32 characters."""
    return (us.node or us.id)[:32]


async def party_of(
    parts: ContractParts, arrival: Arrival, message: ExecutionFeedback | FulfillmentProof, api: UsageApi
) -> ContractRecord:
    """Check that a party of the contract has signed the message, and return the contract.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`, `contract.signature-wrong`.
        ProtocolError: `contract.differs`.
    """
    record = await find_contract(parts, arrival, message.contract_id)
    party = record.contract.party(arrival.peer)
    must_fit(record, message.strategy_id)
    assert party is not None
    standing = await seals.signature_standing(
        parts,
        read_signature(message.signature),
        partial(message_bytes, api, message),
        holder=party.participant,
        entity=party.entity,
    )
    seals.must_hold(standing, party.id)
    return record


def must_fit(record: ContractRecord, strategy: str) -> None:
    """Check that a message names the strategy of its contract.

    Raises:
        ProtocolError: `contract.differs`.
    """
    if strategy != strategy_id(record.contract):
        raise errors.CONTRACT_DIFFERS_STRATEGY()


def usage_facts(record: ContractRecord, by: str) -> dict[str, Any]:
    """The facts that every entry of evidence about usage control states."""
    return {"number": record.contract.number, "strategy": strategy_id(record.contract), "by": by}


def wrong_side() -> RefusedError:
    """The error that the action belongs to the other side of the contract."""
    return errors.CONTRACT_WRONG_SIDE()

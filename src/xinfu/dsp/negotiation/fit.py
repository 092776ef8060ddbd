"""The check that the terms of an incoming message fit the negotiation.

A consumer checks an agreement before it acknowledges it: the dataset, both parties and the rules must be
those of the last offer (R-CN-11). A counter-offer must keep the dataset (R-POL-06, T-13).
"""

from msgspec.structs import replace

from xinfu.dsp import errors
from xinfu.dsp.agreement import Agreement
from xinfu.dsp.negotiation.messages import (
    ContractAgreementMessage,
    ContractOfferMessage,
    ContractRequestMessage,
    NegotiationMessage,
)
from xinfu.dsp.negotiation.record import ContractNegotiation
from xinfu.errors import ProtocolError
from xinfu.odrl import Policy, equivalent


def fit(record: ContractNegotiation, message: NegotiationMessage) -> ContractNegotiation | ProtocolError:
    """Return the negotiation to which `message` applies, with the purpose it declares, or the error if it does not fit.

    Args:
        record: the negotiation as it is when the message takes effect.
    """
    match message:
        case ContractRequestMessage():
            purpose = message.purpose or record.purpose
            return _wrong_dataset(record, message.offer) or replace(record, purpose=purpose)
        case ContractOfferMessage():
            return _wrong_dataset(record, message.offer) or record
        case ContractAgreementMessage():
            return _differs(record, message.agreement) or record
        case _:
            return record


def _wrong_dataset(record: ContractNegotiation, offer: Policy) -> ProtocolError | None:
    if offer.target == record.dataset:
        return None
    return errors.NEGOTIATION_TARGET_DIFFERS(dataset=record.dataset)


def _differs(record: ContractNegotiation, agreement: Agreement) -> ProtocolError | None:
    policy = agreement.policy
    found = (
        ("target", policy.target, record.dataset),
        ("assigner", policy.assigner, record.provider),
        ("assignee", policy.assignee, record.consumer),
    )
    for key, actual, expected in found:
        if actual != expected:
            return errors.NEGOTIATION_AGREEMENT_DIFFERS(
                where=key, en=f"{key} is not {expected}", zh=f"{key} 不是 {expected}"
            )
    if not equivalent(policy, record.offer):
        return errors.NEGOTIATION_AGREEMENT_DIFFERS(
            where="rules", en="its rules are not those of the last offer", zh="规则与最近一次要约不一致"
        )
    return None

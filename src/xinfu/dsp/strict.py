"""Rules that the table of forms cannot express: conditions between members, and policies that we send.

`check_read` refuses a peer's message (400); `check_written` checks our own message before it is sent.
Follows: Dataspace Protocol 2025-1, JSON schemas; DSP-RULES R-POL, R-CN 6.4, R-CAT.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from xinfu.dsp import errors
from xinfu.dsp.catalog import Catalog, Dataset
from xinfu.dsp.message import Message
from xinfu.dsp.negotiation.messages import ContractOfferMessage, ContractRequestMessage

_OPERATORS: Final = frozenset(
    ("eq", "neq", "gt", "gteq", "lt", "lteq", "isA", "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf")
)
_LOGICAL: Final = ("and", "or", "xone", "andSequence")
_RULES: Final = ("permission", "prohibition", "obligation")


def check_read(message: Message) -> None:
    """Refuse a request or offer that neither opens a negotiation nor continues one, or does both.

    Raises:
        ProtocolError: `message.field-conflict`.
    """
    if isinstance(message, ContractRequestMessage):
        _one_of(message.callback_address, message.provider_pid, "providerPid")
    if isinstance(message, ContractOfferMessage):
        _one_of(message.callback_address, message.consumer_pid, "consumerPid")


def check_written(message: Message, document: Mapping[str, Any]) -> None:
    """Refuse to send a message that the schema of its type, or a MUST of the specification, forbids.

    Args:
        document: the JSON of `message`.

    Raises:
        InputError: `message.unwritable`, with the place of the fault.
    """
    for place in _faults(message, document):
        raise errors.MESSAGE_UNWRITABLE(where=place, wire_type=message.wire_type)


def _faults(message: Message, document: Mapping[str, Any]) -> Iterator[str]:
    match message:
        case ContractRequestMessage(provider_pid=pid) | ContractOfferMessage(consumer_pid=pid):
            if bool(message.callback_address) == bool(pid):
                yield "exactly one of callbackAddress and the receiver's pid has to be there"
            yield from _policy("offer", document["offer"], "@id", "target")
        case Dataset():
            yield from _dataset("dataset", document)
        case Catalog():
            yield from _catalog(document, root=True)
        case _:
            if "agreement" in document:
                agreed = ("@id", "target", "assigner", "assignee", "timestamp")
                yield from _policy("agreement", document["agreement"], *agreed)


def _catalog(document: Mapping[str, Any], *, root: bool) -> Iterator[str]:
    if root and not document.get("participantId"):
        yield "a catalog names its participantId"
    if not document.get("@id"):
        yield "a catalog has an @id"
    for each in document.get("dataset", ()):
        yield from _dataset(f"dataset {each.get('@id')}", each)
    for each in document.get("catalog", ()):
        yield from _catalog(each, root=False)


def _dataset(where: str, document: Mapping[str, Any]) -> Iterator[str]:
    for key in ("@id", "hasPolicy", "distribution"):
        if not document.get(key):
            yield f"{where} has no {key}"
    offers = [*document.get("hasPolicy", ())]
    for each in document.get("distribution", ()):
        offers += each.get("hasPolicy", ())
    for offer in offers:
        yield from _policy(f"an offer of {where}", offer, "@id")


def _policy(where: str, policy: Mapping[str, Any], *needed: str) -> Iterator[str]:
    """Check R-POL-01 to R-POL-13 in the policy's JSON."""
    for key in needed:
        if not isinstance(policy.get(key), str) or not policy[key]:
            yield f"{where} has no {key}"
    if not (policy.get("permission") or policy.get("prohibition")):
        yield f"{where} has neither permission nor prohibition, so it allows nothing"
    for key in _RULES:
        for rule in policy.get(key, ()):
            yield from _rule(f"a {key} of {where}", rule)


def _rule(where: str, rule: object) -> Iterator[str]:
    if not isinstance(rule, dict) or not isinstance(rule.get("action"), str):
        yield f"{where} has no plain action"
        return
    if "target" in rule:
        yield f"{where} has a target of its own"
    for each in rule.get("constraint", ()):
        yield from _constraint(where, each)


def _constraint(where: str, constraint: object) -> Iterator[str]:
    if not isinstance(constraint, dict):
        yield f"a constraint of {where} is not an object"
        return
    logical = [key for key in _LOGICAL if key in constraint]
    if len(logical) == 1:
        for each in constraint[logical[0]]:
            yield from _constraint(where, each)
        return
    if logical or not isinstance(constraint.get("leftOperand"), str):
        yield f"a constraint of {where} does not have exactly one left operand"
    if constraint.get("operator") not in _OPERATORS:
        yield f"a constraint of {where} has an operator that the protocol does not know"
    if not isinstance(constraint.get("rightOperand"), str | dict | list):
        yield f"a constraint of {where} has a right operand that is not a text, object or list"


def _one_of(callback: str | None, pid: str | None, key: str) -> None:
    if bool(callback) != bool(pid):
        return
    raise errors.MESSAGE_FIELD_CONFLICT(key=key)

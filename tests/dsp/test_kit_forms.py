"""Messages in the form of the official kit: read, and taken for what they mean (DSP-RULES part 10, T-14)."""

import json
from typing import Any

import pytest
from tests.dsp.samples import (
    BOTH,
    CALLBACK,
    CONSUMER,
    CONSUMER_PID,
    DATASET,
    NOW,
    PROVIDER,
    PROVIDER_PID,
    negotiation,
    offer,
)

from xinfu import dsp
from xinfu.dsp.negotiation import MACHINE, State

USE = [{"action": "use", "constraints": []}]
PIDS = {"consumerPid": CONSUMER_PID, "providerPid": PROVIDER_PID}


def body(kind: str, **members: Any) -> bytes:
    document = {"@context": [dsp.DSP_CONTEXT], "@type": kind, "@id": "0a2f7c1e", **members}
    return json.dumps(document).encode()


def agreement(**changes: Any) -> bytes:
    agreed = {
        "@type": "Agreement",
        "@id": "urn:agreement",
        "target": DATASET,
        "permission": USE,
        "timestamp": "2026-11-24T12:00:00.123456789Z",
        "assignee": CONSUMER,
        "assigner": PROVIDER,
    }
    return body("ContractAgreementMessage", **PIDS, agreement=agreed | changes, callbackAddress=CALLBACK)


def test_an_agreement_with_the_kits_empty_member_fits_a_plain_offer() -> None:
    record = negotiation(dsp.Role.CONSUMER, State.REQUESTED, offer=offer(permission=[{"action": "use"}]))
    message = dsp.read(agreement(), dsp.ContractAgreementMessage)
    outcome = MACHINE.receive(record, message, dsp.Role.PROVIDER, "d", NOW)
    assert isinstance(outcome, dsp.Transition)
    assert outcome.record.state is State.AGREED
    assert outcome.record.agreement is not None
    assert outcome.record.agreement.id == "urn:agreement"


def test_an_agreement_that_allows_more_is_still_refused_p2() -> None:
    record = negotiation(dsp.Role.CONSUMER, State.REQUESTED, offer=offer(permission=[{"action": "use"}]))
    wider = agreement(permission=[*USE, {"action": "distribute", "constraints": []}])
    message = dsp.read(wider, dsp.ContractAgreementMessage)
    assert isinstance(MACHINE.receive(record, message, dsp.Role.PROVIDER, "d", NOW), dsp.Refusal)


def test_a_counter_offer_with_parties_is_taken() -> None:
    shown = {
        "@type": "Offer",
        "@id": f"CD123:{DATASET}:456",
        "permission": USE,
        "target": DATASET,
        "assignee": CONSUMER,
        "assigner": PROVIDER,
    }
    message = dsp.read(body("ContractRequestMessage", **PIDS, offer=shown), dsp.ContractRequestMessage)
    record = negotiation(dsp.Role.PROVIDER, State.OFFERED)
    outcome = MACHINE.receive(record, message, dsp.Role.CONSUMER, "d1", NOW)
    assert isinstance(outcome, dsp.Transition)
    assert outcome.record.state is State.REQUESTED
    again = dsp.read(body("ContractRequestMessage", **PIDS, offer=shown), dsp.ContractRequestMessage)
    assert isinstance(MACHINE.receive(outcome.record, again, dsp.Role.CONSUMER, "d2", NOW), dsp.Refusal)


@pytest.mark.parametrize(
    ("kind", "members", "expected"),
    [
        ("ContractNegotiationEventMessage", {"eventType": "FINALIZED"}, dsp.ContractNegotiationEventMessage),
        (
            "ContractNegotiationTerminationMessage",
            {"code": "1", "reason": [{"message": "terminated"}]},
            dsp.ContractNegotiationTerminationMessage,
        ),
        (
            "TransferStartMessage",
            {
                "dataAddress": {
                    "@type": "DataAddress",
                    "endpointType": "https://w3id.org/idsa/v4.1/HTTP",
                    "endpoint": "http://example.com",
                }
            },
            dsp.TransferStartMessage,
        ),
        ("TransferCompletionMessage", {}, dsp.TransferCompletionMessage),
    ],
    ids=["event", "termination", "start", "completion"],
)
def test_the_kits_other_messages_are_read(
    kind: str, members: dict[str, Any], expected: type[dsp.NegotiationMessage] | type[dsp.TransferMessage]
) -> None:
    message = dsp.read(body(kind, **PIDS, **members), expected)
    assert message.id == "0a2f7c1e"
    assert {
        "consumer_pid": message.consumer_pid,
        "provider_pid": getattr(message, "provider_pid", None),
    } == BOTH

"""The first message of a negotiation."""

from typing import Any

import msgspec
import pytest
from tests.dsp.samples import (
    BASE,
    CALLBACK,
    CONSUMER,
    CONSUMER_PID,
    DATASET,
    NOW,
    PROVIDER,
    PROVIDER_PID,
    first_offer,
    first_request,
    offer,
)

from xinfu import dsp
from xinfu.dsp.negotiation import Kind, State, acknowledgement, open_received, open_to_send
from xinfu.errors import ConflictError


def received(message: Any, **changes: Any) -> dsp.Transition[dsp.ContractNegotiation] | dsp.Refusal:
    request = isinstance(message, dsp.ContractRequestMessage)
    values: dict[str, Any] = {
        "context": "main",
        "participant": PROVIDER if request else CONSUMER,
        "peer": CONSUMER if request else PROVIDER,
        "own_pid": PROVIDER_PID if request else CONSUMER_PID,
        "now": NOW,
        "body_digest": "d1",
    }
    return open_received(message, **(values | changes))


def opened(message: Any) -> dsp.ContractNegotiation:
    outcome = received(message)
    assert isinstance(outcome, dsp.Transition)
    assert outcome.created
    return outcome.record


def refused(message: Any) -> str:
    outcome = received(message)
    assert isinstance(outcome, dsp.Refusal)
    return outcome.error.code


def test_a_request_opens_a_negotiation_that_we_provide_r_cn_01() -> None:
    record = opened(first_request(purpose="research"))
    assert (record.role, record.state, record.id) == (dsp.Role.PROVIDER, State.REQUESTED, PROVIDER_PID)
    assert (record.consumer_pid, record.provider_pid) == (CONSUMER_PID, PROVIDER_PID)
    assert (record.offered_by, record.dataset, record.purpose) == (dsp.Role.CONSUMER, DATASET, "research")


def test_an_offer_opens_a_negotiation_that_we_consume_r_cn_06() -> None:
    record = opened(first_offer())
    assert (record.role, record.state, record.id) == (dsp.Role.CONSUMER, State.OFFERED, CONSUMER_PID)
    assert (record.consumer_pid, record.provider_pid) == (CONSUMER_PID, PROVIDER_PID)
    assert record.peer_base == BASE


def test_the_callback_is_kept_for_the_whole_negotiation_r_cn_05() -> None:
    assert opened(first_request()).peer_base == CALLBACK


def test_the_answer_to_a_request_says_requested_r_cn_16() -> None:
    answer = acknowledgement(opened(first_request()))
    assert (answer.state, answer.provider_pid, answer.consumer_pid) == (
        State.REQUESTED,
        PROVIDER_PID,
        CONSUMER_PID,
    )


@pytest.mark.parametrize(
    "address",
    [
        "ftp://consumer.example/x",
        "consumer.example",
        "//consumer.example",
        "https://",
        "https://u:p@consumer.example",
        "https://consumer.example/?q=1",
        "https://consumer.example/#a",
        "https://consumer.example:port/",
        "https://consumer.example/a b",
        "https://consumer.example/\n",
        "https://" + "a" * 3000,
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
def test_a_callback_that_nobody_could_use_is_refused_r_cn_04(address: str) -> None:
    assert refused(first_request(callback_address=address)) == "negotiation.callback-invalid"


@pytest.mark.parametrize(
    "address",
    [
        "https://consumer.example",
        "https://consumer.example/dsp/",
        "http://127.0.0.1:8080/a",
        "https://[2001:db8::1]/",
    ],
)
def test_an_http_callback_is_taken_r_http_12(address: str) -> None:
    assert opened(first_request(callback_address=address)).peer_base == address


def test_an_offer_without_target_is_refused_t_13() -> None:
    bare = msgspec.structs.replace(offer(), target=None)
    assert refused(first_request(offer=bare)) == "negotiation.target-missing"


@pytest.mark.parametrize(
    "message",
    [
        first_request(callback_address=None, provider_pid="urn:uuid:p"),
        first_request(provider_pid="urn:uuid:p"),
        first_offer(consumer_pid="urn:uuid:c"),
    ],
    ids=["follow-up", "both", "offer"],
)
def test_a_message_that_names_our_pid_does_not_open(message: Any) -> None:
    assert refused(message) == "negotiation.not-opening"


def to_send(message: Any) -> dsp.ContractNegotiation:
    request = isinstance(message, dsp.ContractRequestMessage)
    return open_to_send(
        message,
        context="main",
        participant=CONSUMER if request else PROVIDER,
        peer=PROVIDER if request else CONSUMER,
        peer_base=BASE if request else CALLBACK,
        now=NOW,
    )


def test_what_we_open_has_no_state_until_it_is_acknowledged_r_gen_11() -> None:
    record = to_send(first_request())
    assert (record.state, record.sending, record.role) == (None, Kind.REQUEST, dsp.Role.CONSUMER)
    assert (record.consumer_pid, record.provider_pid, record.peer_base) == (CONSUMER_PID, None, BASE)
    assert acknowledgement(record).state is State.REQUESTED


def test_a_provider_opens_with_an_offer() -> None:
    record = to_send(first_offer())
    assert (record.state, record.sending, record.role) == (None, Kind.OFFER, dsp.Role.PROVIDER)
    assert (record.consumer_pid, record.provider_pid) == (None, PROVIDER_PID)


@pytest.mark.parametrize(
    "message",
    [
        first_request(callback_address=None),
        first_request(offer=msgspec.structs.replace(offer(), target=None)),
    ],
    ids=["no-callback", "no-target"],
)
def test_we_do_not_open_with_half_a_message(message: Any) -> None:
    with pytest.raises(ConflictError):
        to_send(message)


def test_a_record_survives_json() -> None:
    for record in (opened(first_request()), to_send(first_offer())):
        raw = msgspec.json.encode(record)
        assert msgspec.json.decode(raw, type=dsp.ContractNegotiation) == record

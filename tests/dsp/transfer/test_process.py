"""Receiving, sending and settling the messages of a transfer."""

import itertools
from typing import Any

import msgspec
import pytest
from tests.dsp.samples import (
    AGREEMENT,
    BASE,
    CALLBACK,
    CONSUMER,
    CONSUMER_PID,
    DATASET,
    LATER,
    NOW,
    PROVIDER,
    PROVIDER_PID,
    address,
    tp_message,
    transfer,
    transfer_request,
)

from xinfu import dsp
from xinfu.dsp.transfer import (
    MACHINE,
    Kind,
    State,
    acknowledgement,
    is_same_request,
    open_received,
    open_to_send,
)
from xinfu.dsp.transfer.states import target
from xinfu.errors import ConflictError

C, P = dsp.Role.CONSUMER, dsp.Role.PROVIDER


def got(record: dsp.TransferProcess, message: Any, digest: str = "d") -> Any:
    return MACHINE.receive(record, message, record.role.other, digest, LATER)


def moved(record: dsp.TransferProcess, message: Any, digest: str = "d") -> dsp.TransferProcess:
    outcome = got(record, message, digest)
    assert isinstance(outcome, dsp.Transition), outcome
    found: dsp.TransferProcess = outcome.record
    return found


def refused(record: dsp.TransferProcess, message: Any) -> str:
    outcome = got(record, message)
    assert isinstance(outcome, dsp.Refusal), outcome
    assert outcome.error.status == 400
    return outcome.error.code


def sending(record: dsp.TransferProcess, kind: Kind, **changes: Any) -> dsp.TransferProcess:
    return MACHINE.send(record, tp_message(kind, **changes), NOW)


def opened(**changes: Any) -> dsp.TransferProcess:
    outcome = open_received(
        transfer_request(**changes),
        context="main",
        participant=PROVIDER,
        peer=CONSUMER,
        own_pid=PROVIDER_PID,
        dataset=DATASET,
        now=NOW,
        body_digest="first",
    )
    assert isinstance(outcome, dsp.Transition)
    return outcome.record


def opening(**changes: Any) -> dsp.TransferProcess:
    return open_to_send(
        transfer_request(**changes),
        context="main",
        participant=CONSUMER,
        peer=PROVIDER,
        peer_base=BASE,
        dataset=DATASET,
        now=NOW,
    )


FOLLOWING = [kind for kind in Kind if kind is not Kind.REQUEST]
TRIPLES = list(itertools.product(State, FOLLOWING, dsp.Role))


@pytest.mark.parametrize(("state", "kind", "role"), TRIPLES, ids=[f"{s}-{k}-at-{r}" for s, k, r in TRIPLES])
def test_receiving_follows_the_table_and_a_refusal_changes_nothing_p1(
    state: State, kind: Kind, role: dsp.Role
) -> None:
    to = target(state, kind, role.other)
    outcome = got(transfer(role, state), tp_message(kind))
    if to is None:
        assert isinstance(outcome, dsp.Refusal)
        assert outcome.error.code == "transfer.wrong-state"
    else:
        assert outcome.record.state is to


@pytest.mark.parametrize(("state", "kind", "role"), TRIPLES, ids=[f"{s}-{k}-by-{r}" for s, k, r in TRIPLES])
def test_sending_follows_the_table_and_moves_on_acknowledgement_r_gen_11(
    state: State, kind: Kind, role: dsp.Role
) -> None:
    record = transfer(role, state)
    to = target(state, kind, role)
    if to is None:
        with pytest.raises(ConflictError) as caught:
            sending(record, kind)
        assert caught.value.code == "transfer.wrong-state"
        return
    on_its_way = sending(record, kind)
    assert (on_its_way.state, on_its_way.sending) == (state, kind)
    done = MACHINE.acknowledged(on_its_way, kind, LATER)
    assert (done.state, done.sending, done.draft) == (to, None, None)


def test_a_request_opens_a_pull_r_tp_03() -> None:
    record = opened(purpose="research")
    assert (record.role, record.state, record.id, record.pull) == (P, State.REQUESTED, PROVIDER_PID, True)
    assert (record.agreement_id, record.dataset, record.purpose) == (AGREEMENT, DATASET, "research")
    assert (record.peer_base, record.data_address) == (CALLBACK, None)
    assert acknowledgement(record).state is State.REQUESTED


def test_a_request_with_an_address_opens_a_push_and_keeps_no_token_r_tp_03() -> None:
    record = opened(data_address=address(), format=dsp.HTTP_PUSH)
    assert not record.pull
    assert record.data_address == address().redacted()
    assert b"s3cret" not in msgspec.json.encode(record)


def test_a_callback_that_nobody_could_use_is_refused_r_tp_06() -> None:
    outcome = open_received(
        transfer_request(callback_address="ftp://x"),
        context="main",
        participant=PROVIDER,
        peer=CONSUMER,
        own_pid=PROVIDER_PID,
        dataset=DATASET,
        now=NOW,
    )
    assert isinstance(outcome, dsp.Refusal)
    assert outcome.error.code == "transfer.callback-invalid"


def test_the_same_request_from_the_same_consumer_is_recognised_r_tp_07() -> None:
    record = opened()
    assert is_same_request(record, transfer_request(), CONSUMER)
    assert not is_same_request(record, transfer_request(), "did:web:other")
    assert not is_same_request(record, transfer_request(consumer_pid="urn:other"), CONSUMER)


def test_an_equal_request_for_an_open_transfer_is_a_repeat_r_tp_07() -> None:
    started = MACHINE.acknowledged(sending(opened(), Kind.START), Kind.START, LATER)
    assert got(started, transfer_request(), "first") == dsp.Repeat(record=started)
    assert refused(started, transfer_request()) == "transfer.already-open"


@pytest.mark.parametrize(("key", "name"), [("consumer_pid", "consumerPid"), ("provider_pid", "providerPid")])
def test_a_body_that_names_another_process_is_refused_r_http_14(key: str, name: str) -> None:
    outcome = got(transfer(P, State.STARTED), tp_message(Kind.SUSPEND, **{key: "urn:uuid:other"}))
    assert isinstance(outcome, dsp.Refusal)
    assert (outcome.error.code, outcome.error.facts["key"]) == ("transfer.wrong-pid", name)


def test_a_message_as_if_from_our_own_side_is_refused_p1() -> None:
    outcome = MACHINE.receive(transfer(P, State.STARTED), tp_message(Kind.SUSPEND), P, "d", LATER)
    assert isinstance(outcome, dsp.Refusal)
    assert outcome.error.code == "transfer.wrong-side"


def test_the_start_says_where_to_fetch_and_no_token_is_kept_r_tp_04() -> None:
    record = moved(transfer(C, State.REQUESTED), tp_message(Kind.START, data_address=address()))
    assert record.data_address == address().redacted()
    assert b"s3cret" not in msgspec.json.encode(record)


def test_an_address_on_its_way_holds_no_token() -> None:
    on_its_way = sending(transfer(P, State.REQUESTED), Kind.START, data_address=address())
    assert b"s3cret" not in msgspec.json.encode(on_its_way)
    assert MACHINE.acknowledged(on_its_way, Kind.START, LATER).data_address == address().redacted()


def test_the_consumer_learns_the_providers_pid_from_the_answer_or_the_start() -> None:
    assert (
        MACHINE.acknowledged(opening(), Kind.REQUEST, LATER, peer_pid=PROVIDER_PID).provider_pid
        == PROVIDER_PID
    )
    outcome = got(opening(), tp_message(Kind.START))
    assert (outcome.record.state, outcome.record.provider_pid) == (State.STARTED, PROVIDER_PID)
    assert outcome.acknowledged


def test_nothing_can_follow_while_the_peers_pid_is_unknown() -> None:
    for record in (opening(), MACHINE.acknowledged(opening(), Kind.REQUEST, LATER)):
        with pytest.raises(ConflictError) as caught:
            sending(record, Kind.TERMINATE)
        assert caught.value.code == "transfer.not-open"


@pytest.mark.parametrize("by", [C, P])
def test_a_suspension_voids_the_address_of_a_pull_r_tp_12(by: dsp.Role) -> None:
    started = transfer(C, State.STARTED, data_address=address().redacted())
    message = tp_message(Kind.SUSPEND, code="1", reason=("quota",))
    if by is P:
        record = moved(started, message)
    else:
        record = MACHINE.acknowledged(MACHINE.send(started, message, NOW), Kind.SUSPEND, LATER)
    assert (record.data_address, record.suspended_by) == (None, by)
    assert (record.code, record.reason) == ("1", ("quota",))


def test_the_address_of_a_push_outlives_a_suspension() -> None:
    pushed = transfer(P, State.STARTED, pull=False, data_address=address().redacted())
    suspended = moved(pushed, tp_message(Kind.SUSPEND))
    again = moved(suspended, tp_message(Kind.START), "other")
    assert again.data_address == address().redacted()
    assert not again.address_due


def test_a_resumption_by_the_provider_brings_a_fresh_address_r_tp_12() -> None:
    record = moved(transfer(C, State.SUSPENDED), tp_message(Kind.START, data_address=address("new")))
    assert (record.state, record.address_due) == (State.STARTED, False)
    assert record.data_address is not None


def test_a_resumption_by_the_consumer_leaves_an_address_due_t_11() -> None:
    provider = moved(transfer(P, State.SUSPENDED), tp_message(Kind.START))
    consumer = MACHINE.acknowledged(sending(transfer(C, State.SUSPENDED), Kind.START), Kind.START, LATER)
    for record in (provider, consumer):
        assert (record.state, record.address_due, record.data_address) == (State.STARTED, True, None)


def test_the_address_that_is_due_comes_with_one_more_start() -> None:
    message = tp_message(Kind.START, data_address=address())
    provider = MACHINE.send(transfer(P, State.STARTED, address_due=True), message, NOW)
    consumer = moved(transfer(C, State.STARTED, address_due=True), message)
    provider = MACHINE.acknowledged(provider, Kind.START, LATER)
    for record in (provider, consumer):
        assert (record.state, record.address_due) == (State.STARTED, False)
        assert record.data_address == address().redacted()


@pytest.mark.parametrize(
    ("role", "due", "brings"),
    [(C, False, True), (C, True, False), (P, True, True)],
    ids=["not-due", "bare", "side"],
)
def test_any_other_start_while_started_is_refused(role: dsp.Role, due: bool, brings: bool) -> None:
    message = tp_message(Kind.START, data_address=address() if brings else None)
    assert refused(transfer(role, State.STARTED, address_due=due), message) == "transfer.wrong-state"


@pytest.mark.parametrize("kind", [Kind.SUSPEND, Kind.COMPLETE, Kind.TERMINATE])
def test_an_address_on_its_way_is_dropped_when_the_state_moves(kind: Kind) -> None:
    on_its_way = sending(transfer(P, State.STARTED, address_due=True), Kind.START, data_address=address())
    outcome = got(on_its_way, tp_message(kind))
    assert outcome.drop_sending
    assert (outcome.record.state, outcome.record.sending) == (target(State.STARTED, kind, C), None)


def test_when_two_resumptions_cross_the_providers_goes_on_for_its_address() -> None:
    provider = sending(transfer(P, State.SUSPENDED), Kind.START, data_address=address())
    outcome = got(provider, tp_message(Kind.START))
    assert (outcome.record.state, outcome.record.sending) == (State.STARTED, Kind.START)
    assert outcome.record.address_due
    consumer = sending(transfer(C, State.SUSPENDED), Kind.START)
    met = got(consumer, tp_message(Kind.START, data_address=address()))
    assert (met.record.state, met.record.sending, met.drop_sending) == (State.STARTED, None, True)
    assert not met.record.address_due


CROSSINGS = [
    (state, ours, theirs)
    for state, ours, theirs in itertools.product(State, FOLLOWING, FOLLOWING)
    if target(state, ours, C) and target(state, theirs, P)
]


@pytest.mark.parametrize(("state", "ours", "theirs"), CROSSINGS)
def test_messages_that_cross_leave_both_sides_in_one_state(state: State, ours: Kind, theirs: Kind) -> None:
    consumer, provider = sending(transfer(C, state), ours), sending(transfer(P, state), theirs)
    at_consumer, at_provider = got(consumer, tp_message(theirs)), got(provider, tp_message(ours))
    consumer_after = getattr(at_consumer, "record", consumer)
    provider_after = getattr(at_provider, "record", provider)
    if isinstance(at_provider, dsp.Transition):
        consumer_after = MACHINE.acknowledged(consumer_after, ours, LATER)
    if isinstance(at_consumer, dsp.Transition):
        provider_after = MACHINE.acknowledged(provider_after, theirs, LATER)
    assert consumer_after.state is provider_after.state


def test_a_completion_outranks_a_suspension_that_it_crosses() -> None:
    assert (
        refused(sending(transfer(C, State.STARTED), Kind.COMPLETE), tp_message(Kind.SUSPEND))
        == "transfer.crossed"
    )


def test_a_second_message_waits_for_the_first_but_a_termination_does_not() -> None:
    on_its_way = sending(transfer(P, State.STARTED), Kind.SUSPEND)
    with pytest.raises(ConflictError) as caught:
        sending(on_its_way, Kind.COMPLETE)
    assert caught.value.code == "transfer.busy"
    assert sending(on_its_way, Kind.TERMINATE).sending is Kind.TERMINATE


def test_a_completion_on_its_way_is_not_replaced() -> None:
    with pytest.raises(ConflictError) as caught:
        sending(sending(transfer(P, State.STARTED), Kind.COMPLETE), Kind.TERMINATE)
    assert caught.value.code == "transfer.busy"


def test_we_do_not_send_under_other_pids_or_open_twice() -> None:
    with pytest.raises(ConflictError) as caught:
        sending(transfer(C, State.STARTED), Kind.SUSPEND, provider_pid="urn:uuid:other")
    assert caught.value.code == "transfer.wrong-pid"
    with pytest.raises(ConflictError):
        sending(transfer(C, State.STARTED), Kind.REQUEST)


@pytest.mark.parametrize("state", [None, *State])
def test_giving_up_ends_what_is_not_over(state: State | None) -> None:
    record = MACHINE.failed(
        transfer(C, state, sending=Kind.REQUEST), LATER, code="peer-away", reason=("no answer",)
    )
    over = state is not None and state.is_terminal
    assert record.sending is None
    assert record.state is (state if over else State.TERMINATED)
    assert record.terminated_by is (None if over else C)


@pytest.mark.parametrize(
    ("peer_state", "standing", "state"),
    [
        (State.SUSPENDED, dsp.PeerFinding.ACKNOWLEDGED, State.SUSPENDED),
        (State.STARTED, dsp.PeerFinding.UNCHANGED, State.STARTED),
        (State.TERMINATED, dsp.PeerFinding.ENDED, State.TERMINATED),
        (State.COMPLETED, dsp.PeerFinding.ENDED, State.COMPLETED),
        (State.REQUESTED, dsp.PeerFinding.DIVERGED, State.STARTED),
    ],
)
def test_a_look_at_the_peers_state_settles_an_unanswered_message_d_12(
    peer_state: State, standing: dsp.PeerFinding, state: State
) -> None:
    found = MACHINE.reconcile(sending(transfer(C, State.STARTED), Kind.SUSPEND), peer_state, LATER)
    assert (found.standing, found.record.state) == (standing, state)


def test_a_look_does_not_reopen_what_is_over() -> None:
    record = transfer(C, State.COMPLETED)
    for peer_state in State:
        assert MACHINE.reconcile(record, peer_state, LATER).record == record


def test_a_dropped_message_leaves_the_state() -> None:
    record = MACHINE.dropped(sending(transfer(P, State.STARTED), Kind.SUSPEND), LATER)
    assert (record.state, record.sending, record.draft) == (State.STARTED, None, None)


def test_a_record_survives_json() -> None:
    for record in (opened(), opening(), sending(transfer(P, State.STARTED), Kind.SUSPEND)):
        assert msgspec.json.decode(msgspec.json.encode(record), type=dsp.TransferProcess) == record


def test_the_pids_are_those_of_the_roles() -> None:
    assert transfer(C, None).peer_pid == PROVIDER_PID
    assert transfer(P, None).peer_pid == CONSUMER_PID

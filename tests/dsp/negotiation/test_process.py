"""Receiving, sending and settling the messages of a negotiation."""

import itertools
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from tests.dsp.samples import (
    BOTH,
    CONSUMER,
    CONSUMER_PID,
    LATER,
    NOW,
    PROVIDER,
    PROVIDER_PID,
    agreement,
    cn_message,
    first_request,
    negotiation,
    offer,
)

from xinfu import dsp
from xinfu.dsp.negotiation import (
    MACHINE,
    Kind,
    State,
    open_to_send,
)
from xinfu.dsp.negotiation.states import target
from xinfu.errors import ConflictError

C, P = dsp.Role.CONSUMER, dsp.Role.PROVIDER


def got(record: dsp.ContractNegotiation, message: Any, digest: str = "d") -> Any:
    return MACHINE.receive(record, message, record.role.other, digest, LATER)


def moved(record: dsp.ContractNegotiation, message: Any, digest: str = "d") -> dsp.ContractNegotiation:
    outcome = got(record, message, digest)
    assert isinstance(outcome, dsp.Transition), outcome
    found: dsp.ContractNegotiation = outcome.record
    return found


def refused(record: dsp.ContractNegotiation, message: Any) -> str:
    outcome = got(record, message)
    assert isinstance(outcome, dsp.Refusal), outcome
    assert outcome.error.status == 400
    return outcome.error.code


def sending(record: dsp.ContractNegotiation, kind: Kind, **changes: Any) -> dsp.ContractNegotiation:
    return MACHINE.send(record, cn_message(kind, **changes), NOW)


SAID_ANEW = (State.AGREED, Kind.AGREE, C)
"""An agreement that its provider repeats in other words is no move, and yet taken."""
TRIPLES = list(itertools.product(State, Kind, dsp.Role))


@pytest.mark.parametrize(("state", "kind", "role"), TRIPLES, ids=[f"{s}-{k}-at-{r}" for s, k, r in TRIPLES])
def test_receiving_follows_the_table_and_a_refusal_changes_nothing_p1(
    state: State, kind: Kind, role: dsp.Role
) -> None:
    record = negotiation(role, state)
    to = state if (state, kind, role) == SAID_ANEW else target(state, kind, role.other)
    outcome = got(record, cn_message(kind))
    if to is None:
        assert isinstance(outcome, dsp.Refusal)
        assert outcome.error.code == "negotiation.wrong-state"
    else:
        assert outcome.record.state is to
        assert outcome.record.updated == LATER


@pytest.mark.parametrize(("state", "kind", "role"), TRIPLES, ids=[f"{s}-{k}-by-{r}" for s, k, r in TRIPLES])
def test_sending_follows_the_table_and_moves_on_acknowledgement_r_gen_11(
    state: State, kind: Kind, role: dsp.Role
) -> None:
    record = negotiation(role, state)
    to = target(state, kind, role)
    if to is None:
        with pytest.raises(ConflictError) as caught:
            sending(record, kind)
        assert caught.value.code == "negotiation.wrong-state"
        return
    on_its_way = sending(record, kind)
    assert (on_its_way.state, on_its_way.sending) == (state, kind)
    done = MACHINE.acknowledged(on_its_way, kind, LATER)
    assert (done.state, done.sending, done.draft) == (to, None, None)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_message_as_if_from_our_own_side_is_refused_p1(kind: Kind) -> None:
    record = negotiation(P, State.REQUESTED)
    outcome = MACHINE.receive(record, cn_message(kind), P, "d", LATER)
    assert isinstance(outcome, dsp.Refusal)
    assert outcome.error.code == "negotiation.wrong-side"


@pytest.mark.parametrize(("key", "name"), [("consumer_pid", "consumerPid"), ("provider_pid", "providerPid")])
@pytest.mark.parametrize("kind", [Kind.VERIFY, Kind.TERMINATE])
def test_a_body_that_names_another_process_is_refused_r_http_14(key: str, name: str, kind: Kind) -> None:
    outcome = got(negotiation(P, State.AGREED), cn_message(kind, **{key: "urn:uuid:other"}))
    assert isinstance(outcome, dsp.Refusal)
    assert (outcome.error.code, outcome.error.facts["key"]) == ("negotiation.wrong-pid", name)


def test_a_repeat_is_answered_again_and_changes_nothing_r_idm_02() -> None:
    record = moved(negotiation(P, State.OFFERED), cn_message(Kind.ACCEPT), "same")
    outcome = got(record, cn_message(Kind.ACCEPT), "same")
    assert outcome == dsp.Repeat(record=record)


def test_another_message_of_the_same_kind_is_no_repeat_r_idm_02() -> None:
    record = moved(negotiation(P, State.OFFERED), cn_message(Kind.REQUEST), "first")
    outcome = got(record, cn_message(Kind.REQUEST), "second")
    assert isinstance(outcome, dsp.Refusal)


def test_a_late_repeat_with_an_id_is_known_even_after_other_messages() -> None:
    record = moved(negotiation(P, State.OFFERED), cn_message(Kind.REQUEST, id="urn:m1"), "first")
    record = MACHINE.acknowledged(sending(record, Kind.OFFER), Kind.OFFER, NOW)
    assert isinstance(got(record, cn_message(Kind.REQUEST, id="urn:m1"), "first"), dsp.Repeat)


def test_an_equal_message_without_id_is_new_once_we_have_moved() -> None:
    record = moved(negotiation(P, State.OFFERED), cn_message(Kind.REQUEST), "same")
    record = MACHINE.acknowledged(sending(record, Kind.OFFER), Kind.OFFER, NOW)
    assert moved(record, cn_message(Kind.REQUEST), "same").state is State.REQUESTED


def test_the_opening_request_is_known_for_good_and_another_one_is_refused() -> None:
    record = negotiation(P, State.AGREED, opening="first")
    assert isinstance(got(record, first_request(), "first"), dsp.Repeat)
    assert refused(record, first_request()) == "negotiation.already-open"


def test_only_so_many_digests_are_remembered() -> None:
    record = negotiation(P, State.OFFERED)
    for turn in range(40):
        record = moved(record, cn_message(Kind.REQUEST, id=f"urn:{turn}"), f"d{turn}")
        record = MACHINE.acknowledged(sending(record, Kind.OFFER), Kind.OFFER, NOW)
    assert len(record.seen) == 16
    assert record.seen[-1] == "d39"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"assigner": "did:web:other"}, "assigner"),
        ({"assignee": "did:web:other"}, "assignee"),
        ({"of": offer(target="urn:uuid:other")}, "target"),
        ({"of": offer(until="2099-01-01T00:00:00Z")}, "rules"),
        ({"of": offer(permission=[{"action": "use"}])}, "rules"),
        ({"of": offer(prohibition=[{"action": "distribute"}])}, "rules"),
        ({"of": offer(obligation=[{"action": "inform"}])}, "rules"),
    ],
    ids=["assigner", "assignee", "target", "value", "constraint-gone", "more", "duty"],
)
def test_an_agreement_that_differs_from_the_last_offer_is_refused_r_cn_11(
    changes: dict[str, Any], where: str
) -> None:
    record = negotiation(C, State.REQUESTED)
    message = cn_message(Kind.AGREE, agreement=agreement(**changes))
    outcome = got(record, message)
    assert isinstance(outcome, dsp.Refusal)
    assert (outcome.error.code, outcome.error.facts["where"]) == ("negotiation.agreement-differs", where)


def test_a_fitting_agreement_is_kept() -> None:
    record = moved(negotiation(C, State.REQUESTED), cn_message(Kind.AGREE))
    assert (record.state, record.agreement) == (State.AGREED, agreement())


@pytest.mark.parametrize("ours", [None, Kind.VERIFY])
def test_an_agreement_said_anew_takes_the_place_of_the_one_that_is_not_verified_r_idm_02(
    ours: Kind | None,
) -> None:
    record = moved(negotiation(C, State.REQUESTED), cn_message(Kind.AGREE))
    record = record if ours is None else sending(record, ours)
    again = agreement()
    other = replace(again, policy=replace(again.policy, id="urn:uuid:another-try"))
    outcome = got(record, cn_message(Kind.AGREE, agreement=other), "e")
    assert (outcome.record.state, outcome.record.agreement) == (State.AGREED, other)
    assert (outcome.record.sending, outcome.drop_sending) == (None, True)


def test_an_agreement_said_anew_is_held_against_the_last_offer_too() -> None:
    record = moved(negotiation(C, State.REQUESTED), cn_message(Kind.AGREE), "first")
    message = cn_message(Kind.AGREE, agreement=agreement(assignee="urn:uuid:other"))
    assert refused(record, message) == "negotiation.agreement-differs"


def test_an_agreement_said_anew_while_we_end_it_is_refused() -> None:
    record = sending(negotiation(C, State.AGREED), Kind.TERMINATE)
    assert refused(record, cn_message(Kind.AGREE)) == "negotiation.wrong-state"


def test_our_own_agreement_is_kept_once_it_is_acknowledged() -> None:
    on_its_way = sending(negotiation(P, State.REQUESTED), Kind.AGREE)
    assert on_its_way.agreement is None
    assert MACHINE.acknowledged(on_its_way, Kind.AGREE, LATER).agreement == agreement()


@pytest.mark.parametrize(
    ("role", "kind", "state"), [(P, Kind.REQUEST, State.OFFERED), (C, Kind.OFFER, State.REQUESTED)]
)
def test_a_counter_offer_becomes_the_current_one(role: dsp.Role, kind: Kind, state: State) -> None:
    other = offer(until="2030-01-01T00:00:00Z")
    record = moved(negotiation(role, state), cn_message(kind, offer=other))
    assert (record.offer, record.offered_by) == (other, role.other)


@pytest.mark.parametrize(
    ("role", "kind", "state"), [(P, Kind.REQUEST, State.OFFERED), (C, Kind.OFFER, State.REQUESTED)]
)
def test_a_counter_offer_on_another_dataset_is_refused_t_13(role: dsp.Role, kind: Kind, state: State) -> None:
    message = cn_message(kind, offer=offer(target="urn:uuid:other"))
    assert refused(negotiation(role, state), message) == "negotiation.target-differs"


def test_our_counter_offer_counts_only_when_it_is_acknowledged() -> None:
    other = offer(until="2030-01-01T00:00:00Z")
    record = negotiation(C, State.OFFERED)
    on_its_way = sending(record, Kind.REQUEST, offer=other)
    assert on_its_way.offer == record.offer
    assert MACHINE.acknowledged(on_its_way, Kind.REQUEST, LATER).offer == other
    assert MACHINE.dropped(on_its_way, LATER).offer == record.offer


@pytest.mark.parametrize("sender", [C, P])
@pytest.mark.parametrize("state", [state for state in State if not state.is_terminal])
def test_termination_is_accepted_from_both_in_any_open_state_a_01(state: State, sender: dsp.Role) -> None:
    message = cn_message(Kind.TERMINATE, code="99", reason=("too dear", {"message": "no"}))
    record = moved(negotiation(sender.other, state), message)
    assert (record.state, record.terminated_by, record.code) == (State.TERMINATED, sender, "99")
    assert record.reason == ("too dear", '{"message":"no"}')


def test_the_next_message_of_the_peer_acknowledges_ours_r_idm_03() -> None:
    on_its_way = sending(negotiation(C, State.OFFERED), Kind.ACCEPT)
    outcome = got(on_its_way, cn_message(Kind.AGREE))
    assert (outcome.record.state, outcome.record.sending) == (State.AGREED, None)
    assert outcome.acknowledged
    assert not outcome.drop_sending


def test_an_agreement_is_held_against_the_counter_offer_that_it_acknowledges() -> None:
    other = offer(until="2030-01-01T00:00:00Z")
    on_its_way = sending(negotiation(C, State.OFFERED), Kind.REQUEST, offer=other)
    assert refused(on_its_way, cn_message(Kind.AGREE)) == "negotiation.agreement-differs"
    assert moved(on_its_way, cn_message(Kind.AGREE, agreement=agreement(other))).state is State.AGREED


def opening() -> dsp.ContractNegotiation:
    return open_to_send(
        first_request(), context="main", participant=CONSUMER, peer=PROVIDER, peer_base="https://p", now=NOW
    )


def test_the_consumer_learns_the_providers_pid_from_the_answer() -> None:
    record = MACHINE.acknowledged(opening(), Kind.REQUEST, LATER, peer_pid=PROVIDER_PID)
    assert (record.state, record.provider_pid) == (State.REQUESTED, PROVIDER_PID)


@pytest.mark.parametrize("kind", [Kind.OFFER, Kind.AGREE, Kind.TERMINATE])
def test_the_consumer_learns_the_providers_pid_from_its_first_message_too(kind: Kind) -> None:
    outcome = got(opening(), cn_message(kind))
    assert outcome.record.provider_pid == PROVIDER_PID
    assert outcome.acknowledged
    assert outcome.record.state is target(State.REQUESTED, kind, P)


def test_a_pid_once_learned_stays() -> None:
    record = MACHINE.acknowledged(opening(), Kind.REQUEST, LATER, peer_pid=PROVIDER_PID)
    assert refused(record, cn_message(Kind.OFFER, provider_pid="urn:uuid:other")) == "negotiation.wrong-pid"


def test_nothing_can_follow_before_the_first_acknowledgement() -> None:
    with pytest.raises(ConflictError) as caught:
        sending(opening(), Kind.TERMINATE)
    assert caught.value.code == "negotiation.not-open"


def test_nothing_can_follow_while_the_peers_pid_is_unknown() -> None:
    record = MACHINE.acknowledged(opening(), Kind.REQUEST, LATER)
    with pytest.raises(ConflictError) as caught:
        sending(record, Kind.TERMINATE)
    assert caught.value.code == "negotiation.not-open"


def test_a_second_message_waits_for_the_first_r_idm_04() -> None:
    on_its_way = sending(negotiation(C, State.OFFERED), Kind.ACCEPT)
    with pytest.raises(ConflictError) as caught:
        sending(on_its_way, Kind.REQUEST)
    assert caught.value.code == "negotiation.busy"


def test_our_termination_takes_the_place_of_a_message_on_its_way() -> None:
    on_its_way = sending(negotiation(C, State.OFFERED), Kind.ACCEPT)
    ending = sending(on_its_way, Kind.TERMINATE, code="1")
    assert MACHINE.acknowledged(ending, Kind.ACCEPT, LATER) == ending
    done = MACHINE.acknowledged(ending, Kind.TERMINATE, LATER)
    assert (done.state, done.terminated_by, done.code) == (State.TERMINATED, C, "1")


@pytest.mark.parametrize(
    ("role", "state", "kind"), [(P, State.VERIFIED, Kind.FINALIZE), (C, State.AGREED, Kind.TERMINATE)]
)
def test_a_deciding_message_on_its_way_is_not_replaced(role: dsp.Role, state: State, kind: Kind) -> None:
    with pytest.raises(ConflictError) as caught:
        sending(sending(negotiation(role, state), kind), Kind.TERMINATE)
    assert caught.value.code == "negotiation.busy"


def test_we_do_not_send_under_other_pids() -> None:
    with pytest.raises(ConflictError) as caught:
        sending(negotiation(C, State.OFFERED), Kind.ACCEPT, provider_pid="urn:uuid:other")
    assert caught.value.code == "negotiation.wrong-pid"


@pytest.mark.parametrize("kind", [Kind.OFFER, Kind.AGREE])
def test_a_termination_drops_what_we_were_sending(kind: Kind) -> None:
    outcome = got(sending(negotiation(P, State.REQUESTED), kind), cn_message(Kind.TERMINATE))
    assert (outcome.record.state, outcome.record.sending) == (State.TERMINATED, None)
    assert outcome.drop_sending


def test_termination_wins_over_a_finalisation_that_it_crosses() -> None:
    provider = sending(negotiation(P, State.VERIFIED, agreement=agreement()), Kind.FINALIZE)
    consumer = sending(negotiation(C, State.VERIFIED, agreement=agreement()), Kind.TERMINATE)
    assert refused(consumer, cn_message(Kind.FINALIZE)) == "negotiation.crossed"
    assert moved(provider, cn_message(Kind.TERMINATE)).state is State.TERMINATED


def test_termination_loses_to_a_finalisation_that_came_first() -> None:
    record = moved(negotiation(C, State.VERIFIED), cn_message(Kind.FINALIZE))
    with pytest.raises(ConflictError):
        sending(record, Kind.TERMINATE)


def test_two_terminations_that_cross_end_in_one() -> None:
    for role in dsp.Role:
        outcome = got(sending(negotiation(role, State.AGREED), Kind.TERMINATE), cn_message(Kind.TERMINATE))
        assert (outcome.record.state, outcome.drop_sending) == (State.TERMINATED, True)


def test_our_termination_stays_on_its_way_while_the_peer_moves_on() -> None:
    outcome = got(sending(negotiation(C, State.REQUESTED), Kind.TERMINATE), cn_message(Kind.OFFER))
    assert (outcome.record.state, outcome.record.sending) == (State.OFFERED, Kind.TERMINATE)
    assert not outcome.drop_sending
    assert MACHINE.acknowledged(outcome.record, Kind.TERMINATE, LATER).state is State.TERMINATED


def test_an_answer_to_a_dropped_message_changes_nothing() -> None:
    record = moved(sending(negotiation(P, State.REQUESTED), Kind.OFFER), cn_message(Kind.TERMINATE))
    assert MACHINE.acknowledged(record, Kind.OFFER, LATER) == record


@pytest.mark.parametrize("state", [None, *State])
def test_giving_up_ends_what_is_not_over(state: State | None) -> None:
    record = MACHINE.failed(
        negotiation(C, state, sending=Kind.REQUEST), LATER, code="peer-away", reason=("no answer",)
    )
    over = state is not None and state.is_terminal
    assert record.sending is None
    assert record.state is (state if over else State.TERMINATED)
    assert record.terminated_by is (None if over else C)


@pytest.mark.parametrize(
    ("peer_state", "standing", "state"),
    [
        (State.ACCEPTED, dsp.PeerFinding.ACKNOWLEDGED, State.ACCEPTED),
        (State.OFFERED, dsp.PeerFinding.UNCHANGED, State.OFFERED),
        (State.TERMINATED, dsp.PeerFinding.ENDED, State.TERMINATED),
        (State.REQUESTED, dsp.PeerFinding.DIVERGED, State.OFFERED),
        (State.FINALIZED, dsp.PeerFinding.DIVERGED, State.OFFERED),
    ],
    ids=["arrived", "not-arrived", "ended", "behind", "ahead"],
)
def test_a_look_at_the_peers_state_settles_an_unanswered_message_d_12(
    peer_state: State, standing: dsp.PeerFinding, state: State
) -> None:
    on_its_way = sending(negotiation(C, State.OFFERED), Kind.ACCEPT)
    found = MACHINE.reconcile(on_its_way, peer_state, LATER)
    assert (found.standing, found.record.state) == (standing, state)


def test_a_look_does_not_reopen_what_is_over() -> None:
    record = negotiation(C, State.FINALIZED)
    for peer_state in State:
        assert MACHINE.reconcile(record, peer_state, LATER).record == record


def test_a_move_ends_the_waiting_for_a_person() -> None:
    record = negotiation(P, State.OFFERED, held=True)
    assert not moved(record, cn_message(Kind.ACCEPT)).held
    assert not sending(record, Kind.TERMINATE).held


def test_a_record_on_its_way_survives_json() -> None:
    record = sending(negotiation(P, State.REQUESTED), Kind.AGREE)
    raw = msgspec.json.encode(record)
    assert msgspec.json.decode(raw, type=dsp.ContractNegotiation) == record


def test_the_parties_are_named_by_role() -> None:
    for role in dsp.Role:
        record = negotiation(role, State.AGREED)
        assert (record.provider, record.consumer) == (PROVIDER, CONSUMER)
        assert record.peer_pid == (PROVIDER_PID if role is C else CONSUMER_PID)
    assert BOTH["consumer_pid"] == CONSUMER_PID

"""Both machines against each other: whatever the network does, both sides agree in the end (D-16, R-GEN-12)."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsp.samples import (
    AGREEMENT,
    CONSUMER,
    NOW,
    PROVIDER,
    address,
    cn_message,
    negotiation,
    offer,
    tp_message,
    transfer,
)
from tests.dsp.two_sides import Side, World

from xinfu import dsp
from xinfu.dsp import negotiation as cn
from xinfu.dsp import transfer as tp

RUNS = settings(max_examples=400, deadline=None, derandomize=True)
ROLES = st.sampled_from(dsp.Role)


def negotiation_message(kind: cn.Kind, record: dsp.ContractNegotiation, name: str) -> dsp.NegotiationMessage:
    """A message of `kind` that fits the record; each counter-offer has a term of its own."""
    if kind in (cn.Kind.REQUEST, cn.Kind.OFFER):
        return cn_message(kind, id=name, offer=offer(until=f"20{30 + int(name[-1])}-01-01T00:00:00Z"))
    if kind is cn.Kind.AGREE:
        agreed = dsp.conclude(
            record.offer, agreement_id=AGREEMENT, assigner=PROVIDER, assignee=CONSUMER, at=NOW
        )
        return cn_message(kind, id=name, agreement=agreed)
    return cn_message(kind, id=name)


def transfer_message(kind: tp.Kind, record: dsp.TransferProcess, name: str) -> dsp.TransferMessage:
    """A message of `kind`; the provider's start brings an address."""
    if kind is tp.Kind.START and record.role is dsp.Role.PROVIDER:
        return tp_message(kind, id=name, data_address=address(name))
    return tp_message(kind, id=name)


def play(world: World, script: list[tuple[str, dsp.Role, Any, int]]) -> None:
    for step, role, kind, number in script:
        match step:
            case "act":
                world.act(role, kind)
            case "repeat":
                world.repeat(number)
            case _:
                getattr(world, step)(role)
    world.settle()
    world.check()


def scripts(kinds: Any) -> Any:
    steps = ["act", "act", "post", "post", "arrive", "arrive", "answered", "answered", "lose", "repeat"]
    step = st.tuples(st.sampled_from(steps), ROLES, kinds, st.integers(0, 9))
    return st.lists(step, max_size=60)


@RUNS
@given(scripts(st.sampled_from(cn.Kind)), st.sampled_from([cn.State.REQUESTED, cn.State.OFFERED]))
def test_both_sides_of_a_negotiation_agree_in_the_end(script: Any, state: cn.State) -> None:
    sides = {role: Side(record=negotiation(role, state)) for role in dsp.Role}
    world = World(family=cn, make=negotiation_message, sides=sides)
    play(world, script)
    consumer, provider = (sides[role].record for role in dsp.Role)
    assert consumer.agreement == provider.agreement or consumer.state is cn.State.TERMINATED, world.trace
    if consumer.state is cn.State.FINALIZED:
        assert consumer.offer == provider.offer, world.trace


@RUNS
@given(scripts(st.sampled_from([kind for kind in tp.Kind if kind is not tp.Kind.REQUEST])))
def test_both_sides_of_a_transfer_agree_in_the_end(script: Any) -> None:
    sides = {role: Side(record=transfer(role, tp.State.REQUESTED)) for role in dsp.Role}
    world = World(family=tp, make=transfer_message, sides=sides)
    play(world, script)
    assert sides[dsp.Role.CONSUMER].record.address_due == sides[dsp.Role.PROVIDER].record.address_due, (
        world.trace
    )


FORWARD = [
    (dsp.Role.PROVIDER, cn.Kind.OFFER),
    (dsp.Role.CONSUMER, cn.Kind.ACCEPT),
    (dsp.Role.PROVIDER, cn.Kind.AGREE),
    (dsp.Role.CONSUMER, cn.Kind.VERIFY),
    (dsp.Role.PROVIDER, cn.Kind.FINALIZE),
]


@RUNS
@given(st.lists(st.sampled_from(["fine", "request lost", "answer lost", "twice"]), min_size=30, max_size=30))
def test_a_negotiation_is_finalized_once_although_messages_are_lost_and_repeated(faults: list[str]) -> None:
    sides = {role: Side(record=negotiation(role, cn.State.REQUESTED)) for role in dsp.Role}
    world = World(family=cn, make=negotiation_message, sides=sides)
    network = iter([*faults, *["fine"] * 20])
    for role, kind in FORWARD:
        world.act(role, kind)
        while sides[role].outbox is not None:
            world.post(role)
            fault = next(network)
            if fault == "request lost":
                world.lose(role)
                continue
            world.arrive(role)
            if fault == "twice":
                world.repeat(len(world.delivered) - 1)
            if fault == "answer lost":
                world.lose(role)
            else:
                world.answered(role)
    assert {side.record.state for side in sides.values()} == {cn.State.FINALIZED}
    assert len(world.delivered) == len(FORWARD)

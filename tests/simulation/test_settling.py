"""An end that both sides have stated to each other stands, whatever one of them says later."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.ports.store_samples import NOW, PEER, agreement
from tests.simulation import people
from tests.simulation.stage import staged
from tests.simulation.template import PROVIDER
from tests.simulation.test_agreements import standing
from tests.simulation.world import World

from xinfu.ports.records import AGREEMENTS, AgreementState
from xinfu.services.agreements.lifecycle import AgreementMove
from xinfu.services.agreements.settling import SideState, prevails, settle

A, S, E, F, T = AgreementState
DAY = timedelta(days=1)


def test_an_end_that_both_sides_have_stated_does_not_change_any_more() -> None:
    async def story(world: World) -> None:
        await people.acts(world.parties[PROVIDER], AgreementMove.FULFIL, world.network.rng)
        await world.loop.stillness()
        late = SideState(state=AgreementState.TERMINATED, clause="7.2", reason="refund")
        for name, party in world.parties.items():
            known = await standing(world, name)
            async with party.parts.store.step(name) as step:
                record = await step.of(AGREEMENTS).lock(known.id)
                assert (await settle(step, party.parts, record, late)).state is AgreementState.FULFILLED

    staged(story)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ((A, {}), (T, PEER), True),
        ((S, {"suspended_by": "us"}), (T, PEER), True),
        ((F, {}), (T, PEER), True),
        ((F, {"end_shared": True}), (T, PEER), False),
        ((F, {"updated": NOW - 2 * DAY}), (T, PEER), False),
        ((E, {}), (T, PEER), True),
        ((E, {}), (F, PEER), True),
        ((E, {"role": "provider"}), (F, PEER), False),
        ((T, {}), (F, PEER), False),
        ((A, {"role": "provider"}), (F, PEER), False),
        ((A, {}), (E, PEER), True),
        ((A, {"until": NOW + DAY}), (E, PEER), False),
        ((A, {}), (S, PEER), True),
        ((A, {}), (S, "us"), False),
        ((A, {}), (S, None), False),
        ((S, {"suspended_by": PEER}), (A, None), True),
        ((S, {"suspended_by": "us"}), (A, None), False),
        ((S, {"suspended_by": "us"}), (S, PEER), True),
        ((S, {"suspended_by": "us", "suspended_too": PEER}), (S, PEER), False),
        ((S, {"suspended_by": "us", "suspended_too": PEER}), (A, None), True),
        ((S, {"suspended_by": "us", "suspended_too": PEER}), (S, "us"), True),
        ((S, {"suspended_by": PEER}), (S, "us"), True),
        ((S, {"suspended_by": PEER, "peer_epoch": 2}), (A, None), True),
        ((T, {}), (S, PEER), False),
        ((F, {}), (A, None), False),
    ],
)
def test_what_the_other_side_says_prevails_by_one_rule(
    ours: tuple[AgreementState, dict[str, object]], theirs: tuple[AgreementState, str | None], expected: bool
) -> None:
    changes = {"role": "consumer", **ours[1]}
    record = replace(agreement(), state=ours[0], **changes)
    said = SideState(state=theirs[0], by=theirs[1])
    assert prevails(said, record, NOW, within=DAY) is expected

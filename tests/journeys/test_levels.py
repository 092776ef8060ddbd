"""A constraint of the standard that is called technical, between two running nodes: once allowed, once refused.

Time, counts and the vault have journeys of their own as well; rows are counted in tests/web/data/test_tables.py.
"""

from typing import Any, Final

import pytest
from msgspec.structs import replace
from tests.journeys.landing import again as transferred_again
from tests.journeys.landing import exported, land, landed
from tests.journeys.landing import read as read_inside
from tests.nodes import World
from tests.services.agreements.test_duties import read

from xinfu import odrl
from xinfu.contracts.levels import Mark, cell, cell_policy
from xinfu.contracts.strategy import StrategyConstraint
from xinfu.contracts.values import read_constraint
from xinfu.odrl import PolicyKind

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTENT: Final = b"day,level\n1,3\n"

AGAIN: Final = [
    ("count", "lteq", "1", "count.exhausted"),
    ("frequency", "lteq", "1/PT1H", "count.exhausted"),
    ("dataSize", "lteq", str(len(CONTENT)), "bytes.exhausted"),
    ("timeWindow", "gteq", "P7D", "time.too-soon"),
]
"""Used once, and refused the next time."""
OTHERWISE: Final = [
    ("time", "gteq", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "time.before"),
    ("deliveryMethod", "eq", "01", "03", "trait.other"),
]
"""Used under the one value, and refused under the other."""


def terms(
    name: str, operator: str, value: str, action: str = "expansionItem", mark: Mark = Mark.PROVIDER
) -> dict[str, Any]:
    """A policy of one permission, to use if nothing else is said, as the standard writes its constraint."""
    assert cell(action, name).mark is mark
    constraint = StrategyConstraint(name=name, operator=operator, value=value)
    return odrl.write(replace(cell_policy(action, read_constraint(constraint)), kind=PolicyKind.SET))


async def agreed(world: World, dataset: str, policy: dict[str, Any]) -> str:
    """Our id of an agreement under the policy."""
    await world.provider.publish(dataset, policy, content=CONTENT)
    return str((await world.agree(dataset))["id"])


@pytest.mark.parametrize(("name", "operator", "value", "code"), AGAIN)
async def test_what_is_granted_once_is_refused_the_next_time(
    world: World, name: str, operator: str, value: str, code: str
) -> None:
    agreement = await agreed(world, f"once-{name}", terms(name, operator, value))
    assert (await read(world, agreement))[1] == ""
    assert (await read(world, agreement))[1] == code


@pytest.mark.parametrize(("name", "operator", "fits", "other", "code"), OTHERWISE)
async def test_what_fits_is_used_and_what_does_not_is_refused(
    world: World, name: str, operator: str, fits: str, other: str, code: str
) -> None:
    assert (await read(world, await agreed(world, f"fits-{name}", terms(name, operator, fits))))[1] == ""
    agreement = await agreed(world, f"other-{name}", terms(name, operator, other))
    assert (await read(world, agreement))[1] == code


def copies(name: str, operator: str, value: str) -> dict[str, Any]:
    """Reading in a vault is free; export is under the constraint."""
    policy = terms(name, operator, value, "reproduce", Mark.ENVIRONMENT)
    return policy | {"permission": [{"action": "read"}, *policy["permission"]]}


@pytest.mark.parametrize(("name", "operator", "value", "code"), AGAIN)
async def test_a_vault_exports_once_and_not_the_next_time(
    world: World, name: str, operator: str, value: str, code: str
) -> None:
    policy = copies(name, operator, value)
    object_ = await landed(world, f"copy-{name}", policy, content=CONTENT, vault=True)
    assert (await exported(world, object_)).status == 200
    beside = await land(world, await transferred_again(world, object_["under"], vault=True))
    said = await exported(world, beside)
    assert (said.status, said.code) == (403, code)
    assert (await read_inside(world, beside)).status == 200


async def test_a_vault_exports_only_in_time(world: World) -> None:
    for moment, status in (("2020-01-01T00:00:00Z", 200), ("2099-01-01T00:00:00Z", 403)):
        policy = copies("time", "gteq", moment)
        object_ = await landed(world, f"copy-{moment}", policy, content=CONTENT, vault=True)
        assert (await exported(world, object_)).status == status

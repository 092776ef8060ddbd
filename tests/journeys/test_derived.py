"""Products made from what others gave: offered as far as each agreement permits to derive, and no further."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest
import pytest_asyncio
from tests.nodes import OPEN, Said, World, world
from tests.stranger import urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

Constraint = dict[str, Any]


def constraint(left: str, operator: str, right: Any) -> Constraint:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


PROVINCE = constraint("MembershipCredential.role", "eq", "province")
CITY = constraint("MembershipCredential.role", "eq", "city")
SUMS = constraint("dataField", "isAnyOf", ["side", "value", "records"])
MANY = constraint("valueExpression", "eq", "records >= 3")
COUNTED = constraint("count", "lteq", "100")
SEEN = {"permission": [{"action": "use", "constraint": [PROVINCE]}]}
DERIVE = {"action": "derive", "constraint": [PROVINCE, SUMS, MANY]}
GIVEN = {"@type": "Set", "permission": [{"action": "use"}, DERIVE]}


def offered(*constraints: Constraint, action: str = "use") -> dict[str, Any]:
    return {"@type": "Set", "permission": [{"action": action, "constraint": list(constraints)}]}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A provider, and a consumer with a table of its own that it made from what it was given."""
    async with world(tmp_path_factory.mktemp("derived")) as found:
        await found.admit(found.provider)
        await found.admit(found.consumer)
        with closing(sqlite3.connect(found.consumer.folder / "sums.db")) as database, database:
            database.execute("CREATE TABLE sums (side TEXT, value TEXT, records INTEGER, names TEXT)")
        yield found


async def agreed(made: World, policy: dict[str, Any]) -> dict[str, Any]:
    """An agreement of the consumer under this policy."""
    dataset = urn()
    await made.provider.publish(dataset, policy)
    agreement: dict[str, Any] = await made.agree(dataset)
    return agreement


async def offer(
    made: World,
    policy: dict[str, Any],
    *sources: str,
    access: dict[str, Any] | None = SEEN,
    id_: str = "sums",
) -> Said:
    """What the consumer's node says to the offer of its table."""
    source = {
        "kind": "table",
        "engine": "sqlite",
        "database": str(made.consumer.folder / "sums.db"),
        "table": "sums",
    }
    asset = {"id": id_, "source": source, "derived_from": list(sources)}
    return await made.consumer.api(
        "POST", "/publications", {"asset": asset, "policy": policy, "access": access}
    )


async def test_what_lies_within_each_agreement_is_offered_and_recorded(made: World) -> None:
    sources = [(await agreed(made, GIVEN))["wire_id"], (await agreed(made, GIVEN))["id"]]
    said = await offer(made, offered(COUNTED, SUMS, MANY), *sources)
    assert said.status == 201, said.body.decode()
    assert said.json["asset"]["derived_from"] == sources
    await made.consumer.numbered()
    entries = await made.consumer.get("/evidence/entries", kind="publication")
    assert entries[-1]["entry"]["facts"]["derived_from"] == sources


@pytest.mark.parametrize(
    ("given", "policy", "access"),
    [
        (GIVEN, offered(SUMS, MANY), None),
        (GIVEN, offered(SUMS, MANY), {"permission": [{"action": "use", "constraint": [CITY]}]}),
        (GIVEN, offered(SUMS), SEEN),
        (GIVEN, offered(MANY), SEEN),
        (GIVEN, offered(constraint("dataField", "isAnyOf", ["side", "names"]), MANY), SEEN),
        (GIVEN, offered(SUMS, MANY, action="distribute"), SEEN),
        (OPEN, offered(SUMS, MANY), SEEN),
        (
            {**GIVEN, "permission": [{"action": "use"}, {**DERIVE, "duty": [{"action": "attribute"}]}]},
            offered(SUMS, MANY),
            SEEN,
        ),
    ],
    ids=[
        "everyone",
        "another role",
        "few records",
        "all columns",
        "a column",
        "passing on",
        "use alone",
        "duty",
    ],
)
async def test_what_an_agreement_does_not_permit_is_refused_with_evidence(
    made: World, given: dict[str, Any], policy: dict[str, Any], access: dict[str, Any] | None
) -> None:
    good, less = await agreed(made, GIVEN), await agreed(made, given)
    id_ = urn()
    said = await offer(made, policy, good["wire_id"], less["wire_id"], access=access, id_=id_)
    assert (said.status, said.code) == (403, "derived.not-permitted")
    assert (await made.consumer.api("GET", f"/assets/{id_}")).status == 404
    await made.consumer.numbered()
    entry = (await made.consumer.get("/evidence/entries", kind="refusal", limit=1000))[-1]["entry"]
    assert entry["facts"] == {"code": "derived.not-permitted", "assets": [id_]}
    assert entry["agreement"] in (good["wire_id"], less["wire_id"])
    again = await offer(made, policy, good["wire_id"], less["wire_id"], access=access, id_=id_)
    assert (again.status, again.code) == (403, "derived.not-permitted")


async def test_a_further_definition_is_held_to_the_sources_too(made: World) -> None:
    agreement, id_ = await agreed(made, GIVEN), urn()
    assert (await offer(made, offered(SUMS, MANY), agreement["wire_id"], id_=id_)).status == 201
    await made.consumer.post("/policies", {"id": f"{id_} all", "policy": OPEN})
    form = {"id": urn(), "access_policy": f"{id_} all", "contract_policy": f"{id_} all", "assets": [id_]}
    said = await made.consumer.api("POST", "/contract-definitions", form)
    assert (said.status, said.code) == (403, "derived.not-permitted")


async def test_only_a_live_agreement_of_ours_as_consumer_is_a_source(made: World) -> None:
    ended = await agreed(made, GIVEN)
    await made.consumer.post(f"/agreements/{ended['id']}/terminate", {"reason": "done"})
    provided = (await made.provider.get("/agreements"))["items"][0]["id"]
    for source in (urn(), ended["wire_id"], provided):
        said = await offer(made, offered(SUMS, MANY), source, id_=urn())
        assert (said.status, said.code) == (403, "derived.no-agreement")

"""Every bad policy through every door: a stable code and a sentence, nothing stored, nothing opened, never a 500.

Our own doors refuse by name. From a peer a policy is refused where it is too large to be read, else it is kept as it
came, waits for a person and opens nothing.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import pytest
import pytest_asyncio
from tests.dialog import first_request
from tests.nodes import OPEN, Said, World
from tests.odrl.bad_policies import BAD, RAW, Bad, written
from tests.stranger import Stranger, message, offer, urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODRL_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
V3: Final = {"@context": {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}}
V4: Final = {"@context": ["https://w3id.org/edc/connector/management/v2"]}

TOO_DEEP: Final = defaultdict(str, {"policy.too-large": "body.too-deep"})
"""What is deeper than JSON is read is refused before anyone sees that it is a policy."""
NARROWER: Final = {"two purposes at once", "no use at all"}
"""Nothing is permitted by them, which lies within any offer: they are agreed to, and open nothing."""

Door = Callable[[World, dict[str, Any]], Awaitable[Said]]


async def _managed(world: World, path: str, body: dict[str, Any]) -> Said:
    url = f"{world.provider.urls['management']}/management{path}"
    key = {"x-api-key": world.provider.api_key, "Content-Type": "application/json"}
    return await world.provider.send("POST", url, written(body), headers=key)


async def publications(world: World, policy: dict[str, Any]) -> Said:
    file = world.provider.folder / "bad.csv"
    file.write_bytes(b"a\n1\n")
    asset = {"id": "bad", "source": {"kind": "file", "path": str(file)}}
    return await world.provider.api("POST", "/publications", written({"asset": asset, "policy": policy}))


async def access(world: World, policy: dict[str, Any]) -> Said:
    file = world.provider.folder / "bad.csv"
    file.write_bytes(b"a\n1\n")
    asset = {"id": "bad", "source": {"kind": "file", "path": str(file)}}
    form = {"asset": asset, "policy": OPEN, "access": policy}
    return await world.provider.api("POST", "/publications", written(form))


async def policies(world: World, policy: dict[str, Any]) -> Said:
    return await world.provider.api("POST", "/policies", written({"id": urn(), "policy": policy}))


async def dry_run(world: World, policy: dict[str, Any]) -> Said:
    return await world.provider.api("POST", "/dry-run", written({"policy": policy}))


async def management_v3(world: World, policy: dict[str, Any]) -> Said:
    written = {"@type": "Set", **policy, "@context": ODRL_CONTEXT}
    return await _managed(world, "/v3/policydefinitions", {**V3, "@id": urn(), "policy": written})


async def management_v4(world: World, policy: dict[str, Any]) -> Said:
    body = {**V4, "@type": "PolicyDefinition", "@id": urn(), "policy": {"@type": "Set", **policy}}
    return await _managed(world, "/v4/policydefinitions", body)


def one(name: str, operator: str, value: str) -> dict[str, str]:
    """A constraint in the words of TC609."""
    return {"name": name, "operator": operator, "value": value}


STRICT: Final[Mapping[str, Door]] = {
    "publications": publications,
    "access": access,
    "policies": policies,
    "dry run": dry_run,
}
MANAGEMENT: Final[Mapping[str, Door]] = {"management v3": management_v3, "management v4": management_v4}


@pytest.mark.parametrize("door", STRICT.values(), ids=STRICT)
@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_our_own_doors_refuse_it_by_its_code_and_store_nothing(
    world: World, bad: Bad, door: Door
) -> None:
    before = world.provider.counts()
    said = await door(world, bad.make())
    assert (said.status, said.code) in {(400, bad.code), (400, TOO_DEEP[bad.code])}, said.body
    assert said.json["detail"]
    assert said.json["detail_zh"]
    assert world.provider.counts() == before


@pytest.mark.parametrize("door", MANAGEMENT.values(), ids=MANAGEMENT)
@pytest.mark.parametrize("name", BAD)
async def test_the_management_api_refuses_it_with_sentences_of_its_own_form(
    world: World, name: str, door: Door
) -> None:
    before = world.provider.counts()
    said = await door(world, BAD[name].make())
    assert said.status < 500, said.body
    if name == "nothing":  # EDC takes a policy that says nothing
        assert said.status == 200
        return
    assert said.status == 400, said.body
    faults = said.json
    assert faults[0]["message"]
    assert world.provider.counts() == before


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
@pytest.mark.parametrize("path", ["/policies", "/dry-run", "/negotiations", "/agreements"])
async def test_what_only_a_text_can_say_is_refused_with_a_problem(
    world: World, path: str, raw: bytes
) -> None:
    said = await world.provider.api("POST", path, b'{"id":"x","policy":' + raw + b"}")
    assert 400 <= said.status < 500, said.body
    assert "." in said.code
    assert said.json["detail_zh"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dataset(world: World) -> tuple[str, str]:
    """A dataset of ours whose requests are agreed to unseen, and the id of its offer."""
    offer_id = await world.provider.publish("wanted")
    for on in ("requested", "countered"):
        form = {"on": on, "do": ["agree-within"], "dataset": "wanted", "priority": 5}
        await world.provider.put(f"/answers/bad-{on}", form)
    return "wanted", offer_id


@pytest.mark.parametrize("name", BAD)
async def test_a_peer_that_asks_for_it_is_refused_or_waits_for_a_person(
    world: World, peer: Stranger, dataset: tuple[str, str], name: str
) -> None:
    target, offer_id = dataset
    wanted = first_request(peer, offer_id, target, offer=offer(offer_id, target, BAD[name].make()))
    said = await peer.send(world.provider.did, f"{world.provider.base}/negotiations/request", written(wanted))
    assert said.status in (201, 400), said.body
    if said.status == 400:
        assert said.code
        assert said.json["reason"][0]["message_zh"]
        return
    shown = await world.provider.get(f"/negotiations/{said.json['providerPid']}")
    if name in NARROWER:
        return
    assert (shown["agreement"], shown["held"], shown["state"]) == (None, True, "REQUESTED")
    refused = await world.provider.api("POST", f"/negotiations/{shown['id']}/agree")
    assert refused.status < 500


@pytest.mark.parametrize("name", BAD)
async def test_a_peer_that_offers_it_is_refused_or_waits_for_a_person(
    world: World, peer: Stranger, name: str
) -> None:
    told = message(
        "ContractOfferMessage",
        providerPid=urn(),
        callbackAddress=peer.base,
        offer=offer("urn:offer:1", "theirs", BAD[name].make()),
    )
    said = await peer.send(world.consumer.did, f"{world.consumer.base}/negotiations/offers", written(told))
    assert said.status in (201, 400), said.body
    if said.status == 400:
        assert said.code
        return
    shown = await world.consumer.get(f"/negotiations/{said.json['consumerPid']}")
    assert (shown["agreement"], shown["state"]) == (None, "OFFERED")
    assert shown["offer"]["rules"]["zh"] or shown["offer"]["rules"]["en"]


OVER = {"an interval that is empty": ("policy.past",)}
"""The one whose time is over: what we state ourselves is refused by that."""


@pytest.mark.parametrize("name", BAD)
async def test_a_counter_offer_of_ours_that_is_bad_is_not_sent(world: World, name: str) -> None:
    """As consumer whatever a provider may judge is asked for; as provider we stand behind what we offer."""
    await world.provider.publish("countered")
    opened = await world.negotiate("countered", policy={"permission": [{"action": "read"}]})
    asked = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    path = f"/negotiations/{asked['provider_pid']}/counter"
    said = await world.provider.api("POST", path, written({"policy": BAD[name].make()}))
    assert (said.status, said.code) in {
        (400, BAD[name].code),
        (400, TOO_DEEP[BAD[name].code]),
        *((400, code) for code in OVER.get(name, ())),
    }, said.body
    await world.provider.post(f"/negotiations/{asked['provider_pid']}/terminate")


@pytest.mark.parametrize("name", BAD)
async def test_terms_of_ours_as_consumer_are_asked_for_or_refused_by_a_code(world: World, name: str) -> None:
    """What we ask for the provider judges; what nobody can read is not sent."""
    await world.provider.publish("asked-for")
    form = {"participant": world.provider.did, "dataset": "asked-for", "policy": BAD[name].make()}
    said = await world.consumer.api("POST", "/negotiations", written(form))
    if said.status == 400:
        assert said.code in {"policy.too-large", "body.too-deep", "message.unwritable", *OVER.get(name, ())}
        assert said.json["detail_zh"]
        return
    assert said.status == 201, said.body
    if name not in NARROWER:
        shown = await world.consumer.get(f"/negotiations/{said.json['id']}")
        assert shown["agreement"] is None


@pytest.mark.parametrize("name", BAD)
async def test_an_agreement_that_is_taken_over_opens_nothing(world: World, name: str) -> None:
    await world.provider.publish("taken-over")
    form = {
        "wire_id": urn(),
        "peer": world.consumer.did,
        "dataset": "taken-over",
        "role": "provider",
        "policy": BAD[name].make(),
    }
    said = await world.provider.api("POST", "/agreements", written(form))
    if said.status == 400:
        assert said.code in {"policy.too-large", "body.too-deep"}
        return
    assert said.status == 201, said.body
    asked = await world.provider.get("/explanation", participant=world.consumer.did, dataset="taken-over")
    assert asked["may"] != "yes"
    await world.provider.api("POST", f"/agreements/{said.json['id']}/terminate", {"reason": "bad"})


def consequences(depth: int) -> dict[str, Any]:
    duty: dict[str, Any] = {"action": "delete"}
    for _ in range(depth):
        duty = {"action": "delete", "consequences": [duty]}
    return duty


RULES: Final[Mapping[str, dict[str, Any]]] = {
    "an unknown action": {"actions": ["fly"]},
    "no action": {"actions": []},
    "an unknown constraint": {"actions": ["read"], "constraints": [one("weather", "eq", "rain")]},
    "an unknown operator": {"actions": ["read"], "constraints": [one("count", "like", "3")]},
    "a time without a zone": {"actions": ["read"], "constraints": [one("time", "lt", "2030-01-01T00:00:00")]},
    "not a number": {"actions": ["read"], "constraints": [one("count", "lteq", "NaN")]},
    "a number of 5,000 digits": {"actions": ["read"], "constraints": [one("count", "lteq", "9" * 5000)]},
    "half a unit": {"actions": ["read"], "constraints": [one("dataSize", "lteq", "10 GBit")]},
    "10,000 constraints": {"actions": ["read"], "constraints": [one("count", "lteq", "3")] * 10_000},
    "100 consequences deep": {"actions": ["read"], "duties": [consequences(100)]},
    "900 consequences deep": {"actions": ["read"], "duties": [consequences(900)]},
    "3,000 consequences deep": {"actions": ["read"], "duties": [consequences(3000)]},
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
async def test_a_bad_template_of_contracts_is_refused_by_a_code(world: World, rule: dict[str, Any]) -> None:
    id_ = urn().removeprefix("urn:uuid:")
    form = written({"id": id_, "name": "bad", "rules": [rule]})
    said = await world.provider.api("PUT", f"/contract-templates/{id_}", form)
    assert said.status == 400, said.body
    assert "." in said.code
    assert said.json["detail_zh"]

"""Two participants in one node see nothing of each other, at any listener (D-01, M1)."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.dialog import Dialog, asked, endpoint, transfer
from tests.nodes import ContextTable, Said, Site, World, site
from tests.stranger import Stranger, message

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Second:
    """The same node as its second participant has it."""

    def __init__(self, site: Site) -> None:
        self.context = site.node.parts.contexts.get("second")
        self.did = self.context.participant
        self.base = self.context.protocol_base


class House(msgspec.Struct, frozen=True, kw_only=True):
    """A node with two participants; everything in it belongs to the first."""

    site: Site
    second: Second
    negotiation: Dialog
    transfer: Dialog
    agreement: str
    entry: str
    credential: str
    token: str
    address: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    world: World, peer: Stranger, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    contexts = (
        ContextTable(id="first", name_en="First", grade=1),
        ContextTable(id="second", name_en="Second", grade=1),
    )
    folder = tmp_path_factory.mktemp("house") / "house"
    async with site(folder, world.session, contexts=contexts, issuer=True) as made:
        held, ready = await made.publish("held"), await made.publish("ready")
        await made.put("/answers/held", {"on": "requested", "do": ["hold"], "dataset": "held"})
        waiting = await asked(peer, made, held, "held")
        agreed = await asked(peer, made, ready, "ready")
        wire_id = (await agreed.hears("ContractAgreementMessage")).json["agreement"]["@id"]
        await agreed.say("ContractAgreementVerificationMessage")
        await made.reaches("negotiations", agreed.pid, "FINALIZED")
        moved = await transfer(peer, made, wire_id)
        address, token = endpoint(await moved.hears("TransferStartMessage"))
        await made.put("/participants/bureau", {"did": peer.did})
        credential = await made.post("/issuer/credentials", {"subject": peer.did})
        await made.numbered()
        yield House(
            site=made,
            second=Second(made),
            negotiation=waiting,
            transfer=moved,
            agreement=(await made.get("/agreements"))["items"][0]["id"],
            entry=(await made.get("/evidence/entries"))[0]["id"],
            credential=credential["id"],
            token=token,
            address=address,
        )


LISTS = [
    "/assets",
    "/policies",
    "/contract-definitions",
    "/answers",
    "/participants",
    "/negotiations",
    "/agreements",
    "/transfers",
    "/issuer/credentials",
]


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_of_one_participant_is_empty_for_the_other(house: House, path: str) -> None:
    first = await house.site.get(path, context="first")
    second = await house.site.get(path, context="second")
    assert first["total"] > 0
    assert (second["items"], second["total"], second["next"]) == ([], 0, None)


async def test_each_participant_has_a_log_of_its_own(house: House) -> None:
    first = await house.site.get("/evidence/entries", context="first", limit=1000)
    second = await house.site.get("/evidence/entries", context="second", limit=1000)
    assert len(first) > len(second)
    assert {each["entry"]["context"] for each in second} == {"second"}
    assert not {each["id"] for each in first} & {each["id"] for each in second}


ITEMS = [
    ("GET", "/assets/ready", None),
    ("PUT", "/assets/ready", {"id": "ready", "source": {"kind": "file", "path": "{file}"}}),
    ("DELETE", "/assets/ready", None),
    ("GET", "/policies/ready", None),
    ("PUT", "/policies/ready", {"id": "ready", "policy": {"permission": [{"action": "use"}]}}),
    ("DELETE", "/policies/ready", None),
    ("DELETE", "/contract-definitions/ready", None),
    (
        "POST",
        "/contract-definitions",
        {"id": "x", "access_policy": "ready", "contract_policy": "ready", "assets": ["ready"]},
    ),
    ("DELETE", "/answers/held", None),
    ("GET", "/negotiations/{negotiation}", None),
    ("POST", "/negotiations/{negotiation}/agree", {}),
    ("POST", "/negotiations/{negotiation}/hold", {}),
    ("POST", "/negotiations/{negotiation}/release", {}),
    ("POST", "/negotiations/{negotiation}/terminate", {}),
    ("POST", "/negotiations/{negotiation}/counter", {"policy": {"permission": [{"action": "use"}]}}),
    ("GET", "/agreements/{agreement}", None),
    ("POST", "/agreements/{agreement}/suspend", {}),
    ("POST", "/agreements/{agreement}/terminate", {}),
    ("POST", "/transfers", {"agreement": "{agreement}"}),
    ("GET", "/transfers/{transfer}", None),
    ("GET", "/transfers/{transfer}/content", None),
    ("GET", "/transfers/{transfer}/files", None),
    ("POST", "/transfers/{transfer}/suspend", {}),
    ("POST", "/transfers/{transfer}/terminate", {}),
    ("GET", "/evidence/receipts/{entry}", None),
    ("POST", "/issuer/credentials/{credential}/revoke", {"reason": "x"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ITEMS, ids=[f"{m} {p}" for m, p, _ in ITEMS])
async def test_an_object_of_one_participant_is_404_for_the_other_and_stays_as_it_was(
    house: House, method: str, path: str, body: Any
) -> None:
    """M1: the same problem as for an id that does not exist."""
    named = {
        "negotiation": house.negotiation.pid,
        "agreement": house.agreement,
        "transfer": house.transfer.pid,
        "entry": house.entry,
        "credential": house.credential,
        "file": str(next(house.site.folder.glob("*.csv"))),
    }

    def filled(text: str) -> str:
        for name, value in named.items():
            text = text.replace("{" + name + "}", value)
        return text

    sent = None if body is None else msgspec.json.decode(filled(msgspec.json.encode(body).decode()))
    before = house.site.counts()
    said = await house.site.api(method, filled(path), sent, context="second")
    assert said.status == 404, said
    assert said.code.endswith(".not-found")
    assert house.site.counts() == before
    shown = await house.site.get(f"/negotiations/{house.negotiation.pid}", context="first")
    assert (shown["state"], shown["held"]) == ("REQUESTED", True)


async def test_a_process_is_found_under_its_own_base_only(house: House, peer: Stranger) -> None:
    """The token is for the second participant, the process belongs to the first."""
    for talk in (house.negotiation, house.transfer):
        said = await peer.send(house.second.did, f"{house.second.base}/{talk.family}/{talk.pid}")
        assert (said.status, said.body) == (404, b"")


async def test_a_token_for_one_participant_opens_nothing_at_the_other(house: House, peer: Stranger) -> None:
    """J2: one host, two audiences."""
    for audience, base in ((house.site.did, house.second.base), (house.second.did, house.site.base)):
        said = await peer.send(audience, f"{base}/catalog/request", message("CatalogRequestMessage"))
        assert said.status == 401


async def test_the_second_participant_offers_nothing_of_the_first(house: House, peer: Stranger) -> None:
    said = await peer.send(
        house.second.did, f"{house.second.base}/catalog/request", message("CatalogRequestMessage")
    )
    assert said.json["participantId"] == house.second.did
    assert "dataset" not in said.json
    gone = await peer.send(house.second.did, f"{house.second.base}/catalog/datasets/ready")
    assert gone.status == 404


async def test_a_token_id_used_at_one_participant_is_fresh_at_the_other(house: House, peer: Stranger) -> None:
    """Claims of token ids are the context's own, like all rows."""
    for did, base in ((house.site.did, house.site.base), (house.second.did, house.second.base)):
        url = f"{base}/catalog/request"
        said = await peer.send(did, url, message("CatalogRequestMessage"), jti="one-and-the-same")
        assert said.status == 200


async def _read(house: House, address: str) -> Said:
    return await house.site.send("GET", address, headers={"Authorization": f"Bearer {house.token}"})


async def test_an_endpoint_token_opens_nothing_below_the_other_participants_address(house: House) -> None:
    assert (await _read(house, house.address)).status == 200
    elsewhere = house.address.replace("/data/first/", "/data/second/")
    assert (await _read(house, elsewhere)).status == 401
    nowhere = house.address.replace("/data/first/", "/data/nobody/")
    assert (await _read(house, nowhere)).status == 401


async def test_the_participants_have_keys_and_documents_of_their_own(house: House) -> None:
    documents = []
    for name in ("first", "second"):
        said = await house.site.send("GET", f"{house.site.urls['protocol']}/{name}/did.json")
        documents.append(said.json)
    assert documents[0]["id"] != documents[1]["id"]
    keys = [{each["publicKeyJwk"]["x"] for each in one["verificationMethod"]} for one in documents]
    assert not keys[0] & keys[1]


async def test_both_participants_stand_in_the_version_document_of_the_host(house: House) -> None:
    said = await house.site.send("GET", f"{house.site.urls['protocol']}/.well-known/dspace-version")
    assert [each["path"] for each in said.json["protocolVersions"]] == [
        "/dsp/first/2025-1",
        "/dsp/second/2025-1",
    ]


async def test_two_participants_of_one_node_deal_with_each_other(house: House) -> None:
    """Over HTTP, like any two."""
    form = {"participant": house.site.did, "dataset": "ready"}
    made = await house.site.post("/negotiations", form, context="second")
    shown = await house.site.reaches("negotiations", made["id"], "FINALIZED", context="second")
    theirs = await house.site.get(f"/negotiations/{shown['provider_pid']}", context="first")
    assert theirs["peer"] == house.second.did


async def test_an_unknown_participant_is_404_at_every_listener(house: House, peer: Stranger) -> None:
    root = house.site.urls["protocol"]
    said = await peer.send(house.site.did, f"{root}/dsp/nobody/2025-1/negotiations/x")
    assert (said.status, said.body) == (404, b"")
    said = await peer.send(
        house.site.did, f"{root}/dsp/nobody/2025-1/catalog/request", message("CatalogRequestMessage")
    )
    assert (said.status, said.json["@type"]) == (404, "CatalogError")
    asked_for = await house.site.api("GET", "/assets", context="nobody")
    assert (asked_for.status, asked_for.code) == (404, "context.not-found")


async def test_a_participant_may_be_named_like_the_protocol_version(
    world: World, peer: Stranger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("odd") / "odd"
    async with site(folder, world.session, contexts=(ContextTable(id="2025-1"),)) as made:
        said = await peer.send(made.did, f"{made.base}/catalog/request", message("CatalogRequestMessage"))
        assert said.status == 200


async def test_an_address_with_needless_percent_signs_is_the_same_address(
    house: House, peer: Stranger
) -> None:
    """What a router decodes, the check of the token's target has to bear."""
    url = house.site.base.replace("/2025-1", "/2025%2D1") + "/catalog/request"
    said = await peer.send(
        house.site.did, url, message("CatalogRequestMessage"), htu=f"{house.site.base}/catalog/request"
    )
    assert said.status == 200

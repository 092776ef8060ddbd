"""Version documents, DID documents and the way from a name to a base (DSP-RULES 3)."""

import pytest
from tests.dsp.schemas import Schemas
from tests.nodes import World
from tests.stranger import Stranger

from xinfu.credentials import read_did_document

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_version_document_leads_to_the_base(world: World, schemas: Schemas) -> None:
    """R-VER-01 to R-VER-05, R-HTTP-02: root and path give the base, from the context's root and the host's."""
    context = world.provider.context
    for root in (context.protocol_root, world.provider.urls["protocol"]):
        said = await world.provider.send("GET", f"{root}/.well-known/dspace-version")
        schemas.check(said.body)
        assert "@context" not in said.json
        (entry,) = said.json["protocolVersions"]
        assert (entry["version"], entry["binding"]) == ("2025-1", "HTTPS")
        assert root + entry["path"] == context.protocol_base
        assert (entry["serviceId"], entry["identifierType"]) == (context.participant, "did:web")


async def test_a_did_document_lists_keys_by_use_and_where_the_versions_are(world: World) -> None:
    """R-VER-08, R-VER-09: the keys of log and contracts sign neither tokens nor credentials."""
    context = world.provider.context
    said = await world.provider.send("GET", f"{world.provider.urls['protocol']}/{context.id}/did.json")
    assert said.headers["content-type"] == "application/did+json"
    document = read_did_document(said.body, did=context.participant)
    assert document.endpoint("DataService") == f"{context.protocol_root}/.well-known/dspace-version"
    signing = world.provider.node.keys.message_signer(context.id).key_id
    log = world.provider.node.keys.log_signer(context.id).key_id
    contract = (await world.provider.node.keys.uncertified_key(context.id)).key_id
    assert {each.id for each in document.methods} == {signing, log, contract}
    assert document.may_sign_tokens(signing)
    assert document.may_sign_credentials(signing)
    for other in (log, contract):
        assert not document.may_sign_tokens(other)
        assert not document.may_sign_credentials(other)
    assert b'"d"' not in said.body


async def test_no_participant_has_the_host_alone_as_its_did(world: World) -> None:
    said = await world.provider.send("GET", f"{world.provider.urls['protocol']}/.well-known/did.json")
    assert (said.status, said.code) == (404, "did.not-found")


async def test_a_participant_is_found_by_did_alias_and_address(world: World) -> None:
    """D-04, R-VER-08."""
    await world.provider.publish("found")
    base, root = world.provider.base, world.provider.context.protocol_root
    await world.consumer.put("/participants/bureau", {"did": world.provider.did})
    await world.consumer.put("/participants/bureau-at", {"did": world.provider.did, "base": base})
    asked: list[dict[str, object]] = [
        {"participant": world.provider.did},
        {"participant": "bureau"},
        {"participant": "bureau-at"},
        {"participant": world.provider.did, "at": base},
        {"participant": world.provider.did, "at": root},
        {"participant": world.provider.did, "at": f"{root}/.well-known/dspace-version"},
    ]
    for query in asked:
        found = await world.consumer.get("/catalog", **query)
        assert (found["base"], found["participant"]) == (base, world.provider.did), query


async def test_a_name_that_nobody_knows_is_404(world: World) -> None:
    said = await world.consumer.api("GET", "/catalog", participant="nobody")
    assert (said.status, said.code) == (404, "participant.unknown")


@pytest.mark.parametrize(
    "did", ["did:web:", "did:web:a:..:b", "did:web:127.0.0.1", "did:web:user@host", "did:web:HOST"]
)
async def test_a_did_that_could_lead_elsewhere_is_refused(world: World, did: str) -> None:
    """J5."""
    said = await world.consumer.api("GET", "/catalog", participant=did.replace("%", "%25"))
    assert (said.status, said.code) == (400, "did.malformed")


async def test_a_participant_without_a_common_version_is_not_spoken_to(world: World, peer: Stranger) -> None:
    """R-VER-06."""
    peer.versions = {"protocolVersions": [{"version": "0.8", "path": "/", "binding": "HTTPS"}]}
    said = await world.consumer.api("GET", "/catalog", participant=peer.did)
    assert (said.status, said.code) == (502, "peer.no-version")
    assert peer.heard == []

"""The key that signs contracts: made at first start, certified, rotated, and never taken for another one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tests.certificates.authority import Holder, name, root
from tests.nodes import Site, World
from tests.nodes import world as open_world

from xinfu.credentials import DidDocument, read_did_document
from xinfu.errors import ConfigError, NotFoundError
from xinfu.node.checks.contracts import contract_key
from xinfu.node.config import Keys as KeysTable
from xinfu.ports.keymaker import NewKey
from xinfu.ports.records import KEYS, KeyRecord, KeyState, KeyUse
from xinfu.ports.signer import Algorithm
from xinfu.services.identity.keys import LEAD, OVERLAP, KeyCabinet
from xinfu.signers import libcrypto
from xinfu.signers.keymaker import Keys
from xinfu.stores.sqlite import open_sqlite

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALGORITHMS = pytest.mark.parametrize("fresh", ["EdDSA", "ES256", "SM2"], indirect=True)


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    keys = KeysTable(contract_algorithm=getattr(request, "param", "SM2"))
    async with open_world(tmp_path_factory.mktemp("contract-keys"), keys=keys) as made:
        yield made


async def _document(site: Site) -> DidDocument:
    body = (await site.send("GET", f"{site.urls['protocol']}/{site.context.id}/did.json")).body
    return read_did_document(body, did=site.did)


async def _stored(site: Site) -> list[KeyRecord]:
    async with site.node.parts.store.view(site.context.id) as view:
        found = await view.of(KEYS).find(KEYS.use.equals(KeyUse.CONTRACT), limit=100)
    return sorted(found, key=lambda key: key.created)


async def _certified(site: Site, top: Holder) -> Holder:
    """What an authority answers for the key that wants a certificate."""
    signer = await site.node.keys.uncertified_key(site.context.id)
    held = top.issue(name("provider.example"), signer=signer)
    await site.node.keys.certify(
        site.context.id, signer.public_jwk(), (held.der, top.der), "CN=provider.example"
    )
    return held


@ALGORITHMS
async def test_a_contract_key_is_made_at_the_first_start(fresh: World) -> None:
    site, keys = fresh.provider, fresh.provider.node.keys
    signer = (await keys.contract_key(site.context.id)).signer
    assert (await keys.contract_key(site.context.id)).signer.key_id == signer.key_id
    (stored,) = await _stored(site)
    assert stored.algorithm == signer.algorithm == site.node.config.keys.contract_algorithm
    document = await _document(site)
    assert document.may_sign_contracts(signer.key_id)
    assert not document.may_sign_tokens(signer.key_id)
    assert not document.may_sign_credentials(signer.key_id)
    assert document.may_sign_contracts(keys.message_signer(site.context.id).key_id)
    assert not document.may_sign_contracts(keys.log_signer(site.context.id).key_id)


async def test_the_private_key_lies_sealed_in_the_store(fresh: World) -> None:
    site = fresh.provider
    await site.node.keys.contract_key(site.context.id)
    (stored,) = await _stored(site)
    opened = site.node.parts.keyring.open(stored.envelope, context=site.context.id, name=stored.id)
    assert len(opened) == 32
    assert opened not in stored.envelope


async def test_messages_and_log_keep_their_own_keys(fresh: World) -> None:
    site = fresh.provider
    await site.node.keys.contract_key(site.context.id)
    await site.publish("air")
    await fresh.agree("air")
    assert site.node.keys.message_signer(site.context.id).algorithm == "EdDSA"


async def test_without_a_certificate_a_fresh_key_signs_after_the_lead(fresh: World) -> None:
    site, keys = fresh.provider, fresh.provider.node.keys
    old = (await keys.contract_key(site.context.id)).signer
    made = await keys.rotate(site.context.id, KeyUse.CONTRACT, algorithm="ES256")
    assert made.algorithm == "ES256"
    assert (await keys.contract_key(site.context.id)).signer.key_id == old.key_id
    site.clock.moved += LEAD + timedelta(seconds=1)
    assert (await keys.contract_key(site.context.id)).signer.key_id == made.id
    site.clock.moved += OVERLAP
    document = await _document(site)
    assert not document.may_sign_contracts(old.key_id), "no contract lives that it signed"
    assert document.may_sign_contracts(made.id)


async def test_a_certified_key_signs_until_the_certificate_of_the_next_one_is_there(fresh: World) -> None:
    site, keys, top = fresh.provider, fresh.provider.node.keys, root("SM2")
    held = await _certified(site, top)
    assert (await keys.contract_key(site.context.id)).certificates == (held.der, top.der)
    made = await keys.rotate(site.context.id, KeyUse.CONTRACT)
    site.clock.moved += timedelta(days=30)
    assert made.state is KeyState.ANNOUNCED
    assert (await keys.contract_key(site.context.id)).signer.key_id == held.signer.key_id
    assert (await keys.uncertified_key(site.context.id)).key_id == made.id
    assert (await _document(site)).may_sign_contracts(made.id)
    await _certified(site, top)
    now = await keys.contract_key(site.context.id)
    assert now.signer.key_id == made.id
    assert now.certificates
    states = {key.id: key.state for key in await _stored(site)}
    assert states == {held.signer.key_id: KeyState.RETIRING, made.id: KeyState.ACTIVE}


async def test_a_key_that_waits_is_replaced_by_the_next_one(fresh: World) -> None:
    site, keys = fresh.provider, fresh.provider.node.keys
    await _certified(site, root("SM2"))
    first = await keys.rotate(site.context.id, KeyUse.CONTRACT)
    second = await keys.rotate(site.context.id, KeyUse.CONTRACT)
    assert (await keys.uncertified_key(site.context.id)).key_id == second.id
    assert not (await _document(site)).may_sign_contracts(first.id)


async def test_a_certificate_about_another_key_is_refused(fresh: World) -> None:
    site = fresh.provider
    await site.node.keys.contract_key(site.context.id)
    stranger = root("SM2")
    with pytest.raises(NotFoundError) as caught:
        await site.node.keys.certify(
            site.context.id, stranger.signer.public_jwk(), (stranger.der,), "CN=Root"
        )
    assert caught.value.code == "key.not-found"


class WithoutSm2(Keys):
    """The keys of a system whose libcrypto has no SM2."""

    def generate(self, algorithm: Algorithm, key_id: str) -> NewKey:
        if algorithm == "SM2":
            libcrypto.load(("libcrypto-without-sm2",))
        return super().generate(algorithm, key_id)


async def test_a_system_without_sm2_does_everything_but_sign_contracts(fresh: World, tmp_path: Path) -> None:
    site = fresh.provider
    store = await open_sqlite(tmp_path / "store.sqlite")
    cabinet = KeyCabinet(
        store=store,
        keyring=site.node.parts.keyring,
        maker=WithoutSm2(),
        clock=site.clock,
        contexts=site.node.parts.contexts,
        algorithm="EdDSA",
        contract_algorithm="SM2",
    )
    await cabinet.open()
    assert cabinet.message_signer(site.context.id).sign(b"m")
    assert cabinet.log_signer(site.context.id).sign(b"m")
    with pytest.raises(ConfigError) as caught:
        await cabinet.contract_key(site.context.id)
    assert caught.value.code == "algorithm.unavailable"
    found = contract_key(site.node.parts, cabinet, site.context)
    assert [each.code for each in found] == ["contract-key.absent"]
    made = await cabinet.rotate(site.context.id, KeyUse.CONTRACT, algorithm="ES256")
    assert (await cabinet.contract_key(site.context.id)).signer.key_id == made.id
    await store.close()


async def test_evidence_tells_of_keys_and_certificates(fresh: World) -> None:
    site = fresh.provider
    held = await _certified(site, root("SM2"))
    await site.numbered()
    added = await site.get("/evidence/entries", kind="key.added")
    mine = [each["entry"]["facts"] for each in added if each["entry"]["facts"]["kid"] == held.signer.key_id]
    assert [each["purpose"] for each in mine] == ["contract"]
    (certified,) = await site.get("/evidence/entries", kind="key.certified")
    assert certified["entry"]["facts"]["subject"] == "CN=provider.example"

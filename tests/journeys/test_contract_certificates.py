"""From a request to a certificate that holds, over the API; the authorities come from files that may change."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from tests.certificates.authority import Holder, name, root
from tests.nodes import Site, site

from xinfu.certificates import PRIVATE_KEY, REQUEST, parse_certificate, read_pem, write_pem
from xinfu.node.authorities import AuthorityFiles
from xinfu.node.config import ContextTable, Trust
from xinfu.node.config import Keys as KeysTable
from xinfu.signers import libcrypto
from xinfu.signers.keymaker import Keys
from xinfu.signers.sm2 import Sm2Signer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONNECTOR = "591430200MA0000001B430200000001P"
OTHER = "591430200MA0000002E4302A7K2M9QXY"
TODAY = datetime.now(UTC).replace(microsecond=0)
SPAN: dict[str, Any] = {"start": TODAY - timedelta(days=1), "end": TODAY + timedelta(days=30)}


@pytest_asyncio.fixture(loop_scope="module", params=["SM2", "ES256"])
async def node(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Site, Holder]]:
    """A node that trusts one authority, and that authority."""
    folder, top = tmp_path_factory.mktemp("certified"), root("SM2")
    (folder / "authorities.pem").write_text(top.pem)
    changes: dict[str, Any] = {
        "keys": KeysTable(contract_algorithm=request.param),
        "trust": Trust(certificates=(str(folder / "authorities.pem"),), revocations=()),
        "contexts": (ContextTable(id="a", connector=CONNECTOR, grade=1),),
    }
    async with aiohttp.ClientSession() as session, site(folder / "a", session, **changes) as made:
        yield made, top


async def _answered(at: Site, top: Holder, unit: str = CONNECTOR, **span: Any) -> Holder:
    """What the authority makes of our request: a certificate for the key that the request is about."""
    await at.post("/keys/certificate/request")
    signer = await at.node.keys.uncertified_key(at.context.id)
    return top.issue(name("a.example", unit), signer=signer, **(SPAN | span))


async def test_a_request_names_the_node_and_its_code(node: tuple[Site, Holder]) -> None:
    at, _ = node
    made = await at.post("/keys/certificate/request", {"organization": "甲方数据公司"})
    assert read_pem(made["request"], REQUEST)
    assert made["algorithm"] == at.node.config.keys.contract_algorithm
    said = await at.api("POST", "/keys/certificate/request", {"common_name": "x" * 65})
    assert (said.status, said.json["code"]) == (400, "certificate.name")


async def test_a_certificate_is_kept_and_its_worth_is_told(node: tuple[Site, Holder]) -> None:
    at, top = node
    assert (await at.api("GET", "/keys/certificate")).status == 404
    held = await _answered(at, top)
    kept = await at.put("/keys/certificate", {"chain": held.pem})
    assert (kept["verdict"], kept["unit"], kept["common_name"]) == ("yes", CONNECTOR, "a.example")
    assert [each["code"] for each in kept["findings"]] == ["certificate.revocation-unchecked"]
    assert "未检查吊销状态" in kept["findings"][0]["zh"]
    assert await at.get("/keys/certificate") == kept


async def test_the_doctor_tells_of_the_key_and_of_the_end_of_its_certificate(
    node: tuple[Site, Holder],
) -> None:
    at, top = node

    async def told() -> set[str]:
        found = (await at.get("/doctor"))["findings"]
        return {each["code"] for each in found if each["code"].startswith("contract-key")}

    assert await told() == {"contract-key.bare"}
    await at.put("/keys/certificate", {"chain": (await _answered(at, top)).pem})
    assert await told() == {"contract-key.certified"}
    at.clock.moved += timedelta(days=20)
    assert await told() == {"contract-key.expires-soon"}
    at.clock.moved += timedelta(days=20)
    assert await told() == {"contract-key.expired"}


async def test_a_certificate_of_a_stranger_is_kept_and_left_open(node: tuple[Site, Holder]) -> None:
    at, _ = node
    held = await _answered(at, root("ES256", "Stranger"))
    kept = await at.put("/keys/certificate", {"chain": held.pem})
    assert kept["verdict"] == "unknown"
    assert "certificate.no-anchor" in [each["code"] for each in kept["findings"]]


async def test_what_is_no_certificate_of_ours_is_refused(node: tuple[Site, Holder]) -> None:
    at, top = node
    elsewhere = await _answered(at, top, unit=OTHER)
    late = await _answered(at, top, end=TODAY - timedelta(hours=1))
    cases = {
        "not PEM": "certificate.pem",
        root("SM2").pem: "key.not-found",
        elsewhere.pem: "certificate.wrong-unit",
        late.pem: "certificate.untimely",
        elsewhere.pem * 9: "certificate.malformed",
        " " * 300_000: "certificate.pem",
    }
    for chain, code in cases.items():
        said = await at.api("PUT", "/keys/certificate", {"chain": chain})
        assert (said.status in {400, 404}, said.json["code"]) == (True, code)


async def test_a_key_that_the_authority_made_is_taken_over(node: tuple[Site, Holder]) -> None:
    at, top = node
    made = Keys().generate("SM2", "authority")
    held = top.issue(name("a.example", CONNECTOR), signer=made.signer, **SPAN)
    assert isinstance(made.signer, Sm2Signer)
    pem = write_pem(PRIVATE_KEY, libcrypto.PKCS8 + made.private)
    others = write_pem(PRIVATE_KEY, libcrypto.PKCS8 + Keys().generate("SM2", "other").private)
    said = await at.api("PUT", "/keys/certificate", {"chain": held.pem, "private_key": others})
    assert (said.status, said.json["code"]) == (404, "key.not-found")
    for _ in range(2):
        kept = await at.put("/keys/certificate", {"chain": held.pem, "private_key": pem})
        assert kept["verdict"] == "yes"
    now = await at.node.keys.contract_key(at.context.id)
    assert now.signer.public_jwk() == made.signer.public_jwk()
    assert now.signer.key_id == kept["key"]


async def test_only_a_contract_key_has_an_algorithm_of_its_own(node: tuple[Site, Holder]) -> None:
    at, _ = node
    said = await at.api("POST", "/keys/rotate", {"use": "message", "algorithm": "SM2"})
    assert (said.status, said.json["code"]) == (400, "key.algorithm")
    made = await at.post("/keys/rotate", {"use": "contract", "algorithm": "EdDSA"})
    assert (made["algorithm"], made["use"]) == ("EdDSA", "contract")


async def test_a_list_that_appears_while_the_node_runs_counts(tmp_path: Path) -> None:
    top = root("SM2")
    signer = top.issue(name("a.example"), **SPAN)
    (tmp_path / "ca.pem").write_text(top.pem)
    (tmp_path / "ca.crl").write_text(top.revoke(next_update=TODAY + timedelta(days=7)))
    files = AuthorityFiles([tmp_path / "ca.pem"], [tmp_path / "ca.crl"])
    assert files().lists[0].revoked == {}
    revoked = top.revoke(signer, since=TODAY - timedelta(hours=1), next_update=TODAY + timedelta(days=7))
    (tmp_path / "ca.crl").write_text(revoked)
    assert set(files().lists[0].revoked) == {parse_certificate(signer.der).serial}
    (tmp_path / "ca.crl").unlink()
    assert set(files().lists[0].revoked) == {signer.serial}, "what was read before still counts"

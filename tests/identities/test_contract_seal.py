"""Seals over contracts: bare and certified, by each algorithm; forged, borrowed, expired and of unknown authorities."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.certificates.authority import NOW, Holder, name, root

from xinfu.certificates import Fault, SignatureCheck, Trust, parse_certificate
from xinfu.credentials import DidDocument, OwnKey, build_did_document
from xinfu.errors import PeerError
from xinfu.identities.contract_seal import ContractSealing
from xinfu.ports.identity import OwnIdentity
from xinfu.ports.sealing import ContractKey, Seal, SealReason, SealStanding
from xinfu.ports.signer import Algorithm, Signer
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier
from xinfu.signers.keymaker import Keys
from xinfu.signers.sm2 import Sm2Verifier
from xinfu.verdict import Verdict

CHECKS: Mapping[str, SignatureCheck] = {
    "EdDSA": Ed25519Verifier(),
    "ES256": Es256Verifier(),
    "SM2": Sm2Verifier(),
}
DID = "did:web:provider.example"
OTHER = "did:web:other.example"
ENTITY = "91430200MA0000001B"
UNIT = "591430200MA0000001B430200000001P"
OTHER_UNIT = "591430200MA0000002E4302A7K2M9QXY"

algorithms = pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "SM2"])


def covered(algorithm: str) -> bytes:
    return f"the text, digested for {algorithm}".encode()


def sealed(seal: Seal) -> bytes:
    return covered(seal.algorithm)


def named_key(algorithm: Algorithm, did: str = DID, fragment: str = "contract-1") -> Signer:
    return Keys().generate(algorithm, f"{did}#{fragment}").signer


@dataclass
class Published:
    """DID documents as they can be had."""

    documents: dict[str, DidDocument] = field(default_factory=dict)

    async def resolve(
        self, did: str, *, kid: str | None = None, stranger_from: str | None = None
    ) -> DidDocument:
        if did not in self.documents:
            raise PeerError("did.unresolved", "It could not be had.", "无法取得。")
        return self.documents[did]


def listing(*signers: Signer, use: Any = "contract", did: str = DID) -> Published:
    keys = [OwnKey(id=each.key_id, jwk=each.public_jwk(), use=use) for each in signers]
    return Published({did: build_did_document(did, keys)})


def sealing(
    signer: Signer,
    published: Published,
    *,
    chain: tuple[Holder, ...] = (),
    anchors: tuple[Holder, ...] = (),
    token: Signer | None = None,
    checks: Mapping[str, SignatureCheck] = CHECKS,
) -> ContractSealing:
    async def own_key(context: str) -> ContractKey:
        return ContractKey(signer=signer, certificates=tuple(each.der for each in chain))

    trust = Trust(anchors=tuple(parse_certificate(each.der) for each in anchors))
    return ContractSealing(
        key=own_key,
        own=lambda context: OwnIdentity(did=DID, signer=token or signer, credentials=()),
        documents=lambda did: None,
        resolver=published,
        trust=lambda: trust,
        checks=checks,
    )


async def checked(
    made: ContractSealing, seal: Seal, *, holder: str = DID, entity: str = ENTITY, at: datetime = NOW
) -> SealStanding:
    return await made.check(seal, covered, holder=holder, entity=entity, at=at, seen=at)


@algorithms
async def test_a_bare_key_holds_and_is_not_certified(algorithm: Algorithm) -> None:
    signer = named_key(algorithm)
    made = sealing(signer, listing(signer))
    seal = await made.seal(context="a", covered=sealed)
    standing = await checked(made, seal)
    assert standing == SealStanding(verdict=Verdict.YES, reasons=(SealReason.UNCERTIFIED,))


@algorithms
@pytest.mark.parametrize("change", ["value", "key", "algorithm", "form", "text"])
async def test_a_forged_seal_is_a_no(algorithm: Algorithm, change: str) -> None:
    signer = named_key(algorithm)
    made = sealing(signer, listing(signer))
    seal = await made.seal(context="a", covered=sealed)
    flipped = ("0" if seal.value[9] != "0" else "1").join((seal.value[:9], seal.value[10:]))
    forged = {
        "value": replace(seal, value=flipped),
        "key": replace(seal, public_jwk=named_key(algorithm).public_jwk()),
        "algorithm": replace(seal, algorithm="ES256" if algorithm != "ES256" else "EdDSA"),
        "form": replace(seal, value="no hex"),
        "text": seal,
    }[change]
    other = (lambda _: b"another text") if change == "text" else covered
    standing = await made.check(forged, other, holder=DID, entity=ENTITY, at=NOW, seen=NOW)
    assert standing == SealStanding(verdict=Verdict.NO, reasons=(SealReason.WRONG,))


async def test_a_bare_key_counts_only_as_the_did_document_says() -> None:
    signer, other = named_key("SM2"), named_key("SM2")
    made = sealing(signer, listing(signer))
    seal = await made.seal(context="a", covered=sealed)
    cases = {
        SealReason.UNRESOLVED: (Published(), seal, Verdict.UNKNOWN),
        SealReason.UNLISTED: (listing(named_key("SM2", fragment="contract-2")), seal, Verdict.UNKNOWN),
        SealReason.OTHER_HOLDER: (listing(other), seal, Verdict.NO),
    }
    for reason, (published, given, verdict) in cases.items():
        standing = await checked(sealing(signer, published), given)
        assert standing == SealStanding(verdict=verdict, reasons=(reason,)), reason
    assert (await checked(made, seal, holder=OTHER)).verdict is Verdict.NO


async def test_a_log_key_binds_nobody_to_a_contract() -> None:
    signer = named_key("EdDSA", fragment="log-1")
    made = sealing(signer, listing(signer, use="log"))
    standing = await checked(made, await made.seal(context="a", covered=sealed))
    assert standing.reasons == (SealReason.UNLISTED,)


async def test_an_algorithm_that_is_not_here_leaves_it_open() -> None:
    signer = named_key("SM2")
    seal = await sealing(signer, listing(signer)).seal(context="a", covered=sealed)
    without = {each: check for each, check in CHECKS.items() if each != "SM2"}
    standing = await checked(sealing(signer, listing(signer), checks=without), seal)
    assert standing == SealStanding(verdict=Verdict.UNKNOWN, reasons=(SealReason.ALGORITHM,))


@dataclass(frozen=True)
class Case:
    """A signer with a certificate, below an intermediate, below a root."""

    signer: Signer
    chain: tuple[Holder, ...]
    top: Holder


def certified(algorithm: Algorithm, unit: str = UNIT, end: datetime = NOW + timedelta(days=30)) -> Case:
    top = root(algorithm)
    middle = top.issue(name("Issuing"), authority=True)
    signer = named_key(algorithm)
    return Case(signer, (middle.issue(name("a.example", unit), signer=signer, end=end), middle), top)


@algorithms
async def test_a_chain_to_a_trusted_authority_certifies_without_any_document(algorithm: Algorithm) -> None:
    case = certified(algorithm)
    made = sealing(case.signer, Published(), chain=case.chain, anchors=(case.top,))
    standing = await checked(made, await made.seal(context="a", covered=sealed))
    assert (standing.verdict, standing.certified) == (Verdict.YES, True)
    assert standing.subject == f"CN=a.example,OU={UNIT},C=CN"
    assert standing.reasons == ("certificate.revocation-unchecked",)


async def test_a_chain_that_leads_nowhere_leaves_it_open_even_for_a_listed_key() -> None:
    case = certified("SM2")
    made = sealing(case.signer, listing(case.signer), chain=case.chain)
    standing = await checked(made, await made.seal(context="a", covered=sealed))
    assert (standing.verdict, standing.certified) == (Verdict.UNKNOWN, False)
    assert standing.reasons == ("certificate.no-anchor",)


async def test_a_certificate_that_had_expired_is_a_no_and_one_that_expired_since_is_not() -> None:
    case = certified("SM2", end=NOW)
    made = sealing(case.signer, Published(), chain=case.chain, anchors=(case.top,))
    seal = await made.seal(context="a", covered=sealed)
    late = await checked(made, seal, at=NOW + timedelta(seconds=1))
    assert late.verdict is Verdict.NO
    assert "certificate.expired" in late.reasons
    assert (await checked(made, seal, at=NOW)).verdict is Verdict.YES


async def test_the_certificate_of_another_connector_signs_for_nobody_else() -> None:
    case = certified("ES256", unit=OTHER_UNIT)
    made = sealing(case.signer, listing(case.signer), chain=case.chain, anchors=(case.top,))
    standing = await checked(made, await made.seal(context="a", covered=sealed))
    assert (standing.verdict, standing.certified) == (Verdict.NO, False)
    assert SealReason.OTHER_HOLDER in standing.reasons


@pytest.mark.parametrize(("listed", "verdict"), [(True, Verdict.YES), (False, Verdict.UNKNOWN)])
async def test_a_certificate_without_a_code_needs_the_document(listed: bool, verdict: Verdict) -> None:
    case = certified("EdDSA", unit="")
    published = listing(case.signer) if listed else Published()
    made = sealing(case.signer, published, chain=case.chain, anchors=(case.top,))
    standing = await checked(made, await made.seal(context="a", covered=sealed))
    assert (standing.verdict, standing.certified) == (verdict, verdict is Verdict.YES)


async def test_a_borrowed_chain_certifies_nothing() -> None:
    case, thief = certified("SM2"), named_key("SM2")
    made = sealing(thief, listing(thief), chain=case.chain, anchors=(case.top,))
    standing = await checked(made, await made.seal(context="a", covered=sealed))
    assert standing == SealStanding(verdict=Verdict.NO, reasons=(SealReason.OTHER_HOLDER,))


@pytest.mark.parametrize(
    "chain", [("no pem",), ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",)]
)
async def test_a_chain_that_nobody_can_read_is_a_no(chain: tuple[str, ...]) -> None:
    signer = named_key("SM2")
    made = sealing(signer, listing(signer))
    seal = replace(await made.seal(context="a", covered=sealed), chain=chain)
    assert await checked(made, seal) == SealStanding(verdict=Verdict.NO, reasons=(SealReason.CHAIN,))


async def test_headers_are_stamped_by_an_sm2_key_or_else_by_the_key_of_tokens() -> None:
    token = named_key("EdDSA", fragment="message-1")
    for algorithm, stamps in (("SM2", True), ("ES256", False)):
        signer = named_key(algorithm)  # type: ignore[arg-type]  # one of the names
        made = sealing(signer, listing(signer), token=token)
        value = await made.stamp(context="a", covered=covered)
        assert len(value) == 128
        check, jwk = (
            (CHECKS[algorithm], signer.public_jwk()) if stamps else (CHECKS["EdDSA"], token.public_jwk())
        )
        assert check.verify(jwk, covered(algorithm if stamps else "EdDSA"), bytes.fromhex(value))
        assert await made.is_stamped(value, covered, holder=DID, jwk=token.public_jwk(), now=NOW)
        assert not await made.is_stamped(
            value, lambda _: b"other", holder=DID, jwk=token.public_jwk(), now=NOW
        )
        assert not await made.is_stamped("zz", covered, holder=DID, jwk=token.public_jwk(), now=NOW)


async def test_a_stamp_by_a_contract_key_that_has_ended_is_refused() -> None:
    signer, token = named_key("SM2"), named_key("EdDSA", fragment="message-1")
    key = OwnKey(id=signer.key_id, jwk=signer.public_jwk(), use="contract", ends=NOW)
    made = sealing(signer, Published({DID: build_did_document(DID, [key])}), token=token)
    value = await made.stamp(context="a", covered=covered)
    for seconds, holds in ((-1, True), (0, False)):
        now = NOW + timedelta(seconds=seconds)
        is_stamped = await made.is_stamped(value, covered, holder=DID, jwk=token.public_jwk(), now=now)
        assert is_stamped is holds, seconds


async def test_a_stamp_by_a_key_that_signs_no_contracts_is_refused() -> None:
    signer, token = named_key("SM2"), named_key("EdDSA", fragment="message-1")
    elsewhere = named_key("SM2", fragment="log-1")
    made = sealing(signer, listing(elsewhere, use="log"), token=token)
    value = await made.stamp(context="a", covered=covered)
    assert not await made.is_stamped(value, covered, holder=DID, jwk=token.public_jwk(), now=NOW)


@pytest.mark.parametrize("reason", [*SealReason, *Fault])
def test_every_reason_has_words_in_both_languages(reason: str) -> None:
    standing = SealStanding(verdict=Verdict.UNKNOWN, reasons=(reason, SealReason.WRONG))
    assert "; it is forged" in standing.sentence("en")
    assert "；签名系伪造" in standing.sentence("zh")

"""Certificates of SM2 whose signature, key or algorithm is spelled or made otherwise than the standards have it."""

from collections.abc import Callable

import pytest
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier
from tests.certificates.authority import NOW, Holder, SignedCertificate, name, root

from xinfu.certificates import ChainCheck, SignatureChecks, Trust, check_chain, parse_certificate, parse_chain
from xinfu.certificates.keys import AlgorithmIdentifier
from xinfu.errors import InputError
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier
from xinfu.signers.sm2 import ORDER, Sm2Signer, Sm2Verifier, der_signature, raw_signature
from xinfu.verdict import Verdict

CHECKS: SignatureChecks = {"EdDSA": Ed25519Verifier(), "ES256": Es256Verifier(), "SM2": Sm2Verifier()}
SM2_WITH_SHA256 = ObjectIdentifier("1.2.156.10197.1.502")
ECDSA_WITH_SHA256 = ObjectIdentifier("1.2.840.10045.4.3.2")


def integer(data: bytes) -> bytes:
    return bytes([2, len(data)]) + data


def sequence(*parts: bytes) -> bytes:
    whole = b"".join(parts)
    return bytes([0x30, len(whole)]) + whole


def positive(number: int) -> bytes:
    """The content of the one DER form of a number."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def spellings(der: bytes) -> dict[str, bytes]:
    """Signatures with the same numbers in another form, or with numbers that none has."""
    raw = raw_signature(der)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    first, second = integer(positive(r)), integer(positive(s))
    return {
        "long form": b"\x30\x81" + der[1:],
        "padded": sequence(integer(b"\x00" + positive(r)), second),
        "negative": sequence(integer((r - 2**256).to_bytes(33, "big", signed=True)), second),
        "a byte after": der + b"\x00",
        "a byte inside": sequence(first, second, b"\x05\x00"),
        "indefinite": b"\x30\x80" + first + second + b"\x00\x00",
        "raw": raw,
        "r of zero": sequence(integer(b"\x00"), second),
        "s of zero": sequence(first, integer(b"\x00")),
        "r and n": sequence(integer(positive(r + ORDER)), second),
        "s of n": sequence(first, integer(positive(ORDER))),
        "n less s": der_signature(raw[:32] + (ORDER - s).to_bytes(32, "big")),
        "swapped": sequence(second, first),
        "beyond 32 bytes": sequence(integer(b"\x01" * 40), second),
        "empty": b"",
    }


def judged(der: bytes, *above: Holder) -> ChainCheck | None:
    """What a chain of it to the last authority is worth; None where it cannot be read."""
    trust = Trust(anchors=(parse_certificate(above[-1].der),), lists=())
    try:
        chain = parse_chain([der, *(each.der for each in above[:-1])])
    except InputError:
        return None
    return check_chain(chain, trust=trust, at=NOW, checks=CHECKS)


def rewritten(holder: Holder, change: Callable[[SignedCertificate], SignedCertificate]) -> bytes:
    return asn1.encode_der(change(asn1.decode_der(SignedCertificate, holder.der)))


def test_a_certificate_comes_back_and_holds() -> None:
    top = root("SM2")
    leaf = top.issue(name("a.example"))
    found = judged(rewritten(leaf, lambda each: each), top)
    assert found is not None
    assert found.verdict is Verdict.YES


def test_a_signature_in_another_form_holds_nothing() -> None:
    top = root("SM2")
    leaf = top.issue(name("a.example"))
    good = asn1.decode_der(SignedCertificate, leaf.der)
    for case, spelled in spellings(good.signature.as_bytes()).items():
        forged = SignedCertificate(
            tbs=good.tbs, algorithm=good.algorithm, signature=asn1.BitString(spelled, 0)
        )
        found = judged(asn1.encode_der(forged), top)
        assert found is None or found.verdict is Verdict.NO, case


def test_a_signature_under_another_user_id_holds_nothing() -> None:
    top = root("SM2")
    assert isinstance(top.signer, Sm2Signer)
    other = Sm2Signer("key", top.signer.private_bytes(), identity=b"8765432187654321")
    authority = Holder(signer=other, subject=top.subject, der=top.der, serial=top.serial)
    found = judged(authority.issue(name("a.example")).der, top)
    assert found is not None
    assert found.verdict is Verdict.NO


@pytest.mark.parametrize("oid", [SM2_WITH_SHA256, ECDSA_WITH_SHA256], ids=["SM2 and SHA-256", "ECDSA"])
@pytest.mark.parametrize("where", ["beside", "inside", "both"])
def test_another_digest_beside_an_sm2_key_holds_nothing(oid: ObjectIdentifier, where: str) -> None:
    """The signature is right and made with SM3; what stands beside it says otherwise."""
    top = root("SM2")
    leaf = top.issue(name("a.example"))
    stated = AlgorithmIdentifier(oid=oid, parameters=None)
    good = asn1.decode_der(SignedCertificate, leaf.der)
    tbs = good.tbs
    if where != "beside":
        tbs.signature = stated
    signed = top.signer.sign(asn1.encode_der(tbs))
    forged = SignedCertificate(
        tbs=tbs,
        algorithm=good.algorithm if where == "inside" else stated,
        signature=asn1.BitString(der_signature(signed), 0),
    )
    found = judged(asn1.encode_der(forged), top)
    assert found is None or found.verdict is not Verdict.YES


def test_an_authority_with_a_key_off_the_curve_signs_nothing() -> None:
    top = root("SM2")
    middle = top.issue(name("Issuing"), authority=True)
    leaf = middle.issue(name("a.example"))
    good = asn1.decode_der(SignedCertificate, middle.der)
    point = good.tbs.key.key.as_bytes()
    good.tbs.key.key = asn1.BitString(point[:33] + point[1:33], 0)
    signed = top.signer.sign(asn1.encode_der(good.tbs))
    off = SignedCertificate(
        tbs=good.tbs, algorithm=good.algorithm, signature=asn1.BitString(der_signature(signed), 0)
    )
    spoiled = Holder(
        signer=middle.signer, subject=middle.subject, der=asn1.encode_der(off), serial=middle.serial
    )
    found = judged(leaf.der, spoiled, top)
    assert found is None or found.verdict is Verdict.NO

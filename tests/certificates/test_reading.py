"""Reading certificates, lists and PEM: what anybody may send, and the openssl command's view of the same bytes."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import BasicConstraints, CertificateBuilder
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.certificates.authority import NOW, YEAR, Holder, name, root
from tests.certificates.test_chain import CHECKS, NODE, algorithms, checked, three, trust

from xinfu.certificates import (
    CERTIFICATE,
    REQUEST,
    REVOCATIONS,
    Certificate,
    Trust,
    check_chain,
    parse_certificate,
    parse_chain,
    parse_revocations,
    read_pem,
    request_certificate,
    write_pem,
)
from xinfu.errors import InputError
from xinfu.ports.signer import Algorithm
from xinfu.signers import libcrypto
from xinfu.signers.sm2 import Sm2Signer
from xinfu.verdict import Verdict

openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command here")
ROOTS = {each: root(each) for each in ("EdDSA", "ES256", "SM2")}
SIGNERS = {each: top.issue(name("a.example", NODE)) for each, top in ROOTS.items()}
TRUST = trust(*ROOTS.values())


@algorithms
def test_a_certificate_says_whose_key_it_is(algorithm: Algorithm) -> None:
    held = SIGNERS[algorithm]
    found = parse_certificate(held.der)
    assert found.jwk == held.signer.public_jwk()
    assert (found.common_name, found.unit, found.serial) == ("a.example", NODE, held.serial)
    assert found.name == f"CN=a.example,OU={NODE},C=CN"
    assert (found.not_before, found.not_after) == (NOW - YEAR, NOW + YEAR)
    assert (found.algorithm, found.is_authority, found.states) == (algorithm, False, True)
    assert parse_certificate(ROOTS[algorithm].der).is_authority


@pytest.mark.parametrize("kind", ["rsa", "p-384"])
def test_a_key_of_another_kind_is_read_and_left_open(kind: str) -> None:
    made = (
        ec.generate_private_key(ec.SECP384R1()) if kind == "p-384" else rsa.generate_private_key(65537, 2048)
    )
    certificate = (
        CertificateBuilder()
        .subject_name(name("Old"))
        .issuer_name(name("Old"))
        .public_key(made.public_key())
        .serial_number(7)
        .not_valid_before(NOW - YEAR)
        .not_valid_after(NOW + YEAR)
        .add_extension(BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(made, hashes.SHA384())
    )
    der = certificate.public_bytes(Encoding.DER)
    found = parse_certificate(der)
    assert (found.jwk, found.algorithm, found.signature) == (None, None, b"")
    signer = Holder(signer=SIGNERS["EdDSA"].signer, subject=name("Old"), der=der, serial=7)
    below = signer.issue(name("a.example"))
    answer = checked(below, by=trust(signer))
    assert answer.verdict is Verdict.UNKNOWN


@algorithms
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_certificate_is_refused_or_holds_no_more(algorithm: Algorithm, data: st.DataObject) -> None:
    """Bytes flipped, cut, repeated and put in: never another error, never a YES for what was not signed."""
    der = bytearray(SIGNERS[algorithm].der)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(der) - 1))
        match data.draw(st.sampled_from(["set", "cut", "insert", "drop", "repeat"])):
            case "set":
                der[place] = data.draw(st.integers(0, 255))
            case "cut":
                del der[place:]
            case "insert":
                der[place:place] = data.draw(st.binary(min_size=1, max_size=8))
            case "drop":
                del der[place : place + data.draw(st.integers(1, 8))]
            case "repeat":
                der[place:place] = der[place : place + 64]
        if not der:
            break
    chain = _read_or_refused(bytes(der))
    if chain is None:
        return
    answer = check_chain(chain, trust=TRUST, at=NOW, checks=CHECKS)
    same = chain[0].tbs == parse_certificate(SIGNERS[algorithm].der).tbs
    assert same or answer.verdict is not Verdict.YES


def _read_or_refused(der: bytes) -> tuple[Certificate, ...] | None:
    try:
        return parse_chain([der])
    except InputError:
        return None


@given(st.binary(max_size=400))
def test_bytes_that_are_no_certificate_are_refused(data: bytes) -> None:
    for read in (parse_certificate, parse_revocations):
        with pytest.raises(InputError):
            read(data)


@pytest.mark.parametrize("depth", [10, 4000])
def test_deep_nesting_ends_at_once(depth: int) -> None:
    nested = b""
    for _ in range(depth):
        length = len(nested)
        size = bytes([length]) if length < 128 else b"\x82" + length.to_bytes(2, "big")
        nested = b"\x30" + size + nested
        if len(nested) > 60000:
            break
    with pytest.raises(InputError) as caught:
        parse_certificate(nested)
    assert caught.value.code == "certificate.malformed"


def test_a_certificate_of_a_megabyte_is_not_even_read() -> None:
    with pytest.raises(InputError, match="16 KiB"):
        parse_certificate(bytes(1024 * 1024))


def test_pem_holds_blocks_of_one_label_in_order() -> None:
    first, second = SIGNERS["SM2"].der, ROOTS["SM2"].der
    text = (
        "Subject: first\n"
        + write_pem(CERTIFICATE, first)
        + write_pem(REQUEST, b"x")
        + write_pem(CERTIFICATE, second)
    )
    assert read_pem(text, CERTIFICATE) == [first, second]
    assert read_pem(text.replace("\n", "\r\n"), CERTIFICATE) == [first, second]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----",
        "-----BEGIN CERTIFICATE-----\nAAAA",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
        "-----BEGIN CERTIFICATE-----\n" * 5000,
        "-----BEGIN CERTIFICATE----- " + "A " * 200_000,
    ],
    ids=["empty", "no base64", "no end", "another label", "many beginnings", "endless"],
)
def test_text_that_is_no_pem_is_refused_at_once(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_pem(text, CERTIFICATE)
    assert caught.value.code == "certificate.pem"


def test_a_name_fits_a_certificate() -> None:
    for wish in ("", "x" * 65):
        with pytest.raises(InputError) as caught:
            request_certificate(SIGNERS["EdDSA"].signer, common_name=wish)
        assert caught.value.code == "certificate.name"


def _openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@openssl
@algorithms
def test_openssl_takes_our_request_and_its_certificate_holds_here(
    tmp_path: Path, algorithm: Algorithm
) -> None:
    """A request of ours is answered by an authority that is not ours; SM2 under the usual identifier."""
    signer = SIGNERS[algorithm].signer
    der = request_certificate(signer, common_name="a.example", unit=NODE, organization="甲方数据公司")
    (tmp_path / "request.pem").write_text(write_pem(REQUEST, der))
    authority = Sm2Signer.generate("did:web:ca#1")
    (tmp_path / "ca.key").write_text(write_pem("PRIVATE KEY", libcrypto.PKCS8 + authority.private_bytes()))
    identifier = ("-sigopt", "distid:1234567812345678")
    made = _openssl(
        *(
            tmp_path,
            "req",
            "-x509",
            "-new",
            "-key",
            "ca.key",
            "-sm3",
            *identifier,
            "-days",
            "30",
            "-out",
            "ca.pem",
        ),
        *("-subj", "/C=CN/CN=CA", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    assert made.returncode == 0, made.stderr
    vouched = ("-vfyopt", "distid:1234567812345678") if algorithm == "SM2" else ()
    answered = _openssl(
        *(
            tmp_path,
            "x509",
            "-req",
            "-in",
            "request.pem",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-sm3",
            "-days",
            "9",
        ),
        *(*identifier, *vouched, "-out", "a.pem"),
    )
    assert answered.returncode == 0, answered.stderr
    (top,) = read_pem((tmp_path / "ca.pem").read_text(), CERTIFICATE)
    (leaf,) = read_pem((tmp_path / "a.pem").read_text(), CERTIFICATE)
    found = parse_certificate(leaf)
    assert found.jwk == signer.public_jwk()
    assert found.name == f"CN=a.example,OU={NODE},O=甲方数据公司"
    now = datetime.now(UTC) + timedelta(minutes=1)
    answer = check_chain((found,), trust=Trust(anchors=(parse_certificate(top),)), at=now, checks=CHECKS)
    assert answer.verdict is Verdict.YES, answer.findings


@openssl
@algorithms
def test_openssl_agrees_on_the_chain_of_our_test_authority(tmp_path: Path, algorithm: Algorithm) -> None:
    top, middle, signer = three(algorithm)
    for file, holder in {"root": top, "middle": middle, "signer": signer}.items():
        (tmp_path / f"{file}.pem").write_text(holder.pem)
    moment = ("-attime", str(int(NOW.timestamp())), "-partial_chain")
    identifier = ("-vfyopt", "distid:1234567812345678") if algorithm == "SM2" else ()
    for issuer, below in (("root", "middle"), ("middle", "signer")):
        good = _openssl(tmp_path, "verify", *moment, *identifier, "-trusted", f"{issuer}.pem", f"{below}.pem")
        assert good.returncode == 0, good.stderr + good.stdout
    assert _openssl(tmp_path, "verify", *moment, *identifier, "-trusted", "root.pem", "signer.pem").returncode


@algorithms
def test_a_list_reads_back_what_it_revokes(algorithm: Algorithm) -> None:
    (der,) = read_pem(ROOTS[algorithm].revoke(SIGNERS[algorithm]), REVOCATIONS)
    found = parse_revocations(der)
    assert set(found.revoked) == {SIGNERS[algorithm].serial}
    assert found.covers(NOW)

"""Chains to an anchor, judged at the moment of signing, with each of the three algorithms."""

from datetime import timedelta

import pytest
from cryptography import x509
from tests.certificates.authority import NOW, YEAR, Holder, extension, key, name, root

from xinfu.certificates import (
    REVOCATIONS,
    ChainCheck,
    Fault,
    SignatureChecks,
    Trust,
    check_chain,
    parse_certificate,
    parse_chain,
    parse_revocations,
    read_pem,
)
from xinfu.errors import InputError
from xinfu.ports.signer import Algorithm
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier
from xinfu.signers.sm2 import Sm2Verifier
from xinfu.verdict import Verdict

CHECKS: SignatureChecks = {"EdDSA": Ed25519Verifier(), "ES256": Es256Verifier(), "SM2": Sm2Verifier()}
NODE = "591430200MA0000001B430200000001P"

algorithms = pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "SM2"])


def trust(*anchors: Holder, lists: tuple[str, ...] = ()) -> Trust:
    return Trust(
        anchors=tuple(parse_certificate(each.der) for each in anchors),
        lists=tuple(parse_revocations(der) for each in lists for der in read_pem(each, REVOCATIONS)),
    )


def checked(
    *chain: Holder, by: Trust, at: timedelta = timedelta(), checks: SignatureChecks = CHECKS
) -> ChainCheck:
    return check_chain(parse_chain([each.der for each in chain]), trust=by, at=NOW + at, checks=checks)


def faults(answer: ChainCheck) -> set[Fault]:
    return {each.fault for each in answer.findings} - {Fault.REVOCATION_UNCHECKED}


def three(algorithm: Algorithm) -> tuple[Holder, Holder, Holder]:
    """Root, authority below it, signer."""
    top = root(algorithm)
    middle = top.issue(name("Issuing"), authority=True, path_length=0)
    return top, middle, middle.issue(name("a.example", NODE))


@algorithms
def test_a_signer_below_an_intermediate_below_the_anchor_holds(algorithm: Algorithm) -> None:
    top, middle, signer = three(algorithm)
    answer = checked(signer, middle, by=trust(top))
    assert answer.verdict is Verdict.YES
    assert [each.common_name for each in answer.path] == ["a.example", "Issuing", "Root"]
    assert answer.signer.unit == NODE
    assert {each.fault for each in answer.findings} == {Fault.REVOCATION_UNCHECKED}


@algorithms
def test_order_and_surplus_of_the_chain_do_not_matter(algorithm: Algorithm) -> None:
    top, middle, signer = three(algorithm)
    _, foreign, _ = three(algorithm)
    assert checked(signer, foreign, top, middle, by=trust(top)).verdict is Verdict.YES


def test_a_chain_may_change_its_algorithm_at_every_step() -> None:
    top = root("SM2")
    middle = top.issue(name("Issuing"), authority=True, algorithm="ES256")
    signer = middle.issue(name("a.example"), algorithm="EdDSA")
    assert checked(signer, middle, by=trust(top)).verdict is Verdict.YES


def test_an_intermediate_may_itself_be_the_anchor() -> None:
    _, middle, signer = three("EdDSA")
    assert checked(signer, by=trust(middle)).verdict is Verdict.YES


def test_a_signer_may_itself_be_the_anchor() -> None:
    _, _, signer = three("EdDSA")
    assert checked(signer, by=trust(signer)).verdict is Verdict.YES


@algorithms
def test_without_an_anchor_nobody_knows(algorithm: Algorithm) -> None:
    top, middle, signer = three(algorithm)
    for others in (trust(), trust(root(algorithm, "Other"))):
        answer = checked(signer, middle, top, by=others)
        assert answer.verdict is Verdict.UNKNOWN
        assert faults(answer) == {Fault.NO_ANCHOR}
    assert checked(signer, by=trust(top)).verdict is Verdict.UNKNOWN, "the intermediate is missing"


@algorithms
def test_an_authority_of_the_same_name_with_another_key_signs_for_nobody(algorithm: Algorithm) -> None:
    _, middle, signer = three(algorithm)
    answer = checked(signer, middle, by=trust(root(algorithm)))
    assert answer.verdict is Verdict.NO
    assert faults(answer) == {Fault.SIGNATURE, Fault.NO_ANCHOR}


@algorithms
def test_of_two_anchors_of_one_name_the_right_one_counts(algorithm: Algorithm) -> None:
    top, middle, signer = three(algorithm)
    assert checked(signer, middle, by=trust(root(algorithm), top)).verdict is Verdict.YES


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        (-YEAR - timedelta(seconds=1), Fault.EARLY),
        (-YEAR, None),
        (YEAR, None),
        (YEAR + timedelta(seconds=1), Fault.EXPIRED),
    ],
    ids=["before", "first second", "last second", "after"],
)
def test_validity_is_judged_at_the_time_of_signing(at: timedelta, fault: Fault | None) -> None:
    top = root("ES256")
    signer = top.issue(name("a.example"))
    answer = checked(signer, by=trust(top), at=at)
    assert faults(answer) == ({fault} if fault else set())
    assert answer.verdict is (Verdict.NO if fault else Verdict.YES)


def test_an_expired_authority_spoils_what_is_signed_afterwards() -> None:
    top = root("EdDSA")
    middle = top.issue(name("Issuing"), authority=True, end=NOW - timedelta(days=1))
    signer = middle.issue(name("a.example"))
    assert faults(checked(signer, middle, by=trust(top))) == {Fault.EXPIRED}
    assert checked(signer, middle, by=trust(top), at=timedelta(days=-2)).verdict is Verdict.YES


def test_an_expired_certificate_without_anchor_is_a_no() -> None:
    signer = root("EdDSA").issue(name("a.example"), end=NOW - timedelta(days=1))
    assert checked(signer, by=trust()).verdict is Verdict.NO


def test_who_is_no_authority_issues_nothing() -> None:
    top = root("SM2")
    honest = top.issue(name("b.example"))
    forged = honest.issue(name("a.example"))
    answer = checked(forged, honest, by=trust(top))
    assert answer.verdict is Verdict.NO
    assert faults(answer) == {Fault.NOT_AUTHORITY, Fault.USAGE}


def test_an_authority_whose_key_signs_no_certificates_issues_nothing() -> None:
    top = root("EdDSA")
    middle = top.issue(name("Issuing"), authority=True, bits=["crl_sign"])
    assert faults(checked(middle.issue(name("a")), middle, by=trust(top))) == {Fault.USAGE}


def test_no_more_authorities_stand_below_one_than_it_allows() -> None:
    top = root("EdDSA")
    middle = top.issue(name("Issuing"), authority=True, path_length=0)
    deeper = middle.issue(name("Deeper"), authority=True)
    answer = checked(deeper.issue(name("a")), deeper, middle, by=trust(top))
    assert answer.verdict is Verdict.NO
    assert faults(answer) == {Fault.PATH_LENGTH}
    renamed = middle.issue(name("Issuing"), authority=True, path_length=0)
    assert checked(renamed.issue(name("a")), renamed, middle, by=trust(top)).verdict is Verdict.YES


def test_a_key_that_may_only_agree_on_secrets_signs_no_contract() -> None:
    top = root("SM2")
    signer = top.issue(name("a.example"), bits=["key_agreement"])
    answer = checked(signer, by=trust(top))
    assert answer.verdict is Verdict.NO
    assert faults(answer) == {Fault.USAGE}


@pytest.mark.parametrize(
    ("value", "critical", "verdict"),
    [
        (
            x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.156.10197.9.9"), b"\x05\x00"),
            True,
            "UNKNOWN",
        ),
        (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.156.10197.9.9"), b"\x05\x00"), False, "YES"),
        (x509.NameConstraints([x509.DNSName("b.example")], None), False, "UNKNOWN"),
        (x509.SubjectAlternativeName([x509.DNSName("a.example")]), True, "YES"),
    ],
    ids=["critical", "not critical", "limits on names", "alternative names"],
)
def test_a_condition_that_nobody_understands_leaves_it_open(
    value: x509.ExtensionType, critical: bool, verdict: str
) -> None:
    top = root("EdDSA")
    signer = top.issue(name("a.example"), more=[extension(value, critical=critical)])
    assert checked(signer, by=trust(top)).verdict is Verdict[verdict]


def test_key_ids_choose_among_authorities_of_one_name() -> None:
    top = root("EdDSA")
    first = x509.SubjectKeyIdentifier(b"1" * 20)
    middle = top.issue(name("Issuing"), authority=True, more=[extension(first)])
    points_elsewhere = x509.AuthorityKeyIdentifier(b"2" * 20, None, None)
    signer = middle.issue(name("a.example"), more=[extension(points_elsewhere)])
    answer = checked(signer, middle, by=trust(top))
    assert answer.verdict is Verdict.UNKNOWN
    assert faults(answer) == {Fault.NO_ANCHOR}


def test_an_algorithm_that_is_not_here_leaves_it_open() -> None:
    """SM2 where the system has none: nobody can say, and everything else goes on."""
    top, middle, signer = three("SM2")
    without: SignatureChecks = {name: check for name, check in CHECKS.items() if name != "SM2"}
    answer = checked(signer, middle, by=trust(top), checks=without)
    assert answer.verdict is Verdict.UNKNOWN
    assert Fault.ALGORITHM in faults(answer)
    other, between, leaf = three("EdDSA")
    assert checked(leaf, between, by=trust(other), checks=without).verdict is Verdict.YES


@algorithms
def test_a_revoked_certificate_held_before_and_not_after(algorithm: Algorithm) -> None:
    top = root(algorithm)
    good, bad = top.issue(name("good")), top.issue(name("bad"))
    by = trust(top, lists=(top.revoke(bad, since=NOW - timedelta(days=2)),))
    assert checked(bad, by=by).verdict is Verdict.NO
    assert faults(checked(bad, by=by)) == {Fault.REVOKED}
    assert checked(bad, by=by, at=timedelta(days=-3)).verdict is Verdict.YES
    assert checked(good, by=by).findings == ()
    assert checked(good, by=by).verdict is Verdict.YES


def test_a_key_that_became_known_leaves_earlier_signatures_open() -> None:
    top = root("EdDSA")
    bad = top.issue(name("bad"))
    stolen = top.revoke(bad, since=NOW - timedelta(days=2), reason=x509.ReasonFlags.key_compromise)
    answer = checked(bad, by=trust(top, lists=(stolen,)), at=timedelta(days=-3))
    assert answer.verdict is Verdict.UNKNOWN
    assert faults(answer) == {Fault.COMPROMISED}


def test_a_list_that_is_out_of_date_tells_nothing() -> None:
    top = root("EdDSA")
    by = trust(top, lists=(top.revoke(next_update=NOW + timedelta(days=7)),))
    signer = top.issue(name("a.example"))
    assert checked(signer, by=by, at=timedelta(days=7)).verdict is Verdict.YES
    late = checked(signer, by=by, at=timedelta(days=7, seconds=1))
    assert late.verdict is Verdict.UNKNOWN
    assert faults(late) == {Fault.REVOCATION_STALE}


def test_a_list_that_another_key_signed_tells_nothing() -> None:
    top = root("EdDSA")
    bad = top.issue(name("bad"))
    by = trust(top, lists=(top.revoke(bad, by=key("EdDSA")),))
    assert checked(bad, by=by).verdict is Verdict.UNKNOWN
    assert faults(checked(bad, by=by)) == {Fault.REVOCATION_FORGED}


def test_a_list_with_limits_of_its_own_is_refused() -> None:
    top = root("EdDSA")
    delta = extension(x509.DeltaCRLIndicator(1), critical=True)
    with pytest.raises(InputError) as caught:
        trust(top, lists=(top.revoke(more=[delta]),))
    assert caught.value.code == "certificate.revocations"


def test_a_maze_of_authorities_of_one_name_ends() -> None:
    """Work is bounded: every authority may have issued every other one, and none leads out."""
    tops = [root("EdDSA", "Same") for _ in range(8)]
    answer = checked(*tops, by=trust(root("EdDSA", "Same")))
    assert answer.verdict is Verdict.NO
    assert Fault.NO_ANCHOR in faults(answer)


@pytest.mark.parametrize("number", [0, 9])
def test_a_chain_has_one_to_eight_certificates(number: int) -> None:
    with pytest.raises(InputError) as caught:
        parse_chain([root("EdDSA").der] * number)
    assert caught.value.code == "certificate.malformed"


def test_every_finding_says_whose_certificate_and_what_in_both_languages() -> None:
    top = root("EdDSA", "根证书")
    answer = checked(top.issue(name("a.example"), end=NOW - timedelta(days=1)), by=trust(top))
    (expired,) = [each for each in answer.findings if each.fault is Fault.EXPIRED]
    assert "CN=a.example" in expired.sentence("en")
    assert "expired at the time" in expired.sentence("en").replace("had expired", "expired")
    assert expired.sentence("zh") == "证书“CN=a.example,C=CN”：签署时已过期。"

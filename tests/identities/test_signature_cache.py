"""Remembered signatures: the same answers, fewer checks."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from xinfu.identities.signature_cache import MOST_HELD, CachedCheck, cache_checks
from xinfu.signers.ed25519 import Ed25519Signer, Ed25519Verifier

ONE = Ed25519Signer.from_private_bytes("did:web:a#1", b"\x01" * 32)
TWO = Ed25519Signer.from_private_bytes("did:web:a#2", b"\x02" * 32)


class Counting:
    """The true check, which counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
        self.asked += 1
        return Ed25519Verifier().verify(jwk, message, signature)


def test_a_good_signature_is_checked_once() -> None:
    counting = Counting()
    check = cache_checks({"EdDSA": counting})["EdDSA"]
    assert all(check.verify(ONE.public_jwk(), b"m", ONE.sign(b"m")) for _ in range(5))
    assert counting.asked == 1


_part = st.sampled_from([b"", b"a", b"ab", b"b"])


@given(
    st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.sampled_from([ONE, TWO]), _part, _part), max_size=30)
)
def test_the_answers_are_those_of_the_true_check(
    asked: list[tuple[Ed25519Signer, Ed25519Signer, bytes, bytes]],
) -> None:
    check, true = CachedCheck(Ed25519Verifier()), Ed25519Verifier()
    for signer, key, signed, claimed in asked:
        arguments = (key.public_jwk(), claimed, signer.sign(signed))
        assert check.verify(*arguments) is true.verify(*arguments)


def test_a_bad_signature_is_never_remembered() -> None:
    counting = Counting()
    check = CachedCheck(counting)
    assert not any(check.verify(ONE.public_jwk(), b"m", TWO.sign(b"m")) for _ in range(3))
    assert counting.asked == 3


def test_memory_for_signatures_is_bounded() -> None:
    class Yes:
        def verify(self, jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
            return True

    check = CachedCheck(Yes())
    for number in range(MOST_HELD + 10):
        check.verify({}, str(number).encode(), b"")
    assert len(check._good) == MOST_HELD

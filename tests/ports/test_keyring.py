"""The contract of ports/keyring.py, over every adapter."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinfu.errors import IntegrityError
from xinfu.ports.keyring import Keyring
from xinfu.signers.keyring import MasterKeyring

OLD, NEW = b"\x01" * 32, b"\x02" * 32


@pytest.fixture(params=["master"], scope="module")
def keyring(request: pytest.FixtureRequest) -> Keyring:
    return {"master": MasterKeyring([NEW, OLD])}[request.param]


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=40)
def test_what_was_sealed_opens_again(keyring: Keyring, secret: bytes, context: str, name: str) -> None:
    assert (
        keyring.open(keyring.seal(secret, context=context, name=name), context=context, name=name) == secret
    )


def test_an_envelope_does_not_hold_the_secret_and_is_never_the_same(keyring: Keyring) -> None:
    secret = b"canary-canary-canary"
    first, second = (keyring.seal(secret, context="c", name="n") for _ in range(2))
    assert first != second
    assert secret not in first


@pytest.mark.parametrize(("context", "name"), [("c2", "n"), ("c", "n2"), ("cn", ""), ("", "cn"), ("n", "c")])
def test_an_envelope_in_another_place_opens_nothing(keyring: Keyring, context: str, name: str) -> None:
    envelope = keyring.seal(b"secret", context="c", name="n")
    with pytest.raises(IntegrityError) as refused:
        keyring.open(envelope, context=context, name=name)
    assert refused.value.code == "keyring.broken"


def test_no_byte_of_an_envelope_can_be_changed(keyring: Keyring) -> None:
    envelope = keyring.seal(b"secret", context="c", name="n")
    for position in range(len(envelope)):
        changed = bytearray(envelope)
        changed[position] ^= 1
        with pytest.raises(IntegrityError):
            keyring.open(bytes(changed), context="c", name="n")


def test_no_part_of_an_envelope_opens(keyring: Keyring) -> None:
    envelope = keyring.seal(b"secret", context="c", name="n")
    for length in range(len(envelope)):
        with pytest.raises(IntegrityError):
            keyring.open(envelope[:length], context="c", name="n")


def test_a_fresh_envelope_is_current(keyring: Keyring) -> None:
    assert keyring.is_current(keyring.seal(b"", context="c", name="n"))
    assert not keyring.is_current(b"")

"""Signed notes: the published examples verify, and no bit of a note can change unseen."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.signing import Ed25519Key, Es256Key, Key, check_signature

from xinfu.errors import InputError, IntegrityError
from xinfu.evidence import Note, NoteKey, note_signature, sign_note, thumbprint, verify_note
from xinfu.evidence.note import COSIGNATURE, signature_by, usable_keys

NAME = "did:web:bureau.example"
TEXT = "did:web:bureau.example\n7\nroot\n"
KEYS: list[Key] = [Ed25519Key(1), Es256Key(5)]
each_key = pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "ES256"])

# The example of golang.org/x/mod/sumdb/note, from which C2SP signed-note was written down.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_example_of_the_go_implementation_verifies() -> None:
    key = NoteKey.from_vkey(GO_VKEY)
    note = Note.parse(GO_NOTE)
    assert verify_note(note, key, check_signature)
    assert key.vkey() == GO_VKEY
    assert note.to_text() == GO_NOTE


@each_key
def test_what_a_key_signs_it_verifies(key: Key) -> None:
    note = Note.parse(sign_note(TEXT, key.note_key(NAME), key.sign(TEXT.encode())))
    assert verify_note(note, key.note_key(NAME), check_signature)
    assert not verify_note(note, key.note_key("did:web:other.example"), check_signature)
    assert not verify_note(note, Ed25519Key(9).note_key(NAME), check_signature)


@each_key
def test_every_flipped_byte_of_a_note_is_found(key: Key) -> None:
    data = sign_note(TEXT, key.note_key(NAME), key.sign(TEXT.encode())).encode()
    for position in range(len(data)):
        for bit in (0x01, 0x20):
            flipped = bytearray(data)
            flipped[position] ^= bit
            try:
                note = Note.parse(flipped.decode())
            except (IntegrityError, UnicodeDecodeError):
                continue
            assert not verify_note(note, key.note_key(NAME), check_signature), bytes(flipped)


@each_key
def test_a_key_can_be_handed_over_as_one_word_and_as_jwk(key: Key) -> None:
    made = key.note_key(NAME)
    assert NoteKey.from_vkey(made.vkey()) == made
    assert NoteKey.from_jwk(NAME, made.jwk()) == made
    assert made.jwk() == key.jwk


def test_the_key_id_is_that_of_the_specification() -> None:

    raw = Ed25519Key(1).private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert Ed25519Key(1).note_key("a").key_hash == hashlib.sha256(b"a\n\x01" + raw).digest()[:4]
    spki = Es256Key(5).private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert Es256Key(5).note_key("a").key_hash == hashlib.sha256(spki).digest()[:4]
    assert Es256Key(5).note_key("a").public == spki


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_ecdsa_signatures_stand_in_der_and_come_back(r: int, s: int) -> None:

    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    line = note_signature(Es256Key(5).note_key(NAME), raw)
    assert line.signature == encode_dss_signature(r, s)
    note = Note(text=TEXT, signatures=(line,))
    assert verify_note(note, Es256Key(5).note_key(NAME), lambda _jwk, _message, signature: signature == raw)


@given(st.binary(max_size=80))
def test_no_bytes_make_the_der_reader_fail(data: bytes) -> None:
    key = Es256Key(5).note_key(NAME)
    line = type(note_signature(key, b"\1" * 64))(name=NAME, key_hash=key.key_hash, signature=data)
    assert not verify_note(Note(text=TEXT, signatures=(line,)), key, check_signature)


def test_witness_lines_are_kept_and_a_cosignature_verifies() -> None:
    witness = Ed25519Key(4)
    cosigner = NoteKey(name="witness.example", type=COSIGNATURE, public=witness.note_key("w").public)
    time = 1_772_366_400
    signature = witness.sign(f"cosignature/v1\ntime {time}\n{TEXT}".encode())
    own = sign_note(TEXT, KEYS[0].note_key(NAME), KEYS[0].sign(TEXT.encode()))
    note = Note.parse(own).with_signature(note_signature(cosigner, time.to_bytes(8, "big") + signature))
    again = Note.parse(note.to_text())
    assert again == note
    assert verify_note(again, cosigner, check_signature)
    assert verify_note(again, KEYS[0].note_key(NAME), check_signature)
    assert witness.note_key("witness.example").cosigners() == (cosigner,)
    wrong = note.signatures[1].signature[:7] + b"\0" + signature
    moved = Note.parse(own).with_signature(note_signature(cosigner, wrong))
    assert not verify_note(moved, cosigner, check_signature)


def test_signatures_of_unknown_keys_are_ignored() -> None:
    note = Note.parse(GO_NOTE).with_signature(note_signature(KEYS[0].note_key("nobody"), bytes(64)))
    assert verify_note(note, NoteKey.from_vkey(GO_VKEY), check_signature)
    assert signature_by(note, KEYS[1].note_key("nobody")) is None


def test_a_text_may_hold_empty_lines() -> None:
    text = "a\n\nb\n"
    note = Note.parse(sign_note(text, KEYS[0].note_key(NAME), KEYS[0].sign(text.encode())))
    assert note.text == text
    assert verify_note(note, KEYS[0].note_key(NAME), check_signature)


LINE = "\u2014 a AAAAAAA="


@pytest.mark.parametrize(
    ("note", "line"),
    [
        ("", "1"),
        ("text\n", "1"),
        (f"text\n{LINE}\n", "1"),
        (f"text\n\n{LINE}", "1"),
        ("text\n\n", "1"),
        ("text\n\n- a AAAAAAA=\n", "3"),
        ("text\n\n\u2014 a AAAA\n", "3"),
        ("text\n\n\u2014 a AAAAAAA\n", "3"),
        ("text\n\n\u2014 a AAAAAAB=\n", "3"),
        (f"text\n\n{LINE}\n\u2014 a+b AAAAAAA=\n", "4"),
        (f"te\rxt\n\n{LINE}\n", "1"),
        (f"text\n\n{LINE}\n" * 1 + f"{LINE}\n" * 100, "3"),
    ],
)
def test_a_malformed_note_is_refused_with_its_line(note: str, line: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        Note.parse(note)
    assert caught.value.code == "evidence.note-malformed"
    assert caught.value.facts["line"] == line


@pytest.mark.parametrize("text", ["no newline", "control\x01\n"])
def test_what_is_no_note_text_is_not_signed(text: str) -> None:
    with pytest.raises(IntegrityError):
        sign_note(text, KEYS[0].note_key(NAME), bytes(64))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a+b",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "a+00000000+",
        "a+00000000+Ag==",
        "a b+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(InputError) as caught:
        NoteKey.from_vkey(vkey)
    assert caught.value.code == "evidence.key-unusable"


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "RSA"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "OKP", "crv": "Ed25519", "x": "!"},
        {"kty": "OKP", "crv": "X25519", "x": "A" * 43},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
    ],
)
def test_only_ed25519_and_p_256_keys_sign_notes(jwk: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        NoteKey.from_jwk(NAME, jwk)
    assert caught.value.code == "evidence.key-unusable"


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    # RFC 8037 appendix A.3.
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "x"}
    assert thumbprint(jwk) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_keys_that_sign_no_notes_are_left_out() -> None:
    strange = {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}
    assert usable_keys(NAME, [strange, KEYS[0].jwk]) == [KEYS[0].note_key(NAME)]


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_a_wrong_length_is_none_whatever_the_checker_says(length: int) -> None:
    note = Note(text=TEXT, signatures=(note_signature(KEYS[0].note_key(NAME), bytes(length)),))
    assert not verify_note(note, KEYS[0].note_key(NAME), lambda _jwk, _message, _signature: True)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\n"])
def test_a_key_has_a_name_without_spaces_and_plus(name: str) -> None:
    with pytest.raises(InputError):
        KEYS[0].note_key(name)

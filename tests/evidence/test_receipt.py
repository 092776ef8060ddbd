"""Receipts: what an intact one shows with and without an anchor, and what damage looks like."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.auditor import accepts
from tests.evidence.book import NOON, OWN, PEER, Book, message_entry, state_entry, token, trusting
from tests.evidence.signing import Ed25519Key, Es256Key, Key, check_signature

from xinfu.errors import InputError
from xinfu.evidence import Anchors, Findings, Receipt, build, canonical, verify
from xinfu.verdict import Verdict

LOG, OTHER, SENDER = Ed25519Key(1), Ed25519Key(2), Ed25519Key(3)
BODY = '{"@type":"ContractRequestMessage","purpose":"应急"}'.encode()


def receipt_of(index: int, *, size: int = 7, key: Key = LOG) -> Receipt:
    book = Book(key)
    book.append(*(state_entry(number) for number in range(size)))
    return build(book.prove(index))


def message_receipt(
    body: bytes = BODY, authorization: str | None = None, facts: dict[str, str] | None = None, **kept: bytes
) -> Receipt:
    book = Book(LOG)
    said = token(SENDER, body) if authorization is None else authorization
    book.append(state_entry(0), message_entry(1, body, said, **(facts or {})), state_entry(2))
    return build(book.prove(1), attachments={"token": said.encode(), "body": body} | kept)


def findings(receipt: Receipt, anchors: Anchors | None = None) -> Findings:
    return verify(receipt, anchors=anchors or Anchors(), check_signature=check_signature)


def by_name(found: Findings) -> dict[str, Verdict]:
    return {check.name: check.verdict for check in found.checks}


def changed(receipt: Receipt, *path: str | int, to: object) -> Receipt:
    """The receipt with one value replaced."""
    value: Any = json.loads(receipt.to_bytes())
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return Receipt.from_bytes(json.dumps(value).encode())


@pytest.mark.parametrize("key", [LOG, Es256Key(7)], ids=["Ed25519", "ES256"])
@pytest.mark.parametrize("size", [1, 2, 7, 8, 257])
def test_a_receipt_of_a_trusted_log_is_established(key: Key, size: int) -> None:
    for index in {0, size // 2, size - 1}:
        found = findings(receipt_of(index, size=size, key=key), trusting(key))
        assert (found.outcome, found.exit_code) == ("established", 0), found


def test_without_an_anchor_the_signer_is_not_established() -> None:
    found = findings(receipt_of(3))
    assert (found.outcome, found.exit_code) == ("intact", 3)
    assert [check.name for check in found.unknown] == ["log.signer"]
    assert found.sentence("en") == "Intact, signer not established."
    assert found.sentence("zh") == "完整，但签署者未确认。"


def test_a_key_of_somebody_else_establishes_nothing() -> None:
    assert findings(receipt_of(3), trusting(OTHER)).exit_code == 3
    assert findings(receipt_of(3), Anchors(logs={PEER: (LOG.jwk,)})).exit_code == 3


def test_a_key_trusted_whoever_has_it_establishes_the_signer() -> None:
    assert findings(receipt_of(3), Anchors(logs={"": (LOG.jwk,)})).exit_code == 0


def test_no_sentence_says_valid_without_saying_what() -> None:
    for anchors in (Anchors(), trusting(LOG)):
        found = findings(receipt_of(3), anchors)
        assert "valid" not in found.sentence("en").lower()
        assert "有效" not in found.sentence("zh")


def test_a_receipt_survives_writing_and_reading() -> None:
    for receipt in (receipt_of(2), message_receipt(), message_receipt(b"\xff\x00")):
        assert Receipt.from_bytes(receipt.to_bytes()) == receipt
        assert Receipt.from_bytes(canonical(receipt)) == receipt


@given(st.integers(1, 40), st.data())
def test_an_independent_verifier_accepts_what_we_establish(size: int, data: st.DataObject) -> None:
    receipt = receipt_of(data.draw(st.integers(0, size - 1)), size=size).to_bytes()
    raw = LOG.note_key(OWN).public
    assert accepts(receipt, raw, OWN)
    assert findings(Receipt.from_bytes(receipt), trusting(LOG)).exit_code == 0
    assert not accepts(receipt, OTHER.note_key(OWN).public, OWN)


def test_whatever_an_independent_verifier_refuses_we_refuse() -> None:
    data, raw = canonical(receipt_of(3)), LOG.note_key(OWN).public
    refused = 0
    for position in range(len(data)):
        flipped = bytearray(data)
        flipped[position] ^= 1
        try:
            accepted = accepts(bytes(flipped), raw, OWN)
        except (ValueError, KeyError, TypeError, AttributeError):
            accepted = False
        try:
            established = findings(Receipt.from_bytes(bytes(flipped)), trusting(LOG)).exit_code == 0
        except InputError:
            established = False
        assert not established
        refused += not accepted
    assert refused > len(data) * 0.7


CHANGES: list[tuple[str, tuple[str | int, ...], object, str]] = [
    ("a fact", ("proven", "entry", "facts", "to"), "FINALIZED", "proven.entry"),
    ("the time", ("proven", "entry", "at"), "2026-03-01T13:00:03.000Z", "proven.entry"),
    ("the peer", ("proven", "entry", "peer"), "did:web:other.example", "proven.entry"),
    ("the index", ("proven", "index"), 2, "proven.index"),
    ("an index beyond", ("proven", "index"), 7, "proven.index"),
    ("a step of the way", ("proven", "path", 1), "ab" * 32, "proven.path[1]"),
    ("the last step", ("proven", "path", 2), "ab" * 32, "proven.path[2]"),
    ("a step in capitals", ("proven", "path", 0), "AB" * 32, "proven.path[0]"),
    ("a lost step", ("proven", "path"), ["ab" * 32], "proven.path"),
    ("the trail alone", ("proven", "trail", 2), "00000000", "proven.trail[2]"),
    ("the trail's length", ("proven", "trail"), [], "proven.trail"),
    ("the key", ("proven", "key"), OTHER.jwk, "proven.key"),
    ("the key's other members", ("proven", "key", "kid"), "k1", "proven.key"),
    ("the origin", ("origin",), "did:web:other.example", "proven.checkpoint line 1"),
    ("a malformed entry", ("proven", "entry", "facts", "by"), 1, "proven.entry.facts.by"),
    ("an entry without a fact", ("proven", "entry", "facts"), {}, "proven.entry"),
]


@pytest.mark.parametrize(("path", "to", "where"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_change_is_found_and_located(path: tuple[str | int, ...], to: object, where: str) -> None:
    found = findings(changed(receipt_of(3), *path, to=to), trusting(LOG))
    assert found.exit_code == 1
    assert found.broken[0].at == where
    assert where in found.sentence("en")
    assert where in found.sentence("zh")


@pytest.mark.parametrize(
    ("line", "text", "where"),
    [
        (0, "did:web:other.example", "line 1"),
        (1, "8", "proven"),
        (1, "07", "line 2"),
        (2, "A" * 43 + "=", "checkpoint line 3"),
        (2, "AAAA", "line 3"),
        (3, "time 2026-03-01T12:00:01.000Z", "proven.checkpoint"),
        (5, "\u2014 did:web:bureau.example AAAA", "line 6"),
        (5, "", "line"),
    ],
)
def test_a_changed_line_of_the_checkpoint_is_found(line: int, text: str, where: str) -> None:
    receipt = receipt_of(3)
    lines = receipt.proven.checkpoint.split("\n")
    lines[line] = text
    found = findings(changed(receipt, "proven", "checkpoint", to="\n".join(lines)), trusting(LOG))
    assert found.exit_code == 1
    assert where in found.broken[0].at


def test_every_flipped_byte_of_a_receipt_is_found() -> None:
    data = canonical(message_receipt(key=canonical(SENDER.jwk)))
    anchors = trusting(LOG, tokens=(SENDER,))
    assert findings(Receipt.from_bytes(data), anchors).exit_code == 0
    survivors = []
    for position in range(len(data)):
        for bit in (0x01, 0x20):
            flipped = bytearray(data)
            flipped[position] ^= bit
            try:
                received = Receipt.from_bytes(bytes(flipped))
            except InputError:
                continue
            if findings(received, anchors).exit_code != 1 or findings(received).exit_code != 1:
                survivors.append((position, bytes(flipped[position - 20 : position + 20])))
    assert survivors == []


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", b'{"type":"xinfu.receipt","v":2}', b'{"a":1,"a":1}', b"\xff", b'"' + b"a" * 99],
)
def test_what_is_no_receipt_cannot_be_read(data: bytes) -> None:
    with pytest.raises(InputError):
        Receipt.from_bytes(data)


def test_an_unknown_version_or_member_is_not_passed_over() -> None:
    value = json.loads(receipt_of(0).to_bytes())
    for extra in ({"v": 2}, {"type": "other"}, {"note": "unread"}):
        with pytest.raises(InputError) as caught:
            Receipt.from_bytes(json.dumps(value | extra).encode())
        assert caught.value.code == "evidence.receipt-unreadable"


def test_an_attachment_that_no_receipt_knows_is_refused() -> None:
    with pytest.raises(InputError):
        message_receipt(photo=b"")


@pytest.mark.parametrize("key", [SENDER, Es256Key(9)], ids=["Ed25519", "ES256"])
def test_what_the_other_side_said_is_established_by_its_key(key: Key) -> None:
    receipt = message_receipt(authorization=token(key, BODY))
    found = findings(receipt, trusting(LOG, tokens=(key,)))
    assert found.exit_code == 0
    assert by_name(found)["token.signer"] is Verdict.YES


def test_a_binary_body_is_proven_too() -> None:
    assert findings(message_receipt(b"\x00\xff"), trusting(LOG, tokens=(SENDER,))).exit_code == 0


def test_a_body_that_was_not_kept_is_still_covered_by_its_digest() -> None:
    said = token(SENDER, BODY)
    book = Book(LOG)
    book.append(message_entry(0, BODY, said))
    receipt = build(book.prove(0), attachments={"token": said.encode()})
    assert findings(receipt, trusting(LOG, tokens=(SENDER,))).exit_code == 0


def test_without_the_senders_key_the_log_alone_does_not_establish_what_it_said() -> None:
    found = findings(message_receipt(), trusting(LOG))
    assert found.exit_code == 3
    assert [check.name for check in found.unknown] == ["token.signer"]
    assert PEER in found.unknown[0].en


def test_a_kept_key_shows_the_token_intact_but_not_whose_it_is() -> None:
    found = findings(message_receipt(key=canonical(SENDER.jwk)), trusting(LOG))
    assert by_name(found)["token.signature"] is Verdict.YES
    assert by_name(found)["token.signer"] is Verdict.UNKNOWN


def forged(**claims: object) -> Receipt:
    return message_receipt(authorization=token(SENDER, BODY, **claims))


@pytest.mark.parametrize(
    ("receipt", "name"),
    [
        (forged(digest="0" * 64), "token.body"),
        (forged(digest=None), "token.body"),
        (forged(aud="did:web:third.example"), "token.parties"),
        (forged(iss="did:web:third.example"), "token.parties"),
        (forged(sub="did:web:third.example"), "token.parties"),
        (forged(iat=int(NOON.timestamp()) + 900, exp=int(NOON.timestamp()) + 1200), "token.time"),
        (forged(iat=int(NOON.timestamp()) - 900, exp=int(NOON.timestamp()) - 600), "token.time"),
        (forged(htu="https://bureau.example/other"), "token.place"),
        (message_receipt(authorization="Bearer opaque"), "token.form"),
        (message_receipt(body=b"other", facts={"digest": "0" * 64}), "body.kept"),
        (message_receipt(facts={"token_digest": "0" * 64}), "token.kept"),
        (message_receipt(authorization=token(OTHER, BODY), key=canonical(SENDER.jwk)), "token.signature"),
    ],
)
def test_a_token_that_does_not_prove_the_message_is_named(receipt: Receipt, name: str) -> None:
    found = findings(receipt, trusting(LOG, tokens=(SENDER,)))
    assert found.exit_code == 1
    assert found.broken[0].name == name
    assert found.broken[0].at.startswith("attachments.")


@pytest.mark.parametrize("authorization", [token(SENDER, BODY, digest=None), '{"region":"eu"}'])
def test_a_peer_that_signs_no_body_is_recorded_but_proves_nothing(authorization: str) -> None:
    receipt = message_receipt(authorization=authorization, facts={"signed": "unsigned-body"})
    found = findings(receipt, trusting(LOG, tokens=(SENDER,)))
    assert found.exit_code == 3


@pytest.mark.parametrize(
    "spelled",
    ["hex", "base64url", "rfc9530"],
)
def test_the_digest_claim_may_be_spelled_in_three_ways(spelled: str) -> None:
    raw = hashlib.sha256(BODY).digest()
    claim = {
        "hex": raw.hex(),
        "base64url": base64.urlsafe_b64encode(raw).rstrip(b"=").decode(),
        "rfc9530": f"sha-256=:{base64.b64encode(raw).decode()}:",
    }[spelled]
    assert findings(forged(digest=claim), trusting(LOG, tokens=(SENDER,))).exit_code == 0


@pytest.mark.parametrize(
    "target",
    [
        "https://bureau.example/negotiations/request",
        "https://bureau.example:443/negotiations/request/",
        "https://hub.example/bureau/negotiations/request",
        "http://10.0.0.7:8282/negotiations/request",
    ],
)
def test_a_message_may_have_come_through_a_proxy(target: str) -> None:
    assert findings(forged(htu=target), trusting(LOG, tokens=(SENDER,))).exit_code == 0


def test_attachments_of_an_entry_that_is_no_message_are_refused() -> None:
    book = Book(LOG)
    book.append(state_entry(0))
    found = findings(build(book.prove(0), attachments={"body": b"x"}), trusting(LOG))
    assert found.broken[0].name == "attachments.place"


def test_a_message_that_we_sent_is_from_us_to_the_peer() -> None:
    said = token(LOG, BODY, iss=OWN, sub=OWN, aud=[PEER], htu=None)
    received = message_entry(0, BODY, said)
    book = Book(LOG)
    book.append(
        type(received)(
            **{f: getattr(received, f) for f in received.__struct_fields__} | {"kind": "message.sent"}
        )
    )
    receipt = build(book.prove(0), attachments={"token": said.encode(), "body": BODY})
    anchors = Anchors(logs={OWN: (LOG.jwk,)}, tokens={OWN: (LOG.jwk,)})
    assert findings(receipt, anchors).exit_code == 0


def test_a_kept_key_has_no_member_that_nobody_checks() -> None:
    found = findings(message_receipt(key=canonical(SENDER.jwk | {"kid": "k1"})), trusting(LOG))
    assert found.broken[0].name == "token.signature"


def test_a_receipt_with_a_lone_surrogate_cannot_be_read() -> None:
    data = message_receipt().to_bytes().replace("应急".encode(), b"\\ud800")
    with pytest.raises(InputError) as caught:
        Receipt.from_bytes(data)
    assert caught.value.code == "evidence.not-canonical"

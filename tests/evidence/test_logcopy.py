"""A log handed over as files: it audits clean, every damage is named, and it settles old receipts."""

from datetime import timedelta
from typing import Any

import pytest
from tests.evidence.book import NOON, OWN, Book, state_entry, trusting
from tests.evidence.signing import Ed25519Key, check_signature
from tests.evidence.test_anchors import NEW, OLD, Rotated

from xinfu.errors import IntegrityError
from xinfu.evidence import (
    Anchors,
    Checkpoint,
    Findings,
    LogCopy,
    Note,
    Receipt,
    against_copy,
    build,
    check_copy,
    files_of,
    links_of,
    open_copy,
    verify,
)
from xinfu.verdict import Verdict

KEY = Ed25519Key(1)


def files(book: Book) -> dict[str, bytes]:
    return dict(files_of(book.entries, book.checkpoint))


def copy_of(book: Book, changes: dict[str, bytes | None] | None = None) -> LogCopy:
    kept: dict[str, Any] = files(book) | (changes or {})
    return open_copy(kept.get)


def book_of(size: int) -> Book:
    book = Book(KEY)
    book.add_key(KEY, 1)
    book.append(*(state_entry(number) for number in range(2, size + 1)))
    return book


def check(log: LogCopy, anchors: Anchors | None = None, *heads: Checkpoint) -> Findings:
    trusted = trusting(KEY) if anchors is None else anchors
    return check_copy(log, anchors=trusted, check_signature=check_signature, heads=heads)


def head_of(receipt: Receipt) -> Checkpoint:
    return Checkpoint.parse(Note.parse(receipt.proven.checkpoint).text)


@pytest.mark.parametrize("size", [2, 255, 256, 257, 700])
def test_a_copy_of_a_trusted_log_is_established(size: int) -> None:
    book = book_of(size)
    log = copy_of(book)
    assert list(log.entries) == book.entries
    assert check(log).outcome == "established"
    assert check(log, Anchors()).outcome == "intact"
    assert check(log, trusting(Ed25519Key(9))).outcome == "intact"


def test_the_paths_are_those_of_tlog_tiles() -> None:
    assert sorted(files(book_of(300))) == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    ]


@pytest.mark.parametrize("path", sorted(files(book_of(300))))
def test_a_flipped_byte_of_any_file_is_found(path: str) -> None:
    book = book_of(300)
    data = files(book)[path]
    for position in {0, 1, len(data) // 3, len(data) // 2, len(data) - 2, len(data) - 1}:
        flipped = bytearray(data)
        flipped[position] ^= 1
        try:
            found = check(copy_of(book, {path: bytes(flipped)}))
        except IntegrityError:
            continue
        assert found.outcome != "established", (path, position)


@pytest.mark.parametrize("path", sorted(files(book_of(300)).keys() - {"checkpoint"}))
def test_a_missing_file_is_found(path: str) -> None:
    found = check(copy_of(book_of(300), {path: None}))
    assert found.outcome == "broken"
    assert found.broken[0].at in {path, "entry 0", "entry 256"}


def test_a_folder_without_a_checkpoint_is_no_log() -> None:
    with pytest.raises(IntegrityError) as caught:
        copy_of(book_of(3), {"checkpoint": None})
    assert caught.value.code == "evidence.copy-unreadable"


def test_a_changed_entry_is_named_by_its_index() -> None:
    book = book_of(300)
    entries = [*book.entries[:270], state_entry(9_999).to_bytes(), *book.entries[271:]]
    changed = dict(files_of(entries, book.checkpoint))["tile/entries/001.p/44"]
    found = check(copy_of(book, {"tile/entries/001.p/44": changed}))
    assert found.broken[0].at == "entry 270"


def test_partial_files_may_be_gone_once_the_full_ones_are_there() -> None:
    short, long = book_of(300), book_of(600)
    kept = files(long) | {path: files(short)[path] for path in ("checkpoint", "tile/1/000.p/1")}
    assert check(open_copy(kept.get)).outcome == "established"


def test_a_head_that_a_receipt_holds_refutes_a_rewritten_log() -> None:
    receipt = build(book_of(7).prove(3))
    rewritten = Book(KEY)
    rewritten.add_key(KEY, 1)
    rewritten.append(*(state_entry(number, peer="did:web:other.example") for number in range(2, 12)))
    found = check(copy_of(rewritten), None, head_of(receipt))
    assert found.outcome == "broken"
    assert found.broken[0].at == "entries 0 to 6"


def test_the_log_of_keys_in_a_copy_establishes_an_old_receipt() -> None:
    rotated = Rotated()
    log = copy_of(rotated.book)
    found = verify(
        rotated.old_receipt,
        anchors=trusting(NEW),
        check_signature=check_signature,
        learned=links_of(log),
    )
    assert found.outcome == "established"


def test_a_head_that_the_log_has_passed_needs_no_key_of_its_own() -> None:
    rotated = Rotated(compromised=True)
    log = copy_of(rotated.book)
    log_found = check(log, trusting(NEW))
    assert log_found.outcome == "established"
    alone = verify(rotated.old_receipt, anchors=trusting(NEW), check_signature=check_signature)
    assert alone.outcome == "intact"
    assert against_copy(rotated.old_receipt, alone, log, log_found).outcome == "established"
    untrusted = check(log, Anchors())
    assert against_copy(rotated.old_receipt, alone, log, untrusted).outcome == "intact"


def test_a_fork_by_a_retired_key_is_refuted_by_the_log() -> None:
    rotated = Rotated()
    log = copy_of(rotated.book)
    fork = Book(OLD)
    fork.add_key(OLD, 1)
    forged = build(fork.prove(fork.append(state_entry(66))))
    alone = verify(forged, anchors=trusting(NEW), check_signature=check_signature, learned=links_of(log))
    found = against_copy(forged, alone, log, check(log, trusting(NEW)))
    assert found.outcome == "broken"
    assert found.broken[0].name == "log.consistency"


def test_an_older_copy_says_that_it_is_older() -> None:
    old, new = book_of(5), book_of(9)
    receipt = build(new.prove(8))
    log = copy_of(old)
    alone = verify(receipt, anchors=trusting(KEY), check_signature=check_signature)
    found = against_copy(receipt, alone, log, check(log))
    assert found.outcome == "intact"
    assert "older" in found.unknown[0].en


def test_a_copy_of_another_log_says_nothing() -> None:
    other = Book(KEY, origin="did:web:other.example")
    other.append(state_entry(1))
    receipt = build(book_of(5).prove(2))
    alone = verify(receipt, anchors=trusting(KEY), check_signature=check_signature)
    log = copy_of(other)
    assert against_copy(receipt, alone, log, check(log)) == alone
    assert receipt.origin == OWN


def test_a_head_signed_by_a_retired_key_is_not_established() -> None:
    rotated = Rotated()
    rotated.book.key, rotated.book.now = OLD, NOON + timedelta(hours=1)
    rotated.book.append(state_entry(20))
    assert check(copy_of(rotated.book), trusting(OLD, NEW)).outcome == "intact"


def test_a_receipt_of_exactly_the_head_of_the_copy_is_held_against_it() -> None:
    book = book_of(5)
    receipt, log = build(book.prove(3)), copy_of(book)
    alone = verify(receipt, anchors=trusting(KEY), check_signature=check_signature)
    found = against_copy(receipt, alone, log, check(log))
    (passed,) = (each for each in found.checks if each.name == "log.consistency")
    assert passed.verdict is Verdict.YES
    other = book_of(4)
    other.append(state_entry(99))
    forked = build(other.prove(3))
    found = against_copy(forked, alone, log, check(log))
    assert found.broken[0].name == "log.consistency"

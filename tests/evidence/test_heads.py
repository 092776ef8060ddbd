"""Two peers who compare heads find out whoever rewrites, cuts or forks a log."""

import pytest
from tests.evidence.book import Book, state_entry
from tests.evidence.signing import Ed25519Key

from xinfu.evidence import Checkpoint, Entry, compare_heads, consistency_proof, node_reader, reader_of
from xinfu.verdict import Verdict

KEY = Ed25519Key(1)


def grown(book: Book, *entries: Entry) -> Checkpoint:
    book.append(*entries)
    return book.head


def proof(book: Book, old: int) -> tuple[bytes, ...]:
    return consistency_proof(old, book.frontier.size, node_reader(book.frontier.size, reader_of(book.tiles)))


@pytest.mark.parametrize("more", [0, 1, 5, 300])
def test_a_log_that_only_grew_is_the_same_log(more: int) -> None:
    book = Book(KEY)
    held = grown(book, *(state_entry(n) for n in range(7)))
    seen = grown(book, *(state_entry(n) for n in range(7, 7 + more)))
    assert compare_heads(held, seen, proof(book, 7)).verdict is Verdict.YES


def test_a_split_view_is_found_by_two_peers_who_compare() -> None:
    one, other = Book(KEY), Book(KEY)
    first = grown(one, state_entry(1), state_entry(2))
    second = grown(other, state_entry(1), state_entry(3))
    found = compare_heads(first, second)
    assert found.verdict is Verdict.NO
    assert "two histories" in found.en


@pytest.mark.parametrize("changed", range(7))
def test_a_rewritten_log_cannot_show_that_it_grew(changed: int) -> None:
    book, rewritten = Book(KEY), Book(KEY)
    entries = [state_entry(n) for n in range(7)]
    held = grown(book, *entries)
    entries[changed] = state_entry(99)
    seen = grown(rewritten, *entries, state_entry(8))
    for shown in (proof(rewritten, 7), proof(book, 7), ()):
        assert compare_heads(held, seen, shown).verdict is Verdict.NO


def test_a_log_that_became_shorter_was_cut() -> None:
    book = Book(KEY)
    earlier = grown(book, state_entry(1))
    later = grown(book, state_entry(2))
    found = compare_heads(later, earlier, ())
    assert found.verdict is Verdict.NO
    assert "shorter" in found.en


def test_without_a_proof_growth_is_unknown() -> None:
    book = Book(KEY)
    held = grown(book, state_entry(1))
    assert compare_heads(held, grown(book, state_entry(2))).verdict is Verdict.UNKNOWN


def test_heads_of_two_logs_are_never_one_history() -> None:
    held = grown(Book(KEY), state_entry(1))
    seen = grown(Book(KEY, origin="did:web:other.example"), state_entry(1))
    assert compare_heads(held, seen, ()).verdict is Verdict.NO

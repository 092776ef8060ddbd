"""The tamper matrix of a whole log: every change of a stored entry, tile or tail is found and located."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.book import OWN, Book, state_entry
from tests.evidence.signing import Ed25519Key

from xinfu.evidence import Checkpoint, Findings, Frontier, Tile, grow, leaf_hash, reader_of
from xinfu.evidence.audit import audit, audit_tiles, stored_leaves
from xinfu.evidence.tiles import all_tiles

SIZE = 20
HEADS_AT = (5, 12, 20)


def log(size: int = SIZE) -> Book:
    book = Book(Ed25519Key(1))
    book.append(*(state_entry(number) for number in range(size)))
    return book


ENTRIES = log().entries
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
HEADS = [Checkpoint(origin=OWN, size=n, root=Frontier().extend(LEAVES[:n]).root()) for n in HEADS_AT]
LAST = HEADS[-1:]
FORGED = state_entry(99).to_bytes()


def rewritten(entries: list[bytes], heads: list[Checkpoint] = HEADS) -> Findings:
    """What an operator's rewriting of entries and tiles together looks like to whoever holds heads."""
    return audit(entries, heads, leaves=[leaf_hash(entry) for entry in entries])


def test_an_untouched_log_is_established() -> None:
    found = audit(ENTRIES, HEADS, leaves=LEAVES)
    assert found.outcome == "established"
    assert len(found.checks) == 5


@pytest.mark.parametrize("index", range(SIZE))
def test_every_flipped_entry_is_named(index: int) -> None:
    for position in range(len(ENTRIES[index])):
        entry = bytearray(ENTRIES[index])
        entry[position] ^= 1
        found = audit([*ENTRIES[:index], bytes(entry), *ENTRIES[index + 1 :]], LAST, leaves=LEAVES)
        assert found.exit_code == 1
        assert found.broken[0].at == f"entry {index}"
        assert "not the one that was hashed" in found.broken[0].en


@pytest.mark.parametrize("index", range(SIZE))
def test_every_dropped_entry_is_named(index: int) -> None:
    found = audit(ENTRIES[:index] + ENTRIES[index + 1 :], LAST, leaves=LEAVES)
    assert found.broken[0].at == f"entry {index}"
    assert ("dropped" if index < SIZE - 1 else "cut off") in found.broken[0].en


@pytest.mark.parametrize("index", range(SIZE + 1))
def test_every_inserted_entry_is_named(index: int) -> None:
    found = audit([*ENTRIES[:index], FORGED, *ENTRIES[index:]], LAST, leaves=LEAVES)
    assert found.broken[0].at == f"entry {index}"
    assert ("inserted" if index < SIZE else "behind the end") in found.broken[0].en


@pytest.mark.parametrize("one", range(SIZE - 1))
def test_every_swapped_pair_is_named(one: int) -> None:
    for other in range(one + 1, SIZE):
        entries = list(ENTRIES)
        entries[one], entries[other] = entries[other], entries[one]
        found = audit(entries, LAST, leaves=LEAVES)
        assert found.broken[0].at == f"entry {one}"
        assert "changed its place" in found.broken[0].en


@pytest.mark.parametrize("left", range(SIZE))
def test_every_cut_tail_is_named(left: int) -> None:
    found = audit(ENTRIES[:left], LAST, leaves=LEAVES)
    assert found.broken[0].at == f"entry {left}"
    assert "cut off" in found.broken[0].en


@pytest.mark.parametrize("left", range(SIZE))
def test_a_tail_cut_from_entries_and_tiles_alike_is_refuted_by_the_last_head(left: int) -> None:
    found = rewritten(ENTRIES[:left])
    assert found.exit_code == 1
    assert found.broken[0].at == f"entry {left}"
    assert "tail was cut off" in found.broken[0].en


@pytest.mark.parametrize("index", range(SIZE))
def test_a_rewritten_history_is_bounded_by_the_heads_that_others_hold(index: int) -> None:
    found = rewritten([*ENTRIES[:index], FORGED, *ENTRIES[index + 1 :]])
    after = next(size for size in HEADS_AT if size > index)
    before = max((size for size in HEADS_AT if size <= index), default=0)
    assert found.exit_code == 1
    assert found.broken[0].at == f"entries {before} to {after - 1}"


def test_with_a_head_after_each_entry_a_rewritten_entry_is_named_exactly() -> None:
    heads = [Checkpoint(origin=OWN, size=n, root=Frontier().extend(LEAVES[:n]).root()) for n in range(1, 21)]
    for index in range(SIZE):
        found = rewritten([*ENTRIES[:index], FORGED, *ENTRIES[index + 1 :]], heads)
        assert found.broken[0].at == f"entry {index}"


def test_it_is_told_whether_entries_or_tiles_were_changed() -> None:
    changed = [*ENTRIES[:3], FORGED, *ENTRIES[4:]]
    tiles = {check.name: check for check in audit(changed, LAST, leaves=LEAVES).checks}["log.tiles"]
    assert "the entries were changed" in tiles.en
    leaves = [*LEAVES[:3], leaf_hash(FORGED), *LEAVES[4:]]
    found = audit(ENTRIES, LAST, leaves=leaves)
    assert [check.name for check in found.broken] == ["log.entries"]
    assert next(check for check in found.checks if check.name == "log.head").verdict.name == "YES"


def test_without_any_head_nothing_says_how_long_the_log_is() -> None:
    assert audit([], []).outcome == "intact"


def test_an_entry_that_nobody_can_read_or_that_stands_twice_is_named() -> None:
    for bad in (b"{}", ENTRIES[0], b'{"a": 1}'):
        entries = [*ENTRIES[:4], bad]
        leaves = [leaf_hash(entry) for entry in entries]
        head = Checkpoint(origin=OWN, size=5, root=Frontier().extend(leaves).root())
        found = audit(entries, [head], leaves=leaves)
        assert [check.at for check in found.broken] == ["entry 4"]


def test_stored_leaves_are_read_from_the_tiles() -> None:
    book = log(300)
    assert stored_leaves(300, reader_of(book.tiles)) == [leaf_hash(entry) for entry in book.entries]


@given(st.data())
def test_every_flipped_byte_of_a_tile_is_located(data: st.DataObject) -> None:
    leaves = [leaf_hash(bytes([i % 256, i // 256])) for i in range(600)]
    Book(Ed25519Key(1))
    kept = grow(0, leaves, reader_of({}))
    assert audit_tiles(leaves, reader_of(kept)).outcome == "established"
    tile = data.draw(st.sampled_from(list(all_tiles(600))))
    position = data.draw(st.integers(0, tile.width * 32 - 1))
    flipped = bytearray(kept[tile])
    flipped[position] ^= 1
    found = audit_tiles(leaves, reader_of(kept | {tile: bytes(flipped)}))
    assert [check.at for check in found.broken] == [f"{tile.path()} hash {position // 32}"]


def test_a_missing_or_torn_tile_is_named() -> None:
    leaves = [leaf_hash(bytes([i])) for i in range(200)]
    tile = Tile(0, 0, 200)
    for kept in ({}, {tile: b"\0" * 31}):
        found = audit_tiles(leaves, reader_of(kept))
        assert [check.at for check in found.broken] == [tile.path()]

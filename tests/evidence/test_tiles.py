"""Tiles: the paths and sizes that tlog-tiles prints, and that growing them is building them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.rfc6962 import mth

from xinfu.errors import InputError, IntegrityError
from xinfu.evidence import (
    Frontier,
    Tile,
    bundle,
    consistency_proof,
    grow,
    inclusion_proof,
    leaf_hash,
    node_reader,
    reader_of,
    unbundle,
    verify_consistency,
    verify_inclusion,
)
from xinfu.evidence.tiles import all_tiles, changed_tiles, levels, tiles_of, unpack

DATA = [f"entry {i}".encode() for i in range(70_000)]
LEAVES = [leaf_hash(data) for data in DATA]
BIG = grow(0, LEAVES, reader_of({}))
BY_PLACE = {(tile.level, tile.index): data for tile, data in BIG.items()}


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 999), "tile/1/999"),
        (Tile(2, 1000), "tile/2/x001/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(-1, 1_234), "tile/entries/x001/234"),
        (Tile(-1, 0, 1), "tile/entries/000.p/1"),
        (Tile(63, 5, 255), "tile/63/005.p/255"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path() == path
    assert Tile.parse(path) == tile


@given(st.integers(-1, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_path_names_its_tile(level: int, index: int, width: int) -> None:
    tile = Tile(level, index, width)
    assert Tile.parse(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/07",
        "tile/-1/000",
        "tile/entries/../000",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/٠٠٠",
    ],
)
def test_what_names_no_tile_is_refused(path: str) -> None:
    with pytest.raises(InputError) as caught:
        Tile.parse(path)
    assert caught.value.code == "evidence.tile-path"


def test_a_log_of_70000_has_the_tiles_that_the_specification_counts() -> None:
    by_level = {level: list(tiles_of(70_000, level)) for level in range(levels(70_000))}
    assert len(by_level) == 3
    assert by_level[0][:273] == [Tile(0, index) for index in range(273)]
    assert by_level[0][273:] == [Tile(0, 273, 112)]
    assert by_level[1] == [Tile(1, 0), Tile(1, 1, 17)]
    assert by_level[2] == [Tile(2, 0, 1)]
    assert list(tiles_of(256, 0)) == [Tile(0, 0)]
    assert list(tiles_of(256, 1)) == [Tile(1, 0, 1)]
    assert list(tiles_of(0, 0)) == list(all_tiles(0)) == []


@pytest.mark.parametrize("tile", [Tile(0, 2), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1), Tile(0, 273, 112)])
def test_a_tile_holds_the_hashes_of_its_definition(tile: Tile) -> None:
    hashes = unpack(BIG[tile], tile)
    for i in {0, len(hashes) // 2, len(hashes) - 1}:
        n = tile.index * 256 + i
        assert hashes[i] == mth(DATA[n * 256**tile.level : (n + 1) * 256**tile.level])
    assert tile.start == tile.index * 256 ** (tile.level + 1)


@given(st.lists(st.integers(1, 700), min_size=1, max_size=6))
def test_growing_tiles_in_batches_gives_those_grown_at_once(batches: list[int]) -> None:
    kept: dict[Tile, bytes] = {}
    size = 0
    for batch in batches:
        leaves = LEAVES[size : size + batch]
        new = grow(size, leaves, reader_of(kept))
        assert sorted(new) == sorted(changed_tiles(size, size + batch))
        kept |= new
        size += batch
    at_once = grow(0, LEAVES[:size], reader_of({}))
    assert sorted(at_once) == sorted(all_tiles(size))
    assert all(kept[tile] == data for tile, data in at_once.items())


def test_growing_by_nothing_changes_no_tile() -> None:
    assert grow(5, [], reader_of({})) == {}
    assert changed_tiles(5, 5) == []


@given(st.integers(1, 70_000), st.data())
def test_proofs_out_of_tiles_hold_and_read_few_tiles(size: int, data: st.DataObject) -> None:
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    read_tiles: list[Tile] = []

    def read(tile: Tile) -> bytes:
        read_tiles.append(tile)
        return BY_PLACE[tile.level, tile.index][: tile.width * 32]

    root = Frontier().extend(LEAVES[:size]).root()
    proof = inclusion_proof(index, size, node_reader(size, read))
    assert verify_inclusion(LEAVES[index], index, size, proof, root)
    assert len(proof) <= math.ceil(math.log2(size)) if size > 1 else not proof
    assert len(read_tiles) == len(set(read_tiles)) <= 2 * levels(size)
    before = Frontier().extend(LEAVES[:old]).root()
    made = consistency_proof(old, size, node_reader(size, read))
    assert verify_consistency(old, size, made, before, root)
    assert Frontier.read(size, node_reader(size, read)).root() == root


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_gives_back_its_entries(entries: list[bytes]) -> None:
    assert unbundle(bundle(entries)) == entries


def test_a_bundle_counts_in_two_bytes_big_endian() -> None:
    assert bundle([b"ab", b"", b"c" * 258]) == b"\0\2ab\0\0\1\2" + b"c" * 258


def test_an_entry_that_fits_no_bundle_is_refused() -> None:
    assert unbundle(bundle([b"x" * 65_535])) == [b"x" * 65_535]
    with pytest.raises(InputError) as caught:
        bundle([b"x" * 65_536])
    assert caught.value.code == "evidence.entry-too-long"


@pytest.mark.parametrize("data", [b"\0", b"\0\2a", b"\0\1ab"])
def test_a_torn_bundle_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        unbundle(data)
    assert caught.value.code == "evidence.bundle-broken"


def test_a_tile_of_a_wrong_length_is_refused() -> None:
    with pytest.raises(IntegrityError) as caught:
        unpack(b"\0" * 63, Tile(0, 0, 2))
    assert caught.value.facts["tile"] == "tile/0/000.p/2"


def test_a_missing_tile_is_named() -> None:
    with pytest.raises(IntegrityError) as caught:
        inclusion_proof(0, 3, node_reader(3, reader_of({})))
    assert caught.value.code == "evidence.tile-missing"

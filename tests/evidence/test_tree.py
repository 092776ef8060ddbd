"""The Merkle tree against two others: RFC 6962 written out as it stands there, and pymerkle."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree
from pymerkle import verify_consistency as pymerkle_consistency
from pymerkle import verify_inclusion as pymerkle_inclusion
from tests.evidence.rfc6962 import mth, path, proof

from xinfu.errors import InputError, IntegrityError
from xinfu.evidence.canonical import leaf_hash
from xinfu.evidence.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(1, 68)
DATA = [f"entry {i}".encode() for i in range(300)]
LEAVES = [leaf_hash(data) for data in DATA]


def read(level: int, index: int) -> bytes:
    """Complete subtrees, by the definition of the RFC."""
    return mth(DATA[index << level : (index + 1) << level])


# Inputs and roots of the reference vectors that circulate with RFC 6962 implementations.
VECTORS = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_vectors(size: int) -> None:
    assert root(map(leaf_hash, VECTORS[:size])).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert root([]) == EMPTY_ROOT == hashlib.sha256().digest() == mth([])


@pytest.mark.parametrize("size", [*SIZES, 255, 256, 257, 300])
def test_roots_follow_the_definition(size: int) -> None:
    assert root(LEAVES[:size]) == mth(DATA[:size])


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_is_that_of_the_rfc_and_holds(size: int) -> None:
    for index in range(size):
        made = inclusion_proof(index, size, read)
        assert list(made) == path(index, DATA[:size])
        assert verify_inclusion(LEAVES[index], index, size, made, mth(DATA[:size]))


@pytest.mark.parametrize("new", SIZES)
def test_every_consistency_proof_is_that_of_the_rfc_and_holds(new: int) -> None:
    for old in range(1, new + 1):
        made = consistency_proof(old, new, read)
        assert list(made) == proof(old, DATA[:new])
        assert verify_consistency(old, new, made, mth(DATA[:old]), mth(DATA[:new]))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 21, 64, 65])
def test_pymerkle_gives_the_same_roots_and_paths(size: int) -> None:
    tree = InmemoryTree(algorithm="sha256")
    tree.append_entries(DATA[:size])
    assert tree.get_root() == root(LEAVES[:size])
    for index in range(size):
        theirs = tree.prove_inclusion(index + 1, size)
        pymerkle_inclusion(LEAVES[index], root(LEAVES[:size]), theirs)
        assert theirs.path[0] == LEAVES[index]
        assert theirs.path[1:] == list(inclusion_proof(index, size, read))


@pytest.mark.parametrize("size", [2, 3, 7, 8, 21, 64, 65])
def test_pymerkle_accepts_what_we_call_a_prefix(size: int) -> None:
    tree = InmemoryTree(algorithm="sha256")
    tree.append_entries(DATA[:size])
    for old in range(1, size):
        theirs = tree.prove_consistency(old, size)
        pymerkle_consistency(root(LEAVES[:old]), root(LEAVES[:size]), theirs)


@given(st.integers(1, 200), st.data())
def test_no_proof_holds_for_another_leaf_index_size_or_root(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    made, head = inclusion_proof(index, size, read), root(LEAVES[:size])
    assert not verify_inclusion(leaf_hash(b"other"), index, size, made, head)
    assert not verify_inclusion(LEAVES[index], index, size, (*made, head), head)
    assert not verify_inclusion(LEAVES[index], index, size, made[:-1], head) or size == 1
    assert not verify_inclusion(LEAVES[index], index, size, made, leaf_hash(b"other"))
    for step in range(len(made)):
        bad = (*made[:step], bytes([made[step][0] ^ 1]) + made[step][1:], *made[step + 1 :])
        assert not verify_inclusion(LEAVES[index], index, size, bad, head)
    wrong = data.draw(st.integers(-1, size + 5).filter(lambda other: other != index))
    assert not verify_inclusion(LEAVES[index], wrong, size, made, head)


@given(st.integers(1, 120), st.data())
def test_a_rewritten_past_is_no_prefix(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*LEAVES[:changed], leaf_hash(b"forged"), *LEAVES[changed + 1 :]]
    made = consistency_proof(old, new, read)
    assert not verify_consistency(old, new, made, root(forged[:old]), root(LEAVES[:new]))
    assert not verify_consistency(old, new, made, root(LEAVES[:old]), root(forged[:new]))
    for step in range(len(made)):
        bad = (*made[:step], leaf_hash(made[step]), *made[step + 1 :])
        assert not verify_consistency(old, new, bad, root(LEAVES[:old]), root(LEAVES[:new]))


def test_consistency_at_its_borders() -> None:
    two = root(LEAVES[:2])
    assert verify_consistency(0, 2, (), EMPTY_ROOT, two)
    assert not verify_consistency(0, 2, (), two, two)
    assert not verify_consistency(0, 2, (two,), EMPTY_ROOT, two)
    assert verify_consistency(2, 2, (), two, two)
    assert not verify_consistency(2, 2, (two,), two, two)
    assert not verify_consistency(2, 1, (), two, LEAVES[0])
    assert not verify_consistency(3, 5, (), two, two)
    assert consistency_proof(0, 9, read) == ()


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70), st.integers(0, 70))
def test_growing_in_parts_gives_the_tree_grown_at_once(leaves: list[bytes], cut: int) -> None:
    first = Frontier().extend(leaves[:cut])
    again = Frontier.from_bytes(first.to_bytes())
    assert again == first
    for leaf in leaves[cut:]:
        again = again.append(leaf)
    assert again == Frontier().extend(leaves)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 200, 255, 256, 300])
def test_a_frontier_can_be_read_back_from_the_nodes(size: int) -> None:
    assert Frontier.read(size, read) == Frontier().extend(LEAVES[:size])


@pytest.mark.parametrize("data", [b"", b"\0" * 7, b"\0" * 9, (3).to_bytes(8, "big") + b"\0" * 32])
def test_a_broken_frontier_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        Frontier.from_bytes(data)
    assert caught.value.code == "evidence.frontier-broken"


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(InputError) as caught:
        inclusion_proof(index, size, read)
    assert caught.value.code == "evidence.no-such-index"


def test_a_longer_log_is_no_prefix_of_a_shorter() -> None:
    with pytest.raises(InputError) as caught:
        consistency_proof(4, 3, read)
    assert caught.value.code == "evidence.no-such-size"


def test_a_proof_that_is_too_short_or_too_long_proves_nothing_even_to_a_root_made_for_it() -> None:
    two, made_up = root(LEAVES[:2]), leaf_hash(b"made up")
    assert not verify_consistency(1, 4, (LEAVES[1],), LEAVES[0], two)
    assert not verify_inclusion(LEAVES[0], 0, 4, (LEAVES[1],), two)
    longer = node_hash(made_up, two)
    assert not verify_inclusion(LEAVES[0], 0, 2, (LEAVES[1], made_up), longer)
    was = node_hash(made_up, LEAVES[0])
    assert not verify_consistency(1, 2, (LEAVES[1], made_up), was, longer)
    assert not verify_consistency(1, 2, (LEAVES[1], made_up), LEAVES[0], longer)

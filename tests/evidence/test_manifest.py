"""Manifests: the root follows from the chunks, and ranges and chunks fit each other."""

import hashlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.rfc6962 import mth

from xinfu.errors import InputError, IntegrityError
from xinfu.evidence import CHUNK_BYTES, Manifest

CONTENT = bytes(range(256)) * 4


def chunks(content: bytes, chunk_size: int) -> list[bytes]:
    return [hashlib.sha256(content[i : i + chunk_size]).digest() for i in range(0, len(content), chunk_size)]


def manifest(size: int = 1000, chunk_size: int = 64) -> Manifest:
    return Manifest.of(size, chunks(CONTENT[:size], chunk_size), chunk_size)


@given(st.integers(0, 1024), st.integers(1, 300))
def test_the_root_is_that_of_rfc_6962_over_the_digests(size: int, chunk_size: int) -> None:
    made = manifest(size, chunk_size)
    assert made.root == mth(chunks(CONTENT[:size], chunk_size)).hex()
    assert len(made.chunks) == -(-size // chunk_size)


def test_chunks_are_one_mebibyte() -> None:
    assert CHUNK_BYTES == 1_048_576
    assert Manifest.of(CHUNK_BYTES + 1, [b"\0" * 32, b"\1" * 32]).span(1) == (CHUNK_BYTES, CHUNK_BYTES + 1)


@given(st.integers(0, 1024), st.integers(1, 300), st.integers(-5, 1100), st.integers(-5, 1100))
def test_the_covering_chunks_are_those_that_share_a_byte(
    size: int, chunk_size: int, start: int, end: int
) -> None:
    made = manifest(size, chunk_size)
    wanted = range(max(start, 0), min(end, size))
    touching = [c for c in range(len(made.chunks)) if set(range(*made.span(c))) & set(wanted)]
    assert list(made.covering(start, end)) == touching


@given(st.integers(0, 1024), st.integers(1, 300), st.integers(-5, 1100), st.integers(-5, 1100))
def test_the_whole_chunks_are_those_of_which_no_byte_is_missing(
    size: int, chunk_size: int, start: int, end: int
) -> None:
    made = manifest(size, chunk_size)
    inside = [c for c in range(len(made.chunks)) if made.span(c)[0] >= start and made.span(c)[1] <= end]
    assert list(made.whole(start, end)) == inside


@given(st.integers(1, 1024), st.integers(1, 300))
def test_the_spans_lie_side_by_side_and_fill_the_file(size: int, chunk_size: int) -> None:
    made = manifest(size, chunk_size)
    spans = [made.span(c) for c in range(len(made.chunks))]
    assert spans[0][0] == 0
    assert spans[-1][1] == size
    assert all(one[1] == other[0] for one, other in itertools.pairwise(spans))


def test_a_chunk_fits_only_in_its_place() -> None:
    made = manifest()
    digests = chunks(CONTENT[:1000], 64)
    last = len(digests) - 1
    assert made.fits(last, digests[last])
    assert not made.fits(0, digests[last])
    assert not made.fits(-1, digests[last])
    assert not made.fits(last + 1, digests[last])


@pytest.mark.parametrize("chunk", [-1, 16])
def test_there_is_no_chunk_beyond_the_file(chunk: int) -> None:
    with pytest.raises(InputError) as caught:
        manifest().span(chunk)
    assert caught.value.code == "evidence.no-such-chunk"


@pytest.mark.parametrize(
    "change",
    [
        {"size": 2000},
        {"size": -1},
        {"chunk_size": 0},
        {"chunks": ()},
        {"chunks": ("0" * 64,) * 16},
        {"chunks": ("zz",) * 16},
        {"chunks": ("00",) * 16},
        {"root": "0" * 64},
        {"root": ""},
    ],
)
def test_a_manifest_whose_parts_do_not_fit_is_refused(change: dict[str, object]) -> None:
    good = manifest()
    fields: dict[str, object] = {name: getattr(good, name) for name in good.__struct_fields__}
    with pytest.raises(IntegrityError) as caught:
        Manifest(**(fields | change))  # type: ignore[arg-type]  # built for the test
    assert caught.value.code == "evidence.manifest-broken"


def test_digests_in_capitals_are_refused() -> None:
    good = Manifest.of(1, [b"\xab" * 32])
    with pytest.raises(IntegrityError):
        Manifest(size=1, chunks=(good.chunks[0].upper(),), root=good.root)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_digest_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(IntegrityError):
        Manifest.of(1, [bytes(length)])

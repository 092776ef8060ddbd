"""Known manifests: as many as fit, those that were asked for last, each for its own file."""

from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.services.memory.known_manifests import KnownManifests, ManifestKey


def manifest(chunks: int) -> Manifest:
    return Manifest.of(chunks * CHUNK_BYTES, [bytes([number % 256]) * 32 for number in range(chunks)])


def whose(path: str, context: str = "bureau") -> ManifestKey:
    return ManifestKey(context, "t1", path, "")


def test_a_file_of_another_context_is_another_file() -> None:
    known = KnownManifests()
    known.keep(whose("a"), manifest(1))
    assert known.get(whose("a")) == manifest(1)
    assert known.get(whose("a", "lab")) is None


def test_what_was_asked_for_longest_ago_goes() -> None:
    known = KnownManifests(most_chunks=10)
    known.keep(whose("a"), manifest(3))
    known.keep(whose("b"), manifest(3))
    known.get(whose("a"))
    known.keep(whose("c"), manifest(3))
    assert [known.get(whose(path)) is not None for path in "abc"] == [True, False, True]


def test_one_that_is_larger_than_all_may_be_is_not_kept_and_drives_nobody_out() -> None:
    known = KnownManifests(most_chunks=10)
    known.keep(whose("a"), manifest(3))
    known.keep(whose("b"), manifest(10))
    assert known.get(whose("a")) is not None
    assert known.get(whose("b")) is None


def test_a_newer_one_takes_the_place_of_the_old() -> None:
    known = KnownManifests(most_chunks=10)
    for chunks in (8, 9, 2):
        known.keep(whose("a"), manifest(chunks))
    known.keep(whose("b"), manifest(5))
    assert known.get(whose("a")) == manifest(2)

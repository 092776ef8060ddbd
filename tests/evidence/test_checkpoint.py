"""Checkpoints: text and value are one, and only the log's key opens one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.book import NOON, OWN, Book, state_entry
from tests.evidence.signing import Ed25519Key, Es256Key, Key, check_signature

from xinfu.errors import IntegrityError
from xinfu.evidence import Checkpoint, open_checkpoint

ROOT = bytes(range(32))
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
B64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def test_the_text_is_that_of_the_specification() -> None:
    head = Checkpoint.of(OWN, 20_852_163, ROOT, NOON)
    assert head.text() == f"{OWN}\n20852163\n{B64}\ntime 2026-03-01T12:00:00.000Z\n"


def test_the_example_of_the_specification_can_be_read() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = Checkpoint.parse(text)
    assert (head.origin, head.size, head.at) == ("example.com/behind-the-sofa", 20_852_163, None)
    assert head.text() == text


@given(
    LINE,
    st.integers(0, 2**63),
    st.binary(min_size=32, max_size=32),
    st.none() | LINE,
    st.lists(LINE, max_size=3),
)
def test_reading_and_writing_give_the_same(
    origin: str, size: int, root: bytes, at: str | None, extensions: list[str]
) -> None:
    text = Checkpoint(origin=origin, size=size, root=root, at=at, extensions=tuple(extensions)).text()
    assert Checkpoint.parse(text).text() == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1"),
        (f"{OWN}\n7\n{B64}", "1"),
        (f"{OWN}\n7\n", "1"),
        (f"{OWN}\n7\n{B64}\n\n", "1"),
        (f"\n7\n{B64}\n", "1"),
        (f"{OWN}\n07\n{B64}\n", "2"),
        (f"{OWN}\n-7\n{B64}\n", "2"),
        (f"{OWN}\n７\n{B64}\n", "2"),
        (f"{OWN}\n7\nAAAA\n", "3"),
        (f"{OWN}\n7\n{B64[:-2]}9=\n", "3"),
        (f"{OWN}\n7\n!\n", "3"),
    ],
)
def test_a_malformed_checkpoint_is_refused_with_its_line(text: str, line: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        Checkpoint.parse(text)
    assert caught.value.facts["line"] == line


@pytest.mark.parametrize("key", [Ed25519Key(1), Es256Key(5)], ids=["Ed25519", "ES256"])
def test_only_the_key_that_signed_opens_a_checkpoint(key: Key) -> None:
    book = Book(key)
    book.append(state_entry(0))
    assert open_checkpoint(book.checkpoint, key.note_key(OWN), check_signature) == book.head
    with pytest.raises(IntegrityError) as caught:
        open_checkpoint(book.checkpoint, Ed25519Key(9).note_key(OWN), check_signature)
    assert caught.value.code == "evidence.checkpoint-unsigned"


def test_a_larger_head_never_states_an_earlier_time_than_a_smaller_one() -> None:
    first = Checkpoint.of(OWN, 1, ROOT, NOON)
    back = Checkpoint.of(OWN, 2, ROOT, NOON - timedelta(hours=1), first)
    again = Checkpoint.of(OWN, 3, ROOT, NOON - timedelta(minutes=30), back)
    right = Checkpoint.of(OWN, 4, ROOT, NOON + timedelta(seconds=1), again)
    assert (back.at, back.extensions) == ("2026-03-01T11:00:00.000Z", ("latest 2026-03-01T12:00:00.000Z",))
    assert back.latest == again.latest == first.latest
    assert (right.latest, right.extensions) == (right.at, ())
    assert Checkpoint.parse(back.text()) == back

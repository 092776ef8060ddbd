"""Trust in a log's keys over rotations: forward, backward, and never for a thief."""

from datetime import timedelta

import msgspec
import pytest
from tests.evidence.book import NOON, OWN, PEER, Book, state_entry, trusting, uuid7
from tests.evidence.signing import Ed25519Key, Es256Key, check_signature

from xinfu.evidence import (
    Anchors,
    Checkpoint,
    Entry,
    Findings,
    ProvenEntry,
    Receipt,
    build,
    instant,
    key_facts,
    known_keys,
    verify,
)
from xinfu.evidence.anchors import log_keys

OLD, NEW, NEXT, THIEF = Ed25519Key(1), Es256Key(2), Ed25519Key(3), Ed25519Key(66)


class Rotated:
    """A log whose key went from OLD to NEW; receipts and links as they could be had along the way."""

    def __init__(self, *, compromised: bool = False) -> None:
        self.book = Book(OLD)
        self.old_added_by_old = self.book.add_key(OLD, 1)
        first = self.book.append(state_entry(2))
        self.old_receipt = build(self.book.prove(first))
        self.new_added_by_old = self.book.add_key(NEW, 3)
        self.book.key = NEW
        self.old_retired = self.book.retire_key(OLD, 4, **({"compromised": True} if compromised else {}))
        self.old_added = self.book.prove(0)
        self.new_added = self.book.prove(2)
        last = self.book.append(state_entry(5))
        self.new_receipt = build(self.book.prove(last))

    @property
    def links(self) -> list[ProvenEntry]:
        """The key entries of this log under its newest key."""
        return [self.old_added, self.new_added, self.old_retired]


def check(receipt: Receipt, anchors: Anchors, *links: ProvenEntry) -> Findings:
    return verify(receipt, anchors=anchors, check_signature=check_signature, learned=links)


def test_a_receipt_of_the_new_key_is_established_by_the_old_one() -> None:
    log = Rotated()
    assert check(log.new_receipt, trusting(OLD)).exit_code == 3
    links = (log.old_added_by_old, log.new_added_by_old)
    assert check(log.new_receipt, trusting(OLD), *links).exit_code == 0
    carried = build(log.new_receipt.proven, keys=links)
    assert check(Receipt.from_bytes(carried.to_bytes()), trusting(OLD)).exit_code == 0


def test_an_old_receipt_is_established_by_the_new_key_and_the_log_of_keys() -> None:
    log = Rotated()
    assert check(log.old_receipt, trusting(NEW)).exit_code == 3
    assert check(log.old_receipt, trusting(NEW), *log.links).exit_code == 0
    assert check(build(log.old_receipt.proven, keys=log.links), trusting(NEW)).exit_code == 0


def test_links_work_in_any_order_and_over_several_rotations() -> None:
    log = Rotated()
    third = log.book.add_key(NEXT, 10)
    log.book.key = NEXT
    log.book.retire_key(NEW, 11)
    receipt = build(log.book.prove(log.book.append(state_entry(12))))
    links = [log.old_added_by_old, log.new_added_by_old, third]
    for order in (links, links[::-1]):
        assert check(receipt, trusting(OLD), *order).exit_code == 0
    keys_of_all = [log.book.prove(index) for index in (0, 2, 3, 5, 6)]
    for order in (keys_of_all, keys_of_all[::-1]):
        assert check(log.old_receipt, trusting(NEXT), *order).exit_code == 0


def test_a_key_that_signs_after_its_retirement_is_found() -> None:
    log = Rotated()
    log.book.key = OLD
    log.book.now = NOON + timedelta(seconds=61)
    stolen = build(log.book.prove(log.book.append(state_entry(20))))
    found = check(stolen, trusting(NEW), *log.links)
    assert found.exit_code == 1
    assert found.broken[0].name == "log.signer"
    assert check(stolen, trusting(OLD, NEW), *log.links).exit_code == 1


def test_a_checkpoint_in_the_making_when_its_key_was_retired_is_none_of_a_thief() -> None:
    log = Rotated()
    log.book.key = OLD
    log.book.now = NOON + timedelta(seconds=60)
    late = build(log.book.prove(log.book.append(state_entry(20))))
    assert check(late, trusting(NEW), *log.links).exit_code == 0


def test_an_older_key_without_its_known_end_is_not_trusted() -> None:
    log = Rotated()
    assert check(log.old_receipt, trusting(NEW), log.old_added, log.new_added).exit_code == 3


def test_a_compromised_key_is_trusted_for_nothing() -> None:
    log = Rotated(compromised=True)
    assert check(log.old_receipt, trusting(NEW), *log.links).exit_code == 3
    assert check(log.old_receipt, trusting(OLD, NEW), *log.links).exit_code == 3


def test_a_retired_key_teaches_nothing() -> None:
    log = Rotated()
    fork = Book(OLD)
    fork.add_key(OLD, 1)
    taught = fork.add_key(THIEF, 9)
    fork.key = THIEF
    forged = build(fork.prove(fork.append(state_entry(30))))
    assert check(forged, trusting(NEW), *log.links, taught).exit_code == 3
    assert check(forged, trusting(NEW), taught, *log.links).exit_code == 3


def test_a_key_that_names_itself_is_not_trusted() -> None:
    fork = Book(THIEF)
    link = fork.add_key(THIEF, 1)
    forged = build(fork.prove(fork.append(state_entry(2))), keys=[link])
    assert check(forged, trusting(OLD)).exit_code == 3
    assert check(forged, Anchors()).exit_code == 3


def test_a_key_for_messages_does_not_become_a_key_of_the_log() -> None:

    book = Book(OLD)
    own = book.add_key(OLD, 1)
    facts = key_facts(f"{OWN}#s", NEW.jwk, purpose="sign")
    link = book.prove(book.append(Entry.of("key.added", id=uuid7(2), at=NOON, context="bureau", facts=facts)))
    keys = log_keys(OWN, trusting(OLD), [own, link], check_signature)
    assert not keys.knows(NEW.jwk)
    assert keys.knows(OLD.jwk)


@pytest.mark.parametrize("field", ["index", "path", "checkpoint", "key", "entry"])
def test_a_damaged_link_teaches_nothing_and_is_located(field: str) -> None:
    log = Rotated()
    good = log.new_added_by_old
    bad: dict[str, object] = {
        "index": good.index + 1,
        "path": tuple("00" * 32 for _ in good.path),
        "checkpoint": good.checkpoint.replace("time 2026", "time 2027"),
        "key": THIEF.jwk,
        "entry": good.entry | {"facts": key_facts(f"{OWN}#k3", THIEF.jwk)},
    }
    damaged = msgspec.structs.replace(good, **{field: bad[field]})
    assert not log_keys(OWN, trusting(OLD), [log.old_added_by_old, damaged], check_signature).knows(NEW.jwk)
    found = check(build(log.new_receipt.proven, keys=[log.old_added_by_old, damaged]), trusting(OLD))
    assert found.exit_code == 1
    assert found.broken[0].at.startswith("keys[1]")


def test_links_of_another_log_teach_nothing() -> None:
    other = Book(OLD, origin=PEER)
    links = [other.add_key(OLD, 1), other.add_key(THIEF, 2)]
    anchors = Anchors(logs={OWN: (OLD.jwk,), PEER: (OLD.jwk,)})
    assert not log_keys(OWN, anchors, links, check_signature).knows(THIEF.jwk)
    assert log_keys(PEER, anchors, links, check_signature).knows(THIEF.jwk)


def test_the_first_head_that_holds_a_retirement_is_the_one_too_many() -> None:
    log = Rotated()
    keys = log_keys(OWN, trusting(NEW), log.links, check_signature)
    later = instant(NOON + timedelta(seconds=61))
    end = log.old_retired.index
    for size, outlived in ((end, False), (end + 1, True)):
        assert keys.outlived(OLD.jwk, Checkpoint(origin=OWN, size=size, root=b"", at=later)) is outlived
        assert not keys.outlived(NEW.jwk, Checkpoint(origin=OWN, size=size, root=b"", at=later))
    assert keys.outlived(OLD.jwk, Checkpoint(origin=OWN, size=end + 1, root=b""))


def test_a_head_of_another_log_teaches_nothing_even_in_our_name() -> None:
    book = Book(OLD)
    own, link = book.add_key(OLD, 1), book.add_key(THIEF, 2)
    head = Checkpoint(origin=PEER, size=2, root=book.frontier.root())
    note = head.signed(OLD.note_key(OWN), OLD.sign(head.text().encode()))
    moved = msgspec.structs.replace(link, checkpoint=note)
    assert not log_keys(OWN, trusting(OLD), [own, moved], check_signature).knows(THIEF.jwk)


def test_a_compromised_message_key_signs_no_message_any_more() -> None:
    book = Book(OLD)
    book.add_key(OLD, 1)
    sent, thieved, alive = Es256Key(11), Es256Key(12), Es256Key(13)

    def stated(kind: str, key: Es256Key, number: int, **more: bool) -> int:
        facts = key_facts(f"{OWN}#s{number}", key.jwk, purpose="sign") | more
        return book.append(Entry.of(kind, id=uuid7(number), at=NOON, context="bureau", facts=facts))

    places = [stated("key.added", key, 20 + number) for number, key in enumerate((sent, thieved, alive))]
    places += [stated("key.retired", sent, 30), stated("key.retired", thieved, 31, compromised=True)]
    links = [book.prove(place) for place in places]
    known = known_keys(OWN, trusting(OLD), links, check_signature)
    assert [dict(key) for key in known.messages] == [sent.jwk, alive.jwk]

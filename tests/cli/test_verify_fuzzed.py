"""`xinfu verify` on receipts with single bytes changed, put in or taken out, at places that a fixed seed gives."""

import random
from collections import Counter
from pathlib import Path

import pytest
from tests.cli.test_verify import LOG, SENDER, Desk, message_receipt, rotated
from tests.evidence.book import OWN, PEER

from xinfu.errors import InputError
from xinfu.evidence import Receipt, canonical

CHANGES = 2000


def parsed(data: bytes) -> bytes | None:
    """What a receipt says, in its one form; None where it cannot be read."""
    try:
        return canonical(Receipt.from_bytes(data))
    except InputError:
        return None


def changed(data: bytes, chance: random.Random) -> bytes:
    """The same with one byte changed, put in or taken out."""
    place, byte = chance.randrange(len(data)), chance.randrange(256)
    act = chance.choice(("change", "put in", "take out"))
    if act == "put in":
        return data[:place] + bytes([byte]) + data[place:]
    after = data[place + 1 :]
    return data[:place] + (after if act == "take out" else bytes([byte ^ (data[place] == byte)]) + after)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["message", "rotated"])
def test_a_byte_that_changes_what_a_receipt_says_is_refused_without_a_traceback(
    tmp_path: Path, kind: str
) -> None:
    desk = Desk(tmp_path)
    if kind == "message":
        data = message_receipt()
        trust = [desk.did("own.json", OWN, log=LOG), desk.did("peer.json", PEER, sign=SENDER)]
    else:
        _, new, _, today = rotated(desk)
        data, trust = Path(new).read_bytes(), [today]
    options = [word for each in trust for word in ("--trust", each)]
    assert desk.verify(desk.put("good.json", data), *options).exit_code == 0
    said, chance, ends = parsed(data), random.Random(20261202), Counter[int]()
    for number in range(CHANGES // 2):
        spoiled = changed(data, chance)
        result = desk.verify(desk.put("r.json", spoiled), *options)  # an exception ends the test
        meant = parsed(spoiled)
        ends[result.exit_code] += 1
        expected = {0} if meant == said else {2} if meant is None else {1}
        assert result.exit_code in expected, (number, spoiled, result.output)
    assert ends[1] > CHANGES // 10
    assert ends[2] > CHANGES // 10

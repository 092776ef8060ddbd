"""Receipts as files: one byte changed, and what is no receipt."""

import json
from pathlib import Path

import pytest

from xinfu.errors import IntegrityError
from xinfu_scenarios.proof import alter, keep, must_hold, written

RECEIPT = {"proven": {"entry": {"at": "2026-01-05T09:30:00.000Z", "kind": "use"}}}


@pytest.mark.parametrize(
    "data",
    [written(RECEIPT), json.dumps(RECEIPT).encode(), json.dumps(RECEIPT, separators=(",", ":")).encode()],
)
def test_one_byte_is_changed_and_the_file_stays_json(data: bytes) -> None:
    changed = alter(data)
    assert sum(one != other for one, other in zip(data, changed, strict=True)) == 1
    assert json.loads(changed)["proven"]["entry"]["at"] != RECEIPT["proven"]["entry"]["at"]


def test_what_is_no_receipt_cannot_be_altered() -> None:
    with pytest.raises(IntegrityError) as caught:
        alter(b"{}")
    assert caught.value.code == "receipt.no-moment"


async def test_a_file_that_is_no_receipt_does_not_hold(tmp_path: Path) -> None:
    path = keep(tmp_path / "deep" / "receipt.json", written(RECEIPT))
    with pytest.raises(IntegrityError) as caught:
        await must_hold(path, trust=[])
    assert caught.value.code == "receipt.broken"

"""The telemetry of the maintenance contract: the same bytes for the same seed, and every row is marked."""

import hashlib
from pathlib import Path

from xinfu_scenarios.maintenance.generator import (
    HEAD,
    MARK,
    Generated,
    telemetry,
    write_recording,
    write_telemetry,
)
from xinfu_scenarios.readings import rows

SMALL = Generated(seconds=2)


def test_the_bytes_of_a_seed_never_change(tmp_path: Path) -> None:
    made = write_telemetry(tmp_path, SMALL).read_bytes()
    assert hashlib.sha256(made).hexdigest() == (
        "c806851d16dba8178d618c2bba0ae53478345c9d2392b58bcf875e3481fc994b"
    )
    recording = write_recording(tmp_path, SMALL).read_bytes()
    assert hashlib.sha256(recording).hexdigest() == (
        "41e2431872f2c653e89f17ecc5c8ead7504ffada6f22d1f5c6fbc101a6ac29b9"
    )


def test_another_seed_gives_other_bytes() -> None:
    made = [list(telemetry(Generated(seed=seed, cycles=3))) for seed in (1, 2)]
    assert made[0] != made[1]


def test_every_row_of_both_files_is_marked(tmp_path: Path) -> None:
    found = list(rows(write_telemetry(tmp_path, SMALL), HEAD.split(",")))
    assert len(found) == 3 * 400
    assert {row.cells["origin"] for row in found} == {MARK}
    recorded = list(rows(write_recording(tmp_path, SMALL), ("second", "sample", "origin")))
    assert len(recorded) == 2 * 10_000
    assert {row.cells["origin"] for row in recorded} == {MARK}


def test_a_spindle_runs_warmer_and_shakes_more_as_it_wears() -> None:
    found = [row.split(",") for row in telemetry(Generated(machines=("one",)))]
    for column in (4, 5):
        first, last = (sum(float(row[column]) for row in part) for part in (found[:50], found[-50:]))
        assert last > first

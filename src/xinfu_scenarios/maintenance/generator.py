"""Generate telemetry of invented spindles, and a long recording of their vibration; each row is marked as generated.

Whole numbers and the deterministic draw only: a seed gives the same bytes on every machine. A spindle runs warm and
shakes more as it wears; the first of them wears fastest.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from xinfu_scenarios.draw import weight

MARK: Final = "generated / 模拟生成"
TELEMETRY: Final = "spindle-telemetry-generated.csv"
RECORDING: Final = "vibration-recording-generated.csv"
HEAD: Final = "machine,cycle,speed_rpm,load_pct,bearing_temp_c,vibration_mm_s,origin"
_RATE: Final = 10_000


class Generated(Struct, frozen=True, kw_only=True):
    """The parameters: seed, machines, cycles of each, and seconds of the recording (10,000 rows each)."""

    seed: int = 20261129
    machines: tuple[str, ...] = ("Spindle-A", "Spindle-B", "Spindle-C")
    cycles: int = 400
    seconds: int = 200


def write_telemetry(folder: Path, terms: Generated) -> Path:
    """Write the telemetry into `folder`; the same terms give the same bytes."""
    path = folder / TELEMETRY
    path.write_bytes(("\n".join([HEAD, *telemetry(terms)]) + "\n").encode())
    return path


def telemetry(terms: Generated) -> Iterator[str]:
    """The rows without the head: machine by machine, cycle by cycle."""
    for place, machine in enumerate(terms.machines, 1):
        for cycle in range(1, terms.cycles + 1):
            key = f"{machine}:{cycle}"
            worn = (cycle * cycle * 60) // (terms.cycles * terms.cycles * place)
            load = 40 + _spread(terms.seed, f"load:{key}", 25)
            speed = 8000 + 10 * _spread(terms.seed, f"speed:{key}", 40)
            warm = 350 + 2 * load + 3 * worn + _spread(terms.seed, f"warm:{key}", 12)
            shake = 12 + worn + load // 10 + _spread(terms.seed, f"shake:{key}", 3)
            yield f"{machine},{cycle},{speed},{load},{_tenths(warm)},{_tenths(shake)},{MARK}"


def write_recording(folder: Path, terms: Generated) -> Path:
    """Write the long recording into `folder`: the shape of one second, repeated."""
    path = folder / RECORDING
    shape = [_spread(terms.seed, f"wave:{sample}", 900) for sample in range(_RATE)]
    rows = [f"{sample},{value},{MARK}\n" for sample, value in enumerate(shape)]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("second,sample,acceleration_mg,origin\n")
        for second in range(terms.seconds):
            file.write("".join(f"{second},{row}" for row in rows))
    return path


def _spread(seed: int, key: str, most: int) -> int:
    return weight(seed, key) * (2 * most + 1) // 1001 - most


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}"

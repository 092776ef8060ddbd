"""Figures of benches with their peers and budgets; the table, and bench/results.json."""

import os
import platform
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec

RESULTS = Path(__file__).parent / "results.json"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A measured value.

    Attributes:
        peer: the peer that it is compared with, and `peer_value` in the same unit; None if the peer is absent.
        ratio: value / peer_value.
        budget: the bound, `at_most` or at least.
    """

    name: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    budget: float | None = None
    at_most: bool = True

    @property
    def ratio(self) -> float | None:
        """Our value divided by the peer's; None without a peer."""
        return None if not self.peer_value else self.value / self.peer_value

    @property
    def met(self) -> bool | None:
        """Whether the budget is kept; None without one."""
        if self.budget is None:
            return None
        return self.value <= self.budget if self.at_most else self.value >= self.budget


def write(figures: Sequence[Figure]) -> None:
    """Write the figures into bench/results.json, and keep those of other benches from an earlier run."""
    rows = [
        {
            "name": each.name,
            "value": round(each.value, 3),
            "unit": each.unit,
            "peer": each.peer,
            "peer_value": None if each.peer_value is None else round(each.peer_value, 3),
            "ratio": None if each.ratio is None else round(each.ratio, 3),
            "budget": each.budget,
            "met": each.met,
            **machine(),
        }
        for each in figures
    ]
    fresh = {row["name"] for row in rows}
    kept = RESULTS.read_bytes() if RESULTS.exists() else b"[]"
    earlier = msgspec.json.decode(kept, type=list[dict[str, object]])
    rows = [row for row in earlier if row["name"] not in fresh] + rows
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n")


def machine() -> dict[str, object]:
    """The machine on which the figures were measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "durability": "SQLite WAL, synchronous=FULL",
        "sqlite": sqlite3.sqlite_version,
        "python": platform.python_version(),
    }


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of a table."""
    head = ("figure", "value", "unit", "peer", "peer value", "ratio", "budget", "met")
    rows = [head, *(_row(each) for each in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(each: Figure) -> tuple[str, ...]:
    bound = "" if each.budget is None else f"{'<=' if each.at_most else '>='} {each.budget:g}"
    return (
        each.name,
        f"{each.value:.2f}",
        each.unit,
        each.peer or "",
        "" if each.peer_value is None else f"{each.peer_value:.2f}",
        "" if each.ratio is None else f"{each.ratio:.3f}",
        bound,
        {None: "", True: "yes", False: "NO"}[each.met],
    )

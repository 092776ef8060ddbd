"""Draws docs/reference/states.md from the tables of the protocol."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from xinfu.contracts import states as contracts
from xinfu.dsp import Role
from xinfu.dsp.negotiation import states as negotiations
from xinfu.dsp.transfer import states as transfers

State = TypeVar("State", bound=StrEnum)
Kind = TypeVar("Kind", bound=StrEnum)

HEAD: Final = """# States

Drawn from the tables of the program by `make docs`. Both sides use the same table. A message that stands in no row of the
present state is refused and changes nothing. States and messages are those of the Dataspace Protocol 2025-1; the statuses of a digital contract
are those of TC609-6-2025-14, which gives flows and no table.
"""


def page() -> str:
    """The whole page."""
    return (
        HEAD
        + section("Negotiation", negotiations.diagram(), rows(negotiations.TABLE))
        + section("Transfer", transfers.diagram(), rows(transfers.TABLE))
        + section("Digital contract", contracts.diagram(), contract_rows())
    )


def contract_rows() -> str:
    """One line a move of a contract; all who may make it share the line."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for status, moves in contracts.TABLE.items():
        for (event, mover), to in moves.items():
            lines.setdefault((status or "–", event, to), []).append(mover)
    return "".join(f"| {a} | {event} | {', '.join(by)} | {b} |\n" for (a, event, b), by in lines.items())


def section(title: str, diagram: str, body: str) -> str:
    """One state machine: its picture and its table."""
    return f"\n## {title}\n\n```mermaid\n{diagram}```\n\n| state | message | sent by | next state |\n|---|---|---|---|\n{body}"


def rows(table: Mapping[State | None, Mapping[tuple[Kind, Role], State]]) -> str:
    """One line a move; both senders of the same move share a line."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for state, moves in table.items():
        for (kind, sender), to in moves.items():
            lines.setdefault((str(state or "–"), str(kind), str(to)), []).append(str(sender))
    return "".join(f"| {a} | {kind} | {', '.join(by)} | {b} |\n" for (a, kind, b), by in lines.items())

"""Draws docs/reference/states.md from the tables of the protocol."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from xinfu.contracts import states
from xinfu.dsp import Role
from xinfu.dsp.negotiation import states as cn
from xinfu.dsp.transfer import states as tp
from xinfu.odrl.duties import life
from xinfu.odrl.duties.life import DutyMove, DutyState
from xinfu.ports.records import AgreementState
from xinfu.services.agreements import lifecycle
from xinfu.services.agreements.lifecycle import AgreementMove

State = TypeVar("State", bound=StrEnum)
Kind = TypeVar("Kind", bound=StrEnum)

HEAD: Final = """# States

Drawn from the tables of the program by `make docs`. Both sides use the same table. A message that stands in no row of the
present state is refused and changes nothing. States and messages are those of the Dataspace Protocol 2025-1; those of
agreements and duties are ours; the statuses of a digital contract are those of TC609-6-2025-14, which gives flows and no table.
"""


def page() -> str:
    """The whole page."""
    return (
        HEAD
        + section("Negotiation", cn.diagram(), rows(cn.TABLE))
        + section("Transfer", tp.diagram(), rows(tp.TABLE))
        + section(
            "Agreement", drawn(lifecycle.TABLE, AgreementState.ACTIVE), moved(lifecycle.TABLE, AGREEMENT)
        )
        + section("Duty", drawn(life.TABLE, DutyState.PENDING), moved(life.TABLE, DUTY))
        + section("Digital contract", states.diagram(), contract_rows())
    )


AGREEMENT: Final[Mapping[AgreementMove, str]] = {
    AgreementMove.SUSPEND: "either side",
    AgreementMove.RESUME: "who suspended it",
    AgreementMove.TERMINATE: "either side",
    AgreementMove.EXPIRE: "time",
    AgreementMove.FULFIL: "the provider's node: all uses are spent, all duties are done",
}
DUTY: Final[Mapping[DutyMove, str]] = {
    DutyMove.TRIGGER: "what it waits for, or time",
    DutyMove.CLAIM: "who owes it, with a proof",
    DutyMove.REFUSE: "who is owed",
    DutyMove.FULFIL: "who owes it, with a proof that is enough; else who is owed",
    DutyMove.LAPSE: "time",
    DutyMove.REMEDY: "the last proof of what is owed by then",
    DutyMove.BREACH: "who is owed, or a breach of what was owed in addition",
    DutyMove.WAIVE: "who is owed",
    DutyMove.VOID: "the end of an agreement that was never used",
}
"""Who makes which move."""


def drawn(table: Mapping[State, Mapping[Kind, State]], first: State) -> str:
    """A table without senders as a Mermaid state diagram."""
    arrows = [f"    {a} --> {b}: {move}" for a, moves in table.items() for move, b in moves.items()]
    ends = [f"    {state} --> [*]" for state, moves in table.items() if not moves]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {first}", *arrows, *ends]) + "\n"


def moved(table: Mapping[State, Mapping[Kind, State]], by: Mapping[Kind, str]) -> str:
    """One line a move, with who makes it."""
    return "".join(
        f"| {a} | {move} | {by[move]} | {b} |\n" for a, moves in table.items() for move, b in moves.items()
    )


def contract_rows() -> str:
    """One line a move of a contract; all who may make it share the line."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for status, moves in states.TABLE.items():
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

"""Records of programmes that were handed to a participant, and of what was decided about them."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec

from xinfu.compute.programme import Argument, Programme
from xinfu.ports.column import Word
from xinfu.ports.kind import DatedKind
from xinfu.ports.sealing import Seal


class SignedProgramme(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="xinfu.programme"
):
    """A programme as its author hands it over: what it is, its code, and the author's signature over both.

    Attributes:
        code: the source text of one module.
        signed: when it was signed; the signature covers it.
    """

    programme: Programme
    code: str
    signed: Annotated[datetime, msgspec.Meta(tz=True)]
    seal: Seal


class ProgrammeState(StrEnum):
    """The states of a programme at a participant."""

    WAITING = "WAITING"
    """A person has to decide."""
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    """It was approved and is no longer."""


class ProgrammeEvent(StrEnum):
    """The decisions about a programme."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


PROGRAMME_STATES: Final[Mapping[ProgrammeState, Mapping[ProgrammeEvent, ProgrammeState]]] = {
    ProgrammeState.WAITING: {
        ProgrammeEvent.APPROVE: ProgrammeState.APPROVED,
        ProgrammeEvent.REFUSE: ProgrammeState.REFUSED,
    },
    ProgrammeState.APPROVED: {ProgrammeEvent.WITHDRAW: ProgrammeState.WITHDRAWN},
    ProgrammeState.REFUSED: {ProgrammeEvent.APPROVE: ProgrammeState.APPROVED},
    ProgrammeState.WITHDRAWN: {ProgrammeEvent.APPROVE: ProgrammeState.APPROVED},
}
"""State, decision, next state. A pair that is not in it is refused and changes nothing."""


class ProgrammeRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A programme at one participant; `id` is its digest.

    Attributes:
        arguments: the arguments with the ranges that were approved; () before.
        decided_by: the person or body that decided; "" before.
        reason: why, as that person wrote it.
    """

    id: str
    context: str
    handed: SignedProgramme
    state: ProgrammeState = ProgrammeState.WAITING
    arguments: tuple[Argument, ...] = ()
    decided_by: str = ""
    reason: str = ""
    decided: datetime | None = None
    created: datetime
    updated: datetime


class _Programmes(DatedKind[ProgrammeRecord]):
    label = Word[ProgrammeRecord, str](lambda record: record.handed.programme.label)
    author = Word[ProgrammeRecord, str](lambda record: record.handed.programme.author)
    state = Word[ProgrammeRecord, ProgrammeState](lambda record: record.state)
    indexed = ("label", "author", "state")


PROGRAMMES: Final = _Programmes("programme", "programmes", "计算程序", ProgrammeRecord)

"""The stage of the play: the members, their databases, the diary and the refusals so far."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from xinfu.errors import XinfuError
from xinfu_scenarios.diary import Diary, Side, now
from xinfu_scenarios.s01 import exchange, texts
from xinfu_scenarios.s01.exchange import Concluded
from xinfu_scenarios.s01.generator import Generated
from xinfu_scenarios.s01.people import Member
from xinfu_scenarios.s01.story import Refused
from xinfu_scenarios.s01.terms import Terms
from xinfu_scenarios.words import Text


class Stage(Struct, frozen=True, kw_only=True):
    """The stage of the play.

    Args:
        firms: the groups in the order of the card, the central firms' subsidiaries last.
        folder: holds the databases that are published from.
        refusals: the refusals so far, in order.
    """

    made: Generated
    terms: Terms
    firms: tuple[Member, ...]
    city: Member
    province: Member
    operator: Member
    folder: Path
    diary: Diary
    refusals: list[Refused]

    @property
    def groups(self) -> tuple[Member, ...]:
        """The provincial groups."""
        return self.firms[:-1]

    @property
    def central(self) -> Member:
        """The central firms' subsidiaries."""
        return self.firms[-1]

    def database(self, member: Member) -> Path:
        """The database of a member's tables."""
        return self.folder / f"{member.key}.db"

    async def refused(
        self,
        number: int,
        tried: Text,
        error: XinfuError,
        *,
        rule: Text,
        at: Member,
        kind: str = "refusal",
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Record a refusal with its entry of evidence in the log of `at`.

        Raises:
            PeerError: `wait.over`: the entry did not appear.
        """
        entry = await exchange.record_of(at.node, kind, {"code": error.code} if facts is None else facts)
        one = Refused(
            number=number,
            tried=tried,
            code=error.code,
            answer=texts.answer(error),
            rule=rule,
            log=at.name,
            entry=entry.id,
            at=now(),
        )
        self.refusals.append(one)
        self.diary.note(Side.PROVIDER, texts.REFUSED, texts.one_refusal(one))


class Contracts(Struct, frozen=True, kw_only=True):
    """The signed contracts: that of each firm's ledger by the firm's key, and those of the corrections so far."""

    ledgers: dict[str, Concluded]
    corrections: list[tuple[str, Concluded]]

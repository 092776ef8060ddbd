"""Findings: what a check of evidence found, one by one, and what follows from all of it.

Each check is about *integrity* (is this what was written?) or about the *signer* (is it known who wrote
it?). Three outcomes: broken (any NO), established (every check YES), and between them intact: nothing is
wrong, yet who signed is not established. Nothing is ever called valid alone. Follows: DECISIONS D-20.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec

from xinfu.verdict import Verdict, every

Outcome: TypeAlias = Literal["broken", "intact", "established"]
About: TypeAlias = Literal["integrity", "signer"]

EXIT_CODES: Final[dict[Outcome, int]] = {"established": 0, "broken": 1, "intact": 3}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check.

    Attributes:
        name: stable, dotted; what was checked.
        about: integrity or signer.
        verdict: YES holds, NO is broken, UNKNOWN cannot be told from what is at hand.
        at: where, as a path in the document (`proven.path[3]`, `checkpoint line 2`, `entry 17`).
        en: one sentence.
        zh: the same in Chinese.
    """

    name: str
    about: About = "integrity"
    verdict: Verdict
    at: str = ""
    en: str
    zh: str

    def sentence(self, language: str) -> str:
        """The sentence in `language` ("zh" or "en")."""
        return self.zh if language == "zh" else self.en


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """The results of the checks, in the order in which they were made."""

    checks: tuple[Check, ...]

    @property
    def outcome(self) -> Outcome:
        """Broken, intact or established; of no checks at all nothing is established."""
        together = every(check.verdict for check in self.checks)
        if together is Verdict.NO:
            return "broken"
        return "established" if together is Verdict.YES else "intact"

    @property
    def exit_code(self) -> int:
        """0 established, 1 broken, 3 intact with the signer not established."""
        return EXIT_CODES[self.outcome]

    @property
    def broken(self) -> tuple[Check, ...]:
        """The checks that do not hold; the first one is the nearest to the cause."""
        return tuple(check for check in self.checks if check.verdict is Verdict.NO)

    @property
    def unknown(self) -> tuple[Check, ...]:
        """The checks that could not be decided."""
        return tuple(check for check in self.checks if check.verdict is Verdict.UNKNOWN)

    def sentence(self, language: str) -> str:
        """The outcome in one sentence."""
        outcome = self.outcome
        if outcome == "broken":
            first = self.broken[0]
            if language == "zh":
                return f"已损坏：{first.zh}" + (f"（{first.at}）" if first.at else "")
            return f"Broken: {first.en}" + (f" ({first.at})" if first.at else "")
        if outcome == "established":
            return "完整，签署者已确认。" if language == "zh" else "Intact, signer established."
        return "完整，但签署者未确认。" if language == "zh" else "Intact, signer not established."

    def and_also(self, others: Iterable[Check]) -> "Findings":
        """These checks followed by others."""
        return Findings(checks=(*self.checks, *others))


def check(
    name: str,
    *,
    holds: bool | Verdict,
    yes: tuple[str, str],
    no: tuple[str, str],
    at: str = "",
    about: About = "integrity",
) -> Check:
    """A check with the sentences (en, zh) for both ways it can end; what is not YES takes the second."""
    verdict = holds if isinstance(holds, Verdict) else Verdict.YES if holds else Verdict.NO
    en, zh = yes if verdict is Verdict.YES else no
    place = "" if verdict is Verdict.YES else at
    return Check(name=name, about=about, verdict=verdict, at=place, en=en, zh=zh)

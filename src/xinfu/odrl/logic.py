"""Closures that combine closures: strong Kleene logic over a situation.

Beside the verdict of a use there are two hopeful ones for negotiations, in which some facts do not exist yet:
`may_hold` takes what only a use can tell as YES, `may_fail` takes it as NO. Under `xone` both are needed.
"""

from collections.abc import Callable, Sequence

import msgspec

from xinfu.odrl.situation import Situation
from xinfu.verdict import Verdict, exactly_one

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

Ask = Callable[[Situation], Verdict]


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """One question in the three ways it can be asked.

    Attributes:
        use: for a use, with the facts as they are.
        may_hold: whether it can still become YES by what only a use can tell.
        may_fail: NO when it can still become NO by what only a use can tell.
    """

    use: Ask
    may_hold: Ask
    may_fail: Ask


def always(verdict: Verdict) -> Answers:
    """The same answer, whatever the situation."""
    return same(lambda _: verdict)


def same(ask: Ask) -> Answers:
    """A question that a use and a negotiation answer alike."""
    return Answers(use=ask, may_hold=ask, may_fail=ask)


def all_of(parts: Sequence[Answers]) -> Answers:
    """YES when all are YES; NO beats UNKNOWN. Without parts it is YES: a rule without conditions."""
    return _each(_all, parts)


def any_of(parts: Sequence[Answers]) -> Answers:
    """YES when any is YES; UNKNOWN beats NO."""
    return _each(_any, parts)


def one_of(parts: Sequence[Answers]) -> Answers:
    """YES when exactly one is YES and all others are NO."""
    held, failed = [part.may_hold for part in parts], [part.may_fail for part in parts]
    return Answers(
        use=_one([part.use for part in parts]),
        may_hold=lambda situation: _one_may_hold(_ask(held, situation), _ask(failed, situation)),
        may_fail=lambda situation: exactly_one(_ask(failed, situation)) & exactly_one(_ask(held, situation)),
    )


def _each(combine: Callable[[Sequence[Ask]], Ask], parts: Sequence[Answers]) -> Answers:
    return Answers(
        use=combine([part.use for part in parts]),
        may_hold=combine([part.may_hold for part in parts]),
        may_fail=combine([part.may_fail for part in parts]),
    )


def _all(asks: Sequence[Ask]) -> Ask:
    if len(asks) == 1:
        return asks[0]
    parts = tuple(asks)

    def ask(situation: Situation) -> Verdict:
        found = YES
        for part in parts:
            verdict = part(situation)
            if verdict is NO:
                return NO
            if verdict is UNKNOWN:
                found = UNKNOWN
        return found

    return ask


def _any(asks: Sequence[Ask]) -> Ask:
    if len(asks) == 1:
        return asks[0]
    parts = tuple(asks)

    def ask(situation: Situation) -> Verdict:
        found = NO
        for part in parts:
            verdict = part(situation)
            if verdict is YES:
                return YES
            if verdict is UNKNOWN:
                found = UNKNOWN
        return found

    return ask


def _one(asks: Sequence[Ask]) -> Ask:
    parts = tuple(asks)
    return lambda situation: exactly_one(_ask(parts, situation))


def _ask(asks: Sequence[Ask], situation: Situation) -> list[Verdict]:
    return [ask(situation) for ask in asks]


def _one_may_hold(hold: list[Verdict], fail: list[Verdict]) -> Verdict:
    """The best of: this part holds and no other does."""
    stuck, unsure = fail.count(YES), fail.count(UNKNOWN)
    best = NO
    for holds, fails in zip(hold, fail, strict=True):
        if stuck - (fails is YES):
            others = NO
        else:
            others = UNKNOWN if unsure - (fails is UNKNOWN) else YES
        best = best | (holds & others)
    return best

"""Closures that combine closures: strong Kleene logic over a situation.

In addition to the verdict of a use there is an outlook for negotiations, in which some facts do not exist yet: the
best and the worst verdict that a use may still bring. Both are found in one walk, since `xone`
needs both of each part and asking twice at every level would double the work at every level.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from xinfu.odrl.model.situation import Situation
from xinfu.verdict import Verdict, exactly_one

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

Ask = Callable[[Situation], Verdict]
Outlook = tuple[Verdict, Verdict]
"""The best and the worst that a use may bring."""


class UseWindow(msgspec.Struct, frozen=True):
    """A use may be now: from `start` up to but not including `end`, both in UTC; None is open."""

    start: datetime | None = None
    end: datetime | None = None


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to one question: for a use, and for a negotiation.

    Attributes:
        use: for a use, with the facts as they are.
        outlook: for a negotiation, what a use may still bring.
        window: `use` asks whether it is now in this window, and nothing else.
        together: `use` asks whether all of these hold, and nothing else.
        key: questions with the same key have the same answer, whatever the situation.
    """

    use: Ask
    outlook: Callable[[Situation], Outlook]
    window: UseWindow | None = None
    together: tuple["Answers", ...] = ()
    key: object = None


def same(ask: Ask) -> Answers:
    """A question that a use and a negotiation answer alike."""

    def outlook(situation: Situation) -> Outlook:
        verdict = ask(situation)
        return verdict, verdict

    return Answers(use=ask, outlook=outlook)


def always(verdict: Verdict) -> Answers:
    """The same answer, whatever the situation."""
    return same(lambda _: verdict)


def at_use(ask: Ask) -> Answers:
    """A question that only a use can answer: a negotiation may hope for all and fear all."""
    return Answers(use=ask, outlook=lambda _: (YES, NO))


def all_of(parts: Sequence[Answers]) -> Answers:
    """YES when all are YES; NO beats UNKNOWN. Without parts it is YES: a rule without conditions."""

    def outlook(situation: Situation) -> Outlook:
        best = worst = YES
        for part in parts:
            hoped, feared = part.outlook(situation)
            best, worst = best & hoped, worst & feared
        return best, worst

    flat = _flat(parts)
    return Answers(use=_all([part.use for part in flat]), outlook=outlook, together=tuple(flat))


def _flat(parts: Sequence[Answers]) -> list[Answers]:
    """The same questions, each once, without conjunctions inside conjunctions; all windows of time met in one."""
    single = [inner for part in parts for inner in (part.together or (part,))]
    windows = [part.window for part in single if part.window is not None]
    keyed = {id(part) if part.key is None else part.key: part for part in single if part.window is None}
    others = list(keyed.values())
    if not windows:
        return others
    starts = [window.start for window in windows if window.start is not None]
    ends = [window.end for window in windows if window.end is not None]
    met = UseWindow(max(starts, default=None), min(ends, default=None))
    return [msgspec.structs.replace(always(UNKNOWN), use=now_in(met), window=met), *others]


def now_in(window: UseWindow) -> Ask:
    """Whether the present lies in `window`; unknown without a trusted clock."""
    start = window.start or datetime.min.replace(tzinfo=UTC)
    end = window.end

    def ask(situation: Situation) -> Verdict:
        now = situation.now
        if now is None or now.tzinfo is None:
            return UNKNOWN
        return YES if start <= now and (end is None or now < end) else NO

    return ask


def any_of(parts: Sequence[Answers]) -> Answers:
    """YES when any is YES; UNKNOWN beats NO."""

    def outlook(situation: Situation) -> Outlook:
        best = worst = NO
        for part in parts:
            hoped, feared = part.outlook(situation)
            best, worst = best | hoped, worst | feared
        return best, worst

    return Answers(use=_any([part.use for part in parts]), outlook=outlook)


def one_of(parts: Sequence[Answers]) -> Answers:
    """YES when exactly one is YES and all others are NO."""
    asks = tuple(part.use for part in parts)

    def outlook(situation: Situation) -> Outlook:
        found = [part.outlook(situation) for part in parts]
        hoped, feared = [one for one, _ in found], [one for _, one in found]
        return _best_of_one(hoped, feared), exactly_one(hoped) & exactly_one(feared)

    return Answers(use=lambda situation: exactly_one([ask(situation) for ask in asks]), outlook=outlook)


def _best_of_one(hoped: list[Verdict], feared: list[Verdict]) -> Verdict:
    """The best of: this part holds and no other does."""
    stuck, unsure = feared.count(YES), feared.count(UNKNOWN)
    best = NO
    for holds, fails in zip(hoped, feared, strict=True):
        if stuck - (fails is YES):
            others = NO
        else:
            others = UNKNOWN if unsure - (fails is UNKNOWN) else YES
        best = best | (holds & others)
    return best


def _all(asks: Sequence[Ask]) -> Ask:
    if len(asks) == 1:
        return asks[0]
    parts = tuple(asks)

    def ask(situation: Situation) -> Verdict:
        found = YES
        for part in parts:
            verdict = part(situation)
            if verdict is not YES:
                if verdict is NO:
                    return NO
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

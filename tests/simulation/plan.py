"""What a seed stands for: which process, what people do in it and when, and what goes wrong.

A seed below 0 is a schedule of one agreement, which both sides change at any time.
"""

from collections.abc import Mapping
from random import Random
from typing import Final, Literal

import msgspec
from tests.simulation.network import Weather
from tests.simulation.template import CONSUMER, PROVIDER

from xinfu.ports.records import Act, Event
from xinfu.services.agreements.lifecycle import AgreementMove

Opening = Literal["request", "other-terms", "offer", "transfer", "all", "agreement"]
Rules = Mapping[str, Mapping[Event, tuple[Act, ...]]]


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """A person of `who` does something at `at` seconds; `act` None: what fits, by a draw."""

    at: float
    who: str
    act: Act | AgreementMove | None


class Jump(msgspec.Struct, frozen=True, kw_only=True):
    """The clock of `who` is off by `off` seconds from `at` on."""

    at: float
    who: str
    off: float


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """`who` is cut off from `at` on, for `lasts` seconds."""

    at: float
    who: str
    lasts: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule. After `heals` seconds nothing goes wrong any more."""

    seed: int
    opening: Opening
    rules: Rules
    doings: tuple[Doing, ...]
    jumps: tuple[Jump, ...]
    cuts: tuple[Cut, ...]
    weather: Weather
    heals: float
    give_up_after_s: float
    strangers: frozenset[str]


IMPATIENT_S: Final = 45.0
_BOTH: Final = (PROVIDER, CONSUMER)
_OPENINGS: Final[tuple[Opening, ...]] = ("request", "request", "other-terms", "offer")
_MOVING: Final[tuple[Opening, ...]] = ("transfer", "transfer", "all")
_RULES: Final[tuple[Rules, ...]] = (
    {},
    {},
    {CONSUMER: {Event.OFFERED: (Act.ACCEPT,)}},
    {CONSUMER: {Event.OFFERED: (Act.COUNTER,)}, PROVIDER: {Event.COUNTERED: (Act.AGREE,)}},
    {PROVIDER: {Event.REQUESTED: (Act.OFFER,)}, CONSUMER: {Event.OFFERED: (Act.ACCEPT,)}},
    {PROVIDER: {Event.COUNTERED: (Act.OFFER,)}, CONSUMER: {Event.OFFERED: (Act.ACCEPT, Act.TERMINATE)}},
    {CONSUMER: {Event.AGREED: (Act.VERIFY, Act.TERMINATE)}},
    {PROVIDER: {Event.VERIFIED: (Act.TERMINATE,)}},
    {CONSUMER: {Event.REQUEST_ACKNOWLEDGED: (Act.TERMINATE,)}},
    {PROVIDER: {Event.REQUESTED: (Act.AGREE, Act.TERMINATE)}},
)
_TRANSFER_RULES: Final[tuple[Rules, ...]] = (
    {},
    {},
    {CONSUMER: {Event.TRANSFER_STARTED: (Act.COMPLETE,)}},
    {PROVIDER: {Event.TRANSFER_REQUESTED: (Act.START, Act.SUSPEND, Act.START, Act.COMPLETE)}},
    {PROVIDER: {Event.TRANSFER_REQUESTED: (Act.START, Act.SUSPEND)}},
    {CONSUMER: {Event.TRANSFER_STARTED: (Act.SUSPEND,)}},
    {CONSUMER: {Event.TRANSFER_REQUEST_ACKNOWLEDGED: (Act.TERMINATE,)}},
    {PROVIDER: {Event.TRANSFER_REQUESTED: (Act.TERMINATE,)}},
)
_WEATHERS: Final = (
    Weather(),
    Weather(slowest=3.0),
    Weather(lose_request=0.15, lose_answer=0.15),
    Weather(lose_answer=0.4),
    Weather(late=0.15, lose_answer=0.1, double=0.1),
    Weather(late=0.35, slowest=5.0),
    Weather(double=0.4, slowest=2.0),
    Weather(crash_before=0.05, crash_after=0.05),
    Weather(crash_before=0.02, crash_after=0.12, power=0.5),
    Weather(crash_before=0.05, crash_after=0.05, lose_request=0.1, lose_answer=0.1, late=0.1, double=0.1),
    Weather(
        crash_before=0.02,
        crash_after=0.04,
        power=0.3,
        lose_request=0.1,
        lose_answer=0.1,
        late=0.1,
        double=0.1,
        slowest=4.0,
    ),
)


def plan_of(seed: int) -> Plan:
    """The schedule of a seed, the same one at any time; even seeds are negotiations, odd ones transfers."""
    rng = Random(f"plan {seed}")
    if seed < 0:
        return _agreement(seed, rng)
    moving = seed % 2 == 1
    opening: Opening = rng.choice(_MOVING if moving else _OPENINGS)
    heals = rng.choice([5.0, 20.0, 60.0, 120.0])
    give_up_after_s = rng.choice([86_400.0, 86_400.0, 86_400.0, IMPATIENT_S])
    if give_up_after_s == IMPATIENT_S:
        heals = min(heals, 60.0)  # who gives up has as long again to tell the other side
    return Plan(
        seed=seed,
        opening=opening,
        rules=rng.choice(_TRANSFER_RULES if moving else _RULES),
        doings=_doings(rng, heals, moving=moving),
        jumps=_jumps(rng, heals, far=give_up_after_s != IMPATIENT_S),
        cuts=_cuts(rng, heals),
        weather=rng.choice(_WEATHERS),
        heals=heals,
        give_up_after_s=give_up_after_s,
        strangers=frozenset(rng.sample(_BOTH, rng.choice([0, 0, 1, 2]))),
    )


def _agreement(seed: int, rng: Random) -> Plan:
    heals = rng.choice([5.0, 20.0, 60.0, 120.0])
    return Plan(
        seed=seed,
        opening="agreement",
        rules={},
        doings=_changes(rng, heals),
        jumps=_jumps(rng, heals, far=True),
        cuts=_cuts(rng, heals),
        weather=rng.choice(_WEATHERS),
        heals=heals,
        give_up_after_s=86_400.0,
        strangers=frozenset(),
    )


def _changes(rng: Random, heals: float) -> tuple[Doing, ...]:
    """What both sides do to the agreement; of two that cross, the second follows within the time of a message."""
    found = []
    for _ in range(rng.choice([1, 1, 2, 4, 8])):
        at = rng.choice([rng.random(), rng.random() * heals])
        found.append(_change(rng, at))
        if rng.random() < 0.5:
            found.append(_change(rng, at + rng.random() * 0.02))
    return tuple(sorted(found, key=lambda doing: doing.at))


def _change(rng: Random, at: float) -> Doing:
    who = rng.choice(_BOTH)
    moves = [AgreementMove.SUSPEND, AgreementMove.SUSPEND, AgreementMove.RESUME, AgreementMove.TERMINATE]
    return Doing(
        at=at, who=who, act=rng.choice([*moves, *([AgreementMove.FULFIL] if who == PROVIDER else [])])
    )


def _doings(rng: Random, heals: float, *, moving: bool) -> tuple[Doing, ...]:
    ends = [None, None, None, None, Act.TERMINATE]
    count = rng.choice([0, 1, 2, 4, 8, 12] if moving else [0, 0, 1, 2, 4, 8])
    found = []
    for _ in range(count):
        at = rng.choice([rng.random(), rng.random() * 5, rng.random() * heals])
        found.append(Doing(at=at, who=rng.choice(_BOTH), act=rng.choice(ends)))
        if rng.random() < 0.25:
            found.append(Doing(at=at + rng.random() * 0.01, who=rng.choice(_BOTH), act=rng.choice(ends)))
    return tuple(sorted(found, key=lambda doing: doing.at))


def _jumps(rng: Random, heals: float, *, far: bool) -> tuple[Jump, ...]:
    sizes = [5.0, -5.0, 40.0, -40.0, 40.0, -40.0, *([3600.0, -3600.0] if far else [])]
    count = rng.choice([0, 0, 0, 1, 2])
    return tuple(
        Jump(at=rng.random() * heals, who=rng.choice(_BOTH), off=rng.choice(sizes)) for _ in range(count)
    )


def _cuts(rng: Random, heals: float) -> tuple[Cut, ...]:
    count = rng.choice([0, 0, 0, 1])
    return tuple(
        Cut(at=rng.random() * heals, who=rng.choice(_BOTH), lasts=rng.random() * heals) for _ in range(count)
    )

"""Every message of both processes, and how it comes about."""

from typing import Final

from tests.journeys.kill.pair import CONSUMER, PROVIDER
from tests.journeys.kill.play import Point, Step, Way
from tests.journeys.kill.proxy import Moment

_C: Final = CONSUMER
_P: Final = PROVIDER
_COUNTERED: Final = Step(_P, "counter", "REQUESTED", "OFFERED")
_ASKED_AGAIN: Final = Step(_C, "counter", "OFFERED", "REQUESTED")
_AGREED: Final = Step(_P, "agree", "REQUESTED", "FINALIZED")
_ACCEPTED: Final = Step(_C, "accept", "OFFERED", "FINALIZED")


def _negotiation(message: str, sender: str, suffix: str, opening: str, *after: Step) -> Way:
    return Way(message=message, sender=sender, suffix=suffix, opening=opening, after=after, ends="FINALIZED")


NEGOTIATIONS: Final = (
    _negotiation("request", _C, "/negotiations/request", "fits"),
    _negotiation("agreement", _P, "/agreement", "fits"),
    _negotiation("verification", _C, "/agreement/verification", "fits"),
    _negotiation("finalization", _P, "/events", "fits"),
    _negotiation("first offer", _P, "/negotiations/offers", "offer", _ACCEPTED),
    _negotiation("acceptance", _C, "/events", "offer", _ACCEPTED),
    _negotiation("counter-offer", _P, "/offers", "other", _COUNTERED, _ACCEPTED),
    Way(
        message="counter-request",
        sender=_C,
        suffix="/request",
        opening="other",
        before=(_COUNTERED,),
        after=(_ASKED_AGAIN, _AGREED),
        ends="FINALIZED",
    ),
    *(
        Way(
            message="termination",
            sender=who,
            suffix="/termination",
            opening="other",
            after=(Step(who, "terminate", "REQUESTED", "TERMINATED"),),
            ends="TERMINATED",
        )
        for who in (_C, _P)
    ),
)
TRANSFERS: Final = (
    Way(
        message="transfer request",
        sender=_C,
        suffix="/transfers/request",
        opening="transfer",
        after=(Step(_C, "complete", "STARTED", "COMPLETED"),),
        ends="COMPLETED",
    ),
    Way(
        message="start",
        sender=_P,
        suffix="/start",
        opening="transfer",
        after=(Step(_C, "complete", "STARTED", "COMPLETED"),),
        ends="COMPLETED",
    ),
    *(
        Way(
            message="suspension",
            sender=who,
            suffix="/suspension",
            opening="transfer",
            after=(
                Step(who, "suspend", "STARTED", "SUSPENDED"),
                Step(who, "terminate", "SUSPENDED", "TERMINATED"),
            ),
            ends="TERMINATED",
        )
        for who in (_C, _P)
    ),
    *(
        Way(
            message="resumption",
            sender=who,
            suffix="/start",
            opening="transfer",
            before=(Step(who, "suspend", "STARTED", "SUSPENDED"),),
            after=(
                Step(who, "resume", "SUSPENDED", "STARTED"),
                Step(who, "complete", "STARTED", "COMPLETED"),
            ),
            ends="COMPLETED",
        )
        for who in (_C, _P)
    ),
    Way(
        message="fresh address",
        sender=_P,
        suffix="/start",
        opening="transfer",
        before=(Step(_C, "suspend", "STARTED", "SUSPENDED"),),
        after=(
            Step(_C, "resume", "SUSPENDED", "STARTED"),
            Step(_P, "complete", "STARTED", "COMPLETED"),
        ),
        ends="COMPLETED",
    ),
    *(
        Way(
            message="completion",
            sender=who,
            suffix="/completion",
            opening="transfer",
            after=(Step(who, "complete", "STARTED", "COMPLETED"),),
            ends="COMPLETED",
        )
        for who in (_C, _P)
    ),
    *(
        Way(
            message="termination",
            sender=who,
            suffix="/termination",
            opening="transfer",
            after=(Step(who, "terminate", "STARTED", "TERMINATED"),),
            ends="TERMINATED",
        )
        for who in (_C, _P)
    ),
)


def points(ways: tuple[Way, ...]) -> list[Point]:
    """Each message at each moment."""
    return [Point(way, moment) for way in ways for moment in Moment]

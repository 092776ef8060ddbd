"""What a policy decision costs: one compiled policy of ten constraints, held against the same ten by hand."""

import statistics
import timeit
from datetime import UTC, datetime, timedelta

from bench.figures import Figure
from xinfu import odrl
from xinfu.odrl import PolicyKind, Situation

LOOPS = 20_000


async def measure() -> list[Figure]:
    """Medians of five."""
    now = datetime(2024, 12, 24, 20, 0, tzinfo=UTC)
    constraints = [
        {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["emergency", "research"]},
        {"leftOperand": "spatial", "operator": "isPartOf", "rightOperand": "CN-43"},
        *(
            {
                "leftOperand": "dateTime",
                "operator": "lteq",
                "rightOperand": (now + timedelta(days=n)).isoformat(),
            }
            for n in range(1, 9)
        ),
    ]
    document = {"@type": "Agreement", "permission": [{"action": "use", "constraint": constraints}]}
    program = odrl.compile(odrl.read(document, kind=PolicyKind.AGREEMENT))
    situation = Situation(now=now, assignee="did:web:b", target="air", purpose="emergency", spatial="CN-43")
    limits = [now + timedelta(days=n) for n in range(1, 9)]

    def by_hand() -> bool:
        permitted = situation.purpose in {"emergency", "research"}
        inside = (situation.spatial or "").startswith("CN-43")
        return (
            permitted and inside and all(situation.now is not None and situation.now <= end for end in limits)
        )

    ours = _us(lambda: odrl.evaluate(program, situation))
    hand = _us(by_hand)
    return [
        Figure(
            name="policy.evaluate",
            value=ours,
            unit="us",
            peer="the same ten checks by hand",
            peer_value=hand,
            budget=20,
        )
    ]


def _us(work: object) -> float:
    return statistics.median(timeit.repeat(work, number=LOOPS, repeat=5)) / LOOPS * 1e6  # type: ignore[arg-type]  # timeit takes any callable

"""The cost of a policy decision: ten constraints compared with the same ten by hand, compiling, a thousand policies.

All thousand are evaluated: each asks for a purpose, an end and a membership of its own, and all must allow (D-22).
If Cedar is installed, the ten are compared with it for background; it reads its policy from text each time.
"""

import importlib.util
import json
import statistics
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bench.figures import Figure
from xinfu import odrl
from xinfu.odrl import PolicyKind, PolicySet, Situation
from xinfu.odrl.engine.compile import cached_program

LOOPS = 20_000
ROUNDS = 400
NOW = datetime(2024, 12, 24, 20, 0, tzinfo=UTC)
PURPOSES = ["emergency", "research"]
LIMITS = [NOW + timedelta(days=n) for n in range(1, 9)]
SITUATION = Situation(
    now=NOW,
    assignee="did:web:b",
    target="air",
    purpose="emergency",
    spatial="CN-43",
    claims={"MembershipCredential": ()},
)


async def measure() -> list[Figure]:
    """Measure medians of five."""
    program = odrl.compile(_ten(0))
    ours = _us(lambda: odrl.evaluate(program, SITUATION))
    hand = _us(_by_hand)
    thousand = odrl.together(odrl.compile(_three(number)) for number in range(1_000))
    refused = msgspec.structs.replace(SITUATION, purpose="sale")
    return [
        Figure(
            name="policy.evaluate",
            value=ours,
            unit="us",
            peer="the same ten checks by hand",
            peer_value=hand,
            budget=20,
        ),
        Figure(name="policy.evaluate-by-hand", value=ours / hand, unit="x", budget=5),
        Figure(name="policy.evaluate-cedar", value=ours, unit="us", peer="cedarpy", peer_value=_cedar()),
        Figure(name="policy.compile", value=_compile_us(), unit="us", budget=1_000),
        Figure(name="policy.thousand-allow", value=_p99_ms(thousand, SITUATION), unit="ms", budget=2),
        Figure(name="policy.thousand-deny", value=_p99_ms(thousand, refused), unit="ms", budget=2),
    ]


def _policy(*constraints: tuple[str, str, object]) -> odrl.Policy:
    rules = [{"leftOperand": a, "operator": b, "rightOperand": c} for a, b, c in constraints]
    document: dict[str, Any] = {"@type": "Agreement", "permission": [{"action": "use", "constraint": rules}]}
    return odrl.read(document, kind=PolicyKind.AGREEMENT)


def _ten(number: int) -> odrl.Policy:
    """A policy of ten constraints; each number gives other moments, so that no cache helps."""
    ends = [("dateTime", "lteq", (end + timedelta(minutes=number)).isoformat()) for end in LIMITS]
    return _policy(("purpose", "isAnyOf", PURPOSES), ("spatial", "isPartOf", "CN-43"), *ends)


def _three(number: int) -> odrl.Policy:
    return _policy(
        ("purpose", "isAnyOf", [*PURPOSES, f"purpose-{number}"]),
        ("dateTime", "lt", (NOW + timedelta(hours=number + 1)).isoformat()),
        ("membership", "eq", "active"),
    )


def _by_hand() -> bool:
    permitted = SITUATION.purpose in {"emergency", "research"}
    inside = (SITUATION.spatial or "").startswith("CN-43")
    return permitted and inside and all(SITUATION.now is not None and SITUATION.now <= end for end in LIMITS)


def _compile_us() -> float:
    """The median microseconds of compiling ten constraints, each policy for the first time."""
    cached_program.cache_clear()
    policies = [_ten(number) for number in range(1, 501)]
    times = []
    for policy in policies:
        began = time.perf_counter()
        odrl.compile(policy)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def _p99_ms(policies: PolicySet, situation: Situation) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        odrl.evaluate_all(policies, situation)
        times.append(time.perf_counter() - began)
    return statistics.quantiles(times, n=100)[98] * 1e3


def _cedar() -> float | None:
    """The same ten checks in Cedar; None if it is not installed."""
    if importlib.util.find_spec("cedarpy") is None:
        return None
    import cedarpy

    ends = " && ".join(f"context.now <= {int(end.timestamp())}" for end in LIMITS)
    policy = f"""permit(principal, action, resource) when {{
        {PURPOSES!r}.contains(context.purpose) && context.place like "CN-43*" && {ends} }};""".replace(
        "'", '"'
    )
    request = {
        "principal": 'User::"b"',
        "action": 'Action::"use"',
        "resource": 'Dataset::"air"',
        "context": json.dumps({"purpose": "emergency", "place": "CN-43", "now": int(NOW.timestamp())}),
    }
    if not cedarpy.is_authorized(request, policy, []).allowed:
        raise RuntimeError("the policy in Cedar does not say the same")
    return _us(lambda: cedarpy.is_authorized(request, policy, []), loops=LOOPS // 20)


def _us(work: Callable[[], object], loops: int = LOOPS) -> float:
    return statistics.median(timeit.repeat(work, number=loops, repeat=5)) / loops * 1e6

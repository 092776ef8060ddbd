"""The cost of comparing two policies, of twenty constraints each and of two hundred."""

import statistics
import time
from typing import Any

from bench.figures import Figure
from xinfu import odrl
from xinfu.odrl import Policy
from xinfu.odrl.engine.compile import cached_program
from xinfu.verdict import Verdict

ROUNDS = 15
ACTIONS = (
    *("read", "print", "play", "index", "archive", "derive", "modify", "move", "install", "execute"),
    *("stream", "translate", "annotate", "digitize", "present", "synchronize", "uninstall", "delete"),
    *("attribute", "inform"),
)
"""Of these none includes another, so that each permission counts for itself."""


async def measure() -> list[Figure]:
    """Measure the median processor time for a pair that lies within and a pair that does not; report the slower.

    Compiling has a budget of its own, so it is counted apart.
    """
    figures = []
    for size, budget in ((20, 2), (200, 20)):
        name = f"policy.within-{size}"
        figures.append(Figure(name=name, value=_slower(size, anew=False), unit="ms", budget=budget))
        figures.append(Figure(name=f"{name}-compiled-anew", value=_slower(size, anew=True), unit="ms"))
    return figures


def _slower(size: int, *, anew: bool) -> float:
    narrow, wide = _policy(size, uses=3), _policy(size, uses=5)
    return max(_ms(narrow, wide, Verdict.YES, anew=anew), _ms(wide, narrow, Verdict.NO, anew=anew))


def _ms(inner: Policy, outer: Policy, expected: Verdict, *, anew: bool) -> float:
    spent = []
    for _ in range(ROUNDS):
        if anew:
            cached_program.cache_clear()
        began = time.process_time()
        proof = odrl.within(inner, outer)
        spent.append(time.process_time() - began)
        assert proof.verdict is expected
    return statistics.median(spent) * 1e3


def _policy(size: int, *, uses: int) -> Policy:
    """A policy of so many constraints of every kind, in permissions of ten and a few prohibitions."""
    made: dict[str, Any] = {"conflict": "prohibit", "permission": [], "prohibition": []}
    for i in range(size // 10):
        constraints: list[dict[str, Any]] = [
            _c("count", "lteq", str(uses)),
            _c("purpose", "isAnyOf", [f"p{i}", f"q{i}", "research"]),
            _c("dateTime", "gteq", f"2026-01-{1 + i % 28:02}T00:00:00Z"),
            _c("dateTime", "lt", f"2027-02-{1 + i % 28:02}T00:00:00Z"),
            _c("spatial", "isPartOf", "CN-HN" if i % 2 else "430200"),
            _c("membership", "eq", "active"),
            _c("recipient", "neq", f"did:web:n{i}"),
            _c("fileFormat", "isAnyOf", ["text/csv", f"text/x{i % 4}"]),
            {"or": [_c("vc:T.level", "gteq", str(i % 5)), _c("industry", "eq", "C35")]},
        ]
        made["permission"].append({"action": ACTIONS[i], "constraint": constraints})
        if i % 2:
            made["prohibition"].append({"action": "sell", "constraint": [_c("purpose", "eq", f"sale{i}")]})
    return odrl.read(made)


def _c(left: str, operator: str, right: object) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}

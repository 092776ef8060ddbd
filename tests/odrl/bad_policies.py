"""Policies that somebody means badly, or got badly wrong; each with the code by which publication refuses it."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from xinfu.odrl.model.limits import MAX_DEPTH


class Bad(NamedTuple):
    """A policy, made anew for each who asks, and the stable code of why we do not stand behind it."""

    make: Callable[[], dict[str, Any]]
    code: str


def c(left: str, operator: str, right: object, **more: object) -> dict[str, Any]:
    """A constraint."""
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def use(*constraints: object, **more: object) -> dict[str, Any]:
    """A policy that permits use under these constraints."""
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


def deep(depth: int) -> dict[str, Any]:
    """One constraint so many `and` deep."""
    inner: dict[str, Any] = c("purpose", "eq", "a")
    for _ in range(depth):
        inner = {"and": [inner]}
    return inner


def barred(action: str) -> dict[str, Any]:
    """A permission to use that a prohibition of the same takes back."""
    return use(prohibition=[{"action": action}], conflict="prohibit")


EVIL: Final = "(a+)+$" * 20
DEVICE: Final = "did:web:buyer.ex\u0430mple"
"""With a Cyrillic а."""

BAD: Final[Mapping[str, Bad]] = {
    "nothing": Bad(dict, "policy.permits-nothing"),
    "no permission": Bad(lambda: {"prohibition": [{"action": "use"}]}, "policy.permits-nothing"),
    "an interval that is empty": Bad(
        lambda: use(c("dateTime", "lt", "2026-01-01T00:00:00Z"), c("dateTime", "gt", "2027-01-01T00:00:00Z")),
        "policy.permits-nothing",
    ),
    "two purposes at once": Bad(
        lambda: use(c("purpose", "eq", "a"), c("purpose", "eq", "b")), "policy.permits-nothing"
    ),
    "a permission taken back": Bad(lambda: barred("use"), "policy.permits-nothing"),
    "no use at all": Bad(lambda: use(c("count", "lteq", "0")), "policy.permits-nothing"),
    "two permissions of which one is barred": Bad(
        lambda: {
            "permission": [{"action": "read"}, {"action": "sell"}],
            "prohibition": [{"action": "sell"}],
            "conflict": "prohibit",
        },
        "policy.conflicting",
    ),
    "it inherits from itself": Bad(
        lambda: use(inheritFrom="urn:p", **{"@id": "urn:p"}), "policy.key-unknown"
    ),
    "10,000 constraints": Bad(
        lambda: use(*(c("purpose", "neq", f"p{i}") for i in range(10_000))), "policy.too-large"
    ),
    "1,000 deep": Bad(lambda: use(deep(1000)), "policy.too-large"),
    "one deeper than may be": Bad(lambda: use(deep(MAX_DEPTH)), "policy.too-large"),
    "10,000 values": Bad(
        lambda: use(c("purpose", "isAnyOf", [f"p{i}" for i in range(10_000)])), "policy.too-large"
    ),
    "rules that multiply": Bad(
        lambda: {"permission": [{"action": ["use", "read"], "target": [f"urn:{i}" for i in range(999)]}]},
        "policy.too-large",
    ),
    "an unknown operand": Bad(lambda: use(c("weather", "eq", "rain")), "policy.operand-unknown"),
    "an operand of another case": Bad(lambda: use(c("Purpose", "eq", "a")), "policy.operand-unknown"),
    "an operand with a Cyrillic letter": Bad(
        lambda: use(c("purp\u043ese", "eq", "a")), "policy.operand-unknown"
    ),
    "an unknown operator": Bad(lambda: use(c("purpose", "like", "a")), "policy.operator-unknown"),
    "an operator for a pattern": Bad(lambda: use(c("purpose", "matches", EVIL)), "policy.operator-unknown"),
    "an order of names": Bad(lambda: use(c("purpose", "lt", "a")), "policy.operator-unknown"),
    "an unknown action": Bad(lambda: {"permission": [{"action": "fly"}]}, "policy.action-unknown"),
    "no action": Bad(lambda: {"permission": [{}]}, "policy.action-unknown"),
    "an unknown profile": Bad(lambda: use(profile="https://x.example/p"), "policy.profile-unknown"),
    "an unknown key": Bad(lambda: use(**{"ex:k": 1}), "policy.key-unknown"),
    "a constraint with an unknown key": Bad(
        lambda: use(c("purpose", "eq", "a", **{"ex:k": 1})), "policy.key-unknown"
    ),
    "a rule that is a text": Bad(lambda: {"permission": ["use"]}, "policy.key-unknown"),
    "constraints that are a text": Bad(
        lambda: {"permission": [{"action": "use", "constraint": "purpose eq a"}]}, "policy.key-unknown"
    ),
    "no right side": Bad(lambda: use({"leftOperand": "purpose", "operator": "eq"}), "policy.key-unknown"),
    "a right side to be fetched": Bad(
        lambda: use(
            {"leftOperand": "purpose", "operator": "eq", "rightOperandReference": "http://127.0.0.1:1/x"}
        ),
        "policy.key-unknown",
    ),
    "a number of kilograms": Bad(lambda: use(c("count", "lteq", "3", unit="kg")), "policy.key-unknown"),
    "bytes in bits": Bad(lambda: use(c("bytes", "lteq", "10", unit="GBit")), "policy.value-unreadable"),
    "bytes without half a unit": Bad(lambda: use(c("bytes", "lteq", "10G")), "policy.value-unreadable"),
    "money without a currency": Bad(lambda: use(c("payAmount", "gteq", "100")), "policy.value-unreadable"),
    "how often without a time": Bad(lambda: use(c("frequency", "lteq", "3")), "policy.unit-missing"),
    "thirty of nothing": Bad(lambda: use(c("elapsedTime", "lteq", "30")), "policy.value-unreadable"),
    "a month that is no day": Bad(
        lambda: use(c("dateTime", "lt", "2030-02-30T00:00:00Z")), "policy.value-unreadable"
    ),
    "a date without a zone": Bad(lambda: use(c("dateTime", "lt", "2030-01-01")), "policy.value-unreadable"),
    "a time without a zone": Bad(
        lambda: use(c("dateTime", "lt", "2030-01-01T00:00:00")), "policy.value-unreadable"
    ),
    "a zone of fifteen hours": Bad(
        lambda: use(c("dateTime", "lt", "2030-01-01T00:00:00+15:00")), "policy.value-unreadable"
    ),
    "the year ten thousand": Bad(
        lambda: use(c("dateTime", "lt", "10000-01-01T00:00:00Z")), "policy.value-unreadable"
    ),
    "not a number": Bad(lambda: use(c("count", "lteq", "NaN")), "policy.value-unreadable"),
    "infinite": Bad(lambda: use(c("count", "lteq", "INF")), "policy.value-unreadable"),
    "half a use": Bad(lambda: use(c("count", "lteq", 2.5)), "policy.value-unreadable"),
    "fewer than none": Bad(lambda: use(c("count", "lteq", -1)), "policy.value-unreadable"),
    "a text of 400 digits": Bad(lambda: use(c("count", "lteq", "9" * 400)), "policy.value-unreadable"),
    "Arabic digits": Bad(lambda: use(c("count", "lteq", "\u0663")), "policy.value-unreadable"),
    "a DID with a Cyrillic letter": Bad(lambda: use(c("recipient", "eq", DEVICE)), "policy.value-unreadable"),
    "an id that reads backwards": Bad(
        lambda: use(c("recipient", "eq", "did:web:\u202emoc.a")), "policy.value-unreadable"
    ),
    "a list where one is meant": Bad(lambda: use(c("purpose", "eq", ["a", "b"])), "policy.value-unreadable"),
    "a filter that is a bomb": Bad(
        lambda: use(c("valueExpression", "eq", "a = '" + "'" * 5000)), "policy.value-unreadable"
    ),
    "a filter that is an attack": Bad(
        lambda: use(c("valueExpression", "eq", "1=1; drop table readings")), "policy.value-unreadable"
    ),
    "a limit that brings its own number of uses": Bad(
        lambda: use(c("count", "lteq", "3", status="0")), "policy.status-stated"
    ),
    "a window of nothing": Bad(lambda: use(c("timeWindow", "eq", "P1D")), "policy.selector-alone"),
    "two windows of one counter": Bad(
        lambda: use(c("count", "lteq", "3"), c("timeWindow", "eq", "P1D"), c("timeWindow", "eq", "P7D")),
        "policy.selector-several",
    ),
    "all of nothing": Bad(lambda: use({"and": []}), "policy.constraint-empty"),
    "a sequence": Bad(lambda: use({"andSequence": [c("purpose", "eq", "a")]}), "policy.sequence-unknown"),
    "a duty that nobody can do": Bad(
        lambda: {"permission": [{"action": "use", "duty": [{"action": "watermark"}]}]},
        "policy.duty-unavailable",
    ),
}


def written(document: object) -> bytes:
    """JSON of any depth."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + 10_000)
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    finally:
        sys.setrecursionlimit(limit)


HUGE: Final = b"9" * 5000
RAW: Final[Mapping[str, bytes]] = {
    "not a number": b'{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq",'
    b'"rightOperand":NaN}]}]}',
    "a number of 5,000 digits": b'{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq",'
    b'"rightOperand":' + HUGE + b"}]}]}",
    "an exponent": b'{"permission":[{"action":"use","constraint":[{"leftOperand":"count","operator":"lteq",'
    b'"rightOperand":1e999999}]}]}',
    "half a surrogate": b'{"permission":[{"action":"use","constraint":[{"leftOperand":"purpose","operator":"eq",'
    b'"rightOperand":"\\ud800"}]}]}',
    "100,000 deep": b'{"permission":' * 100_000 + b"1" + b"}" * 100_000,
    "a key twice": b'{"permission":[{"action":"use"}],"permission":[]}',
}
"""What only stands in text: no parsed document says it."""

"""A second evaluator, written from the rules of ODRL alone; it uses nothing of the engine and is slow and plain.

It reads JSON documents and answers True, False or None (unknown). `asked` draws a policy and situations by a seed and
holds both evaluators against each other; tests/odrl/naive_pairs.py does the same for comparisons of two policies.
`python -m tests.odrl.naive 10000` asks about so many policies; a failure names its seed.
"""

import itertools
import random
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import msgspec

Answer = bool | None
PARENTS: Final = {
    "display": "play",
    "play": "use",
    "read": "use",
    "distribute": "use",
    "use": "",
    "sell": "transfer",
    "transfer": "",
}
BEFORE: Final = frozenset({"compensate", "obtainConsent"})
_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


class World(msgspec.Struct, frozen=True, kw_only=True):
    """The facts; None or absent is unknown. Counters and duties go by the place of the first piece that has them."""

    action: str = "use"
    target: str | None = None
    party: str | None = None
    now: datetime | None = None
    purpose: str | None = None
    claims: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    done: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    part_of: dict[str, tuple[str, ...]] = {}


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One atomic rule; `counter` is where the written rule begins, `duties` each duty with all its places."""

    action: str
    target: Any
    party: Any
    rule: dict[str, Any]
    counter: str = ""
    duties: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = ()


def every(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return False if False in found else None if None in found else True


def some(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return True if True in found else None if None in found else False


def negated(answer: Answer) -> Answer:
    return None if answer is None else not answer


def listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def unique(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for each in values:
        if each not in found:
            found.append(each)
    return found


def plain(reference: Any) -> Any:
    """An asset or a party that says nothing but its name is its name."""
    is_name = isinstance(reference, dict) and reference.get("@type") in ("Asset", "Party")
    return reference["@id"] if is_name else reference


def pieces(document: dict[str, Any], kind: str) -> list[Piece]:
    """R-ODRL-POL-10: what the policy says goes into each rule, and each rule is split."""
    found: list[Piece] = []
    first: dict[str, str] = {}
    for rule in document.get(kind, ()):
        sides = [
            unique(map(plain, (*listed(document.get(name)), *listed(rule.get(name))))) or [None]
            for name in ("target", "assignee")
        ]
        actions = unique(listed(rule["action"]))
        own = f"{kind}[{len(found)}]"
        counter = first.setdefault(rule["@id"], own) if "@id" in rule else own
        for action, target, party in itertools.product(actions, *sides):
            found.append(Piece(action=action, target=target, party=party, rule=rule, counter=counter))
    return [_with_duties(piece, i, found) for i, piece in enumerate(found)]


def _with_duties(piece: Piece, place: int, all_pieces: list[Piece]) -> Piece:
    """R-ODRL-POL-11 and 13: duties are copied; those with one id that say the same are one."""
    made = []
    for j, duty in enumerate(piece.rule.get("duty", ())):
        places = [f"permission[{place}].duty[{j}]"]
        if "@id" in duty:
            places = [
                f"permission[{i}].duty[{k}]"
                for i, other in enumerate(all_pieces)
                for k, each in enumerate(other.rule.get("duty", ()))
                if each == duty
            ]
        made.append((duty, tuple(places)))
    return msgspec.structs.replace(piece, duties=tuple(made))


def covers(rule: str, asked: str) -> bool:
    """Requested is the rule's action, or below it."""
    while asked:
        if asked == rule:
            return True
        asked = PARENTS[asked]
    return False


def matches(wanted: Any, given: str | None, world: World) -> Answer:
    """R-ODRL-RULE-04: what is not named matches any."""
    if wanted is None:
        return True
    if given is None:
        return None
    if isinstance(wanted, str):
        return given == wanted
    if given == wanted["source"]:
        return True
    return wanted["source"] in world.part_of[given] if given in world.part_of else None


def constraint(said: dict[str, Any], world: World, counter: str) -> Answer:
    for name, combined in (("and", every), ("or", some), ("xone", exactly_one)):
        if name in said:
            return combined(constraint(each, world, counter) for each in said[name])
    left, operator, right = said["leftOperand"], said["operator"], said["rightOperand"]
    values = right if isinstance(right, list) else [right]
    if left == "count":
        spent = world.counts.get(counter)
        return None if spent is None else spent + 1 <= int(right) - (operator == "lt")
    if left == "dateTime":
        return None if world.now is None else _in_time(operator, values[0], world.now)
    if left == "vc:R.level":
        return _claim(operator, values, list(world.claims)) if world.claims else None
    fact = {"purpose": world.purpose, "recipient": world.party}[left]
    return None if fact is None else _among(operator, [fact], values, lambda one, other: one == other)


def exactly_one(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    if found.count(True) > 1:
        return False
    return None if None in found else found.count(True) == 1


def _among(operator: str, facts: list[str], values: list[Any], alike: Callable[[str, str], bool]) -> Answer:
    is_any = any(alike(fact, str(value)) for fact in facts for value in values)
    match operator:
        case "eq" | "isAnyOf":
            return is_any
        case "neq" | "isNoneOf":
            return not is_any
        case "isAllOf":
            return all(any(alike(fact, str(value)) for fact in facts) for value in values) if values else None
    raise AssertionError(operator)


def stretch(text: str) -> tuple[datetime, datetime]:
    """A moment, or the whole of a day."""
    if "T" in text:
        at = datetime.fromisoformat(text).astimezone(UTC)
        return at, at + timedelta(microseconds=1)
    at = datetime.fromisoformat(f"{text[:10]}T00:00:00{text[10:]}").astimezone(UTC)
    return at, at + timedelta(days=1)


def _in_time(operator: str, text: str, now: datetime) -> bool:
    start, end = stretch(text)
    found = {
        "lt": now < start,
        "lteq": now < end,
        "gt": now >= end,
        "gteq": now >= start,
        "eq": start <= now < end,
        "neq": not start <= now < end,
    }
    return found[operator]


def _value(text: str) -> Decimal | tuple[datetime, datetime] | str:
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    return stretch(text) if _TIME.fullmatch(text) else text


def _alike(one: str, other: str) -> bool:
    found, wanted = _value(one), _value(other)
    if isinstance(found, tuple) and isinstance(wanted, tuple):
        return wanted[0] <= found[0] and found[1] <= wanted[1]
    return type(found) is type(wanted) and found == wanted


def _claim(operator: str, values: list[Any], facts: list[str]) -> Answer:
    if operator not in ("lt", "lteq", "gt", "gteq"):
        return _among(operator, facts, values, _alike)
    if len(facts) != 1:
        return None
    found, wanted = _value(facts[0]), _value(str(values[0]))
    if isinstance(found, tuple) and isinstance(wanted, tuple):
        return _in_time(operator, str(values[0]), found[0])
    if not isinstance(found, Decimal) or not isinstance(wanted, Decimal):
        return None
    order = {"lt": found < wanted, "lteq": found <= wanted, "gt": found > wanted, "gteq": found >= wanted}
    return order[operator]


def duty(said: dict[str, Any], places: tuple[str, ...], world: World) -> Answer:
    """R-ODRL-RULE-06 and 08: before a use it has to be done; once late, its consequences too."""
    is_done = any(place in world.done for place in places)
    if any(place in world.late for place in places):
        count = len(said.get("consequence", ()))
        more = all(any(f"{p}.consequence[{i}]" in world.done for p in places) for i in range(count))
        return is_done and more
    return True if is_done or said["action"] not in BEFORE else None


def holds(piece: Piece, world: World) -> Answer:
    if not covers(piece.action, world.action):
        return False
    return every(
        (
            matches(piece.target, world.target, world),
            matches(piece.party, world.party, world),
            *(constraint(each, world, piece.counter) for each in piece.rule.get("constraint", ())),
            *(duty(each, places, world) for each, places in piece.duties),
        )
    )


def opening(document: dict[str, Any], world: World) -> list[Piece]:
    """The permissions that open, none where a prohibition wins (R-ODRL-EVAL-08)."""
    barred = some(holds(piece, world) for piece in pieces(document, "prohibition"))
    if document.get("conflict") != "perm" and barred is not False:
        return []
    return [piece for piece in pieces(document, "permission") if holds(piece, world) is True]


ORDER: Final = ("lt", "lteq", "gt", "gteq")
SETS: Final = ("eq", "neq", "isAnyOf", "isNoneOf", "isAllOf")
OPERANDS: Final[dict[str, tuple[tuple[str, ...], list[Any]]]] = {
    "dateTime": (
        ("lt", "lteq", "gt", "gteq", "eq", "neq"),
        ["2026-01-01T00:00:00Z", "2026-01-02+08:00", "2026-01-03T12:00:00Z"],
    ),
    "purpose": (SETS, ["a", "b", "c"]),
    "recipient": (SETS, ["did:a", "did:b"]),
    "count": (("lt", "lteq"), ["1", "2", "3"]),
    "vc:R.level": (
        (*SETS, *ORDER),
        [5, "5.0", "6", "05", "x", "2026-01-01T00:00:00Z", "2026-01-01T08:00:00+08:00", "2026-01-01Z"],
    ),
}
SHELF: Final = {"@type": "AssetCollection", "source": "urn:shelf"}
GROUP: Final = {"@type": "PartyCollection", "source": "did:group"}
TARGETS: Final = ["urn:1", "urn:2", SHELF, {"@type": "Asset", "@id": "urn:1"}]
PARTIES: Final = ["did:a", "did:b", GROUP, {"@type": "Party", "@id": "did:a"}]
ACTIONS: Final = ["use", "read", "play", "display", "distribute"]
DUTIES: Final[list[dict[str, Any]]] = [
    {"action": "compensate"},
    {"action": "inform", "consequence": [{"action": "compensate"}]},
    {"action": "obtainConsent", "consequence": [{"action": "compensate"}, {"action": "inform"}]},
]
TIMES: Final = [
    "2025-12-31T23:59:59Z",
    "2026-01-01T00:00:00Z",
    "2026-01-01T16:00:00Z",
    "2026-01-02T16:00:00Z",
    "2026-01-03T12:00:00Z",
]
CLAIMS: Final[list[tuple[str, ...]]] = [
    (),
    ("5",),
    ("5.00",),
    ("4", "6.0"),
    ("05",),
    ("x",),
    ("2026-01-01T00:00:00Z",),
    ("2026-01-01T12:00:00+08:00",),
    ("2026-01-01Z",),
    ("5", "2026-01-01T00:00:00+00:00"),
]


class Maker:
    """Makes documents and situations of one seed."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.operands = self.dice.sample(list(OPERANDS), k=self.dice.choice((1, 2, 3)))

    def document(self) -> dict[str, Any]:
        dice = self.dice
        made: dict[str, Any] = {"permission": [self.permission() for _ in range(dice.choice((1, 1, 2, 3)))]}
        if dice.random() < 0.3:
            made["prohibition"] = [self.rule(counted=False) for _ in range(dice.choice((1, 2)))]
        if dice.random() < 0.5:
            made["conflict"] = dice.choice(("perm", "prohibit", "invalid"))
        if dice.random() < 0.35:
            made["target"] = dice.choice(["urn:1", "urn:2"])
        if dice.random() < 0.25:
            made["assignee"] = dice.choice(["did:a", "did:b"])
        return made

    def permission(self) -> dict[str, Any]:
        dice = self.dice
        rule = self.rule(counted=True)
        if dice.random() < 0.35:
            chosen = dice.sample(range(len(DUTIES)), k=dice.choice((1, 2)))
            named = [{"@id": f"urn:duty:{i}"} if dice.random() < 0.6 else {} for i in chosen]
            rule["duty"] = [{**name, **DUTIES[i]} for name, i in zip(named, chosen, strict=True)]
        if dice.random() < 0.2:
            rule["@id"] = "urn:rule"
        return rule

    def rule(self, *, counted: bool) -> dict[str, Any]:
        dice = self.dice
        rule: dict[str, Any] = {"action": self.several(ACTIONS)}
        if dice.random() < 0.4:
            rule["target"] = self.several(TARGETS)
        if dice.random() < 0.3:
            rule["assignee"] = self.several(PARTIES)
        held = [self.constraint(1, counted=counted) for _ in range(dice.choice((0, 1, 1, 2)))]
        return rule | ({"constraint": held} if held else {})

    def several(self, values: list[Any]) -> Any:
        count = min(len(values), self.dice.choice((1, 1, 1, 2, 3)))
        found = self.dice.sample(values, k=count)
        return found[0] if count == 1 else found

    def constraint(self, depth: int, *, counted: bool) -> dict[str, Any]:
        dice = self.dice
        if depth and dice.random() < 0.2:
            parts = [self.constraint(0, counted=counted) for _ in range(dice.choice((1, 2, 3)))]
            return {dice.choice(("and", "or", "xone")): parts}
        left = dice.choice([each for each in self.operands if counted or each != "count"] or ["purpose"])
        operators, values = OPERANDS[left]
        operator = dice.choice(operators)
        is_list = operator in ("isAnyOf", "isNoneOf", "isAllOf")
        right = dice.sample(values, k=dice.choice((0, 1, 2, 2))) if is_list else dice.choice(values)
        return {"leftOperand": left, "operator": operator, "rightOperand": right}

    def world(self, *documents: dict[str, Any]) -> World:
        dice = self.dice
        kept = [
            places
            for document in documents
            for piece in pieces(document, "permission")
            for _, places in piece.duties
        ]
        done, late = set[str](), set[str]()
        for places in kept:
            done |= {dice.choice(places)} if dice.random() < 0.7 else set()
            if dice.random() < 0.2:
                late.add(dice.choice(places))
                done |= {f"{dice.choice(places)}.consequence[{i}]" for i in range(2) if dice.random() < 0.7}
        return World(
            action=dice.choice([*ACTIONS, "sell"]),
            target=dice.choice(["urn:1", "urn:2", "urn:3", None]),
            party=dice.choice(["did:a", "did:b", "did:c", None]),
            now=dice.choice([*(stretch(text)[0] for text in TIMES), None]),
            purpose=dice.choice(["a", "b", "z", None]),
            claims=dice.choice(CLAIMS),
            counts={f"permission[{i}]": dice.choice((0, 1, 2, 3)) for i in range(40)},
            done=frozenset(done),
            late=frozenset(late),
            part_of=dice.choice(
                [{"urn:1": ("urn:shelf",), "urn:2": (), "did:a": ("did:group",), "did:b": ()}, {}]
            ),
        )

    def worlds(self, count: int, *documents: dict[str, Any]) -> Iterator[World]:
        return (self.world(*documents) for _ in range(count))

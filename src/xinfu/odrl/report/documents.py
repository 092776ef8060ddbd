"""A policy, a request and a state of the world, read from Turtle or JSON-LD.

The request is an `odrl:Request` with permissions that say what is asked. The state gives the time (`dct:issued`), who
and what is part of what, reports of rules that were performed, and values by left operand: as a constraint with
`eq`, or as a statement with the operand as its predicate. Follows: ODRL-RULES part 6; ODRL evaluator test suite.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from xinfu.odrl import errors
from xinfu.odrl.model.inherit import inherit
from xinfu.odrl.model.policy import Policy
from xinfu.odrl.report.framing import KINDS, Document, Said, document, group_triples, types
from xinfu.odrl.report.rdf import REPORT, Term, read_triples
from xinfu.odrl.report.world import KnownRule, Request, RequestedAct, State, StatedValue
from xinfu.odrl.values.terms import LEFT_OPERANDS, action_name, short
from xinfu.odrl.wire.policies import read

MAX_POLICIES: Final = 100
"""In one text: a policy and those whose rules it takes over."""

_RULES: Final = ("permission", "prohibition", "obligation")
_ABOVE: Final = ("@type", "rdfs:subClassOf", "skos:broader", "partOf")
_REPORTS: Final = ("PermissionReport", "ProhibitionReport", "DutyReport")
_NAMED_BY: Final = {"hasPolicy": "target", "assignerOf": "assigner", "assigneeOf": "assignee"}
_NOW: Final = "currentTime"


def read_policy(text: str) -> Policy:
    """The policy that `text` says, with the rules of its parents, where these stand in `text` too.

    Raises:
        InputError: `policy.unreadable` when there is no policy or more than one that no other takes over,
            `policy.too-large` when there are too many.
        ProtocolError: `policy.cyclic` when policies take over each other's rules.
    """
    about = group_triples(read_triples(text))
    subjects = [each for each in about if _is_policy(about, each) and "Request" not in types(about, each)]
    if len(subjects) > MAX_POLICIES:
        raise errors.POLICY_TOO_LARGE_COUNT(max_policies=MAX_POLICIES)
    policies = {each.value: read(document(about, each) | _meant(about, each)) for each in subjects}
    parents = {name for policy in policies.values() for name in policy.inherits}
    heirs = [policy for name, policy in policies.items() if name not in parents] or list(policies.values())[
        :1
    ]
    if len(heirs) != 1:
        raise errors.POLICY_UNREADABLE_COUNT(en=f"{len(heirs)} policies", zh=f"{len(heirs)} 个策略")
    return inherit(heirs[0], policies)


def _meant(about: Said, policy: Term) -> Document:
    """The targets and parties that name the policy themselves, added to those that it names (R-ODRL-POL-06)."""
    found: Document = {}
    for statement, name in _NAMED_BY.items():
        others = [subject for subject, members in about.items() if policy in members.get(statement, ())]
        own = about[policy].get(name, ())
        if others:
            found[name] = [{"@id": term.value} for term in (*own, *others)]
    return found


def _is_policy(about: Said, subject: Term) -> bool:
    return not types(about, subject).isdisjoint(KINDS) or not about[subject].keys().isdisjoint(_RULES)


def read_request(text: str) -> Request:
    """The request that `text` states.

    Raises:
        InputError: `policy.unreadable` when it holds no request, or several.
    """
    about = group_triples(read_triples(text))
    requests = [subject for subject in about if "Request" in types(about, subject)]
    requests = requests or [subject for subject in about if "permission" in about[subject]]
    if len(requests) != 1:
        raise errors.POLICY_UNREADABLE_COUNT(en=f"{len(requests)} requests", zh=f"{len(requests)} 个请求")
    rules = about[requests[0]].get("permission", ())
    return Request(id=requests[0], asked=tuple(_asked(about, requests[0], rule) for rule in rules))


def _asked(about: Said, request: Term, rule: Term) -> RequestedAct:
    """The act that one rule of a request asks for; members of the request fill in what the rule leaves out."""
    members = {**about[request], **about.get(rule, {})}
    action = members.get("action", ())
    inside = about.get(action[0], {}) if action else {}
    name = inside.get("rdf:value", action)
    constraints = (*members.get("constraint", ()), *inside.get("refinement", ()))
    return RequestedAct(
        rule=rule,
        action=action_name(name[0].value) if name else "",
        assignee=_first(members, "assignee"),
        target=_first(members, "target"),
        values=_values(about, constraints, (rule,)),
    )


def read_state(text: str, *beside: str) -> State:
    """The state of the world that `text` describes.

    Args:
        beside: the policy and the request, which may state what includes their own actions.
    """
    about = group_triples(read_triples(text))
    told = [about, *(group_triples(read_triples(other)) for other in beside if "includedIn" in other)]
    above = {
        subject.value: tuple(short(value.value) for name in _ABOVE for value in members.get(name, ()))
        for subject, members in about.items()
    }
    named = {term for terms in above.values() for term in terms}
    return State(
        time=_time(about),
        part_of={
            subject.value: frozenset(value.value for value in members["partOf"])
            for subject, members in about.items()
            if "partOf" in members
        },
        broader=dict.fromkeys(named, ()) | {short(term): terms for term, terms in above.items()},
        included_in={
            action_name(subject.value): tuple(action_name(value.value) for value in members["includedIn"])
            for each in told
            for subject, members in each.items()
            if "includedIn" in members
        },
        values=_values(about, about, about),
        known=tuple(_known(about)),
    )


def _time(about: Said) -> Term | None:
    """The time that is current; a report in the state has a time of its own, and that is another one."""
    issued = [
        (not subject.value.endswith(_NOW), members["dct:issued"][0])
        for subject, members in about.items()
        if "dct:issued" in members
    ]
    return min(issued)[1] if issued else None


def _known(about: Said) -> Iterator[KnownRule]:
    for subject, members in about.items():
        kind = next((name for name in _REPORTS if REPORT + name in types(about, subject)), None)
        if kind is not None:
            yield KnownRule(
                report=subject,
                kind=kind,
                rule=_first(members, REPORT + "rule") or "",
                performance=(_first(members, REPORT + "performanceState") or "").removeprefix(REPORT),
                deontic=(_first(members, REPORT + "deonticState") or "").removeprefix(REPORT),
            )


def _values(
    about: Said, constraints: Iterable[Term], subjects: Iterable[Term]
) -> Mapping[str, tuple[StatedValue, ...]]:
    """Values by left operand: of constraints that say what is equal, and of statements named like an operand."""
    values: dict[str, tuple[StatedValue, ...]] = {}
    for constraint in constraints:
        members = about.get(constraint, {})
        operator = _first(members, "operator") or "eq"
        left = short(_first(members, "leftOperand") or "")
        if left and short(operator) in ("eq", "isAnyOf", "isA"):
            unit = short(_first(members, "unit") or "")
            stated = (StatedValue(value, unit) for value in members.get("rightOperand", ()))
            values[left] = (*values.get(left, ()), *stated)
    for subject in subjects:
        for name, terms in about.get(subject, {}).items():
            if name in LEFT_OPERANDS:
                values[name] = (*values.get(name, ()), *(StatedValue(term) for term in terms))
    return values


def _first(members: Mapping[str, tuple[Term, ...]], name: str) -> str | None:
    found = members.get(name)
    return found[0].value if found else None

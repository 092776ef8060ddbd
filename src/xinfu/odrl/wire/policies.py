"""JSON of a policy <-> `Policy`.

Reading is lenient about form: prefixes and IRIs, `{"@id"}` and `{"@value"}`, one object for an array of one,
expanded JSON-LD as EDC writes it. It is strict about meaning: a key, value or shape that nobody reads is kept
in `unread` and makes its rule unknown; it never fails the message (D-14). A compact policy is split: what it says
for all its rules goes into each, and a rule of several actions, targets or parties becomes all pairings of them
(R-ODRL-POL-10 to 12). Writing gives the compact form that the DSP 2025-1 schemas describe (R-POL-02, 10, 11, 12).
Follows: DSP 2025-1, contract-schema; DSP-RULES part 5; ODRL 2.2, Compact Policy and Policy Rule Composition.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from xinfu.odrl import errors
from xinfu.odrl.model.limits import measure, measure_pieces
from xinfu.odrl.model.policy import (
    Conflict,
    Duty,
    PartyFunction,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    Reference,
    Rule,
)
from xinfu.odrl.model.rule_ids import pieces
from xinfu.odrl.model.scope import SCOPE, spell_out
from xinfu.odrl.values.terms import PARTY_FUNCTIONS, short
from xinfu.odrl.wire.forms import (
    Action,
    is_plain,
    is_whole,
    one_unread,
    read_actions,
    read_constraints,
    read_references,
    whole_unread,
    with_unread,
    write_action,
    write_constraint,
    write_reference,
)
from xinfu.odrl.wire.members import Members, several, text

_KINDS: Final = {
    "Set": PolicyKind.SET,
    "Policy": PolicyKind.SET,
    "Offer": PolicyKind.OFFER,
    "Agreement": PolicyKind.AGREEMENT,
}
_RULE_TYPES: Final = frozenset({"Rule", "Permission", "Prohibition", "Duty", "Obligation"})

R = TypeVar("R", Permission, Prohibition, Duty)


class _PolicyDefaults(msgspec.Struct, frozen=True, kw_only=True):
    """The members of a policy that apply to all its rules.

    Attributes:
        plain: the target and the parties of the policy itself that are not collections.
        several: all other targets and parties; they go into every rule.
        in_message: it is an offer or agreement of the protocol, whose rules carry no target (R-POL-06, 07).
        in_rule: it goes for a duty inside a rule, which takes its target and parties from that rule.
        of_duty: it goes for a duty, whose parties may be others than those of the rule.
    """

    actions: tuple[Action, ...] = ()
    plain: Mapping[str, str]
    several: Mapping[str, tuple[Reference, ...]] = {}
    in_message: bool
    in_rule: bool = False
    of_duty: bool = False

    def of_rule(self) -> "_PolicyDefaults":
        """The defaults for a duty inside a rule."""
        return _PolicyDefaults(plain=self.plain, in_message=self.in_message, in_rule=True, of_duty=True)

    def of_obligation(self) -> "_PolicyDefaults":
        """The defaults for a duty of the policy."""
        return replace(self, of_duty=True)


def read(document: Mapping[str, object], *, kind: PolicyKind | None = None) -> Policy:
    """The policy in `document`, with members that are not understood kept in `unread`.

    A target or party that only the rules name, the same in all, is lifted to the policy.

    Args:
        document: parsed JSON; it is not changed and nothing of it is referred to afterwards.
        kind: its kind by its place in a message; otherwise its `@type` decides, or else it is a Set.

    Raises:
        ProtocolError: `policy.unreadable` when it is no JSON object, `policy.too-large` over a limit.
    """
    if not isinstance(document, Mapping):
        raise errors.POLICY_UNREADABLE_NO_OBJECT()
    measure(document)
    members = Members(document)
    members.drop("@context")
    shared = _shared(members, in_message=kind in (PolicyKind.OFFER, PolicyKind.AGREEMENT))
    own_id = members.take_id()
    permissions = _rules(
        pieces(_permission(item, shared), own_id, f"permission-{i}")
        for i, item in enumerate(members.take_all("permission"))
    )
    prohibitions = _rules(_prohibition(item, shared) for item in members.take_all("prohibition"))
    obligations = _rules(_duty(item, shared.of_obligation()) for item in members.take_all("obligation"))
    policy = Policy(
        kind=_kind(members, kind),
        id=own_id,
        permissions=permissions,
        prohibitions=prohibitions,
        obligations=obligations,
        conflict=members.take("conflict", _conflict),
        profile=members.take("profile", _texts) or (),
        inherits=members.take("inheritFrom", _texts) or (),
        timestamp=members.take("timestamp", text),
        unread=members.rest(),
        **shared.plain,
    )
    return spell_out(policy, of_duties=not shared.in_message)


def _rules(found: Iterable[Iterable[R]]) -> tuple[R, ...]:
    rules: list[R] = []
    for each in found:
        rules += each
        measure_pieces(len(rules))
    return tuple(rules)


def write(policy: Policy) -> dict[str, object]:
    """`policy` in the compact form of DSP 2025-1; members that nobody reads stand where they stood."""
    document: dict[str, object] = {"@id": policy.id, "@type": policy.kind.value}
    document |= {name: getattr(policy, name) for name in (*SCOPE, "timestamp")}
    document["profile"] = _one_or_all(policy.profile)
    document["inheritFrom"] = _one_or_all(policy.inherits)
    document["conflict"] = policy.conflict.value if policy.conflict else None
    document["permission"] = [_rule_out(rule, "duty", rule.duties) for rule in policy.permissions]
    document["prohibition"] = [_rule_out(rule, "remedy", rule.remedies) for rule in policy.prohibitions]
    document["obligation"] = [_duty_out(rule) for rule in policy.obligations]
    return with_unread(document, policy.unread)


def _one_or_all(names: tuple[str, ...]) -> object:
    return names[0] if len(names) == 1 else list(names)


def _kind(members: Members, kind: PolicyKind | None) -> PolicyKind:
    """The kind by place or by `@type`; a type that fits neither stays unread."""
    found = members.peek("@type", _known_kind)
    if (found is not None and kind in (None, found)) or found is PolicyKind.SET:
        members.drop("@type")
    return kind or found or PolicyKind.SET


def _known_kind(value: object) -> PolicyKind | None:
    return _KINDS.get(short(text(value) or ""))


def _conflict(value: object) -> Conflict | None:
    name = text(value)
    known = {member.value: member for member in Conflict}
    return known.get(short(name)) if name is not None else None


def _texts(value: object) -> tuple[str, ...] | None:
    found = [text(item) for item in several(value)]
    return None if None in found else tuple(item for item in found if item is not None)


def _shared(members: Members, *, in_message: bool) -> _PolicyDefaults:
    plain: dict[str, str] = {}
    collected: dict[str, tuple[Reference, ...]] = {}
    for name in SCOPE:
        found = members.take(name, read_references) or ()
        lifted = _lifted(members, name) if not found else None
        if len(found) == 1 and is_plain(found[0]) and found[0].id is not None:
            plain[name] = found[0].id
        elif found:
            collected[name] = found
        elif lifted is not None:
            plain[name] = lifted
    actions = members.take("action", read_actions) or ()
    return _PolicyDefaults(actions=actions, plain=plain, several=collected, in_message=in_message)


def _lifted(members: Members, name: str) -> str | None:
    """The target or party that every rule names alike, when the policy itself names none."""
    if members.has(name):
        return None
    rules = [
        Members(rule) if isinstance(rule, Mapping) else None
        for key in ("permission", "prohibition", "obligation")
        for rule in members.peek_all(key)
    ]
    found = {rule.peek(name, _plain_name) if rule else None for rule in rules}
    return found.pop() if len(found) == 1 else None


def _plain_name(value: object) -> str | None:
    """The id of the one asset or party that `value` names by its id alone, as a text or as an object."""
    found = read_references(value) or ()
    return found[0].id if len(found) == 1 and is_plain(found[0]) else None


def _permission(value: object, shared: _PolicyDefaults) -> Iterator[Permission]:
    if not isinstance(value, Mapping):
        yield Permission(action="", unread=whole_unread(value))
        return
    members = Members(value)
    rules = _pieces(Permission(action=""), members, shared)
    duties = tuple(duty for item in members.take_all("duty") for duty in _duty(item, shared.of_rule()))
    yield from (replace(rule, duties=duties, unread=members.rest()) for rule in rules)


def _prohibition(value: object, shared: _PolicyDefaults) -> Iterator[Prohibition]:
    if not isinstance(value, Mapping):
        yield Prohibition(action="", unread=whole_unread(value))
        return
    members = Members(value)
    rules = _pieces(Prohibition(action=""), members, shared)
    remedies = tuple(duty for item in members.take_all("remedy") for duty in _duty(item, shared.of_rule()))
    yield from (replace(rule, remedies=remedies, unread=members.rest()) for rule in rules)


def _duty(value: object, shared: _PolicyDefaults) -> Iterator[Duty]:
    if not isinstance(value, Mapping):
        yield Duty(action="", unread=whole_unread(value))
        return
    members = Members(value)
    rules = _pieces(Duty(action=""), members, shared)
    inner = shared.of_rule()
    consequences = tuple(duty for item in members.take_all("consequence") for duty in _duty(item, inner))
    parties = tuple(
        PartyFunction(function=name, party=party)
        for name in PARTY_FUNCTIONS
        for party in members.take(name, read_references) or ()
    )
    yield from (
        replace(rule, consequences=consequences, parties=parties, unread=members.rest()) for rule in rules
    )


def _pieces(empty: R, members: Members, shared: _PolicyDefaults) -> list[R]:
    """The atomic rules of one rule: all combinations of its actions, targets and parties."""
    if short(members.peek("@type", text) or "Rule") in _RULE_TYPES:
        members.drop("@type")
    actions = _unique((*shared.actions, *(members.take("action", read_actions) or ())))
    targets, assigners, assignees = (_choices(members, name, shared) for name in SCOPE)
    rule = replace(
        empty,
        constraints=read_constraints(members, "constraint"),
        id=members.take_id(),
    )
    named_actions = actions or (Action(name=""),)
    measure_pieces(len(named_actions) * len(targets) * len(assigners) * len(assignees))
    return [
        replace(
            rule,
            action=action.name,
            refinements=action.refinements,
            target=target,
            assigner=assigner,
            assignee=assignee,
        )
        for action, target, assigner, assignee in itertools.product(
            named_actions, targets, assigners, assignees
        )
    ]


def _choices(members: Members, name: str, shared: _PolicyDefaults) -> tuple[Reference | None, ...]:
    """The references of a rule under `name`; None means those of the policy, if it has any.

    In a message a second target or party stays unread: it would multiply the rule (R-POL-08). In a duty,
    one party that it names itself replaces the policy's.
    """
    common = shared.plain.get(name)
    plain = Reference(id=common)
    if common is not None and members.peek(name, read_references) == (plain,):
        members.drop(name)
    if common is not None and shared.in_message:
        own = members.peek(name, read_references) if shared.of_duty and name != "target" else None
        if own is None or len(own) != 1:
            return (None,)
        members.drop(name)
        return own
    own = _unique((*shared.several.get(name, ()), *(members.take(name, read_references) or ())))
    if common is not None and not shared.in_rule:
        return (None, *(each for each in own if each != plain))
    return own or (None,)


T = TypeVar("T")


def _unique(found: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(found))


def _rule_out(rule: Permission | Prohibition, key: str, duties: tuple[Duty, ...]) -> object:
    return _out(rule, {key: [_duty_out(duty) for duty in duties]})


def _duty_out(duty: Duty) -> object:
    inner: dict[str, Any] = {"consequence": [_duty_out(inner) for inner in duty.consequences]}
    for each in duty.parties:
        inner.setdefault(each.function, []).append(write_reference(each.party, "Party"))
    return _out(duty, inner)


def _out(rule: Rule, inner: dict[str, object]) -> object:
    if not rule.action and is_whole(rule.unread):
        return one_unread(rule.unread)
    document: dict[str, object] = {"@id": rule.id, "action": write_action(rule.action, rule.refinements)}
    for name, kind in (("target", "Asset"), ("assigner", "Party"), ("assignee", "Party")):
        reference: Reference | None = getattr(rule, name)
        document[name] = None if reference is None else write_reference(reference, kind)
    document["constraint"] = [write_constraint(item) for item in rule.constraints]
    return with_unread(document | inner, rule.unread)

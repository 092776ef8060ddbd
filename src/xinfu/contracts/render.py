"""Conversion between the rules of an agreement and strategies of TC609.

A term that one side cannot express is reported by name and refused; nothing is left out. A strategy with several
actions becomes one rule for each action; a written rule becomes one strategy. Actions of table 4 that
ODRL does not have keep their own names; actions of ODRL that table 4 does not have are written as `expansionItem:use`.
If a policy states that its windows begin by China's clock, each strategy has that as `expansionItem` `profile`.
The result is read again and compared with the policy, so that no member of a policy is lost silently.
Follows: TC609-6-2025-14, 6.2; DSP 2025-1, Agreement; decision 0019.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from xinfu.contracts import errors, terms
from xinfu.contracts.moments import Dates
from xinfu.contracts.strategy import Duty, ExecutionNodes, Product, Strategy, StrategyConstraint
from xinfu.contracts.terms import StrategyKind
from xinfu.contracts.values import EXPANSION, read_constraint, write_constraint
from xinfu.errors import InputError, RefusedError
from xinfu.evidence import canonical
from xinfu.odrl import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    Rule,
    UnreadMember,
    equivalent,
)
from xinfu.odrl import Duty as OdrlDuty
from xinfu.odrl.model.limits import too_large
from xinfu.odrl.model.rule_ids import pieces, whole_rules
from xinfu.odrl.values.terms import CHINA_TIME, CORE_PROFILE, INCLUDED_IN

_EXPANDED: Final = "expansionItem:"
_EXTENSION: Final = "policyExpansion"
"""The member for a text that cannot be evaluated: it remains in the rule as an unread member, which opens nothing."""
_OTHERWISE: Final[Mapping[str, str]] = {"nextPolicy": "plicyTransmit"}
_IN_ODRL: Final[Mapping[str, str]] = {name: action for action, name in _OTHERWISE.items()}
_PROFILES: Final = (CORE_PROFILE, "odrl:core", CHINA_TIME)
_CLOCK: Final = StrategyConstraint(
    name=EXPANSION,
    operator="eq",
    value=canonical({"name": "profile", "value": CHINA_TIME}).decode(),
)
"""States that windows of time are in China's time zone; the standard itself names no zone for them."""
MAX_STRATEGIES: Final = 200
MAX_DEPTH: Final = 16
"""The deepest nesting of consequences."""


def strategies_of(
    policy: Policy, product: Product, nodes: ExecutionNodes, *, dates: Dates = Dates.ISO
) -> tuple[Strategy, ...]:
    """Render the rules of `policy` as strategies on `product`, in their order: permissions first, obligations last.

    Args:
        dates: the form of moments in values.

    Raises:
        RefusedError: `contract.term-unmapped`, with the names of the terms.
        InputError: `contract.too-large`.
    """
    writer = _Writer(product, nodes, dates)
    made = (
        *(
            writer.strategy(
                StrategyKind.PERMISSION, r, r.duties, f"permission[{policy.permissions.index(r)}]", *more
            )
            for r, *more in whole_rules(policy.permissions)
        ),
        *(
            writer.strategy(StrategyKind.PROHIBITION, r, r.remedies, f"prohibition[{i}]")
            for i, r in enumerate(policy.prohibitions)
        ),
        *(
            writer.strategy(StrategyKind.OBLIGATION, r, r.consequences, f"obligation[{i}]")
            for i, r in enumerate(policy.obligations)
        ),
    )
    writer.unmapped += _unmapped_whole(policy)
    if writer.unmapped:
        raise _unmapped(writer.unmapped)
    if CHINA_TIME in policy.profile:
        made = tuple(msgspec.structs.replace(e, constraints=(*e.constraints, _CLOCK)) for e in made)
    if not equivalent(policy, policy_of(made)):
        raise _unmapped(["policy"])
    return made


def policy_of(
    strategies: Sequence[Strategy],
    *,
    assigner: str | None = None,
    assignee: str | None = None,
    target: str | None = None,
    id: str | None = None,  # noqa: A002 - the field's own name
) -> Policy:
    """Read the strategies as the policy of an agreement, in which prohibitions take precedence over permissions.

    Raises:
        InputError: `contract.action`, `contract.constraint`, `contract.too-large`; nothing is left out.
    """
    if len(strategies) > MAX_STRATEGIES:
        raise errors.CONTRACT_TOO_LARGE(what=f"{len(strategies)} strategies")
    by_kind = {kind: [each for each in strategies if each.kind is kind] for kind in StrategyKind}
    permissions = tuple(
        permission
        for i, each in enumerate(by_kind[StrategyKind.PERMISSION])
        for permission in pieces(_permissions(each), id, f"permission-{i}")
    )
    prohibitions = tuple(
        Prohibition(
            action=action,
            constraints=_constraints(each.constraints),
            remedies=_duties(each.duties),
            unread=_unread(each),
        )
        for each in by_kind[StrategyKind.PROHIBITION]
        for action in _actions(each)
    )
    obligations = tuple(
        OdrlDuty(
            action=action,
            constraints=_constraints(each.constraints),
            consequences=_duties(each.duties),
            unread=_unread(each),
        )
        for each in by_kind[StrategyKind.OBLIGATION]
        for action in _actions(each)
    )
    made = Policy(
        kind=PolicyKind.AGREEMENT,
        id=id,
        target=target,
        assigner=assigner,
        assignee=assignee,
        permissions=permissions,
        prohibitions=prohibitions,
        obligations=obligations,
        profile=(CHINA_TIME,) if any(_CLOCK in each.constraints for each in strategies) else (),
        conflict=Conflict.PROHIBIT if permissions and prohibitions else None,
    )
    large = too_large(made)
    if large is not None:
        raise errors.CONTRACT_TOO_LARGE(what=f"more than {large}")
    return made


def _permissions(strategy: Strategy) -> Iterator[Permission]:
    """The permissions of a strategy, one for each of its actions; together they are one written rule."""
    for action in _actions(strategy):
        yield Permission(
            action=action,
            constraints=_constraints(strategy.constraints),
            duties=_duties(strategy.duties),
            unread=_unread(strategy),
        )


class _Writer:
    """A writer of rules that collects the names of terms that it could not write."""

    def __init__(self, product: Product, nodes: ExecutionNodes, dates: Dates) -> None:
        self.product = product
        self.nodes = nodes
        self.dates = dates
        self.unmapped: list[str] = []

    def strategy(
        self, kind: StrategyKind, rule: Rule, duties: tuple[OdrlDuty, ...], at: str, *pieces: Rule
    ) -> Strategy:
        """Write one rule; `pieces` are the other pieces of the same written rule, which add their actions."""
        return Strategy(
            kind=kind,
            product=self.product,
            nodes=self.nodes,
            actions=tuple(dict.fromkeys(self.action(each, at) for each in (rule, *pieces))),
            constraints=self.constraints(rule.constraints, at),
            duties=tuple(self.duty(duty, f"{at}.duty[{i}]", 1) for i, duty in enumerate(duties)),
            extension=_free_text(rule),
        )

    def duty(self, duty: OdrlDuty, at: str, depth: int) -> Duty:
        if depth > MAX_DEPTH:
            raise errors.CONTRACT_TOO_LARGE(what=f"consequences {depth} deep")
        return Duty(
            action=self.action(duty, at),
            constraints=self.constraints(duty.constraints, at),
            consequences=tuple(
                self.duty(each, f"{at}.consequence[{i}]", depth + 1)
                for i, each in enumerate(duty.consequences)
            ),
        )

    def action(self, rule: Rule, at: str) -> str:
        self.unmapped += [f"{at}.{kept.key}" for kept in rule.unread if kept.key != _EXTENSION]
        name = _OTHERWISE.get(rule.action, rule.action)
        if name in terms.ACTIONS and name != "expansionItem":
            return name
        if rule.action not in INCLUDED_IN:
            self.unmapped.append(f"{at}.action {rule.action!r}")
        return _EXPANDED + rule.action

    def constraints(self, constraints: tuple[Constraint, ...], at: str) -> tuple[StrategyConstraint, ...]:
        return tuple(self._constraints(constraints, at))

    def _constraints(self, constraints: tuple[Constraint, ...], at: str) -> Iterator[StrategyConstraint]:
        for constraint in constraints:
            if not isinstance(constraint, AtomicConstraint):
                self.unmapped.append(f"{at}.{constraint.op.value}")
                continue
            written = write_constraint(constraint, self.dates)
            if written is None:
                self.unmapped.append(f"{at}.{constraint.left or '?'} {constraint.operator}".rstrip())
                continue
            yield written


def _unmapped_whole(policy: Policy) -> list[str]:
    names = [kept.key for kept in policy.unread]
    names += [f"profile {name}" for name in policy.profile if name not in _PROFILES]
    if policy.permissions and policy.prohibitions and policy.conflict is not Conflict.PROHIBIT:
        names.append(f"conflict {(policy.conflict or Conflict.INVALID).value}")
    return names


def _actions(strategy: Strategy) -> Iterator[str]:
    if not strategy.actions:
        raise _unknown_action("")
    for action in strategy.actions:
        yield read_action(action)


def read_action(text: str) -> str:
    """Read an action as its ODRL name; an action of table 4 that ODRL does not have keeps its name.

    Raises:
        InputError: `contract.action`.
    """
    if text.startswith(_EXPANDED):
        name = text.removeprefix(_EXPANDED)
        if name in INCLUDED_IN:
            return name
        raise _unknown_action(text)
    named = terms.action_name(text)
    if named is None or named == "expansionItem":
        raise _unknown_action(text)
    return _IN_ODRL.get(named, named)


def _constraints(constraints: tuple[StrategyConstraint, ...]) -> tuple[AtomicConstraint, ...]:
    return tuple(read for each in constraints if each != _CLOCK for read in read_constraint(each))


def _unread(strategy: Strategy) -> tuple[UnreadMember, ...]:
    if not strategy.extension:
        return ()
    return (UnreadMember(key=_EXTENSION, json=msgspec.json.encode(strategy.extension).decode()),)


def _free_text(rule: Rule) -> str:
    return next(
        (msgspec.json.decode(kept.json, type=str) for kept in rule.unread if kept.key == _EXTENSION), ""
    )


def _duties(duties: tuple[Duty, ...], depth: int = 1) -> tuple[OdrlDuty, ...]:
    if depth > MAX_DEPTH:
        raise errors.CONTRACT_TOO_LARGE(what=f"consequences {depth} deep")
    return tuple(
        OdrlDuty(
            action=read_action(duty.action),
            constraints=_constraints(duty.constraints),
            consequences=_duties(duty.consequences, depth + 1),
        )
        for duty in duties
    )


def _unmapped(names: list[str]) -> RefusedError:
    told = ", ".join(names[:20])
    return errors.CONTRACT_TERM_UNMAPPED(terms=told)


def _unknown_action(text: str) -> InputError:
    return errors.CONTRACT_ACTION(action=text[:40])

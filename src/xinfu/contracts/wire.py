"""Conversion between the field `strategy` on the wire and Strategy values: an object or an array of objects.

Annex B has one strategy without a kind, clause 6.1 several with a kind: both forms are read, and the kind is written
into `policyExpansion`; without one it is a permission. Fields of nodes are read by the names of annex B and by those of
table C.3. An expansion that is not in our form is kept as text, which makes its rule unknown.
Follows: TC609-6-2025-14, tables B.4 to B.6, C.3, C.4; decision 0019.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final

import msgspec

from xinfu.contracts import errors, terms
from xinfu.contracts.reading import fault, required
from xinfu.contracts.render import MAX_STRATEGIES
from xinfu.contracts.strategy import Duty, ExecutionNodes, Product, Strategy, StrategyConstraint
from xinfu.contracts.terms import StrategyKind
from xinfu.evidence import canonical
from xinfu.odrl.model.limits import measure

Mandatory = Annotated[str, msgspec.Meta(min_length=1)]
_EXTENSIONS: Final[Mapping[StrategyKind, str]] = {
    StrategyKind.PERMISSION: "duty",
    StrategyKind.PROHIBITION: "remedy",
    StrategyKind.OBLIGATION: "consequence",
}
"""Kind of a strategy -> the member of its extension (6.2.2.1)."""


class NodeNames(StrEnum):
    """The names of node fields that are written: those of annex B or of table C.3."""

    ANNEX_B = "annex-b"
    TABLE_C3 = "table-c3"


class Shape(StrEnum):
    """The forms in which `strategy` is written: as an object if there is only one, or always as an array."""

    OBJECT = "object"
    ARRAY = "array"


class WireConstraint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    constraint_name: Mandatory
    constraint_operator: Mandatory
    constraint_value: Mandatory


class WireDuty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    action: Mandatory
    constraints: tuple[WireConstraint, ...] = ()
    consequence: "tuple[WireDuty, ...]" = ()


class WireExpansion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: StrategyKind = StrategyKind.PERMISSION
    duty: tuple[WireDuty, ...] = ()
    remedy: tuple[WireDuty, ...] = ()
    consequence: tuple[WireDuty, ...] = ()


class SubjectInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    data_product_id: Annotated[str, msgspec.Meta(min_length=1, max_length=65)]
    data_product_name: Annotated[str, msgspec.Meta(max_length=128)] = ""
    data_product_abstract: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    data_product_entity_id: Annotated[str, msgspec.Meta(max_length=18)] = ""


class ExecutionNodeInfo(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    provider_node_id: str = ""
    provider_node_name: str = ""
    consumer_node_id: str = ""
    consumer_node_name: str = ""
    assigner_id: str = ""
    assigner_name: str = ""
    assignee_id: str = ""
    assignee_name: str = ""


class WireStrategy(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    subject_info: SubjectInfo
    execution_node_info: ExecutionNodeInfo
    actions: Annotated[tuple[Mandatory, ...], msgspec.Meta(min_length=1, max_length=100)]
    constraints: Annotated[tuple[WireConstraint, ...], msgspec.Meta(max_length=500)] = ()
    policy_expansion: str | None = None
    policy_type: StrategyKind | None = None


def read_strategies(value: object) -> tuple[Strategy, ...]:
    """Read the strategies of a message.

    Args:
        value: decoded JSON of the field `strategy`.

    Raises:
        InputError: `contract.field-missing`, `contract.field-format`, `contract.field-length`,
            `contract.too-large`. ProtocolError: `policy.too-large`.
    """
    measure(value)
    listed: Sequence[object] = value if isinstance(value, list) else [value]
    if not listed:
        raise required("strategy")
    if len(listed) > MAX_STRATEGIES:
        raise errors.CONTRACT_TOO_LARGE_STRATEGIES(max_strategies=MAX_STRATEGIES)
    return tuple(_strategy(each) for each in listed)


def write_strategies(
    strategies: Sequence[Strategy], *, names: NodeNames = NodeNames.ANNEX_B, shape: Shape = Shape.OBJECT
) -> Any:
    """Write the value of the field `strategy`."""
    written = [_write(each, names) for each in strategies]
    return written[0] if shape is Shape.OBJECT and len(written) == 1 else written


def _strategy(value: object) -> Strategy:
    try:
        found = msgspec.convert(value, WireStrategy)
    except msgspec.ValidationError as error:
        raise fault(error, "strategy") from error
    nodes = found.execution_node_info
    provider = nodes.provider_node_id or nodes.assigner_id
    if not provider:
        raise required("strategy.executionNodeInfo.providerNodeId")
    expansion = _expansion(found.policy_expansion)
    kind = found.policy_type or (expansion.kind if expansion else StrategyKind.PERMISSION)
    subject = found.subject_info
    return Strategy(
        kind=kind,
        product=Product(
            id=subject.data_product_id,
            name=subject.data_product_name,
            abstract=subject.data_product_abstract,
            owner=subject.data_product_entity_id,
        ),
        nodes=ExecutionNodes(
            provider=provider,
            provider_name=nodes.provider_node_name or nodes.assigner_name,
            consumer=nodes.consumer_node_id or nodes.assignee_id,
            consumer_name=nodes.consumer_node_name or nodes.assignee_name,
        ),
        actions=tuple(terms.READ_AS.get(action, action) for action in found.actions),
        constraints=tuple(_constraint(each) for each in found.constraints),
        duties=tuple(_duty(each) for each in _owed(expansion, kind)) if expansion else (),
        extension="" if expansion else (found.policy_expansion or ""),
    )


def _expansion(text: str | None) -> WireExpansion | None:
    """Read an expansion in our own form; None for a text of another form."""
    if not text:
        return WireExpansion()
    try:
        value = msgspec.json.decode(text)
        measure(value)
        found = msgspec.convert(value, WireExpansion)
    except (msgspec.MsgspecError, RecursionError):
        return None
    others = [key for kind, key in _EXTENSIONS.items() if kind is not found.kind]
    return None if any(getattr(found, key) for key in others) else found


def _owed(expansion: WireExpansion, kind: StrategyKind) -> tuple[WireDuty, ...]:
    owed: tuple[WireDuty, ...] = getattr(expansion, _EXTENSIONS[kind])
    return owed


def _constraint(found: WireConstraint) -> StrategyConstraint:
    name = found.constraint_name
    return StrategyConstraint(
        name=terms.READ_AS.get(name, name),
        operator=terms.operator_name(found.constraint_operator) or found.constraint_operator,
        value=found.constraint_value,
    )


def _duty(found: WireDuty) -> Duty:
    """Read a duty; its depth has been measured before."""
    return Duty(
        action=terms.READ_AS.get(found.action, found.action),
        constraints=tuple(_constraint(each) for each in found.constraints),
        consequences=tuple(_duty(each) for each in found.consequence),
    )


def _write(strategy: Strategy, names: NodeNames) -> dict[str, Any]:
    product, nodes = strategy.product, strategy.nodes
    subject = {
        "dataProductId": product.id,
        "dataProductName": product.name,
        "dataProductAbstract": product.abstract,
        "dataProductEntityId": product.owner,
    }
    provider, consumer = (
        ("providerNode", "consumerNode") if names is NodeNames.ANNEX_B else ("assigner", "assignee")
    )
    carried = {
        f"{provider}Id": nodes.provider,
        f"{provider}Name": nodes.provider_name,
        f"{consumer}Id": nodes.consumer,
        f"{consumer}Name": nodes.consumer_name,
    }
    written: dict[str, Any] = {
        "subjectInfo": _said(subject),
        "executionNodeInfo": _said(carried),
        "actions": list(strategy.actions),
        "constraints": [_write_constraint(each) for each in strategy.constraints],
        "policyExpansion": _write_expansion(strategy),
    }
    return {key: value for key, value in written.items() if value not in ("", [])}


def _write_constraint(constraint: StrategyConstraint) -> dict[str, Any]:
    return {
        "constraintName": constraint.name,
        "constraintOperator": terms.OPERATOR_CODES.get(constraint.operator, constraint.operator),
        "constraintValue": constraint.value,
    }


def _write_expansion(strategy: Strategy) -> str:
    if strategy.extension:
        return strategy.extension
    if strategy.kind is StrategyKind.PERMISSION and not strategy.duties:
        return ""
    said: dict[str, Any] = {"kind": strategy.kind.value}
    if strategy.duties:
        said[_EXTENSIONS[strategy.kind]] = [_write_duty(each) for each in strategy.duties]
    return canonical(said).decode()


def _write_duty(duty: Duty) -> dict[str, Any]:
    written: dict[str, Any] = {"action": duty.action}
    if duty.constraints:
        written["constraints"] = [_write_constraint(each) for each in duty.constraints]
    if duty.consequences:
        written["consequence"] = [_write_duty(each) for each in duty.consequences]
    return written


def _said(members: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in members.items() if value}

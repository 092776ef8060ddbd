"""Policy definitions: stored, checked against what this node can evaluate, and explained step by step."""

from collections.abc import Iterator
from typing import Any, Final

from xinfu import odrl
from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.odrl import AtomicConstraint, Constraint, LogicalConstraint, Policy, PolicyKind
from xinfu.odrl.comparison.check import faults
from xinfu.odrl.operands import operand
from xinfu.odrl.values.terms import IN_FORCE, WRITTEN
from xinfu.ports.query import Member, Quotient
from xinfu.ports.records import POLICIES, PolicyDefinition
from xinfu.services.offering import policies
from xinfu.web.management.empty_policy import open_empty
from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.faults import Fault, FaultsError, conflict, edc, invalid, mandatory, missing
from xinfu.web.management.identifiers import given_or_new, id_response
from xinfu.web.management.names import ODRL
from xinfu.web.management.query import Entity, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import Version, millis

ENTITY: Final = Entity[PolicyDefinition](
    name="PolicyDefinition",
    fields={
        "id": POLICIES.id,
        "createdAt": Quotient(POLICIES.created, 1000),
        "policy.assigner": Member(("policy", "assigner")),
        "policy.assignee": Member(("policy", "assignee")),
        "policy.target": Member(("policy", "target")),
        "policy.permissions.action.type": Member(("policy", "permissions", 0, "action")),
    },
    below={"privateProperties": ("private",), "policy": ("policy",)},
)
_OPERATORS: Final = {
    "eq": "EQ",
    "neq": "NEQ",
    "gt": "GT",
    "gteq": "GEQ",
    "lt": "LT",
    "lteq": "LEQ",
    "isPartOf": "IN",
    "hasPart": "HAS_PART",
    "isA": "IS_A",
    "isAllOf": "IS_ALL_OF",
    "isAnyOf": "IS_ANY_OF",
    "isNoneOf": "IS_NONE_OF",
}
_AT_USE: Final = frozenset({"dateTime", IN_FORCE})
"""Operands of time are judged when data is used: in a catalog they would hide what is to be offered."""


async def create(call: ManagementCall) -> dict[str, Any]:
    id_ = given_or_new(call)
    document = read_policy(call.given, "Set")
    call.given.settle()
    try:
        saved = await _save(call, id_, document, new=True)
    except ConflictError as error:
        raise conflict(f"Policy with ID {id_} already exists") from error
    except InputError as error:
        raise _unusable(call, document, error) from error
    return id_response(call, saved.id, saved.created)


async def replace(call: ManagementCall) -> None:
    """Replace the policy that the path names; another id in the body is refused, as it would change another policy."""
    named = call.given.id()
    if named is not None and named != call.id:
        call.given.faults.append(invalid(f"@id is not that of the path, {call.id}", "@id", named))
    document = read_policy(call.given, "Set")
    call.given.settle()
    try:
        await _save(call, call.id, document, new=False)
    except NotFoundError as error:
        raise missing("PolicyDefinition", call.id) from error
    except InputError as error:
        raise _unusable(call, document, error) from error


async def show(call: ManagementCall) -> dict[str, Any]:
    return call.one(policy_node(await _stored(call), call.version))


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, ENTITY)
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(POLICIES).query(asked)
        total = await view.of(POLICIES).matching(asked.conditions)
    return page(call, [policy_node(each, call.version) for each in found], total)


async def delete(call: ManagementCall) -> None:
    try:
        await policies.remove_policy(call.parts, call.context.id, call.id)
    except NotFoundError as error:
        raise missing("PolicyDefinition", call.id) from error
    except ConflictError as error:
        raise conflict(
            f"PolicyDefinition {call.id} cannot be deleted as it is referenced by at least one contract definition"
        ) from error


async def validate(call: ManagementCall) -> dict[str, Any]:
    """Check whether this node can evaluate every term of a stored policy."""
    policy = (await _stored(call)).policy
    found = [_sentence(each.code, each.path, each.name) for each in _faults(call, policy)]
    if not found and not policy.permissions:
        found = ["the policy permits nothing"]
    version = call.version
    return call.one(
        version.node("PolicyValidationResult", None, isValid=not found, errors=version.several(found))
    )


async def evaluation_plan(call: ManagementCall) -> dict[str, Any]:
    """Return what would be evaluated in a scope: each rule and constraint, with the constraints that would be skipped."""
    policy = (await _stored(call)).policy
    scope = call.given.needed("policyScope")
    call.given.settle()
    plan = Plan(call.version, scope)
    return call.one(
        call.version.node(
            "PolicyEvaluationPlan",
            None,
            preValidators=[],
            permissionSteps=plan.rules("PermissionStep", policy.permissions, duties=True),
            prohibitionSteps=plan.rules("ProhibitionStep", policy.prohibitions),
            obligationSteps=plan.rules("DutyStep", policy.obligations),
            postValidators=[],
        )
    )


class Plan:
    """Steps of a plan in one scope."""

    def __init__(self, version: Version, scope: str) -> None:
        self._version = version
        self._scope = scope

    def rules(self, type_: str, rules: tuple[Any, ...], *, duties: bool = False) -> Any:
        """Return a step for each rule."""
        return self._version.several([self._rule(type_, rule, duties) for rule in rules])

    def _rule(self, type_: str, rule: Any, duties: bool) -> dict[str, Any]:
        inner = {"dutySteps": self.rules("DutyStep", rule.duties)} if duties else {}
        constraints = [self._constraint(each) for each in rule.constraints]
        return self._version.node(
            type_,
            None,
            isFiltered=False,
            filteringReasons=[],
            ruleFunctions=[],
            constraintSteps=self._version.several(constraints),
            **inner,
        )

    def _constraint(self, constraint: Constraint) -> dict[str, Any]:
        if isinstance(constraint, LogicalConstraint):
            parts = [self._constraint(each) for each in constraint.parts]
            name = f"{constraint.op.value[:1].upper()}{constraint.op.value[1:]}ConstraintStep"
            return self._version.node(name, None, constraintSteps=self._version.several(parts))
        left = WRITTEN.get(constraint.left, constraint.left)
        reasons = list(self._passed_over(constraint, left))
        right = constraint.right if isinstance(constraint.right, str) else list(constraint.right)
        operator = _OPERATORS.get(constraint.operator, constraint.operator)
        return self._version.node(
            "AtomicConstraintStep",
            None,
            isFiltered=bool(reasons),
            filteringReasons=self._version.several(reasons),
            functionParams=[f"'{left}'", operator, f"'{right}'"],
        )

    def _passed_over(self, constraint: AtomicConstraint, left: str) -> Iterator[str]:
        known = operand(constraint.left, "plan")
        early = self._scope in {"catalog", "contract.negotiation"}
        if known is None or (early and (known.at_use or constraint.left in _AT_USE)):
            yield f"leftOperand '{left}' is not bound to scope '{self._scope}'"
            yield f"leftOperand '{left}' is not bound to any function within scope '{self._scope}'"


def read_policy(given: ExpandedObject, kind: str) -> dict[str, Any]:
    """Return the `policy` of a body, which must have the expected type; errors become faults."""
    policy = given.inside("policy", needed=True)
    if policy is None:
        return {}
    found = policy.node.get("@type", [])
    if found != [ODRL + kind]:
        path = edc("policy", "@type")
        listed = ", ".join(found)
        given.faults.append(
            invalid(f"{path} was expected to be {ODRL}{kind} but it was [{listed}]", path, found)
        )
    _check_rules(policy)
    return {key: value for key, value in policy.node.items() if key != "@type"}


def policy_node(definition: PolicyDefinition, version: Version) -> dict[str, Any]:
    """A policy definition as it is shown."""
    return version.node(
        "PolicyDefinition",
        definition.id,
        createdAt=millis(definition.created),
        policy=version.policy(definition.policy, id_=definition.id),
        privateProperties=version.free(definition.private) or None,
    )


def _check_rules(policy: ExpandedObject) -> None:
    """Every rule needs an action."""
    for name in ("permission", "prohibition", "obligation"):
        rules = policy.node.get(ODRL + name, [])
        for rule in rules if isinstance(rules, list) else [rules]:
            if isinstance(rule, dict) and not rule.get(f"{ODRL}action"):
                policy.faults.append(mandatory("object", edc(*policy.where, ODRL + name, f"{ODRL}action")))


async def _save(call: ManagementCall, id_: str, document: dict[str, Any], *, new: bool) -> PolicyDefinition:
    meant = open_empty(document, call.context)
    return await policies.save_policy(
        call.parts,
        call.context.id,
        id_,
        meant,
        new=new,
        private=_private(call),
        posted_empty=meant is not document,
        lenient=True,
    )


async def _stored(call: ManagementCall) -> PolicyDefinition:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(POLICIES).get(call.id)
    if found is None:
        raise missing("PolicyDefinition", call.id)
    return found


def _private(call: ManagementCall) -> dict[str, Any]:
    return call.given.free("privateProperties")


def _faults(call: ManagementCall, policy: Policy) -> list[Any]:
    return list(faults(odrl.anchor(policy, call.parts.clock.now())))


def _unusable(call: ManagementCall, document: dict[str, Any], error: InputError) -> FaultsError:
    """Yield everything in a policy that this node cannot evaluate."""
    found = _faults(call, odrl.read(document, kind=PolicyKind.SET))
    sentences = [_sentence(each.code, each.path, each.name) for each in found] or [error.en]
    return FaultsError(400, *(Fault(message=each, type="InvalidRequest") for each in sentences))


def _sentence(code: str, path: str, name: str) -> str:
    what = {"operand.unknown": "leftOperand", "action.unknown": "action"}.get(code, code)
    return f"{what} '{name}' cannot be judged by this node, at {path}"


LINES = [
    ManagementRoute(method="POST", path="/policydefinitions", handler=create, takes="PolicyDefinition"),
    ManagementRoute(
        method="POST",
        path="/policydefinitions/request",
        handler=query,
        takes="QuerySpec",
        may_be_empty=True,
    ),
    ManagementRoute(method="GET", path="/policydefinitions/{id}", handler=show),
    ManagementRoute(method="PUT", path="/policydefinitions/{id}", handler=replace, takes="PolicyDefinition"),
    ManagementRoute(method="DELETE", path="/policydefinitions/{id}", handler=delete),
    ManagementRoute(method="POST", path="/policydefinitions/{id}/validate", handler=validate),
    ManagementRoute(
        method="POST",
        path="/policydefinitions/{id}/evaluationplan",
        handler=evaluation_plan,
        takes="PolicyEvaluationPlanRequest",
    ),
]

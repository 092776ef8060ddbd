"""Contract definitions: which assets are offered under which policies."""

from typing import Any, Final

from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.ports.query import Member, Quotient
from xinfu.ports.records import DEFINITIONS, ContractDefinition, Criterion
from xinfu.services.offering import definitions
from xinfu.services.offering.criteria import EDC
from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.faults import conflict, missing, refused
from xinfu.web.management.identifiers import given_or_new, id_response
from xinfu.web.management.query import Entity, criteria, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import Version

ENTITY: Final = Entity[ContractDefinition](
    name="ContractDefinition",
    fields={
        "id": DEFINITIONS.id,
        "createdAt": Quotient(DEFINITIONS.created, 1000),
        "accessPolicyId": DEFINITIONS.access_policy,
        "contractPolicyId": DEFINITIONS.contract_policy,
        "assetsSelector.operandLeft": Member(("criteria", 0, "left")),
        "assetsSelector.operator": Member(("criteria", 0, "operator")),
        "assetsSelector.operandRight": Member(("criteria", 0, "right")),
    },
    below={"privateProperties": ("private",)},
)


async def create(call: ManagementCall) -> dict[str, Any]:
    id_ = given_or_new(call)
    try:
        saved = await _save(call, id_, new=True)
    except ConflictError as error:
        raise conflict(f"Contract Definition with ID {id_} already exists") from error
    return id_response(call, saved.id, saved.created)


async def replace(call: ManagementCall) -> None:
    id_ = call.given.id() or ""
    try:
        await _save(call, id_, new=False)
    except NotFoundError as error:
        raise missing("ContractDefinition", id_) from error


async def show(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(DEFINITIONS).get(call.id)
    if found is None:
        raise missing("ContractDefinition", call.id)
    return call.one(definition_node(found, call.version))


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, ENTITY)
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(DEFINITIONS).query(asked)
        total = await view.of(DEFINITIONS).matching(asked.conditions)
    return page(call, [definition_node(each, call.version) for each in found], total)


async def delete(call: ManagementCall) -> None:
    try:
        await definitions.remove_definition(call.parts, call.context.id, call.id)
    except NotFoundError as error:
        raise missing("ContractDefinition", call.id) from error


def definition_node(definition: ContractDefinition, version: Version) -> dict[str, Any]:
    """Return a contract definition as an answer; a definition that lists its assets shows them as one criterion."""
    return version.node(
        "ContractDefinition",
        definition.id,
        accessPolicyId=definition.access_policy,
        contractPolicyId=definition.contract_policy,
        assetsSelector=version.several([_criterion(each, version) for each in _criteria(definition)]),
        privateProperties=version.free(definition.private) or None,
    )


def _criteria(definition: ContractDefinition) -> tuple[Criterion, ...]:
    if definition.criteria or definition.assets is None:
        return definition.criteria
    return (Criterion(left=f"{EDC}id", operator="in", right=list(definition.assets)),)


def _criterion(criterion: Criterion, version: Version) -> dict[str, Any]:
    right = criterion.right
    shown = version.several(right) if isinstance(right, list | tuple) else right
    return version.node(
        "Criterion", None, operandLeft=criterion.left, operator=criterion.operator, operandRight=shown
    )


async def _save(call: ManagementCall, id_: str, *, new: bool) -> ContractDefinition:
    given: ExpandedObject = call.given
    access, contract = given.needed("accessPolicyId"), given.needed("contractPolicyId")
    selector = criteria(given, "assetsSelector")
    given.settle()
    try:
        return await definitions.select(
            call.parts,
            call.context.id,
            id_,
            access_policy=access,
            contract_policy=contract,
            criteria=selector,
            private=given.free("privateProperties"),
            new=new,
        )
    except InputError as error:
        raise refused(error.en) from error


LINES = [
    ManagementRoute(method="POST", path="/contractdefinitions", handler=create, takes="ContractDefinition"),
    ManagementRoute(method="PUT", path="/contractdefinitions", handler=replace, takes="ContractDefinition"),
    ManagementRoute(
        method="POST",
        path="/contractdefinitions/request",
        handler=query,
        takes="QuerySpec",
        may_be_empty=True,
    ),
    ManagementRoute(method="GET", path="/contractdefinitions/{id}", handler=show),
    ManagementRoute(method="DELETE", path="/contractdefinitions/{id}", handler=delete),
]

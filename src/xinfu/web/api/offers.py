"""Assets, policies, contract definitions, and publishing in one act."""

from typing import Any, TypeVar

import msgspec

from xinfu.api import Fault, Page, PolicyDefinitionView, PublicationAnswer, PublicationAnswers
from xinfu.errors import XinfuError
from xinfu.ports.records import ASSETS, DEFINITIONS, POLICIES, Asset, ContractDefinition
from xinfu.services.offering import assets, definitions, policies, publications
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import Publication, PublicationForm
from xinfu.services.offering.replacing import Replacement
from xinfu.web import errors
from xinfu.web.api.listing import PAGING, page_of
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import policy_definition_view

T = TypeVar("T")


class PolicyForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy to store: ODRL in the protocol's compact form; with `past` also where the time of a rule is over."""

    id: str
    policy: dict[str, Any]
    past: bool = False


class DefinitionForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract definition to store; `assets` null: every asset."""

    id: str
    access_policy: str
    contract_policy: str
    assets: tuple[str, ...] | None = None


class PublicationsForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many publications, each independent of the others; at most 1,000."""

    publications: list[PublicationForm]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The records that one publication created."""

    asset: Asset
    policy: PolicyDefinitionView
    definition: ContractDefinition
    replaced: Replacement | None = None


async def publish(call: Call) -> Published:
    made = await publications.publish(call.parts, call.context.id, call.body)
    return Published(
        asset=made.asset,
        policy=policy_definition_view(made.policy),
        definition=made.definition,
        replaced=made.replaced,
    )


async def publish_all(call: Call) -> PublicationAnswers:
    forms: list[PublicationForm] = call.body.publications
    made = await publications.publish_all(call.parts, call.context.id, forms)
    items = [_answer(form.asset.id, each) for form, each in zip(forms, made, strict=True)]
    published = sum(each.published for each in items)
    return PublicationAnswers(items=items, published=published, refused=len(items) - published)


def _answer(asset: str, made: Publication | XinfuError) -> PublicationAnswer:
    if isinstance(made, Publication):
        return PublicationAnswer(asset=asset, published=True, root=made.asset.root)
    fault = Fault(
        code=made.code,
        detail=made.sentence("en"),
        detail_zh=made.sentence("zh"),
        help=made.help_en or "",
        help_zh=made.help_zh or "",
    )
    return PublicationAnswer(asset=asset, published=False, fault=fault)


async def list_assets(call: Call) -> Page[Asset]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(ASSETS), call)


async def show_asset(call: Call) -> Asset:
    async with call.parts.store.view(call.context.id) as view:
        return _there(await view.of(ASSETS).get(call.path["id"]), "asset")


async def create_asset(call: Call) -> Asset:
    return await assets.save_asset(call.parts, call.context.id, call.body, new=True)


async def replace_asset(call: Call) -> Asset:
    form = msgspec.structs.replace(call.body, id=call.path["id"])
    return await assets.save_asset(call.parts, call.context.id, form, new=False)


async def delete_asset(call: Call) -> None:
    await assets.withdraw(call.parts, call.context.id, call.path["id"])


async def list_policies(call: Call) -> Page[PolicyDefinitionView]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(POLICIES), call, view=policy_definition_view)


async def show_policy(call: Call) -> PolicyDefinitionView:
    async with call.parts.store.view(call.context.id) as view:
        return policy_definition_view(_there(await view.of(POLICIES).get(call.path["id"]), "policy"))


async def create_policy(call: Call) -> PolicyDefinitionView:
    form: PolicyForm = call.body
    saved = await policies.save_policy(
        call.parts, call.context.id, form.id, form.policy, new=True, past=form.past
    )
    return policy_definition_view(saved)


async def replace_policy(call: Call) -> PolicyDefinitionView:
    saved = await policies.save_policy(
        call.parts, call.context.id, call.path["id"], call.body.policy, new=False, past=call.body.past
    )
    return policy_definition_view(saved)


async def delete_policy(call: Call) -> None:
    await policies.remove_policy(call.parts, call.context.id, call.path["id"])


async def list_definitions(call: Call) -> Page[ContractDefinition]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(DEFINITIONS), call)


async def create_definition(call: Call) -> ContractDefinition:
    form: DefinitionForm = call.body
    return await definitions.save_definition(
        call.parts,
        call.context.id,
        form.id,
        access_policy=form.access_policy,
        contract_policy=form.contract_policy,
        assets=form.assets,
        new=True,
    )


async def delete_definition(call: Call) -> None:
    await definitions.remove_definition(call.parts, call.context.id, call.path["id"])


def _there(record: T | None, kind: str) -> T:
    if record is None:
        raise errors.NOT_FOUND(kind=kind)
    return record


OPERATIONS = [
    Operation(
        method="POST",
        path="/publications",
        summary="Publish a file or folder: make the asset, policy and contract definition in one call.",
        handler=publish,
        takes=PublicationForm,
        gives=Published,
        status=201,
    ),
    Operation(
        method="POST",
        path="/publications/batch",
        summary="Publish many assets at once; each has its own result.",
        handler=publish_all,
        takes=PublicationsForm,
        gives=PublicationAnswers,
    ),
    Operation(
        method="GET",
        path="/assets",
        summary="List assets.",
        handler=list_assets,
        gives=Page[Asset],
        query=PAGING,
    ),
    Operation(
        method="POST",
        path="/assets",
        summary="Measure a source and store it as an asset.",
        handler=create_asset,
        takes=AssetForm,
        gives=Asset,
        status=201,
    ),
    Operation(
        method="GET", path="/assets/{id:path}", summary="Show an asset.", handler=show_asset, gives=Asset
    ),
    Operation(
        method="PUT",
        path="/assets/{id:path}",
        summary="Measure again and replace an asset.",
        handler=replace_asset,
        takes=AssetForm,
        gives=Asset,
    ),
    Operation(
        method="DELETE",
        path="/assets/{id:path}",
        summary="Withdraw and delete an asset.",
        handler=delete_asset,
    ),
    Operation(
        method="GET",
        path="/policies",
        summary="List policies.",
        handler=list_policies,
        gives=Page[PolicyDefinitionView],
        query=PAGING,
    ),
    Operation(
        method="POST",
        path="/policies",
        summary="Check and store a policy.",
        handler=create_policy,
        takes=PolicyForm,
        gives=PolicyDefinitionView,
        status=201,
    ),
    Operation(
        method="GET",
        path="/policies/{id:path}",
        summary="Show a policy, as ODRL and as sentences.",
        handler=show_policy,
        gives=PolicyDefinitionView,
    ),
    Operation(
        method="PUT",
        path="/policies/{id:path}",
        summary="Replace a policy; existing agreements keep theirs.",
        handler=replace_policy,
        takes=PolicyForm,
        gives=PolicyDefinitionView,
    ),
    Operation(method="DELETE", path="/policies/{id:path}", summary="Delete a policy.", handler=delete_policy),
    Operation(
        method="GET",
        path="/contract-definitions",
        summary="List contract definitions.",
        handler=list_definitions,
        gives=Page[ContractDefinition],
        query=PAGING,
    ),
    Operation(
        method="POST",
        path="/contract-definitions",
        summary="Offer assets under an access policy and a contract policy.",
        handler=create_definition,
        takes=DefinitionForm,
        gives=ContractDefinition,
        status=201,
    ),
    Operation(
        method="DELETE",
        path="/contract-definitions/{id:path}",
        summary="Delete a contract definition, so that nothing is offered under it.",
        handler=delete_definition,
    ),
]

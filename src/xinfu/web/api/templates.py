"""Contract templates: store them, import those of the platform, fill one in."""

from datetime import datetime

import msgspec

from xinfu.api import FilledView, Page
from xinfu.contracts import ContractTemplate
from xinfu.ports.records import CONTRACT_TEMPLATES, StoredTemplate
from xinfu.services.contracts import templates
from xinfu.web.api.listing import PAGING, page_of
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import NoForm, policy_view


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """A kept template."""

    id: str
    template: ContractTemplate
    created: datetime
    updated: datetime


class FillForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The values of the blanks, by name."""

    values: dict[str, str] = {}


def template_view(record: StoredTemplate) -> TemplateView:
    """A kept template, shown."""
    return TemplateView(
        id=record.id, template=record.template, created=record.created, updated=record.updated
    )


async def list_templates(call: Call) -> Page[TemplateView]:
    async with call.parts.store.view(call.context.id) as view:
        return await page_of(view.of(CONTRACT_TEMPLATES), call, view=template_view)


async def put_template(call: Call) -> TemplateView:
    body: ContractTemplate = call.body
    template = msgspec.structs.replace(body, id=call.path["id"])
    return template_view(await templates.save_template(call.parts, call.context.id, template))


async def delete_template(call: Call) -> None:
    await templates.remove(call.parts, call.context.id, call.path["id"])


async def fetch_templates(call: Call) -> list[TemplateView]:
    return [template_view(each) for each in await templates.fetch(call.parts, call.context.id)]


async def fill_template(call: Call) -> FilledView:
    form: FillForm = call.body
    made = await templates.fill_template(call.parts, call.context.id, call.path["id"], form.values)
    return FilledView(
        name=made.name, abstract=made.abstract, policy=policy_view(made.policy), terms=list(made.terms)
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/contract-templates",
        summary="List contract templates.",
        handler=list_templates,
        gives=Page[TemplateView],
        query=PAGING,
    ),
    Operation(
        method="POST",
        path="/contract-templates/fetch",
        summary="Import all templates of the platform.",
        handler=fetch_templates,
        takes=NoForm,
        gives=list[TemplateView],
    ),
    Operation(
        method="PUT",
        path="/contract-templates/{id}",
        summary="Check and store a contract template.",
        handler=put_template,
        takes=ContractTemplate,
        gives=TemplateView,
    ),
    Operation(
        method="DELETE",
        path="/contract-templates/{id}",
        summary="Delete a contract template.",
        handler=delete_template,
    ),
    Operation(
        method="POST",
        path="/contract-templates/{id}/fill",
        summary="Fill the blanks of a template and show the clauses.",
        handler=fill_template,
        takes=FillForm,
        gives=FilledView,
    ),
]

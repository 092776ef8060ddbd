"""The participant contexts that the node hosts, which are isolated from each other (D-01).

Adding, bounding and closing is for the node's operator; whoever holds the key of one context sees that one.
"""

import msgspec

from xinfu.api import (
    AddedView,
    FreshKeyView,
    HostedDetailView,
    HostedListView,
    HostedView,
    LimitsView,
    UsedView,
)
from xinfu.odrl.control.grades import GradeNumber
from xinfu.ports.census import Census
from xinfu.ports.records import ContextLimits
from xinfu.services import hosting
from xinfu.services.contexts.context import Context
from xinfu.services.hosting import ContextForm
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import to_view


class ContextChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Changes to a context; absent fields stay as they are. `limits`, `folders` and `sources` replace the whole old value.

    `grade` applies to assets that state no grade.
    """

    name: dict[str, str] | None = None
    grade: GradeNumber | None = None
    folders: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    limits: ContextLimits | None = None


def context_view(context: Context) -> HostedView:
    """A context as the API shows it."""
    return HostedView(
        id=context.id,
        participant=context.participant,
        name=context.name,
        entity=context.entity,
        connector=context.connector,
        protocol=context.protocol_base,
        data=context.data_base,
        grade=context.grade,
        folders=list(context.folders),
        sources=list(context.sources),
        limits=to_view(context.limits, LimitsView),
        closed=context.closed,
    )


async def list_contexts(call: Call) -> HostedListView:
    return HostedListView(items=[context_view(each) for each in call.access.shown(call.parts.contexts)])


async def add_context(call: Call) -> AddedView:
    form: ContextForm = call.body
    made, key = await hosting.add(call.parts, call.keys, form)
    return AddedView(context=context_view(made), api_key=key)


async def show_context(call: Call) -> HostedDetailView:
    context = call.access.to(call.parts.contexts, call.path["id"])
    async with call.parts.store.view(context.id) as view:
        census = await view.census()
    reads = sum(run.context == context.id for run in call.parts.running.runs())
    return HostedDetailView(context=context_view(context), used=_used(census, reads))


async def change_context(call: Call) -> HostedView:
    form: ContextChange = call.body
    changed = await hosting.change(
        call.parts,
        call.path["id"],
        name=form.name,
        grade=form.grade,
        folders=form.folders,
        sources=form.sources,
        limits=form.limits,
    )
    return context_view(changed)


async def close_context(call: Call) -> HostedView:
    return context_view(await hosting.close(call.parts, call.path["id"]))


async def reopen_context(call: Call) -> HostedView:
    return context_view(await hosting.reopen(call.parts, call.path["id"]))


async def renew_key(call: Call) -> FreshKeyView:
    return FreshKeyView(api_key=await hosting.new_key(call.parts, call.path["id"]))


def _used(census: Census, reads: int) -> UsedView:
    return UsedView(
        datasets=census.assets,
        negotiations=sum(census.negotiations.values()),
        transfers=sum(census.transfers.values()),
        reads=reads,
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/contexts",
        summary="List the participants hosted by the node.",
        handler=list_contexts,
        gives=HostedListView,
    ),
    Operation(
        method="POST",
        path="/contexts",
        summary="Host another participant.",
        handler=add_context,
        takes=ContextForm,
        gives=AddedView,
        status=201,
        node=True,
    ),
    Operation(
        method="GET",
        path="/contexts/{id}",
        summary="Show a hosted participant, with its use of the node's resources.",
        handler=show_context,
        gives=HostedDetailView,
    ),
    Operation(
        method="PATCH",
        path="/contexts/{id}",
        summary="Change the name, the places of sources, the limits or the grade of a hosted participant.",
        handler=change_context,
        takes=ContextChange,
        gives=HostedView,
        node=True,
    ),
    Operation(
        method="POST",
        path="/contexts/{id}/close",
        summary="Close a hosted participant: streams stop, processes end, and peers are notified.",
        handler=close_context,
        gives=HostedView,
        node=True,
    ),
    Operation(
        method="POST",
        path="/contexts/{id}/reopen",
        summary="Reopen a closed participant.",
        handler=reopen_context,
        gives=HostedView,
        node=True,
    ),
    Operation(
        method="POST",
        path="/contexts/{id}/key",
        summary="Make a new API key that opens only this context.",
        handler=renew_key,
        gives=FreshKeyView,
        node=True,
    ),
]

"""The participants that the node hosts: each hardly knows that there are others (D-01).

Adding, bounding and closing is for the node's operator; whoever holds the key of one context sees that one.
"""

import msgspec

from xinfu.odrl.control.grades import GradeNumber
from xinfu.ports.census import Census
from xinfu.ports.records import ContextLimits
from xinfu.services import hosting
from xinfu.services.contexts import Context
from xinfu.services.hosting import ContextForm
from xinfu.web.api.operation import Call, Operation


class ContextView(msgspec.Struct, frozen=True, kw_only=True):
    """One participant that this node plays; `entity` and `connector` are its codes, or empty.

    Its sources may lie below `folders`, and at `sources` where these are no public addresses.
    """

    id: str
    participant: str
    name: dict[str, str]
    entity: str
    connector: str
    protocol: str
    data: str
    grade: int | None
    folders: tuple[str, ...]
    sources: tuple[str, ...]
    limits: ContextLimits
    closed: bool


class Contexts(msgspec.Struct, frozen=True, kw_only=True):
    """Those that the key opens."""

    items: list[ContextView]


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what is bounded a context takes now; `reads` at this worker."""

    datasets: int
    negotiations: int
    transfers: int
    reads: int


class ContextDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One participant, and how much of the node it takes now."""

    context: ContextView
    used: Used


class AddedContext(msgspec.Struct, frozen=True, kw_only=True):
    """A context that was added, and the API key that opens it alone; the key is never shown again."""

    context: ContextView
    api_key: str


class ContextChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be otherwise; what is left out stays. `limits` replaces all bounds, `folders` and `sources` all of theirs.

    `grade` is that of assets which name none.
    """

    name: dict[str, str] | None = None
    grade: GradeNumber | None = None
    folders: tuple[str, ...] | None = None
    sources: tuple[str, ...] | None = None
    limits: ContextLimits | None = None


class FreshKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key that opens one context; it is never shown again."""

    api_key: str


def context_view(context: Context) -> ContextView:
    """A context as the API shows it."""
    return ContextView(
        id=context.id,
        participant=context.participant,
        name=context.name,
        entity=context.entity,
        connector=context.connector,
        protocol=context.protocol_base,
        data=context.data_base,
        grade=context.grade,
        folders=context.folders,
        sources=context.sources,
        limits=context.limits,
        closed=context.closed,
    )


async def list_contexts(call: Call) -> Contexts:
    return Contexts(items=[context_view(each) for each in call.access.shown(call.parts.contexts)])


async def add_context(call: Call) -> AddedContext:
    form: ContextForm = call.body
    made, key = await hosting.add(call.parts, call.keys, form)
    return AddedContext(context=context_view(made), api_key=key)


async def show_context(call: Call) -> ContextDetail:
    context = call.access.to(call.parts.contexts, call.path["id"])
    async with call.parts.store.view(context.id) as view:
        census = await view.census()
    reads = sum(run.context == context.id for run in call.parts.running.runs())
    return ContextDetail(context=context_view(context), used=_used(census, reads))


async def change_context(call: Call) -> ContextView:
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


async def close_context(call: Call) -> ContextView:
    return context_view(await hosting.close(call.parts, call.path["id"]))


async def reopen_context(call: Call) -> ContextView:
    return context_view(await hosting.reopen(call.parts, call.path["id"]))


async def renew_key(call: Call) -> FreshKey:
    return FreshKey(api_key=await hosting.new_key(call.parts, call.path["id"]))


def _used(census: Census, reads: int) -> Used:
    return Used(
        datasets=census.assets,
        negotiations=sum(census.negotiations.values()),
        transfers=sum(census.transfers.values()),
        reads=reads,
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/contexts",
        summary="List the participants that the node hosts.",
        handler=list_contexts,
        gives=Contexts,
    ),
    Operation(
        method="POST",
        path="/contexts",
        summary="Host one more participant.",
        handler=add_context,
        takes=ContextForm,
        gives=AddedContext,
        status=201,
        node=True,
    ),
    Operation(
        method="GET",
        path="/contexts/{id}",
        summary="Show a hosted participant, and how much of the node it takes.",
        handler=show_context,
        gives=ContextDetail,
    ),
    Operation(
        method="PATCH",
        path="/contexts/{id}",
        summary="Give a hosted participant another name, other places of its sources, other bounds, or a grade.",
        handler=change_context,
        takes=ContextChange,
        gives=ContextView,
        node=True,
    ),
    Operation(
        method="POST",
        path="/contexts/{id}/close",
        summary="Let a hosted participant answer no one: streams stop, processes end, peers are told.",
        handler=close_context,
        gives=ContextView,
        node=True,
    ),
    Operation(
        method="POST",
        path="/contexts/{id}/reopen",
        summary="Let a closed participant answer again.",
        handler=reopen_context,
        gives=ContextView,
        node=True,
    ),
    Operation(
        method="POST",
        path="/contexts/{id}/key",
        summary="Make a fresh API key that opens this context alone.",
        handler=renew_key,
        gives=FreshKey,
        node=True,
    ),
]

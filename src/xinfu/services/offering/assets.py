"""Assets (数据产品): measured before they are offered, and taken out of the catalog.

The chunk manifest of a file is what evidence and consumers hold it to (D-17).
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.dsp.negotiation import State
from xinfu.evidence import Manifest
from xinfu.odrl.control.grades import GradeNumber
from xinfu.ports.dataplane import FileOf
from xinfu.ports.records import (
    AGREEMENTS,
    ASSETS,
    DEFINITIONS,
    MANIFESTS,
    NEGOTIATIONS,
    AgreementState,
    Asset,
    StoredManifest,
)
from xinfu.ports.sources import Source
from xinfu.ports.store import Step
from xinfu.services.contexts.bounds import room_for
from xinfu.services.offering import errors, grading
from xinfu.services.offering.criteria import asset_conditions
from xinfu.services.offering.ids import check_id
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.sources.places import SourceContents, measure

_GOING_ON: Final = tuple(state for state in State if not state.is_terminal)

_ALIVE: Final = (AgreementState.ACTIVE, AgreementState.SUSPENDED)


class AssetForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An asset as its publisher describes it.

    Attributes:
        grade: of its data; None: the one that was stated of it before, if any.
        derived_from: agreements, by our ids or wire ids, under which we were given the data that it was made from.
    """

    id: str
    source: Source
    grade: GradeNumber | None = None
    title: dict[str, str] = msgspec.field(default_factory=dict)
    description: dict[str, str] = msgspec.field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    generated: bool = False
    derived_from: tuple[str, ...] = ()
    public: dict[str, Any] = msgspec.field(default_factory=dict)
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    address: dict[str, Any] | None = None
    dataplane: dict[str, Any] | None = None
    is_catalog: bool = False


async def save_asset(parts: DataParts, context: str, form: AssetForm, *, new: bool) -> Asset:
    """Measure a source and store it as an asset.

    Raises:
        RefusedError: `source.not-allowed`: the operator does not let this path be published.
        InputError: `source.missing`. IntegrityError: `source.changed` while it was measured.
        ConflictError: `asset.exists`. NotFoundError: `asset.not-found`, when it is to be replaced.
    """
    check_id(form.id, "asset")
    found = await measure(parts, context, form.source, media_type=form.media_type)
    async with parts.store.step(context) as step:
        before = await step.of(ASSETS).get(form.id)
        asset = await put_asset(step, parts, form, found, new=new)
        await grading.record_grade(step, parts, before, asset)
        return asset


async def put_asset(
    step: Step, parts: RecordParts, form: AssetForm, found: SourceContents, *, new: bool
) -> Asset:
    """Store an asset, measured already; as `save_asset`."""
    now = parts.clock.now()
    files = found.files
    single = files[0][1] if len(files) == 1 and files[0][0].path == "" else None
    known = None if new else await step.of(ASSETS).get(form.id)
    if form.grade is None and known is not None:
        form = replace(form, grade=known.grade)
    asset = Asset(
        **{name: getattr(form, name) for name in AssetForm.__struct_fields__},
        context=step.context,
        size_bytes=sum(file.size_bytes for file, _ in files) if files else None,
        root=single.root if single else None,
        columns=found.columns,
        created=now if known is None else known.created,
        updated=now,
    )
    if new:
        await room_for(step, parts.contexts.get(step.context), "datasets")
        await step.of(ASSETS).add(asset)
    else:
        await step.of(ASSETS).save(asset)
        await _forget_manifests(step, asset.id)
    for file, manifest in files:
        await step.of(MANIFESTS).add(_stored(step.context, asset.id, file, manifest))
    await _select_asset(step, asset)
    return asset


async def _select_asset(step: Step, asset: Asset) -> None:
    """Let the definitions whose criteria may speak of an asset that was saved look at it."""
    this = ASSETS.id.equals(asset.id)
    for id_ in await step.offerings.candidates(asset):
        definition = await step.of(DEFINITIONS).get(id_)
        if definition is None:
            continue
        if await step.of(ASSETS).matching((this, *asset_conditions(definition.criteria))):
            await step.offerings.put(id_, asset.id)
        else:
            await step.offerings.drop(id_, asset.id)


async def _forget_manifests(step: Step, asset: str) -> None:
    """Remove the manifests of an asset, however many files it has."""
    while stale := await step.of(MANIFESTS).find(MANIFESTS.asset.equals(asset), limit=1000):
        for each in stale:
            await step.of(MANIFESTS).remove(each.id)


def _stored(context: str, asset: str, file: FileOf, manifest: Manifest) -> StoredManifest:
    return StoredManifest(
        id=f"{asset}/{file.path}",
        context=context,
        asset=asset,
        path=file.path,
        stamp=file.stamp,
        size_bytes=manifest.size,
        root=manifest.root,
        chunks=b"".join(bytes.fromhex(chunk) for chunk in manifest.chunks),
    )


async def withdraw(parts: RecordParts, context: str, asset: str) -> None:
    """Take an asset out of the catalog and forget it.

    Raises:
        NotFoundError: `asset.not-found`.
        ConflictError: `asset.in-use`: live agreements of ours as provider stand on it.
    """
    async with parts.store.step(context) as step:
        await step.of(ASSETS).lock(asset)
        live = await step.of(AGREEMENTS).count(
            AGREEMENTS.dataset.equals(asset),
            AGREEMENTS.role.equals("provider"),
            AGREEMENTS.state.among(_ALIVE),
        )
        live += await step.of(NEGOTIATIONS).count(
            NEGOTIATIONS.dataset.equals(asset),
            NEGOTIATIONS.role.equals(Role.PROVIDER),
            NEGOTIATIONS.state.among(_GOING_ON),
        )
        if live:
            raise errors.ASSET_IN_USE(live=live)
        await _forget_manifests(step, asset)
        await step.of(ASSETS).remove(asset)

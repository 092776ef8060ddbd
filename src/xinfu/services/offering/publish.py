"""Publishing (PAP): assets, policies, contract definitions; checked before they show.

A policy that nobody could enforce or read is refused by the name of what is wrong in it. A file is measured
before it is offered: its chunk manifest is what evidence and consumers hold it to (D-17).
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.dsp import Role
from xinfu.dsp.negotiation import State
from xinfu.evidence import Manifest
from xinfu.evidence.entry import Fact
from xinfu.odrl import Policy, PolicyKind
from xinfu.odrl.control.grades import GradeNumber, check_offer
from xinfu.odrl.control.levels import HANDED_OUT
from xinfu.ports.dataplane import FileOf
from xinfu.ports.records import (
    AGREEMENTS,
    ASSETS,
    DEFINITIONS,
    MANIFESTS,
    NEGOTIATIONS,
    POLICIES,
    AgreementState,
    Asset,
    ContractDefinition,
    Criterion,
    PolicyDefinition,
    StoredManifest,
)
from xinfu.ports.sources import Source
from xinfu.ports.store import Step
from xinfu.services.contexts.bounds import room_for
from xinfu.services.evidence.notes import policy_digest, record_entry
from xinfu.services.offering import errors, grading
from xinfu.services.offering.criteria import asset_conditions, named_ids
from xinfu.services.offering.derivation import check_sources, refusals_noted
from xinfu.services.offering.stating import state_policy
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.sources.places import SourceContents, measure
from xinfu.services.usage.forms import can_carry_out, unknown_columns
from xinfu.verdict import Verdict

_GOING_ON: Final = tuple(state for state in State if not state.is_terminal)

_ALIVE: Final = (AgreementState.ACTIVE, AgreementState.SUSPENDED)

EVERYONE = "everyone"
"""Id of the access policy under which everyone who proves who it is sees an offer."""


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


async def save_policy(
    parts: RecordParts,
    context: str,
    id_: str,
    document: Mapping[str, object],
    *,
    new: bool,
    private: Mapping[str, Any] | None = None,
    posted_empty: bool = False,
    lenient: bool = False,
    past: bool = False,
) -> PolicyDefinition:
    """Check a policy and store it.

    Args:
        posted_empty: it came without any rule, as EDC's clients may send it (D-36).
        private: free properties by IRI, never shown to others.
        lenient: as EDC's clients are served: take a policy without any rule, which permits nothing, and one that is too
            weak for the grade of what is offered under it, which withholds that offer. Names of parties and dates are
            taken as they are.
        past: take rules whose time is over.

    Raises:
        InputError: `policy.*`: an unknown action, operand, operator or member, by name and place;
            `grade.policy-weaker`, `participant.no-alias`, `policy.past`.
    """
    check_id(id_, "policy")
    policy = check_policy(document, parts.clock.now(), empty=lenient)
    if not lenient:
        policy = await state_policy(parts, context, policy, past=past)
    async with parts.store.step(context) as step:
        if not lenient:
            await grading.check_under(step, parts, id_, policy)
        before = None if new else await step.of(POLICIES).get(id_)
        saved = await put_policy(
            step, parts, id_, policy, new=new, private=private, posted_empty=posted_empty
        )
        if before is not None and not odrl.equivalent(before.policy, policy):
            await _record_terms(step, parts, {"policy": id_}, before.policy, policy)
        if not (new or lenient):
            async for definition in _offering(step, id_):
                await check_forms(step, id_, definition.assets or ())
        return saved


async def _record_terms(
    step: Step, parts: RecordParts, facts: dict[str, Fact], before: Policy, after: Policy
) -> None:
    """Put into the log that an offer has other terms from now on, and whether they are proven no wider."""
    now = parts.clock.now()
    proof = odrl.within(odrl.anchor(after, now), odrl.anchor(before, now))
    facts |= {
        "from": policy_digest(before),
        "policy_digest": policy_digest(after),
        "wider": proof.verdict is not Verdict.YES,
    }
    await record_entry(step, parts.clock, "terms.replaced", facts)


async def _offering(step: Step, policy: str) -> AsyncIterator[ContractDefinition]:
    """The definitions that offer under a contract policy."""
    after: str | None = None
    while page := await step.of(DEFINITIONS).find(
        DEFINITIONS.contract_policy.equals(policy), after=after, limit=100
    ):
        for each in page:
            yield each
        after = page[-1].id


async def save_definition(
    parts: RecordParts,
    context: str,
    id_: str,
    *,
    access_policy: str,
    contract_policy: str,
    assets: tuple[str, ...] | None,
    new: bool,
) -> ContractDefinition:
    """Offer assets under an access policy and a contract policy.

    Raises:
        NotFoundError: a policy or an asset that it names is not there.
        RefusedError: `derived.*`, which is recorded: what an asset was made from does not permit the offer.
        InputError: `grade.missing`, `grade.policy-weaker`: an asset that it names asks for a grade, or for stricter terms.
    """
    check_id(id_, "definition")
    async with refusals_noted(parts, context, *(assets or ())), parts.store.step(context) as step:
        await step.of(POLICIES).lock(access_policy)
        policy = (await step.of(POLICIES).lock(contract_policy)).policy
        for each in assets or ():
            asset = await step.of(ASSETS).lock(each)
            grade = grading.required_grade(grading.grade_of(asset, parts.contexts.get(context)), each)
            check_offer(policy, grade, each, parts.clock.now())
        return await put_definition(step, parts, id_, access_policy, contract_policy, assets, new=new)


async def select(
    parts: RecordParts,
    context: str,
    id_: str,
    *,
    access_policy: str,
    contract_policy: str,
    criteria: tuple[Criterion, ...],
    private: Mapping[str, Any],
    new: bool,
) -> ContractDefinition:
    """Offer the assets that fit `criteria`, now and later; without any, every asset.

    What it names need not be there yet: until it is, nothing is offered.

    Raises:
        InputError: `query.*`: an invalid criterion.
        ConflictError: `definition.exists`. NotFoundError: `definition.not-found`.
    """
    conditions = asset_conditions(criteria)
    named = named_ids(criteria)
    async with parts.store.step(context) as step:
        known = None if new else await step.of(DEFINITIONS).get(id_)
        definition = await put_definition(
            step,
            parts,
            id_,
            access_policy,
            contract_policy,
            None if not criteria else named or (),
            new=new,
            criteria=criteria,
            selects=bool(criteria) and named is None,
            private=private,
        )
        if definition.selects:
            await step.offerings.select(definition.id, conditions)
        if known is not None:
            await _record_other_policies(step, parts, known, definition)
    return definition


async def _record_other_policies(
    step: Step, parts: RecordParts, before: ContractDefinition, after: ContractDefinition
) -> None:
    """Put into the log that a definition offers under another policy, or shows its offers under another one."""
    for name in ("contract_policy", "access_policy"):
        old = await step.of(POLICIES).get(getattr(before, name))
        new = await step.of(POLICIES).get(getattr(after, name))
        if old is not None and new is not None and not odrl.equivalent(old.policy, new.policy):
            await _record_terms(
                step, parts, {"policy": new.id, "definition": after.id}, old.policy, new.policy
            )


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


def check_policy(document: Mapping[str, object], now: datetime, *, empty: bool = False) -> Policy:
    """A policy that we can stand behind, if an agreement on it were made now.

    Args:
        empty: take a policy that says nothing at all, too.

    Raises:
        InputError: `policy.*`.
    """
    policy = odrl.read(document, kind=PolicyKind.SET)
    if not (empty and policy == Policy(kind=PolicyKind.SET, id=policy.id)):
        odrl.check(odrl.anchor(policy, now))
    return policy


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


async def put_policy(
    step: Step,
    parts: RecordParts,
    id_: str,
    policy: Policy,
    *,
    new: bool,
    private: Mapping[str, Any] | None = None,
    posted_empty: bool = False,
) -> PolicyDefinition:
    """Store a policy, checked already; as `save_policy`."""
    now = parts.clock.now()
    kept = dict(private or {})
    if new:
        stored = PolicyDefinition(
            id=id_,
            context=step.context,
            policy=policy,
            private=kept,
            posted_empty=posted_empty,
            created=now,
            updated=now,
        )
        await step.of(POLICIES).add(stored)
        return stored
    stored = replace(
        await step.of(POLICIES).lock(id_), policy=policy, private=kept, posted_empty=posted_empty, updated=now
    )
    await step.of(POLICIES).save(stored)
    return stored


async def put_definition(
    step: Step,
    parts: RecordParts,
    id_: str,
    access_policy: str,
    contract_policy: str,
    assets: tuple[str, ...] | None,
    *,
    new: bool,
    criteria: tuple[Criterion, ...] = (),
    selects: bool = False,
    private: Mapping[str, Any] | None = None,
) -> ContractDefinition:
    """Store a contract definition; what it names need not be there.

    Raises:
        InputError: `policy.transform-unavailable`: an asset that is there cannot leave in the form of its policy.
        RefusedError: `derived.*`: what an asset was made from does not permit the offer.
    """
    now = parts.clock.now()
    if assets:
        await check_forms(step, contract_policy, assets)
        await _check_sources(step, access_policy, contract_policy, assets, now)
    known = None if new else await step.of(DEFINITIONS).lock(id_)
    definition = ContractDefinition(
        id=id_,
        context=step.context,
        access_policy=access_policy,
        contract_policy=contract_policy,
        assets=assets,
        criteria=criteria,
        selects=selects,
        private=dict(private or {}),
        created=now if known is None else known.created,
        updated=now,
    )
    if known is None:
        await step.of(DEFINITIONS).add(definition)
    else:
        await step.of(DEFINITIONS).save(definition)
    return definition


async def _check_sources(
    step: Step, access_policy: str, contract_policy: str, assets: tuple[str, ...], now: datetime
) -> None:
    access, contract = (
        await step.of(POLICIES).get(access_policy),
        await step.of(POLICIES).get(contract_policy),
    )
    for id_ in assets:
        asset = await step.of(ASSETS).get(id_)
        if asset is not None and asset.derived_from and access is not None and contract is not None:
            await check_sources(step, asset, access.policy, contract.policy, now)


async def check_forms(step: Step, contract_policy: str, assets: tuple[str, ...]) -> None:
    """See whether each asset can leave in the form that the policy asks for.

    Raises:
        InputError: `policy.transform-unavailable`, `policy.column-unknown`.
    """
    stored = await step.of(POLICIES).get(contract_policy)
    if stored is None:
        return
    program = odrl.compile(stored.policy)
    handing = [rule for rule in program.permissions if rule.covers & HANDED_OUT]
    asked = [each for rule in handing for each in rule.transforms]
    if not asked:
        return
    for id_ in assets:
        asset = await step.of(ASSETS).get(id_)
        missing = () if asset is None else unknown_columns(asset, asked)
        if missing:
            raise errors.POLICY_COLUMN_UNKNOWN(
                id=id_,
                missing=", ".join(missing)[:200],
                contract_policy=contract_policy,
                missing_zh="、".join(missing)[:200],
            )
        if asset is not None and not can_carry_out(asset, asked):
            raise errors.POLICY_TRANSFORM_UNAVAILABLE(id=id_, contract_policy=contract_policy)


def check_id(id_: str, kind: Literal["asset", "policy", "definition"]) -> None:
    """Refuse what cannot be an id, with InputError `<kind>.id-invalid` or `policy.id-reserved`."""
    if not id_ or len(id_) > 256 or not id_.isprintable() or id_ != id_.strip():
        raise errors.ID_INVALID(kind=kind)
    if kind == "policy" and id_ == EVERYONE:
        raise errors.POLICY_ID_RESERVED(everyone=EVERYONE)


async def remove_policy(parts: RecordParts, context: str, id_: str) -> None:
    """Remove a policy that no contract definition uses.

    Raises:
        NotFoundError: `policy.not-found`. ConflictError: `policy.in-use`.
    """
    async with parts.store.step(context) as step:
        await step.of(POLICIES).lock(id_)
        used = await step.of(DEFINITIONS).count(DEFINITIONS.access_policy.equals(id_))
        used += await step.of(DEFINITIONS).count(DEFINITIONS.contract_policy.equals(id_))
        if used:
            raise errors.POLICY_IN_USE(used=used)
        await step.of(POLICIES).remove(id_)


async def remove_definition(parts: RecordParts, context: str, id_: str) -> None:
    """Stop offering under a contract definition; agreements stand.

    Raises:
        NotFoundError: `definition.not-found`.
    """
    async with parts.store.step(context) as step:
        await step.of(DEFINITIONS).lock(id_)
        await step.of(DEFINITIONS).remove(id_)

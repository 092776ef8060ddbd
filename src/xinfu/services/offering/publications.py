"""Publishing in one act: asset, policy and contract definition are stored together or not at all; one or many.

Publishing under a used id replaces what is there, if that is asked for; agreements keep the terms they were
made on. Assets with the same access policy share one stored policy, so that a catalog judges it once.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from xinfu import odrl
from xinfu.errors import XinfuError
from xinfu.odrl import Policy, PolicyKind
from xinfu.odrl.control.grades import check_offer
from xinfu.ports.records import DEFINITIONS, POLICIES, Asset, ContractDefinition, PolicyDefinition
from xinfu.ports.store import Step
from xinfu.services.evidence.notes import policy_digest, record_entry
from xinfu.services.offering import errors, grading
from xinfu.services.offering.assets import AssetForm, put_asset
from xinfu.services.offering.definitions import put_definition
from xinfu.services.offering.derivation import refusals_noted
from xinfu.services.offering.ids import EVERYONE, check_id
from xinfu.services.offering.policies import check_policy, put_policy
from xinfu.services.offering.replacing import (
    CurrentOffer,
    Replacement,
    check_wanted,
    find_current,
    replacement,
)
from xinfu.services.offering.stating import state_policy
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.sources.places import SourceContents, measure

MOST: Final = 1000
"""How many publications one call takes."""

TOGETHER: Final = 100
"""How many of them one transaction holds: others wait no longer than for these."""

_MEASURED_AT_ONCE: Final = 8

_ACCESS: Final = ".access"
"""Ends the id of an access policy that is kept here, under the digest of what it says."""


class PublicationForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An asset with the policy under which it is offered, and who sees the offer (null: everyone known).

    Policies are ODRL in the protocol's compact form. Without a `policy` the asset is offered under that of its grade.
    With `replace` it takes the place of what is published under its id; `reason` says why where that gives away more
    (a lower grade, wider terms, more who see it). With `past` rules whose time is over are taken. A party is named by its
    DID, or by its alias in the address book.
    """

    asset: AssetForm
    policy: dict[str, Any] | None = None
    access: dict[str, Any] | None = None
    replace: bool = False
    reason: str | None = None
    past: bool = False


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The result of publishing an asset: the asset, its policy and its contract definition."""

    asset: Asset
    policy: PolicyDefinition
    definition: ContractDefinition
    replaced: Replacement | None = None


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A publication that was checked and measured."""

    asset: AssetForm
    found: SourceContents
    policy: Policy | None
    access: Policy | None
    replace: bool
    reason: str | None


async def publish(parts: DataParts, context: str, form: PublicationForm) -> Publication:
    """Publish one asset.

    Raises:
        As `assets.save_asset`, `policies.save_policy`; InputError: `asset.id-reserved`, `grade.missing`,
            `grade.policy-weaker`, `grade.no-default`, `publication.reason`, `participant.no-alias`,
            `policy.past`. ConflictError: `publication.exists`.
    """
    ready = await _ready(parts, context, form)
    async with refusals_noted(parts, context, form.asset.id), parts.store.step(context) as step:
        return await _put(step, parts, ready)


async def publish_all(
    parts: DataParts, context: str, forms: Sequence[PublicationForm]
) -> list[Publication | XinfuError]:
    """Publish many assets independently of each other: the refusal of one does not affect the others.

    Returns:
        For each form in its order what was made, or why it was not.

    Raises:
        InputError: `publications.too-many`.
    """
    if len(forms) > MOST:
        raise errors.PUBLICATIONS_TOO_MANY(most=MOST)
    made: list[Publication | XinfuError] = []
    for start in range(0, len(forms), TOGETHER):
        made += await _publish_some(parts, context, forms[start : start + TOGETHER])
    return made


def everyone() -> Policy:
    """The access policy that shows an offer to every authenticated participant."""
    return Policy(kind=PolicyKind.SET, permissions=(odrl.Permission(action="use"),))


async def _publish_some(
    parts: DataParts, context: str, forms: Sequence[PublicationForm]
) -> list[Publication | XinfuError]:
    """Publish these in one transaction; if that fails, each in its own, so that every one gets its own answer."""
    turns = asyncio.Semaphore(_MEASURED_AT_ONCE)

    async def prepare(form: PublicationForm) -> _Ready | XinfuError:
        async with turns:
            try:
                return await _ready(parts, context, form)
            except XinfuError as error:
                return error

    ready = await asyncio.gather(*map(prepare, forms))
    try:
        return await _put_together(parts, context, ready)
    except XinfuError:
        return [await _put_alone(parts, context, each) for each in ready]


async def _put_together(
    parts: RecordParts, context: str, ready: Sequence[_Ready | XinfuError]
) -> list[Publication | XinfuError]:
    made: list[Publication | XinfuError] = []
    async with parts.store.step(context) as step:
        for each in ready:
            made.append(each if isinstance(each, XinfuError) else await _put(step, parts, each))
            await asyncio.sleep(0)  # readers go on between two of them
    return made


async def _put_alone(
    parts: RecordParts, context: str, ready: _Ready | XinfuError
) -> Publication | XinfuError:
    if isinstance(ready, XinfuError):
        return ready
    try:
        async with refusals_noted(parts, context, ready.asset.id), parts.store.step(context) as step:
            return await _put(step, parts, ready)
    except XinfuError as error:
        return error


async def _ready(parts: DataParts, context: str, form: PublicationForm) -> _Ready:
    check_id(form.asset.id, "asset")
    _check_own_policies(form.asset.id)
    return _Ready(
        asset=form.asset,
        policy=await _stated(parts, context, form.policy, past=form.past),
        access=await _stated(parts, context, form.access, past=form.past),
        found=await measure(parts, context, form.asset.source, media_type=form.asset.media_type),
        replace=form.replace,
        reason=form.reason,
    )


async def _stated(
    parts: RecordParts, context: str, document: dict[str, Any] | None, *, past: bool
) -> Policy | None:
    if document is None:
        return None
    return await state_policy(parts, context, check_policy(document, parts.clock.now()), past=past)


async def _put(step: Step, parts: RecordParts, ready: _Ready) -> Publication:
    id_ = ready.asset.id
    stood = await find_current(step, id_)
    before = stood.asset
    asset = await put_asset(step, parts, ready.asset, ready.found, new=before is None)
    terms = _terms(parts, step.context, asset, ready.policy)
    access = await _put_access(step, parts, ready.access)
    policy = await put_policy(step, parts, id_, terms, new=await step.of(POLICIES).get(id_) is None)
    fresh = await step.of(DEFINITIONS).get(id_) is None
    definition = await put_definition(step, parts, id_, access, id_, (id_,), new=fresh)
    replaced = None
    if stood != CurrentOffer():
        replaced = replacement(parts, step.context, stood, await find_current(step, id_))
    check_wanted(id_, replaced, wanted=ready.replace, reason=ready.reason)
    await grading.record_grade(step, parts, before, asset, ready.reason)
    facts: dict[str, str | int | bool | list[str]] = {
        "asset": asset.id,
        "policy_digest": policy_digest(policy.policy),
    }
    if asset.root:
        facts["root"] = asset.root
    if asset.derived_from:
        facts["derived_from"] = list(asset.derived_from)
    if replaced is not None and stood.terms is not None:
        facts["replaces"] = policy_digest(stood.terms)
    if replaced is not None and ready.reason:
        facts["reason"] = ready.reason
    await record_entry(step, parts.clock, "publication", facts)
    return Publication(asset=asset, policy=policy, definition=definition, replaced=replaced)


def _terms(parts: RecordParts, context: str, asset: Asset, stated: Policy | None) -> Policy:
    """The stated policy, if it is strict enough for the asset's grade; the grade's default if none is stated."""
    grade = grading.required_grade(grading.grade_of(asset, parts.contexts.get(context)), asset.id)
    if stated is None:
        return check_policy(grading.default_terms(parts, grade), parts.clock.now())
    check_offer(stated, grade, asset.id, parts.clock.now())
    return stated


async def _put_access(step: Step, parts: RecordParts, access: Policy | None) -> str:
    """Store the access policy of the offer unless it is there already, and return its id."""
    wanted = everyone() if access is None else access
    id_ = EVERYONE if access is None else policy_digest(access) + _ACCESS
    known = await step.of(POLICIES).get(id_)
    if known is None:  # another publication may be about to put it there
        await step.alone(f"policy {id_}")
        known = await step.of(POLICIES).get(id_)
    if known is None or known.policy != wanted:
        await put_policy(step, parts, id_, wanted, new=known is None)
    return id_


def _check_own_policies(id_: str) -> None:
    """Refuse an asset id that is reserved for access policies, as its policy would overwrite one of them."""
    if id_ == EVERYONE or id_.endswith(_ACCESS):
        raise errors.ASSET_ID_RESERVED(everyone=EVERYONE, access=_ACCESS)

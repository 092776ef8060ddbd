"""Grades of assets (分类分级): an ungraded asset is kept and not offered, and an offer keeps what its grade asks for.

The grade of an asset is the one that was stated of it, else that of its participant context. What an offer keeps is
looked at when it is published, and again whenever it is shown, negotiated or agreed on: an offer that is too weak for its
grade is withheld from that moment on, whichever of grade, policy and definition has changed. Agreements that were made
keep their terms. A grade that was stated stays until another one is.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.evidence.entry import Fact
from xinfu.odrl import Policy
from xinfu.odrl.control.grades import (
    GRADES,
    Shortfall,
    check_offer,
    default_policy,
    describe_lacks,
    facts_of,
    name_of,
    shortfalls,
)
from xinfu.ports.records import AGREEMENTS, ASSETS, DEFINITIONS, POLICIES, AgreementState, Asset
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.evidence.notes import record_entry
from xinfu.services.offering import errors
from xinfu.services.parts import RecordParts

LOOKED_AT: Final = 1000
"""So many live agreements of an asset, or definitions of a policy, are looked at at once."""


class WithheldOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer that is not made: its definition, its policy, and what the policy lacks (empty without a grade)."""

    definition: str
    policy: str
    lacks: tuple[Shortfall, ...]


class GradedAsset(msgspec.Struct, frozen=True, kw_only=True):
    """The grade of an asset, and its consequences.

    Attributes:
        grade: what counts; None: it is not offered.
        stated: what was stated of it; None: what counts is that of its context.
        withheld: its offers that are not made.
        agreements: wire ids of its live agreements under terms that are weaker than what the grade asks for.
    """

    asset: str
    grade: int | None
    stated: int | None
    withheld: tuple[WithheldOffer, ...]
    agreements: tuple[str, ...]


def grade_of(asset: Asset, context: Context) -> int | None:
    """The grade of an asset; None: it has none, and is not offered."""
    return context.grade if asset.grade is None else asset.grade


def is_withheld(policy: Policy, grade: int | None, now: datetime) -> bool:
    """Whether nothing of this grade is offered under `policy`, as of `now`."""
    return grade is None or bool(shortfalls(policy, grade, now))


def is_by_hand(grade: int | None) -> bool:
    """Whether a person agrees to each contract about data of this grade."""
    return grade is not None and GRADES[grade].by_hand


def required_grade(grade: int | None, asset: str) -> int:
    """The grade of an asset to be published, if it has one.

    Raises:
        InputError: `grade.missing`.
    """
    if grade is not None:
        return grade
    raise errors.GRADE_MISSING(
        asset=asset,
        grades=", ".join(name_of(each, "en") for each in GRADES),
        grades_zh="、".join(name_of(each, "zh") for each in GRADES),
    )


async def check_under(step: Step, parts: RecordParts, id_: str, policy: Policy) -> None:
    """Refuse a policy that is too weak for an asset which a definition offers under it.

    Raises:
        InputError: `grade.policy-weaker`.
    """
    for definition in await step.of(DEFINITIONS).find(
        DEFINITIONS.contract_policy.equals(id_), limit=LOOKED_AT
    ):
        for each in definition.assets or ():
            asset = await step.of(ASSETS).get(each)
            grade = None if asset is None else grade_of(asset, parts.contexts.get(step.context))
            if grade is not None:
                check_offer(policy, grade, each, parts.clock.now())


def default_terms(parts: RecordParts, grade: int) -> dict[str, Any]:
    """The policy of an offer of this grade for which none is stated.

    Raises:
        InputError: `grade.no-default`: such data has terms of its own.
    """
    found = default_policy(grade, parts.clock.now())
    if found is not None:
        return found
    raise errors.GRADE_NO_DEFAULT(grade=name_of(grade, "en"), grade_zh=name_of(grade, "zh"))


async def check_terms(step: Step, parts: RecordParts, dataset: str, terms: Policy) -> None:
    """Refuse to propose or agree on terms that are weaker than what the grade of our dataset asks for.

    Raises:
        ConflictError: `grade.terms-weaker`.
    """
    asset = await step.of(ASSETS).get(dataset)
    grade = None if asset is None else grade_of(asset, parts.contexts.get(step.context))
    now = parts.clock.now()
    if asset is None or not is_withheld(terms, grade, now):
        return
    lacks = shortfalls(terms, grade, now) if grade is not None else ()
    raise errors.GRADE_TERMS_WEAKER(
        facts_of(grade, lacks),
        dataset=dataset,
        lacks=describe_lacks(lacks, "en") or "It has none",
        lacks_zh=describe_lacks(lacks, "zh") or "该数据未分级",
    )


async def state(
    parts: RecordParts, context: Context, id_: str, grade: int, reason: str | None = None
) -> GradedAsset:
    """Set the grade of an asset, and return it with the offers that are too weak for it and so withheld from now on.

    Raises:
        NotFoundError: `asset.not-found`. InputError: `grade.reason`: it is lowered, and nobody says why.
    """
    async with parts.store.step(context.id) as step:
        before = await step.of(ASSETS).lock(id_)
        known = grade_of(before, context)
        if known is not None and grade < known and not (reason or "").strip():
            raise errors.GRADE_REASON(
                asset=id_,
                known=name_of(known, "en"),
                grade=name_of(grade, "en"),
                known_zh=name_of(known, "zh"),
                grade_zh=name_of(grade, "zh"),
            )
        asset = replace(before, grade=grade, updated=parts.clock.now())
        await step.of(ASSETS).save(asset)
        await record_grade(step, parts, before, asset, reason)
        return await _graded(step, asset, context, parts.clock.now())


async def show(parts: RecordParts, context: Context, id_: str) -> GradedAsset:
    """The grade of an asset, with the offers and agreements that are too weak for it.

    Raises:
        NotFoundError: `asset.not-found`.
    """
    async with parts.store.view(context.id) as view:
        asset = await view.of(ASSETS).get(id_)
        if asset is None:
            raise errors.ASSET_NOT_FOUND()
        return await _graded(view, asset, context, parts.clock.now())


async def record_grade(
    step: Step, parts: RecordParts, before: Asset | None, asset: Asset, reason: str | None = None
) -> None:
    """Record a new or changed grade in the log, with the definitions whose offers it withholds."""
    known = None if before is None else before.grade
    if asset.grade is None or asset.grade == known:
        return
    facts: dict[str, Fact] = {"asset": asset.id, "to": asset.grade}
    if known is not None:
        facts["from"] = known
    if reason:
        facts["reason"] = reason
    found = await withheld(step, asset, asset.grade, parts.clock.now())
    if found:
        facts["withheld"] = [each.definition for each in found]
    await record_entry(step, parts.clock, "grade.stated", facts)


async def withheld(view: Step, asset: Asset, grade: int | None, now: datetime) -> tuple[WithheldOffer, ...]:
    """The offers of an asset of this grade that are not made, as of `now`."""
    found: list[WithheldOffer] = []
    for under in await view.offerings.of(asset.id):
        policy = await view.of(POLICIES).get(under.contract)
        if policy is not None and is_withheld(policy.policy, grade, now):
            lacks = () if grade is None else shortfalls(policy.policy, grade, now)
            found.append(WithheldOffer(definition=under.definition, policy=policy.id, lacks=lacks))
    return tuple(found)


async def _graded(view: Step, asset: Asset, context: Context, now: datetime) -> GradedAsset:
    grade = grade_of(asset, context)
    where = (
        AGREEMENTS.dataset.equals(asset.id),
        AGREEMENTS.role.equals("provider"),
        AGREEMENTS.state.among(_ALIVE),
    )
    live = await view.of(AGREEMENTS).find(*where, limit=LOOKED_AT)
    return GradedAsset(
        asset=asset.id,
        grade=grade,
        stated=asset.grade,
        withheld=await withheld(view, asset, grade, now),
        agreements=tuple(each.wire_id for each in live if is_withheld(each.policy, grade, now)),
    )


_ALIVE: Final = (AgreementState.ACTIVE, AgreementState.SUSPENDED)

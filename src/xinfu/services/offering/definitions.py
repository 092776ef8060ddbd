"""Contract definitions, which offer assets under an access policy and a contract policy."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinfu import odrl
from xinfu.odrl.control.grades import check_offer
from xinfu.odrl.control.levels import HANDED_OUT
from xinfu.ports.records import (
    ASSETS,
    DEFINITIONS,
    POLICIES,
    ContractDefinition,
    Criterion,
)
from xinfu.ports.store import Step
from xinfu.services.offering import errors, grading
from xinfu.services.offering.criteria import asset_conditions, named_ids
from xinfu.services.offering.derivation import check_sources, refusals_noted
from xinfu.services.offering.ids import check_id
from xinfu.services.offering.terms_entry import record_terms
from xinfu.services.parts import RecordParts
from xinfu.services.usage.forms import can_carry_out, unknown_columns


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
            await record_terms(
                step, parts, {"policy": new.id, "definition": after.id}, old.policy, new.policy
            )


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


async def remove_definition(parts: RecordParts, context: str, id_: str) -> None:
    """Stop offering under a contract definition; agreements stand.

    Raises:
        NotFoundError: `definition.not-found`.
    """
    async with parts.store.step(context) as step:
        await step.of(DEFINITIONS).lock(id_)
        await step.of(DEFINITIONS).remove(id_)

"""Policies of offers (PAP): a policy that nobody could enforce or read is refused, and what is wrong in it is named."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from xinfu import odrl
from xinfu.odrl import Policy, PolicyKind
from xinfu.ports.records import (
    DEFINITIONS,
    POLICIES,
    ContractDefinition,
    PolicyDefinition,
)
from xinfu.ports.store import Step
from xinfu.services.offering import errors, grading
from xinfu.services.offering.definitions import check_forms
from xinfu.services.offering.ids import check_id
from xinfu.services.offering.stating import state_policy
from xinfu.services.offering.terms_entry import record_terms
from xinfu.services.parts import RecordParts


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
            await record_terms(step, parts, {"policy": id_}, before.policy, policy)
        if not (new or lenient):
            async for definition in _offering(step, id_):
                await check_forms(step, id_, definition.assets or ())
        return saved


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


async def _offering(step: Step, policy: str) -> AsyncIterator[ContractDefinition]:
    """The definitions that offer under a contract policy."""
    after: str | None = None
    while page := await step.of(DEFINITIONS).find(
        DEFINITIONS.contract_policy.equals(policy), after=after, limit=100
    ):
        for each in page:
            yield each
        after = page[-1].id


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

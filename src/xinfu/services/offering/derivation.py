"""Checks that products made from received data may be offered under the agreements for that data.

To use data is not to make something of it for others: that has to be permitted by its own word, `derive`, and passing
on the right to pass on by `grantUse`. What an offer hands out, to whom and in which form, has to lie within what each
agreement permits, as `odrl.within` proves it; what cannot be proven is not offered. Our own node keeps this where the
sources are stated; whether they are stated is by contract only. Follows: ODRL Vocabulary 2.2, `derive`, `grantUse`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from xinfu import odrl
from xinfu.errors import RefusedError
from xinfu.evidence.entry import Fact
from xinfu.odrl import ChangeEffect, Permission, Policy, PolicyKind
from xinfu.odrl.control.levels import HANDED_OUT
from xinfu.odrl.values.terms import covered_actions
from xinfu.ports.records import AGREEMENTS, AgreementRecord, AgreementState, Asset
from xinfu.ports.store import Step
from xinfu.services.evidence.notes import record_entry
from xinfu.services.offering import errors
from xinfu.services.parts import RecordParts
from xinfu.verdict import Verdict

DERIVE: Final = "derive"
GRANT: Final = "grantUse"


async def check_sources(step: Step, asset: Asset, access: Policy, offer: Policy, now: datetime) -> None:
    """Check that the offer of an asset lies within each agreement whose data it was made from.

    Args:
        access: who sees the offer. offer: its terms.

    Raises:
        RefusedError: `derived.no-agreement`, `derived.not-permitted`.
    """
    asked = odrl.anchor(_going_out(access, offer), now)
    for source in asset.derived_from:
        agreement = await _source(step, source)
        allowed = _passing_on(odrl.anchor(agreement.policy, agreement.concluded))
        if not allowed.permissions or odrl.within(asked, allowed).verdict is not Verdict.YES:
            raise _not_permitted(agreement, allowed, asked)


@asynccontextmanager
async def refusals_noted(parts: RecordParts, context: str, *assets: str) -> AsyncIterator[None]:
    """Record in the log of the context that an offer of these assets was refused."""
    try:
        yield
    except RefusedError as error:
        async with parts.store.step(context) as step:
            facts: dict[str, Fact] = {"code": error.code, "assets": list(assets)}
            await record_entry(step, parts.clock, "refusal", facts, agreement=error.facts.get("agreement"))
        raise


async def _source(step: Step, source: str) -> AgreementRecord:
    known = await step.of(AGREEMENTS).get(source)
    found = [known] if known else await step.of(AGREEMENTS).find(AGREEMENTS.wire_id.equals(source), limit=1)
    if not found or found[0].role != "consumer" or found[0].state is not AgreementState.ACTIVE:
        raise errors.DERIVED_NO_AGREEMENT(agreement=source)
    return found[0]


def _going_out(access: Policy, offer: Policy) -> Policy:
    """The permissions of an offer as they reach others: each under the conditions of those who may see it."""
    return Policy(
        kind=PolicyKind.SET,
        permissions=tuple(
            Permission(
                action=DERIVE if covered_actions(given.action) & HANDED_OUT else GRANT,
                constraints=(*seen.constraints, *given.constraints),
                duties=given.duties,
            )
            for seen in access.permissions
            for given in offer.permissions
        ),
    )


def _passing_on(policy: Policy) -> Policy:
    """The agreement's policy with its permissions to derive and to grant use; a general `use` covers neither."""
    permissions = tuple(each for each in policy.permissions if each.action in (DERIVE, GRANT))
    return replace(policy, permissions=permissions, target=None, assigner=None, assignee=None)


def _not_permitted(agreement: AgreementRecord, allowed: Policy, asked: Policy) -> RefusedError:
    bare = replace(allowed, prohibitions=())
    beyond = [each for each in odrl.difference(bare, asked) if each.effect is not ChangeEffect.STRICTER]
    en, zh = ([getattr(each, language) for each in beyond][:3] for language in ("en", "zh"))
    if not allowed.permissions:
        en, zh = ["nothing made from its data may go to others"], ["不允许向他人提供由其数据派生的产品"]
    said = {
        language: odrl.sentences(allowed, language)[: len(allowed.permissions)] for language in ("en", "zh")
    }
    return errors.DERIVED_NOT_PERMITTED(
        agreement=agreement.wire_id,
        why="; ".join(en) or "it cannot be proven",
        why_zh="；".join(zh) or "无法证明其在允许范围内",
        remedy=" ".join(said["en"]) or "Ask its provider for the permission to derive.",
        remedy_zh="".join(said["zh"]) or "请与数据提供方协商派生许可。",
    )

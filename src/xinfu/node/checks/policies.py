"""Policies that came over EDC's management API without any rule, and what they permit (D-36)."""

from typing import Final

from xinfu.ports.records import POLICIES
from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade, fine
from xinfu.services.parts import RecordParts

LOOKED_AT: Final = 5000
"""So many policies are looked at in one examination."""

_NAMED: Final = 5


async def empty_policies(parts: RecordParts, context: Context) -> list[Finding]:
    """Which policies were posted empty and permit use; nothing where there is none."""
    ids: list[str] = []
    looked, after = 0, None
    while looked < LOOKED_AT:
        async with parts.store.view(context.id) as view:
            page = await view.of(POLICIES).find(after=after, limit=100)
        if not page:
            break
        looked, after = looked + len(page), page[-1].id
        ids += [each.id for each in page if each.posted_empty]
    if not ids:
        return []
    en = f"{len(ids)} policies were posted without a rule and permit use by everyone who sees an offer"
    zh = f"有 {len(ids)} 个策略提交时不含任何规则，凡能看到要约者均可使用"
    named = ", ".join(ids[:_NAMED]) + (" …" if len(ids) > _NAMED else "")
    if context.empty_policy_opens:
        return [fine("policy.posted-empty", f"{en}: {named}.", f"{zh}：{named}。", about=context.id)]
    return [
        Finding(
            code="policy.posted-empty",
            grade=Grade.WARNING,
            en=f"{en}, from before empty_policy was set to nothing: {named}.",
            zh=f"{zh}（早于 empty_policy 设为 nothing）：{named}。",
            help_en="Replace them with policies that say what they permit.",
            help_zh="请改为写明允许内容的策略。",
            about=context.id,
        )
    ]

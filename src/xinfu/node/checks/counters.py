"""The counters of agreements: all that began are in the store."""

from typing import Final

from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade
from xinfu.services.parts import RecordParts

_NAMED: Final = 5


async def counters(parts: RecordParts, context: Context) -> list[Finding]:
    """Return a finding for counters whose rows are missing, or nothing if all are present."""
    async with parts.store.view(context.id) as view:
        found = await view.quotas.missing(_NAMED + 1)
    if not found:
        return []
    named = ", ".join(found[:_NAMED]) + (" …" if len(found) > _NAMED else "")
    return [
        Finding(
            code="counter.missing",
            grade=Grade.FAULT,
            en=f"Counters of uses are missing from the store, and what they count is refused: {named}.",
            zh=f"存储中缺少用量计数，相应的使用一律拒绝：{named}。",
            help_en="Restore the whole store from one backup, or conclude new agreements.",
            help_zh="请用同一份备份完整恢复存储，或重新订立协议。",
            about=context.id,
        )
    ]

"""Grades of what is offered: assets without one, and offers that are too weak for theirs, are not shown to anybody."""

from datetime import datetime
from typing import Final

from xinfu.ports.records import ASSETS, Asset
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade, fine
from xinfu.services.offering.grading import grade_of, withheld
from xinfu.services.parts import RecordParts

LOOKED_AT: Final = 5000
"""So many assets are looked at in one examination."""

_NAMED: Final = 5


async def grades(parts: RecordParts, context: Context) -> list[Finding]:
    """Every asset that is to be offered has a grade, and its offers keep what that asks for."""
    ungraded: list[str] = []
    weak: list[str] = []
    looked, after, now = 0, None, parts.clock.now()
    while looked < LOOKED_AT:
        async with parts.store.view(context.id) as view:
            page = await view.of(ASSETS).find(after=after, limit=100)
            kept_back = [each for each in page if await _is_kept_back(view, each, context, now)]
        if not page:
            break
        looked, after = looked + len(page), page[-1].id
        ungraded += [each.id for each in kept_back if grade_of(each, context) is None]
        weak += [each.id for each in kept_back if grade_of(each, context) is not None]
    found = [*_ungraded(ungraded, context), *_weak(weak, context)]
    if found or not looked:
        return found
    return [
        fine(
            "grade.kept",
            "What is offered has a grade, and its offers keep what that asks for.",
            "所提供的数据均已分级，要约符合各级要求。",
            about=context.id,
        )
    ]


async def _is_kept_back(view: Step, asset: Asset, context: Context, now: datetime) -> bool:
    """Whether an offer of it is not made; data of the lowest grade is offered under any terms."""
    grade = grade_of(asset, context)
    return grade != 1 and bool(await withheld(view, asset, grade, now))


def _ungraded(ids: list[str], context: Context) -> list[Finding]:
    if not ids:
        return []
    return [
        Finding(
            code="grade.none",
            grade=Grade.WARNING,
            en=f"{len(ids)} assets have no grade and are not offered: {_named(ids)}.",
            zh=f"有 {len(ids)} 个数据资源未分级，不予提供：{_named(ids)}。",
            help_en="`xinfu grades set ASSET N`; [[contexts]] grade is that of assets which name none.",
            help_zh="请用 `xinfu grades set 资源 级别` 分级，或在 [[contexts]] grade 中为未标明者设定。",
            about=context.id,
        )
    ]


def _weak(ids: list[str], context: Context) -> list[Finding]:
    if not ids:
        return []
    return [
        Finding(
            code="grade.offer-withheld",
            grade=Grade.WARNING,
            en=f"Offers of {len(ids)} assets are withheld, as they keep less than the grade asks for: {_named(ids)}.",
            zh=f"有 {len(ids)} 个数据资源的要约未达到其分级要求，暂不提供：{_named(ids)}。",
            help_en="`xinfu grades show ASSET` says what each lacks.",
            help_zh="可用 `xinfu grades show 资源` 查看所缺内容。",
            about=context.id,
        )
    ]


def _named(ids: list[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (" …" if len(ids) > _NAMED else "")

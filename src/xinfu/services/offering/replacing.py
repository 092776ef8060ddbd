"""Replacement of a publication: only on request, and with a reason if it gives away more than before.

What is published again just as it stood is measured anew, and replaces nothing. A lower grade, terms that are not proven
to lie within those before, and an offer that more participants see give away more; the reason goes into the log.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.odrl import Change, Policy
from xinfu.odrl.control.grades import name_of
from xinfu.ports.records import ASSETS, DEFINITIONS, POLICIES, Asset
from xinfu.ports.sources import Source
from xinfu.ports.store import Step
from xinfu.services.offering import errors
from xinfu.services.offering.grading import grade_of
from xinfu.services.parts import RecordParts
from xinfu.verdict import Verdict

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_TOLD: Final = 3
"""Changes of terms that a sentence names."""


class CurrentOffer(msgspec.Struct, frozen=True, kw_only=True):
    """The asset, the terms and the access policy that are stored under an id; each may be absent."""

    asset: Asset | None = None
    terms: Policy | None = None
    access: Policy | None = None


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """The changes from a publication to its replacement.

    Attributes:
        source: kind and place of the source before and after; empty where it stays.
        grade: that counted before and counts after; empty where it stays.
        terms: step by step.
        access: who sees the offer, step by step.
        gives_more: the grade is lower, or terms or access are not proven to lie within those before.
    """

    source: tuple[str, ...] = ()
    grade: tuple[int | None, ...] = ()
    terms: tuple[Change, ...] = ()
    access: tuple[Change, ...] = ()
    gives_more: bool = False


async def find_current(step: Step, id_: str) -> CurrentOffer:
    """The asset, the terms and the access policy that are stored under the id of a publication."""
    definition = await step.of(DEFINITIONS).get(id_)
    access = None if definition is None else await step.of(POLICIES).get(definition.access_policy)
    terms = await step.of(POLICIES).get(id_)
    return CurrentOffer(
        asset=await step.of(ASSETS).get(id_),
        terms=None if terms is None else terms.policy,
        access=None if access is None else access.policy,
    )


def replacement(
    parts: RecordParts, context: str, before: CurrentOffer, after: CurrentOffer
) -> Replacement | None:
    """The changes from `before` to `after`; None if statements, grade and rules stay the same."""
    now = parts.clock.now()
    host = parts.contexts.get(context)
    one, other = before.asset, after.asset
    same_words = one is None or other is None or _said(one) == _said(other)
    grades = tuple(None if each is None else grade_of(each, host) for each in (one, other))
    terms, access = _steps(before.terms, after.terms, now), _steps(before.access, after.access, now)
    same_rules = all(
        old is None or new is None or odrl.equivalent(old, new) for old, new in _pairs(before, after)
    )
    if same_words and grades[0] == grades[1] and same_rules:
        return None
    lower = one is not None and grades[0] is not None and (grades[1] or 0) < grades[0]
    wider = any(_wider(old, new, now) for old, new in _pairs(before, after))
    places = tuple(_place(each.source) for each in (one, other) if each is not None)
    return Replacement(
        source=places if len(set(places)) > 1 else (),
        grade=grades if one is not None and grades[0] != grades[1] else (),
        terms=terms,
        access=access,
        gives_more=lower or wider,
    )


def check_wanted(id_: str, found: Replacement | None, *, wanted: bool, reason: str | None) -> None:
    """Refuse to replace what nobody asked to replace, or to give away more without a reason.

    Raises:
        ConflictError: `publication.exists`. InputError: `publication.reason`.
    """
    if found is None:
        return
    if not wanted:
        raise (errors.PUBLICATION_EXISTS_WITH_LESS if found.gives_more else errors.PUBLICATION_EXISTS)(
            asset=id_, found=describe_change(found, "en"), found_zh=describe_change(found, "zh")
        )
    if found.gives_more and not (reason or "").strip():
        raise errors.PUBLICATION_REASON(
            asset=id_, found=describe_change(found, "en"), found_zh=describe_change(found, "zh")
        )


def describe_change(found: Replacement, language: str) -> str:
    """The changes in one line of text."""
    zh = language == "zh"
    said = []
    if found.source:
        said.append(("数据源 " if zh else "source ") + " → ".join(found.source))
    if found.grade:
        names = [
            ("未分级" if zh else "none") if each is None else name_of(each, language) for each in found.grade
        ]
        said.append(("分级 " if zh else "grade ") + " → ".join(names))
    for name, changes in ((("条款", "terms"), found.terms), (("可见范围", "who sees it"), found.access)):
        listed = [each.zh if zh else each.en for each in changes[:_TOLD]]
        listed += ["……" if zh else "…"] if len(changes) > _TOLD else []
        if listed:
            said.append(f"{name[0]}：{'、'.join(listed)}" if zh else f"{name[1]}: {', '.join(listed)}")
    if not said:
        said.append(
            "名称、说明或数据源的设置" if zh else "its title, description or the settings of its source"
        )
    return ("；" if zh else "; ").join(said)


def _pairs(before: CurrentOffer, after: CurrentOffer) -> tuple[tuple[Policy | None, Policy | None], ...]:
    return (before.terms, after.terms), (before.access, after.access)


def _steps(old: Policy | None, new: Policy | None, now: datetime) -> tuple[Change, ...]:
    if old is None or new is None or odrl.equivalent(old, new):
        return ()
    return odrl.difference(odrl.anchor(old, now), odrl.anchor(new, now))


def _wider(old: Policy | None, new: Policy | None, now: datetime) -> bool:
    if old is None or new is None or odrl.equivalent(old, new):
        return False
    return odrl.within(odrl.anchor(new, now), odrl.anchor(old, now)).verdict is not Verdict.YES


def _said(asset: Asset) -> Asset:
    """An asset as its publisher described it, without measured values, timestamps and grade."""
    return replace(asset, size_bytes=None, root=None, columns=(), created=_NEVER, updated=_NEVER, grade=None)


def _place(source: Source) -> str:
    """Kind and place of a source; the place holds no secret."""
    place = source.place
    return str(source.kind) if place is None else f"{source.kind} {place.label}"

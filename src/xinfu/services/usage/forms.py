"""In which form data leaves: which transforms a source carries out, which columns of it a consumer may choose,
and what evidence says of them.

At the provider a rule with a transform opens only where the source carries it out. The consumer's vault holds what left
in that form already, so there nothing is transformed again; but a rule opens no more than that: every permission under
which the data could have left keeps back at least as much.
"""

import csv
import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.errors import NotFoundError, RefusedError
from xinfu.evidence.entry import Fact
from xinfu.odrl import REGISTRY, Columns, Decision, Mask, Program, Registry, Resolution, Rows, Transform
from xinfu.odrl.comparison.leaving import as_strict
from xinfu.odrl.control.levels import HANDED_OUT
from xinfu.ports.dataplane import COLUMNS, LiveRequest
from xinfu.ports.records import ASSETS, AgreementRecord, Asset
from xinfu.ports.store import Step
from xinfu.services.sources.formats import rows_in
from xinfu.services.usage import errors
from xinfu.verdict import Verdict

_LONGEST_LIST: Final = 300

BARE: Final = Registry(transforms=frozenset())
"""Judges for a source that transforms nothing: rules that ask for it are unknown, and stay closed."""


def can_carry_out(asset: Asset, transforms: Sequence[Transform]) -> bool:
    """Whether all of it is done to what leaves of this asset."""
    return not transforms or _has_rows(asset)


def registry_of(asset: Asset | None) -> Registry:
    """By which rules about an asset are judged; of one that is not there yet, nothing is known against it."""
    return REGISTRY if asset is None or _has_rows(asset) else BARE


def _has_rows(asset: Asset) -> bool:
    return asset.source.facts.has_rows or rows_in(asset.source, asset.media_type) is not None


async def is_so(step: Step, agreement: AgreementRecord, program: Program, decision: Decision) -> bool:
    """Whether what leaves under `decision` has, or gets, the form that it asks for."""
    if not decision.transforms:
        return True
    if agreement.role == "consumer":
        opening = [rule for rule in program.permissions if rule.covers & HANDED_OUT]
        strict = (as_strict(rule.transforms, decision.transforms) for rule in opening)
        return bool(opening) and all(each is Verdict.YES for each in strict)
    asset = await step.of(ASSETS).get(agreement.dataset)
    return asset is not None and can_carry_out(asset, decision.transforms)


def check_form(decision: Decision, transforms: Sequence[Transform]) -> None:
    """What is read, with these transforms, has the form that is allowed.

    Raises:
        RefusedError: `transform.changed`: another rule opens by now, with other transforms.
    """
    if decision.transforms != tuple(transforms):
        raise form_changed()


def form_changed() -> RefusedError:
    """What is to leave is not what was looked at a moment ago."""
    return errors.TRANSFORM_CHANGED()


def unknown_columns(asset: Asset, transforms: Sequence[Transform]) -> tuple[str, ...]:
    """Columns that transforms speak of and an asset does not have, where its columns are known."""
    known = {column.name for column in asset.columns}
    spoken = dict.fromkeys(name for each in transforms for name in _about(each))
    return tuple(name for name in spoken if known and name not in known)


def chooses_columns(request: LiveRequest) -> bool:
    """Whether a request asks for chosen columns."""
    return any(name == COLUMNS for name, _ in request.query)


def in_form(decision: Decision, request: LiveRequest) -> LiveRequest:
    """The request for what may leave under `decision`, with the columns that it chooses as `columns=id,amount`.

    One column that the rule keeps back is enough to refuse all of it. A rule that lists columns is known to both
    sides, so a name that it does not list is refused in the same words whether or not the table has it.

    Raises:
        InputError: `parameter.columns`. RefusedError: `column.closed`, which names rule and columns.
    """
    wanted = [value for name, value in request.query if name == COLUMNS]
    columns = tuple(dict.fromkeys(name for each in wanted for name in _listed(each)))
    lists = [each.names for each in decision.transforms if isinstance(each, Columns)]
    closed = [name for name in columns if any(name not in names for names in lists)]
    if closed:
        raise _closed(decision.rule, closed, lists)
    query = tuple(each for each in request.query if each[0] != COLUMNS)
    return replace(request, transforms=decision.transforms, columns=columns, query=query)


def _listed(text: str) -> list[str]:
    """The names of a list; a comma in a name stands between double quotes, as in CSV."""
    try:
        [names] = csv.reader([text], strict=True)
    except (ValueError, csv.Error):
        names = []
    if not names or not all(names):
        raise errors.PARAMETER_COLUMNS()
    return names


def no_columns() -> NotFoundError:
    """What is read has no columns that could be chosen."""
    return errors.COLUMN_NONE()


def _closed(rule: str, closed: Sequence[str], lists: Sequence[Sequence[str]]) -> RefusedError:
    names = ", ".join(name if name.isprintable() else "?" for name in closed)[:_LONGEST_LIST]
    open_ = ", ".join(name for name in lists[0] if all(name in each for each in lists))[:_LONGEST_LIST]
    return errors.COLUMN_CLOSED(rule=rule, columns=names, open=open_)


def form_facts(request: LiveRequest) -> dict[str, Fact]:
    """What evidence says of the form: each transform by its kind and columns, the choice, and a digest of all of it."""
    if not request.form:
        return {}
    encoded = msgspec.json.encode(request.form, order="deterministic")
    named = [" ".join((each.needs, *_told(each))) for each in request.transforms]
    chosen: dict[str, Fact] = {"columns": list(request.columns)} if request.columns else {}
    return {"transforms": named, **chosen, "form": hashlib.sha256(encoded).hexdigest()}


def _told(transform: Transform) -> tuple[str, ...]:
    """How much is done, where that has a name, and to which columns."""
    match transform:
        case Mask():
            return transform.action, *transform.columns
        case Resolution():
            return str(transform.least), *transform.columns
    return _about(transform)


def _about(transform: Transform) -> tuple[str, ...]:
    """The columns that it speaks of."""
    match transform:
        case Columns():
            return transform.names
        case Mask() | Resolution():
            return transform.columns
        case Rows():
            return tuple(dict.fromkeys(test.column for test in transform.tests))
    return ()

"""The form in which data leaves: transforms that a source carries out, columns that a consumer chooses.

At the provider a rule with a transform permits a use only if the source carries out the transform. The consumer's
vault holds data that left in that form already, so nothing is transformed again there; a permission opens it only if
every permission under which the data could have left is at least as strict.
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
from xinfu.odrl.comparison.transform_strength import as_strict
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
    """Whether all these transforms can be applied to what leaves of this asset."""
    return not transforms or _has_rows(asset)


def registry_of(asset: Asset | None) -> Registry:
    """The registry that judges rules about an asset; the full one if the asset is not there yet."""
    return REGISTRY if asset is None or _has_rows(asset) else BARE


def _has_rows(asset: Asset) -> bool:
    return asset.source.facts.has_rows or rows_in(asset.source, asset.media_type) is not None


async def is_so(step: Step, agreement: AgreementRecord, program: Program, decision: Decision) -> bool:
    """Whether the data that leaves under `decision` has, or gets, the form that it requires."""
    if not decision.transforms:
        return True
    if agreement.role == "consumer":
        opening = [rule for rule in program.permissions if rule.covers & HANDED_OUT]
        strict = (as_strict(rule.transforms, decision.transforms) for rule in opening)
        return bool(opening) and all(each is Verdict.YES for each in strict)
    asset = await step.of(ASSETS).get(agreement.dataset)
    return asset is not None and can_carry_out(asset, decision.transforms)


def check_form(decision: Decision, transforms: Sequence[Transform]) -> None:
    """Check that what is read, with these transforms, has the form that is allowed.

    Raises:
        RefusedError: `transform.changed`: another rule opens by now, with other transforms.
    """
    if decision.transforms != tuple(transforms):
        raise form_changed()


def form_changed() -> RefusedError:
    """The error for a form of the data that has changed since it was planned."""
    return errors.TRANSFORM_CHANGED()


def unknown_columns(asset: Asset, transforms: Sequence[Transform]) -> tuple[str, ...]:
    """The columns that transforms name and the asset does not have; empty if its columns are not known."""
    known = {column.name for column in asset.columns}
    spoken = dict.fromkeys(name for each in transforms for name in _about(each))
    return tuple(name for name in spoken if known and name not in known)


def chooses_columns(request: LiveRequest) -> bool:
    """Whether a request asks for chosen columns."""
    return any(name == COLUMNS for name, _ in request.query)


def in_form(decision: Decision, request: LiveRequest) -> LiveRequest:
    """The request with the transforms of `decision` and the columns that it chooses as `columns=id,amount`.

    One column that the rule withholds is enough to refuse the request. Both sides know a rule that lists columns,
    so a name that it does not list is refused in the same words whether or not the table has it.

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
    """The names of a comma-separated list; a name with a comma is put in double quotes, as in CSV."""
    try:
        [names] = csv.reader([text], strict=True)
    except (ValueError, csv.Error):
        names = []
    if not names or not all(names):
        raise errors.PARAMETER_COLUMNS()
    return names


def no_columns() -> NotFoundError:
    """The error for a choice of columns where the data has none."""
    return errors.COLUMN_NONE()


def _closed(rule: str, closed: Sequence[str], lists: Sequence[Sequence[str]]) -> RefusedError:
    names = ", ".join(name if name.isprintable() else "?" for name in closed)[:_LONGEST_LIST]
    open_ = ", ".join(name for name in lists[0] if all(name in each for each in lists))[:_LONGEST_LIST]
    return errors.COLUMN_CLOSED(rule=rule, columns=names, open=open_)


def form_facts(request: LiveRequest) -> dict[str, Fact]:
    """The evidence facts of a form: each transform with its kind and columns, the chosen columns, and a digest."""
    if not request.form:
        return {}
    encoded = msgspec.json.encode(request.form, order="deterministic")
    named = [" ".join((each.needs, *_told(each))) for each in request.transforms]
    chosen: dict[str, Fact] = {"columns": list(request.columns)} if request.columns else {}
    return {"transforms": named, **chosen, "form": hashlib.sha256(encoded).hexdigest()}


def _told(transform: Transform) -> tuple[str, ...]:
    """The degree of a transform, if it has one, and its columns."""
    match transform:
        case Mask():
            return transform.action, *transform.columns
        case Resolution():
            return str(transform.least), *transform.columns
    return _about(transform)


def _about(transform: Transform) -> tuple[str, ...]:
    """The columns that a transform names."""
    match transform:
        case Columns():
            return transform.names
        case Mask() | Resolution():
            return transform.columns
        case Rows():
            return tuple(dict.fromkeys(test.column for test in transform.tests))
    return ()

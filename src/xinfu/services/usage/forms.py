"""In which form data leaves: which transforms a kind of source carries out, and what evidence says of them.

At the provider a rule with a transform opens only where the source carries it out. The consumer's vault holds what left
in that form already, so there nothing is transformed again; but a rule opens no more than that: every permission under
which the data could have left keeps back at least as much.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from xinfu.errors import RefusedError
from xinfu.evidence.entry import Fact
from xinfu.odrl import Columns, Decision, Mask, Program, Registry, Rows, Transform
from xinfu.odrl.control import HANDED_OUT
from xinfu.odrl.leaving import as_strict
from xinfu.ports.dataplane import LiveRequest
from xinfu.ports.records import AgreementRecord
from xinfu.ports.sources import SourceKind
from xinfu.ports.store import Step
from xinfu.verdict import Verdict

CARRIED_OUT: Final[Mapping[SourceKind, frozenset[str]]] = {
    SourceKind.TABLE: frozenset({"columns", "rows", "mask"})
}
"""Kind of source -> kinds of transform; none for the others."""

BARE: Final = Registry(transforms=frozenset())
"""Judges for a source that transforms nothing: rules that ask for it are unknown, and stay closed."""


def can_carry_out(kind: SourceKind, transforms: Sequence[Transform]) -> bool:
    """Whether a source of this kind does all of it."""
    return all(each.needs in CARRIED_OUT.get(kind, ()) for each in transforms)


async def is_so(step: Step, agreement: AgreementRecord, program: Program, decision: Decision) -> bool:
    """Whether what leaves under `decision` has, or gets, the form that it asks for."""
    if not decision.transforms:
        return True
    if agreement.role == "consumer":
        opening = [rule for rule in program.permissions if rule.covers & HANDED_OUT]
        strict = (as_strict(rule.transforms, decision.transforms) for rule in opening)
        return bool(opening) and all(each is Verdict.YES for each in strict)
    asset = await step.assets.get(agreement.dataset)
    return asset is not None and can_carry_out(asset.source.kind, decision.transforms)


def check_form(decision: Decision, request: LiveRequest) -> None:
    """What is read has the form that is allowed.

    Raises:
        RefusedError: `transform.changed`: another rule opens by now, with other transforms.
    """
    if decision.transforms != request.transforms:
        raise RefusedError(
            "transform.changed",
            "The form in which the data may leave has changed meanwhile.",
            "数据可交付的形式在此期间已发生变化。",
            help_en="Ask for it anew.",
            help_zh="请重新请求。",
        )


def form_facts(transforms: Sequence[Transform]) -> dict[str, Fact]:
    """What evidence says of the form: each transform by its kind and columns, and a digest of all of it."""
    if not transforms:
        return {}
    encoded = msgspec.json.encode(transforms, order="deterministic")
    named = [" ".join((each.needs, *_columns(each))) for each in transforms]
    return {"transforms": named, "form": hashlib.sha256(encoded).hexdigest()}


def _columns(transform: Transform) -> tuple[str, ...]:
    match transform:
        case Columns():
            return transform.names
        case Mask():
            return transform.action, *transform.columns
        case Rows():
            return tuple(dict.fromkeys(test.column for test in transform.tests))
        case _:
            return ()

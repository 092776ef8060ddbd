"""`xinfu policy compare`: compare two policies, with a situation that shows the difference."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from xinfu import odrl
from xinfu.cli.options import speaking
from xinfu.cli.output import Output
from xinfu.cli.policy.files import own_words, policy_in
from xinfu.odrl import Comparison, Policy, Relation, WitnessedVerdict
from xinfu.odrl.changes.witness_words import describe_proof
from xinfu.verdict import Verdict

POLICY_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

_TRIPLES: Final = frozenset({".ttl", ".nt"})
"""Ends of names of files in Turtle or N-Triples."""
_SAID: Final = {
    Relation.EQUIVALENT: ("equivalent: A and B permit the same", "equivalent：A 与 B 允许的内容相同"),
    Relation.CONFLICTING: (
        "conflicting: neither lies within the other",
        "conflicting：两者互不包含",
    ),
    Relation.UNKNOWN: (
        "unknown: it cannot be proven, a person has to look",
        "unknown：无法证明，需由人员判断",
    ),
}


_SILENT: Final = (
    "  {0} names no target. It is taken to be about the target of {1}, as an offer in a catalog is.",
    "  {0} 未指明客体，按目录中的要约处理，视为与 {1} 的客体相同。",
)


@click.command(name="compare")
@click.argument("one", metavar="A", type=POLICY_FILE)
@click.argument("other", metavar="B", type=POLICY_FILE)
@speaking
def compare_command(out: Output, /, one: Path, other: Path) -> None:
    """Show whether A and B are equivalent, one lies within the other, they conflict, or their relation is unknown.

    A and B are files with a policy: ODRL as JSON or Turtle (.ttl), or short words. The difference is shown
    by a situation that was tested on both, and by the steps from A to B. A time relative to the agreement
    (contractAgreement+30d) is relative to now in both.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    policies = (odrl.anchor(_read(one), now), odrl.anchor(_read(other), now))
    found = odrl.compare(*policies)
    changes = odrl.difference(*policies)
    out.give(_document(found, changes), _lines(out, found, changes))


def _read(path: Path) -> Policy:
    if path.suffix.lower() not in _TRIPLES:
        return policy_in(path)
    from xinfu.cli.policy.evaluate import text_of
    from xinfu.odrl.report import documents

    with own_words():
        return documents.read_policy(text_of(path))


def _document(found: Comparison, changes: tuple[odrl.Change, ...]) -> dict[str, Any]:
    return {
        "relation": found.relation.value,
        "inner": None if found.inner is None else "AB"[found.inner],
        "without_target": None if found.silent is None else "AB"[found.silent],
        "a_within_b": _proof(found.proofs[0], "AB"),
        "b_within_a": _proof(found.proofs[1], "BA"),
        "clash": _proof(found.clash, "AB"),
        "difference": changes,
    }


def _proof(proof: WitnessedVerdict, names: str) -> dict[str, Any]:
    witness = proof.witness
    return {
        "verdict": proof.verdict.name.lower(),
        "code": proof.code,
        "path": proof.path,
        "situation": None if witness is None else witness.situation,
        "zh": describe_proof(proof, "zh", names),
        "en": describe_proof(proof, "en", names),
    }


def _lines(out: Output, found: Comparison, changes: tuple[odrl.Change, ...]) -> list[str]:
    lines = [out.pick(*_said(found))]
    if found.silent is not None:
        lines.append(out.pick(*_SILENT).format(*("AB" if found.silent == 0 else "BA")))
    for proof, names in zip(found.proofs, ("AB", "BA"), strict=True):
        said = describe_proof(proof, out.language, names)
        lines += [f"  {said}"] if said else []
    if found.clash.verdict is Verdict.YES:
        lines.append(
            out.pick("  One permits what the other prohibits:", "  一方允许的内容被另一方禁止：")
            + f" {found.clash.path}, {found.clash.name}"
        )
    if changes:
        lines += [out.pick("From A to B:", "从 A 到 B："), *odrl.change_lines(changes, out.language)]
    return lines


def _said(found: Comparison) -> tuple[str, str]:
    if found.inner is None:
        return _SAID[found.relation]
    inner, outer = "AB" if found.inner == 0 else "BA"
    return f"within: {inner} lies within {outer}", f"within：{inner} 包含于 {outer}"

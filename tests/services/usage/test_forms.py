"""What the consumer's vault holds has its form already; no rule there opens more than what could have left."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from xinfu import odrl
from xinfu.odrl import Mask, PolicyKind, Rows, RowTest, Situation
from xinfu.ports.records import AgreementRecord
from xinfu.ports.sources import SourceKind
from xinfu.ports.store import Step
from xinfu.services.usage.forms import can_carry_out, form_facts, is_so
from xinfu.verdict import Verdict

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = {"leftOperand": "dataField", "operator": "isAnyOf", "rightOperand": ["a", "b"]}
ONE = {"leftOperand": "dataField", "operator": "eq", "rightOperand": "a"}
HIDING = {"action": {"rdf:value": {"@id": "odrl:anonymize"}, "refinement": [ONE]}}
NARROW, WIDE = {"action": "use", "constraint": [ONE]}, {"action": "use", "constraint": [FIELDS]}
READING = {
    "action": "read",
    "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "x"}],
}
SPREADING = {"action": "distribute", "duty": [HIDING]}


@pytest.mark.parametrize(
    ("rules", "action", "opens"),
    [
        ([NARROW], "read", True),
        ([NARROW], "reproduce", True),
        ([WIDE, NARROW], "read", True),
        ([NARROW, WIDE], "read", False),
        ([READING, SPREADING], "distribute", False),
        ([READING], "distribute", False),
    ],
)
async def test_a_vault_opens_no_more_than_what_could_have_left(
    rules: list[dict[str, Any]], action: str, opens: bool
) -> None:
    policy = odrl.read({"permission": rules}, kind=PolicyKind.AGREEMENT)
    program = odrl.compile(policy)
    decision = odrl.evaluate(program, Situation(action=action))
    agreement = AgreementRecord(
        id="a",
        context="c",
        wire_id="urn:a",
        peer="did:web:p",
        dataset="d",
        negotiation="n",
        role="consumer",
        policy=policy,
        concluded=NOW,
        updated=NOW,
    )
    held = decision.verdict is Verdict.YES and await is_so(cast("Step", None), agreement, program, decision)
    assert held is opens


def test_only_tables_change_data_and_evidence_names_how() -> None:
    transforms = (Rows((RowTest("a", "eq", ("1",), True),)), Mask(("b",), "anonymize"))
    able = [kind for kind in SourceKind if can_carry_out(kind, transforms)]
    assert able == [SourceKind.TABLE]
    facts = form_facts(transforms)
    assert facts["transforms"] == ["rows a", "mask anonymize b"]
    assert facts["form"] != form_facts(transforms[:1])["form"]
    assert form_facts(()) == {}

"""What the consumer's vault holds has its form already; no rule there opens more than what could have left."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest

from xinfu import odrl
from xinfu.errors import InputError, RefusedError
from xinfu.odrl import Columns, Decision, Effect, Mask, PolicyKind, Rows, RowTest, Situation, Transform
from xinfu.ports.dataplane import LiveRequest
from xinfu.ports.records import AgreementRecord, Asset
from xinfu.ports.sources import FileSource, FolderSource, HttpSource, Source, TableSource
from xinfu.ports.store import Step
from xinfu.services.usage.forms import can_carry_out, form_facts, in_form, is_so
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


def asset(source: Source, media_type: str = "application/octet-stream") -> Asset:
    """An asset with this source."""
    return Asset(id="d", context="c", source=source, media_type=media_type, created=NOW, updated=NOW)


TABLE = TableSource(engine="sqlite", database="x.db", table="t")
ABLE = [
    (asset(TABLE), True),
    (asset(FileSource(path="/x/a.csv")), True),
    (asset(FileSource(path="/x/A.NDJSON")), True),
    (asset(FileSource(path="/x/a.txt"), "text/csv; header=present"), True),
    (asset(FileSource(path="/x/a.csv"), "application/pdf"), False),
    (asset(FileSource(path="/x/a.csv.gz")), False),
    (asset(FolderSource(path="/x/a.csv")), False),
    (asset(HttpSource(url="https://x/a.csv")), False),
]
SOME = (Rows((RowTest("a", "eq", ("1",), True),)), Mask(("b",), "anonymize"))


@pytest.mark.parametrize(("given", "able"), ABLE)
def test_what_has_rows_is_changed_before_it_leaves(given: Asset, able: bool) -> None:
    assert can_carry_out(given, SOME) is able
    assert can_carry_out(given, ())


def test_evidence_names_the_form() -> None:
    transforms = SOME
    facts = form_facts(LiveRequest(transforms=transforms))
    assert facts["transforms"] == ["rows a", "mask anonymize b"]
    assert facts["form"] != form_facts(LiveRequest(transforms=transforms[:1]))["form"]
    chosen = form_facts(LiveRequest(transforms=transforms, columns=("a",)))
    assert (chosen["columns"], chosen["form"] == facts["form"]) == (["a"], False)
    assert form_facts(LiveRequest()) == {}


def yes(*transforms: Transform) -> Decision:
    """A yes of the second permission."""
    return Decision(
        effect=Effect.ALLOW_WITH, verdict=Verdict.YES, rule="permission[1]", transforms=transforms
    )


def choosing(*texts: str) -> LiveRequest:
    return LiveRequest(query=(("format", "csv"), *(("columns", text) for text in texts)))


def test_columns_are_chosen_among_those_that_may_leave() -> None:
    form = in_form(yes(Columns(("a", 'b "x", y'))), choosing('"b ""x"", y"', "a,a"))
    assert form.columns == ('b "x", y', "a")
    assert form.query == (("format", "csv"),)
    assert in_form(yes(Columns(("a",))), choosing()).columns == ()
    assert in_form(yes(), choosing("anything")).columns == ("anything",)


@pytest.mark.parametrize("wanted", ["terms", "id,terms", "terms,nowhere", "id, amount"])
def test_one_closed_column_refuses_all_and_names_column_and_rule(wanted: str) -> None:
    with pytest.raises(RefusedError) as refused:
        in_form(yes(Columns(("id", "amount")), Columns(("amount", "id", "party"))), choosing(wanted))
    error = refused.value
    closed = [name for name in wanted.split(",") if name not in ("id", "amount")]
    assert (error.code, error.facts) == (
        "column.closed",
        {"rule": "permission[1]", "columns": ", ".join(closed)},
    )
    for said in (error.en, error.zh):
        assert "permission[1]" in said
        assert closed[0] in said
    assert "id, amount" in error.help_en


@pytest.mark.parametrize("wanted", ["", "a,", ",a", '"a', "a\nb"])
def test_a_list_of_columns_that_cannot_be_read_is_no_list_of_all(wanted: str) -> None:
    with pytest.raises(InputError) as refused:
        in_form(yes(), choosing(wanted))
    assert refused.value.code == "parameter.columns"

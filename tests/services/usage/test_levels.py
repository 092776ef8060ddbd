"""The table of levels (docs/reference/levels.md) is true: each technical cell allows and refuses, each closed one
refuses everything.

Every rule is read from the words of the standard, and decided and paid as the node does it, over a real store.
"""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace
from tests.journeys import test_vault_deleting as deleting
from tests.services.contracts import test_recorded as recorded
from tests.services.usage.conftest import PEER, Bureau, Make

from xinfu import odrl
from xinfu.contracts import levels
from xinfu.contracts.levels import Mark, cell, cell_policy, sample, table
from xinfu.contracts.terms import ACTIONS
from xinfu.contracts.values import read_constraint
from xinfu.errors import RefusedError
from xinfu.odrl import Measure, PolicyKind
from xinfu.odrl.duties.life import DutyState, Trigger
from xinfu.odrl.model.transforms import TRANSFORMS
from xinfu.ports.records import DUTIES, TRANSFERS, AgreementRecord, DutyRecord
from xinfu.ports.sources import FileSource, TableSource
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm, publish
from xinfu.services.usage import grants
from xinfu.services.usage.account import take
from xinfu.services.usage.decide import AT_THE_NODE, COUNTED, decide
from xinfu.services.usage.facts import OUTSIDE, UNSEEN, VAULT, Channel
from xinfu.services.usage.payments import record as record_payment
from xinfu.verdict import Verdict

SIZE: Final = 1000
AGREEMENT: Final = PolicyKind.AGREEMENT
CELLS: Final = table()
TECHNICAL: Final = [pair for pair, found in CELLS.items() if found.mark in (Mark.PROVIDER, Mark.ENVIRONMENT)]
CLOSED: Final = [pair for pair, found in CELLS.items() if found.mark is Mark.CLOSED]
BEFORE: Final = [(action, name) for action, name in TECHNICAL if action == "compensate"]
BY_THE_VAULT: Final = {
    ("delete", "time"): deleting.test_a_time_to_delete_by_is_kept_without_anybody_asking,
    ("delete", "timeWindow"): deleting.test_a_time_to_delete_within_is_kept_without_anybody_asking,
}
"""Between two running nodes: read before its moment, and gone after it."""
BY_REPORTS: Final = {
    "logRecordSend": (recorded.test_records_go_by_themselves_and_keep_the_duty, recorded.test_a_duty_lapses),
    "alert": (recorded.test_refusals_are_told_and_keep_the_duty, recorded.test_a_duty_lapses),
}
"""Between two running nodes: kept under a filed contract, whatever the condition; without one the next use is refused."""
USES: Final = [
    pair
    for pair in TECHNICAL
    if pair not in BEFORE and pair not in BY_THE_VAULT and pair[0] not in BY_REPORTS
]

LATER: Final = {"time": timedelta(days=3650), "timeWindow": timedelta(days=8)}
"""How long after a use that was allowed the next one is refused."""
SPENT: Final = {"count": 3, "frequency": 3, "dataSize": 2, "dateRecord": 3}
"""How many uses of 1000 bytes and one row the samples grant."""
FORMS: Final = frozenset({"dataField", "valueExpression"})
"""What is done to the data before it leaves, which tables carry out."""
SEEN: Final = {
    "networkAddress": (Channel(address="10.1.2.3"), Channel(address="192.0.2.1")),
    "encryptMode": (Channel(encrypted=True), Channel(encrypted=False)),
}
"""How a read is seen to come that fits the sample, and one that does not; of an export it is the other way round."""
OUTSIDE_VALUES: Final = {"executionEnv": OUTSIDE, "encryptMode": "01"}
"""What holds of an export."""
HANDS_OUT: Final = ("access", "read", "storage", "download", "delivery", "expansionItem")
STATED: Final = {
    "region": ("spatial", "CN-HN", "US"),
    "physicalAddress": ("systemDevice", "urn:example:1", "urn:example:2"),
    "application": ("application", "urn:example:application", "urn:example:other"),
    "algorithm": ("algorithm", "urn:example:algorithm", "urn:example:other"),
    "machineLearningModels": ("machineLearningModels", "urn:example:model", "urn:example:other"),
}
"""What a consumer declares of its use: the left operand, what fits the sample, and what does not."""
DECLARED: Final = [(action, name) for action in HANDS_OUT for name in STATED]


async def act(
    bureau: Bureau,
    record: AgreementRecord,
    *,
    action: str | None = None,
    environment: str | None = None,
    way: Channel = UNSEEN,
    purpose: str = "research",
) -> str:
    """One use, asked for and paid: "", or the code of its refusal."""
    now = bureau.clock.now()
    exporting = action is not None
    async with bureau.node.parts.store.step("bureau") as step:
        decision = await decide(
            step,
            bureau.node.parts,
            record,
            claims={},
            purpose=purpose,
            now=now,
            transfer=bureau.transfer,
            action=action,
            environment=environment,
            channel=way,
            counted=COUNTED if exporting else AT_THE_NODE - {Measure.METERED},
        )
        if decision.verdict is not Verdict.YES:
            return decision.reasons[0].code
        grant = await grants.latest(step, bureau.transfer)
        assert grant is not None
        try:
            await take(step, bureau.clock, decision, record, grant, uses=1, size_bytes=SIZE, rows=1)
        except RefusedError as error:
            return error.code
    return ""


def under(bureau: Bureau, action: str, name: str, value: str = "", dataset: str = "air") -> AgreementRecord:
    """The agreement of the bureau with the one rule of a cell."""
    written = sample(name)
    policy = cell_policy(action, read_constraint(replace(written, value=value or written.value)))
    return replace(bureau.agreement, dataset=dataset, policy=replace(policy, target=dataset, assignee=PEER))


def asking(action: str, name: str) -> dict[str, Any]:
    """How a use of the cell is asked for: an export, one that lands in a vault, or one anywhere."""
    if action == "reproduce":
        return {"action": action, "environment": OUTSIDE, "way": SEEN["encryptMode"][1]}
    is_vault = action in ("read", "storage") or name == "executionEnv"
    return {"environment": VAULT if is_vault else None, "way": SEEN.get(name, (UNSEEN,))[0]}


async def without_rows(bureau: Bureau, folder: Path) -> str:
    """A dataset whose data is no rows, published at the bureau."""
    (folder / "paper.pdf").write_bytes(b"%PDF-1.7")
    source = FileSource(path=str(folder / "paper.pdf"))
    form = PublicationForm(
        asset=AssetForm(id="papers", source=source), policy={"permission": [{"action": "use"}]}
    )
    await publish(bureau.node.parts, "bureau", form)
    return "papers"


async def table_of(bureau: Bureau, folder: Path) -> str:
    """A dataset with rows, published at the bureau."""
    with sqlite3.connect(folder / "rows.db") as database:
        database.execute("CREATE TABLE readings (day INTEGER)")
    database.close()
    source = TableSource(engine="sqlite", database=str(folder / "rows.db"), table="readings")
    form = PublicationForm(
        asset=AssetForm(id="rows", source=source), policy={"permission": [{"action": "use"}]}
    )
    await publish(bureau.node.parts, "bureau", form)
    return "rows"


@pytest.mark.parametrize(("action", "name"), USES)
async def test_a_technical_cell_allows_and_refuses(
    bureau_of: Make, tmp_path: Path, action: str, name: str
) -> None:
    bureau = await bureau_of(size=SIZE)
    transforms = name in FORMS or action in TRANSFORMS
    dataset = await table_of(bureau, tmp_path) if transforms or name == "dateRecord" else "air"
    asked = asking(action, name)
    exporting = action == "reproduce"
    fitting = OUTSIDE_VALUES.get(name, "") if exporting else ""
    record = under(bureau, action, name, fitting, dataset)
    if name == "payAmount" and not transforms:
        assert await act(bureau, record, **asked) == "payment.other"
        await record_payment(
            bureau.node.parts, "bureau", record.id, receipt="r", amount="100.00", currency="CNY"
        )
    assert await act(bureau, record, **asked) == ""
    if transforms:
        papers = await without_rows(bureau, tmp_path)
        assert await act(bureau, under(bureau, action, name, dataset=papers), **asked), "it has no rows"
    elif name == "payAmount":
        return  # refused above, until it was paid
    elif name in LATER:
        bureau.clock.at += LATER[name]
        assert (await act(bureau, record, **asked)).startswith("time.")
    elif name in SPENT:
        more = [await act(bureau, record, **asked) for _ in range(SPENT[name])]
        assert not any(more[:-1])
        assert more[-1].endswith(".exhausted")
    elif name in SEEN and not exporting:
        assert await act(bureau, record, **asked | {"way": SEEN[name][1]}) == "trait.other"
        assert await act(bureau, record, **asked | {"way": UNSEEN}) == "fact.missing"
    elif name == "executionEnv" and not exporting:
        assert await act(bureau, record, action="reproduce", environment=OUTSIDE)
        assert await act(bureau, record), "who declares no vault gets nothing"
    else:
        other = "03" if name == "deliveryMethod" else ""
        assert await act(bureau, under(bureau, action, name, other), **asked) == "trait.other"


async def declare(bureau: Bureau, **declared: str) -> None:
    """The request of the transfer that runs had said this."""
    async with bureau.node.parts.store.step("bureau") as step:
        process = await step.of(TRANSFERS).lock(bureau.transfer)
        await step.of(TRANSFERS).save(replace(process, declared=declared))


@pytest.mark.parametrize(("action", "name"), DECLARED)
async def test_what_is_by_contract_opens_to_who_declares_it_and_to_nobody_else(
    bureau_of: Make, action: str, name: str
) -> None:
    bureau = await bureau_of(size=SIZE)
    record, asked = under(bureau, action, name), asking(action, name)
    left, fits, other = STATED[name]
    assert await act(bureau, record, **asked) == "fact.missing"
    await declare(bureau, **{left: other})
    assert await act(bureau, record, **asked) in ("trait.other", "spatial.outside")
    await declare(bureau, **{left: fits})
    assert await act(bureau, record, **asked) == ""
    assert CELLS[action, name].mark is Mark.CONTRACT


@pytest.mark.parametrize("action", HANDS_OUT)
async def test_another_purpose_than_the_declared_one_is_refused(bureau_of: Make, action: str) -> None:
    bureau = await bureau_of(size=SIZE)
    record, asked = under(bureau, action, "expansionItem"), asking(action, "expansionItem")
    assert await act(bureau, record, **asked) == ""
    assert await act(bureau, record, **asked, purpose="marketing") == "purpose.not-included"


async def test_each_way_of_handing_out_is_permitted_and_prohibited_for_itself(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    opens = {
        "download": {None: True, VAULT: False},
        "storage": {None: False, VAULT: True},
        "read": {None: False, VAULT: True},
        "delivery": {None: True, VAULT: True},
        "access": {None: True, VAULT: True},
        "use": {None: True, VAULT: True},
        "compute": {None: False, VAULT: False},
    }
    for action, answers in opens.items():
        rule = {"permission": [{"action": action}], "target": "air", "assignee": PEER}
        barred = {**rule, "permission": [{"action": "use"}], "prohibition": [{"action": action}]}
        for environment, is_open in answers.items():
            permitting = replace(bureau.agreement, policy=odrl.read(rule, kind=AGREEMENT))
            assert (await act(bureau, permitting, environment=environment) == "") is is_open, action
            barring = odrl.read(barred | {"conflict": "prohibit"}, kind=AGREEMENT)
            code = await act(bureau, replace(bureau.agreement, policy=barring), environment=environment)
            assert (code == "") is not is_open, action


@pytest.mark.parametrize(("action", "name"), BEFORE)
async def test_nothing_is_handed_out_before_a_duty_that_comes_first_is_done(
    bureau_of: Make, action: str, name: str
) -> None:
    bureau = await bureau_of(size=SIZE)
    record = under(bureau, action, name)
    assert await act(bureau, record) == "duty.unmet"
    now = bureau.clock.now()
    done = DutyRecord(
        id="done",
        context="bureau",
        agreement=record.id,
        wire_id=record.wire_id,
        key="permission[0].duty[0]",
        action=action,
        peer=PEER,
        owes=False,
        state=DutyState.CLAIMED,
        trigger=Trigger.AGREEMENT,
        created=now,
        updated=now,
    )
    async with bureau.node.parts.store.step("bureau") as step:
        await step.of(DUTIES).add(done)
    assert await act(bureau, record) == "duty.unmet", "a claim is no proof"
    async with bureau.node.parts.store.step("bureau") as step:
        await step.of(DUTIES).save(replace(done, state=DutyState.FULFILLED))
    assert await act(bureau, record) == ""


async def test_a_closed_cell_refuses_whoever_asks(bureau_of: Make) -> None:
    bureau = await bureau_of(size=SIZE)
    for action, name in CLOSED:
        record = under(bureau, action, name)
        for environment in (None, VAULT, OUTSIDE):
            seen = Channel(address="10.1.2.3", encrypted=True)
            assert await act(bureau, record, environment=environment, way=seen), (
                action,
                name,
                environment,
            )
            assert await act(bureau, record, action="reproduce", environment=environment), (action, name)


async def test_what_is_said_of_the_inside_of_a_vault_is_what_it_decides(bureau_of: Make) -> None:
    """The consumer's node does not hold the asset, and counts neither rows nor time of use."""
    bureau = await bureau_of(size=SIZE)
    for action in ("read", "reproduce", "expansionItem"):
        for name in ("dateRecord", "deliveryMethod", "networkAddress", "count"):
            record = replace(under(bureau, action, name), dataset="urn:theirs")
            record = replace(record, policy=replace(record.policy, target="urn:theirs"))
            inside = cell(action, name).level
            assert inside is not None
            code = await act(
                bureau, record, action="read" if action == "read" else "reproduce", environment=OUTSIDE
            )
            assert (inside.inside == "closed") is (code == "fact.missing"), (action, name, code)


def test_every_cell_is_what_the_table_can_say_and_tells_why_in_both_languages() -> None:
    assert len(CELLS) == 21 * 19
    for (action, name), found in CELLS.items():
        assert all((found.zh, found.en)), (action, name)
        assert (found.level is None) is (found.mark is Mark.MEANINGLESS)
    assert set(BY_THE_VAULT) <= set(TECHNICAL)
    assert set(ACTIONS) >= levels.DUTIES
    assert msgspec.json.encode(CELLS["read", "count"].level)

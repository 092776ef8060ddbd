"""S01 through real nodes, once: every figure, every refusal with its evidence, and what each visitor may see."""

import json
from pathlib import Path

import pytest
import pytest_asyncio
from tests.scenarios.test_s03_scenario import Listener

from xinfu.cli.playing import find, set_stage
from xinfu.errors import InputError
from xinfu_scenarios.proof import verify
from xinfu_scenarios.s01 import SCENARIO, generator
from xinfu_scenarios.s01.generator import Generated
from xinfu_scenarios.s01.story import Story
from xinfu_scenarios.scenario import Scenario

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ledger")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(out: Path) -> Story:
    """The scenario, played once through real nodes."""
    async with set_stage(SCENARIO, [out]) as stage:
        return await SCENARIO.demo(stage.nodes, out, None, Listener())


async def test_the_scenario_is_found_by_its_name_and_needs_no_data() -> None:
    found: Scenario = SCENARIO
    assert find("S01") is found
    assert not found.needs_data
    assert len(found.participants) == 11


async def test_parameters_and_files_are_refused_before_any_node_is_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        await SCENARIO.run({}, tmp_path, tmp_path, b'{"year": 1}', Listener())
    assert caught.value.code == "scenario.params-wrong"
    for wrong in (
        b'{"groups": 1}',
        b'{"groups": 9, "provincial_agreements": 8}',
        b'{"central_agreements": 2}',
    ):
        with pytest.raises(InputError) as caught:
            SCENARIO.cast(wrong)
        assert caught.value.code == "scenario.params-wrong"
    assert len(SCENARIO.cast(b'{"groups": 3}')) == 6
    with pytest.raises(InputError) as caught:
        await SCENARIO.demo({}, tmp_path, [tmp_path / "a.csv"], Listener())
    assert caught.value.code == "scenario.generated-only"


@pytest.mark.slow
async def test_every_figure_is_that_of_the_card(story: Story, shared: Path) -> None:
    assert story.found.plain() == json.loads((shared / "scenarios/expected/S01.json").read_text())
    assert story.counts_kept == ((9, 9), (16, 16), (6, 6))


@pytest.mark.slow
async def test_it_is_played_with_other_numbers_of_groups_and_agreements(tmp_path: Path) -> None:
    params = b'{"groups": 2, "provincial_agreements": 7, "central_agreements": 3}'
    async with set_stage(SCENARIO, [tmp_path], params) as stage:
        found = await SCENARIO.run(stage.nodes, tmp_path, tmp_path, params, Listener())
    assert (len(found["provincial"]), len(found["central"]), len(found["projects"])) == (7, 3, 2)
    assert found["sums"] == [36190, 28540, 580]


@pytest.mark.slow
async def test_each_contract_is_signed_by_both_and_filed(story: Story) -> None:
    contracts = [firm.ledger.counted[0].signed for firm in story.ledgers]
    for signed in (*contracts, story.corrected.signed, story.delegated):
        assert signed.complete
        assert (len(signed.signatures), signed.status) == (2, "05")
    assert len({signed.number for signed in contracts}) == 9


@pytest.mark.slow
async def test_the_correction_moves_the_sum_and_the_one_before_stays(story: Story) -> None:
    moved = story.corrected
    assert (moved.before, moved.after) == (36190, 36190 + moved.said.amount - moved.said.was)
    told = [row for row in story.rows if (row.figure, row.side) == ("amount", "provincial")]
    assert [row.value for row in told] == ["361.9", "363.4"]
    assert told[0].as_of < told[1].as_of


@pytest.mark.slow
async def test_exactly_as_many_reads_are_answered_as_were_agreed(story: Story) -> None:
    assert (story.reads.answered, story.reads.granted) == (100, 100)
    assert story.reads.recorded == 100


@pytest.mark.slow
async def test_all_is_refused_with_code_rule_and_evidence(story: Story) -> None:
    told = [(one.number, one.code) for one in story.refusals]
    assert sorted(told) == [
        (1, "dataset.not-found"),
        *[(2, "column.closed")] * 4,
        (3, "contract.unsigned"),
        (3, "contract.unsigned"),
        (3, "ledger.edited"),
        (4, "count.exhausted"),
        (5, "derived.not-permitted"),
        *[(6, "derived.not-permitted")] * 3,
    ]
    for one in story.refusals:
        assert all((one.answer.en, one.answer.zh, one.rule.en, one.rule.zh, one.entry))


@pytest.mark.slow
async def test_a_page_holds_what_its_visitor_may_see_and_nothing_else(story: Story, out: Path) -> None:
    public, city, province = (
        (out / name).read_text(encoding="utf-8") for name in ("ledger.html", "city.html", "province.html")
    )
    entries = (*generator.provincial(Generated()), *generator.central(Generated()))
    for entry in entries:
        assert entry.party not in public + province
        assert entry.signed.isoformat() not in public + province
        assert entry.terms not in public + province
        assert entry.party in city
    assert all(row.id in province for row in story.opened)
    assert all(words in public for words in ("361.9", "285.4", "超过40"))
    assert "100 / 100" in province
    for page in (public, city, province):
        assert "<script" not in page
        assert "模拟生成" in page
        assert page.count("<svg") >= 4


@pytest.mark.slow
async def test_the_receipts_hold(story: Story, out: Path) -> None:
    trust = [out / name for name in story.trust_files]
    outcomes = [(await verify(path, trust=trust)).outcome for path in story.receipts]
    assert outcomes == ["established"] * 4

"""The maintenance contract through real nodes: counted, refused, revoked, deleted, and told as it was."""

import gzip
import hashlib
from pathlib import Path

import pytest
from tests.scenarios.test_s03_scenario import Listener

from xinfu.cli.playing import find, set_stage
from xinfu.errors import InputError
from xinfu_scenarios.maintenance import SCENARIO
from xinfu_scenarios.maintenance.play import CONTRACT, PAGE
from xinfu_scenarios.maintenance.story import Story
from xinfu_scenarios.proof import verify
from xinfu_scenarios.scenario import Scenario


async def played(out: Path, say: Listener, files: list[Path] | None = None) -> Story:
    out.mkdir(exist_ok=True)
    async with set_stage(SCENARIO, [out, *(path.parent for path in files or ())]) as stage:
        return await SCENARIO.demo(stage.nodes, out, files, say)


def test_the_scenario_is_found_by_its_name() -> None:
    found: Scenario = SCENARIO
    assert find("maintenance") is found
    assert [one.role for one in found.participants] == ["provider", "consumer"]


@pytest.mark.slow
async def test_the_contract_is_agreed_signed_counted_revoked_and_its_data_destroyed(tmp_path: Path) -> None:
    say = Listener()
    story = await played(tmp_path, say)
    assert len(story.changes) == 3
    assert len([one for one in story.contract.parties if one.signed]) == 2
    assert (story.contract.status, story.ended, story.signatures_hold) == ("05", "06", True)
    assert story.contract.filing is not None
    assert len(story.reads) == 3
    codes = [one.code for one in story.refusals]
    assert codes == ["count.exhausted", "count.exhausted", "agreement.terminated"]
    assert all(one.answer.en and one.answer.zh and one.way_out.zh for one in story.refusals)
    assert story.explained[0].en == "No."
    assert "3" in story.explained[1].zh
    assert story.stream.outcome == "agreement.terminated"
    assert story.stream.came_bytes < story.stream.size_bytes
    assert story.stream.left_bytes < story.stream.size_bytes
    duty = story.deletion.duty
    assert (duty.state, duty.owes, duty.proof and duty.proof.assurance) == ("fulfilled", False, "observed")
    assert len(set(story.deletion.keys)) == story.deletion.destroyed == 3
    assert all(story.deletion.keys)
    assert len(say.said) == len(story.events)
    _told(story, tmp_path)
    trust = [tmp_path / name for name in story.trust_files]
    assert [(await verify(path, trust=trust)).outcome for path in story.receipts] == ["established"] * 4


def _told(story: Story, out: Path) -> None:
    """The page and the printed contract say it, and the page says that the data is generated."""
    page = (out / PAGE).read_text(encoding="utf-8")
    for word in (story.contract.number, story.changes[0].zh, story.refusals[0].answer.zh, "模拟生成"):
        assert word in page
    assert "<script" not in page
    assert story.contract.number in (out / CONTRACT).read_text(encoding="utf-8")


@pytest.mark.slow
async def test_it_is_played_on_a_file_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own" / "train.txt.gz"
    own.parent.mkdir()
    own.write_bytes(gzip.compress(b"1 1 -0.0007 -0.0004 100.0\n" * 50))
    story = await played(tmp_path / "out", Listener(), [own])
    assert not story.generated
    assert {one.sha256 for one in story.reads} == {hashlib.sha256(own.read_bytes()).hexdigest()}
    assert not list((tmp_path / "out" / "published").glob("*telemetry*"))
    assert "train.txt.gz" in story.page.read_text(encoding="utf-8")


async def test_two_files_are_refused_before_any_node_is_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        await SCENARIO.demo({}, tmp_path, [tmp_path / "a", tmp_path / "b"], Listener())
    assert caught.value.code == "scenario.one-file"


async def test_it_computes_no_figures(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        await SCENARIO.run({}, tmp_path, tmp_path, None, Listener())
    assert caught.value.code == "scenario.demo-only"

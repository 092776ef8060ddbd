"""S03 through real nodes: the demo with its three refusals, and every figure of the card from pulled copies."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from xinfu.cli.playing import find, set_stage
from xinfu.errors import InputError
from xinfu_scenarios.diary import Side
from xinfu_scenarios.proof import ALTERED, verify
from xinfu_scenarios.s03 import SCENARIO
from xinfu_scenarios.s03.params import Params
from xinfu_scenarios.s03.play import PAGE
from xinfu_scenarios.s03.story import Story
from xinfu_scenarios.scenario import Scenario


class Listener:
    """Keeps what was said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def __call__(self, en: str, zh: str) -> None:
        self.said.append((en, zh))


@pytest.fixture
def say() -> Listener:
    return Listener()


def test_the_scenario_is_found_by_its_name() -> None:
    found: Scenario = SCENARIO
    assert find("S03") is found
    assert [one.role for one in found.participants] == ["provider", "consumer"]
    assert "beijing" in json.dumps(dict(found.params_schema))


async def played(out: Path, say: Listener, files: list[Path] | None = None) -> Story:
    folders = [out, *(path.parent for path in files or ())]
    async with set_stage(SCENARIO, folders) as stage:
        return await SCENARIO.demo(stage.nodes, out, files, say)


@pytest.mark.slow
async def test_the_demo_ends_in_the_alert_three_refusals_and_receipts_that_hold(
    tmp_path: Path, say: Listener
) -> None:
    story = await played(tmp_path, say)
    other_purpose, too_late, one_byte = (one.code for one in story.refusals)
    assert (other_purpose, one_byte) == ("purpose.not-included", "tree.inclusion")
    assert too_late in ("agreement.expired", "time.after")  # whichever says it first
    assert all(
        one.answer.en and one.answer.zh and one.way_out.en and one.way_out.zh for one in story.refusals
    )
    assert story.generated
    assert story.air.alert is not None
    assert story.air.alert.level == "orange"
    assert len(story.receipts) == 5
    trust = [tmp_path / name for name in story.trust_files]
    outcomes = [(await verify(path, trust=trust)).outcome for path in story.receipts]
    assert outcomes == ["established"] * 5
    _one_byte_differs(story.receipts[0], story.receipts[0].with_name(ALTERED))
    page = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert all(one.answer.zh in page for one in story.refusals[:2] if '"' not in one.answer.zh)
    assert [event.side for event in story.events[:3]] == [Side.PROVIDER, Side.CONSUMER, Side.PROVIDER]
    assert len(say.said) == len(story.events)


def _one_byte_differs(one: Path, other: Path) -> None:
    before, after = one.read_bytes(), other.read_bytes()
    assert len(before) == len(after)
    assert sum(left != right for left, right in zip(before, after, strict=True)) == 1


@pytest.mark.slow
async def test_the_demo_plays_on_files_of_ones_own(
    tmp_path: Path, say: Listener, hours_file: Callable[..., Path]
) -> None:
    files = [
        hours_file(tmp_path / name / "hours.csv", station=name, value=210) for name in ("North", "South")
    ]
    story = await played(tmp_path / "out", say, files)
    assert not story.generated
    assert story.air.stations == ("North", "South")
    assert [one.name for one in story.deliveries] == ["hours.csv", "hours.csv"]
    assert len({path.parent for path in (tmp_path / "out/received").rglob("*.csv")}) == 2
    assert "模拟生成" not in story.page.read_text(encoding="utf-8")


@pytest.mark.slow
async def test_every_figure_of_the_card_comes_from_copies_that_passed_real_nodes(
    shared: Path, tmp_path: Path, say: Listener
) -> None:
    expected = json.loads((shared / "scenarios/expected/S03.json").read_text())
    async with set_stage(SCENARIO, [shared / "data"]) as stage:
        found = dict(await SCENARIO.run(stage.nodes, shared / "data", tmp_path, None, say))
        asked = b'{"linkage": {"cities_needed": 6}}'
        other = await SCENARIO.run(stage.nodes, shared / "data", tmp_path, asked, say)
    assert found.pop("alert")["end"] is None
    assert found == expected
    assert other["linkage_2014"]["days_with_3_or_more_cities"] == 10
    assert len(say.said) == 2 * 6


async def test_parameters_are_refused_before_any_node_is_asked(tmp_path: Path, say: Listener) -> None:
    with pytest.raises(InputError) as caught:
        await SCENARIO.run({}, tmp_path, tmp_path, b'{"seed": 1}', say)
    assert "seed" in caught.value.en


async def test_a_data_folder_without_the_file_is_refused_by_its_name(tmp_path: Path, say: Listener) -> None:
    with pytest.raises(InputError) as caught:
        await SCENARIO.run({}, tmp_path, tmp_path, None, say)
    assert caught.value.code == "scenario.file-absent"
    assert Params().zhuzhou.file in caught.value.en

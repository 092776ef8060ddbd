"""`xinfu demo` and `xinfu scenario`: they end well, and leave nothing running whatever ends them."""

import json
import os
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from tests.cli.conftest import Call, failure

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
]  # ends what hangs; the speed of the machine does not matter


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The demo in a process of its own, in a folder of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XINFU_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "xinfu", "demo", *options],
        cwd=folder,
        env={**environment, "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def children(pid: int) -> set[int]:
    """Processes that a process started and that are there."""
    found = set()
    for each in Path("/proc").iterdir():
        try:
            parent = (each / "stat").read_text().rpartition(")")[2].split()[1]
        except (OSError, IndexError):
            continue
        if parent == str(pid):
            found.add(int(each.name))
    return found


def gone(pids: set[int], within_s: float) -> bool:
    """Whether all of them have ended; a zombie has."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def nodes_of(process: subprocess.Popen[str], count: int = 3) -> set[int]:
    """The nodes of a demo, once they are all there."""
    while process.poll() is None:
        if len(found := children(process.pid)) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError("the nodes never started")


@contextmanager
def watched(pids: set[int]) -> Iterator[list[int]]:
    """A descriptor of each process, which tells of its end; what has not ended by then is killed."""
    with ExitStack() as stack:
        descriptors = []
        for pid in pids:
            descriptor = os.pidfd_open(pid)
            stack.callback(os.close, descriptor)
            stack.callback(_kill, descriptor)
            descriptors.append(descriptor)
        yield descriptors


def _kill(descriptor: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)


@pytest.mark.parametrize("name", ["air", "maintenance"])
def test_the_demo_ends_well_with_a_page_and_receipts(tmp_path: Path, name: str) -> None:
    with demo(tmp_path, name, "--json") as process:
        nodes = nodes_of(process)
        said, told = process.communicate()
    assert process.returncode == 0, told
    made = json.loads(said)
    page = Path(made["page"]).read_text(encoding="utf-8")
    assert "模拟生成" in page
    assert made["receipts"]
    assert made["lines"][0]["zh"]
    assert gone(nodes, 0.1)
    assert Path(made["page"]).parent == tmp_path / "demo-out"


async def test_nodes_that_stay_can_be_called_and_end_with_a_signal(tmp_path: Path) -> None:
    options = ("--stay", "--endpoints", "endpoints.json", "--out", "there", "--lang", "zh")
    with demo(tmp_path, *options) as process:
        nodes = nodes_of(process)
        file = tmp_path / "endpoints.json"
        while not file.exists():
            assert process.poll() is None
            time.sleep(0.1)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        participants = json.loads(file.read_text())["participants"]
        fields = {"id", "name", "management", "native", "protocol", "data", "api_key"}
        async with aiohttp.ClientSession() as session:
            for each in participants:
                assert fields <= set(each)
                async with session.get(
                    each["native"] + "/node", headers={"X-Api-Key": each["api_key"]}
                ) as answer:
                    assert (await answer.json())["contexts"][0]["participant"] == each["id"]
        process.send_signal(signal.SIGTERM)
        story, told = process.communicate()
    assert process.returncode == 0
    assert gone(nodes, 0.1)
    assert "拒绝" in story
    assert str(tmp_path / "there") in story
    assert not any(each["api_key"] in story + told for each in participants)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_amid_the_story_ends_every_node(tmp_path: Path, stop: signal.Signals) -> None:
    with demo(tmp_path) as process:
        nodes = nodes_of(process)
        process.send_signal(stop)
        process.communicate()
        assert process.returncode == 130
        assert gone(nodes, 0.1)


def test_nodes_end_by_themselves_when_the_demo_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path) as process, watched(nodes_of(process)) as nodes:
        process.kill()
        for node in nodes:
            select.select([node], [], [])  # readable once it has ended


def test_endpoints_need_nodes_that_stay(call: Call) -> None:
    ended = call("demo", "--endpoints", "e.json", "--json")
    assert (ended.exit_code, failure(ended)["code"]) == (2, "demo.endpoints")


def test_a_table_that_is_not_there_is_told_before_anything_starts(call: Call) -> None:
    assert call("demo", "--data", "none.csv").exit_code == 2


def test_an_output_folder_that_cannot_be_made_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = call("demo", "--out", "file/out", "--json")
    assert (ended.exit_code, failure(ended)["code"]) == (2, "demo.out")


def test_an_unknown_scenario_names_the_known_ones(call: Call) -> None:
    ended = call("scenario", "S99", "--json")
    assert (ended.exit_code, failure(ended)["code"]) == (4, "scenario.not-found")
    assert "S03" in failure(ended)["help_en"]


def test_a_scenario_needs_its_data_and_shows_its_parameters(call: Call) -> None:
    assert failure(call("scenario", "S03", "--json"))["code"] == "scenario.no-data"
    shown = call("scenario", "S03", "--schema", "--json")
    assert json.loads(shown.stdout)


def test_a_scenario_on_data_that_is_not_there_is_told(call: Call, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    ended = call("scenario", "S03", "--data", "data", "--json")
    assert (ended.exit_code, failure(ended)["code"]) == (2, "scenario.file-absent")


def test_a_scenario_on_real_data_writes_the_figures_of_its_card(call: Call, shared: Path) -> None:
    ended = call("scenario", "S03", "--data", str(shared / "data"), "--out", "figures.json", "--json")
    assert ended.exit_code == 0, ended.output
    figures = json.loads(Path("figures.json").read_text(encoding="utf-8"))
    expected = json.loads((shared / "scenarios" / "expected" / "S03.json").read_text(encoding="utf-8"))
    assert {key: figures[key] for key in expected} == expected
    assert figures["alert"]["level"] == "orange"

"""Two members of a space and its operator, as processes; and the command line as a person calls it."""

import asyncio
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

from xinfu.cli.main import xinfu
from xinfu.cli.nodes import Plan, RunningParticipant, started_nodes

Call = Callable[..., Result]


class Space(NamedTuple):
    """Nodes that know each other by their keys."""

    provider: RunningParticipant
    consumer: RunningParticipant
    operator: RunningParticipant
    files: Path
    """Where the provider may publish from."""


@pytest.fixture(scope="session")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Space]:
    files = tmp_path_factory.mktemp("files")
    plans = [Plan(key="provider", folders=(str(files),)), Plan(key="consumer")]
    starting = started_nodes(plans, folder=tmp_path_factory.mktemp("nodes"))
    with asyncio.Runner() as runner:
        provider, consumer, operator = runner.run(starting.__aenter__())
        yield Space(provider, consumer, operator, files)
        runner.run(starting.__aexit__(None, None, None))


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """`call("catalog", "provider", at=space.consumer)`: run a command in an empty folder, as English speaker."""
    monkeypatch.chdir(tmp_path)
    for name in ("LC_ALL", "LC_MESSAGES", "XINFU_URL", "XINFU_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")

    def run(*args: str, at: RunningParticipant | None = None, input: str | None = None) -> Result:  # noqa: A002 - click's name
        if at is not None:
            monkeypatch.setenv("XINFU_URL", at.management)
            monkeypatch.setenv("XINFU_API_KEY", at.api_key)
        return CliRunner().invoke(xinfu, args, input=input)

    return run


def document(result: Result) -> Any:
    """The one JSON document on stdout of a command that ended well."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def failure(result: Result) -> dict[str, Any]:
    """The error that a command with --json told."""
    assert result.exit_code != 0
    error: dict[str, Any] = json.loads(result.stdout)["error"]
    return error


def heeding_interrupts() -> None:
    """Also where the tests themselves run in the background of a shell, which makes its children ignore them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)

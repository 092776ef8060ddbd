"""`xinfu run`: ready in one line, red in development, gone when it is told to."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call, document


@contextmanager
def run(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A node in a process, gone in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xinfu", "run", "--config", "node.toml", *options],
        cwd=folder,
        env={**os.environ, "LANG": "C.UTF-8"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def line(process: subprocess.Popen[str]) -> str:
    """The first line that it prints."""
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.fixture
def folder(call: Call, tmp_path: Path) -> Path:
    document(call("init", "n", "--development", "--ports", "0,0,0", "--json"))
    return tmp_path / "n"


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_one_line_says_that_it_is_ready_and_a_signal_ends_it_well(folder: Path, stop: signal.Signals) -> None:
    with run(folder, "--json") as process:
        ready: dict[str, Any] = json.loads(line(process))
        assert set(ready["urls"]) == {"management", "protocol", "data"}
        assert ready["participants"][0]["participant"].startswith("did:web:localhost%3A")
        process.send_signal(stop)
        rest, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == ""
    assert "DEVELOPMENT" in said
    assert (folder / "api.key").read_text().strip() not in said


def test_people_read_where_it_listens(folder: Path) -> None:
    with run(folder) as process:
        assert line(process).startswith("Ready: management http://127.0.0.1:")


def test_it_ends_with_its_standard_input_where_that_is_wanted(folder: Path) -> None:
    with run(folder, "--json", "--while-stdin") as process:
        assert json.loads(line(process))["ready"] is True
        process.communicate(timeout=20)
    assert process.returncode == 0


def test_without_tls_it_does_not_start_outside_development(call: Call, tmp_path: Path) -> None:
    document(call("init", "n", "--ports", "0,0,0", "--json"))
    with run(tmp_path / "n", "--json") as process:
        said, _ = process.communicate(timeout=20)
    assert json.loads(said)["error"]["code"] == "config.no-tls"
    assert process.returncode == 1


def test_a_wrong_key_in_the_configuration_is_named_with_its_line(folder: Path) -> None:
    text = (folder / "node.toml").read_text()
    (folder / "node.toml").write_text("colour = 1\n" + text)
    with run(folder) as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "node.toml, line 1" in said
    assert "[config.invalid]" in said


def test_a_missing_configuration_is_told(call: Call) -> None:
    ended = call("run", "--json")
    assert ended.exit_code == 1
    assert json.loads(ended.stdout)["error"]["code"] == "config.missing"

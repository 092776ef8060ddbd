"""The table of commands, how errors are told, and how the program ends."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tests.cli.conftest import Call

from xinfu.cli.main import COMMANDS, exit_code, xinfu
from xinfu.errors import (
    ConfigError,
    ConflictError,
    InputError,
    IntegrityError,
    NotFoundError,
    PeerError,
    RefusedError,
    UnauthorizedError,
    XinfuError,
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_says_what_the_table_says(name: str) -> None:
    context = click.Context(xinfu)
    command = xinfu.get_command(context, name)
    assert command is not None
    first = (command.help or "").strip().partition("\n\n")[0]
    assert " ".join(first.split()) == COMMANDS[name][1]


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """All commands below a group."""
    if not isinstance(group, click.Group):
        return [(path, group)]
    context = click.Context(group)
    names = group.list_commands(context)
    below = [(name, group.get_command(context, name)) for name in names]
    return [each for name, found in below if found for each in commands(found, (*path, name))]


ALL = commands(xinfu)


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_has_json_and_a_docstring_as_help(
    path: tuple[str, ...], command: click.Command
) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    assert "--json" in options
    assert command.help
    assert CliRunner().invoke(xinfu, [*path, "--help"]).exit_code == 0


def test_help_imports_neither_network_nor_node() -> None:
    code = (
        "import sys\nfrom xinfu.cli.main import xinfu\n"
        "try:\n    xinfu.main(['--help'])\nexcept SystemExit: pass\n"
        "loaded = {'aiohttp', 'uvicorn', 'sqlalchemy', 'rich', 'xinfu.node'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(loaded)) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    ("family", "code"),
    [
        (InputError, 2),
        (RefusedError, 3),
        (UnauthorizedError, 3),
        (NotFoundError, 4),
        (PeerError, 5),
        (ConflictError, 1),
        (ConfigError, 1),
        (IntegrityError, 1),
    ],
)
def test_the_exit_code_says_whose_move_it_is(family: type[XinfuError], code: int) -> None:
    assert exit_code(family("a.b", "en", "zh")) == code


def test_an_error_is_told_with_its_help_and_code_on_stderr(call: Call) -> None:
    ended = call("catalog", "somebody")
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert "No node is named" in ended.stderr
    assert "xinfu init" in ended.stderr
    assert "[cli.no-node]" in ended.stderr


def test_an_error_is_told_in_chinese_where_the_person_speaks_it(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "没有指定节点" in call("catalog", "somebody").stderr
    assert "No node is named" in call("catalog", "somebody", "--lang", "en").stderr


def test_with_json_an_error_is_one_document_on_stdout(call: Call) -> None:
    ended = call("catalog", "somebody", "--json")
    assert json.loads(ended.stdout)["error"]["code"] == "cli.no-node"
    assert ended.stderr == ""


def test_a_node_that_is_away_ends_with_5(call: Call, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 20)
    at = ("--url", "http://127.0.0.1:9", "--api-key-file", "key")
    ended = call("catalog", "somebody", *at, "--json")
    assert ended.exit_code == 5
    assert json.loads(ended.stdout)["error"]["code"] == "node.unreachable"


def test_a_missing_key_is_named(call: Call) -> None:
    ended = call("catalog", "somebody", "--url", "http://127.0.0.1:9", "--json")
    assert json.loads(ended.stdout)["error"]["code"] == "cli.no-key"


def test_an_unknown_command_ends_with_2(call: Call) -> None:
    assert call("cataloque").exit_code == 2


@pytest.mark.parametrize("args", [("get", "a", "--json"), ("--json",), ("cataloque", "--json")])
def test_a_call_that_cannot_be_read_is_a_document_too(call: Call, args: tuple[str, ...]) -> None:
    ended = call(*args)
    assert ended.exit_code == 2
    assert json.loads(ended.stdout)["error"]["code"] == "cli.usage"


def test_a_configuration_with_any_port_asks_for_the_url(call: Call) -> None:
    assert call("init", "n", "--development", "--ports", "0,0,0").exit_code == 0
    ended = call("catalog", "somebody", "--config", "n/node.toml", "--json")
    assert json.loads(ended.stdout)["error"]["code"] == "cli.port-unknown"


def test_the_node_beside_is_found_with_its_key(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("init", ".", "--id", "n", "--development", "--ports", "9,9,9").exit_code == 0
    ended = call("catalog", "somebody", "--json")
    assert json.loads(ended.stdout)["error"]["code"] == "node.unreachable"
    assert json.loads(ended.stdout)["error"]["facts"]["url"] == "http://127.0.0.1:9"

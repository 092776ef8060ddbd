"""Writes docs/reference/commands.md from the commands themselves."""

import inspect
from collections.abc import Iterator
from typing import Final

import click

from xinfu.cli.main import COMMANDS, xinfu

HEAD: Final = """# Commands

Written from the commands by `make docs`; `xinfu COMMAND --help` says the same. Results go to standard output, what happens on
the way to standard error.

Commands that speak to a node find it by `--url` and `--api-key-file`, by `XINFU_URL` and `XINFU_API_KEY`, or by the
`node.toml` in the present folder. `--json` prints one JSON document, also when the command fails; `--lang zh|en` picks the
language.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | anything that is not below |
| 2 | the words of the call cannot be used |
| 3 | refused |
| 4 | there is no such thing |
| 5 | another participant or node is away or broken |
| 130 | interrupted |

`xinfu verify` has exit codes of its own.
"""

EVERYWHERE: Final = frozenset({"as_json", "help", "url", "api_key_file", "config", "context"})
"""Options that the head of the page explains; a command with a different use of one says so in its help."""


def page() -> str:
    """The whole page."""
    context = click.Context(xinfu, info_name="xinfu")
    sections = [section for name in COMMANDS for section in sections_of(context, name)]
    return HEAD + "".join(sections)


def sections_of(context: click.Context, name: str) -> Iterator[str]:
    """A command, and the commands below it."""
    command = context.command
    found = command.get_command(context, name) if isinstance(command, click.Group) else None
    if found is None:
        raise LookupError(f"{context.command_path} {name}")
    below = click.Context(found, info_name=name, parent=context)
    yield section(below, found)
    if isinstance(found, click.Group):
        for each in found.list_commands(below):
            yield from sections_of(below, each)


def section(context: click.Context, command: click.Command) -> str:
    """One command: usage, what it does, arguments' and options' meanings."""
    depth = "##" if context.parent is None or context.parent.parent is None else "###"
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    about = inspect.cleandoc(command.help or "")
    rows = [row for parameter in command.params for row in option(context, parameter)]
    table = "\n| option | meaning |\n|---|---|\n" + "".join(rows) if rows else ""
    return f"\n{depth} {context.command_path}\n\n```text\n{usage}\n```\n\n{about}\n{table}"


def option(context: click.Context, parameter: click.Parameter) -> Iterator[str]:
    """The line of an option."""
    if not isinstance(parameter, click.Option) or parameter.hidden or parameter.name in EVERYWHERE:
        return
    record = parameter.get_help_record(context)
    if record is not None and parameter.opts != ["--lang"]:
        yield f"| `{cell(record[0])}` | {cell(record[1])} |\n"


def cell(text: str) -> str:
    """Text as the cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")

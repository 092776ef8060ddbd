"""`xinfu policy`: write policies, read them as sentences, test them. Only a dry run needs a node."""

import importlib
from typing import Final

import click

COMMANDS: Final[dict[str, str]] = {
    "show": "show:show_command",
    "compare": "compare:compare_command",
    "write": "writing:write_command",
    "templates": "writing:templates_command",
    "evaluate": "evaluate:evaluate_command",
    "dry-run": "dry_run:dry_run_command",
}
"""Name -> where it is; imported when it is called or listed."""


class PolicyCommands(click.Group):
    """The group; it imports a command's dependencies only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(importlib.import_module(f"xinfu.cli.policy.{module}"), name)
        return found if isinstance(found, click.Command) else None


@click.group(name="policy", cls=PolicyCommands)
def policy_group() -> None:
    """Write policies, and show what they mean."""

"""`xinfu`: the table of commands, and the one place that prints errors and exits.

A command is imported when it is called, so that `xinfu --help` is quick. Exit codes: 0 done; 2 the words of the
call cannot be used; 3 refused; 4 there is no such thing; 5 another participant or node is away or broken; 130
interrupted; 1 anything else. `verify` has its own.
"""

import importlib
import sys
from typing import Any, Final, NoReturn

import click

from xinfu import __version__
from xinfu.cli import errors
from xinfu.cli.output import Output, language_of
from xinfu.errors import (
    InputError,
    NotFoundError,
    PeerError,
    ProtocolError,
    RefusedError,
    UnauthorizedError,
    XinfuError,
)

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo:demo_command", "Play a governed exchange between two participants on this machine."),
    "init": ("init:init_command", "Write the configuration and the keys of a new node."),
    "run": ("run:run_command", "Run a node until a signal stops it."),
    "publish": (
        "publish:publish_command",
        "Offer a file, a folder, objects of a store, a table or an HTTP API under rules.",
    ),
    "grades": ("grades:grades_group", "Grade data (分类分级), and see which offers its grade withholds."),
    "policy": ("policy:policy_group", "Write policies, and show what they mean."),
    "catalog": ("catalog:catalog_command", "List the datasets that a participant offers."),
    "get": ("get:get_command", "Get a dataset: catalog, negotiation, transfer, checked download."),
    "negotiate": ("negotiate:negotiate_group", "Start, view and decide negotiations."),
    "agreements": ("agreements:agreements_group", "View, suspend or end agreements."),
    "explain": (
        "explain:explain_command",
        "Explain whether a participant may act on our dataset, or we on another's.",
    ),
    "contract": (
        "contract:contract_group",
        "Manage digital contracts from draft to end; check and print them.",
    ),
    "contract-templates": (
        "templates:templates_group",
        "Store contract templates, import the platform's, fill one in.",
    ),
    "payments": ("payments:payments_group", "Record and list payments under agreements."),
    "duties": ("duties:duties_group", "View duties, submit proofs, decide on the proofs of others."),
    "transfers": ("transfers:transfers_group", "View, suspend, complete or end transfers."),
    "vault": (
        "vault:vault_group",
        "Read data in the vault, export it, destroy it with proof.",
    ),
    "answers": ("answers:answers_group", "Manage stored answers, which decide without a person."),
    "participants": ("participants:participants_group", "Manage the address book."),
    "contexts": ("contexts:contexts_group", "Manage hosted participants: add, limit, close them."),
    "issue": ("issue:issue_command", "Issue a credential about a participant, as issuer."),
    "credential": ("credential:credential_group", "Store credentials about this node."),
    "secrets": ("secrets:secrets_group", "Store keys and passwords of this node's sources."),
    "keys": ("keys:keys_group", "Rotate the signing keys, and manage their certificates."),
    "doctor": (
        "doctor:doctor_command",
        "Show what a partner would see of a node, and what is wrong with it.",
    ),
    "events": ("events:events_command", "Show past events of a node, and follow new ones."),
    "evidence": ("evidence:evidence_group", "Search the evidence log."),
    "receipts": ("receipts:receipts_command", "Write the receipts of a negotiation or transfer."),
    "verify": ("verify:verify_command", "Check offline whether each receipt is intact, and who signed it."),
    "scenario": ("scenario:scenario_command", "Play a scenario on real data through real nodes."),
    "conformance": ("conformance:conformance_group", "Run an official kit against a node."),
}
"""Name -> where it is, and the first sentence of its help."""

_EXITS: Final[tuple[tuple[type[XinfuError], int], ...]] = (
    (InputError, 2),
    (RefusedError, 3),
    (UnauthorizedError, 3),
    (NotFoundError, 4),
    (PeerError, 5),
    (ProtocolError, 5),
)
INTERRUPTED: Final = 130


class Commands(click.Group):
    """The group of all commands; each is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table, which follows an exchange."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found = getattr(importlib.import_module(f"xinfu.cli.{module}"), name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run the command, print its error, exit."""
        output = Output(language=language_of())
        kwargs |= {"standalone_mode": False, "obj": output}
        try:
            code = super().main(*args, **kwargs)
        except XinfuError as error:
            output.fail(error)
            code = exit_code(error)
        except click.Abort:
            output.say("Interrupted.", "已中断。")
            code = INTERRUPTED
        except click.ClickException as error:
            if output.as_json or "--json" in (kwargs.get("args") or sys.argv):
                output.as_json = True
                output.fail(_usage(error))
            else:
                error.show()
            code = error.exit_code
        sys.exit(code if isinstance(code, int) else 0)


def _usage(error: click.ClickException) -> InputError:
    """Return the error of an unreadable call, for programs."""
    told = error.format_message()
    return errors.CLI_USAGE(told=told)


def exit_code(error: XinfuError) -> int:
    """Return the exit code, which shows who has to act."""
    return next((code for family, code in _EXITS if isinstance(error, family)), 1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="xinfu")
def xinfu() -> None:
    """xinfu (信符): the trusted data space in a box.

    Commands that speak to a node find it by --url and --api-key-file, by XINFU_URL and XINFU_API_KEY, or by the
    node.toml beside. Each has --json and --lang zh|en.
    """


def main() -> NoReturn:
    """Run the program (its entry point)."""
    xinfu.main()

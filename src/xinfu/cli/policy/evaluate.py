"""`xinfu policy evaluate`: evaluate a request by a policy in a state of the world, without a node."""

from pathlib import Path
from typing import Final

import click

from xinfu.cli import errors
from xinfu.cli.options import speaking
from xinfu.cli.output import Output
from xinfu.cli.policy.files import own_words
from xinfu.odrl.report.as_rdf import triples
from xinfu.odrl.report.as_text import lines
from xinfu.odrl.report.compliance import Reading, report
from xinfu.odrl.report.documents import read_policy, read_request, read_state
from xinfu.odrl.report.rdf import MAX_BYTES, Syntax, write_triples

_FILE: Final = click.Path(path_type=Path)


@click.command(name="evaluate")
@click.option("--policy", "policy_file", type=_FILE, required=True, help="An ODRL policy.")
@click.option("--request", "request_file", type=_FILE, required=True, help="An ODRL request.")
@click.option("--state", "state_file", type=_FILE, required=True, help="The facts (ODRL state of the world).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["turtle", "jsonld", "text"]),
    default="turtle",
    show_default=True,
    help="The format of the report.",
)
@click.option(
    "--reading",
    type=click.Choice(["compliance", "formal"]),
    default="compliance",
    show_default=True,
    help="What makes a rule active: all its premises, or its constraints and duties alone.",
)
@speaking
def evaluate_command(
    out: Output, /, policy_file: Path, request_file: Path, state_file: Path, form: str, reading: str
) -> None:
    """Evaluate a request by a policy in a state of the world, and print the compliance report.

    The files are Turtle or JSON-LD, as in the ODRL evaluator test suite. Nothing is fetched. With --json the report is
    JSON-LD.
    """
    said, asked = text_of(policy_file), text_of(request_file)
    with own_words():
        policy, request = read_policy(said), read_request(asked)
        state = read_state(text_of(state_file), said, asked)
    found = report(policy, request, state, reading=Reading(reading))
    if form == "text" and not out.as_json:
        written = "\n".join(lines(found, policy, out.language))
    else:
        written = write_triples(triples(found), Syntax.JSON_LD if out.as_json else Syntax(form))
    click.echo(written.rstrip("\n"))


def text_of(path: Path) -> str:
    """Return the file's text, if it is readable and not too large."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise errors.POLICY_TOO_LARGE(path=path, max_bytes=MAX_BYTES)
        return content.decode()
    except OSError as error:
        raise errors.POLICY_UNREADABLE(path=path, why=error.strerror) from error
    except UnicodeDecodeError as error:
        raise errors.POLICY_UNREADABLE_ENCODING(path=path) from error

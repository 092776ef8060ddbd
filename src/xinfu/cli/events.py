"""`xinfu events`: show the events of a node."""

import click
import msgspec

from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.client import Event, Node


@click.command(name="events")
@click.option("--follow", is_flag=True, help="Continue with new events until interrupted.")
@click.option("--since", type=click.IntRange(min=0), help="Start at this index of the log.")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    help="Only events of these kinds; separated by commas, or repeated.",
)
@click.option("--process", metavar="ID", help="Only those of this negotiation or transfer.")
@calling
async def events_command(
    node: Node,
    out: Output,
    /,
    follow: bool,
    since: int | None,
    kinds: tuple[str, ...],
    process: str | None,
) -> None:
    """Show past events of a node, and follow new ones.

    Without --since, all past events are shown, or with --follow only new ones.
    With --json each event is one JSON object on a line of its own.
    """
    begin = since if since is not None or follow else 0
    async for event in node.events(since=begin, kinds=kinds, process=process, follow=follow):
        click.echo(msgspec.json.encode(event).decode() if out.as_json else _line(event))


def _line(event: Event) -> str:
    """Return an event as a line for people: index, time, kind, process, and facts except digests."""
    facts = " ".join(
        f"{name}={value}"
        for name, value in event.facts.items()
        if isinstance(value, str | int) and not name.endswith("digest")
    )
    at = event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    told = f"{event.index:>6}  {at}  {event.kind}  {event.process or '-'}  {facts}".rstrip()
    return "".join(letter if letter.isprintable() else "?" for letter in told)

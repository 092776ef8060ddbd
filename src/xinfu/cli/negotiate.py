"""`xinfu negotiate`: start, view and decide negotiations."""

from collections.abc import Awaitable, Callable
from typing import Any

import click

from xinfu.cli import errors, process_lines
from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.options import calling
from xinfu.cli.output import Output
from xinfu.cli.rules import policy_of, rule_options
from xinfu.cli.tables import values_of
from xinfu.client import Negotiation, Node


@click.group(name="negotiate")
def negotiate_group() -> None:
    """Start, view and decide negotiations."""


@negotiate_group.command(name="start")
@click.argument("participant")
@click.argument("dataset")
@click.option("--for", "purpose_", help="The purpose of use; it is declared, signed and recorded.")
@click.option(
    "--declare",
    "declares",
    multiple=True,
    help="NAME=VALUE that will be declared about the use, as for `xinfu get`.",
)
@click.option("--vault", is_flag=True, help="The data will land in the node's vault.")
@click.option(
    "--anyway", is_flag=True, help="Send the request even if the offer needs a declaration that is not given."
)
@click.option("--at", help="The address of the participant, instead of the one in its DID document.")
@click.option("--offer", help="Id of the offer (default: the dataset's first).")
@click.option("--as-provider", is_flag=True, help="As the provider, open with an offer to the participant.")
@click.option("--wait", "wait_s", type=float, help="Wait at most this many seconds for the agreement.")
@rule_options
@calling
async def start_command(
    node: Node,
    out: Output,
    /,
    participant: str,
    dataset: str,
    purpose_: str | None,
    declares: tuple[str, ...],
    vault: bool,
    anyway: bool,
    at: str | None,
    offer: str | None,
    as_provider: bool,
    wait_s: float | None,
    **rules: Any,
) -> None:
    """Start a negotiation for a dataset.

    If rules are given, they replace the offer's terms, as a counter-offer from the start.
    """
    policy = policy_of(rules)
    if as_provider:
        negotiation = await node.offer(participant, dataset, offer=offer)
    else:
        found = (await node.catalog(participant, at=at, dataset=dataset)).dataset(dataset)
        negotiation = await found.negotiate(
            purpose=purpose_,
            offer=offer,
            policy=policy,
            declared=values_of(declares),
            vault=vault,
            anyway=anyway,
        )
    if wait_s is not None:
        await negotiation.agreed(timeout_s=wait_s)
    _give(out, negotiation)


@negotiate_group.command(name="list")
@click.option("--state", help="Only those in this state.")
@click.option(
    "--role", type=click.Choice(["consumer", "provider"]), help="Only those in which we have this role."
)
@click.option("--peer", metavar="PARTICIPANT", help="Only those with this participant.")
@click.option("--dataset", help="Only those for this dataset.")
@click.option("--stuck", is_flag=True, help="Only stuck ones, which are unlikely to continue by themselves.")
@calling
async def list_command(
    node: Node,
    out: Output,
    /,
    state: str | None,
    role: str | None,
    peer: str | None,
    dataset: str | None,
    stuck: bool,
) -> None:
    """List negotiations, oldest first: state, start of the state, and the side that has to act."""
    found = node.negotiations(
        state=state and state.upper(), role=role, peer=peer, dataset=dataset, stuck=stuck
    )
    views = [each.view async for each in found]
    out.give(views, process_lines.negotiations(out, views))


@negotiate_group.command(name="show")
@click.argument("id_", metavar="ID")
@click.option("--wait", "wait_s", type=float, help="Wait at most this many seconds for its end.")
@calling
async def show_command(node: Node, out: Output, /, id_: str, wait_s: float | None) -> None:
    """Show a negotiation: its state, the side that has to act, the terms, the events."""
    negotiation = await node.negotiation(id_)
    if wait_s is not None:
        await negotiation.reached(timeout_s=wait_s)
    happened = await negotiation.timeline()
    out.give(
        {"negotiation": negotiation.view, "timeline": happened},
        process_lines.negotiation(out, negotiation.view, happened),
    )


@negotiate_group.command(name="check")
@click.argument("id_", metavar="ID")
@calling
async def check_command(node: Node, out: Output, /, id_: str) -> None:
    """Ask the peer for its state of a negotiation, and adopt it."""
    negotiation = await node.negotiation(id_)
    checked = await negotiation.check()
    out.give(
        {"checked": checked, "negotiation": negotiation.view},
        [*process_lines.check_lines(out, checked), *process_lines.negotiation(out, negotiation.view)],
    )


@negotiate_group.command(name="counter")
@click.argument("id_", metavar="ID")
@click.option(
    "--common", is_flag=True, help="Send the terms that both offers have in common, as suggested by `show`."
)
@rule_options
@calling
async def counter_command(node: Node, out: Output, /, id_: str, common: bool, **rules: Any) -> None:
    """Send a counter-offer: the whole policy that we would accept."""
    policy = policy_of(rules)
    if policy is None and common:
        policy = _common(await node.negotiation(id_))
    if policy is None:
        raise errors.NEGOTIATE_NO_TERMS()
    _give(out, await (await node.negotiation(id_)).counter(policy))


@negotiate_group.command(name="terminate")
@click.argument("id_", metavar="ID")
@click.option("--reason", help="The reason, which the other side can read.")
@agreed
@calling
async def terminate_command(node: Node, out: Output, /, id_: str, reason: str | None, yes: bool) -> None:
    """End a negotiation permanently, with a reason. Asks first."""
    negotiation = await node.negotiation(id_)
    view = negotiation.view
    confirm(
        out,
        f"End the negotiation about {view.dataset} with {view.peer} for good?",
        f"永久终止与 {view.peer} 关于 {view.dataset} 的协商？",
        yes=yes,
    )
    _give(out, await negotiation.terminate(reason))


def _act(name: str, help_: str, act: Callable[[Negotiation], Awaitable[Negotiation]]) -> None:
    """Return a command for an act in a negotiation."""

    async def command(node: Node, out: Output, /, id_: str) -> None:
        _give(out, await act(await node.negotiation(id_)))

    command.__doc__ = help_
    with_id = click.argument("id_", metavar="ID")(calling(command))
    negotiate_group.command(name=name)(with_id)


def _common(negotiation: Negotiation) -> dict[str, Any]:
    found = negotiation.view.difference
    if found is None or found.common is None:
        raise errors.NEGOTIATE_NOTHING_COMMON()
    return found.common


def _give(out: Output, negotiation: Negotiation) -> None:
    out.give(negotiation.view, process_lines.negotiation(out, negotiation.view))


_act("accept", "Accept the provider's offer.", Negotiation.accept)
_act("agree", "As provider: agree to what the consumer asks for.", Negotiation.agree)
_act("verify", "As consumer: verify the agreement.", Negotiation.verify)
_act("finalize", "As provider: finalize a verified agreement.", Negotiation.finalize)
_act("hold", "Hold a negotiation until a person decides.", Negotiation.hold)
_act("release", "Release a held negotiation to its stored answers.", Negotiation.release)

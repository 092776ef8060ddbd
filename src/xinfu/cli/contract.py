"""`xinfu contract`: digital contracts from draft to end."""

from pathlib import Path

import click

from xinfu.cli.confirmation import agreed, confirm
from xinfu.cli.contract_lines import contract_lines, missing_of, number_of, status_of, worth
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output, table
from xinfu.cli.process_lines import moment
from xinfu.client import Node
from xinfu.client.files import check_free, write_file


@click.group(name="contract")
def contract_group() -> None:
    """Manage digital contracts from draft to end; check and print them."""


@contract_group.command(name="list")
@click.option("--status", help="Only those in this status: 01, 02, 0301, 0302, 05, 06.")
@click.option("--agreement", help="Only the contract of this agreement, by the id that both sides use.")
@click.option(
    "--side", type=click.Choice(["party", "platform"]), help="Only those in which we have this role."
)
@calling
async def list_command(
    node: Node, out: Output, /, status: str | None, agreement: str | None, side: str | None
) -> None:
    """List begun digital contracts, oldest first; with --agreement also the agreement's draft."""
    views = [each.view async for each in node.contracts(status=status, agreement=agreement, side=side)]
    columns = out.pick(
        "id number name status unsigned-by since", "标识 合约标识码 名称 状态 未签署 自"
    ).split()
    rows = [
        (v.id, number_of(out, v), v.name, status_of(out, v), missing_of(v), moment(v.updated)) for v in views
    ]
    out.give(views, table(columns, rows))


@contract_group.command(name="show")
@click.argument("id_", metavar="ID")
@calling
async def show_command(node: Node, out: Output, /, id_: str) -> None:
    """Show a digital contract with its parties and rules.

    ID is our id, the number from the platform, or the id of an agreement, for its draft.
    """
    view = (await node.contract(id_)).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="history")
@click.argument("id_", metavar="ID")
@calling
async def history_command(node: Node, out: Output, /, id_: str) -> None:
    """List every round and change of a contract, oldest first."""
    found = await (await node.contract(id_)).history()
    columns = out.pick("at event by status digest reason", "时间 事件 执行方 状态 摘要 原因").split()
    rows = [
        (each.at, each.event, each.by, f"{each.before or '–'} → {each.after}", each.digest[:12], each.reason)
        for each in found
    ]
    out.give(found, table(columns, rows))


@contract_group.command(name="begin")
@click.argument("id_", metavar="ID")
@click.option("--term", "terms", multiple=True, help="A supplementary term in plain words; may be repeated.")
@click.option(
    "--with",
    "service_providers",
    multiple=True,
    metavar="ALIAS",
    help="A service provider from the address book that signs, too; may be repeated.",
)
@click.option(
    "--mode",
    "sign_mode",
    type=click.Choice(["01", "02"]),
    help="01: between the parties; 02: on the platform (default: as configured).",
)
@calling
async def begin_command(
    node: Node,
    out: Output,
    /,
    id_: str,
    terms: tuple[str, ...],
    service_providers: tuple[str, ...],
    sign_mode: str | None,
) -> None:
    """Begin the contract of an agreement: the platform assigns its number.

    ID is the id of the agreement.
    """
    contract = await node.contract(id_)
    begun = await contract.begin(terms=terms, service_providers=service_providers, sign_mode=sign_mode)
    view = begun.view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="sign")
@click.argument("id_", metavar="ID")
@calling
async def sign_command(node: Node, out: Output, /, id_: str) -> None:
    """Sign a contract and notify the other parties; repeating it notifies them again."""
    view = (await (await node.contract(id_)).sign()).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="file")
@click.argument("id_", metavar="ID")
@calling
async def file_command(node: Node, out: Output, /, id_: str) -> None:
    """File a contract with the platform after all have signed, and store the receipt."""
    view = (await (await node.contract(id_)).file()).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="amend")
@click.argument("id_", metavar="ID")
@click.option("--term", "terms", multiple=True, required=True, help="A term that it adds; may be repeated.")
@calling
async def amend_command(node: Node, out: Output, /, id_: str, terms: tuple[str, ...]) -> None:
    """Begin a supplement to a signed contract; it takes effect when the same parties have signed it."""
    view = (await (await node.contract(id_)).amend(*terms)).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="chain")
@click.argument("id_", metavar="ID")
@calling
async def chain_command(node: Node, out: Output, /, id_: str) -> None:
    """List a contract and its supplements, oldest first, and show which are in force."""
    found = await (await node.contract(id_)).chain()
    columns = out.pick(
        "number amends status counts signed terms", "合约标识码 补充 状态 生效 签署 条款"
    ).split()
    rows = [
        (
            number_of(out, each),
            each.amends or "–",
            status_of(out, each),
            out.pick("yes", "是") if each.in_force else out.pick("no", "否"),
            moment(each.signed) if each.signed else "–",
            " ".join(each.terms),
        )
        for each in found
    ]
    out.give(found, table(columns, rows))


@contract_group.command(name="end")
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="The reason, which the others can read.")
@click.option("--clause", help="The clause of the contract that allows it; without one it is a breach by us.")
@agreed
@calling
async def end_command(
    node: Node, out: Output, /, id_: str, reason: str, clause: str | None, yes: bool
) -> None:
    """End a contract and its agreement permanently; running use stops, the other parties are notified. Asks first."""
    contract = await node.contract(id_)
    under = (f"under the clause {clause}", f"依据条款 {clause}")
    if clause is None:
        under = (
            "which is recorded as our own breach, as no --clause is given",
            "未给出 --clause，将记录为我方违约",
        )
    confirm(
        out,
        f"End the contract {id_} and its agreement for good, {under[0]}?",
        f"永久终止合约 {id_} 及其协议（{under[1]}）？",
        yes=yes,
    )
    view = (await contract.end(reason, clause=clause)).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="report")
@click.argument("id_", metavar="ID")
@click.option(
    "--action", "actions", multiple=True, required=True, help="An action of the standard, such as read."
)
@click.option("--result", required=True, help="The result, in words.")
@click.option("--details", default="", help="Further details.")
@calling
async def report_command(
    node: Node, out: Output, /, id_: str, actions: tuple[str, ...], result: str, details: str
) -> None:
    """Report what was done under a filed contract to the other parties and the platform."""
    view = (await (await node.contract(id_)).report(actions, result, details=details)).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="stop")
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, help="The reason, which the others can read.")
@calling
async def stop_command(node: Node, out: Output, /, id_: str, reason: str) -> None:
    """As provider, stop the consumer's use under a contract; `xinfu agreements resume` resumes it."""
    view = (await (await node.contract(id_)).stop(reason)).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="prove")
@click.argument("id_", metavar="ID")
@calling
async def prove_command(node: Node, out: Output, /, id_: str) -> None:
    """Send the other parties and the platform receipts of what was done under a contract."""
    view = (await (await node.contract(id_)).prove()).view
    out.give(view, contract_lines(out, view))


@contract_group.command(name="verify")
@click.argument("id_", metavar="ID")
@calling
async def verify_command(node: Node, out: Output, /, id_: str) -> None:
    """Check the signatures of a contract and of its receipt. Exits with 3 unless all are valid."""
    found = await (await node.contract(id_)).check()
    lines = [f"{each.name or each.party}: {worth(out, each.standing)}" for each in found.signatures]
    receipt = out.pick("receipt", "备案回执")
    out.give(found, [*lines, f"{receipt}: {worth(out, found.receipt)}", found.digest])
    if not found.holds:
        raise click.exceptions.Exit(3)


@contract_group.command(name="print")
@click.argument("id_", metavar="ID")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="contract.html",
    show_default=True,
    help="The output file; PDF if its name ends in .pdf, otherwise HTML.",
)
@forced
@calling
async def print_command(node: Node, out: Output, /, id_: str, output: Path, force: bool) -> None:
    """Write a contract as a printable page in Chinese and English: HTML, or PDF if the file name ends in .pdf."""
    check_free(output, overwrite=force)
    document = await (await node.contract(id_)).document(pdf=output.suffix.lower() == ".pdf")
    write_file(output, document, overwrite=force, code="contract.output")
    out.give({"file": str(output)}, [out.pick(f"Written to {output}.", f"已写入 {output}。")])

"""`xinfu keys`: rotate the signing keys; request and store the certificate of the contract key."""

from pathlib import Path

import click

from xinfu.api import CertificateView
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output
from xinfu.cli.process_lines import moment
from xinfu.client import Node
from xinfu.client.files import check_free, write_file


@click.group(name="keys")
def keys_group() -> None:
    """Rotate the signing keys, and manage their certificates."""


@keys_group.command(name="rotate")
@click.option(
    "--use",
    type=click.Choice(["message", "log", "contract"]),
    default="message",
    show_default=True,
    help="Which key: for messages, for the evidence log, or for contracts.",
)
@click.option(
    "--algorithm",
    type=click.Choice(["EdDSA", "ES256", "SM2"]),
    help="The algorithm of a contract key (default: as configured).",
)
@calling
async def rotate_command(node: Node, out: Output, /, use: str, algorithm: str | None) -> None:
    """Replace a signing key by a new one; signatures of the old key stay valid.

    A contract key that replaces a certified one signs only once its own certificate is stored.
    """
    key = await node.keys.rotate(use, algorithm=algorithm)
    told = out.pick(
        f"From now on {key.id} signs ({key.use}, {key.algorithm}).",
        f"此后由 {key.id} 签名（{key.use}，{key.algorithm}）。",
    )
    if key.waits:
        told = out.pick(
            f"{key.id} ({key.algorithm}) signs contracts when its certificate is there.",
            f"{key.id}（{key.algorithm}）在导入证书后开始签署合约。",
        )
    out.give(key, [told])


@keys_group.group(name="certificate")
def certificate_group() -> None:
    """Manage the certificate of the contract key."""


@certificate_group.command(name="request")
@click.option("--name", default="", help="CN: our domain or address (default: that of the node).")
@click.option("--unit", default="", help="OU: our connector's code (default: as configured).")
@click.option("--organization", default="", help="O: our legal name.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The output file (default: stdout).")
@forced
@calling
async def request_command(
    node: Node, out: Output, /, name: str, unit: str, organization: str, output: Path | None, force: bool
) -> None:
    """Write a request (CSR) for an authority. The private key stays in the node.

    The contract key is made if there is none; after a rotation the request is for the new key.
    """
    if output is not None:
        check_free(output, overwrite=force)
    made = await node.keys.request_certificate(common_name=name, unit=unit, organization=organization)
    if output is None:
        out.give(made, [made.request.rstrip()])
        return
    write_file(output, made.request.encode("ascii"), overwrite=force)
    out.give(made, [out.pick(f"{output}: for {made.key}.", f"{output}：用于 {made.key}。")])


@certificate_group.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The private key (PKCS#8, PEM), if the authority made it; it signs contracts from now on.",
)
@calling
async def import_command(node: Node, out: Output, /, file: Path, key: Path | None) -> None:
    """Store the certificate chain from the authority.

    FILE is PEM: our certificate first, then those of the authorities above it.
    """
    chain = file.read_text(encoding="utf-8", errors="replace")
    private = key.read_text(encoding="utf-8", errors="replace") if key else ""
    view = await node.keys.keep_certificate(chain, private_key=private)
    out.give(view, _lines(out, view))


@certificate_group.command(name="show")
@calling
async def show_command(node: Node, out: Output, /) -> None:
    """Show the certificate, and whether it is valid here and now."""
    view = await node.keys.certificate()
    out.give(view, _lines(out, view))


def _lines(out: Output, view: CertificateView) -> list[str]:
    worth = {
        "yes": out.pick("holds", "有效"),
        "no": out.pick("does not hold", "无效"),
        "unknown": out.pick("cannot be told here", "本节点无法判断"),
    }
    return [
        f"{view.subject}  {click.style(worth[view.verdict], bold=True)}",
        f"  {view.key} ({view.algorithm})",
        f"  {out.pick('issued by', '签发者')} {view.issuer}",
        f"  {moment(view.not_before)} – {moment(view.not_after)}",
        *(f"  {out.pick(each.en, each.zh)}" for each in view.findings),
    ]

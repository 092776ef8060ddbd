"""`xinfu get`: the whole path from a catalog to a checked file; continues after a cut."""

from pathlib import Path
from typing import Final

import click
import msgspec

from xinfu.cli import errors
from xinfu.cli.options import calling, forced
from xinfu.cli.output import Output, size
from xinfu.cli.progress import progress
from xinfu.cli.rules import rule_lines
from xinfu.cli.tables import FORMATS, columns_of, values_of
from xinfu.cli.targets import BucketTarget, check_place, place_of
from xinfu.cli.vault import landed_lines
from xinfu.client import Agreement, Landed, Node, Saved, Transfer, VaultObject, upload
from xinfu.errors import ConflictError, PeerError, RefusedError

_VAULT: Final = "01"
"""使用控制, the code of TC609 for what lands in a vault."""


class DataRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request for a dataset."""

    participant: str
    dataset: str
    at: str | None
    purpose: str | None
    offer: str | None
    timeout_s: float
    format: str | None = None
    columns: tuple[str, ...] = ()
    values: dict[str, str] = {}
    key: str | None = None
    declared: dict[str, str] = {}
    vault: bool = False
    force: bool = False

    def fits(self, transfer: Transfer) -> bool:
        """Whether a transfer was requested with the same declarations, if any are required."""
        view = transfer.view
        return self.purpose in {None, view.purpose} and self.declared in ({}, view.declared)


@click.command(name="get")
@click.argument("participant")
@click.argument("dataset")
@click.option(
    "-o",
    "--output",
    "target",
    help="The target: a path, or s3://bucket/key of your own (default: the dataset's id, in this folder).",
)
@forced
@click.option("--endpoint", help="The address of the store, for s3:// (default: AWS_ENDPOINT_URL, else AWS).")
@click.option("--region", help="The region of the bucket (default: AWS_REGION).")
@click.option("--purpose", help="The purpose of use; it is declared, signed and recorded.")
@click.option(
    "--declare",
    "declares",
    multiple=True,
    help="NAME=VALUE of the use, signed and recorded like the purpose: application, algorithm, "
    "machineLearningModels, systemDevice, spatial, executionEnv.",
)
@click.option("--at", help="The address of the participant, instead of the one in its DID document.")
@click.option("--offer", help="Id of the offer (default: the dataset's first).")
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="The format of a table (default: its first format).",
)
@click.option("--columns", help="The columns of a table, such as id,amount (default: all that may leave).")
@click.option("--param", "params", multiple=True, help="NAME=VALUE for a parameter of a table.")
@click.option(
    "--push-to", metavar="URL", help="Let the provider send the data to this address, instead of fetching it."
)
@click.option(
    "--push-method",
    type=click.Choice(["POST", "PUT"]),
    default="POST",
    show_default=True,
    help="The HTTP method of the push.",
)
@click.option(
    "--push-token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the bearer token that the provider sends to that address.",
)
@click.option(
    "--vault",
    is_flag=True,
    help="Land the data in the node's vault, and state so in the signed request; nothing is saved in the clear.",
)
@click.option(
    "--key",
    metavar="KEY",
    help="The key of this read: repeating it under the same key and agreement does not count as a second use.",
)
@click.option("--new", is_flag=True, help="Negotiate anew, even if there is a live agreement.")
@click.option(
    "--timeout",
    "timeout_s",
    type=float,
    default=60,
    show_default=True,
    help="The longest wait for the other side each time, in seconds.",
)
@calling
async def get_command(
    node: Node,
    out: Output,
    /,
    participant: str,
    dataset: str,
    target: str | None,
    force: bool,
    endpoint: str | None,
    region: str | None,
    purpose: str | None,
    declares: tuple[str, ...],
    at: str | None,
    offer: str | None,
    format_: str | None,
    columns: str | None,
    params: tuple[str, ...],
    push_to: str | None,
    push_method: str,
    push_token_file: Path | None,
    vault: bool,
    key: str | None,
    new: bool,
    timeout_s: float,
) -> None:
    """Get a dataset: catalog, negotiation, transfer, checked download.

    PARTICIPANT is a DID, or an alias of the address book. A live agreement for the dataset is reused. To
    continue a download that was cut off, repeat the same call. An existing file is replaced only with --force; in an
    existing folder the file gets the name of the dataset. With s3:// the data goes into your own bucket, opened with
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and becomes visible there once all of it is checked. With --push-to
    the provider sends it to your address, and the command waits for the end. With --vault it lands encrypted in the
    node's vault, where it is read under the agreement.
    """
    wanted = DataRequest(
        participant=participant,
        dataset=dataset,
        at=at,
        purpose=purpose,
        offer=offer,
        timeout_s=timeout_s,
        format=format_,
        columns=columns_of(columns),
        values=values_of(params),
        declared=values_of(declares),
        vault=vault,
        force=force,
        key=key,
    )
    if key is not None and (vault or push_to is not None):
        raise errors.GET_KEY_ELSEWHERE()
    if vault and (target is not None or push_to is not None):
        raise errors.GET_VAULT_ELSEWHERE()
    place: Path | BucketTarget = Path()
    if not vault and push_to is None:
        place = place_of(target, dataset, endpoint, region)
        check_place(place, dataset, force=force)
    agreement = None if new else await _live(node, wanted)
    fresh = agreement is None
    if agreement is None:
        agreement = await _agreed(node, out, wanted)
    else:
        out.say(f"Using the agreement {agreement.id}.", f"使用现有协议 {agreement.id}。")
    if push_to is not None:
        token = None if push_token_file is None else push_token_file.read_text(encoding="ascii").strip()
        await _pushed(agreement, out, wanted, Push(url=push_to, method=push_method, token=token), fresh=fresh)
        return
    if vault:
        transfer, landed = await _landed(agreement, out, wanted)
        await transfer.complete()
        said = {"object": landed.view, "agreement": agreement.view.wire_id, "new_agreement": fresh}
        out.give(said | {"transfer": transfer.id}, landed_lines(out, landed))
        return
    transfer, saved = await _fetched(agreement, out, wanted, place)
    await transfer.complete()
    out.give(_said(agreement, transfer, saved, fresh=fresh), [_told(out, saved)])


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """The address to which the provider sends the data."""

    url: str
    method: str
    token: str | None

    def __repr__(self) -> str:
        return f"Push({self.method})"


async def _pushed(agreement: Agreement, out: Output, wanted: DataRequest, to: Push, *, fresh: bool) -> None:
    """Request a push and wait for its end.

    Raises:
        RefusedError: the transfer was terminated, in the words of the side that ended it.
    """
    transfer = await agreement.transfer(
        purpose=wanted.purpose,
        at=wanted.at,
        push_to=to.url,
        push_method=to.method,
        push_token=to.token,
        declared=wanted.declared,
    )
    await transfer.pushed(timeout_s=wanted.timeout_s)
    view = agreement.view
    said = {
        "pushed_to": to.url,
        "participant": view.peer,
        "dataset": view.dataset,
        "agreement": view.wire_id,
        "new_agreement": fresh,
        "transfer": transfer.id,
    }
    out.give(said, [out.pick(f"Sent to {to.url}.", f"已推送到 {to.url}。")])


def _spent(agreement: str) -> RefusedError:
    return errors.COUNT_EXHAUSTED(agreement=agreement)


def _suspended(agreement: str) -> RefusedError:
    return errors.AGREEMENT_SUSPENDED(agreement=agreement)


_NO_WAY_ROUND: Final = {"FULFILLED": _spent, "SUSPENDED": _suspended}
"""States of the newest agreement in which another is negotiated only where somebody asks for it."""


async def _live(node: Node, wanted: DataRequest) -> Agreement | None:
    """Return the newest live agreement that fits dataset and purpose; None if there was none, or it has ended.

    Raises:
        RefusedError: `count.exhausted`, `agreement.suspended`: what was granted is spent, or stopped for now, and
            nobody asked to negotiate anew.
    """
    peer = await node.participants.did(wanted.participant)
    if peer is None:
        return None
    live = newest = None
    async for each in node.agreements(role="consumer", peer=peer, dataset=wanted.dataset):
        if wanted.purpose in {None, each.view.purpose}:
            newest = each
            live = each if each.state == "ACTIVE" else live
    if live is None and newest is not None and newest.state in _NO_WAY_ROUND:
        raise _NO_WAY_ROUND[newest.state](newest.view.wire_id)
    return live


async def _agreed(node: Node, out: Output, wanted: DataRequest) -> Agreement:
    """Return an agreement, by catalog and negotiation."""
    catalog = await node.catalog(wanted.participant, at=wanted.at, dataset=wanted.dataset)
    dataset = catalog.dataset(wanted.dataset)
    chosen = next((each for each in dataset.offers if wanted.offer in {None, each.id}), None)
    if chosen is None:
        raise errors.OFFER_NOT_FOUND(
            dataset=wanted.dataset,
            offer=wanted.offer or "any terms",
            offer_zh=f"要约 {wanted.offer}" if wanted.offer else "任何要约",
        )
    out.say(f"Negotiating {dataset.title('en')}:", f"正在协商 {dataset.title('zh')}：")
    for line in rule_lines(out, chosen.policy.rules):
        out.say(line, line)
    negotiation = await dataset.negotiate(
        purpose=wanted.purpose, offer=chosen.id, declared=wanted.declared, vault=wanted.vault
    )
    agreement = await negotiation.agreed(timeout_s=wanted.timeout_s)
    out.say(f"Agreed: {agreement.id}.", f"已达成协议：{agreement.id}。")
    return agreement


async def _fetched(
    agreement: Agreement, out: Output, wanted: DataRequest, place: Path | BucketTarget
) -> tuple[Transfer, Saved | Landed]:
    """Return the running transfer of an earlier call, or request a new one."""
    for left in reversed(await agreement.transfers()):
        runs = left.state == "STARTED" and left.view.sending is None
        if runs and wanted.fits(left):
            try:
                return left, await _saved(left, out, place, wanted)
            except (RefusedError, ConflictError) as error:
                if not error.code.startswith(("data.token", "transfer.no-address")):
                    raise
    transfer = await agreement.transfer(purpose=wanted.purpose, at=wanted.at, declared=wanted.declared)
    await transfer.started(timeout_s=wanted.timeout_s)
    return transfer, await _saved(transfer, out, place, wanted)


async def _landed(agreement: Agreement, out: Output, wanted: DataRequest) -> tuple[Transfer, VaultObject]:
    """Continue the landing of an earlier call, or request a transfer that lands in the vault."""
    left = [
        each
        for each in reversed(await agreement.transfers())
        if each.state == "STARTED" and each.view.environment == _VAULT and wanted.fits(each)
    ]
    if left:
        transfer = left[0]
    else:
        transfer = await agreement.transfer(
            purpose=wanted.purpose, at=wanted.at, vault=True, declared=wanted.declared
        )
        await transfer.started(timeout_s=wanted.timeout_s)
    transfer = transfer.asking(wanted.format, wanted.columns, **wanted.values)
    out.say("Landing in the vault.", "正在落入受控存储。")
    landed = await transfer.land()
    while True:
        try:
            return transfer, await landed.landed(timeout_s=wanted.timeout_s)
        except PeerError as error:
            if error.code != "wait.over" or landed.view.state != "LANDING":
                raise


async def _saved(
    transfer: Transfer, out: Output, place: Path | BucketTarget, wanted: DataRequest
) -> Saved | Landed:
    transfer = transfer.asking(wanted.format, wanted.columns, **wanted.values)
    if wanted.key is not None:
        transfer = transfer.once(wanted.key)
    with progress(out, place.name) as told:
        if isinstance(place, Path):
            return await transfer.save(place, told, overwrite=wanted.force)
        return await upload(
            transfer,
            place.place,
            endpoint=place.endpoint,
            region=place.region,
            progress=told,
            overwrite=wanted.force,
        )


def _where(saved: Saved | Landed) -> str:
    return str(saved.path) if isinstance(saved, Saved) else saved.place


def _said(
    agreement: Agreement, transfer: Transfer, saved: Saved | Landed, *, fresh: bool
) -> dict[str, object]:
    view = agreement.view
    return {
        "file": _where(saved),
        "bytes": saved.size_bytes,
        "files": saved.files,
        "verified": saved.verified,
        "resumed_from": saved.resumed_from,
        "participant": view.peer,
        "dataset": view.dataset,
        "negotiation": view.negotiation,
        "agreement": view.wire_id,
        "new_agreement": fresh,
        "transfer": transfer.id,
    }


def _told(out: Output, saved: Saved | Landed) -> str:
    checked = ("checked against the provider's manifest", "已按提供方清单校验")
    if not saved.verified:
        checked = ("NOT checked: the provider has no manifest", "未校验：提供方没有清单")
    went_on = f", {size(saved.resumed_from)} were there" if saved.resumed_from else ""
    went_on_zh = f"，其中 {size(saved.resumed_from)} 先前已有" if saved.resumed_from else ""
    return out.pick(
        f"{_where(saved)}: {size(saved.size_bytes)}, {checked[0]}{went_on}.",
        f"{_where(saved)}：{size(saved.size_bytes)}，{checked[1]}{went_on_zh}。",
    )

"""The endpoint of a running pull, with a live token: renewed before its end, once for all who need it.

The provider answers the same refresh token with the same tokens, so an answer that was lost on its way, or in a
crash before it was stored, is asked for again. A token that cannot be renewed yet is used as long as it lives.

Follows: Data Plane Signaling 1.0, Token Renewal (R-DPT-02, 03, 06).
"""

import logging
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from xinfu.dsp import DataAddress
from xinfu.dsp.transfer import TransferProcess
from xinfu.errors import XinfuError
from xinfu.ports.observer import follow
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import ADDRESSES, TRANSFERS, AgreementRecord, AgreementState
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.fetching import errors
from xinfu.services.parts import DataParts, PeerParts, RecordParts
from xinfu.services.processes.transfer import TRANSFER, address_name, sealed_address
from xinfu.services.refusals import provider_error
from xinfu.services.usage.read_keys import KEY_HEADER

EARLY: Final = timedelta(seconds=60)
"""How long before its end a token is renewed; in the last fifth of its life if that is shorter."""
_LARGEST: Final = 64 * 1024
_REFUSALS: Final = frozenset({400, 401, 403})

_log = logging.getLogger(__name__)


class Fetchable(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a transfer's bytes, and the token that opens it.

    Attributes:
        agreement: its wire id, which both sides know; `under`: its id at this node, at this `epoch`.
        key: the key of the read; "" for none.
    """

    context: str
    transfer: str
    agreement: str
    under: str
    epoch: int
    dataset: str
    peer: str
    address: DataAddress
    key: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that carry the endpoint token and the key."""
        token = {"Authorization": self.address.authorization_header, "Accept-Encoding": "identity"}
        return token | ({KEY_HEADER: f'"{self.key}"'} if self.key else {})

    def url(self, part: str = "", path: str = "") -> str:
        """The address of the file, or of `part` ("manifest", "listing", "files") of it."""
        base = (self.address.url or "").rstrip("/")
        return "/".join([base, *([part] if part else []), *([quote(path)] if path else [])])


class EndpointAddress(msgspec.Struct, frozen=True, kw_only=True):
    """The stored address of a transfer, decrypted, and the moment since which its token lives."""

    record: TransferProcess
    agreement: AgreementRecord
    address: DataAddress
    since: datetime

    @property
    def place(self) -> Fetchable:
        """The address of the transfer's bytes."""
        return Fetchable(
            context=self.record.context,
            transfer=self.record.id,
            agreement=self.agreement.wire_id,
            under=self.agreement.id,
            epoch=self.agreement.epoch,
            dataset=self.record.dataset,
            peer=self.record.peer,
            address=self.address,
        )

    def left(self, now: datetime) -> timedelta | None:
        """The remaining life of the token; None if the provider stated none."""
        life = self.address.expires_in
        return None if life is None else self.since + timedelta(seconds=life) - now

    def is_due(self, now: datetime) -> bool:
        """Whether the token is to be renewed by now."""
        left, life = self.left(now), timedelta(seconds=self.address.expires_in or 0)
        return self.address.refresh_token is not None and left is not None and left <= min(EARLY, life / 5)


class _Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of a token endpoint (RFC 6749 §5.1)."""

    access_token: str
    refresh_token: str | None = None
    expires_in: int | None = None


async def place_of(parts: DataParts, context: str, transfer: str) -> Fetchable:
    """The address of a started transfer's bytes, with a token that is alive as far as we know.

    Raises:
        NotFoundError, ConflictError, RefusedError: as `find_address`.
        RefusedError, PeerError: its token has expired and was not renewed.
    """
    kept = await find_address(parts, context, transfer)
    if not kept.is_due(parts.clock.now()):
        return kept.place
    try:
        return await renew(parts, kept.place)
    except XinfuError as error:
        left = kept.left(parts.clock.now())
        if left is not None and left <= timedelta(0):
            raise
        _log.warning("token not renewed yet", extra={"transfer": transfer, "code": error.code})
        return kept.place


async def find_address(parts: RecordParts, context: str, transfer: str) -> EndpointAddress:
    """The address of a started transfer as it is stored.

    Raises:
        NotFoundError: `transfer.not-found`, `agreement.not-found`. ConflictError: `transfer.no-address`.
        RefusedError: `agreement.*`, `count.exhausted`: its agreement has ended, or is suspended, as this node knows it.
    """
    async with parts.store.view(context) as view:
        return await _kept(view, parts, transfer)


async def forget(parts: RecordParts, context: str, transfer: str) -> bool:
    """Delete the stored address of a transfer, which itself goes on; False if there is none."""
    async with parts.store.step(context) as step:
        return await step.of(ADDRESSES).remove(transfer)


async def renew(parts: DataParts, old: Fetchable) -> Fetchable:
    """Return the place with a newer token; with the same token if it has no refresh token.

    Raises:
        RefusedError: the provider does not renew it. PeerError: it cannot be reached, or answers nothing readable.
        NotFoundError, ConflictError: as `place_of`.
    """
    address = await parts.renewals.join((old.context, old.transfer), lambda: _renewed(parts, old))
    return msgspec.structs.replace(old, address=address)


async def _renewed(parts: PeerParts, old: Fetchable) -> DataAddress:
    kept = await find_address(parts, old.context, old.transfer)
    if kept.address.authorization != old.address.authorization or kept.address.refresh_token is None:
        return kept.address  # somebody was faster, or it was started anew
    asked = parts.clock.now()
    tokens = await _ask(parts, kept)
    fresh = kept.address.renewed(
        tokens.access_token, refresh_token=tokens.refresh_token, expires_in=tokens.expires_in
    )
    async with parts.store.step(old.context) as step:
        await step.of(TRANSFERS).lock(old.transfer)
        now = await _kept(step, parts, old.transfer)
        if now.address.authorization != kept.address.authorization:
            return now.address
        await step.of(ADDRESSES).save(sealed_address(parts, kept.record, fresh, asked))
        return fresh


async def _ask(parts: PeerParts, kept: EndpointAddress) -> _Tokens:
    """Ask the token endpoint once.

    The proof names the provider of the transfer, whatever the address is; else another participant could use it.
    """
    address, record = kept.address, kept.record
    form = {"grant_type": "refresh_token", "refresh_token": address.refresh_token}
    body = urlencode(form).encode()
    proof = await parts.identity.prove(
        context=record.context,
        audience=record.peer,
        url=address.refresh_endpoint,
        body=body,
        access_token=address.authorization,
    )
    answer = await parts.outbound.request(
        "POST",
        address.refresh_endpoint,
        purpose=Purpose.DATA,
        headers={
            "Authorization": proof,
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        },
        body=body,
        limit_bytes=_LARGEST,
    )
    if answer.status != 200:
        raise provider_error(answer.status, answer.body, refusals=_REFUSALS)
    try:
        return msgspec.json.decode(answer.body, type=_Tokens)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.PEER_NO_TOKEN() from error


async def agreement_of(step: Step, record: TransferProcess) -> AgreementRecord:
    """Return the active agreement of a transfer in which we are the consumer.

    Its end counts from when this node knows it: the other side, and the transfer itself, may learn of it later.

    Raises:
        NotFoundError: `agreement.not-found`. RefusedError: the agreement is not active.
    """
    agreement = await lifecycle.by_wire_id(step, record.agreement_id, "consumer")
    if agreement is None:
        raise lifecycle.agreement_not_found()
    if agreement.state is not AgreementState.ACTIVE:
        raise lifecycle.ended(agreement)
    return agreement


async def _kept(step: Step, parts: RecordParts, transfer: str) -> EndpointAddress:
    record = await step.of(TRANSFERS).get(transfer)
    if record is None:
        raise TRANSFER.not_found()
    follow(record.id, record.trace)
    agreement = await agreement_of(step, record)
    sealed = await step.of(ADDRESSES).get(transfer)
    if sealed is None:
        raise errors.TRANSFER_NO_ADDRESS(
            state=record.state or "",
            where=record.state or "not acknowledged",
            where_zh=record.state or "未确认",
        )
    opened = parts.keyring.open(sealed.envelope, context=record.context, name=address_name(transfer))
    address = msgspec.json.decode(opened, type=DataAddress)
    return EndpointAddress(record=record, agreement=agreement, address=address, since=sealed.created)

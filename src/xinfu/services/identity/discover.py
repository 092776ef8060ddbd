"""Find other participants by alias or DID: their protocol addresses, their catalogs and their offers (D-04)."""

import base64
import binascii

import msgspec
from msgspec.structs import replace

from xinfu import dsp
from xinfu.contracts import check_subject, read_code
from xinfu.credentials import is_did_web
from xinfu.odrl import Policy
from xinfu.ports.outbound import Purpose
from xinfu.ports.peer import ProtocolBase
from xinfu.ports.records import PARTICIPANTS, KnownParticipant
from xinfu.services.identity import errors
from xinfu.services.parts import PeerParts


class CatalogOf(msgspec.Struct, frozen=True, kw_only=True):
    """Datasets of a participant, up to the limit; `next` is where further ones begin, None: no more."""

    participant: str
    base: str
    datasets: list[dsp.Dataset]
    next: str | None = None


class CatalogPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position in a catalog: a page, None for the first, and how many datasets of it were returned already."""

    page: str | None = None
    given: int = 0


async def find(parts: PeerParts, context: str, participant: str, *, at: str | None = None) -> ProtocolBase:
    """Find the protocol address of a participant.

    Args:
        participant: a DID, or an alias of the address book.
        at: where to look instead; the version document, the root above it, or the base itself.

    Raises:
        NotFoundError: `participant.unknown`: no DID, and no such alias.
        PeerError, InputError: as the port has it.
    """
    async with parts.store.view(context) as view:
        known = await view.of(PARTICIPANTS).get(participant)
    if known is not None:
        return await parts.counterparty.find(known.did, at=at or known.base)
    if at is None and not participant.startswith("did:"):
        raise errors.PARTICIPANT_UNKNOWN(participant=participant)
    return await parts.counterparty.find(participant, at=at)


async def catalog_of(
    parts: PeerParts,
    context: str,
    participant: str,
    *,
    at: str | None = None,
    dataset: str | None = None,
    after: str | None = None,
    limit: int = 1000,
) -> CatalogOf:
    """Fetch the datasets that a participant offers to us.

    Args:
        after: `next` of the previous answer.

    Raises:
        As `find`; PeerError: `peer.answer`, `peer.catalog`. InputError: `catalog.page-unknown`.
    """
    place = CatalogPosition() if after is None else _place(after)
    found = await find(parts, context, participant, at=at)
    if dataset is not None:
        one = await parts.counterparty.dataset(
            context=context, peer=found.participant, base=found.base, dataset_id=dataset
        )
        return CatalogOf(participant=found.participant, base=found.base, datasets=[one])
    datasets: list[dsp.Dataset] = []
    following: CatalogPosition | None = None
    pages = parts.counterparty.catalog(
        context=context,
        peer=found.participant,
        base=found.base,
        body=dsp.write(dsp.CatalogRequestMessage()),
        at_page=place.page,
    )
    async for page in pages:
        left = page.catalog.datasets[place.given :]
        room = limit - len(datasets)
        datasets += left[:room]
        if len(left) > room:
            following = CatalogPosition(page=place.page, given=place.given + room)
            break
        following = None if page.next is None else CatalogPosition(page=page.next)
        if len(datasets) == limit or following is None:
            break
        place = following
    return CatalogOf(
        participant=found.participant,
        base=found.base,
        datasets=datasets,
        next=None if following is None else _cursor(following),
    )


def _cursor(place: CatalogPosition) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode()


def _place(cursor: str) -> CatalogPosition:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=CatalogPosition)
    except (binascii.Error, ValueError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise errors.CATALOG_PAGE_UNKNOWN() from error


async def offer_of(
    parts: PeerParts,
    context: str,
    participant: str,
    dataset: str,
    *,
    at: str | None = None,
    offer: str | None = None,
) -> tuple[ProtocolBase, Policy]:
    """Fetch an offer of a dataset from its provider: the named one, or the first.

    Raises:
        NotFoundError: `offer.not-found`, `dataset.not-found`.
    """
    found = await find(parts, context, participant, at=at)
    shown = await parts.counterparty.dataset(
        context=context, peer=found.participant, base=found.base, dataset_id=dataset
    )
    for policy in shown.offers:
        if offer is None or policy.id == offer:
            return found, msgspec.structs.replace(policy, target=dataset)
    raise errors.OFFER_NOT_FOUND(dataset=dataset)


async def remember(
    parts: PeerParts,
    context: str,
    alias: str,
    did: str,
    *,
    base: str | None = None,
    entity: str | None = None,
    connector: str | None = None,
    name: str | None = None,
) -> KnownParticipant:
    """Add a participant to the address book, or change its entry.

    A field that is None stays as it is, unless the alias named another participant; "" clears it.

    Args:
        base: its protocol address, in place of the one in its DID document.
        entity, connector: its codes by NDI-TR-2025-04. name: what it is called in contracts.

    Raises:
        InputError: `participant.alias`: an alias that reads like a DID; `participant.no-address`: neither a
            did:web that leads to an address, nor an address; `address.refused`; `identifier.*` of a code.
    """
    if entity:
        check_subject(entity, samples=parts.contracting.sample_codes)
    if connector:
        read_code(connector)
    if alias.startswith("did:") or not alias.strip():
        raise errors.PARTICIPANT_ALIAS()
    said = {"base": base, "entity": entity, "connector": connector, "name": name}
    async with parts.store.step(context) as step:
        before = await step.of(PARTICIPANTS).get(alias)
        known = before if before is not None and before.did == did else None
        record = KnownParticipant(
            id=alias,
            context=context,
            did=did,
            base=None if known is None else known.base,
            entity="" if known is None else known.entity,
            connector="" if known is None else known.connector,
            name="" if known is None else known.name,
            created=parts.clock.now(),
        )
        record = replace(record, **{each: text for each, text in said.items() if text is not None})
        record = replace(record, base=record.base or None)
        if record.base is not None:
            parts.outbound.check(record.base, purpose=Purpose.PEER)
        elif not is_did_web(did):
            raise errors.PARTICIPANT_NO_ADDRESS()
        await step.of(PARTICIPANTS).remove(alias)
        await step.of(PARTICIPANTS).add(record)
    return record

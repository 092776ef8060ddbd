"""Other participants: by alias or DID, to the base where they are spoken to; and their catalogs (D-04)."""

import msgspec

from xinfu import dsp
from xinfu.credentials import is_did_web
from xinfu.errors import InputError, NotFoundError
from xinfu.odrl import Policy
from xinfu.ports.outbound import Purpose
from xinfu.ports.peer import Found
from xinfu.ports.records import KnownParticipant
from xinfu.services.parts import Parts


class CatalogOf(msgspec.Struct, frozen=True, kw_only=True):
    """A participant's datasets, as many as were asked for. `more` says that there are further ones."""

    participant: str
    base: str
    datasets: list[dsp.Dataset]
    more: bool


async def find(parts: Parts, context: str, participant: str, *, at: str | None = None) -> Found:
    """Where a participant is spoken to.

    Args:
        participant: a DID, or an alias of the address book.
        at: where to look instead; the version document, the root above it, or the base itself.

    Raises:
        NotFoundError: `participant.unknown`: no DID, and no such alias.
        PeerError, InputError: as the port has it.
    """
    async with parts.store.view(context) as view:
        known = await view.participants.get(participant)
    if known is not None:
        return await parts.counterparty.find(known.did, at=at or known.base)
    if at is None and not participant.startswith("did:"):
        raise NotFoundError(
            "participant.unknown",
            f"{participant!r} is no DID and stands in no address book.",
            f"{participant!r} 既不是 DID，也不在通讯录中。",
            help_en="Give a DID, or add the participant with its address.",
            help_zh="请使用 DID，或先将该参与方连同地址加入通讯录。",
        )
    return await parts.counterparty.find(participant, at=at)


async def catalog_of(
    parts: Parts,
    context: str,
    participant: str,
    *,
    at: str | None = None,
    dataset: str | None = None,
    limit: int = 1000,
) -> CatalogOf:
    """What a participant offers us.

    Raises:
        As `find`; PeerError: `peer.answer`, `peer.catalog`.
    """
    found = await find(parts, context, participant, at=at)
    if dataset is not None:
        one = await parts.counterparty.dataset(
            context=context, peer=found.participant, base=found.base, dataset_id=dataset
        )
        return CatalogOf(participant=found.participant, base=found.base, datasets=[one], more=False)
    datasets: list[dsp.Dataset] = []
    participant_id = found.participant
    pages = parts.counterparty.catalog(
        context=context,
        peer=found.participant,
        base=found.base,
        body=dsp.write(dsp.CatalogRequestMessage()),
    )
    async for page in pages:
        datasets += page.catalog.datasets
        participant_id = page.catalog.participant_id or participant_id
        if len(datasets) > limit:
            break
    return CatalogOf(
        participant=participant_id, base=found.base, datasets=datasets[:limit], more=len(datasets) > limit
    )


async def offer_of(
    parts: Parts,
    context: str,
    participant: str,
    dataset: str,
    *,
    at: str | None = None,
    offer: str | None = None,
) -> tuple[Found, Policy]:
    """The offer of a dataset that we ask for: the named one, or the first.

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
    raise NotFoundError(
        "offer.not-found",
        f"The dataset {dataset} is not offered under that id.",
        f"数据产品 {dataset} 没有这个要约。",
    )


async def remember(parts: Parts, context: str, alias: str, did: str, base: str | None) -> KnownParticipant:
    """Put a participant into the address book, or replace it.

    Raises:
        InputError: `participant.alias`: an alias that reads like a DID; `participant.no-address`: neither a
            did:web that leads to an address, nor an address; `address.refused`.
    """
    if alias.startswith("did:") or not alias.strip():
        raise InputError("participant.alias", "An alias is no DID.", "别名不能是 DID。")
    if base is not None:
        parts.outbound.check(base, purpose=Purpose.PEER)
    elif not is_did_web(did):
        raise InputError(
            "participant.no-address",
            "Who is no did:web can be found by an address alone.",
            "不是 did:web 的参与方只能通过地址找到。",
            help_en="Give its protocol base as `base`.",
            help_zh="请在 base 中给出其协议地址。",
        )
    record = KnownParticipant(id=alias, context=context, did=did, base=base, created=parts.clock.now())
    async with parts.store.step(context) as step:
        await step.participants.remove(alias)
        await step.participants.add(record)
    return record

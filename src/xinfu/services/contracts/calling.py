"""Find the interfaces of another participant, and call them."""

from typing import Final, TypeVar

import msgspec

from xinfu.contracts import DigitalContract, strategies_of, write_strategies
from xinfu.contracts.reading import decode
from xinfu.errors import PeerError, XinfuError
from xinfu.ports.outbound import Purpose
from xinfu.ports.platform import InterfaceBase
from xinfu.ports.records import PARTICIPANTS
from xinfu.services.contracts import errors
from xinfu.services.identity import discover
from xinfu.services.parts import ContractParts, PeerParts

BELOW: Final = "/contracts"
"""The path of a participant's interfaces below its protocol root."""
_VERSION: Final = "/2025-1"

A = TypeVar("A", bound=msgspec.Struct)


async def platform_of(parts: PeerParts) -> InterfaceBase:
    """The address of the platform that we file with.

    Raises:
        ConflictError: `contract.no-platform`.
        PeerError, InputError, NotFoundError: it cannot be found.
    """
    settings = parts.contracting
    if settings.platform is None:
        raise errors.CONTRACT_NO_PLATFORM()
    base = settings.platform_base
    if base is None:
        base = _interfaces((await parts.counterparty.find(settings.platform)).base)
    return InterfaceBase(participant=settings.platform, base=base, purpose=Purpose.PLATFORM)


async def party_at(parts: PeerParts, context: str, participant: str) -> InterfaceBase:
    """The address of another party of a contract.

    Raises:
        PeerError, InputError, NotFoundError: it cannot be found.
    """
    async with parts.store.view(context) as view:
        known = await view.of(PARTICIPANTS).find(PARTICIPANTS.did.equals(participant), limit=1)
    found = await discover.find(parts, context, known[0].id if known else participant)
    return InterfaceBase(participant=participant, base=_interfaces(found.base))


async def ask(
    parts: ContractParts, context: str, to: InterfaceBase, api: str, message: msgspec.Struct, kind: type[A]
) -> A:
    """Send a message and read its answer.

    Raises:
        PeerError: `platform.refused`, `platform.answer`, or no answer.
    """
    data = await parts.interfaces.call(context=context, to=to, api=api, body=msgspec.json.encode(message))
    try:
        return decode(data, kind)
    except PeerError:
        raise
    except XinfuError as error:
        raise errors.PLATFORM_ANSWER(participant=to.participant, api=api, en=error.en, zh=error.zh) from error


def strategy_field(parts: PeerParts, contract: DigitalContract) -> object:
    """The field `strategy` of a contract, as our settings write it.

    Raises:
        RefusedError: `contract.term-unmapped`.
    """
    settings = parts.contracting
    strategies = strategies_of(contract.policy, contract.products[0], contract.nodes, dates=settings.dates)
    return write_strategies(strategies, names=settings.nodes, shape=settings.strategies)


def _interfaces(base: str) -> str:
    return base.rstrip("/").removesuffix(_VERSION) + BELOW

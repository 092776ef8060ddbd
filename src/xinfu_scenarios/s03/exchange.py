"""The exchange between the two nodes: every call to a node, through the client alone.

The provider publishes a table under purpose, time and membership rules. The consumer finds it, negotiates
for it, pulls it, and hashes what arrived. Then it tries what it may not.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final

from msgspec import Struct

from xinfu.client import Agreement, Node, Transfer
from xinfu.errors import ConflictError, NotFoundError, RefusedError
from xinfu_scenarios.diary import now, participant
from xinfu_scenarios.proof import sha256_of
from xinfu_scenarios.s03 import errors
from xinfu_scenarios.s03.terms import GRADE, OTHER_PURPOSE, PURPOSE, Terms, policy
from xinfu_scenarios.words import Text

PERMITTED: Final = timedelta(days=30)
"""How long the published product may be used."""
SHORT_LIVES: Final = (timedelta(seconds=3), timedelta(seconds=15))
"""How long the product lives that is read too late; the longer one where the machine is slow."""


class Product(Struct, frozen=True, kw_only=True):
    """A table to publish, with the id of its dataset."""

    id: str
    title: Text
    path: Path
    generated: bool


class Agreed(Struct, frozen=True, kw_only=True):
    """An agreement of the consumer, and how long it took."""

    agreement: Agreement
    took_ms: int

    @property
    def wire_id(self) -> str:
        """The id that both sides use."""
        return self.agreement.view.wire_id


class Pulled(Struct, frozen=True, kw_only=True):
    """A copy that arrived: its path, size and digest, and the transfer that brought it."""

    transfer: str
    path: Path
    size_bytes: int
    sha256: str


async def publish(provider: Node, product: Product, terms: Terms) -> None:
    """Offer a table under the rules of the alert's data, replacing the offer of an earlier play.

    Raises:
        XinfuError: the node refuses the place of the file, or the policy.
    """
    await provider.publish(
        product.path,
        id=product.id,
        grade=GRADE,
        policy=policy(terms),
        title={"zh": product.title.zh, "en": product.title.en},
        keywords=("air quality", "空气质量"),
        media_type="application/gzip" if product.path.suffix == ".gz" else "text/csv",
        generated=product.generated,
        replace=True,
        reason="the scenario sets the end of its offer anew",
    )


async def negotiate(consumer: Node, provider: str, product: Product) -> Agreed:
    """Find a product in the provider's catalog and come to an agreement for the alert's purpose.

    Raises:
        RefusedError: the provider does not agree; the reason is its own.
    """
    dataset = (await consumer.catalog(provider, dataset=product.id)).dataset(product.id)
    began = monotonic()
    negotiation = await dataset.negotiate(purpose=PURPOSE)
    agreement = await negotiation.agreed()
    return Agreed(agreement=agreement, took_ms=round((monotonic() - began) * 1000))


async def pull(agreed: Agreed, target: Path) -> Pulled:
    """Pull the agreed data into `target`, check each chunk, and complete the transfer.

    Raises:
        RefusedError: the provider refuses.
        IntegrityError: what arrived could not be held against the provider's manifest.
    """
    transfer = await (await agreed.agreement.transfer(purpose=PURPOSE)).started()
    saved = await transfer.save(target)
    if not saved.verified:
        raise errors.DATA_UNVERIFIED(name=target.name)
    await transfer.complete()
    digest = await asyncio.to_thread(sha256_of, target)
    return Pulled(transfer=transfer.id, path=target, size_bytes=saved.size_bytes, sha256=digest)


async def ask_for_another_purpose(agreed: Agreed) -> RefusedError:
    """Ask for the agreed data for a purpose that was not agreed, and return the refusal.

    Raises:
        IntegrityError: it was not refused.
    """
    return await _must_refuse(_start(agreed.agreement, OTHER_PURPOSE))


async def read_too_late(provider: Node, consumer: Node, product: Product) -> RefusedError:
    """Agree on a product that lives for seconds, ask for its data after that, and return the refusal.

    The pull that runs by then is cut off, and a new one is refused with the rule.

    Raises:
        IntegrityError: it was not refused.
    """
    provider_id = await participant(provider)
    for life in SHORT_LIVES:
        until = now() + life
        await publish(provider, product, Terms(until=until))
        try:
            agreed = await negotiate(consumer, provider_id, product)
            running = await (await agreed.agreement.transfer(purpose=PURPOSE)).started()
        except (RefusedError, NotFoundError):
            continue  # the machine was too slow for this life: it ended before the agreement came about
        await asyncio.sleep(max(0.0, (until - now()).total_seconds()) + 0.05)
        await _must_be_cut(running)
        return await _must_refuse(_start(agreed.agreement, PURPOSE))
    raise errors.SCENARIO_NOT_REFUSED()


async def _start(agreement: Agreement, purpose: str) -> bytes:
    """Start a transfer, and read its first byte."""
    return await (await (await agreement.transfer(purpose=purpose)).started()).read(end=1)


async def _must_refuse(tried: Coroutine[Any, Any, object]) -> RefusedError:
    try:
        await tried
    except RefusedError as refusal:
        return refusal
    raise errors.SCENARIO_NOT_REFUSED()


async def _must_be_cut(transfer: Transfer) -> None:
    """Check that a running transfer gives no further byte, whether it is refused or already stopped."""
    with contextlib.suppress(RefusedError, ConflictError):
        await transfer.read(end=1)
        raise errors.SCENARIO_NOT_REFUSED()

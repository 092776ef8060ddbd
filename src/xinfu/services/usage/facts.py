"""The facts of a use (PIP) that its policy asks for, from records, observation and declarations.

Facts that only the consumer knows (program, model, device, region) are those that it declared in its signed transfer
request; what it did not declare is unknown.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from xinfu.dsp.transfer import TransferProcess
from xinfu.odrl import Fact, FactKind, Program
from xinfu.odrl.control.levels import HANDED_OUT
from xinfu.odrl.engine.compile import CompiledRule
from xinfu.odrl.operands import DECLARED
from xinfu.ports.records import ASSETS, TRANSFERS, AgreementRecord, Asset
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_in_force

STATED: Final = frozenset({"language", "version"})
"""Traits that are what the provider states among the properties of the asset."""
CHANNEL: Final = "deliveryChannel"
ENVIRONMENT: Final = "executionEnv"
VAULT: Final = "01"
"""使用控制, as TC609-6-2025-14 codes it: used under control, as in the consumer's vault."""
OUTSIDE: Final = "07"
"""其他: anywhere else."""
METHOD: Final = "deliveryMethod"
ENCRYPTION: Final = "encryptMode"
FILING: Final = "contractFiling"
LOCATION: Final = "virtualLocation"
PLAIN: Final = "01"
"""明文, as TC609-6-2025-14 codes it."""
SEALED: Final = "02"
"""密文: on a connection that speaks TLS, or in the vault."""
OF_ASSET: Final = frozenset({"fileFormat", "media", METHOD, *STATED})
OF_TRANSFER: Final = DECLARED | {CHANNEL, ENVIRONMENT}


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """The way in which data reaches its reader, as seen by the node that hands it out.

    Attributes:
        address: of who reads, or of where it is pushed to; "": not known.
        encrypted: whether it lies or travels encrypted; None: not known.
        is_open: nobody reads yet, and whatever address may still turn out to be right.
    """

    address: str = ""
    encrypted: bool | None = None
    is_open: bool = False

    def traits(self) -> dict[str, tuple[str, ...]]:
        """The known traits of the channel, by left operand."""
        known: dict[str, tuple[str, ...]] = {LOCATION: (self.address,)} if self.address else {}
        if self.encrypted is not None:
            known[ENCRYPTION] = (SEALED if self.encrypted else PLAIN,)
        return known


UNSEEN: Final = Channel()


def channel_to(base: str) -> Channel:
    """The channel of data that will be read below the address `base`, or pushed to it."""
    return Channel(encrypted=base.startswith("https://"), is_open=True)


async def transfer_of(step: Step, transfer: str, program: Program) -> TransferProcess | None:
    """The transfer of a use; None if the policy does not depend on any fact about it."""
    asks = any(
        fact.kind is FactKind.SPATIAL or (fact.kind is FactKind.TRAIT and fact.name in OF_TRANSFER)
        for fact in program.needs
    )
    apart = any(map(_tells_apart, (*program.permissions, *program.prohibitions)))
    return await step.of(TRANSFERS).get(transfer) if transfer and (asks or apart) else None


async def traits(
    step: Step, agreement: AgreementRecord, process: TransferProcess | None, needs: Iterable[Fact]
) -> dict[str, tuple[str, ...]]:
    """The requested traits of the dataset, and of the transfer that hands it over."""
    wanted = {fact.name for fact in needs if fact.kind is FactKind.TRAIT}
    found: dict[str, tuple[str, ...]] = {}
    if "product" in wanted:
        found["product"] = (agreement.dataset,)
    if wanted & OF_ASSET:
        asset = await step.of(ASSETS).get(agreement.dataset)
        known = _of_asset(asset) if asset is not None else {}
        found |= {name: value for name, value in known.items() if name in wanted}
    if FILING in wanted:
        found[FILING] = (await contract_in_force.filing(step, agreement),)
    if process is not None:
        found |= {CHANNEL: (process.format,)}
        found |= {name: (said,) for name, said in process.declared.items() if name in wanted}
    return found


def _tells_apart(rule: CompiledRule) -> bool:
    """Whether a rule covers some of the ways to hand data out but not all of them."""
    return 0 < len(rule.covers & HANDED_OUT) < len(HANDED_OUT)


def _of_asset(asset: Asset) -> dict[str, tuple[str, ...]]:
    media_type = asset.media_type.partition(";")[0].strip()
    stated = {name: (asset.properties[name],) for name in STATED if name in asset.properties}
    code = asset.source.facts.delivery
    return {
        "fileFormat": (media_type,),
        "media": (media_type.partition("/")[0],),
        METHOD: (code,) if code is not None else (),
        **stated,
    }

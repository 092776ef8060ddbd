"""The facts of a use (PIP): just those that a policy asks for, from what the node holds.

What nobody here can attest (the device that reads, where the data goes, what was paid) is not there, and so unknown.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from xinfu.odrl import Fact, FactKind, Program
from xinfu.ports.records import AgreementRecord, Asset
from xinfu.ports.sources import SourceKind
from xinfu.ports.store import Step

STATED: Final = frozenset({"language", "version"})
"""Traits that are what the provider states among the properties of the asset."""
CHANNEL: Final = "deliveryChannel"
ENVIRONMENT: Final = "executionEnv"
VAULT: Final = "01"
"""使用控制, as TC609-6-2025-14 codes it: used under control, as in the consumer's vault."""
OUTSIDE: Final = "07"
"""其他: anywhere else."""
METHOD: Final = "deliveryMethod"
OF_ASSET: Final = frozenset({"fileFormat", "media", METHOD, *STATED})
_CODES: Final[Mapping[SourceKind, str]] = {
    SourceKind.FILE: "01",
    SourceKind.FOLDER: "01",
    SourceKind.S3: "01",
    SourceKind.TABLE: "01",
    SourceKind.HTTP: "03",
}
"""How a source is delivered, in the codes of TC609-6-2025-14 (交付方式: 01 文件, 03 API)."""


async def traits(
    step: Step, agreement: AgreementRecord, transfer: str, needs: Iterable[Fact]
) -> dict[str, tuple[str, ...]]:
    """What is known of the dataset and of how it is handed over, as far as it is asked for."""
    wanted = {fact.name for fact in needs if fact.kind is FactKind.TRAIT}
    found: dict[str, tuple[str, ...]] = {}
    if "product" in wanted:
        found["product"] = (agreement.dataset,)
    if wanted & OF_ASSET:
        asset = await step.assets.get(agreement.dataset)
        known = _of_asset(asset) if asset is not None else {}
        found |= {name: value for name, value in known.items() if name in wanted}
    if CHANNEL in wanted and transfer:
        process = await step.transfers.get(transfer)
        found[CHANNEL] = (process.format,) if process is not None else ()
    return found


async def declared(step: Step, transfer: str, program: Program) -> str | None:
    """Where the consumer of a transfer declared to use the data; looked up only where the policy can go by it."""
    asks = any(fact.kind is FactKind.TRAIT and fact.name == ENVIRONMENT for fact in program.needs)
    permits_all = any("use" in rule.covers for rule in program.permissions)
    if not transfer or (permits_all and not asks):
        return None
    process = await step.transfers.get(transfer)
    return None if process is None else process.environment


def _of_asset(asset: Asset) -> dict[str, tuple[str, ...]]:
    media_type = asset.media_type.partition(";")[0].strip()
    stated = {name: (asset.properties[name],) for name in STATED if name in asset.properties}
    code = _CODES.get(asset.source.kind)
    return {
        "fileFormat": (media_type,),
        "media": (media_type.partition("/")[0],),
        METHOD: (code,) if code is not None else (),
        **stated,
    }

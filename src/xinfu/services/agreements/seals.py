"""Make and check the signatures of contracts: of each party, and of the platform on its receipt."""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from xinfu.contracts import (
    DigitalContract,
    FilingReceipt,
    Party,
    Signature,
    contract_hash,
    filing_bytes,
    signing_bytes,
)
from xinfu.ports.sealing import Covered, Seal, SealReason, SealStanding
from xinfu.services.agreements import errors
from xinfu.services.parts import PeerParts
from xinfu.verdict import Verdict


class SignatureStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The result of checking a party's signature; `standing` is None if the party has not signed."""

    party: Party
    signed: datetime | None
    standing: SealStanding | None


async def sign_for(
    parts: PeerParts, context: str, covered: Covered, *, party: str, at: datetime
) -> Signature:
    """Sign what is `covered`, a message or a receipt, with the key of a context, in the name of `party`."""
    seal = await parts.sealing.seal(context=context, covered=lambda key: covered(key.algorithm))
    return _signature(seal, party, at)


async def contract_signature(
    parts: PeerParts, context: str, contract: DigitalContract, *, party: str, at: datetime
) -> Signature:
    """Sign a contract with the key of a context, in the name of `party`; its key and certificates are covered too."""

    def made(seal: Seal) -> Signature:
        return replace(_signature(seal, party, at), format=2)

    seal = await parts.sealing.seal(context=context, covered=lambda each: signing_bytes(contract, made(each)))
    return made(seal)


def _signature(seal: Seal, party: str, at: datetime) -> Signature:
    return Signature(
        party=party,
        at=at,
        algorithm=seal.algorithm,
        key_id=seal.key_id,
        public_jwk=seal.public_jwk,
        chain=seal.chain,
        value=seal.value,
    )


async def signature_standing(
    parts: PeerParts,
    signature: Signature,
    covered: Covered,
    *,
    holder: str,
    entity: str,
    seen: datetime | None = None,
) -> SealStanding:
    """Check a signature over what is `covered`.

    Args:
        seen: when it came first, as `Sealing.check` has it; None is now.
    """
    seal = Seal(
        algorithm=signature.algorithm,
        key_id=signature.key_id,
        public_jwk=signature.public_jwk,
        chain=signature.chain,
        value=signature.value,
    )
    return await parts.sealing.check(
        seal, covered, holder=holder, entity=entity, at=signature.at, seen=seen or parts.clock.now()
    )


async def standings(parts: PeerParts, contract: DigitalContract) -> list[SignatureStatus]:
    """Check the signature of every party, in the order of the contract; stored ones count as seen when made."""
    by_party = {each.party: each for each in contract.signatures}
    return [await _standing(parts, contract, party, by_party.get(party.id)) for party in contract.parties]


async def _standing(
    parts: PeerParts, contract: DigitalContract, party: Party, signature: Signature | None
) -> SignatureStatus:
    if signature is None:
        return SignatureStatus(party=party, signed=None, standing=None)
    found = await contract_standing(parts, contract, signature, party, seen=signature.at)
    return SignatureStatus(party=party, signed=signature.at, standing=found)


async def contract_standing(
    parts: PeerParts,
    contract: DigitalContract,
    signature: Signature,
    party: Party,
    *,
    seen: datetime | None = None,
) -> SealStanding:
    """Judge a party's signature under a contract; `seen` as in `signature_standing`."""
    return await signature_standing(
        parts,
        signature,
        lambda _: signing_bytes(contract, signature),
        holder=party.participant,
        entity=party.entity,
        seen=seen,
    )


async def receipt_standing(
    parts: PeerParts, contract: DigitalContract, receipt: FilingReceipt
) -> SealStanding | None:
    """Check the signature of a receipt, and that the receipt is about this contract's text and signatures.

    None for a receipt without a signature. The signature is made when the contract is filed: it covers that time and the
    platform, so its own fields must agree with them. The platform itself gives out the receipt: its time is believed.
    """
    signature = receipt.signature
    if signature is None:
        return None
    is_of_it = (receipt.contract, receipt.hash) == (contract.number, contract_hash(contract))
    if not is_of_it or (signature.party, signature.at) != (receipt.platform, receipt.filed):
        return SealStanding(verdict=Verdict.NO, reasons=(SealReason.WRONG,))
    return await signature_standing(
        parts,
        signature,
        lambda _: filing_bytes(receipt),
        holder=receipt.platform,
        entity="",
        seen=receipt.filed,
    )


def holds(contract: DigitalContract, found: list[SignatureStatus], receipt: SealStanding | None) -> bool:
    """Whether all parties have signed, and every signature holds, with that of the receipt if the contract is filed."""
    signing = [each.standing for each in found if each.party.signs]
    checked = [*signing, receipt] if contract.filing is not None else signing
    return bool(checked) and all(each is not None and each.verdict is Verdict.YES for each in checked)


def holds_for_parties(found: list[SignatureStatus]) -> bool:
    """Whether every party that signs has signed, and its signature holds."""
    signing = [each.standing for each in found if each.party.signs]
    return bool(signing) and all(each is not None and each.verdict is Verdict.YES for each in signing)


def must_hold(standing: SealStanding | None, who: str) -> None:
    """Refuse a signature that is missing or does not hold.

    Raises:
        RefusedError: `contract.signature-wrong`.
    """
    if standing is not None and standing.verdict is Verdict.YES:
        return
    reasons = ", ".join(standing.reasons) if standing else "missing"
    en = standing.sentence("en") if standing else "it is missing"
    zh = standing.sentence("zh") if standing else "缺少签名"
    raise errors.CONTRACT_SIGNATURE_WRONG(party=who, reasons=reasons, en=en, zh=zh)

"""DigitalContract (数字合约): one value that is rendered as an agreement of DSP and as a contract of TC609.

Its rules are those of the agreement, once; strategies are rendered from them. It can have more than two parties.
What the parties sign is its text (`text`); status, signatures and receipt are about that text and no part of it.
Follows: TC609-6-2025-14, 6.1, tables 1 and C.1.
"""

from datetime import datetime
from typing import Literal

import msgspec

from xinfu.contracts.number import CONTRACT
from xinfu.contracts.strategy import ExecutionNodes, Product
from xinfu.contracts.terms import PartyType, SignMode, Status
from xinfu.odrl import Policy


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who promises something in a contract.

    Attributes:
        entity: subject code of 18 characters; "" for a participant that has none, which cannot be filed.
        participant: its identifier in the data space, a DID.
        node: id of its connector, "" for none.
        signs: the platform that files a contract does not: its word is the receipt.
    """

    type: PartyType
    participant: str = ""
    entity: str = ""
    name: str = ""
    node: str = ""
    signs: bool = True

    @property
    def id(self) -> str:
        """By what the party signs: its subject code, else its identifier."""
        return self.entity or self.participant


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one party has signed, and by what.

    Attributes:
        party: the `id` of the party.
        at: when, aware, whole seconds; the signed bytes say it too.
        algorithm: `EdDSA`, `ES256` or `SM2`.
        key_id: the verification method, `did#fragment`; "" where only a certificate names the key.
        public_jwk: the key that signed.
        chain: certificates as PEM, that of the key first; () is a bare key, which is no certified signature.
        value: raw, lower-case hex; of ES256 with s in its lower half.
        format: of the bytes that a party signs under a contract. 2: they cover all of this but the value. Left out: they
            do not cover `key_id`, `public_jwk` and `chain`; so contracts were signed before, and so messages and receipts are.
    """

    party: str
    at: datetime
    algorithm: str
    key_id: str = ""
    public_jwk: dict[str, str] = {}
    chain: tuple[str, ...] = ()
    value: str
    format: Literal[2] | msgspec.UnsetType = msgspec.UNSET


class FilingReceipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The platform's word that a contract is filed (备案回执).

    Attributes:
        hash: the evidence code (`contractHash`), 64 hex digits: the digest of the filed text and its signatures.
        platform: the platform's identifier.
        entry: the entry of its log that records it.
        signature: of the platform over all of this; None from a platform that gives nothing but the code.
    """

    contract: str
    hash: str
    platform: str
    filed: datetime
    entry: str = ""
    signature: Signature | None = None


class DigitalContract(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A digital contract.

    Attributes:
        number: `contractId` as a platform gave it; a local id, which begins with `urn:`, until then.
        abstract: targets, parties and rules in short.
        begins, ends: the time for which it holds; `ends` None: until somebody ends it.
        policy: all rules, with the target's id in the space.
        levels: how far each rule is enforced (管控方式), by where it stands, `permission[0]`; what was shown before
            signing is signed and filed with the rest.
        products: what it is about; one product for each target.
        nodes: the connectors that carry it out.
        terms: supplementary terms in plain words (`expansionItem`).
        amends: number of the contract that this one supplements; "" for one that stands by itself.
        version: rises with each revision that is agreed; from 1.
        signed: when the last party had signed.
        filing: the receipt once it is filed; the standard has no status for that.
    """

    number: str
    name: str
    abstract: str = ""
    status: Status = Status.INITIATED
    sign_mode: SignMode = SignMode.POINT_TO_POINT
    created: datetime
    begins: datetime
    ends: datetime | None = None
    parties: tuple[Party, ...]
    policy: Policy
    levels: dict[str, str] = {}
    products: tuple[Product, ...]
    nodes: ExecutionNodes
    terms: tuple[str, ...] = ()
    amends: str = ""
    version: int = 1
    signatures: tuple[Signature, ...] = ()
    signed: datetime | None = None
    filing: FilingReceipt | None = None

    @property
    def is_numbered(self) -> bool:
        """Whether a platform has given it its number; a draft has a local id."""
        return len(self.number) == CONTRACT and not self.number.startswith("urn:")

    @property
    def unsigned(self) -> tuple[Party, ...]:
        """The parties whose signature is missing."""
        signed = {each.party for each in self.signatures}
        return tuple(party for party in self.parties if party.signs and party.id not in signed)

    @property
    def in_force(self) -> bool:
        """Whether all have signed it and nobody has ended it."""
        return self.status in (Status.SIGNED, Status.EXECUTING)

    def party(self, id_: str) -> Party | None:
        """The party of this subject code or identifier."""
        return next(
            (party for party in self.parties if id_ and id_ in (party.entity, party.participant)), None
        )

"""DigitalContract (数字合约): one value that is rendered both as an agreement of DSP and as a contract of TC609.

Its rules are those of the agreement, stored once; strategies are rendered from them. It can have more than two parties.
The parties sign its text (`text`); status, signatures and receipt are not part of that text.
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
    """A party of a contract.

    Attributes:
        entity: subject code of 18 characters; "" for a participant without one, whose contracts cannot be filed.
        participant: its identifier in the data space, a DID.
        node: id of its connector, "" for none.
        signs: whether it signs; the platform that files a contract gives a receipt instead.
    """

    type: PartyType
    participant: str = ""
    entity: str = ""
    name: str = ""
    node: str = ""
    signs: bool = True

    @property
    def id(self) -> str:
        """The id under which the party signs: its subject code, or else its identifier."""
        return self.entity or self.participant


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party's signature, with its key and certificates.

    Attributes:
        party: the `id` of the party.
        at: time of signing, aware, whole seconds; the signed bytes include it.
        algorithm: `EdDSA`, `ES256` or `SM2`.
        key_id: the verification method, `did#fragment`; "" if only a certificate names the key.
        public_jwk: the key that signed.
        chain: certificates as PEM, that of the key first; () for a bare key, whose signature is not certified.
        value: raw, lower-case hex; for ES256 with s in its lower half.
        format: format of the bytes that a party signs for a contract. 2: they cover everything here but the value. Left
            out: they do not cover `key_id`, `public_jwk` and `chain`; this is so for older contracts, and for messages
            and receipts.
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
    """The platform's receipt for a filed contract (备案回执).

    Attributes:
        hash: the evidence code (`contractHash`), 64 hex digits: the digest of the filed text and its signatures.
        platform: the platform's identifier.
        entry: the entry of the platform's log that records the filing.
        signature: the platform's signature over all of this; None from a platform that gives only the code.
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
        number: the `contractId` that a platform gave; until then a local id, which begins with `urn:`.
        abstract: summary of targets, parties and rules.
        begins, ends: its period of validity; `ends` None: until it is ended.
        policy: all rules, with the target's id in the data space.
        levels: how far each rule is enforced (管控方式), by the place of the rule, `permission[0]`; the levels shown
            before signing are signed and filed with the rest.
        products: its data products, one for each target.
        nodes: the connectors that execute it.
        terms: supplementary terms in plain words (`expansionItem`).
        amends: number of the contract that this one supplements; "" for a contract that is not a supplement.
        version: rises with each agreed revision; from 1.
        signed: time of the last party's signature.
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
        """Whether a platform has given it a number; a draft has a local id."""
        return len(self.number) == CONTRACT and not self.number.startswith("urn:")

    @property
    def unsigned(self) -> tuple[Party, ...]:
        """The parties whose signature is missing."""
        signed = {each.party for each in self.signatures}
        return tuple(party for party in self.parties if party.signs and party.id not in signed)

    @property
    def in_force(self) -> bool:
        """Whether all parties have signed it and it has not ended."""
        return self.status in (Status.SIGNED, Status.EXECUTING)

    def party(self, id_: str) -> Party | None:
        """The party with this subject code or identifier; None if there is none."""
        return next(
            (party for party in self.parties if id_ and id_ in (party.entity, party.participant)), None
        )

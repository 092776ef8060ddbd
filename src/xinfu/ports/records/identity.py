"""Records of keys, credentials, and the participants that a context knows."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.ports.column import Number, Word
from xinfu.ports.kind import DatedKind
from xinfu.ports.signer import Algorithm


class KeyUse(StrEnum):
    """The use of a key. A key has only one use."""

    MESSAGE = "message"
    LOG = "log"
    ISSUER = "issuer"
    CONTRACT = "contract"


class KeyState(StrEnum):
    """The states of a key; a key never returns to an earlier one.

    An ANNOUNCED key is in the DID document and does not sign yet: a log key until the one before vouches for it, a
    contract key until it has its certificate. An ACTIVE key signs. A RETIRING key no longer signs but is still in the
    DID document; a RETIRED key is not.
    """

    ANNOUNCED = "announced"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signing key of a context. `envelope` is the private key sealed by the keyring.

    Attributes:
        signs_from: time from which it signs; None: since it was made. The key before it signs until then.
        vouched_at: size of the log at the checkpoint by which the previous log key vouches for this one.
        credentials_until: end of the validity of the credentials or contracts that it signed; it remains in the DID
            document only for them.
        certificates: the certificate chain of the key as DER, its own certificate first.
    """

    id: str
    context: str
    use: KeyUse
    algorithm: Algorithm
    public_jwk: dict[str, str]
    envelope: bytes
    state: KeyState = KeyState.ACTIVE
    created: datetime
    retire_at: datetime | None = None
    signs_from: datetime | None = None
    vouched_at: int | None = None
    credentials_until: datetime | None = None
    certificates: tuple[bytes, ...] = ()


class _Keys(DatedKind[KeyRecord]):
    use = Word[KeyRecord, KeyUse](lambda key: key.use)
    algorithm = Word[KeyRecord, Algorithm](lambda key: key.algorithm)
    state = Word[KeyRecord, KeyState](lambda key: key.state)
    indexed = ("use", "state")


KEYS: Final = _Keys("key", "keys", "密钥", KeyRecord)


class HeldCredential(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A verifiable credential about ourselves, as the JWT that is inlined into tokens."""

    id: str
    context: str
    type: str
    issuer: str
    jwt: str
    expires: datetime | None
    created: datetime


class _HeldCredentials(DatedKind[HeldCredential]):
    type = Word[HeldCredential, str](lambda credential: credential.type)
    issuer = Word[HeldCredential, str](lambda credential: credential.issuer)
    indexed = ("type",)


HELD_CREDENTIALS: Final = _HeldCredentials("held-credential", "held_credentials", "所持凭证", HeldCredential)


class IssuedCredential(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A credential that this context issued; `index` is its bit in the status list."""

    id: str
    context: str
    type: str
    subject: str
    index: int
    revoked: bool = False
    expires: datetime
    created: datetime


class _IssuedCredentials(DatedKind[IssuedCredential]):
    type = Word[IssuedCredential, str](lambda credential: credential.type)
    subject = Word[IssuedCredential, str](lambda credential: credential.subject)
    index = Number[IssuedCredential, int](lambda credential: credential.index)
    revoked = Number[IssuedCredential, bool](lambda credential: credential.revoked)
    indexed = ("subject", "index", "revoked")


ISSUED_CREDENTIALS: Final = _IssuedCredentials(
    "issued-credential", "issued_credentials", "所发凭证", IssuedCredential
)


class KnownParticipant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the address book: `id` is the alias, `base` overrides discovery (D-04).

    `entity` and `connector` are its codes by NDI-TR-2025-04, `name` is its name in contracts.
    """

    id: str
    context: str
    did: str
    base: str | None = None
    entity: str = ""
    connector: str = ""
    name: str = ""
    created: datetime


class _Participants(DatedKind[KnownParticipant]):
    did = Word[KnownParticipant, str](lambda participant: participant.did)
    indexed = ("did",)


PARTICIPANTS: Final = _Participants("participant", "participants", "参与方", KnownParticipant)

"""Records of the grants behind endpoint tokens, and of the reads under them."""

from datetime import datetime
from typing import Final

import msgspec

from xinfu.ports.column import Number, Word
from xinfu.ports.kind import DatedKind


class ResultAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account of a kept result: uses and rows paid, bytes delivered that count, and bytes lost in a cut read.

    `following` is the number of running reads that began before its length was known; each counts as a full read.
    `told`: its reader knows something of the result, so the use is not given back.
    """

    uses: int = 0
    rows: int = 0
    following: int = 0
    delivered: int = 0
    credited: int = 0
    told: bool = False


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A grant: the access that an endpoint token opens. `id` is the SHA-256 of the token in hex; it is not stored.

    `shown` is the evidence entry of the message with which the consumer proved `claims`: each use checks what its
    credentials still prove. Without an entry, as for an agreement made elsewhere, `claims` count without a check.
    `delivered` are the bytes that count, by path; `credited` the bytes lost in a cut read, which do not count.
    `results` are the accounts of kept answers, by their names. `told` are the roots of files that the reader knows.

    A grant can be renewed: `refresh` is the SHA-256 of its refresh token, `successor` the tokens given in exchange,
    sealed, so that repeating the renewal gives the same tokens. The newest grant of a transfer, with the highest `turn`,
    continues the account. `precursor` is the grant that this one renews, until this one is used.
    """

    id: str
    context: str
    transfer: str
    agreement: str
    dataset: str
    epoch: int
    purpose: str | None
    claims: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    shown: str = ""
    until: datetime
    closed: bool = False
    delivered: dict[str, int] = msgspec.field(default_factory=dict)
    credited: dict[str, int] = msgspec.field(default_factory=dict)
    results: dict[str, ResultAccount] = msgspec.field(default_factory=dict)
    told: dict[str, str] = msgspec.field(default_factory=dict)
    uses: int = 0
    turn: int = 0
    refresh: str = ""
    successor: bytes = b""
    precursor: str = ""
    created: datetime


class _Grants(DatedKind[Grant]):
    transfer = Word[Grant, str](lambda grant: grant.transfer)
    agreement = Word[Grant, str](lambda grant: grant.agreement)
    dataset = Word[Grant, str](lambda grant: grant.dataset)
    closed = Number[Grant, bool](lambda grant: grant.closed)
    indexed = ("transfer", "agreement", "dataset")


GRANTS: Final = _Grants("grant", "grants", "访问授权", Grant)


class KeyedRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A read under a key that its reader chose, so that a repeat takes no second use. Only a digest of the key is stored.

    Attributes:
        window: the beginning of the window in which its use counts; "" if it counts for ever.
        path: path of the file, or the request of a query; "/" while only the listing was requested.
        root: Merkle root of the file, or the name of the query's result: a repeat gets exactly these bytes.
        start, end: the bytes that were requested first, `end` excluded; None: to the end of the file.
        open: number of running reads under the key.
        delivered: whether a byte of it has left, or something of it was disclosed.
    """

    id: str
    context: str
    agreement: str
    window: str
    path: str
    root: str
    start: int
    end: int | None
    open: int = 0
    delivered: bool = False
    created: datetime


class _KeyedReads(DatedKind[KeyedRead]):
    agreement = Word[KeyedRead, str](lambda read: read.agreement)
    window = Word[KeyedRead, str](lambda read: read.window)
    indexed = ("agreement window",)


KEYED_READS: Final = _KeyedReads("read", "keyed_reads", "读取", KeyedRead)

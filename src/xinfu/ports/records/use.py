"""What an endpoint token opens, and what was read under it."""

from datetime import datetime
from typing import Final

import msgspec

from xinfu.ports.kind import Kind


class ResultAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was paid and delivered of one kept result: uses, rows, bytes that count, and bytes that a cut read lost.

    `following` are reads that go on since before its length was known; each counts as a whole one. `told`: something of
    it is known to its reader, so that its use is not given back.
    """

    uses: int = 0
    rows: int = 0
    following: int = 0
    delivered: int = 0
    credited: int = 0
    told: bool = False


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an endpoint token opens. `id` is the SHA-256 of the token in hex; the token is not stored.

    `shown` is the evidence entry of the message with which the consumer proved `claims`: each use asks what its
    credentials are worth by then. Without one, as of an agreement made elsewhere, `claims` count as they are.
    `delivered` are the bytes that count, by path; `credited` those that a cut read lost on their way and that do not.
    `results` are the same of answers that are kept, by their names. `told` are the roots of files that its reader knows.

    A grant can be renewed: `refresh` is the SHA-256 of its refresh token, `successor` are the tokens that were given
    for it, sealed, so that who asks again gets them again. The account goes on in the newest grant of a transfer,
    the one of the highest `turn`. `precursor` is the grant that this one renews, until this one is used.
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


GRANTS: Final = Kind("grant", "grants", "访问授权", Grant)


class KeyedRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A read that has a key of its reader's choosing, so that a repeat is no second use. Of the key only a digest is kept.

    Attributes:
        window: the beginning of the window in which its use counts; "" where it counts for ever.
        path: of the file, or what a query was asked; "/" while nothing but the listing was.
        root: Merkle root of the file, or the name of the query's result: a repeat gets these very bytes.
        start, end: the bytes that were asked for first, `end` excluded; None: to its end.
        open: how many reads under it go on.
        delivered: whether a byte of it has left, or something of it was told.
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


KEYED_READS: Final = Kind("read", "keyed_reads", "读取", KeyedRead)

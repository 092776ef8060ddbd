"""Reads under a key that the reader chooses (幂等键): a repeat takes no second use.

A key stands for one read under an agreement: of these very bytes of a file, or of one result of a query. The first read
under it takes one use, however short it is; each repeat gets the same bytes or a part of them and takes none, from
whatever worker and after whatever crash, until the window in which the use was counted is over. Bytes and time of use
count each time, for they flow each time. A read of which no byte left gives its use back, and its key with it.
Only a digest of a key is kept. Follows: usage-control §6, "a repeat with the same key returns the same reservation".
"""

import hashlib
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu import odrl
from xinfu.evidence.entry import Fact
from xinfu.odrl import Measure
from xinfu.odrl.values.windows import Window, begins
from xinfu.ports.query import Compare, Condition, Query
from xinfu.ports.records import KEYED_READS, AgreementRecord, KeyedRead
from xinfu.ports.store import Step
from xinfu.services.usage import errors

KEY_HEADER: Final = "idempotency-key"
"""The header that carries a key."""
LONGEST: Final = 255
"""Characters of a key."""
MOST: Final = 10_000
"""Keys of one agreement in one window."""
LISTED: Final = "/"
"""In place of a path: a listing was asked for under the key, and the first file that is read under it is its read."""
_OF_USES: Final = frozenset({Measure.COUNT, Measure.PAID})
CLEARED: Final = 16
"""Keys of windows that are over which go with each new one."""


class KeyedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The content that a read under a key asks for; fields as in `KeyedRead`."""

    path: str
    root: str
    start: int
    end: int | None


class OpenKeyedRead(msgspec.Struct, frozen=True, kw_only=True):
    """A read in progress under a key; `pays`: it takes a use, because it is not a repeat."""

    read: KeyedRead
    pays: bool

    @property
    def facts(self) -> dict[str, Fact]:
        """The evidence facts of the read."""
        return {"request": self.read.id.rpartition("/")[2], "repeats": not self.pays}


def read_key(text: str) -> str:
    """The key as it was sent, if it is valid.

    Raises:
        InputError: `read.key-unusable`.
    """
    if not (0 < len(text) <= LONGEST and text.isascii() and text.isprintable()) or set(text) & {'"', "\\"}:
        raise errors.READ_KEY_UNUSABLE(longest=LONGEST)
    return text


async def count_paid(step: Step, agreement: AgreementRecord, key: str, now: datetime) -> int:
    """The uses that were taken under the key: 1 if it was used before, else 0.

    In a step the key stays locked until the step ends.
    """
    return int(await find_read(step, agreement, key, now) is not None)


async def find_read(step: Step, agreement: AgreementRecord, key: str, now: datetime) -> KeyedRead | None:
    """The read made under the key in this window, or None; locks the key like `count_paid`."""
    id_, _ = _named(agreement, key, now)
    await step.alone(f"read {id_}")
    return await step.of(KEYED_READS).get(id_)


async def begin(
    step: Step, agreement: AgreementRecord, key: str, wanted: KeyedRequest, now: datetime
) -> OpenKeyedRead:
    """Begin a read under a key, or repeat one; the caller has asked `count_paid` in the same step.

    Raises:
        ConflictError: `read.key-reused`: the key stands for another read; `read.key-over`: for bytes that are gone.
        CapacityError: `read.keys-full`.
    """
    id_, window = _named(agreement, key, now)
    known = await step.of(KEYED_READS).get(id_)
    if known is not None:
        if known.path == LISTED:
            known = replace(known, path=wanted.path, root=wanted.root, start=wanted.start, end=wanted.end)
        _check(known, wanted)
        known = replace(known, open=known.open + 1)
        await step.of(KEYED_READS).save(known)
        return OpenKeyedRead(read=known, pays=False)
    await _make_room(step, agreement, window)
    read = KeyedRead(
        id=id_,
        context=agreement.context,
        agreement=agreement.id,
        window=window,
        path=wanted.path,
        root=wanted.root,
        start=wanted.start,
        end=wanted.end,
        open=1,
        created=now,
    )
    await step.of(KEYED_READS).add(read)
    return OpenKeyedRead(read=read, pays=True)


async def end(step: Step, begun: OpenKeyedRead, *, delivered: bool) -> int:
    """End a read in the caller's step, and return the uses that count for it: 0 or 1.

    Args:
        delivered: a byte of it has left, or it has none.
    """
    id_ = begun.read.id
    await step.alone(f"read {id_}")
    known = await step.of(KEYED_READS).get(id_) or begun.read
    delivered = delivered or known.delivered
    if begun.pays and not delivered and known.open == 1:
        await step.of(KEYED_READS).remove(id_)
        return 0
    await step.of(KEYED_READS).save(replace(known, open=known.open - 1, delivered=delivered))
    return int(begun.pays)


def _check(known: KeyedRead, wanted: KeyedRequest) -> None:
    inside = known.start <= wanted.start and (
        known.end is None or (wanted.end is not None and wanted.end <= known.end)
    )
    if wanted.path != known.path or not inside:
        raise errors.READ_KEY_REUSED()
    if wanted.root != known.root:
        raise errors.READ_KEY_OVER()


async def _make_room(step: Step, agreement: AgreementRecord, window: str) -> None:
    """Remove some keys of windows that are over, and refuse a new key if this window has too many."""
    conditions = (
        KEYED_READS.agreement.equals(agreement.id),
        Condition(fields=(KEYED_READS.window,), test=Compare.LESS, values=(window,)),
    )
    for each in await step.of(KEYED_READS).query(Query(conditions=conditions, limit=CLEARED)):
        await step.of(KEYED_READS).remove(each.id)
    present = (KEYED_READS.agreement.equals(agreement.id), KEYED_READS.window.equals(window))
    if await step.of(KEYED_READS).count(*present) >= MOST:
        raise errors.READ_KEYS_FULL(most=MOST)


def _named(agreement: AgreementRecord, key: str, now: datetime) -> tuple[str, str]:
    """The id of a read, and the window in which it counts."""
    window = _window(agreement, now)
    return f"{agreement.id}/{window}/{hashlib.sha256(key.encode()).hexdigest()}", window


def _window(agreement: AgreementRecord, now: datetime) -> str:
    """The start of the longest window that counts uses; of the UTC day if none does, "" if one has no window."""
    program = odrl.compile(odrl.anchor(agreement.policy, agreement.concluded))
    listed = [each.meter for rule in program.permissions for each in rule.meters]
    meters = {each.selection.window: each for each in listed if each.measure in _OF_USES}
    if not meters:
        return begins(Window.DAY, now, UTC).isoformat()
    longest = None if None in meters else max(filter(None, meters), key=list(Window).index)
    beginning = meters[longest].begins(now)
    return "" if beginning is None else beginning.isoformat()

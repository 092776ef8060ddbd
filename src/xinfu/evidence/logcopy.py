"""A whole log as a folder of files, to hand to an auditor: written, read back, and checked.

The layout is that of C2SP tlog-tiles (`checkpoint`, `tile/<level>/...`, `tile/entries/...`), so that other
tools read it too. Pure: files come and go through callables. A copy settles what a receipt alone cannot:
its head must be one through which this log has passed, whatever became of the key that signed it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from xinfu.errors import XinfuError
from xinfu.evidence import errors
from xinfu.evidence.anchors import Anchors, log_keys
from xinfu.evidence.audit import audit, audit_tiles, stored_leaves
from xinfu.evidence.canonical import leaf_hash, parse
from xinfu.evidence.checkpoint import Checkpoint
from xinfu.evidence.entry import entry_from
from xinfu.evidence.findings import Check, Findings, check
from xinfu.evidence.note import CheckSignature, Note, NoteKey, signature_by, usable_keys, verify_note
from xinfu.evidence.receipt import ProvenEntry, Receipt, prove
from xinfu.evidence.tiles import Tile, bundle, grow, node_reader, reader_of, tiles_of, unbundle
from xinfu.evidence.tree import HASH_BYTES, Frontier
from xinfu.verdict import Verdict

CHECKPOINT: Final = "checkpoint"
FileReader: TypeAlias = Callable[[str], bytes | None]
"""Gives the bytes of a file by its path in the copy, or None when there is none."""


class LogCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A log as it was handed over; nothing in it is checked yet.

    Attributes:
        note: the signed checkpoint.
        head: what it states.
        entries: by index; fewer than `head.size` when bundles are missing.
        read: the files.
    """

    note: Note
    head: Checkpoint
    entries: tuple[bytes, ...]
    read: FileReader

    def tile(self, tile: Tile) -> bytes:
        """The hashes of a tile; out of the full one where the partial one is gone.

        Raises:
            IntegrityError: `evidence.tile-missing`.
        """
        data = self.read(tile.path())
        if data is None and not tile.full:
            full = self.read(Tile(tile.level, tile.index).path())
            data = None if full is None else full[: tile.width * HASH_BYTES]
        if data is None:
            raise errors.EVIDENCE_TILE_MISSING(tile=tile.path())
        return data


def files_of(entries: Sequence[bytes], checkpoint: str) -> Iterator[tuple[str, bytes]]:
    """The files of a log's copy: paths and bytes.

    Args:
        entries: canonical bytes of all entries, by index.
        checkpoint: the signed note of exactly so many entries.
    """
    yield CHECKPOINT, checkpoint.encode()
    for tile, data in grow(0, [leaf_hash(entry) for entry in entries], reader_of({})).items():
        yield tile.path(), data
    for tile in tiles_of(len(entries), -1):
        yield tile.path(), bundle(entries[tile.start : tile.start + tile.width])


def open_copy(read: FileReader) -> LogCopy:
    """Read a log's copy.

    Raises:
        IntegrityError: `evidence.copy-unreadable`: there is no checkpoint; `evidence.note-malformed`,
            `evidence.checkpoint-malformed`, `evidence.bundle-broken`.
    """
    data = read(CHECKPOINT)
    try:
        text = (data or b"").decode()
    except UnicodeDecodeError:
        text = ""
    if not text:
        raise errors.EVIDENCE_COPY_UNREADABLE()
    note = Note.parse(text)
    head = Checkpoint.parse(note.text)
    return LogCopy(note=note, head=head, entries=tuple(_entries(head.size, read)), read=read)


def _entries(size: int, read: FileReader) -> Iterator[bytes]:
    """Entries up to the first bundle that is missing; those of a longer bundle are not cut."""
    for tile in tiles_of(size, -1):
        data = read(tile.path())
        if data is None and not tile.full:
            data = read(Tile(-1, tile.index).path())
            yield from [] if data is None else unbundle(data)[: tile.width]
            return
        if data is None:
            return
        yield from unbundle(data)


def links_of(log: LogCopy) -> list[ProvenEntry]:
    """The log's `key.added` and `key.retired` entries, proven under its head.

    Empty when no key that stands in the log signed the head, or when the tiles cannot prove them.
    """
    places = [i for i, entry in enumerate(log.entries[: log.head.size]) if b'"kind":"key.' in entry]
    signer = next((key for i in places if (key := _named(log, i)) and signature_by(log.note, key)), None)
    if signer is None:
        return []
    read = node_reader(log.head.size, log.tile)
    links = []
    for index in places:
        try:
            note = log.note.to_text()
            links.append(prove(log.entries[index], index, checkpoint=note, read=read, key=signer))
        except XinfuError:
            continue  # an entry that cannot be proven teaches nothing; `check_copy` names the damage
    return links


def _named(log: LogCopy, index: int) -> NoteKey | None:
    """The key that an entry names."""
    try:
        entry = entry_from(parse(log.entries[index]))
        jwk = msgspec.convert(parse(str(entry.facts.get("jwk"))), dict[str, str])
        return NoteKey.from_jwk(log.head.origin, jwk)
    except (XinfuError, msgspec.ValidationError):
        return None


def check_copy(
    log: LogCopy, *, anchors: Anchors, check_signature: CheckSignature, heads: Sequence[Checkpoint] = ()
) -> Findings:
    """Check a log's copy from end to end: the head's signature, every entry, every tile.

    Args:
        heads: further heads of this log whose signatures hold, e.g. out of receipts.
    """
    try:
        leaves: list[bytes] | None = stored_leaves(log.head.size, log.tile)
    except XinfuError:
        leaves = None  # `audit_tiles` names the tile
    found = audit(log.entries, [log.head, *heads], leaves=leaves)
    checks = [_head_signature(log, anchors, check_signature), *found.checks]
    if found.outcome != "broken":
        checks += audit_tiles([leaf_hash(entry) for entry in log.entries], log.tile).checks
    return Findings(checks=tuple(checks))


def _head_signature(log: LogCopy, anchors: Anchors, check_signature: CheckSignature) -> Check:
    """A trusted key signed the head."""
    origin = log.head.origin
    links = links_of(log)
    keys = log_keys(origin, anchors, links, check_signature)
    candidates = [*anchors.log_keys(origin), *(link.key for link in links[:1])]
    verdict = Verdict.UNKNOWN
    for key in usable_keys(origin, candidates):
        if signature_by(log.note, key) is None:
            continue
        if not verify_note(log.note, key, check_signature):
            verdict = Verdict.NO
            break
        if keys.knows(key.jwk()) and not keys.outlived(key.jwk(), log.head):
            verdict = Verdict.YES
            break
    return check(
        "log.signer",
        about="signer" if verdict is Verdict.UNKNOWN else "integrity",
        holds=verdict,
        at=CHECKPOINT,
        yes=(f"the log of {origin} signed the head", f"检查点由 {origin} 的日志签署"),
        no=(
            f"no trusted key of {origin} signed the head",
            f"没有 {origin} 的可信密钥签署该检查点",
        ),
    )


def against_copy(receipt: Receipt, found: Findings, log: LogCopy, log_found: Findings) -> Findings:
    """A receipt's findings in the light of a checked copy of the log that it names.

    A head through which an established log has passed needs no signature of its own: the log's newest
    head covers it. A head through which it has not passed is a fork.
    """
    if receipt.origin != log.head.origin or log_found.outcome == "broken":
        return found
    try:
        head = Checkpoint.parse(Note.parse(receipt.proven.checkpoint).text)
    except XinfuError:
        return found
    passed = _passed(head, log)
    checks = found.checks
    if passed.verdict is Verdict.YES and log_found.outcome == "established":
        checks = tuple(_covered(each) for each in checks)
    return Findings(checks=(*checks, passed))


def _passed(head: Checkpoint, log: LogCopy) -> Check:
    verdict = Verdict.UNKNOWN
    if head.size <= len(log.entries):
        root = Frontier.read(head.size, node_reader(log.head.size, log.tile)).root()
        verdict = Verdict.YES if root == head.root else Verdict.NO
    no = (
        ("the log has never had this head: it was forked", "该日志从未有过这个检查点：日志被分叉")
        if verdict is Verdict.NO
        else ("the copy of the log is older than the receipt", "日志副本早于该存证凭证")
    )
    return check(
        "log.consistency",
        holds=verdict,
        at="proven.checkpoint",
        yes=(f"the log has passed through the head of {head.size}", f"该日志经过大小为 {head.size} 的检查点"),
        no=no,
    )


def _covered(each: Check) -> Check:
    if each.name != "log.signer" or each.verdict is not Verdict.UNKNOWN:
        return each
    return check(
        each.name,
        about="signer",
        holds=True,
        yes=(
            "a later head of the log, signed by a trusted key, covers it",
            "其后由可信密钥签署的检查点覆盖它",
        ),
        no=("", ""),
    )

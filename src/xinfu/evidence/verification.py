"""Verifying a receipt offline: every check by name, with the place where it does not hold.

Nothing is fetched. Without an anchor for the log's origin the outcome is at best "intact, signer not
established"; with one it can be "established". Follows: DECISIONS D-20.
"""

from collections.abc import Sequence
from typing import Final

from xinfu.errors import XinfuError
from xinfu.evidence.anchors import Anchors, KnownKeys, LogKeys, known_keys
from xinfu.evidence.checkpoint import Checkpoint
from xinfu.evidence.entry import KINDS, Entry, check_facts, entry_from
from xinfu.evidence.findings import Check, Findings, check
from xinfu.evidence.message import check_message
from xinfu.evidence.note import CheckSignature, Note, NoteKey, signature_by, usable_keys, verify_note
from xinfu.evidence.receipt import ProvenEntry, Receipt, shorten
from xinfu.evidence.tree import inclusion_trail, node_hash
from xinfu.verdict import Verdict

_HASH_HEX: Final = 64


def verify(
    receipt: Receipt,
    *,
    anchors: Anchors,
    check_signature: CheckSignature,
    learned: Sequence[ProvenEntry] = (),
    known: KnownKeys | None = None,
) -> Findings:
    """Check a receipt.

    Args:
        anchors: keys that the verifier trusts; none gives "intact, signer not established" at best.
        check_signature: (public JWK, message, signature) -> bool; never raises for a bad signature.
        learned: proven key entries of the same log from elsewhere, e.g. other receipts.
        known: the keys of the receipt's origin where they were worked out before, from this receipt's links too;
            then `learned` is not read.
    """
    known = known or known_keys(receipt.origin, anchors, [*receipt.keys, *learned], check_signature)
    anchors = anchors.also(Anchors(tokens={receipt.origin: known.messages}))
    checks = _check_proven(receipt.proven, receipt.origin, "proven", check_signature)
    checks.append(_log_signer(receipt, known.log))
    checks += _check_witnesses(receipt, anchors, check_signature)
    if receipt.attachments is not None:
        checks += _check_attachments(receipt, anchors, check_signature)
    for number, link in enumerate(receipt.keys):
        checks += _check_proven(link, receipt.origin, f"keys[{number}]", check_signature)
    return Findings(checks=tuple(checks))


def _check_proven(proven: ProvenEntry, origin: str, at: str, check_signature: CheckSignature) -> list[Check]:
    """Check an entry, its path to the root, and the checkpoint's signature by the proof's key."""
    checks = [_entry_form(proven, f"{at}.entry")]
    try:
        note = Note.parse(proven.checkpoint)
        head = Checkpoint.parse(note.text)
    except XinfuError as error:
        return [*checks, _unreadable(error, f"{at}.checkpoint")]
    return [
        *checks,
        _inclusion(proven, head, at),
        check(
            "checkpoint.origin",
            holds=head.origin == origin,
            at=f"{at}.checkpoint line 1",
            yes=(f"the checkpoint is of the log of {origin}", f"检查点属于 {origin} 的日志"),
            no=(f"the checkpoint is not of the log of {origin}", f"检查点不属于 {origin} 的日志"),
        ),
        _checkpoint_signature(proven, head, note, at, check_signature),
    ]


def _entry_form(proven: ProvenEntry, at: str) -> Check:
    """The entry is one: its shape, and the facts that its kind states."""
    field, why_en, why_zh = "", "", ""
    try:
        entry = entry_from(proven.entry)
        if entry.kind in KINDS:
            check_facts(entry.kind, entry.facts)
    except XinfuError as error:
        field, why_en, why_zh = error.facts.get("field", ""), error.en, error.zh
    return check(
        "entry.form",
        holds=not why_en,
        at=f"{at}.{field}" if field and field != "entry" else at,
        yes=("the entry states what its kind must state", "存证写明了该类所需的内容"),
        no=(why_en, why_zh),
    )


def _inclusion(proven: ProvenEntry, head: Checkpoint, at: str) -> Check:
    """The entry is in the tree whose root the checkpoint states; if not, where the way breaks off."""
    where = _break(proven, head)
    return check(
        "tree.inclusion",
        holds=where is None,
        at=f"{at}.{where}",
        yes=(
            f"entry {proven.index} is in the log of {head.size} entries",
            f"第 {proven.index} 条存证在共 {head.size} 条的日志中",
        ),
        no=(
            f"the way from entry {proven.index} to the root of the log breaks off",
            f"从第 {proven.index} 条存证到日志根的路径中断",
        ),
    )


def _break(proven: ProvenEntry, head: Checkpoint) -> str | None:
    """The first place at which leaf, path, trail and root do not fit each other; None when all do."""
    try:
        leaf = proven.leaf
    except XinfuError:
        return "entry"
    for number, sibling in enumerate(proven.path):
        if len(sibling) != _HASH_HEX or not set(sibling) <= set("0123456789abcdef"):
            return f"path[{number}]"
    path = [bytes.fromhex(node) for node in proven.path]
    trail = inclusion_trail(leaf, proven.index, head.size, path)
    if trail is None:
        return "index" if not 0 <= proven.index < head.size else "path"
    if len(proven.trail) != len(trail):
        return "trail"
    holds = trail[-1] == head.root
    for number, (node, expected) in enumerate(zip(trail, proven.trail, strict=True)):
        if shorten(node) != expected:
            return f"trail[{number}]" if holds else _culprit(number, trail, path, expected)
    return None if holds else "checkpoint line 3"


def _culprit(number: int, trail: Sequence[bytes], path: Sequence[bytes], expected: str) -> str:
    """The part that was changed, if node `number` of the path is the first that differs."""
    if number == 0:
        return "entry"
    below, sibling = trail[number - 1], path[number - 1]
    turned = {shorten(node_hash(below, sibling)), shorten(node_hash(sibling, below))}
    return "index" if expected in turned else f"path[{number - 1}]"


def _checkpoint_signature(
    proven: ProvenEntry, head: Checkpoint, note: Note, at: str, check_signature: CheckSignature
) -> Check:
    """Check that the proof's key signed the checkpoint."""
    where = f"{at}.key"
    try:
        key = NoteKey.from_jwk(head.origin, proven.key)
        holds = key.jwk() == proven.key and signature_by(note, key) is not None
        if holds:
            where = f"{at}.checkpoint"
            holds = verify_note(note, key, check_signature)
    except XinfuError:
        holds = False
    return check(
        "checkpoint.signature",
        holds=holds,
        at=where,
        yes=("the checkpoint's signature holds", "检查点签名有效"),
        no=("the checkpoint's signature does not hold", "检查点签名无效"),
    )


def _log_signer(receipt: Receipt, keys: LogKeys) -> Check:
    """The key that signed is one of the log's own, and was not retired before."""
    key = receipt.proven.key
    verdict = Verdict.YES if keys.knows(key) else Verdict.UNKNOWN
    try:
        head = Checkpoint.parse(Note.parse(receipt.proven.checkpoint).text)
    except XinfuError:
        verdict, head = Verdict.UNKNOWN, Checkpoint(origin="", size=0, root=b"")
    if verdict is Verdict.YES and keys.outlived(key, head):
        return check(
            "log.signer",
            about="signer",
            holds=False,
            at="proven.key",
            yes=("", ""),
            no=("the key signed after it had been retired", "该密钥在停用之后仍被用来签署"),
        )
    origin = receipt.origin
    return check(
        "log.signer",
        about="signer",
        holds=verdict,
        at="proven.key",
        yes=(f"the log of {origin} signed", f"由 {origin} 的日志签署"),
        no=_not_established(origin, anchored=bool(keys.anchored)),
    )


def _not_established(origin: str, *, anchored: bool) -> tuple[str, str]:
    if anchored:
        return (
            f"the key that signed is not one of the trusted keys of {origin}",
            f"签署所用的密钥不在 {origin} 的可信密钥之中",
        )
    return (
        f"no trusted key of {origin} is at hand; give its DID document",
        f"没有 {origin} 的可信密钥；请提供其 DID 文档",
    )


def _check_witnesses(receipt: Receipt, anchors: Anchors, check_signature: CheckSignature) -> list[Check]:
    """Check the signatures of witnesses known to the verifier; unknown ones are ignored."""
    try:
        note = Note.parse(receipt.proven.checkpoint)
    except XinfuError:
        return []
    return [
        _witness(line.name, note, key, check_signature)
        for line in note.signatures
        if line.name != receipt.origin
        for key in _named(line.name, anchors)
        if key.key_hash == line.key_hash
    ]


def _witness(name: str, note: Note, key: NoteKey, check_signature: CheckSignature) -> Check:
    return check(
        "checkpoint.witness",
        holds=verify_note(note, key, check_signature),
        at="proven.checkpoint",
        yes=(f"{name} witnessed the checkpoint", f"{name} 见证了该检查点"),
        no=(f"the witness line of {name} does not hold", f"{name} 的见证签名无效"),
    )


def _named(name: str, anchors: Anchors) -> list[NoteKey]:
    """The keys of a witness: for notes, and as cosigner with a time."""
    keys = usable_keys(name, anchors.logs.get(name, ()))
    return [each for key in keys for each in (key, *key.cosigners())]


def _check_attachments(receipt: Receipt, anchors: Anchors, check_signature: CheckSignature) -> list[Check]:
    try:
        entry: Entry = entry_from(receipt.proven.entry)
    except XinfuError:
        return []
    kept = receipt.attachments
    if kept is None:
        return []
    return check_message(entry, kept, origin=receipt.origin, anchors=anchors, check_signature=check_signature)


def _unreadable(error: XinfuError, at: str) -> Check:
    line = error.facts.get("line", "")
    return check(
        "checkpoint.form",
        holds=False,
        at=f"{at} line {line}" if line else at,
        yes=("", ""),
        no=(error.en, error.zh),
    )

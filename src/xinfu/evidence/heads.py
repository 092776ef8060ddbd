"""Comparing two heads of one log: did it only grow, or was it rewritten, cut or forked?

Each participant keeps the heads that it saw of every peer's log and compares them at the next contact, so
an operator who rewrites history, or shows two histories to two peers, is found out by the peers.
Follows: usage-control design §11, threat P8, RFC 9162 §2.1.4.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from xinfu.errors import XinfuError
from xinfu.evidence.checkpoint import Checkpoint
from xinfu.evidence.findings import Check, check
from xinfu.evidence.note import CheckSignature, Note, usable_keys, verify_note
from xinfu.evidence.tree import verify_consistency
from xinfu.verdict import Verdict

_FORKED: Final = ("the log shows two histories of the same length", "同一长度的日志出现了两个不同的历史")
_REWRITTEN: Final = ("the log was rewritten behind the head that we hold", "日志在我方持有的检查点之前被改写")
_SHORTER: Final = ("the log is shorter than the head that we hold", "日志比我方持有的检查点更短")
_OTHER: Final = ("these are heads of two different logs", "这是两个不同日志的检查点")
_UNSHOWN: Final = ("nothing shows that the log only grew", "没有证据表明日志只是增长")

LONGEST: Final = 4096
"""Characters of a signed head that travels with a message."""


class SignedHead(msgspec.Struct, frozen=True, kw_only=True):
    """A head whose signature holds, and the note that contains it."""

    note: str
    checkpoint: Checkpoint


def signed_head(
    origin: str, note: str, keys: Iterable[Mapping[str, str]], check_signature: CheckSignature
) -> SignedHead | None:
    """The head of the log of `origin`, if the note is one signed by one of `keys`; otherwise None.

    Args:
        keys: public JWKs of the log.
    """
    if len(note) > LONGEST:
        return None
    try:
        parsed = Note.parse(note)
        head = Checkpoint.parse(parsed.text)
    except XinfuError:
        return None
    signed = any(verify_note(parsed, key, check_signature) for key in usable_keys(origin, keys))
    return SignedHead(note=note, checkpoint=head) if signed and head.origin == origin else None


def compare_heads(held: Checkpoint, seen: Checkpoint, proof: Sequence[bytes] | None = None) -> Check:
    """Whether the log of `held` has only grown to `seen`.

    Args:
        held: the head that we kept; its signature held then.
        seen: the head that the log shows now; its signature holds.
        proof: consistency proof from `held.size` to `seen.size`; None when there is none, which leaves a
            longer log UNKNOWN.
    """
    verdict, no = _compared(held, seen, proof)
    return check(
        "log.growth",
        holds=verdict,
        at=f"head of {seen.size}",
        yes=(
            f"the log grew from {held.size} to {seen.size} entries and kept what it had",
            f"日志从 {held.size} 条增长到 {seen.size} 条，原有内容未变",
        ),
        no=no,
    )


def _compared(
    held: Checkpoint, seen: Checkpoint, proof: Sequence[bytes] | None
) -> tuple[Verdict, tuple[str, str]]:
    if held.origin != seen.origin:
        return Verdict.NO, _OTHER
    if seen.size < held.size:
        return Verdict.NO, _SHORTER
    if seen.size == held.size:
        return (Verdict.YES if seen.root == held.root else Verdict.NO), _FORKED
    if proof is None:
        return Verdict.UNKNOWN, _UNSHOWN
    grew = verify_consistency(held.size, seen.size, proof, held.root, seen.root)
    return (Verdict.YES if grew else Verdict.NO), _REWRITTEN

"""Checkpoints: the head of a log as a text to sign: origin, size, root, and when.

    did:web:bureau.example
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    time 2026-03-01T08:00:00.000Z

The time is an extension line: signed by the log, not audited by monitors. Where the clock was set back since an
earlier head, the line `latest 2026-03-01T09:00:00.000Z` follows: the latest time that any head of the log states. So a
larger head never states an earlier one, whatever the clock does, and two heads alone show when one log broke off and
another history went on. Signature lines of the log's
key and of witnesses follow as in any signed note (`note`). Follows: C2SP tlog-checkpoint.
"""

import base64
import binascii
import re
from datetime import datetime
from typing import Final

import msgspec

from xinfu.evidence import errors
from xinfu.evidence.entry import instant
from xinfu.evidence.note import CheckSignature, Note, NoteKey, sign_note, verify_note
from xinfu.evidence.tree import HASH_BYTES

_TIME: Final = "time "
_LATEST: Final = "latest "
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,19}")


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A log's head.

    Attributes:
        origin: the log's identity: the DID of its context.
        size: entries in the log.
        root: root hash over them, 32 bytes.
        at: when the log signed it, RFC 3339 in UTC; None when it does not say.
        extensions: further extension lines, kept as they are.
    """

    origin: str
    size: int
    root: bytes
    at: str | None = None
    extensions: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, origin: str, size: int, root: bytes, at: datetime, before: "Checkpoint | None" = None
    ) -> "Checkpoint":
        """The head of a log at an aware moment.

        Args:
            before: the head before this one; None for the first.
        """
        said, latest = instant(at), None if before is None else before.latest
        later = () if latest is None or latest <= said else (_LATEST + latest,)
        return cls(origin=origin, size=size, root=root, at=said, extensions=later)

    @property
    def latest(self) -> str | None:
        """The latest time that this head or an earlier one of its log states; None when it does not say."""
        later = [each.removeprefix(_LATEST) for each in self.extensions if each.startswith(_LATEST)]
        return max([self.at, *later]) if self.at is not None else None

    def text(self) -> str:
        """The note text to sign (in UTF-8), with its final newline."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode()]
        if self.at is not None:
            lines.append(_TIME + self.at)
        return "\n".join([*lines, *self.extensions]) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note text; reading and writing give the same text.

        Raises:
            IntegrityError: `evidence.checkpoint-malformed`, with the line in `facts["line"]`.
        """
        lines = text.split("\n")[:-1]
        if not text.endswith("\n") or len(lines) < 3 or "" in lines:
            raise errors.EVIDENCE_CHECKPOINT_MALFORMED(
                line=1, en="three lines are needed and none may be empty", zh="至少三行，且不得有空行"
            )
        if not _SIZE.fullmatch(lines[1]):
            raise errors.EVIDENCE_CHECKPOINT_MALFORMED(
                line=2, en="the size is not a plain number", zh="大小不是普通的整数"
            )
        timed = len(lines) > 3 and lines[3].startswith(_TIME)
        return cls(
            origin=lines[0],
            size=int(lines[1]),
            root=_root(lines[2]),
            at=lines[3].removeprefix(_TIME) if timed else None,
            extensions=tuple(lines[4 if timed else 3 :]),
        )

    def signed(self, key: NoteKey, signature: bytes) -> str:
        """The signed note; `signature` is over `text()` in UTF-8, as in JWS."""
        return sign_note(self.text(), key, signature)


def open_checkpoint(note: str, key: NoteKey, check_signature: CheckSignature) -> Checkpoint:
    """The head that `key` signed.

    Raises:
        IntegrityError: `evidence.note-malformed`, `evidence.checkpoint-malformed`,
            `evidence.checkpoint-unsigned`: the key's line is missing or does not hold.
    """
    parsed = Note.parse(note)
    if not verify_note(parsed, key, check_signature):
        raise errors.EVIDENCE_CHECKPOINT_UNSIGNED(name=key.name)
    return Checkpoint.parse(parsed.text)


def _root(line: str) -> bytes:
    try:
        root = base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise errors.EVIDENCE_CHECKPOINT_MALFORMED(
            line=3, en="the root is not base64", zh="根哈希不是 base64"
        ) from error
    if len(root) != HASH_BYTES or base64.b64encode(root).decode() != line:
        raise errors.EVIDENCE_CHECKPOINT_MALFORMED(
            line=3, en="the root is not a SHA-256", zh="根哈希不是 SHA-256"
        )
    return root

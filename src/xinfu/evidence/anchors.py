"""Anchors: the keys that a verifier trusts already, and how trust reaches the other keys of a log.

A log's keys change, and each change stands in the log: `key.added` and `key.retired`. Such an entry, proven
under a checkpoint of a trusted key, links trust to the key that it names:

- forward: a key added after the trusted one is trusted;
- backward: a key added before it is trusted only when its retirement is shown too, so that a retired key
  in a thief's hands cannot go on. It signs no checkpoint that holds its own retirement (but for the one in
  the making just then), and teaches nothing;
- a key retired as compromised is trusted for nothing.

What is left to a thief of a retired key is a fork of the past, which the log itself refutes (`audit`).
Follows: DECISIONS D-20.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias

import msgspec

from xinfu.errors import XinfuError
from xinfu.evidence.canonical import canonical, parse
from xinfu.evidence.checkpoint import Checkpoint
from xinfu.evidence.entry import Entry, Fact, entry_from
from xinfu.evidence.note import CheckSignature, Note, NoteKey, thumbprint, verify_note
from xinfu.evidence.receipt import ProvenEntry
from xinfu.evidence.tree import verify_inclusion

ANY: Final = ""
"""In place of a DID: a key that is trusted whoever's it is (`--trust KEY`)."""

LOG: Final = "log"
"""The `purpose` of a key that signs checkpoints."""

SIGN: Final = "sign"
"""The `purpose` of a key that signs messages and credentials."""


GRACE: Final = timedelta(seconds=60)
"""How long after its retirement a key may still sign a checkpoint that was in the making."""


class Anchors(msgspec.Struct, frozen=True, kw_only=True):
    """Keys that a verifier trusts, as public JWKs.

    Attributes:
        logs: DID (or ANY) -> keys that may sign its checkpoints and cosign those of others.
        tokens: DID (or ANY) -> keys that may sign its messages.
    """

    logs: Mapping[str, tuple[Mapping[str, str], ...]] = {}
    tokens: Mapping[str, tuple[Mapping[str, str], ...]] = {}

    def also(self, other: "Anchors") -> "Anchors":
        """These anchors and those."""
        return Anchors(logs=_joined(self.logs, other.logs), tokens=_joined(self.tokens, other.tokens))

    def log_keys(self, did: str) -> tuple[Mapping[str, str], ...]:
        """Keys for the log of `did`."""
        return (*self.logs.get(did, ()), *self.logs.get(ANY, ()))

    def token_keys(self, did: str) -> tuple[Mapping[str, str], ...]:
        """Keys for messages of `did`."""
        return (*self.tokens.get(did, ()), *self.tokens.get(ANY, ()))


_Keys: TypeAlias = Mapping[str, tuple[Mapping[str, str], ...]]


def _joined(one: _Keys, other: _Keys) -> _Keys:
    return {did: (*one.get(did, ()), *other.get(did, ())) for did in one.keys() | other.keys()}


class LogKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The keys of one log that are trusted, all by thumbprint.

    Attributes:
        anchored: those that the verifier brought.
        trusted: those and the ones that follow from them.
        added: index of the entry that added a key.
        retired: index and time of the entry that retired it.
        compromised: keys that their retirement called compromised.
    """

    anchored: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()
    added: Mapping[str, int] = {}
    retired: Mapping[str, tuple[int, str]] = {}
    compromised: frozenset[str] = frozenset()

    def knows(self, key: Mapping[str, str]) -> bool:
        """Whether this public JWK is a trusted key of the log."""
        return thumbprint(key) in self.trusted - self.compromised

    def outlived(self, key: Mapping[str, str], head: Checkpoint) -> bool:
        """Whether a head holds the retirement of the key that signed it, and was not in the making then."""
        end = self.retired.get(thumbprint(key))
        return end is not None and head.size > end[0] and not _within(GRACE, end[1], head.at)

    def may_teach(self, key: Mapping[str, str]) -> bool:
        """Whether what this key's checkpoints say of other keys counts."""
        name = thumbprint(key)
        return self.knows(key) and (name in self.anchored or name not in self.retired)


def _within(grace: timedelta, start: str, moment: str | None) -> bool:
    try:
        return moment is not None and datetime.fromisoformat(moment) <= datetime.fromisoformat(start) + grace
    except (ValueError, TypeError):
        return False


def key_facts(kid: str, jwk: Mapping[str, str], *, purpose: str = LOG) -> dict[str, Fact]:
    """The facts of a `key.added` or `key.retired` entry.

    Args:
        kid: full id of the verification method.
        jwk: the public key.
        purpose: `log` for checkpoints, `sign` for messages and credentials, `contract` for contracts.
    """
    public = {name: jwk[name] for name in ("crv", "kty", "x", "y") if name in jwk}
    return {
        "kid": kid,
        "thumbprint": thumbprint(public),
        "jwk": canonical(public).decode(),
        "purpose": purpose,
    }


class KnownKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The known keys of a participant.

    Attributes:
        log: the keys that sign its checkpoints.
        messages: public JWKs of the keys that sign its messages, as its own log states them.
    """

    log: LogKeys
    messages: tuple[Mapping[str, str], ...] = ()


def known_keys(
    origin: str, anchors: Anchors, links: Sequence[ProvenEntry], check_signature: CheckSignature
) -> KnownKeys:
    """The keys of `origin`: the anchors, and what follows from them over the links.

    Each link costs a signature check, so who verifies many receipts of one log asks once, with the links of all.
    """
    keys = log_keys(origin, anchors, links, check_signature)
    return KnownKeys(log=keys, messages=message_keys(origin, keys, links, check_signature))


def log_keys(
    origin: str, anchors: Anchors, links: Iterable[ProvenEntry], check_signature: CheckSignature
) -> LogKeys:
    """The trusted keys of the log of `origin`: the anchors, and what follows from them over the links."""
    anchored = frozenset(map(thumbprint, anchors.log_keys(origin)))
    keys = LogKeys(anchored=anchored, trusted=anchored)
    steps = [step for link in links if (step := _step(link, origin, check_signature)) is not None]
    while True:
        counting = [
            step
            for step in steps
            if keys.may_teach(step.teacher) and not keys.outlived(step.teacher, step.head)
        ]
        grown = _grown(keys, counting)
        if grown == keys:
            return keys
        keys = grown


class _Step(msgspec.Struct, frozen=True, kw_only=True):
    """A link whose proof and signature hold: what `teacher` says of the key that is named."""

    teacher: Mapping[str, str]
    head: Checkpoint
    index: int
    named: str
    entry: Entry


def message_keys(
    origin: str, keys: LogKeys, links: Iterable[ProvenEntry], check_signature: CheckSignature
) -> tuple[Mapping[str, str], ...]:
    """Keys for the messages of `origin` that its own log states, under checkpoints of trusted keys."""
    steps = [_step(link, origin, check_signature, purpose=SIGN) for link in links]
    stated = [
        step
        for step in steps
        if step is not None and keys.knows(step.teacher) and not keys.outlived(step.teacher, step.head)
    ]
    lost = {step.named for step in stated if step.entry.facts.get("compromised") is True}
    return tuple(
        msgspec.convert(parse(str(step.entry.facts["jwk"])), dict[str, str])
        for step in stated
        if step.entry.kind == "key.added" and step.named not in lost
    )


def _step(
    link: ProvenEntry, origin: str, check_signature: CheckSignature, *, purpose: str = LOG
) -> _Step | None:
    try:
        note = Note.parse(link.checkpoint)
        head = Checkpoint.parse(note.text)
        path = [bytes.fromhex(node) for node in link.path]
        entry = entry_from(link.entry)
        named = thumbprint(msgspec.convert(parse(str(entry.facts.get("jwk"))), dict[str, str]))
        sound = (
            head.origin == origin
            and entry.facts.get("purpose") == purpose
            and verify_inclusion(link.leaf, link.index, head.size, path, head.root)
            and verify_note(note, NoteKey.from_jwk(origin, link.key), check_signature)
        )
    except (XinfuError, ValueError):
        return None
    return _Step(teacher=link.key, head=head, index=link.index, named=named, entry=entry) if sound else None


def _grown(keys: LogKeys, steps: Iterable[_Step]) -> LogKeys:
    """The keys after what the steps teach: first what ends, then what begins."""
    added, retired, compromised = dict(keys.added), dict(keys.retired), set(keys.compromised)
    for step in steps:
        if step.entry.kind == "key.retired":
            end = (step.index, step.entry.at)
            retired[step.named] = min(end, retired.get(step.named, end))
            if step.entry.facts.get("compromised") is True:
                compromised.add(step.named)
        elif step.entry.kind == "key.added":
            added[step.named] = step.index
    trusted = set(keys.trusted)
    for step in steps:
        if step.entry.kind == "key.added" and _reaches(step, added, retired):
            trusted.add(step.named)
    return LogKeys(
        anchored=keys.anchored,
        trusted=frozenset(trusted),
        added=added,
        retired=retired,
        compromised=frozenset(compromised),
    )


def _reaches(step: _Step, added: Mapping[str, int], retired: Mapping[str, tuple[int, str]]) -> bool:
    """Forward over a later addition, or backward to a key whose end is known."""
    teacher = thumbprint(step.teacher)
    forward = teacher in added and added[teacher] < step.index
    return forward or step.named in retired

"""Kinds of evidence entry and what each must state.

An entry says what happened, in digests and ids: no personal data, so that the rest can be deleted. Its
canonical bytes are a leaf of the context's log. All fields always stand, an absent one as null. A reader
accepts kinds that it does not know (the log outlives this program); a writer does not: `Entry.of` checks.
Follows: usage-control design §11, DECISIONS D-01, D-19, D-21.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

import msgspec

from xinfu.evidence import errors
from xinfu.evidence.canonical import SAFE_INTEGER, canonical_record, leaf_hash, parse_canonical

Fact: TypeAlias = str | bool | int | list[str]

VERSION: Final = 1
_ID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of entry: the facts that its entries state.

    Attributes:
        must: facts that always stand, with their type.
        may: facts that may stand as well, with their type. Facts named in neither are free.
        digests: those of them that are SHA-256 digests in lower-case hex.
    """

    must: Mapping[str, type]
    may: Mapping[str, type] = {}
    digests: frozenset[str] = frozenset()


_MESSAGE: Final = Kind(
    must={"type": str, "digest": str, "signed": str, "token_digest": str},
    may={"url": str, "key": str, "status": int},
    digests=frozenset({"digest", "token_digest"}),
)
_STATE: Final = Kind(must={"from": str, "to": str, "by": str}, may={"reason": str})
_KEY: Final = Kind(
    must={"kid": str, "thumbprint": str, "jwk": str, "purpose": str}, may={"reason": str, "compromised": bool}
)

_UNDER: Final = {"number": str}
"""Of what is done under a filed contract: the contract's number."""
_KEYED: Final = {"request": str, "repeats": bool}
"""Of a read under a key: its SHA-256, and whether it was read under it before."""

KINDS: Final[Mapping[str, Kind]] = {
    "message.sent": _MESSAGE,
    "message.received": _MESSAGE,
    "negotiation.state": _STATE,
    "transfer.state": _STATE,
    "decision": Kind(
        must={
            "action": str,
            "verdict": str,
            "policy_digest": str,
            "situation_digest": str,
            "reasons": list,
        },
        digests=frozenset({"policy_digest", "situation_digest"}),
    ),
    "use.begun": Kind(
        must={"dataset": str, "root": str, "ranges": list, "started": str},
        may={"times": int, **_KEYED, **_UNDER},
    ),
    "use": Kind(
        must={
            "dataset": str,
            "root": str,
            "ranges": list,
            "bytes": int,
            "started": str,
            "ended": str,
            "outcome": str,
        },
        may={"digest": str, **_KEYED, **_UNDER},
        digests=frozenset({"digest"}),
    ),
    "data.received": Kind(
        must={"dataset": str, "root": str, "bytes": int, "outcome": str},
        may={"digest": str, **_UNDER},
        digests=frozenset({"digest"}),
    ),
    "vault.landed": Kind(
        must={"object": str, "dataset": str, "key": str, "contents": str, "files": int, "bytes": int},
        may={"verified": bool, **_UNDER},
        digests=frozenset({"key", "contents"}),
    ),
    "vault.destroyed": Kind(
        must={
            "object": str,
            "dataset": str,
            "key": str,
            "method": str,
            "cause": str,
            "destroyed": str,
            "contents": str,
            "roots": list,
            "files": int,
            "bytes": int,
            "removed": bool,
        },
        may=_UNDER,
    ),
    "programme.signed": Kind(must={"programme": str, "name": str, "key": str}),
    "programme.added": Kind(
        must={"programme": str, "name": str, "author": str, "signature": str},
        digests=frozenset({"signature"}),
    ),
    "programme.approved": Kind(
        must={
            "programme": str,
            "name": str,
            "author": str,
            "code": str,
            "environment": str,
            "arguments": str,
            "ranges": list,
            "signature": str,
            "by": str,
            "reason": str,
        },
        digests=frozenset({"code", "environment", "arguments", "signature"}),
    ),
    "programme.refused": Kind(must={"programme": str, "name": str, "by": str, "reason": str}),
    "programme.withdrawn": Kind(must={"programme": str, "name": str, "by": str, "reason": str}),
    "payment.settled": Kind(must={"receipt": str, "amount": str, "currency": str}),
    "agreement.concluded": Kind(
        must={"policy_digest": str, "assigner": str, "assignee": str},
        may={"local_id": str, "dataset": str},
        digests=frozenset({"policy_digest"}),
    ),
    "agreement.state": Kind(
        must={"from": str, "to": str, "by": str},
        may={"reason": str, "clause": str, "breach": bool, "renewed_by": str, "move": str},
    ),
    "agreement.terminated": Kind(must={"reason": str, "by": str}),
    "agreement.settled": Kind(must={"from": str, "to": str, "by": str}, may={"reason": str, "clause": str}),
    "contract.state": Kind(
        must={"from": str, "to": str, "event": str, "by": str, "digest": str},
        may={"number": str, "version": int, "reason": str},
        digests=frozenset({"digest"}),
    ),
    "contract.signed": Kind(
        must={"number": str, "party": str, "digest": str, "signature": str, "key": str},
        digests=frozenset({"digest", "signature"}),
    ),
    "contract.answered": Kind(
        must={"number": str, "event": str, "act": str, "rule": str, "reasons": list}, may={"version": int}
    ),
    "contract.filed": Kind(must={"number": str, "hash": str, "platform": str}, digests=frozenset({"hash"})),
    "contract.contradicted": Kind(must={"found": str}, may={"number": str}),
    "duty.state": Kind(
        must={"duty": str, "action": str, "from": str, "to": str, "by": str},
        may={"transfer": str, "opens": str, "deadline": str, "proof": str, "assurance": str, "reason": str},
        digests=frozenset({"proof"}),
    ),
    "contract.executed": Kind(
        must={"number": str, "by": str, "actions": list, "result": str}, may={"details": str}
    ),
    "usage.strategy": Kind(must={"number": str, "strategy": str, "version": str, "by": str}),
    "usage.feedback": Kind(must={"number": str, "strategy": str, "by": str, "result": str}),
    "usage.reported": Kind(must={"number": str, "interface": str, "report": int}),
    "usage.stopped": Kind(
        must={"number": str, "strategy": str, "by": str, "termination": str, "reason": str}
    ),
    "usage.proof": Kind(
        must={"number": str, "strategy": str, "by": str, "proof": str, "digest": str, "receipts": int},
        digests=frozenset({"digest"}),
    ),
    "publication": Kind(
        must={"asset": str, "policy_digest": str},
        may={"root": str, "derived_from": list, "replaces": str, "reason": str},
        digests=frozenset({"policy_digest", "replaces"}),
    ),
    "terms.replaced": Kind(
        must={"policy": str, "from": str, "policy_digest": str, "wider": bool},
        may={"definition": str},
        digests=frozenset({"from", "policy_digest"}),
    ),
    "grade.stated": Kind(must={"asset": str, "to": int}, may={"from": int, "reason": str, "withheld": list}),
    "refusal": Kind(must={"code": str}, may=_UNDER),
    "token.renewed": Kind(must={"until": str, "key": str}),
    "key.added": _KEY,
    "key.retired": _KEY,
    "key.certified": Kind(
        must={"kid": str, "subject": str, "digest": str},
        digests=frozenset({"digest"}),
    ),
    "log.contradicted": Kind(must={"found": str, "kept": str, "seen": str}),
    "log.accepted": Kind(must={"found": str, "kept": str, "reason": str}),
    "context.changed": Kind(must={"change": str}),
    "credential.issued": Kind(
        must={"credential": str, "type": str, "subject": str, "digest": str},
        digests=frozenset({"digest"}),
    ),
    "credential.revoked": Kind(must={"credential": str, "reason": str}),
}


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event as recorded in the log.

    Attributes:
        v: version of this format.
        id: UUIDv7 as `urn:uuid:`, unique in the log.
        kind: a key of KINDS.
        at: when, RFC 3339 in UTC, ending in Z.
        context: id of the participant context whose log this is.
        process: id of the negotiation, transfer or use, if there is one.
        agreement: id of the agreement on the wire, if there is one.
        peer: DID of the other side, if there is one.
        facts: what the kind states.

    Raises:
        InputError: `evidence.entry-malformed`: an id, a time or an integer that D-21 refuses.
    """

    v: int = VERSION
    id: str
    kind: str
    at: str
    context: str
    process: str | None = None
    agreement: str | None = None
    peer: str | None = None
    facts: dict[str, Fact] = {}

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise errors.EVIDENCE_ENTRY_MALFORMED(
                field="id",
                en="it is not a UUIDv7 written as urn:uuid:",
                zh="它不是以 urn:uuid: 书写的 UUIDv7",
            )
        if not _is_instant(self.at):
            raise errors.EVIDENCE_ENTRY_MALFORMED(
                field="at", en="it is not an RFC 3339 time in UTC", zh="它不是 RFC 3339 格式的 UTC 时间"
            )
        for name, fact in self.facts.items():
            if isinstance(fact, int) and not -SAFE_INTEGER <= fact <= SAFE_INTEGER:
                raise errors.EVIDENCE_ENTRY_MALFORMED(
                    field=f"facts.{name}", en="it is beyond 2^53", zh="它超出 2^53"
                )

    @classmethod
    def of(
        cls,
        kind: str,
        *,
        id: str,  # noqa: A002  # the field's own name
        at: datetime,
        context: str,
        process: str | None = None,
        agreement: str | None = None,
        peer: str | None = None,
        facts: Mapping[str, Fact],
    ) -> "Entry":
        """A new entry to write, checked against KINDS.

        Raises:
            InputError: `evidence.kind-unknown`, `evidence.fact-missing`, `evidence.entry-malformed`.
        """
        check_facts(kind, facts)
        return cls(
            id=id,
            kind=kind,
            at=instant(at),
            context=context,
            process=process,
            agreement=agreement,
            peer=peer,
            facts=dict(facts),
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Entry":
        """Read an entry from its canonical bytes.

        Raises:
            InputError: not JSON, or not an entry (`evidence.entry-malformed`).
            IntegrityError: not in canonical form.
        """
        return entry_from(parse_canonical(data))

    def to_bytes(self) -> bytes:
        """The canonical bytes: the leaf of the log."""
        return canonical_record(self, self.facts)

    def leaf_hash(self) -> bytes:
        """The leaf hash of this entry in the tree."""
        return leaf_hash(self.to_bytes())


def entry_from(value: object) -> Entry:
    """An entry from decoded JSON.

    Raises:
        InputError: `evidence.entry-malformed`.
    """
    try:
        return msgspec.convert(value, Entry)
    except msgspec.ValidationError as error:
        raise errors.EVIDENCE_ENTRY_MALFORMED(field="entry", en=str(error), zh=str(error)) from error


def instant(moment: datetime) -> str:
    """An aware moment as RFC 3339 in UTC with milliseconds, as entries and checkpoints state it.

    Raises:
        IntegrityError: `evidence.time-naive`: the moment has no zone.
    """
    if moment.tzinfo is None:
        raise errors.EVIDENCE_TIME_NAIVE()
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_instant(text: str) -> bool:
    try:
        return _AT.fullmatch(text) is not None and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def check_facts(kind: str, facts: Mapping[str, Fact]) -> None:
    """Refuse facts that do not state what the kind must state.

    Raises:
        InputError: `evidence.kind-unknown`, `evidence.fact-missing`, `evidence.entry-malformed`.
    """
    known = KINDS.get(kind)
    if known is None:
        raise errors.EVIDENCE_KIND_UNKNOWN(kind=kind)
    for name in known.must:
        if name not in facts:
            raise errors.EVIDENCE_FACT_MISSING(kind=kind, name=name)
    for name, fact in facts.items():
        _check_fact(known, name, fact)


def _check_fact(kind: Kind, name: str, fact: Fact) -> None:
    wanted = kind.must.get(name) or kind.may.get(name)
    if wanted is not None and type(fact) is not wanted:
        raise errors.EVIDENCE_ENTRY_MALFORMED(
            field=f"facts.{name}",
            en=f"it is not of the type {wanted.__name__}",
            zh=f"它的类型应为 {wanted.__name__}",
        )
    if name in kind.digests and not _DIGEST.fullmatch(str(fact)):
        raise errors.EVIDENCE_ENTRY_MALFORMED(
            field=f"facts.{name}",
            en="it is not a SHA-256 in lower-case hex",
            zh="它不是小写十六进制的 SHA-256",
        )

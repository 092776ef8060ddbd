"""The story of one play, as values read back from the nodes. The page is drawn from it alone."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from xinfu.client import ContractView, DutyView
from xinfu_scenarios.diary import Event, Party, ReceiptFile, Refusal
from xinfu_scenarios.words import Text


class Rule(Struct, frozen=True, kw_only=True):
    """A rule of the agreement, or how far a rule is enforced, in the node's words."""

    sentence: Text


class Read(Struct, frozen=True, kw_only=True):
    """A use by the firm: the size and digest of the data that its vault showed."""

    size_bytes: int
    sha256: str


class Stream(Struct, frozen=True, kw_only=True):
    """A stream that was revoked.

    Args:
        size_bytes: of the whole file. came_bytes: what the reader had when it was cut.
        left_bytes: what left the provider, and `outcome` why it ended, both by the provider's evidence.
        took_ms: from the call that revoked to the end of the stream at the reader.
        is_breach: the builder's evidence has the end as its own breach, as no clause let it.
    """

    size_bytes: int
    came_bytes: int
    left_bytes: int
    outcome: str
    took_ms: int
    is_breach: bool


class Deletion(Struct, frozen=True, kw_only=True):
    """The deletion of the data at the firm, and the state of the duty at the builder.

    Args:
        destroyed: objects of the firm's vault that are destroyed.
        keys: fingerprints of the destroyed keys.
        duty: as the builder's node has it.
    """

    destroyed: int
    keys: tuple[str, ...]
    duty: DutyView


class Story(Struct, frozen=True, kw_only=True):
    """The whole story.

    Args:
        generated: the telemetry is generated; the long recording always is.
        changes: what the counter-offer changed, step by step.
        contract: as the builder's node has it when it was filed; `ended` its status in the end.
        explained: the provider's answer to "may the firm read again".
        trust_files: DID documents whose keys the receipts are checked against, relative to the page.
    """

    played_at: datetime
    generated: bool
    file: str
    size_bytes: int
    parties: tuple[Party, ...]
    offered: tuple[Rule, ...]
    agreed: tuple[Rule, ...]
    levels: tuple[Rule, ...]
    changes: tuple[Text, ...]
    contract: ContractView
    signatures_hold: bool
    ended: str
    reads: tuple[Read, ...]
    refusals: tuple[Refusal, ...]
    explained: tuple[Text, ...]
    stream: Stream
    deletion: Deletion
    events: tuple[Event, ...]
    receipt_files: tuple[ReceiptFile, ...]
    trust_files: tuple[str, ...]
    page: Path
    receipts: Sequence[Path]
    lines: tuple[Text, ...]

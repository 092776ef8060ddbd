"""Our errors as six-digit codes of the standards: `ABCDEF`, with 06 as the block of contracts.

A is the cause (0 no error, 1 the system, 2 a parameter, 3 the business), DEF the number within the block. The block 06
is an extension that the standard allows. Follows: NDI-TR-2025-03 (draft), annex C; decision 0018.
"""

from collections.abc import Mapping
from typing import Final

from xinfu.errors import (
    CapacityError,
    ConflictError,
    InputError,
    NotFoundError,
    PeerError,
    ProtocolError,
    RefusedError,
    StoreError,
    UnauthorizedError,
    XinfuError,
)

OK: Final = "006000"
CODES: Final[Mapping[str, str]] = {
    "contract.field-missing": "206001",
    "contract.field-format": "206002",
    "contract.field-length": "206003",
    "contract.moment": "206002",
    "contract.body-empty": "206004",
    "contract.body-malformed": "206008",
    "body.media-type": "206008",
    "body.too-large": "206003",
    "contract.too-large": "206003",
    "policy.too-large": "206003",
    "envelope.version": "206005",
    "envelope.time": "206006",
    "envelope.code": "206007",
    "envelope.sequence": "206002",
    "envelope.repeated": "306003",
    "envelope.unsigned": "106006",
    "envelope.signature": "106006",
    "token.refused": "106004",
    "platform.not-here": "306001",
    "platform.not-a-member": "106004",
    "contract.not-found": "306001",
    "context.not-found": "306001",
    "contract.over": "306002",
    "contract.exists": "306003",
    "contract.filed": "306003",
    "contract.state": "306004",
    "contract.signature-wrong": "306005",
    "contract.signature-twice": "306005",
    "contract.signature-future": "306005",
    "contract.report-future": "206002",
    "contract.report-replayed": "306003",
    "contract.report-out-of-order": "306004",
    "contract.unsigned": "306006",
    "contract.not-a-party": "306007",
    "contract.differs": "306008",
    "contract.parties": "306008",
    "contract.term-unmapped": "306009",
    "contract.constraint": "306010",
    "contract.action": "306010",
    "identifier.length": "206003",
    "identifier.alphabet": "206002",
    "identifier.type": "206002",
    "identifier.place": "206002",
    "identifier.time": "206002",
    "identifier.check": "206002",
}
"""Our codes -> codes of the standards; business codes from 004 on are our own."""
_BY_FAMILY: Final[tuple[tuple[type[XinfuError], str], ...]] = (
    (UnauthorizedError, "106004"),
    (CapacityError, "106001"),
    (PeerError, "106003"),
    (StoreError, "106001"),
    (NotFoundError, "306001"),
    (ConflictError, "306000"),
    (RefusedError, "306000"),
    (InputError, "206000"),
    (ProtocolError, "206000"),
)


def code_of(error: XinfuError) -> str:
    """The six-digit code of an error; 106000 for an internal error."""
    known = CODES.get(error.code)
    return known or next((code for family, code in _BY_FAMILY if isinstance(error, family)), "106000")

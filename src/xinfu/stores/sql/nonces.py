"""Token ids that were seen (D-03): a unique row each, forgotten some time after it has expired.

There is no timer and no clock here. A claim takes along a few rows of the same issuer that expired more than
an hour before its own expiry: they are past as long as tokens live at most an hour (D-02: five minutes).
Only the issuer's own rows go, so one who signs far into the future harms nobody but itself.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, select

from xinfu.stores.sql.rows import micros
from xinfu.stores.sql.schema import NONCES
from xinfu.stores.sql.statements import Session, insert_new, sql

LIFE: Final = timedelta(hours=1)
"""The longest that a token may live, for its nonce to be kept as long as it could be replayed."""
TAKEN_ALONG: Final = 8

_row: Final = NONCES.c
_CLAIM: Final = insert_new(NONCES)
_PAST: Final = sql(
    select(_row.nonce)
    .where(
        _row.context == bindparam("context"),
        _row.issuer == bindparam("issuer"),
        _row.expires < bindparam("before"),
    )
    .order_by(_row.expires)
    .limit(TAKEN_ALONG)
)
_FORGET: Final = sql(
    delete(NONCES).where(
        _row.context == bindparam("context"),
        _row.issuer == bindparam("issuer"),
        _row.nonce == bindparam("nonce"),
    )
)


class NoncesTable:
    """Implements `Nonces` of ports/store.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def claim(self, issuer: str, nonce: str, *, expires: datetime) -> bool:
        claimed = await self._session.write(
            _CLAIM, context=self._context, issuer=issuer, nonce=nonce, expires=micros(expires)
        )
        if not claimed:
            return False
        past = await self._session.rows(
            _PAST, context=self._context, issuer=issuer, before=micros(expires - LIFE)
        )
        for row in past:
            await self._session.write(_FORGET, context=self._context, issuer=issuer, nonce=row[0])
        return True

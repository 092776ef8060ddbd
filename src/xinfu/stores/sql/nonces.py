"""Token ids that were seen (D-03): a unique row each, deleted some time after the token has expired.

There is no timer and no clock here. A claim takes along a few rows of the same issuer that expired more than
an hour before its own expiry: they are past as long as tokens live at most an hour (D-02: five minutes).
Only the issuer's own rows are deleted, so an issuer that signs far into the future harms only itself.
"""

from datetime import datetime, timedelta
from typing import Final

from xinfu.stores.sql.rows import micros
from xinfu.stores.sql.statements import Session, Statement, insert_new
from xinfu.stores.sql.tables import NONCES

LIFE: Final = timedelta(hours=1)
"""The longest that a token may live, for its nonce to be kept as long as it could be replayed."""
TAKEN_ALONG: Final = 8

_CLAIM: Final = insert_new(NONCES)
_PAST: Final = Statement(
    "SELECT nonce FROM nonces WHERE context = :context AND issuer = :issuer AND expires < :before "
    "ORDER BY expires LIMIT :limit"
)
_FORGET: Final = Statement(
    "DELETE FROM nonces WHERE context = :context AND issuer = :issuer AND nonce = :nonce"
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
            _PAST, context=self._context, issuer=issuer, before=micros(expires - LIFE), limit=TAKEN_ALONG
        )
        for row in past:
            await self._session.write(_FORGET, context=self._context, issuer=issuer, nonce=row[0])
        return True

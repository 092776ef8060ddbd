"""Error sentences of the exchange of messages."""

from typing import Final

from xinfu.errors import UnauthorizedError, Wording

TOKEN_REFUSED: Final = Wording(
    UnauthorizedError, "token.refused", "The caller did not prove who it is.", "调用方未能证明其身份。"
)

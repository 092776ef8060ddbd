"""Error sentences of services."""

from typing import Final

from xinfu.errors import PeerError, UnauthorizedError, Wording

CALLBACK_REFUSED: Final = Wording(
    PeerError, "callback.refused", "The callback address answered {status}.", "回调地址返回 {status}。"
)
TOKEN_REFUSED: Final = Wording(
    UnauthorizedError, "token.refused", "The caller did not prove who it is.", "调用方未能证明其身份。"
)

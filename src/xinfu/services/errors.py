"""Error sentences of services."""

from typing import Final

from xinfu.errors import PeerError, Wording

CALLBACK_REFUSED: Final = Wording(
    PeerError, "callback.refused", "The callback address answered {status}.", "回调地址返回 {status}。"
)

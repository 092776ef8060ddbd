"""What one xinfu node answers another about evidence logs: `GET /xinfu/heads?from=SIZE,…` below its base.

The answer holds the newest head of who answers, for each size that was asked for a proof that the log of that size is
its beginning, and the newest head of who asks, as the other side has seen it. Follows: DECISIONS D-37, RFC 9162 §2.1.4.
"""

from typing import Final

import msgspec

from xinfu.dsp import errors

PATH: Final = "/xinfu/heads"
MOST_SIZES: Final = 32
"""Proofs that are asked for at once."""


class HeadsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Two signed heads and the proofs.

    Attributes:
        head: the newest checkpoint of who answers; "" while its log is empty.
        proofs: for each size in the order asked, the nodes in hex; None for a size that its log does not reach.
        held: the newest checkpoint of who asks that the other side holds; "" for none.
    """

    head: str = ""
    proofs: tuple[tuple[str, ...] | None, ...] = ()
    held: str = ""


def read_heads(body: bytes) -> HeadsAnswer:
    """Read an answer.

    Raises:
        ProtocolError: `heads.unreadable`.
    """
    try:
        return msgspec.json.decode(body, type=HeadsAnswer)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise errors.HEADS_UNREADABLE() from error


def read_sizes(text: str) -> tuple[int, ...]:
    """The sizes of a question.

    Raises:
        ProtocolError: `heads.sizes`: no whole numbers, or more than 32.
    """
    sizes = text.split(",") if text else []
    if len(sizes) > MOST_SIZES or not all(
        each.isascii() and each.isdecimal() and len(each) < 19 for each in sizes
    ):
        raise errors.HEADS_SIZES(most_sizes=MOST_SIZES)
    return tuple(int(each) for each in sizes)

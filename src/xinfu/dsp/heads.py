"""The answer of a xinfu node to another about evidence logs: `GET /xinfu/heads?from=SIZE,…` below its base.

The answer holds the newest head of the answering node's log, for each requested size a proof that the log of that size
is a beginning of it, and the newest head of the requesting node's log that the answering node has seen.
Follows: DECISIONS D-37, RFC 9162 §2.1.4.
"""

from typing import Final

import msgspec

from xinfu.dsp import errors

PATH: Final = "/xinfu/heads"
MOST_SIZES: Final = 32
"""The most proofs in one request."""


class HeadsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The two signed heads and the proofs.

    Attributes:
        head: the newest checkpoint of the answering node; "" while its log is empty.
        proofs: for each requested size, in order, the proof's nodes in hex; None for a size that the log has not
            reached.
        held: the newest checkpoint of the requesting node that the answering node holds; "" for none.
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
    """Read the sizes of a request, from the text of its query.

    Raises:
        ProtocolError: `heads.sizes`: one is not a whole number of at most 18 digits, or there are more than 32.
    """
    sizes = text.split(",") if text else []
    if len(sizes) > MOST_SIZES or not all(
        each.isascii() and each.isdecimal() and len(each) < 19 for each in sizes
    ):
        raise errors.HEADS_SIZES(most_sizes=MOST_SIZES)
    return tuple(int(each) for each in sizes)

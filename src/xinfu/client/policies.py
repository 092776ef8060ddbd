"""Policies in short words -> ODRL in the protocol's compact form.

The usual rules of an offer, one keyword each; every rule that is given must hold. What these words cannot say is
written as ODRL itself: a policy here is a plain dict in either case. A file holds the one or the other.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from xinfu.odrl.short import document, short

Conflict = Literal["prohibit", "perm", "invalid"]


def policy(
    *,
    purpose: Sequence[str] = (),
    until: datetime | str | None = None,
    not_before: datetime | str | None = None,
    times: int | None = None,
    members: bool | str = False,
    recipients: Sequence[str] = (),
    spatial: Sequence[str] = (),
    prohibit: Sequence[str] = (),
    conflict: Conflict = "prohibit",
) -> dict[str, Any]:
    """The policy that permits use where all of these hold; without any, it permits every use.

    Args:
        purpose: any of these purposes.
        until: the last moment of use; a datetime is aware, a text has an offset.
        not_before: the first moment of use.
        times: uses in all.
        members: True: whoever holds a membership credential; a text: a member of that space.
        recipients: DIDs, any of them.
        spatial: regions such as "CN-HN"; within any of them.
        prohibit: actions that are forbidden outright, such as "distribute".
        conflict: what counts where a permission and a prohibition meet.

    Raises:
        InputError: `policy.moment`: a datetime without an offset; `policy.times`: less than one use;
            `policy.word`: a value of another kind.
    """
    return document(short(locals()))

"""Turns policies in short words into ODRL in the protocol's compact form.

Each usual rule of an offer has a keyword; all given rules must hold. Anything else is written as ODRL itself: in both
cases a policy is a plain dict. A file holds either form.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from xinfu.odrl.short.form import document, short

Conflict = Literal["prohibit", "perm", "invalid"]
Limit = int | str | Sequence[int | str]
"""`3` in all, `"100/month"` over each window, `"3/day/participant"`; several all hold."""


def policy(
    *,
    purpose: Sequence[str] = (),
    members: bool | str = False,
    recipients: Sequence[str] = (),
    roles: Sequence[str] = (),
    claims: Mapping[str, str | bool | Sequence[str]] | Sequence[str] | None = None,
    not_before: datetime | str | None = None,
    until: datetime | str | None = None,
    within: str | None = None,
    apart: str | None = None,
    times: Limit | None = None,
    bytes: Limit | None = None,  # noqa: A002 - the word
    rows: Limit | None = None,
    in_use: str | Sequence[str] | None = None,
    spatial: Sequence[str] = (),
    vault: bool = False,
    filed: bool = False,
    columns: Sequence[str] = (),
    where: Sequence[str] = (),
    mask: Sequence[str] = (),
    anonymize: Sequence[str] = (),
    coarser: Sequence[str] = (),
    pay: str | Sequence[str] | None = None,
    consent: bool = False,
    delete_after: str | bool = False,
    notify: str | bool = False,
    report: str | bool = False,
    attribute: str | bool = False,
    prohibit: Sequence[str] = (),
    conflict: Conflict = "prohibit",
    zone: str = "UTC",
) -> dict[str, Any]:
    """Return the policy that permits use if all these rules hold; without any rule it permits every use.

    Args:
        purpose: any of these purposes.
        members: True: whoever holds a membership credential; a text: a member of that space.
        recipients: DIDs, any of them.
        roles: any of these roles, by the membership credential.
        claims: what credentials must say, by claim; `{"vc:TYPE": True}`: that one is held.
        not_before: the first moment of use; a datetime is aware, a text has an offset.
        until: the last moment of use.
        within: only so long after the first use, such as "30d".
        apart: at least so long between two uses, such as "1h".
        times: uses, in all or over each window.
        bytes: data that leaves, such as "10 GB/day".
        rows: rows that leave.
        in_use: time of use, such as "10h/week".
        spatial: regions such as "CN-HN"; within any of them.
        vault: only in a vault.
        filed: only once the digital contract is signed and filed.
        columns: only these columns leave.
        where: only rows that pass all these tests leave.
        mask: columns that leave masked; `anonymize`: empty.
        coarser: columns with the resolution at which they leave, such as "lat=0.01" or "at=1h".
        pay: to be paid before the first use ("100.00 CNY"), for each use ("2.00 CNY/use"), in each window.
        consent: it has to be obtained before the first use.
        delete_after: it has to be deleted so long after a use, or at the "end" of the agreement.
        notify: the provider has to be told within so long after a use; True: within a day.
        report: records of the use have to be sent, likewise; `attribute`: the source has to be named.
        prohibit: actions that are forbidden outright, such as "distribute".
        conflict: what counts where a permission and a prohibition meet.
        zone: by whose clock days, weeks and months begin: "UTC" or "+08:00".

    Raises:
        InputError: `policy.moment`: a moment without an offset; `policy.times`: less than one use; `policy.unit`: a
            number without a unit, or with a wrong one; `policy.word`: a value of another kind.
    """
    return document(short({name: value for name, value in locals().items() if value != ()}))

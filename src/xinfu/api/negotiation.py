"""Negotiations, and how two policies differ."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from xinfu.api.policy import PolicyView
from xinfu.api.process import Checked, Waiting
from xinfu.api.shape import View

ChangeKind = Annotated[
    str,
    msgspec.Meta(
        extra_json_schema={
            "enum": [
                "adds",
                "changes",
                "drops",
                "extends",
                "lowers",
                "narrows",
                "raises",
                "shortens",
                "widens",
            ]
        }
    ),
]
Effect = Annotated[str, msgspec.Meta(extra_json_schema={"enum": ["looser", "other", "stricter"]})]


class Change(View, frozen=True, kw_only=True):
    """A step of a counter-offer: "stricter", "looser" or "other" for the user of the data.

    Attributes:
        kind: "adds", "drops", "shortens", "extends", "lowers", "raises", "narrows", "widens" or "changes".
        zh: the step as a sentence, in Chinese; `en` in English.
    """

    kind: ChangeKind
    effect: Effect
    rule: str
    about: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    zh: str
    en: str


class Difference(View, frozen=True, kw_only=True):
    """The changes that the offer on the table makes.

    Attributes:
        against: "our offer", as it stands in our catalog now, or "the offer before".
        within: "yes" when it is proven to lie within that one, "no" when a situation shows that it does not,
            "unknown" when a person has to look.
        zh: that situation, or why it is unknown, in Chinese; `en` in English.
        changes: step by step; empty when both say the same.
        common: the largest policy that lies within both: what could be countered in turn; None in a list, where
            the offer lies within, and where nothing common can be proven.
    """

    against: str
    within: str
    zh: str
    en: str
    changes: tuple[Change, ...]
    common: dict[str, Any] | None = None


class NegotiationView(View, frozen=True, kw_only=True):
    """A negotiation as we see it.

    Attributes:
        sending: our own message that is not acknowledged yet.
        difference: the changes from the offer before, or from ours, to the current one. In a list it is given only
            where a person has to decide.
    """

    id: str
    role: str
    peer: str
    state: str
    sending: str | None
    held: bool
    dataset: str
    offer: PolicyView
    offered_by: str
    purpose: str | None
    agreement: str | None
    consumer_pid: str | None
    provider_pid: str | None
    code: str | None
    reason: list[Any]
    created: datetime
    updated: datetime
    waiting: Waiting | None = None
    difference: Difference | None = None


class NegotiationCheck(View, frozen=True, kw_only=True):
    """The peer's answer about a negotiation, and the negotiation after that answer."""

    negotiation: NegotiationView
    checked: Checked

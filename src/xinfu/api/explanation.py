"""Why something may be done or not."""

from datetime import datetime

from xinfu.api.policy import PolicyView
from xinfu.api.process import Fault
from xinfu.api.shape import View


class PartView(View, frozen=True, kw_only=True):
    """A part of a policy and how it was judged, as values and as sentences."""

    code: str
    verdict: str
    rule: str
    path: str
    operand: str
    operator: str
    wanted: list[str]
    found: list[str]
    zh: str
    en: str


class LandedView(View, frozen=True, kw_only=True):
    """Whether an object in our vault may be used there now (`may`), and why not."""

    object: str
    may: str
    reasons: list[Fault]


class ExplanationView(View, frozen=True, kw_only=True):
    """The answer. `may` is yes, no or unknown; only yes opens anything.

    Attributes:
        basis: "agreement", "offer" or "nothing": what the answer rests on; `under` is its id.
        reasons: why it is not yes, each with what would make it so.
        negotiable: of an offer: whether it would be agreed with this participant as it stands.
        use: of an offer: what a first use right after an agreement would be told.
        until: the answer holds up to then.
        duties: actions that come with the use.
        parts: every part of the policy with its verdict.
        proven: what the participant's credentials prove now.
        vault: the objects in our vault that came under this agreement of ours.
    """

    participant: str
    dataset: str
    action: str
    purpose: str | None
    at: datetime
    may: str
    basis: str
    under: str
    reasons: list[Fault]
    negotiable: str | None
    use: str | None
    until: datetime | None
    duties: list[str]
    parts: list[PartView]
    policy: PolicyView | None
    proven: dict[str, list[str]]
    vault: list[LandedView]


class DryRun(View, frozen=True, kw_only=True):
    """An answer for each participant; `able` of them could negotiate the terms and then use the dataset."""

    items: list[ExplanationView]
    able: int

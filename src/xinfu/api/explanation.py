"""Why something may be done or not."""

from datetime import datetime

from xinfu.api.policy import PolicyView
from xinfu.api.process import Fault
from xinfu.api.shape import View


class PartView(View, frozen=True, kw_only=True):
    """One part of a policy and how it was judged."""

    code: str
    verdict: str
    rule: str = ""
    path: str = ""
    operand: str = ""
    operator: str = ""
    wanted: list[str] = []
    found: list[str] = []
    zh: str = ""
    en: str = ""


class LandedView(View, frozen=True, kw_only=True):
    """What our vault says of an object: may it be used there now, and why not."""

    object: str
    may: str
    reasons: list[Fault]


class ExplanationView(View, frozen=True, kw_only=True):
    """May a participant do something with a dataset, and why. `may` is yes, no or unknown.

    `vault` says of ourselves what has landed in our vault.
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
    negotiable: str | None = None
    use: str | None = None
    until: datetime | None = None
    duties: list[str] = []
    parts: list[PartView] = []
    policy: PolicyView | None = None
    proven: dict[str, list[str]] = {}
    vault: list[LandedView] = []


class DryRun(View, frozen=True, kw_only=True):
    """Terms tried on everyone that the node knows; `able` could agree to them and use the dataset."""

    items: list[ExplanationView]
    able: int

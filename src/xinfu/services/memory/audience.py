"""Decide which offers a caller sees: each distinct access policy is judged once for as long as the result holds.

A judgement is kept by the content of the policy, not by its name, so a policy that changes is judged anew; and only
up to the moment at which time alone could change it.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from xinfu import odrl
from xinfu.odrl import Decision, Phase, Policy, Situation
from xinfu.ports.records import POLICIES
from xinfu.ports.store import Audience, Step
from xinfu.verdict import Verdict

Claims = Mapping[str, tuple[str, ...]]

CALLERS: Final = 128
POLICIES_EACH: Final = 4096
"""How many callers are remembered, and how many policies of each; the oldest go first."""


class AudienceJudgement(msgspec.Struct, frozen=True):
    """Whether a policy shows its offers to a caller, and the time for which that holds; `until` None: no end."""

    shows: bool
    since: datetime
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether the judgement holds at `now`."""
        return self.since <= now and (self.until is None or now < self.until)


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The caller of a context with its proven claims: all that a judgement depends on, apart from the time."""

    context: str
    peer: str
    claims: tuple[tuple[str, tuple[str, ...]], ...]


class Audiences:
    """The judgements of one node, kept in memory."""

    def __init__(self) -> None:
        self._judged: OrderedDict[Caller, OrderedDict[str, AudienceJudgement]] = OrderedDict()

    def __len__(self) -> int:
        """The number of callers that are remembered."""
        return len(self._judged)

    async def shown(self, view: Step, peer: str, claims: Claims, now: datetime) -> list[str]:
        """The access policies that let this participant see their offers (R-CAT-14)."""
        caller = Caller(context=view.context, peer=peer, claims=tuple(sorted(claims.items())))
        known = self._of(caller)
        shown: list[str] = []
        for audience in await view.offerings.audiences():
            judged = known.get(audience.digest) if audience.digest else None
            if judged is None or not judged.holds(now):
                judged = await _judge(view, audience, peer, claims, now)
                _keep(known, audience.digest, judged)
            if judged.shows:
                shown.append(audience.policy)
        return shown

    def _of(self, caller: Caller) -> OrderedDict[str, AudienceJudgement]:
        found = self._judged.setdefault(caller, OrderedDict())
        self._judged.move_to_end(caller)
        while len(self._judged) > CALLERS:
            self._judged.popitem(last=False)
        return found


def decide(policy: Policy, peer: str, claims: Claims, now: datetime) -> Decision:
    """Decide whether an access policy lets this participant see the offers under it."""
    situation = Situation(now=now, assignee=peer, claims=claims, action=odrl.CATALOG_ACCESS)
    return odrl.evaluate(odrl.compile(odrl.anchor(policy, now)), situation, phase=Phase.ACCESS)


async def _judge(
    view: Step, audience: Audience, peer: str, claims: Claims, now: datetime
) -> AudienceJudgement:
    policy = await view.of(POLICIES).get(audience.policy)
    if policy is None:
        return AudienceJudgement(shows=False, since=now, until=now)
    decision = decide(policy.policy, peer, claims, now)
    return AudienceJudgement(shows=decision.verdict is Verdict.YES, since=now, until=decision.until)


def _keep(known: OrderedDict[str, AudienceJudgement], digest: str, judged: AudienceJudgement) -> None:
    if digest:
        known[digest] = judged
        known.move_to_end(digest)
        while len(known) > POLICIES_EACH:
            known.popitem(last=False)

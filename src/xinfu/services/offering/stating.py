"""Policies as somebody states them: aliases of the address book become participants, and rules that are over are refused.

An alias that no address book holds would match nobody, ever. Where participants have plain names (a static identity), a
name may be that of a participant, and stays.
"""

from xinfu import odrl
from xinfu.odrl import Policy
from xinfu.odrl.duties.expired_rules import over
from xinfu.odrl.model.parties import parties, with_parties
from xinfu.ports.records import PARTICIPANTS
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.services.offering import errors
from xinfu.services.parts import RecordParts


async def participant(view: Step, context: Context, name: str) -> str:
    """The identifier of a participant, from its alias or from itself.

    Raises:
        InputError: `participant.no-alias`: it is neither an identifier nor an alias.
    """
    if ":" in name:
        return name
    known = await view.of(PARTICIPANTS).get(name)
    if known is not None:
        return known.did
    if not context.participant.startswith("did:"):
        return name
    raise errors.PARTICIPANT_NO_ALIAS(participant=name[:100])


async def with_participants(view: Step, context: Context, policy: Policy) -> Policy:
    """The policy with participants in place of aliases.

    Raises:
        InputError: `participant.no-alias`.
    """
    aliases = sorted(name for name in parties(policy) if ":" not in name)
    if not aliases:
        return policy
    return with_parties(policy, {name: await participant(view, context, name) for name in aliases})


async def state_policy(parts: RecordParts, context: str, policy: Policy, *, past: bool = False) -> Policy:
    """A policy that was checked, as it is stored.

    Args:
        past: take rules whose time is over.

    Raises:
        InputError: `participant.no-alias`, `policy.past`.
    """
    if not past:
        check_in_time(parts, policy)
    async with parts.store.view(context) as view:
        return await with_participants(view, parts.contexts.get(context), policy)


def check_in_time(parts: RecordParts, policy: Policy) -> None:
    """Refuse rules that never hold from now on.

    Raises:
        InputError: `policy.past`.
    """
    now = parts.clock.now()
    found = over(odrl.anchor(policy, now), now)
    if not found:
        return
    listed = ", ".join(found)
    raise errors.POLICY_PAST(rules=listed)

"""Reservations that nobody settled, because the process died between taking a use and recording it."""

from xinfu.services.parts import RecordParts


async def settle_lost(parts: RecordParts) -> int:
    """Let every reservation past its time count in full (fail closed); gives how many. Done at each start.

    Until then it holds what it set aside, so the limit is kept all the while.
    """
    settled = 0
    for context in parts.contexts:
        async with parts.store.step(context.id) as step:
            settled += await step.quotas.expire(parts.clock.now())
    return settled

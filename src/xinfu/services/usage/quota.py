"""Settlement of reservations left by a process that died between taking a use and recording it."""

from xinfu.services.parts import RecordParts


async def settle_lost(parts: RecordParts) -> int:
    """Count every expired reservation in full (fail closed), and return how many; called at each start.

    Until then it holds what it set aside, so the limit is kept all the while.
    """
    settled = 0
    for context in parts.contexts:
        async with parts.store.step(context.id) as step:
            settled += await step.quotas.expire(parts.clock.now())
    return settled

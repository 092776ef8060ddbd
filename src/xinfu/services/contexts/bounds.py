"""Limits on how much of a node one context may use; each limit is exact, also for concurrent requests."""

from collections.abc import Callable
from typing import Final

from xinfu.errors import CapacityError
from xinfu.ports.census import Census
from xinfu.ports.store import Step
from xinfu.services.contexts import errors
from xinfu.services.contexts.context import Context

_COUNTS: Final[dict[str, Callable[[Census], int]]] = {
    "datasets": lambda census: census.assets,
    "negotiations": lambda census: sum(census.negotiations.values()),
    "transfers": lambda census: sum(census.transfers.values()),
}


async def room_for(step: Step, context: Context, what: str) -> None:
    """Make sure that the context may have one more of `what`, before it is added in the same step.

    Args:
        what: a name of `ContextLimits`: "datasets", "negotiations" or "transfers".

    Raises:
        CapacityError: `context.full`.
    """
    bound = getattr(context.limits, what)
    if bound is None:
        return
    await step.alone(f"bound of {what}")
    if _COUNTS[what](await step.census()) >= bound:
        raise full(what, bound)


def full(what: str, bound: int) -> CapacityError:
    """The error that the limit of `what` is reached; it names the limit, which is not secret."""
    zh = {
        "datasets": "数据产品",
        "negotiations": "进行中的协商",
        "transfers": "进行中的传输",
        "reads": "进行中的读取",
    }
    return errors.CONTEXT_FULL(bound=what, limit=bound, bound_zh=zh[what])

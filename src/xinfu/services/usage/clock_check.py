"""Refusal of all uses while the clock is in doubt, because rules and tokens begin and end by the time."""

from xinfu.ports.clock import Clock
from xinfu.services.usage import errors


def check_clock(clock: Clock) -> None:
    """Refuse to go on while the clock cannot be trusted.

    Raises:
        RefusedError: `clock.doubtful`.
    """
    if not clock.is_trusted():
        raise errors.CLOCK_DOUBTFUL()

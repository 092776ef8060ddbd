"""Nothing is used while nobody can tell the time: what a rule opens and ends, and how long a token lives, hangs on it."""

from xinfu.ports.clock import Clock
from xinfu.services.usage import errors


def must_know_the_time(clock: Clock) -> None:
    """Go on only while the clock can be gone by.

    Raises:
        RefusedError: `clock.doubtful`.
    """
    if not clock.is_trusted():
        raise errors.CLOCK_DOUBTFUL()

"""Nothing is used while nobody can tell the time: what a rule opens and ends, and how long a token lives, hangs on it."""

from xinfu.errors import RefusedError
from xinfu.ports.clock import Clock


def must_know_the_time(clock: Clock) -> None:
    """Go on only while the clock can be gone by.

    Raises:
        RefusedError: `clock.doubtful`.
    """
    if not clock.is_trusted():
        raise RefusedError(
            "clock.doubtful",
            "The clock of the node has jumped, and the time is not certain.",
            "节点时钟发生跳变，当前时间无法确定。",
            help_en="Try again in a minute; if it lasts, the operator of the node has to look at its clock.",
            help_zh="请一分钟后重试；若持续出现，须由节点运营方检查时钟。",
        )

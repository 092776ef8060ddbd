"""What is said of a source that is away. A consumer reads it too, so it never says where the source is."""

from xinfu.errors import StoreError


def unreachable() -> StoreError:
    """The source does not answer, or not as it should; no byte has come."""
    return StoreError(
        "source.unreachable",
        "The source behind the provider's node cannot be read now.",
        "数据提供方节点背后的数据源当前无法读取。",
        help_en="Try again later; the provider's log says more.",
        help_zh="请稍后重试；详情见数据提供方日志。",
    )


def broken_off() -> StoreError:
    """The source died while it was read, or stood still too long."""
    return StoreError(
        "source.broken-off",
        "The source behind the provider's node broke off.",
        "数据提供方节点背后的数据源中断。",
        help_en="Ask again: what has arrived is kept and goes on from there.",
        help_zh="请重试：已收到的部分会保留并续传。",
    )

"""Error sentences of services / memory."""

from typing import Final

from xinfu.errors import ConflictError, RefusedError, Wording

EVENTS_TOO_MANY: Final = Wording(
    ConflictError,
    "events.too-many",
    "{most} clients follow the events of this node already.",
    "已有 {most} 个客户端在跟随本节点的事件。",
    help_en="Close one of them, or ask the log from time to time.",
    help_zh="请关闭其中之一，或定期查询日志。",
)
USE_DEAF: Final = Wording(
    RefusedError,
    "use.deaf",
    "The node cannot hear whether the use has been stopped elsewhere.",
    "节点无法获知该使用是否已在别处被停止。",
    help_en="Go on with a range when the node's database is back.",
    help_zh="数据库恢复后，可用范围请求继续。",
)
USE_STOPPED: Final = Wording(
    RefusedError,
    "{code}",
    "The agreement or the transfer of this use was stopped.",
    "该使用所依据的协议或传输已被停止。",
    help_en="Ask for the transfer again.",
    help_zh="请重新发起该传输。",
)

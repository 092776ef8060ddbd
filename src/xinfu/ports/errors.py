"""Error sentences of ports."""

from typing import Final

from xinfu.errors import ConflictError, RefusedError, Wording

ROWS_EXHAUSTED: Final = Wording(
    RefusedError,
    "rows.exhausted",
    "The answer has more than the {left} rows that are left.",
    "结果的记录数超过剩余的 {left} 条。",
    help_en="Ask for fewer rows.",
    help_zh="请减少请求的记录数。",
    facts=("left",),
)
VAULT_DESTROYED: Final = Wording(
    ConflictError,
    "vault.destroyed",
    "The object was destroyed, together with its key.",
    "该对象已销毁：其密钥已不存在。",
    help_en="Ask the provider for the data again.",
    help_zh="如仍需要，请重新向数据提供方获取。",
)

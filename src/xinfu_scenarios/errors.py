"""Error sentences of xinfu_scenarios."""

from typing import Final

from xinfu.errors import InputError, IntegrityError, PeerError, RefusedError, Wording

ALERT_END_INVENTED: Final = Wording(
    RefusedError,
    "alert.end-invented",
    "An alert ends by a later decision only, and no such decision names this end.",
    "预警只能由后续决定解除，没有任何决定写明这一结束时间。",
    help_en="Leave the end null until the decision is there, then name the decision.",
    help_zh="在决定作出之前，结束时间保持为空（另行通知）。",
)
ALERT_END_TOO_EARLY: Final = Wording(
    RefusedError,
    "alert.end-too-early",
    "The decision that ends an alert comes after its start, and ends it no earlier than it is known.",
    "解除决定必须晚于预警启动，且解除时间不得早于决定发布。",
)
ALERT_NAIVE_TIME: Final = Wording(
    InputError, "alert.naive-time", "An alert's times need an offset.", "预警时间必须带时区。"
)
ALERT_NO_LEVEL: Final = Wording(
    InputError, "alert.no-level", "No alert exists for the level {level}.", "级别 {level} 没有预警。"
)
ALERT_OUT_OF_ORDER: Final = Wording(
    InputError,
    "alert.out-of-order",
    "An alert starts when it is known or later, and names the days it was given for.",
    "预警启动不得早于发布，且必须写明预报日期。",
)
DID_UNREACHABLE: Final = Wording(
    PeerError,
    "did.unreachable",
    "The DID document of {did} cannot be fetched.",
    "无法获取 {did} 的 DID 文档。",
)
READINGS_COLUMN_MISSING: Final = Wording(
    InputError,
    "readings.column-missing",
    "{name} has no column {absent}; it has {there}.",
    "{name} 缺少列 {absent_zh}；现有列：{there_zh}。",
    help_en="docs/reference/scenarios.md says which columns a table needs.",
    help_zh="所需的列见 docs/reference/scenarios.md。",
)
READINGS_HOUR_TWICE: Final = Wording(
    InputError,
    "readings.hour-twice",
    "{name}, line {line}: {station} has {when} twice.",
    "{name} 第 {line} 行：{station} 的 {when} 出现两次。",
)
READINGS_ROW_LENGTH: Final = Wording(
    InputError,
    "readings.row-length",
    "{name}, line {line}: {cells} cells under a head of {columns}.",
    "{name} 第 {line} 行：有 {cells} 格，表头有 {columns} 列。",
)
READINGS_ROWS_BAD: Final = Wording(
    InputError,
    "readings.rows-bad",
    "{name} has {count} bad rows: {en}{more_en}.",
    "{name} 有 {count} 行有误：{zh}{more_zh}。",
)
READINGS_UNREADABLE: Final = Wording(
    InputError, "readings.unreadable", "{name} cannot be read: {en}.", "无法读取 {name}:{zh}。"
)
RECEIPT_BROKEN: Final = Wording(IntegrityError, "receipt.broken", "{name}: {en}", "{name}：{zh}")
RECEIPT_NO_MOMENT: Final = Wording(
    IntegrityError,
    "receipt.no-moment",
    "This is not a receipt: it contains no time.",
    "这不是存证凭证：其中没有时间。",
)
RECEIPT_PASSED: Final = Wording(
    IntegrityError, "receipt.passed", "{name} was altered and passed.", "{name} 被改动却通过了核验。"
)
RECEIPT_UNCHECKED: Final = Wording(
    IntegrityError, "receipt.unchecked", "`xinfu verify` gave no answer.", "`xinfu verify` 没有给出结果。"
)
WAIT_OVER: Final = Wording(PeerError, "wait.over", "Not done within {wait_s} s.", "{wait_s} 秒内未完成。")

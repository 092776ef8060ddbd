"""Error sentences of stores / sql."""

from typing import Final

from xinfu.errors import ConflictError, InputError, IntegrityError, NotFoundError, Wording

ASSET_NOT_FOUND: Final = Wording(
    NotFoundError,
    "asset.not-found",
    "The asset behind which the page begins is gone.",
    "该页起点处的数据资源已不存在。",
    help_en="Begin with the first page again.",
    help_zh="请从第一页重新开始。",
)
CONTEXT_FOREIGN: Final = Wording(
    InputError,
    "context.foreign",
    "A {name} of another participant context cannot be kept here.",
    "不能在此保存属于另一参与方上下文的{name_zh}。",
)
CONTEXT_FOREIGN_ENTRY: Final = Wording(
    InputError,
    "context.foreign",
    "An entry of another participant context cannot be kept here.",
    "不能在此保存属于另一参与方上下文的存证。",
)
COUNTER_MISSING: Final = Wording(
    IntegrityError,
    "counter.missing",
    "The store has lost what was counted under this agreement, so nothing more is handed out under it.",
    "存储中该协议的用量计数已缺失，因此不再据此提供数据。",
    help_en="Restore the whole store from one backup, or conclude a new agreement.",
    help_zh="请用同一份备份完整恢复存储，或重新订立协议。",
    facts=("counter",),
)
ENTRY_EXISTS: Final = Wording(
    ConflictError, "entry.exists", "There is already an entry {id!r}.", "已经存在存证 {id!r}。"
)
ENTRY_NUMBERED: Final = Wording(
    ConflictError,
    "entry.numbered",
    "A row of {first} to {last} has an index already, or is not an entry of this log.",
    "第 {first} 至 {last} 行中有已编号或不属于本日志的条目。",
)
QUERY_COLUMN_UNKNOWN: Final = Wording(
    InputError,
    "query.column-unknown",
    "A {name} cannot be found by {column!r}.",
    "不能按 {column!r} 查找{name_zh}。",
    help_en="It can be found by: {names}.",
    help_zh="可用的字段：{names}。",
)
QUERY_COLUMN_UNKNOWN_FOREIGN: Final = Wording(
    InputError, "query.column-unknown", "Nothing is found by {name!r}.", "不能按 {name!r} 查找。"
)
QUERY_LIMIT: Final = Wording(
    InputError, "query.limit", "A page has 1 to 1000 records.", "每页记录数应为 1 至 1000。"
)
QUERY_LIMIT_GIVEN: Final = Wording(
    InputError,
    "query.limit",
    "A page has 1 to {most} records, not {limit}.",
    "每页记录数应为 1 至 {most}，而不是 {limit}。",
)
QUERY_VALUE_UNUSABLE: Final = Wording(
    InputError,
    "query.value-unusable",
    "{column!r} is compared with text, a number, or up to {limit} texts.",
    "{column!r} 只能与文本、整数或至多 {limit} 个文本比较。",
)
QUERY_VALUE_UNUSABLE_COUNT: Final = Wording(
    InputError,
    "query.value-unusable",
    "A field is compared with at most {most_values} values.",
    "一个字段最多与 {most_values} 个值比较。",
)
QUERY_VALUE_UNUSABLE_ORDER: Final = Wording(
    InputError, "query.value-unusable", "Records are not ordered by a related record.", "不能按关联记录排序。"
)
RESERVATION_EMPTY: Final = Wording(
    InputError,
    "reservation.empty",
    "A reservation sets aside at least 1, not {amount}.",
    "预留数量至少为 1，而不是 {amount}。",
)
RESERVATION_EXCEEDED: Final = Wording(
    InputError,
    "reservation.exceeded",
    "{amount} is not within the {reserved} that the reservation set aside.",
    "{amount} 超出预留的 {reserved}。",
)
RESERVATION_EXISTS: Final = Wording(
    ConflictError,
    "reservation.exists",
    "The reservation {reservation!r} was made for another counter or amount.",
    "预留 {reservation!r} 已用于其他计数器或数量。",
)
RESERVATION_NOT_FOUND: Final = Wording(
    NotFoundError,
    "reservation.not-found",
    "There is no reservation {reservation!r}.",
    "没有预留 {reservation!r}。",
)
EXISTS: Final = Wording(
    ConflictError,
    "{name}.exists",
    "There is already a {name} with the id {id!r}.",
    "已经存在标识为 {id!r} 的{name_zh}。",
    help_en="Choose another id, or change the one that is there.",
    help_zh="请换一个标识，或修改已有的记录。",
)
NOT_FOUND: Final = Wording(
    NotFoundError,
    "{name}.not-found",
    "There is no {name} with the id {wanted!r}.",
    "没有标识为 {wanted!r} 的{name_zh}。",
)

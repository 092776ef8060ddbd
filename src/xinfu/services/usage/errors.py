"""Error sentences of services / usage."""

from typing import Final

from xinfu.errors import (
    CapacityError,
    ConflictError,
    InputError,
    NotFoundError,
    RangeError,
    RefusedError,
    UnauthorizedError,
    Wording,
)

CLOCK_DOUBTFUL: Final = Wording(
    RefusedError,
    "clock.doubtful",
    "The clock of the node has jumped, and the time is not certain.",
    "节点时钟发生跳变，当前时间无法确定。",
    help_en="Try again in a minute; if it lasts, the operator of the node has to look at its clock.",
    help_zh="请一分钟后重试；若持续出现，须由节点运营方检查时钟。",
)
COLUMN_CLOSED: Final = Wording(
    RefusedError,
    "column.closed",
    "The rule {rule} of the agreement does not let these columns leave: {columns}.",
    "协议规则 {rule} 不允许交付以下列：{columns}。",
    help_en="It lets these leave: {open}.",
    help_zh="该规则允许交付的列：{open}。",
    facts=(
        "rule",
        "columns",
    ),
)
COLUMN_NONE: Final = Wording(
    NotFoundError,
    "column.none",
    "The dataset has no columns to choose from.",
    "该数据产品没有可供选择的列。",
    help_en="Leave out columns=; they are of tables, and of files of CSV, JSON Lines and Parquet.",
    help_zh="请省略 columns=；仅表以及 CSV、JSON Lines、Parquet 文件可选择列。",
)
DATA_OTHER_TRANSFER: Final = Wording(
    RefusedError, "data.other-transfer", "The token belongs to another transfer.", "该令牌属于另一个传输。"
)
DATA_TOKEN_EXPIRED: Final = Wording(
    RefusedError,
    "data.token-expired",
    "The endpoint token has expired.",
    "该端点令牌已过期。",
    help_en="Suspend and start the transfer again, or ask for a new one.",
    help_zh="请中止后重新启动该传输，或发起新的传输。",
)
DATA_TOKEN_REFUSED: Final = Wording(
    UnauthorizedError,
    "data.token-refused",
    "The endpoint token opens nothing here.",
    "该端点令牌在此无效。",
    help_en="Use the token of the latest start message.",
    help_zh="请使用最近一次启动消息中的令牌。",
)
FILE_NOT_FOUND: Final = Wording(
    NotFoundError, "file.not-found", "The dataset has no such file.", "该数据产品中没有这个文件。"
)
FILE_NOT_FOUND_GONE: Final = Wording(
    NotFoundError, "file.not-found", "The dataset is gone.", "该数据产品已不存在。"
)
PARAMETER_COLUMNS: Final = Wording(
    InputError,
    "parameter.columns",
    "The columns that are asked for cannot be read.",
    "请求的列无法解析。",
    help_en="Write them as columns=id,amount; leave it out for all that may leave.",
    help_zh="请写作 columns=id,amount；省略则返回全部可交付的列。",
)
PAYMENT_AMOUNT: Final = Wording(
    InputError,
    "payment.amount",
    "{amount} {currency} is not an amount above 0 in a currency such as CNY, with at most six decimal places.",
    "{amount} {currency} 不是有效金额：须大于 0，小数不超过六位，币种形如 CNY。",
)
PAYMENT_CURRENCY: Final = Wording(
    ConflictError,
    "payment.currency",
    "Payments under the agreement are in {currency}; nothing is converted.",
    "该协议下的付款币种为 {currency}，不作换算。",
)
PAYMENT_EXISTS: Final = Wording(
    ConflictError,
    "payment.exists",
    "The receipt {receipt} is of another payment: {amount} {currency}.",
    "付款凭证 {receipt} 已登记为另一笔付款：{amount} {currency}。",
    facts=("agreement",),
)
PAYMENT_NOT_OURS: Final = Wording(
    ConflictError,
    "payment.not-ours",
    "Only the provider, who is paid, records payments.",
    "付款只能由收款的数据提供方登记。",
)
PAYMENT_RECEIPT: Final = Wording(
    InputError,
    "payment.receipt",
    "A receipt has an id of 1 to {longest} printable characters.",
    "付款凭证编号须为 1 至 {longest} 个可打印字符。",
)
RANGE_UNSATISFIABLE: Final = Wording(
    RangeError,
    "range.unsatisfiable",
    "The range is not one range within the file's {size} bytes.",
    "请求的范围不是该文件（{size} 字节）内的单一区间。",
    help_en="Ask for one range, bytes=first-last.",
    help_zh="请只请求一个区间，形如 bytes=起-止。",
    facts=("size",),
)
READ_KEY_LIVE: Final = Wording(
    InputError,
    "read.key-live",
    "The answers of this source are not kept, so a read of it cannot be repeated under a key.",
    "该数据源的应答不保留，无法按幂等键重复读取。",
    help_en="Read it without a key; each request is a use.",
    help_zh="请不带幂等键读取，每次请求计一次使用。",
)
READ_KEY_OVER: Final = Wording(
    ConflictError,
    "read.key-over",
    "The data that was read under this key has changed or is no longer stored.",
    "该幂等键对应的数据已变化或不再保留。",
    help_en="Read it anew under another key; that is another use.",
    help_zh="请换用新的幂等键重新读取，这将另计一次使用。",
)
READ_KEY_REUSED: Final = Wording(
    ConflictError,
    "read.key-reused",
    "The key was used for another read.",
    "该幂等键已用于另一次读取。",
    help_en="Give each read a key of its own, and repeat it with the same path, query and range.",
    help_zh="请为每次读取使用不同的幂等键；重复读取时路径、查询和范围须相同。",
)
READ_KEY_UNUSABLE: Final = Wording(
    InputError,
    "read.key-unusable",
    "An idempotency key is 1 to {longest} printable ASCII characters without quotes or backslashes.",
    "幂等键须为 1 至 {longest} 个可打印 ASCII 字符，且不含引号和反斜杠。",
)
READ_KEYS_FULL: Final = Wording(
    CapacityError,
    "read.keys-full",
    "{most} reads of the agreement have keys that are still remembered.",
    "该协议已有 {most} 次带幂等键的读取仍被记录。",
    help_en="Read without a key, or wait for the next window.",
    help_zh="请不带幂等键读取，或等待下一计数周期。",
)
TIME_TOO_SOON: Final = Wording(
    RefusedError,
    "time.too-soon",
    "Two uses have to be {interval} apart, and the last one was at {last}.",
    "两次使用须间隔 {interval}，上次使用为 {last}。",
    help_en="Wait until the interval is over.",
    help_zh="请等待间隔期满。",
    facts=(
        "interval",
        "last",
    ),
)
TRANSFER_NOT_STARTED: Final = Wording(
    RefusedError,
    "transfer.not-started",
    "The transfer does not run: {state}.",
    "该传输未在进行：{state}。",
    help_en="Start it again, or ask for a new transfer.",
    help_zh="请重新启动该传输，或发起新的传输。",
    facts=(
        "transfer",
        "state",
    ),
)
TRANSFORM_CHANGED: Final = Wording(
    RefusedError,
    "transform.changed",
    "The form in which the data may leave has changed meanwhile.",
    "数据可交付的形式在此期间已发生变化。",
    help_en="Ask for it anew.",
    help_zh="请重新请求。",
)
USE_TIME_OVER: Final = Wording(
    RefusedError, "use.time-over", "The permitted time ended during the use.", "使用过程中已超出许可的时间。"
)
USE_UNSURE: Final = Wording(
    RefusedError,
    "use.unsure",
    "Whether the use may go on cannot be told any more.",
    "已无法确定该使用能否继续。",
    help_en="Go on with a range a little later.",
    help_zh="请稍后用范围请求继续。",
)
COUNT_EXHAUSTED: Final = Wording(
    RefusedError,
    "count.exhausted",
    "{limit} uses were granted, and {spent} are spent.",
    "共许可使用 {limit} 次，已用 {spent} 次。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("limit", "spent", "asked"),
)
BYTES_EXHAUSTED: Final = Wording(
    RefusedError,
    "bytes.exhausted",
    "{limit} bytes were granted, and {spent} are spent; {asked} more were asked for.",
    "共许可 {limit} 字节，已用 {spent} 字节；本次还需 {asked} 字节。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("limit", "spent", "asked"),
)
ROWS_EXHAUSTED: Final = Wording(
    RefusedError,
    "rows.exhausted",
    "{limit} rows were granted, and {spent} are spent; {asked} more were asked for.",
    "共许可 {limit} 条记录，已用 {spent} 条；本次还需 {asked} 条。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("limit", "spent", "asked"),
)
TIME_EXHAUSTED: Final = Wording(
    RefusedError,
    "time.exhausted",
    "{limit} of use were granted, and {spent} are spent.",
    "共许可使用 {limit}，已用 {spent}。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("limit", "spent", "asked"),
)
PAYMENT_EXHAUSTED: Final = Wording(
    RefusedError,
    "payment.exhausted",
    "Each use takes {price} {currency}; {paid} were paid, and {spent} of it are taken.",
    "每次使用须付 {price} {currency}；已付 {paid}，其中已用 {spent}。",
    help_en="Pay, and let the provider record it.",
    help_zh="请付款，并由提供方登记。",
    facts=("price", "paid", "spent", "currency"),
)

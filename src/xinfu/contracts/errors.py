"""Error sentences of contracts."""

from typing import Final

from xinfu.errors import (
    ConfigError,
    ConflictError,
    InputError,
    ProtocolError,
    RefusedError,
    UnauthorizedError,
    Wording,
)

ALGORITHM_UNAVAILABLE: Final = Wording(
    ConfigError, "algorithm.unavailable", "SM3 is not available on this system.", "本系统不支持 SM3。"
)
CONTRACT_ACTION: Final = Wording(
    InputError,
    "contract.action",
    "There is no action {action!r}.",
    "没有操作行为 {action!r}。",
    help_en="Use one of the 21 of table 4, or `expansionItem:` and an action of ODRL.",
    help_zh="请使用表 4 的 21 个操作行为，或 `expansionItem:` 加 ODRL 动作名。",
    facts=("action",),
)
CONTRACT_AMENDS_DIFFERENTLY: Final = Wording(
    ConflictError,
    "contract.amends-differently",
    "A supplement adds terms to {amends}; its parties, rules, products and end have to be the same.",
    "补充合约只能为 {amends} 增加条款，其当事方、规则、标的和有效期须与之一致。",
    help_en="Negotiate anew where other rules are wanted.",
    help_zh="如需改变规则，请重新协商。",
    facts=("amends",),
)
CONTRACT_BODY_EMPTY: Final = Wording(InputError, "contract.body-empty", "The message is empty.", "报文为空。")
CONTRACT_BODY_MALFORMED: Final = Wording(
    InputError,
    "contract.body-malformed",
    "The message is not JSON with one meaning.",
    "报文不是合格的 JSON。",
)
CONTRACT_CONSTRAINT: Final = Wording(
    InputError,
    "contract.constraint",
    "The meaning of this constraint is unknown: {told!r}.",
    "无法判定该约束的含义：{told!r}。",
    help_en="Use a name of table 5.1, an operator of table 5.2, and a value of its kind with its unit.",
    help_zh="请使用表 5.1 的约束名称、表 5.2 的操作符，以及带单位的相应取值。",
    facts=("constraint",),
)
CONTRACT_FIELD_FORMAT: Final = Wording(
    InputError,
    "contract.field-format",
    "The field {field!r} does not fit: {said}.",
    "字段 {field!r} 的格式不符合要求：{said}。",
    facts=("field",),
)
CONTRACT_FIELD_LENGTH: Final = Wording(
    InputError,
    "contract.field-length",
    "The length of {field!r} does not fit: {said}.",
    "字段 {field!r} 的长度不符合要求：{said}。",
    facts=("field",),
)
CONTRACT_FIELD_MISSING: Final = Wording(
    InputError,
    "contract.field-missing",
    "The mandatory field {field!r} is missing or empty.",
    "必选字段 {field!r} 缺失或为空。",
    facts=("field",),
)
CONTRACT_MOMENT: Final = Wording(
    InputError,
    "contract.moment",
    "{field} is not a moment: {text!r}.",
    "{field} 不是有效的时间：{text!r}。",
    help_en="Write ISO 8601 with an offset, or YYYYMMDDHHMMSS in Beijing time.",
    help_zh="请写成带时区的 ISO 8601，或北京时间 YYYYMMDDHHMMSS。",
    facts=("field",),
)
CONTRACT_NOT_IN_FORCE: Final = Wording(
    ConflictError,
    "contract.not-in-force",
    "Only a contract that all have signed and that has not ended is amended; {amends} is not one.",
    "只能补充各方均已签署且尚未终止的合约；{amends} 不符合。",
    facts=(
        "amends",
        "status",
    ),
)
CONTRACT_RECEIPT_UNREADABLE: Final = Wording(
    InputError,
    "contract.receipt-unreadable",
    "The filing receipt cannot be read: {error}",
    "无法读取备案回执：{error}",
)
CONTRACT_REPORT_FUTURE: Final = Wording(
    InputError,
    "contract.report-future",
    "The time of the report has not come yet.",
    "报告时间尚未到来。",
    help_en="Check the clocks of both nodes.",
    help_zh="请检查双方节点的时钟。",
)
CONTRACT_REPORT_OUT_OF_ORDER: Final = Wording(
    ConflictError,
    "contract.report-out-of-order",
    "Report {number} follows report {after}, which has not come; the last one is {last}.",
    "第 {number} 号报告应在第 {after} 号之后，而后者尚未到达，最近一次为第 {last} 号。",
    facts=(
        "number",
        "after",
        "last",
    ),
)
CONTRACT_REPORT_OUT_OF_ORDER_UNNUMBERED: Final = Wording(
    ConflictError,
    "contract.report-out-of-order",
    "The report is older than the last one that was taken.",
    "该报告的时间早于最近一次已接收的报告。",
)
CONTRACT_REPORT_REPLAYED: Final = Wording(
    ConflictError,
    "contract.report-replayed",
    "Report {number} was taken before; the last one is {last}.",
    "第 {number} 号报告已接收过，最近一次为第 {last} 号。",
    facts=(
        "number",
        "last",
    ),
)
CONTRACT_REPORT_REPLAYED_UNNUMBERED: Final = Wording(
    ConflictError, "contract.report-replayed", "The same report was taken before.", "该报告已接收过。"
)
CONTRACT_SIGNATURE_UNREADABLE: Final = Wording(
    InputError,
    "contract.signature-unreadable",
    "The signature cannot be read: {error}",
    "无法读取该签名：{error}",
    help_en="It is the JSON text of party, at, algorithm, public_jwk, chain and value.",
    help_zh="签名应为含 party、at、algorithm、public_jwk、chain、value 的 JSON 文本。",
)
CONTRACT_STATE: Final = Wording(
    ConflictError,
    "contract.state",
    "A contract in status {status} cannot be moved by {event} of the {by}.",
    "处于状态 {status} 的合约不能由 {by} 执行 {event}。",
    help_en="Look at its status: xinfu contract show.",
    help_zh="请查看其状态：xinfu contract show。",
    facts=(
        "status",
        "event",
        "by",
    ),
)
CONTRACT_TERM_UNMAPPED: Final = Wording(
    RefusedError,
    "contract.term-unmapped",
    "The standard cannot express these terms of the agreement: {terms}.",
    "数字合约标准无法表达协议中的以下条款：{terms}。",
    help_en="Agree on terms that the contract can carry, or keep the agreement without a filed contract.",
    help_zh="请改用合约能够表达的条款重新协商，或仅保留协议而不备案。",
    facts=("terms",),
)
CONTRACT_TEXT_UNREADABLE: Final = Wording(
    InputError,
    "contract.text-unreadable",
    "The text of the contract cannot be read: {why}",
    "无法读取合约文本：{why}",
)
CONTRACT_TOO_LARGE: Final = Wording(
    InputError, "contract.too-large", "The contract is too large: {what}.", "合约过大：{what}。"
)
CONTRACT_TOO_LARGE_LISTS: Final = Wording(
    InputError,
    "contract.too-large",
    "The contract has more than {most_parties} parties, or more than {most_listed} terms, products or levels.",
    "合约的当事方超过 {most_parties} 个，或条款、标的、管控方式超过 {most_listed} 项。",
)
CONTRACT_TOO_LARGE_STRATEGIES: Final = Wording(
    InputError,
    "contract.too-large",
    "The contract has more than {max_strategies} strategies.",
    "合约的策略超过 {max_strategies} 条。",
)
ENVELOPE_UNSIGNED: Final = Wording(
    UnauthorizedError,
    "envelope.unsigned",
    "signValue is missing, or not a signature of 128 hex digits.",
    "缺少 signValue，或其不是 128 位十六进制签名。",
)
IDENTIFIER_ALPHABET: Final = Wording(
    InputError,
    "identifier.alphabet",
    "{text!r} holds characters other than digits and capitals.",
    "{text!r} 含有数字与大写字母以外的字符。",
    help_en="Lower case is not lifted: a code is written as it was given.",
    help_zh="不会自动转换小写字母：标识码须按赋码原样书写。",
)
IDENTIFIER_CHECK: Final = Wording(
    InputError,
    "identifier.check",
    "The check character of {text!r} is wrong.",
    "{text!r} 的校验码不正确。",
    help_en="A character was mistyped, or two were swapped.",
    help_zh="可能有字符录入错误或次序颠倒。",
)
IDENTIFIER_LENGTH: Final = Wording(
    InputError,
    "identifier.length",
    "{text!r} has {length} characters, not {wanted}.",
    "{text!r} 的长度为 {length}，应为 {wanted}。",
)
IDENTIFIER_PLACE: Final = Wording(
    InputError,
    "identifier.place",
    "{place!r} is neither a region of four digits nor 00 and two digits of an industry.",
    "{place!r} 既不是四位区域代码，也不是 00 加两位的行业代码。",
)
IDENTIFIER_TIME: Final = Wording(
    InputError,
    "identifier.time",
    "{text!r} does not have a date and time at positions 25 to 38.",
    "{text!r} 的第 25 至 38 位不是日期时间。",
)
IDENTIFIER_TYPE: Final = Wording(
    InputError, "identifier.type", "{text!r} is of an unknown type.", "{text!r} 的类型码未知。"
)
ENVELOPE_CODE: Final = Wording(
    ProtocolError,
    "envelope.code",
    "The message header does not fit: msgcode is not {msgcode}.",
    "报文头不符合要求：msgcode 应为 {msgcode}。",
)
ENVELOPE_VERSION: Final = Wording(
    ProtocolError,
    "envelope.version",
    "The message header does not fit: msgversion is not a version 1.x.",
    "报文头不符合要求：msgversion 不是可用的 1.x 版本。",
)
ENVELOPE_TIME: Final = Wording(
    ProtocolError,
    "envelope.time",
    "The message header does not fit: timestamp is not within five minutes of our time.",
    "报文头不符合要求：timestamp 与本节点时间相差超过五分钟。",
)
ENVELOPE_SEQUENCE: Final = Wording(
    ProtocolError,
    "envelope.sequence",
    "The message header does not fit: sequenceNum is not 1 to 32 characters.",
    "报文头不符合要求：sequenceNum 应为 1 至 32 个字符。",
)
TEMPLATE_VALUE_UNKNOWN: Final = Wording(
    InputError,
    "template.value-unknown",
    "The template cannot be used: it has no blank {name!r}.",
    "该模板不可用：没有填写项 {name!r}。",
    facts=("name",),
)
TEMPLATE_VALUE_MISSING: Final = Wording(
    InputError,
    "template.value-missing",
    "The template cannot be used: the blank {name!r} is not filled in.",
    "该模板不可用：填写项 {name!r} 尚未填写。",
    facts=("name",),
)
TEMPLATE_VALUE_UNUSABLE: Final = Wording(
    InputError,
    "template.value-unusable",
    "The template cannot be used: the value of {name!r} has to be 1 to {most:,} characters long.",
    "该模板不可用：{name!r} 的取值须为 1 至 {most} 个字符。",
    facts=("name",),
)
TEMPLATE_BLANK: Final = Wording(
    InputError,
    "template.blank",
    "The template cannot be used: the blank {name!r} is not both declared and used.",
    "该模板不可用：填写项 {name!r} 未同时声明并使用。",
    facts=("name",),
)
TEMPLATE_BLANK_TWICE: Final = Wording(
    InputError,
    "template.blank",
    "The template cannot be used: it declares a blank twice.",
    "该模板不可用：填写项重复声明。",
    facts=("name",),
)

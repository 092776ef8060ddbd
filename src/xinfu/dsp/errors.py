"""Error sentences of dsp."""

from typing import Final

from xinfu.errors import ConflictError, InputError, ProtocolError, Wording

HEADS_SIZES: Final = Wording(
    ProtocolError,
    "heads.sizes",
    "Sizes of a log are whole numbers between commas, {most_sizes} at most.",
    "日志大小须为以逗号分隔的整数，最多 {most_sizes} 个。",
)
HEADS_UNREADABLE: Final = Wording(
    ProtocolError,
    "heads.unreadable",
    "The answer about evidence logs cannot be read.",
    "关于存证日志的应答无法读取。",
)
JSONLD_CONTEXT_TOO_LARGE: Final = Wording(
    ProtocolError,
    "jsonld.context-too-large",
    "The message has more than {max_contexts} contexts or {max_terms} terms in them.",
    "消息的上下文超过 {max_contexts} 个，或其中的词汇超过 {max_terms} 个。",
    help_en="Use the short terms of {dsp_context}.",
    help_zh="请使用 {dsp_context} 的短名称。",
)
JSONLD_CONTEXT_UNKNOWN: Final = Wording(
    ProtocolError,
    "jsonld.context-unknown",
    "The context {context!r} is not known here, and contexts are never fetched.",
    "未知的 JSON-LD 上下文 {context!r}；本节点从不在线获取上下文。",
    help_en="Use {dsp_context} and short terms, or define your own terms in an inline context.",
    help_zh="请使用 {dsp_context} 及其短名称，或在内联上下文中定义自有词汇。",
    facts=("context",),
)
JSONLD_IMPORT: Final = Wording(
    ProtocolError,
    "jsonld.import",
    "A context uses @import, which is not processed here.",
    "上下文使用了 @import，本节点不予处理。",
    help_en="Write the imported terms into the context.",
    help_zh="请将被引入的词汇直接写入上下文。",
)
JSONLD_INVALID: Final = Wording(
    ProtocolError,
    "jsonld.invalid",
    "The body is not legal JSON-LD: {reason}.",
    "消息体不是合法的 JSON-LD：{reason}。",
    help_en="Use {dsp_context} and its short terms.",
    help_zh="请使用 {dsp_context} 及其短名称。",
    facts=("reason",),
)
JSONLD_NOT_ONE_NODE: Final = Wording(
    ProtocolError,
    "jsonld.not-one-node",
    "The body speaks of {count} typed things at the top; a message is exactly one.",
    "消息体顶层有 {count} 个带类型的对象；一条消息只能有一个。",
    help_en="Check @context and @type, and nest what belongs to the message.",
    help_zh="请检查 @context 与 @type，并将所属内容嵌套在消息之内。",
)
MESSAGE_CONTEXT_MISSING: Final = Wording(
    ProtocolError,
    "message.context-missing",
    "The body has no @context, so nothing says what its terms mean.",
    "消息体缺少 @context，无法确定其词汇的含义。",
    help_en='Send "@context": ["{dsp_context}"].',
    help_zh='请携带 "@context": ["{dsp_context}"]。',
)
MESSAGE_FIELD_CONFLICT: Final = Wording(
    ProtocolError,
    "message.field-conflict",
    "Exactly one of callbackAddress and {key} has to be there.",
    "callbackAddress 与 {key} 必须且只能有一个。",
    help_en="Send callbackAddress to open a negotiation, {key} to go on with one.",
    help_zh="发起协商时携带 callbackAddress，继续协商时携带 {key}。",
)
MESSAGE_FIELD_INVALID: Final = Wording(
    ProtocolError,
    "message.field-invalid",
    "{field} {en}.",
    "{field} {zh}。",
    help_en="See the message's JSON schema.",
    help_zh="请参照该消息的 JSON Schema。",
    facts=("field",),
)
MESSAGE_FIELD_MISSING: Final = Wording(
    ProtocolError,
    "message.field-missing",
    "{field} is missing.",
    "缺少 {field}。",
    help_en="See the message's JSON schema.",
    help_zh="请参照该消息的 JSON Schema。",
    facts=("field",),
)
MESSAGE_MALFORMED: Final = Wording(
    ProtocolError,
    "message.malformed",
    "The body is not JSON.",
    "消息体不是有效的 JSON。",
    help_en="Send one JSON object in UTF-8.",
    help_zh="请发送一个 UTF-8 编码的 JSON 对象。",
)
MESSAGE_MALFORMED_NO_OBJECT: Final = Wording(
    ProtocolError, "message.malformed", "The body is not a JSON object.", "消息体不是 JSON 对象。"
)
MESSAGE_REPEATED_KEY: Final = Wording(
    ProtocolError,
    "message.repeated-key",
    'The key "{key}" stands twice in one object.',
    "键“{key}”在同一对象中出现两次。",
    help_en="Send each key once; if there are two, it is unclear which one counts.",
    help_zh="每个键只发送一次；出现两次时无法确定以何者为准。",
)
MESSAGE_TOO_DEEP: Final = Wording(
    ProtocolError,
    "message.too-deep",
    "The body nests deeper than {max_depth}.",
    "消息体嵌套超过 {max_depth} 层。",
    help_en="Send a flatter message.",
    help_zh="请减少嵌套层数。",
)
MESSAGE_TOO_LARGE: Final = Wording(
    ProtocolError,
    "message.too-large",
    "The body is longer than {limit} bytes.",
    "消息体超过 {limit} 字节。",
    help_en="Send a smaller message, or ask for smaller pages.",
    help_zh="请缩小消息，或请求更小的分页。",
    facts=("limit",),
)
MESSAGE_TOO_MANY_NODES: Final = Wording(
    ProtocolError,
    "message.too-many-nodes",
    "The body has more than {nodes} objects and arrays, or {members} members in them.",
    "消息体中的对象和数组超过 {nodes} 个，或其成员超过 {members} 个。",
    help_en="Send a smaller message, in the compact form with the protocol's context alone.",
    help_zh="请缩小消息，并使用仅含协议上下文的紧凑形式。",
)
MESSAGE_TOO_MANY: Final = Wording(
    ProtocolError,
    "message.too-many-{what_en}",
    "The page of the catalog holds more than {limit} {what_en}.",
    "目录页中的{what_zh}超过 {limit} 个。",
    help_en="Send smaller pages.",
    help_zh="请使用更小的分页。",
    facts=("limit",),
)
MESSAGE_UNWRITABLE: Final = Wording(
    InputError,
    "message.unwritable",
    "The {wire_type} cannot be sent: {where}.",
    "无法发送 {wire_type}：{where}。",
    facts=("where",),
)
MESSAGE_WRONG_TYPE: Final = Wording(
    ProtocolError,
    "message.wrong-type",
    "The body is a {found}; expected here: {expected}.",
    "消息类型为 {found_zh}；此处应为：{expected}。",
    help_en="Check @type and the path.",
    help_zh="请检查 @type 与请求路径。",
    facts=("expected",),
)
NEGOTIATION_AGREEMENT_DIFFERS: Final = Wording(
    ProtocolError,
    "negotiation.agreement-differs",
    "The agreement is refused: {en}.",
    "拒绝该协议：{zh}。",
    help_en="Send an agreement with the terms of the last offer, or a new offer.",
    help_zh="请按最近一次要约的条款发送协议，或发送新的要约。",
    facts=("where",),
)
NEGOTIATION_TARGET_DIFFERS: Final = Wording(
    ProtocolError,
    "negotiation.target-differs",
    "The offer is not about {dataset}, the dataset of this negotiation.",
    "该要约针对的不是本次协商的数据产品 {dataset}。",
    help_en="Put that dataset's id into offer.target, or open another negotiation.",
    help_zh="请在 offer.target 中填写该数据产品标识，或另行发起协商。",
)
NEGOTIATION_TARGET_MISSING: Final = Wording(
    ProtocolError,
    "negotiation.target-missing",
    "The offer has no target: it does not say which dataset it is about.",
    "要约缺少 target，未说明针对哪个数据产品。",
    help_en="Put the dataset's id into offer.target.",
    help_zh="请在 offer.target 中填写数据产品标识。",
)
NOTICE_UNREADABLE: Final = Wording(
    ProtocolError, "notice.unreadable", "The notice cannot be read.", "无法读取该通知。"
)
ALREADY_OPEN: Final = Wording(
    ProtocolError,
    "{family}.already-open",
    "This {family} is open already, under another opening message.",
    "该{family_zh}已由另一条开启消息建立。",
    help_en="Use a new pid for a new process.",
    help_zh="新的过程请使用新的 pid。",
)
BUSY: Final = Wording(
    ConflictError,
    "{family}.busy",
    "Our {sending} is on its way and not acknowledged yet.",
    "本方的 {sending} 尚未得到确认。",
    help_en="Wait until it is acknowledged or has failed.",
    help_zh="请等待其被确认或失败后再试。",
    facts=("sending",),
)
CALLBACK_INVALID: Final = Wording(
    ProtocolError,
    "{family}.callback-invalid",
    "callbackAddress is not an absolute http or https URL without user, query and fragment.",
    "callbackAddress 不是有效的 http/https 绝对地址（不得带用户名、查询串或片段）。",
    help_en="Give the base address under which your callbacks are served.",
    help_zh="请填写贵方回调服务的基础地址。",
)
CROSSED: Final = Wording(
    ProtocolError,
    "{family}.crossed",
    "{kind} is refused: our {sending} is on its way and decides.",
    "拒绝 {kind}：本方的 {sending} 已在途中，以其为准。",
    help_en="Wait for that message, or read the process with GET.",
    help_zh="请等待该消息，或用 GET 读取该过程。",
    facts=(
        "kind",
        "sending",
    ),
)
NOT_OPEN: Final = Wording(
    ConflictError,
    "{family}.not-open",
    "The other side has not acknowledged this {family} yet, so it cannot be addressed.",
    "对方尚未确认该{family_zh}，暂时无法向其发送。",
    help_en="Wait for the first acknowledgement, or give the process up.",
    help_zh="请等待首次确认，或放弃该过程。",
)
NOT_OPENING: Final = Wording(
    ProtocolError,
    "{family}.not-opening",
    "A message that opens a process carries callbackAddress and not the receiver's pid.",
    "开启过程的消息须带 callbackAddress，且不得带接收方的 pid。",
)
WRONG_PID: Final = Wording(
    ProtocolError,
    "{family}.wrong-pid",
    "{key} in the body does not name this {family}.",
    "消息体中的 {key} 与本{family_zh}不符。",
    help_en="Send both pids as they stand in the acknowledgement of the first message.",
    help_zh="请按首条消息的应答填写两个 pid。",
    facts=("key",),
)
WRONG_PID_TO_SEND: Final = Wording(
    ConflictError,
    "{family}.wrong-pid",
    "The message to send does not carry the pids of this {family}.",
    "待发送的消息所带 pid 与本{family_zh}不符。",
)
WRONG_SIDE: Final = Wording(
    ProtocolError,
    "{family}.wrong-side",
    "{kind} came as if from the {sender}, which is our own side of this {family}.",
    "收到以{sender_zh}名义发出的 {kind}，而该角色在此{family_zh}中是本方。",
    facts=(
        "kind",
        "sender",
    ),
)
WRONG_STATE: Final = Wording(
    ProtocolError,
    "{family}.wrong-state",
    "{kind} from the {sender} is not allowed while the {family} is {where}.",
    "{family_zh}处于 {where} 状态时，不接受{sender_zh}的 {kind}。",
    help_en="Read the process with GET and go on from its state.",
    help_zh="请用 GET 读取该过程，再从其当前状态继续。",
    facts=(
        "state",
        "kind",
        "sender",
    ),
)
WRONG_STATE_TO_SEND: Final = Wording(
    ConflictError,
    "{family}.wrong-state",
    "The {role} cannot send {kind} while the {family} is {where}.",
    "{family_zh}处于 {where} 状态时，{role_zh}不能发送 {kind}。",
    facts=(
        "state",
        "kind",
        "role",
    ),
)

"""Error sentences of web."""

from typing import Final

from xinfu.errors import (
    ConfigError,
    CutShortError,
    InputError,
    MethodError,
    NotFoundError,
    RefusedError,
    TooLargeError,
    UnauthorizedError,
    UnreadableMediaTypeError,
    Wording,
    XinfuError,
)

API_KEY: Final = Wording(
    UnauthorizedError,
    "api.key",
    "The API key is missing or wrong.",
    "缺少 API 密钥，或密钥不正确。",
    help_en="Send it in X-Api-Key; it lies in api.key beside node.toml.",
    help_zh="请在 X-Api-Key 中发送；密钥在 node.toml 旁的 api.key 中。",
)
API_NODE_KEY: Final = Wording(
    RefusedError,
    "api.node-key",
    "This is for the node's operator: the key of one context does not open it.",
    "该操作仅供节点运营者使用，单个上下文的密钥无权执行。",
    help_en="Use the node's own API key.",
    help_zh="请使用节点自身的 API 密钥。",
)
BODY_CUT_SHORT: Final = Wording(
    CutShortError,
    "body.cut-short",
    "The caller broke off inside the body.",
    "调用方在请求体传完之前断开了连接。",
)
BODY_INVALID: Final = Wording(
    InputError, "body.invalid", "The body does not fit: {error}.", "请求体不符合要求：{error}。"
)
BODY_MALFORMED: Final = Wording(
    InputError, "body.malformed", "The body is not JSON.", "请求体不是合法的 JSON。"
)
BODY_MEDIA_TYPE: Final = Wording(
    UnreadableMediaTypeError,
    "body.media-type",
    "Only application/json and application/ld+json are read here.",
    "此处只接受 application/json 与 application/ld+json。",
)
BODY_REPEATED_KEY: Final = Wording(
    InputError,
    "body.repeated-key",
    'The key "{key}" stands twice in one object.',
    "键“{key}”在同一对象中出现两次。",
)
BODY_TOO_DEEP: Final = Wording(
    InputError, "body.too-deep", "The body is nested too deeply.", "请求体嵌套过深。"
)
BODY_TOO_LARGE: Final = Wording(
    TooLargeError,
    "body.too-large",
    "The body is larger than {limit_bytes} bytes.",
    "请求体超过 {limit_bytes} 字节。",
)
CREDENTIAL_CLAIMS: Final = Wording(
    InputError, "credential.claims", "`id` is the subject.", "claims 中不得包含 id。"
)
DATA_LIVE: Final = Wording(
    NotFoundError,
    "data.live",
    "The source is live: it has neither a manifest nor a listing.",
    "该数据源实时生成，没有清单与文件列表。",
    help_en="Read it as it is.",
    help_zh="请直接读取。",
)
DID_NOT_FOUND: Final = Wording(
    NotFoundError,
    "did.not-found",
    "No participant has this host as its DID.",
    "没有以本主机为 DID 的参与方。",
)
ENVELOPE_SIGNATURE: Final = Wording(
    UnauthorizedError,
    "envelope.signature",
    "signValue is not the signature of the caller over this message.",
    "signValue 不是调用方对该报文的有效签名。",
)
EXPLAIN_MISSING: Final = Wording(
    InputError,
    "explain.missing",
    "Name a dataset, or one of our agreements.",
    "请说明所问的数据产品，或我方的协议。",
)
EXTRA_MISSING: Final = Wording(
    ConfigError,
    "extra.missing",
    "Printing PDF needs packages that are not installed.",
    "打印 PDF 所需的软件包尚未安装。",
    help_en="Run: pip install 'xinfu[print]'; the HTML page needs nothing.",
    help_zh="请运行：pip install 'xinfu[print]'；HTML 页面不需要额外软件包。",
)
FILE_NOT_FOUND: Final = Wording(
    NotFoundError, "file.not-found", "The dataset has no such file.", "该数据产品中没有这个文件。"
)
KEY_ALGORITHM: Final = Wording(
    InputError,
    "key.algorithm",
    "Only a contract key has an algorithm of its own.",
    "只有合约密钥可以另选算法。",
    help_en="The others' is [keys] algorithm of node.toml.",
    help_zh="其他密钥的算法见 node.toml 的 [keys] algorithm。",
)
METRICS_KEY: Final = Wording(
    UnauthorizedError,
    "metrics.key",
    "The key for the metrics is missing or wrong.",
    "缺少读取指标的密钥，或密钥不正确。",
    help_en="Send the API key, or the key of [metrics] key, as a bearer token.",
    help_zh="请以 Bearer 令牌发送 API 密钥，或 [metrics] key 所指的密钥。",
)
NODE_FAILED: Final = Wording(
    XinfuError,
    "node.failed",
    "The node failed to handle this; its log says why.",
    "节点处理该请求时出错，原因见其日志。",
)
OFFER_NOT_FOUND: Final = Wording(
    NotFoundError, "offer.not-found", "We offer no such dataset.", "我方没有提供该数据产品。"
)
QUERY_SINCE: Final = Wording(
    InputError,
    "query.since",
    "Last-Event-ID and since are indexes of the log: whole numbers from 0 on.",
    "Last-Event-ID 与 since 须为日志序号：从 0 开始的整数。",
)
QUERY_STUCK: Final = Wording(
    InputError, "query.stuck", "stuck is true or false.", "stuck 须为 true 或 false。"
)
QUERY: Final = Wording(
    InputError,
    "query.{name}",
    "{name} is a whole number from {least} to {most}.",
    "{name} 须为 {least} 至 {most} 的整数。",
)
REFRESH_FORM: Final = Wording(
    InputError,
    "refresh.form",
    "A form with grant_type=refresh_token and one refresh_token is needed.",
    "需要表单：grant_type=refresh_token 与唯一的 refresh_token。",
)
REQUEST_METHOD: Final = Wording(
    MethodError,
    "request.method",
    "This path takes {allowed}, not {method}.",
    "此路径只接受 {allowed}，不接受 {method}。",
)
REQUEST_PATH_UNKNOWN: Final = Wording(
    NotFoundError, "request.path-unknown", "There is nothing at this path.", "此路径不存在。"
)
TRANSFER_VAULT_PUSH: Final = Wording(
    InputError,
    "transfer.vault-push",
    "A push to another address cannot land in the vault.",
    "推送到别处的数据不会落入受控存储。",
)
NOT_FOUND: Final = Wording(NotFoundError, "{kind}.not-found", "There is no such {kind}.", "没有这个对象。")

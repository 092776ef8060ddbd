"""Error sentences of client."""

from typing import Final

from xinfu.errors import (
    ConflictError,
    InputError,
    IntegrityError,
    NotFoundError,
    PeerError,
    RefusedError,
    Wording,
)

AGREEMENT_NOT_FOUND: Final = Wording(
    NotFoundError,
    "agreement.not-found",
    "The negotiation ended without an agreement.",
    "该协商没有留下协议。",
)
BUCKET_ANSWER: Final = Wording(
    PeerError, "bucket.answer", "The store's answer is too large.", "存储服务的回答过大。"
)
BUCKET_LATER: Final = Wording(
    PeerError, "bucket.later", "The store cannot do it now: {said}.", "存储服务暂时无法处理：{said}。"
)
BUCKET_NO_KEYS: Final = Wording(
    InputError,
    "bucket.no-keys",
    "Nothing says which keys open the bucket.",
    "没有给出打开存储桶的访问密钥。",
    help_en="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    help_zh="请设置 AWS_ACCESS_KEY_ID 与 AWS_SECRET_ACCESS_KEY。",
)
BUCKET_REFUSED: Final = Wording(
    RefusedError,
    "bucket.refused",
    "The store refuses it: {said}.",
    "存储服务拒绝：{said}。",
    help_en="Check the keys, the name of the bucket, its region and endpoint.",
    help_zh="请检查访问密钥、存储桶名称、区域与端点。",
    facts=(
        "code",
        "status",
    ),
)
BUCKET_REFUSED_UPLOAD: Final = Wording(
    PeerError,
    "bucket.refused-upload",
    "The store does not put the parts together: {fault}.",
    "存储服务无法合并各分段：{fault}。",
)
BUCKET_UNREACHABLE: Final = Wording(
    PeerError,
    "bucket.unreachable",
    "The store does not answer: {error}.",
    "存储服务没有应答：{error}。",
    help_en="What has arrived in parts is kept; ask again.",
    help_zh="已上传的分段会保留，请重试。",
)
CLIENT_EVENT_TOO_LARGE: Final = Wording(
    PeerError, "client.event-too-large", "An event is too large.", "事件过大。"
)
CLIENT_KEY: Final = Wording(
    InputError,
    "client.key",
    "The API key contains a character that a header cannot carry.",
    "API 密钥含有无法放入请求头的字符。",
)
CLIENT_NO_PANDAS: Final = Wording(
    InputError,
    "client.no-pandas",
    "Data frames need pandas, which is not installed here.",
    "数据帧需要 pandas，当前环境未安装。",
    help_en="Install pandas, and pyarrow for Parquet and Arrow.",
    help_zh="请安装 pandas；读取 Parquet 与 Arrow 还需 pyarrow。",
)
CLIENT_URL: Final = Wording(
    InputError, "client.url", "{url!r} is not an http address.", "{url!r} 不是 http 地址。"
)
DATA_ALTERED: Final = Wording(
    IntegrityError,
    "data.altered",
    "What arrived for {key} is not what was published; it is thrown away.",
    "{key} 的内容与发布时不一致，已丢弃。",
    help_en="Ask again.",
    help_zh="请重试。",
)
DATA_ALTERED_ON_DISK: Final = Wording(
    IntegrityError,
    "data.altered",
    "What was saved of {name} is not what was published; it is thrown away.",
    "{name} 的保存内容与发布时不一致，已丢弃。",
    help_en="Ask again.",
    help_zh="请重试。",
)
DATA_CHANGED: Final = Wording(
    IntegrityError,
    "data.changed",
    "The file is not the one that was listed a moment ago.",
    "数据文件与刚才列出的不一致。",
    help_en="The provider has published anew; ask again.",
    help_zh="数据提供方已重新发布，请重试。",
)
DATA_CHANGED_SINCE_OPENED: Final = Wording(
    IntegrityError,
    "data.changed",
    "The file was replaced after it was opened.",
    "该文件已不是打开时的版本。",
    help_en="The provider has published anew; open it again.",
    help_zh="数据提供方已重新发布，请重新打开。",
)
DATA_CUT: Final = Wording(
    PeerError,
    "data.cut",
    "The stream broke off after {received} of {length} bytes.",
    "数据流在收到 {received} 字节（共 {length} 字节）后中断。",
    help_en="Ask again: what has arrived is kept and goes on from there.",
    help_zh="请重试：已收到的部分会保留并续传。",
    facts=(
        "received",
        "length",
    ),
)
DATA_PATH_UNSAFE: Final = Wording(
    IntegrityError,
    "data.path-unsafe",
    "The provider lists a file whose path cannot be saved safely: {shown!a}.",
    "数据提供方列出的文件路径无法安全保存：{shown!a}。",
    help_en="Nothing of it was saved; tell the provider.",
    help_zh="未保存该文件，请告知数据提供方。",
)
DATASET_NOT_FOUND: Final = Wording(
    NotFoundError,
    "dataset.not-found",
    "{participant} does not offer us a dataset {dataset!r}.",
    "{participant} 没有向我方提供数据产品 {dataset!r}。",
    help_en="`xinfu catalog` lists what it offers; its access policy may not let us see this one.",
    help_zh="可用 `xinfu catalog` 查看；其访问策略可能不允许我方看到该数据产品。",
    facts=(
        "participant",
        "dataset",
    ),
)
FILE_NOT_FOUND: Final = Wording(
    NotFoundError, "file.not-found", "The object has no such file.", "该对象中没有这个文件。"
)
GET_NO_NAME: Final = Wording(
    InputError,
    "get.no-name",
    "The id {dataset!r} cannot become a file name.",
    "标识 {dataset!r} 不能用作文件名。",
    help_en="Give one with -o.",
    help_zh="请用 -o 指定。",
)
NODE_ANSWER: Final = Wording(
    PeerError,
    "node.answer",
    "The address answered {status}, and not as a node does.",
    "该地址返回 {status}，不像是节点的回答。",
    help_en="Check the URL: it is that of the management listener.",
    help_zh="请检查 URL：应为管理监听器的地址。",
)
NODE_UNREACHABLE: Final = Wording(
    PeerError,
    "node.unreachable",
    "No node answers at {url}: {error}.",
    "{url} 处没有节点应答：{error}。",
    help_en="Start it with `xinfu run`, or name another with --url or XINFU_URL.",
    help_zh="请用 `xinfu run` 启动，或用 --url 或 XINFU_URL 指定其他节点。",
    facts=("url",),
)
NODE_UNREADABLE: Final = Wording(
    PeerError,
    "node.unreadable",
    "The node's answer cannot be read: {error}.",
    "无法读取节点的回答：{error}。",
    help_en="The node may be of another version than this client.",
    help_zh="节点与客户端的版本可能不同。",
)
PUBLISH_PASSES: Final = Wording(
    InputError,
    "publish.passes",
    "{given!r} is nothing that a consumer's request consists of.",
    "{given!r} 不是使用方请求的组成部分。",
    help_en="It is path, query, body, method:NAME or header:NAME.",
    help_zh="可选：path、query、body、method:名称、header:名称。",
)
READ_KEY_FOLDER: Final = Wording(
    InputError,
    "read.key-folder",
    "A key is one read of one file, and the dataset is a folder.",
    "一个幂等键只对应一个文件的一次读取，而该数据产品是文件夹。",
    help_en="Save it without a key, or read its files one by one, each under a key of its own.",
    help_zh="请不带幂等键保存，或逐个读取文件并为每个文件使用各自的幂等键。",
)
RULES_UNREADABLE: Final = Wording(
    InputError,
    "rules.unreadable",
    "{name} does not contain a readable policy: {why}.",
    "无法从 {name} 读取策略：{why}。",
    help_en="Short words such as times = 3, or ODRL; docs/how-to/write-a-policy.md has both.",
    help_zh="可用简写（如 times = 3）或 ODRL；见 docs/how-to/write-a-policy.md。",
)
SAVE_EXISTS: Final = Wording(
    InputError,
    "save.exists",
    "{path} exists already; nothing was written.",
    "{path} 已存在，没有写入任何内容。",
    help_en="Give --force to replace it, or choose another place.",
    help_zh="如需替换请加 --force，或指定其他位置。",
    facts=("path",),
)
SAVE_NO_FOLDER: Final = Wording(
    InputError,
    "save.no-folder",
    "The folder {path} does not exist.",
    "文件夹 {path} 不存在。",
    help_en="Make it first, or choose another place.",
    help_zh="请先创建该文件夹，或指定其他位置。",
    facts=("path",),
)
TABLE_PARAMETER: Final = Wording(
    InputError,
    "table.parameter",
    "The parameter {text!r} cannot be read.",
    "无法解析参数 {text!r}。",
    help_en="Write NAME:TYPE, NAME:TYPE=DEFAULT or NAME:TYPE?; TYPE is {types}, or values: low|high.",
    help_zh="请写作 NAME:TYPE、NAME:TYPE=默认值 或 NAME:TYPE?；TYPE 可为 {types_zh} 或枚举取值 low|high。",
)
TABLE_PLACE: Final = Wording(
    InputError,
    "table.place",
    "A table is named as sqlite:PATH#TABLE, duckdb:PATH#TABLE or postgresql://user@host/database#TABLE.",
    "表的写法为 sqlite:路径#表名、duckdb:路径#表名 或 postgresql://用户@主机/数据库#表名。",
    help_en="With a query, leave out #TABLE.",
    help_zh="使用查询时请省略 #表名。",
)
TRANSFER_COMPLETED: Final = Wording(
    ConflictError,
    "transfer.completed",
    "The transfer is completed; ask for a new one.",
    "该传输已完成，请发起新的传输。",
)
WAIT_OVER: Final = Wording(
    PeerError,
    "wait.over",
    "Not done within {timeout_s:g} s: {state} since {since}, and {en}.",
    "{timeout_s:g} 秒内未完成：自 {since} 起处于 {state}，{zh}。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=(
        "state",
        "since",
        "waits_for",
    ),
)
WAIT_OVER_CONTRACT: Final = Wording(
    PeerError,
    "wait.over",
    "Not done within {timeout_s:g} s: the contract is in status {state} {status_en}, {en}.",
    "{timeout_s:g} 秒内未完成：合约处于状态 {state} {status_zh}，{zh}。",
    facts=(
        "state",
        "missing",
    ),
)
SAVE_FAILED: Final = Wording(
    InputError,
    "{code}",
    "{name} cannot be written: {why}.",
    "无法写入 {name}：{why_zh}。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path",),
)
PEER_ENDED: Final = Wording(
    RefusedError,
    "peer.ended",
    "The {process} with {peer} was ended: {why}.",
    "与 {peer} 的{process_zh}已终止：{why}。",
    facts=("peer", "code"),
)
PEER_ENDED_WITHOUT_REASON: Final = Wording(
    RefusedError,
    "peer.ended",
    "The {process} with {peer} was ended without a reason.",
    "与 {peer} 的{process_zh}已终止，未说明原因。",
    facts=("peer", "code"),
)
DATA_NO_SUCH_FILE: Final = Wording(
    NotFoundError,
    "data.no-such-file",
    "The dataset has no file {path!r}.",
    "该数据产品中没有文件 {path!r}。",
    help_en="`files()` lists them.",
    help_zh="可用 `files()` 列出。",
)
DATA_NO_SUCH_FILE_IN_FOLDER: Final = Wording(
    NotFoundError,
    "data.no-such-file",
    "The dataset is a folder: name one of its files.",
    "该数据产品是文件夹，请指明其中的文件。",
    help_en="`files()` lists them.",
    help_zh="可用 `files()` 列出。",
)

"""Error sentences of services / fetching."""

from typing import Final

from xinfu.errors import ConflictError, InputError, IntegrityError, PeerError, RefusedError, Wording

DATA_ALTERED: Final = Wording(
    IntegrityError,
    "data.altered",
    "Chunk {chunk} is not the one that was published.",
    "第 {chunk} 块与发布时不一致。",
    facts=("chunk",),
)
DATA_CUT: Final = Wording(
    PeerError,
    "data.cut",
    "The stream broke off after {received} of {length} bytes.",
    "数据流在收到 {received} 字节（共 {length} 字节）后中断。",
    help_en="Ask again.",
    help_zh="请重试。",
)
OFFER_CHANGED: Final = Wording(
    ConflictError,
    "offer.changed",
    "The offer has changed since it was shown. {changes_en}",
    "该要约与所展示的内容已不一致。{changes_zh}",
    help_en="Nothing was asked for. Look at the offer as it is now, and ask again.",
    help_zh="尚未发出任何请求。请查看现行要约后重新发起。",
    facts=(
        "offer",
        "changes",
    ),
)
PEER_NO_LISTING: Final = Wording(
    PeerError,
    "peer.no-listing",
    "The provider lists no files: the dataset is a single file, or its data plane is another make.",
    "数据提供方没有给出文件列表：该数据产品是单个文件，或其数据面为其他实现。",
    help_en="Fetch it without a path.",
    help_zh="请不带路径直接获取。",
)
PEER_NO_TOKEN: Final = Wording(
    PeerError,
    "peer.no-token",
    "The provider's answer to the renewal of the endpoint token is unreadable.",
    "数据提供方更新端点令牌时给出了无法读取的应答。",
)
TRANSFER_DECLARATION: Final = Wording(
    InputError,
    "transfer.declaration",
    "This cannot be declared of a use: {name}={text}.",
    "无法声明该项：{name}={text}。",
    help_en="Declare {named}, each with one value of its kind.",
    help_zh="可声明：{named_zh}，每项取一个相应类型的值。",
    facts=("name",),
)
TRANSFER_NO_ADDRESS: Final = Wording(
    ConflictError,
    "transfer.no-address",
    "The transfer has no data address now: it is {where}.",
    "该传输当前没有数据地址：状态为 {where_zh}。",
    help_en="Wait until it is STARTED, or start it again.",
    help_zh="请等待其进入 STARTED，或重新启动。",
    facts=("state",),
)
OFFER_DECLARATION: Final = Wording(
    RefusedError,
    "offer.declaration",
    "{said}",
    "{said_zh}",
    help_en="If it is true, give {options}. Nothing was asked for.",
    help_zh="如属实，请给出 {options_zh}。尚未发出任何请求。",
)

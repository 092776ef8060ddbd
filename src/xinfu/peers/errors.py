"""Error sentences of peers."""

from typing import Final

from xinfu.errors import ConfigError, InputError, NotFoundError, PeerError, Wording

ADDRESS_HEADER: Final = Wording(
    InputError, "address.header", "A header of this name is not sent.", "不发送此名称的请求头。"
)
ADDRESS_HEADER_VALUE: Final = Wording(
    InputError,
    "address.header",
    "The value of the header {name} holds a character that is not allowed.",
    "请求头 {name} 的值含有不允许的字符。",
)
ADDRESS_METHOD: Final = Wording(
    InputError, "address.method", "This HTTP method is not sent.", "不发送此 HTTP 方法。"
)
ADDRESS_REFUSED: Final = Wording(
    InputError,
    "address.refused",
    "The address{named} is not called (purpose: {purpose}): {rule}.",
    "地址{named} 不予调用（用途：{purpose}）：{rule_zh}。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=(
        "purpose",
        "address",
        "rule",
    ),
)
CONFIG_CA_FILE: Final = Wording(
    ConfigError,
    "config.ca-file",
    "[tls] ca_file {ca_file} cannot be read as PEM certificates.",
    "[tls] ca_file {ca_file} 无法作为 PEM 证书读取。",
)
CONFIG_OUTBOUND_ENTRY: Final = Wording(
    ConfigError,
    "config.outbound-entry",
    "[outbound]: {what} cannot be used: {en}.",
    "[outbound]：{what} 无法使用：{zh}。",
    help_en='Write for example {{ cidr = "10.1.0.0/16" }} or {{ host = "edc.intranet.example" }}.',
    help_zh='例如 {{ cidr = "10.1.0.0/16" }} 或 {{ host = "edc.intranet.example" }}。',
)
CONFIG_OUTBOUND_PURPOSE: Final = Wording(
    ConfigError,
    "config.outbound-purpose",
    "[outbound] {where}: an entry names a purpose of the other list.",
    "[outbound] {where}：条目使用了另一个列表的用途。",
    help_en="Move the entry to [outbound] {instead}.",
    help_zh="请将该条目移到 [outbound] {instead}。",
)
DATASET_NOT_FOUND: Final = Wording(
    NotFoundError,
    "dataset.not-found",
    "{peer} has no dataset {dataset_id}, or not for us.",
    "{peer} 没有数据产品 {dataset_id}，或不向我方提供。",
)
PEER_ANSWER: Final = Wording(
    PeerError,
    "peer.answer",
    "{address} answered {status}{said}",
    "{address} 返回 {status}{said}",
    facts=(
        "status",
        "code",
        "reason",
        "address",
    ),
)
PEER_CATALOG: Final = Wording(
    PeerError,
    "peer.catalog",
    "The answer of {address} is not a catalog or dataset.",
    "{address} 返回的内容不是目录或数据产品。",
    facts=("address",),
)
PEER_MALFORMED: Final = Wording(
    PeerError,
    "peer.malformed",
    "{address} answered with something that cannot be read.",
    "{address} 返回了无法识别的应答。",
    facts=("address",),
)
PEER_NO_SERVICE: Final = Wording(
    PeerError,
    "peer.no-service",
    "The DID document of {participant} names no DataService.",
    "{participant} 的 DID 文档未列出 DataService。",
    help_en="Give the address yourself with --at URL.",
    help_zh="可用 --at URL 自行指定地址。",
)
PEER_NO_VERSION: Final = Wording(
    PeerError,
    "peer.no-version",
    "{participant} does not speak the Dataspace Protocol {version} over HTTPS.",
    "{participant} 不支持基于 HTTPS 的 Dataspace Protocol {version}。",
)
PEER_OTHER_DATASET: Final = Wording(
    PeerError,
    "peer.other-dataset",
    "{address} was asked for the dataset {asked}, and answered with {said}.",
    "向 {address} 请求的是数据产品 {asked}，其应答却是 {said}。",
    facts=(
        "address",
        "asked",
        "said",
    ),
)
PEER_OTHER_PARTICIPANT: Final = Wording(
    PeerError,
    "peer.other-participant",
    "{address} was asked as {asked}, and its answer speaks for {said}.",
    "向 {address} 询问的是 {asked}，其应答却以 {said} 的名义。",
    facts=(
        "address",
        "asked",
        "said",
    ),
)
PEER_PAGING: Final = Wording(
    PeerError,
    "peer.paging",
    "The pages of the catalog of {address} lead {where_en}.",
    "{address} 的目录分页{where_zh}。",
    facts=("address",),
)
PEER_REDIRECT_REFUSED: Final = Wording(
    PeerError,
    "peer.redirect-refused",
    "{address} redirects, and {why_en}.",
    "{address} 要求重定向，而{why_zh}。",
    facts=("address",),
)
PEER_TIMEOUT: Final = Wording(
    PeerError,
    "peer.timeout",
    "{address} did not answer in time.",
    "{address} 未在时限内应答。",
    facts=("address",),
)
PEER_TLS: Final = Wording(
    PeerError,
    "peer.tls",
    "The TLS connection to {address} is not trusted.",
    "未能与 {address} 建立可信的 TLS 连接。",
    help_en="For a private CA name its file in [tls] ca_file.",
    help_zh="使用私有 CA 时，请在 [tls] ca_file 中指明其文件。",
    facts=("address",),
)
PEER_TOO_LARGE: Final = Wording(
    PeerError,
    "peer.too-large",
    "{address} answered with more than {limit_bytes} bytes.",
    "{address} 的应答超过 {limit_bytes} 字节。",
    facts=("address",),
)
PEER_UNREACHABLE: Final = Wording(
    PeerError,
    "peer.unreachable",
    "{address} cannot be reached or broke off.",
    "{address} 无法连接或中途断开。",
    facts=("address",),
)
PEER_VERSION: Final = Wording(
    PeerError,
    "peer.version",
    "The answer of {address} is not a version document.",
    "{address} 返回的内容不是版本文档。",
    facts=("address",),
)
PLATFORM_ANSWER: Final = Wording(
    PeerError,
    "platform.answer",
    "{participant} answered {api} with {status} and nothing that can be read.",
    "{participant} 对 {api} 返回 {status}，内容无法读取。",
    facts=("status",),
)
PLATFORM_REFUSED: Final = Wording(
    PeerError,
    "platform.refused",
    "{participant} refused {api}: {code} {message}",
    "{participant} 拒绝了 {api}：{code} {message}",
    facts=(
        "code",
        "message",
        "status",
    ),
)
PEER_CATALOG_TOO_LARGE: Final = Wording(
    PeerError,
    "peer.catalog-too-large",
    "{address} answered with a page of its catalog that is too large: {en}",
    "{address} 返回的目录页过大：{zh}",
    help_en="Ask it for smaller pages, or raise [limits] catalog_bytes, catalog_datasets or catalog_offers.",
    help_zh="请对方提供更小的分页，或调高 [limits] catalog_bytes、catalog_datasets、catalog_offers。",
    facts=("address",),
)

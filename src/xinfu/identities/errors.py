"""Error sentences of identities."""

from typing import Final

from xinfu.errors import ConfigError, PeerError, Wording

DID_STATUS: Final = Wording(
    PeerError, "did.status", "Its address answered {status}.", "其地址返回 {status}。"
)
DID_THROTTLED: Final = Wording(
    PeerError,
    "did.throttled",
    "Too many unknown participants were named; this one was not looked up.",
    "出现过多未知参与方，未查询此 DID。",
    help_en="Try again in a minute.",
    help_zh="请一分钟后重试。",
)
IDENTITY_INSECURE: Final = Wording(
    ConfigError,
    "identity.insecure",
    "The identity insecure-static proves nothing and exists in development only.",
    "insecure-static 不证明任何身份，只能用于开发。",
    help_en='Set identity = "did-web", or development = true on a loopback listener.',
    help_zh='请设置 identity = "did-web"，或仅在本机监听时设置 development = true。',
)
DID_UNRESOLVED: Final = Wording(
    PeerError,
    "did.unresolved",
    "The DID document of {did} could not be fetched.{why}",
    "无法取得 {did} 的 DID 文档。{why_zh}",
    help_en="Check that its address answers from here, and what [outbound] allows.",
    help_zh="请检查从本机能否访问其地址，以及 [outbound] 允许的地址。",
    facts=("did", "cause"),
)

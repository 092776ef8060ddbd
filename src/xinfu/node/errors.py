"""Error sentences of node."""

from typing import Final

from xinfu.errors import ConfigError, NotFoundError, Wording

CONFIG_ADDRESS_TAKEN: Final = Wording(
    ConfigError,
    "config.address-taken",
    "Listener {name} cannot take {host}:{port}: {why}.",
    "监听器 {name} 无法使用 {host}:{port}：{why}。",
    help_en="Choose another port in [listen.{name}], or stop what uses it.",
    help_zh="请在 [listen.{name}] 中更换端口，或停止占用它的程序。",
)
CONFIG_API_KEY: Final = Wording(
    ConfigError,
    "config.api-key",
    "{name} must be a file that only its owner can read, with an API key of at least 16 characters.",
    "{name} 处没有仅所有者可读、至少 16 个字符的 API 密钥。",
    help_en="`xinfu init` writes one; its mode is 0600.",
    help_zh="`xinfu init` 会生成；权限须为 0600。",
)
CONFIG_AUTHORITIES: Final = Wording(
    ConfigError,
    "config.authorities",
    "[trust] names {path}, which cannot be read as PEM with {label}.",
    "[trust] 所指的 {path} 无法作为含 {label} 的 PEM 读取。",
    help_en="Write certificates and revocation lists as PEM; openssl x509 and openssl crl convert them.",
    help_zh="证书与吊销列表须为 PEM 格式；可用 openssl x509 与 openssl crl 转换。",
)
CONFIG_AUTHORITIES_COUNT: Final = Wording(
    ConfigError,
    "config.authorities",
    "[trust] certificates names more than {most_anchors} authorities.",
    "[trust] certificates 中的证书机构超过 {most_anchors} 个。",
)
CONFIG_CERTIFICATE: Final = Wording(
    ConfigError,
    "config.certificate",
    "[tls] cert and key cannot be used: {why}.",
    "[tls] 的 cert 与 key 无法使用：{why}。",
    help_en="Give a PEM certificate chain and its PEM key, both readable by the node.",
    help_zh="请提供节点可读的 PEM 证书链及其 PEM 私钥。",
)
CONFIG_CODE: Final = Wording(ConfigError, "config.code", "{name}: {en}", "{name}：{zh}")
CONFIG_CONTEXT_ID: Final = Wording(
    ConfigError,
    "config.context-id",
    "{name}: the context id {id!r} is not unique lower-case letters, digits and hyphens.",
    "{name}：上下文标识 {id!r} 须唯一，且只含小写字母、数字和连字符。",
)
CONFIG_INSECURE_IDENTITY: Final = Wording(
    ConfigError,
    "config.insecure-identity",
    "{name}: identity insecure-static proves nothing and runs in development only.",
    "{name}：insecure-static 身份不能证明任何事，只能用于开发模式。",
    help_en='Use identity kind "did-web", or set development = true on a loopback listener.',
    help_zh='请改用 "did-web"，或仅在环回地址上设置 development = true。',
)
CONFIG_INVALID: Final = Wording(
    ConfigError,
    "config.invalid",
    "{at}: {fault} ({dotted}).",
    "{at_zh}：{fault}（{dotted}）。",
    help_en="docs/reference/settings.md lists every key.",
    help_zh="全部配置项见 docs/reference/settings.md。",
)
CONFIG_METRICS_KEY: Final = Wording(
    ConfigError,
    "config.metrics-key",
    "{name} must be a file that only its owner can read, with a key of at least 16 characters.",
    "{name} 处没有仅所有者可读、至少 16 个字符的密钥。",
    help_en="Write one there with mode 0600, or leave [metrics] key out.",
    help_zh="请写入密钥并将权限设为 0600，或去掉 [metrics] key。",
)
CONFIG_MISSING: Final = Wording(
    ConfigError,
    "config.missing",
    "The configuration {name} cannot be read: {error}.",
    "无法读取配置文件 {name}：{error}。",
    help_en="`xinfu init` writes one.",
    help_zh="可用 `xinfu init` 生成。",
)
CONFIG_NO_CONTEXT: Final = Wording(
    ConfigError,
    "config.no-context",
    "{name} names no participant context.",
    "{name} 没有任何参与方上下文。",
    help_en="Add [[contexts]] with an id.",
    help_zh="请添加带 id 的 [[contexts]]。",
)
CONFIG_NO_TLS: Final = Wording(
    ConfigError,
    "config.no-tls",
    "{name}: listener {listener_name} has neither a certificate nor an https public_url.",
    "{name}：监听器 {listener_name} 既无证书也无 https 的 public_url。",
    help_en="Set [tls] cert and key, or public_url of the proxy that speaks TLS.",
    help_zh="请设置 [tls] cert 与 key，或前置 TLS 代理的 public_url。",
)
CONFIG_NOT_TOML: Final = Wording(
    ConfigError, "config.not-toml", "{name} is not TOML: {error}.", "{name} 不是合法的 TOML：{error}。"
)
CONFIG_PLATFORM: Final = Wording(
    ConfigError,
    "config.platform",
    "{name}: [platform] context {context!r} is not a context of this node.",
    "{name}：[platform] 的 context {context!r} 不是本节点的上下文。",
)
CONFIG_PROXY: Final = Wording(
    ConfigError,
    "config.proxy",
    "{name}: {proxy!r} in trusted_proxies is neither an address nor a network.",
    "{name}：trusted_proxies 中的 {proxy!r} 不是 IP 地址或网段。",
    help_en="Write addresses and networks, such as 127.0.0.1 or 10.0.0.0/24.",
    help_zh="请填写 IP 地址或网段，例如 127.0.0.1、10.0.0.0/24。",
)
CONFIG_PUBLIC_DEVELOPMENT: Final = Wording(
    ConfigError,
    "config.public-development",
    "{name}: listener {listener_name} is not on loopback while development = true.",
    "{name}：开发模式下监听器 {listener_name} 不在环回地址上。",
    help_en="Bind it to 127.0.0.1, or force it by name with force_public_development = true.",
    help_zh="请绑定到 127.0.0.1，或显式设置 force_public_development = true。",
)
CONFIG_TELEMETRY_ABSENT: Final = Wording(
    ConfigError,
    "config.telemetry-absent",
    "Traces are configured and OpenTelemetry is not installed.",
    "已配置链路追踪，但未安装 OpenTelemetry。",
    help_en="Run: pip install 'xinfu[telemetry]'.",
    help_zh="请运行：pip install 'xinfu[telemetry]'。",
)
CONFIG_TELEMETRY_ENDPOINT: Final = Wording(
    ConfigError,
    "config.telemetry-endpoint",
    "[telemetry] endpoint cannot be called: {en}",
    "[telemetry] endpoint 无法访问：{zh}",
    help_en="{help_en}",
    help_zh="{help_zh}",
)
CONFIG_TELEMETRY_KEY: Final = Wording(
    ConfigError,
    "config.telemetry-key",
    "[telemetry] key must be a file that only its owner can read, with a key of at least 16 characters.",
    "[telemetry] key 所指文件没有仅所有者可读、至少 16 个字符的密钥。",
    help_en="Write the collector's token there with mode 0600, or leave [telemetry] key out.",
    help_zh="请写入采集端的令牌并将权限设为 0600，或去掉 [telemetry] key。",
)
EVIDENCE_GAP: Final = Wording(
    NotFoundError, "evidence.gap", "An entry of the log is missing.", "日志缺少条目。"
)
STORE_AWAY: Final = Wording(
    ConfigError,
    "store.away",
    "The database cannot be reached ({error}).",
    "无法连接数据库（{error}）。",
    help_en="Check that it runs, and [store] url and password_file.",
    help_zh="请检查数据库是否运行，以及 [store] url 与 password_file。",
)
STORE_DRIVER_ABSENT: Final = Wording(
    ConfigError,
    "store.driver-absent",
    "PostgreSQL is configured and its driver is not installed.",
    "已配置 PostgreSQL，但未安装其驱动。",
    help_en="Run: pip install 'xinfu[postgres]'.",
    help_zh="请运行：pip install 'xinfu[postgres]'。",
)

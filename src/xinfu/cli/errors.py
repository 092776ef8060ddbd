"""Error sentences of cli."""

from typing import Final

from xinfu.errors import (
    ConfigError,
    ConflictError,
    InputError,
    NotFoundError,
    PeerError,
    RefusedError,
    Wording,
)

AGREEMENT_SUSPENDED: Final = Wording(
    RefusedError,
    "agreement.suspended",
    "The agreement is suspended.",
    "该协议已中止。",
    help_en="Wait until it is resumed, or ask the other side why.",
    help_zh="请等待恢复，或向对方了解原因。",
    facts=("agreement",),
)
CLI_LIMIT: Final = Wording(
    InputError,
    "cli.limit",
    "{given!r} is not a limit: write WHAT=N or WHAT=none, with WHAT one of {bounds}.",
    "{given!r} 不是有效的上限：请写 名称=数值 或 名称=none，名称为 {bounds_zh} 之一。",
)
CLI_NO_KEY: Final = Wording(
    InputError,
    "cli.no-key",
    "No API key is given.",
    "没有给出 API 密钥。",
    help_en="Give --api-key-file, or set XINFU_API_KEY.",
    help_zh="请用 --api-key-file 指定，或设置 XINFU_API_KEY。",
)
CLI_NO_KEY_IN_FILE: Final = Wording(
    InputError,
    "cli.no-key",
    "{name} contains no readable API key.",
    "无法从 {name} 读取 API 密钥。",
    help_en="It lies in api.key beside the node's node.toml.",
    help_zh="密钥在节点 node.toml 旁的 api.key 中。",
)
CLI_NO_NODE: Final = Wording(
    InputError,
    "cli.no-node",
    "No node is named, and there is no node.toml in this folder.",
    "没有指定节点，当前文件夹也没有 node.toml。",
    help_en="Give --config, or --url and --api-key-file; `xinfu init` makes a new node.",
    help_zh="请用 --config 或 --url 与 --api-key-file 指定；新节点可用 `xinfu init` 创建。",
)
CLI_PORT_UNKNOWN: Final = Wording(
    InputError,
    "cli.port-unknown",
    "{name} lets the node take any free port, so it does not say where it listens.",
    "{name} 让节点使用任意空闲端口，无法得知其地址。",
    help_en="Give --url; the node prints it when it is ready.",
    help_zh="请用 --url 指定；节点就绪时会打印该地址。",
)
CLI_UNCONFIRMED: Final = Wording(
    InputError,
    "cli.unconfirmed",
    "This needs confirmation, but there is no terminal to ask on: {en}",
    "此操作需要确认，而当前无法询问：{zh}",
    help_en="Nothing was done. Give --yes to go on.",
    help_zh="尚未执行。请加 --yes 继续。",
)
COUNT_EXHAUSTED: Final = Wording(
    RefusedError,
    "count.exhausted",
    "What the agreement granted is spent.",
    "协议许可的使用已全部用完。",
    help_en="Negotiate again for more: call the same with --new.",
    help_zh="如需更多，请重新协商：在同一命令后加 --new。",
    facts=("agreement",),
)
CREDENTIAL_UNREADABLE: Final = Wording(
    InputError,
    "credential.unreadable",
    "{name} does not contain a readable credential.",
    "无法从 {name} 读取凭证。",
    help_en="It is the text that `xinfu issue -o FILE` writes.",
    help_zh="应为 `xinfu issue -o FILE` 写出的文本。",
)
DEMO_ENDPOINTS: Final = Wording(
    InputError, "demo.endpoints", "--endpoints goes with --stay.", "--endpoints 须与 --stay 一起使用。"
)
DEMO_ENDPOINTS_UNWRITABLE: Final = Wording(
    InputError, "demo.endpoints", "{path} cannot be written: {why}.", "无法写入 {path}：{why}。"
)
DEMO_OUT: Final = Wording(
    InputError, "demo.out", "{folder} cannot be made: {why}.", "无法创建 {folder}：{why}。"
)
GET_COLUMNS: Final = Wording(
    InputError,
    "get.columns",
    "Columns are given as id,amount; one with a comma in its name between double quotes.",
    "列的写法为 id,amount；名称含逗号时须加双引号。",
)
GET_KEY_ELSEWHERE: Final = Wording(
    InputError,
    "get.key-elsewhere",
    "A key is of what is fetched here, not of what is pushed or lands in the vault.",
    "幂等键只用于直接获取，不用于推送或落入受控存储。",
    help_en="Leave out --key.",
    help_zh="请去掉 --key。",
)
GET_PARAM: Final = Wording(
    InputError,
    "get.param",
    "A parameter is given as NAME=VALUE, each name once.",
    "参数的写法为 NAME=VALUE，每个名称只能给出一次。",
)
GET_VAULT_ELSEWHERE: Final = Wording(
    InputError,
    "get.vault-elsewhere",
    "What lands in the vault is not saved or pushed anywhere else.",
    "落入受控存储的数据不会同时保存或推送到别处。",
    help_en="Leave out -o and --push-to; `xinfu vault export` takes it out where that is permitted.",
    help_zh="请去掉 -o 与 --push-to；获得许可时可用 `xinfu vault export` 导出。",
)
INIT_EXISTS: Final = Wording(
    ConflictError,
    "init.exists",
    "There is a {name} in {folder} already; nothing was written.",
    "{folder} 中已有 {name}，未写入任何内容。",
    help_en="Choose another folder.",
    help_zh="请选择其他文件夹。",
)
INIT_FOLDER: Final = Wording(
    InputError, "init.folder", "{folder} cannot be written to: {why}.", "无法写入 {folder}：{why}。"
)
INIT_ID: Final = Wording(
    InputError,
    "init.id",
    "The id {id!r} is not 1 to 63 lower-case letters, digits and hyphens.",
    "标识 {id!r} 须为 1 至 63 个小写字母、数字或连字符。",
    help_en="Give another with --id.",
    help_zh="请用 --id 另行指定。",
)
INIT_PORTS: Final = Wording(
    InputError,
    "init.ports",
    "--ports {text}: three numbers below 65536 are needed.",
    "--ports {text}：需要三个小于 65536 的数字。",
    help_en="Such as --ports 8181,8282,8383.",
    help_zh="例如 --ports 8181,8282,8383。",
)
INIT_TEXT: Final = Wording(
    InputError, "init.text", "A value holds a control character.", "取值中含有控制字符。"
)
ISSUE_CLAIM: Final = Wording(
    InputError, "issue.claim", "--claim {given}: NAME=VALUE is needed.", "--claim {given}：须为 NAME=VALUE。"
)
KIT_BROKEN: Final = Wording(
    PeerError,
    "kit.broken",
    "The kit ended without a single result.",
    "测试套件未给出任何结果即已结束。",
    help_en="Does the pattern name a test? Is Java 17 or newer?",
    help_zh="请检查测试名称是否存在，以及 Java 是否为 17 或更新版本。",
)
KIT_REFUSED: Final = Wording(
    PeerError,
    "kit.refused",
    "The node under test refuses {method} {path}: {told}",
    "被测节点拒绝 {method} {path}：{told}",
)
KIT_TOOL_MISSING: Final = Wording(
    ConfigError,
    "kit.tool-missing",
    "The kit is a Java program and `{tool}` is not on the PATH.",
    "该测试套件是 Java 程序，PATH 中没有 `{tool}`。",
    help_en="Install {package} (Debian: apt-get install {package}), or run `make peers`.",
    help_zh="请安装 {package}（Debian：apt-get install {package}），或运行 `make peers`。",
    facts=(
        "tool",
        "package",
    ),
)
KIT_UNREACHABLE: Final = Wording(
    PeerError,
    "kit.unreachable",
    "Maven could not fetch the kit: {said}",
    "Maven 未能获取测试套件：{said}",
    help_en="Check that Maven reaches its repository, then run the command again.",
    help_zh="请检查 Maven 能否访问其仓库，然后重试。",
)
NEGOTIATE_NO_TERMS: Final = Wording(
    InputError,
    "negotiate.no-terms",
    "No terms are given.",
    "没有给出任何条款。",
    help_en="Give --purpose, --until, --times, --member or --policy.",
    help_zh="请给出 --purpose、--until、--times、--member 或 --policy。",
)
NEGOTIATE_NOTHING_COMMON: Final = Wording(
    InputError,
    "negotiate.nothing-common",
    "Nothing is known that lies within both offers.",
    "没有可同时包含于双方要约的条款。",
    help_en="Write the terms yourself: --purpose, --until, --times, --member or --policy.",
    help_zh="请自行给出条款：--purpose、--until、--times、--member 或 --policy。",
)
NODES_NOT_READY: Final = Wording(
    PeerError, "nodes.not-ready", "The node {key} did not get ready: {told}", "节点 {key} 未能就绪：{told_zh}"
)
OFFER_NOT_FOUND: Final = Wording(
    NotFoundError,
    "offer.not-found",
    "The dataset {dataset} is not offered to us under {offer}.",
    "数据产品 {dataset} 没有向我方提供{offer_zh}。",
)
POLICY_NO_WORDS: Final = Wording(
    InputError,
    "policy.no-words",
    "Short words cannot say this policy: {path}.",
    "该策略无法用简写表达：{path}。",
    help_en="Leave --short out; ODRL says everything.",
    help_zh="去掉 --short；ODRL 可表达全部内容。",
    facts=("path",),
)
POLICY_NOTHING_SAID: Final = Wording(
    InputError,
    "policy.nothing-said",
    "Give rules as options, or one template.",
    "请用选项给出规则，或指定一个模板。",
    help_en="For example: xinfu policy write --purpose research --times 3",
    help_zh="例如：xinfu policy write --purpose research --times 3",
)
POLICY_TOO_LARGE: Final = Wording(
    InputError,
    "policy.too-large",
    "{path} is larger than {max_bytes} bytes.",
    "{path} 超过 {max_bytes} 字节。",
)
POLICY_UNREADABLE: Final = Wording(
    InputError, "policy.unreadable", "{path} cannot be read: {why}.", "无法读取 {path}：{why}。"
)
POLICY_UNREADABLE_ENCODING: Final = Wording(
    InputError, "policy.unreadable", "{path} is not UTF-8.", "{path} 不是 UTF-8 编码。"
)
PUBLISH_HEADER: Final = Wording(
    InputError,
    "publish.header",
    "A header is given as NAME=VALUE, or NAME=secret:SECRET.",
    "请求头应写作 名称=值，或 名称=secret:密钥名。",
)
PUBLISH_KEY_IN_CLEAR: Final = Wording(
    InputError,
    "publish.key-in-clear",
    "A key or password is given in the clear, where others can read it.",
    "密钥或口令以明文给出，可能被他人读取。",
    help_en="Keep it with `xinfu secrets set NAME` and write secret:NAME.",
    help_zh="请先用 `xinfu secrets set 名称` 存入，再写 secret:名称。",
)
PUBLISH_NO_API: Final = Wording(
    InputError,
    "publish.no-api",
    "Options of an HTTP API are given without --http.",
    "给出了 HTTP API 的参数，但没有给出 --http。",
    help_en="Say which: --http https://api.example.com/v1.",
    help_zh="请指明：--http https://api.example.com/v1。",
)
PUBLISH_NO_PLACE: Final = Wording(
    InputError,
    "publish.no-place",
    "An endpoint or a key is given without --s3.",
    "给出了端点或密钥，但没有给出 --s3。",
    help_en="Say which objects: --s3 s3://bucket/key.",
    help_zh="请指明对象：--s3 s3://存储桶/键。",
)
PUBLISH_NO_RULES: Final = Wording(
    InputError,
    "publish.no-rules",
    "Neither a grade nor a rule is given, so nothing says who may use it for what.",
    "既未分级也未给出规则，无法确定谁可以用于何种目的。",
    help_en="Give --grade; and --purpose, --until, --times, --member or --policy, or --unrestricted.",
    help_zh="请给出 --grade，以及 --purpose、--until、--times、--member 或 --policy；或使用 --unrestricted。",
)
PUBLISH_NO_TABLE: Final = Wording(
    InputError,
    "publish.no-table",
    "A query, parameter, format or password is given without --table.",
    "给出了查询、参数、格式或口令，但没有给出 --table。",
    help_en="Say which database: --table sqlite:PATH.",
    help_zh="请指明数据库：--table sqlite:路径。",
)
RECEIPTS_NONE: Final = Wording(
    NotFoundError,
    "receipts.none",
    "Nothing was recorded about {process}.",
    "没有关于 {process} 的存证。",
    help_en="`xinfu negotiate list` and `xinfu transfers list` show the ids.",
    help_zh="可用 `xinfu negotiate list` 和 `xinfu transfers list` 查看标识。",
)
RULES_BOTH: Final = Wording(
    InputError,
    "rules.both",
    "--policy gives the complete policy; no other rule can be given with it.",
    "--policy 已包含全部策略，不能再同时给出其他规则。",
)
SCENARIO_NO_DATA: Final = Wording(InputError, "scenario.no-data", "--data is needed.", "需要 --data。")
SCENARIO_NOT_FOUND: Final = Wording(
    NotFoundError,
    "scenario.not-found",
    "There is no scenario {name!r}.",
    "没有名为 {name!r} 的场景。",
    help_en="Known here: {known}.",
    help_zh="已安装的场景：{known}。",
)
SCENARIO_OUT: Final = Wording(
    InputError, "scenario.out", "{path} cannot be written: {why}.", "无法写入 {path}：{why}。"
)
SECRET_EMPTY: Final = Wording(
    InputError,
    "secret.empty",
    "No value came on standard input.",
    "标准输入中没有内容。",
    help_en='Write for example: printf %s "$VALUE" | xinfu secrets set {name}',
    help_zh='例如：printf %s "$VALUE" | xinfu secrets set {name}',
)
TEMPLATE_UNREADABLE: Final = Wording(
    InputError,
    "template.unreadable",
    "{name} is not a JSON object: {error}",
    "{name} 不是 JSON 对象：{error}",
)
TEMPLATE_VALUE: Final = Wording(
    InputError,
    "template.value",
    '"{text}" fills in nothing.',
    "“{text}”没有填写任何内容。",
    help_en="Write it like --set until=2030-01-01T00:00:00+08:00.",
    help_zh="请写成 --set until=2030-01-01T00:00:00+08:00 的形式。",
)
VERIFY_ANCHOR: Final = Wording(
    InputError,
    "verify.anchor",
    "--trust {given} cannot be used: {en}.",
    "--trust {given} 不可用：{zh}。",
    help_en="Give the signer's DID document (did.json), a JWK file, or a verifier key.",
    help_zh="请提供签署者的 DID 文档（did.json）、JWK 文件或验证密钥。",
)
VERIFY_UNREADABLE: Final = Wording(
    InputError, "verify.unreadable", "{path}: {why}.", "{path}：无法读取（{why}）。"
)
VERIFY_UNREADABLE_SIZE: Final = Wording(
    InputError, "verify.unreadable", "{path} is above 64 MiB.", "{path} 超过 64 MiB。"
)
CLI_USAGE: Final = Wording(InputError, "cli.usage", "{told}", "命令用法有误：{told}")

"""Error sentences of services / sources."""

from typing import Final

from xinfu.errors import InputError, NotFoundError, RefusedError, StoreError, Wording

SECRET_NAME_INVALID: Final = Wording(
    InputError,
    "secret.name-invalid",
    "The name of a secret is 1 to 256 printable characters without spaces at its ends.",
    "密钥名须为 1 至 256 个可打印字符，首尾不得有空格。",
)
SECRET_NOT_FOUND: Final = Wording(
    NotFoundError, "secret.not-found", "There is no such secret.", "没有这个密钥。"
)
SECRET_NOT_FOUND_FOR_SOURCE: Final = Wording(
    InputError,
    "secret.not-found",
    "The source needs a secret called {secret!r}, which does not exist.",
    "数据源需要名为 {secret!r} 的密钥或口令，但尚未存入。",
    help_en="Store it first, then try again.",
    help_zh="请先存入该密钥或口令，再重试。",
    facts=("secret",),
)
SOURCE_LOCKED: Final = Wording(
    StoreError,
    "source.locked",
    "The provider's node may not open the source, or lacks the password that opens it.",
    "数据提供方节点无权打开该数据源，或缺少所需的密钥或口令。",
    help_en="Tell the provider; its log says more.",
    help_zh="请告知数据提供方；详情见其日志。",
)
SOURCE_NOT_ALLOWED: Final = Wording(
    RefusedError,
    "source.not-allowed",
    "This participant may not publish from this path.",
    "该参与方不得从此路径发布。",
    help_en="Put the data below a folder of its own: `xinfu contexts show ID` lists them. The operator names them in [data] folders, or with `xinfu contexts places`.",
    help_zh="请将数据放在该参与方自己的文件夹之下：`xinfu contexts show ID` 可列出。运营者在 [data] folders 中或用 `xinfu contexts places` 指定。",
)
SOURCE_UNSUPPORTED: Final = Wording(
    InputError,
    "source.unsupported",
    "This node has no data plane for sources of the kind {kind}.",
    "本节点没有能读取 {kind} 类数据源的数据面。",
    help_en="Install the extra that brings it; docs/reference/settings.md names them.",
    help_zh="请安装相应的扩展；参见 docs/reference/settings.md。",
)

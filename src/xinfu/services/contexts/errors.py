"""Error sentences of participant contexts."""

from typing import Final

from xinfu.errors import (
    CapacityError,
    ConflictError,
    InputError,
    NotFoundError,
    RefusedError,
    Wording,
)

CONTEXT_CLOSED: Final = Wording(
    ConflictError,
    "context.closed",
    "The participant context is closed; it can only be looked at.",
    "该参与方上下文已关闭，只能查看。",
    help_en="Open it again: xinfu contexts reopen.",
    help_zh="可重新开启：xinfu contexts reopen。",
)
CONTEXT_CLOSED_ALREADY: Final = Wording(
    ConflictError, "context.closed", "The context is closed already.", "该上下文已关闭。"
)
CONTEXT_CLOSED_BY_OPERATOR: Final = Wording(
    RefusedError,
    "context.closed",
    "The participant has been closed by the node's operator.",
    "该参与方已被节点运营者关闭。",
)
CONTEXT_EXISTS: Final = Wording(
    ConflictError, "context.exists", "The node hosts a context of this id.", "本节点已有该标识的上下文。"
)
CONTEXT_FOLDER: Final = Wording(
    InputError,
    "context.folder",
    "{folder!r} is not the absolute path of a folder that is there.",
    "{folder!r} 不是已有文件夹的绝对路径。",
    help_en="Make the folder first, at the node's machine.",
    help_zh="请先在节点所在机器上建立该文件夹。",
)
CONTEXT_FULL: Final = Wording(
    CapacityError,
    "context.full",
    "This participant may have {limit} {bound} at once, and has them.",
    "该参与方同时最多可有 {limit} 个{bound_zh}，现已达上限。",
    help_en="Try again when one has ended, or ask the node's operator for more.",
    help_zh="请待其中之一结束后重试，或联系节点运营者提高上限。",
    facts=(
        "bound",
        "limit",
    ),
)
CONTEXT_ID: Final = Wording(
    InputError,
    "context.id",
    "The id of a context is 1 to 63 lower-case letters, digits and hyphens, no hyphen first.",
    "上下文标识须为 1 至 63 个小写字母、数字或连字符，且不以连字符开头。",
)
CONTEXT_LAST: Final = Wording(
    ConflictError, "context.last", "A node needs one open context.", "节点至少须有一个开放的上下文。"
)
CONTEXT_NOT_FOUND: Final = Wording(
    NotFoundError, "context.not-found", "This node plays no such participant.", "本节点没有这个参与方上下文。"
)
CONTEXT_OPEN: Final = Wording(
    ConflictError, "context.open", "The context is open already.", "该上下文已是开放状态。"
)
CONTEXT_SOURCE: Final = Wording(
    InputError,
    "context.source",
    "{source!r} is neither a host nor a network.",
    "{source!r} 既不是主机名，也不是网段。",
    help_en="Write for example 10.1.0.0/16, db.intranet.example, or http:// before either.",
    help_zh="例如 10.1.0.0/16、db.intranet.example，或在其前加 http://。",
)

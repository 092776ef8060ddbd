"""Error sentences of services / vault."""

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

DATA_ALTERED: Final = Wording(
    IntegrityError,
    "data.altered",
    "What was sealed is not what was published.",
    "封存的内容与发布时不一致。",
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
DATA_CUT: Final = Wording(
    PeerError,
    "data.cut",
    "The stream broke off after {received} of {length} bytes.",
    "数据流在收到 {received} 字节（共 {length} 字节）后中断。",
    help_en="Ask again: what has arrived is kept and goes on from there.",
    help_zh="请重试：已收到的部分会保留并续传。",
)
FILE_NOT_FOUND: Final = Wording(
    NotFoundError, "file.not-found", "The object has no such file.", "该对象中没有这个文件。"
)
VAULT_DESTROYING: Final = Wording(
    RefusedError,
    "vault.destroying",
    "The object is being destroyed: {en}",
    "该对象正在销毁：{zh}",
    help_en="Ask the provider for the data again.",
    help_zh="如仍需要，请重新向数据提供方获取。",
)
VAULT_NO_PROOF: Final = Wording(
    NotFoundError, "vault.no-proof", "The object was not destroyed.", "该对象尚未销毁。"
)
VAULT_NOT_FETCHED: Final = Wording(
    ConflictError,
    "vault.not-fetched",
    "Only what this node fetches as consumer can land in its vault.",
    "只有本节点作为使用方获取的数据才能落入受控存储。",
)
VAULT_NOT_FOUND: Final = Wording(
    NotFoundError, "vault.not-found", "There is no such object in the vault.", "受控存储中没有这个对象。"
)
VAULT_NOT_LANDED: Final = Wording(
    ConflictError,
    "vault.not-landed",
    "The object has not landed yet: it is {state}.",
    "该对象尚未落地完成：状态为 {state}。",
    help_en="Wait for its end; a landing that was stopped goes on when it is asked for again.",
    help_zh="请等待其完成；已停止的落地可再次发起后续传。",
    facts=("state",),
)
VAULT_ONLY: Final = Wording(
    RefusedError,
    "vault.only",
    "This node declared to the provider that the data lands in its vault: it is not given out in the clear.",
    "本节点已向数据提供方声明该数据落入受控存储，因此不会以明文给出。",
    help_en="Let it land, and read it there; to export it from there the policy has to permit `reproduce`.",
    help_zh="请先落地再读取；如需从受控存储导出，策略须允许 reproduce（复制）。",
)
VAULT_PASS_LIFE: Final = Wording(
    InputError,
    "vault.pass-life",
    "A pass lives for one second to twelve hours.",
    "访问凭据的有效期为 1 秒至 12 小时。",
)

"""Error sentences of services."""

from typing import Final

from xinfu.errors import (
    CapacityError,
    ConflictError,
    InputError,
    NotFoundError,
    PeerError,
    RefusedError,
    Wording,
)

CALLBACK_REFUSED: Final = Wording(
    PeerError, "callback.refused", "The callback address answered {status}.", "回调地址返回 {status}。"
)
PROGRAMME_AMBIGUOUS: Final = Wording(
    ConflictError,
    "programme.ambiguous",
    "Several authors have a programme {named}.",
    "有多个作者的计算程序名为 {named}。",
    help_en="Name it by its digest: xinfu programmes list.",
    help_zh="请用摘要指定：xinfu programmes list。",
)
PROGRAMME_AUTHOR_UNPROVEN: Final = Wording(
    RefusedError,
    "programme.author-unproven",
    "It is not proven that {author} signed the programme: {en}.",
    "无法证明该计算程序由 {author} 签署：{zh}。",
    help_en="Approve it once its author can be reached, or ask the author to sign it anew and add it again.",
    help_zh="请在能够取得作者身份文档后再批准，或请作者重新签署后再次添加。",
    facts=("author",),
)
PROGRAMME_DIFFERS: Final = Wording(
    RefusedError,
    "programme.differs",
    "The stored programme is not what the evidence says was signed and approved.",
    "所存的计算程序与存证中所签署和批准的内容不一致。",
    help_en="Find out who changed the store; then add the programme as its author signed it, and decide again.",
    help_zh="请查明存储被谁改动；之后重新添加作者签署的原文件并再次决定。",
)
PROGRAMME_ENVIRONMENT: Final = Wording(
    RefusedError,
    "programme.environment",
    "The engine lacks what the programme needs: {lacked}.",
    "计算引擎缺少该计算程序所需的环境：{lacked}。",
    facts=("lacked",),
)
PROGRAMME_EXISTS: Final = Wording(
    ConflictError,
    "programme.exists",
    "Another programme of this author is known as {name} here.",
    "该作者已有另一个计算程序名为 {name}。",
    help_en="A change is another programme: its author gives it another version.",
    help_zh="改动后即为另一个计算程序，请作者使用新的版本号。",
    facts=("name",),
)
PROGRAMME_FULL: Final = Wording(
    CapacityError,
    "programme.full",
    "There are {most} programmes here already.",
    "此处已有 {most} 个计算程序。",
)
PROGRAMME_NOT_APPROVED: Final = Wording(
    RefusedError,
    "programme.not-approved",
    "The programme {name} may not run here: its state is {state}.",
    "计算程序 {name} 不能在此运行：状态为 {state}。",
    help_en="The provider decides: xinfu programmes approve.",
    help_zh="由数据提供方决定：xinfu programmes approve。",
    facts=("name", "state"),
)
PROGRAMME_NOT_FOUND: Final = Wording(
    NotFoundError, "programme.not-found", "There is no programme {named!r}.", "没有计算程序 {named!r}。"
)
PROGRAMME_REASON: Final = Wording(
    InputError,
    "programme.reason",
    "A decision has a reason of 1 to {longest} characters in one line, and may say by whom in {longest_by}.",
    "决定须附一行理由，1 至 {longest} 个字符；决定者不超过 {longest_by} 个字符。",
)
PROGRAMME_SIGNATURE: Final = Wording(
    RefusedError,
    "programme.signature",
    "The signature of the programme does not hold: {en}.",
    "计算程序的签名无效：{zh}。",
)
PROGRAMME_STATE: Final = Wording(
    ConflictError,
    "programme.state",
    "The programme {name} is in the state {state}, in which this cannot be decided.",
    "计算程序 {name} 的状态为 {state}，不能作此决定。",
    facts=("name", "state"),
)

"""Draws docs/reference/terms.md: one word for a thing, in code, in both languages, in the whole product."""

from typing import Final

TERMS: Final[dict[str, tuple[str, str, str]]] = {
    "trusted data space": ("可信数据空间", "–", ""),
    "connector": ("接入连接器", "网关", "the program at a participant"),
    "service platform": ("服务平台", "平台节点", "the program at the operator of a space"),
    "logical space, space": ("逻辑可信数据空间, 空间", "租户", ""),
    "participant context": ("参与方上下文", "tenant", "a participant for whom a node speaks"),
    "provider / consumer / service provider": (
        "数据提供方 / 数据使用方 / 数据服务方",
        "卖家, 买家",
        "roles in one process; a node plays all of them",
    ),
    "data product (Dataset with Offers)": (
        "数据产品",
        "数据集 for the product",
        "what others see of an asset",
    ),
    "data resource (Asset)": ("数据资源", "资产", "what a provider holds, and where it lies"),
    "register / list / withdraw / file": ("登记 / 上架 / 下架 / 备案", "one word for all", ""),
    "negotiation / offer / counter-offer / agreement": (
        "协商 / 要约 / 反要约 / 协议",
        "–",
        "`ContractNegotiation`, `Offer`, `Agreement`",
    ),
    "digital contract": (
        "数字合约",
        "智能合约",
        "`DigitalContract`: an agreement as the Chinese standards see it",
    ),
    "usage control / policy / rule": (
        "使用控制 / 策略 / 规则",
        "权限",
        "`Policy`, `Permission`, `Prohibition`, `Duty`",
    ),
    "permission / prohibition / duty": ("允许 / 禁止 / 义务", "–", ""),
    "quota, metering": ("配额, 计量", "流量", "`Meter`: what a limit counts"),
    "end / suspend / revoke (a credential)": ("终止·解除 / 中止 / 吊销", "撤销 for all", ""),
    "evidence / proof / receipt / witness": (
        "存证 / 存证证明 / 存证凭证 / 见证",
        "收据, 日志",
        "`Entry`, `Receipt`: what happened, and what anybody can check of it",
    ),
    "filing receipt": ("备案回执", "注册凭证", ""),
    "demand centre": ("需求中心", "需求板", ""),
    "use environment": ("数据使用环境", "–", ""),
    "vault (landed data)": ("受控存储", "保险箱, 金库", "data that stays under control at the consumer"),
    "secrets": ("密钥与口令", "vault", ""),
    "compute-to-data": ("原始数据不出域的计算", "计算到数据", ""),
    "level of control: at the provider / in the use environment / by contract only": (
        "管控方式: 提供侧技术管控 / 使用环境技术管控 / 仅合约约束",
        "强制等级",
        "how far a rule is enforced",
    ),
    "grade (classification)": ("分类分级", "–", "what an offer of this data has to demand"),
    "generated (data)": ("模拟生成", "样例 alone", "made by a program of ours, and marked so"),
}
"""English -> the Chinese words, what is not said, and what it is in the program."""

HEAD: Final = """# Terms

One word for a thing, the same in code, commands, pages, documents and both languages. `make docs` writes this page from the
table that the tests hold every Chinese sentence against.

| English | 中文 | not | is |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = (
        f"| {english} | {chinese} | {wrong} | {is_} |" for english, (chinese, wrong, is_) in TERMS.items()
    )
    return HEAD + "\n".join(rows) + "\n"

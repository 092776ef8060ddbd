"""Error sentences of services / identity."""

from typing import Final

from xinfu.errors import ConflictError, InputError, NotFoundError, Wording

CATALOG_PAGE_UNKNOWN: Final = Wording(
    InputError,
    "catalog.page-unknown",
    "The catalog has no such page.",
    "目录没有这一页。",
    help_en="Send `next` of the page before as it was given.",
    help_zh="请原样发送上一页给出的 next。",
)
CERTIFICATE_NOT_FOUND: Final = Wording(
    NotFoundError,
    "certificate.not-found",
    "The contract key has no certificate, so its signatures are not certified.",
    "合约密钥没有证书，其签名为未经认证的签名。",
    help_en="Ask an authority for one: xinfu keys certificate request.",
    help_zh="请向证书机构申请：xinfu keys certificate request。",
)
CERTIFICATE_PEM: Final = Wording(
    InputError, "certificate.pem", "This PEM text is too long.", "该 PEM 文本过长。"
)
CERTIFICATE_UNTIMELY: Final = Wording(
    InputError,
    "certificate.untimely",
    "The certificate is valid from {not_before} to {not_after}, and not now.",
    "该证书的有效期为 {not_before} 至 {not_after}，当前无效。",
)
CERTIFICATE_WRONG_UNIT: Final = Wording(
    InputError,
    "certificate.wrong-unit",
    "The certificate names {unit} as OU, and this connector is {connector}.",
    "证书的 OU 为 {unit}，而本连接器为 {connector}。",
)
CONTEXT_NOT_FOUND: Final = Wording(
    NotFoundError, "context.not-found", "This node plays no such participant.", "本节点没有这个参与方上下文。"
)
CREDENTIAL_LIFE: Final = Wording(
    InputError, "credential.life", "A credential lives for up to 366 days.", "凭证有效期须在 366 天以内。"
)
CREDENTIAL_REVOKED: Final = Wording(
    ConflictError, "credential.revoked", "It is revoked already.", "该凭证已经吊销。"
)
CREDENTIAL_UNREADABLE: Final = Wording(
    InputError,
    "credential.unreadable",
    "This is not a credential about this participant.",
    "这不是关于本参与方的凭证。",
    help_en="Ask the issuer for a membership credential for this node's DID.",
    help_zh="请向签发方申请以本节点 DID 为主体的成员凭证。",
)
KEY_NOT_FOUND: Final = Wording(
    NotFoundError,
    "key.not-found",
    "The certificate is not about the contract key of this participant.",
    "该证书不是为本参与方的合约密钥签发的。",
    help_en="Have it issued for `xinfu keys certificate request`.",
    help_zh="请用 `xinfu keys certificate request` 的输出申请证书。",
)
OFFER_NOT_FOUND: Final = Wording(
    NotFoundError,
    "offer.not-found",
    "The dataset {dataset} is not offered under that id.",
    "数据产品 {dataset} 没有这个要约。",
)
PARTICIPANT_ALIAS: Final = Wording(
    InputError, "participant.alias", "An alias must not be a DID.", "别名不能是 DID。"
)
PARTICIPANT_NO_ADDRESS: Final = Wording(
    InputError,
    "participant.no-address",
    "A participant without a did:web DID needs an address.",
    "不是 did:web 的参与方只能通过地址找到。",
    help_en="Give its protocol base as `base`.",
    help_zh="请在 base 中给出其协议地址。",
)
PARTICIPANT_UNKNOWN: Final = Wording(
    NotFoundError,
    "participant.unknown",
    "{participant!r} is not a DID and is not in the address book.",
    "{participant!r} 既不是 DID，也不在通讯录中。",
    help_en="Give a DID, or add the participant with its address.",
    help_zh="请使用 DID，或先将该参与方连同地址加入通讯录。",
)

"""Error sentences of credentials."""

from typing import Final

from xinfu.errors import InputError, Wording

ADDRESS_MALFORMED: Final = Wording(
    InputError, "address.malformed", "This is not an http address.", "这不是 http 地址。"
)
DID_DOCUMENT: Final = Wording(
    InputError,
    "did.document",
    "This is not a usable DID document: {why_en}.",
    "DID 文档不可用：{why_zh}。",
)
DID_KEY_ID: Final = Wording(
    InputError,
    "did.key-id",
    "This is not the id of a key of the DID that it is used for.",
    "这不是所述 DID 的密钥标识。",
)
DID_KEY_ID_REPEATED: Final = Wording(
    InputError, "did.key-id", "A DID document lists each key once.", "DID 文档中每个密钥只列一次。"
)
DID_MALFORMED: Final = Wording(
    InputError,
    "did.malformed",
    "This is not a did:web that can be resolved: {why_en}.",
    "这不是可解析的 did:web：{why_zh}。",
    help_en="Write did:web:HOST, with %3APORT and :PATH where needed.",
    help_zh="请写作 did:web:主机，必要时加 %3A端口 和 :路径。",
)

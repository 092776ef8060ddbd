"""Error sentences of certificates."""

from typing import Final

from xinfu.errors import InputError, Wording

CERTIFICATE_MALFORMED: Final = Wording(
    InputError,
    "certificate.malformed",
    "This is not a usable certificate: {en}.",
    "这不是可用的证书：{zh}。",
)
CERTIFICATE_NAME: Final = Wording(
    InputError,
    "certificate.name",
    "A certificate names 1 to 64 characters as CN, and at most 64 as OU and O.",
    "证书的 CN 须为 1 至 64 个字符，OU 与 O 不超过 64 个字符。",
)
CERTIFICATE_PEM: Final = Wording(
    InputError, "certificate.pem", "This PEM text cannot be used: {en}.", "该 PEM 文本不可用：{zh}。"
)
CERTIFICATE_REVOCATIONS: Final = Wording(
    InputError,
    "certificate.revocations",
    "This is not a usable certificate revocation list.",
    "这不是可用的证书吊销列表。",
    help_en="It must be a complete list (not a delta list) of at most 8 MiB and 100,000 certificates.",
    help_zh="须为完整列表（非增量列表），不超过 8 MiB 和 10 万个证书。",
)

"""PEM text <-> DER: the blocks of one label, in their order; text between them is ignored.

Follows: RFC 7468.
"""

import base64
import binascii
import re
from typing import Final

from xinfu.certificates import errors

CERTIFICATE: Final = "CERTIFICATE"
REQUEST: Final = "CERTIFICATE REQUEST"
REVOCATIONS: Final = "X509 CRL"
PRIVATE_KEY: Final = "PRIVATE KEY"

_BLOCK: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,32})-----\s([A-Za-z0-9+/=\s]*)-----END \1-----")
_LINE: Final = 64


def read_pem(text: str, label: str) -> list[bytes]:
    """The blocks of this label, as DER.

    Raises:
        InputError: `certificate.pem`: there is none, or one is not base64.
    """
    blocks = [body for found, body in _BLOCK.findall(text) if found == label]
    if not blocks:
        raise errors.CERTIFICATE_PEM(en=f"it holds no block {label}", zh=f"其中没有 {label} 块")
    try:
        return [base64.b64decode("".join(body.split()), validate=True) for body in blocks]
    except binascii.Error as error:
        raise errors.CERTIFICATE_PEM(en="a block is not base64", zh="有一块不是 base64") from error


def write_pem(label: str, der: bytes) -> str:
    """Write DER as one PEM block."""
    body = base64.b64encode(der).decode()
    lines = [body[start : start + _LINE] for start in range(0, len(body), _LINE)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])

"""Why a token or a credential does not hold: one closed list of codes, and the one error.

To the outside every refusal looks alike; the code is for our own log and for tests.
"""

from enum import StrEnum

from xinfu.errors import UnauthorizedError


class Reason(StrEnum):
    """The reason why a token or credential was refused."""

    MISSING = "token.missing"
    SCHEME = "token.scheme"
    SIZE = "token.size"
    FORM = "token.form"
    ENCRYPTED = "token.encrypted"
    ALGORITHM = "token.algorithm"
    TYPE = "token.type"
    CRITICAL = "token.critical"
    HEADER_KEY = "token.header-key"
    KEY_ID = "token.key-id"
    CLAIMS = "token.claims"
    ISSUER = "token.issuer"
    SUBJECT = "token.subject"
    AUDIENCE = "token.audience"
    LIFE = "token.life"
    EXPIRED = "token.expired"
    EARLY = "token.early"
    DIGEST = "token.digest"
    TARGET = "token.target"
    UNRESOLVED = "token.issuer-unresolved"
    KEY_UNKNOWN = "token.key-unknown"
    KEY_USE = "token.key-use"
    KEY_ENDED = "token.key-ended"
    SIGNATURE = "token.signature"
    MEMBERSHIP = "token.membership"

    CREDENTIAL_FORM = "credential.form"
    CREDENTIAL_ISSUER = "credential.issuer"
    CREDENTIAL_UNRESOLVED = "credential.issuer-unresolved"
    CREDENTIAL_KEY = "credential.key"
    CREDENTIAL_SIGNATURE = "credential.signature"
    CREDENTIAL_UNTRUSTED = "credential.untrusted"
    CREDENTIAL_HOLDER = "credential.holder"
    CREDENTIAL_EARLY = "credential.early"
    CREDENTIAL_EXPIRED = "credential.expired"
    CREDENTIAL_REVOKED = "credential.revoked"
    CREDENTIAL_SUSPENDED = "credential.suspended"
    STATUS_MISSING = "credential.status-missing"
    STATUS_STALE = "credential.status-stale"
    STATUS_UNREADABLE = "credential.status-unreadable"


class TokenRefusedError(UnauthorizedError):
    """A caller is not who they say, or not provably so. The reason never leaves the node.

    Args:
        reason: for the log and for tests.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(
            "token.refused",
            "The Authorization of this request does not prove who sent it.",
            "该请求的 Authorization 不能证明发送者的身份。",
        )
        self.reason = reason

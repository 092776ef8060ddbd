"""Terms of the Dataspace Protocol 2025-1 that several modules use: IRIs, version, roles.

Follows: Dataspace Protocol 2025-1 with erratum 1.
"""

from enum import StrEnum
from typing import Final

VERSION: Final = "2025-1"
BINDING: Final = "HTTPS"

DSPACE: Final = "https://w3id.org/dspace/2025/1/"
DSP_CONTEXT: Final = "https://w3id.org/dspace/2025/1/context.jsonld"

VERSION_PATH: Final = "/.well-known/dspace-version"

HTTP_PULL: Final = "HttpData-PULL"
HTTP_PUSH: Final = "HttpData-PUSH"
HTTP_ENDPOINT: Final = "https://w3id.org/idsa/v4.1/HTTP"

PURPOSE_KEY: Final = "xinfu:purpose"
ENVIRONMENT_KEY: Final = "xinfu:executionEnv"
DECLARED_KEY: Final = "xinfu:declared"
NODE_KEY: Final = "xinfu:node"
GRADE_KEY: Final = "xinfu:grade"
"""The member of a dataset that holds its grade (分类分级), "1" to "5"."""


class Role(StrEnum):
    """The role of a participant in one process; a node plays both."""

    CONSUMER = "consumer"
    PROVIDER = "provider"

    @property
    def other(self) -> "Role":
        """The counterparty's role."""
        return Role.PROVIDER if self is Role.CONSUMER else Role.CONSUMER

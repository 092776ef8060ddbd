"""WHO: what is claimed and whether it is proven. Pure: no fetching, no clock."""

from xinfu.credentials.did import absolute_key_id, did_web, did_web_url, is_did_web
from xinfu.credentials.document import (
    DidDocument,
    OwnKey,
    Service,
    VerificationMethod,
    build_did_document,
    read_did_document,
    render_did_document,
)
from xinfu.credentials.participant import Participant
from xinfu.credentials.refusal import Reason, TokenRefusedError

__all__ = [
    "DidDocument",
    "OwnKey",
    "Participant",
    "Reason",
    "Service",
    "TokenRefusedError",
    "VerificationMethod",
    "absolute_key_id",
    "build_did_document",
    "did_web",
    "did_web_url",
    "is_did_web",
    "read_did_document",
    "render_did_document",
]

"""Credentials: the claims of participants, and whether they are proven. Pure: no fetching, no clock."""

from xinfu.credentials.check import (
    CredentialCheck,
    Trust,
    check_claimed,
    check_credential,
    check_signed,
    check_status_list,
    claims_of,
)
from xinfu.credentials.credential import Credential, read_credential
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
from xinfu.credentials.issuing import MEMBERSHIP, issue_credential, issue_status_list
from xinfu.credentials.jws import SignatureCheck, SignatureChecks, SigningKey, signature_holds
from xinfu.credentials.participant import Participant
from xinfu.credentials.refusal import Reason, TokenRefusedError
from xinfu.credentials.status import StatusEntry, StatusList, bit, new_bits, with_bit
from xinfu.credentials.token import (
    CheckedToken,
    SelfIssuedToken,
    build_token,
    check_token,
    shown_credentials,
    write_token,
)

__all__ = [
    "MEMBERSHIP",
    "CheckedToken",
    "Credential",
    "CredentialCheck",
    "DidDocument",
    "OwnKey",
    "Participant",
    "Reason",
    "SelfIssuedToken",
    "Service",
    "SignatureCheck",
    "SignatureChecks",
    "SigningKey",
    "StatusEntry",
    "StatusList",
    "TokenRefusedError",
    "Trust",
    "VerificationMethod",
    "absolute_key_id",
    "bit",
    "build_did_document",
    "build_token",
    "check_claimed",
    "check_credential",
    "check_signed",
    "check_status_list",
    "check_token",
    "claims_of",
    "did_web",
    "did_web_url",
    "is_did_web",
    "issue_credential",
    "issue_status_list",
    "new_bits",
    "read_credential",
    "read_did_document",
    "render_did_document",
    "shown_credentials",
    "signature_holds",
    "with_bit",
    "write_token",
]

"""CERTIFICATES: pure. Whose key it is, on whose word, and whether that held at a moment."""

from xinfu.certificates.authorities import Authorities
from xinfu.certificates.certificate import Certificate, parse_certificate
from xinfu.certificates.chain import ChainCheck, Trust, check_chain, parse_chain
from xinfu.certificates.findings import Fault, Finding
from xinfu.certificates.keys import Algorithm, SignatureCheck, SignatureChecks, SigningKey
from xinfu.certificates.pem import CERTIFICATE, PRIVATE_KEY, REQUEST, REVOCATIONS, read_pem, write_pem
from xinfu.certificates.request import request_certificate
from xinfu.certificates.revocation import RevocationList, parse_revocations

__all__ = [
    "CERTIFICATE",
    "PRIVATE_KEY",
    "REQUEST",
    "REVOCATIONS",
    "Algorithm",
    "Authorities",
    "Certificate",
    "ChainCheck",
    "Fault",
    "Finding",
    "RevocationList",
    "SignatureCheck",
    "SignatureChecks",
    "SigningKey",
    "Trust",
    "check_chain",
    "parse_certificate",
    "parse_chain",
    "parse_revocations",
    "read_pem",
    "request_certificate",
    "write_pem",
]

"""A second verifier of receipts, written from the RFCs and the C2SP texts alone. It imports nothing of ours.

It covers what a receipt without attachments claims: entry -> leaf -> root -> signed head. Entries hold ASCII
keys and no floats, so JSON with sorted keys is their RFC 8785 form.
"""

import base64
import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.evidence.rfc6962 import root_from_path


def accepts(receipt: bytes, log_key: bytes, origin: str) -> bool:
    """Whether a receipt is one of the log `origin` whose Ed25519 key is `log_key` (32 bytes)."""
    value = json.loads(receipt)
    proven = value["proven"]
    text, _, lines = proven["checkpoint"].rpartition("\n\n")
    text += "\n"
    named, size, root, *_ = text.split("\n")
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + log_key).digest()[:4]
    for line in lines.splitlines():
        dash, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        if (dash, name, signature[:4]) == ("\u2014", origin, key_id):
            break
    else:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(log_key).verify(signature[4:], text.encode())
        found = root_from_path(proven["index"], int(size), _leaf(proven["entry"]), _path(proven["path"]))
    except (InvalidSignature, ValueError):
        return False
    return named == origin == value["origin"] and found == base64.b64decode(root)


def _leaf(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _path(nodes: list[str]) -> list[bytes]:
    return [bytes.fromhex(node) for node in nodes]

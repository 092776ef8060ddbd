"""Anchors from files: a DID document, a JWK or JWK set, or a verifier key as one word.

Keys of a DID document count for its DID: those without any verification relationship sign its log (all of
them, where every key has one) unless they are named as keys of contracts, those that may sign tokens sign its messages. A bare JWK counts whoever's
it is, because the verifier said so.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from xinfu.cli import errors
from xinfu.credentials import DidDocument, read_did_document
from xinfu.errors import InputError
from xinfu.evidence import ANY, Anchors, NoteKey

ANCHOR_LIMIT_BYTES: Final = 1 << 20


def anchors_of(trusted: Sequence[str]) -> Anchors:
    """Return the anchors of all `--trust` options.

    Raises:
        InputError: `verify.anchor`: one of them is not a usable anchor.
    """
    anchors = Anchors()
    for each in trusted:
        anchors = anchors.also(_anchors(each))
    return anchors


def _anchors(given: str) -> Anchors:
    path = Path(given)
    try:
        data = _file(path) if path.is_file() else given.encode()
    except OSError as error:
        raise errors.VERIFY_ANCHOR(given=given, en="it cannot be read", zh="无法读取") from error
    if not data.lstrip().startswith(b"{"):
        return _word(given, data)
    try:
        value = msgspec.json.decode(data, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise errors.VERIFY_ANCHOR(given=given, en="it is not JSON", zh="不是合格的 JSON") from error
    if "verificationMethod" in value:
        return _document(read_did_document(data, did=str(value.get("id"))))
    keys = value.get("keys")
    return _bare(given, keys if isinstance(keys, list) else [value])


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(ANCHOR_LIMIT_BYTES)


def _word(given: str, data: bytes) -> Anchors:
    try:
        key = NoteKey.from_vkey(data.decode())
    except (InputError, UnicodeDecodeError) as error:
        raise errors.VERIFY_ANCHOR(
            given=given,
            en="it is not a DID document, a JWK or a verifier key, and no file with this name exists",
            zh="它不是 DID 文档、JWK 或验证密钥，也没有这个名字的文件",
        ) from error
    return Anchors(logs={key.name: (key.jwk(),)})


def _bare(given: str, keys: Sequence[object]) -> Anchors:
    try:
        jwks = msgspec.convert(keys, tuple[dict[str, object], ...])
        public = tuple(NoteKey.from_jwk("any", _strings(jwk)).jwk() for jwk in jwks)
    except (InputError, msgspec.ValidationError) as error:
        raise errors.VERIFY_ANCHOR(
            given=given, en="it holds no public key on Ed25519 or P-256", zh="其中没有 Ed25519 或 P-256 公钥"
        ) from error
    return Anchors(logs={ANY: public}, tokens={ANY: public})


def _strings(jwk: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in jwk.items() if isinstance(value, str)}


def _document(document: DidDocument) -> Anchors:
    tokens = tuple(method.jwk for method in document.methods if document.may_sign_tokens(method.id))
    return Anchors(logs={document.id: document.log_keys()}, tokens={document.id: tokens})

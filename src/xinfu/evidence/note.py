"""Signed notes: a text with signature lines by named keys, and the keys themselves.

A key is known by its name and a 32-bit key id together; signatures of unknown keys are kept and ignored.
Signing and checking are done elsewhere: here are texts, lines and encodings. Signatures are exchanged in
the form of JWS (ES256: r || s); in a note ECDSA stands in DER, as its signature type wants.
Follows: C2SP signed-note (types 0x01 Ed25519, 0x02 ECDSA P-256), C2SP tlog-cosignature (0x04).
"""

import base64
import binascii
import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import msgspec

from xinfu.errors import InputError
from xinfu.evidence import errors

CheckSignature: TypeAlias = Callable[[Mapping[str, str], bytes, bytes], bool]
"""(public JWK, message, signature as in JWS) -> whether the signature holds. Never raises for a bad one."""

ED25519: Final = 0x01
ECDSA: Final = 0x02
COSIGNATURE: Final = 0x04

_MAX_SIGNATURES: Final = 100
_DASH: Final = "\u2014 "
_NAME: Final = re.compile(r"[^\s+]+")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SPKI_P256: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


class NoteKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key by which notes are signed.

    Attributes:
        name: no spaces, no plus; for a log its origin.
        type: signature type byte.
        public: 32 bytes for Ed25519 and cosignatures, SubjectPublicKeyInfo in DER for ECDSA.
    """

    name: str
    type: int
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise errors.EVIDENCE_KEY_UNUSABLE(
                en="a key's name has no spaces and no plus", zh="密钥名不能含空格和加号"
            )
        sizes = {ED25519: 32, COSIGNATURE: 32, ECDSA: len(_SPKI_P256) + 65}
        if sizes.get(self.type) != len(self.public):
            raise errors.EVIDENCE_KEY_UNUSABLE(en="its type is not one we know", zh="其类型不受支持")
        if self.type == ECDSA and not self.public.startswith(_SPKI_P256 + b"\x04"):
            raise errors.EVIDENCE_KEY_UNUSABLE(
                en="an ECDSA key must be on P-256", zh="ECDSA 密钥必须使用 P-256 曲线"
            )

    @property
    def key_hash(self) -> bytes:
        """The key id, 4 bytes."""
        named = self.name.encode() + b"\n" + bytes([self.type])
        hashed = self.public if self.type == ECDSA else named + self.public
        return hashlib.sha256(hashed).digest()[:4]

    def vkey(self) -> str:
        """The key as one word: name+id+base64(type || public)."""
        return f"{self.name}+{self.key_hash.hex()}+{_b64(bytes([self.type]) + self.public)}"

    def jwk(self) -> dict[str, str]:
        """The key as a public JWK (RFC 7517, RFC 8037)."""
        if self.type == ECDSA:
            point = self.public[-64:]
            return {"kty": "EC", "crv": "P-256", "x": _b64url(point[:32]), "y": _b64url(point[32:])}
        return {"kty": "OKP", "crv": "Ed25519", "x": _b64url(self.public)}

    def cosigners(self) -> tuple["NoteKey", ...]:
        """The same key as a witness uses it (type 0x04); none where the specification defines none."""
        if self.type != ED25519:
            return ()
        return (NoteKey(name=self.name, type=COSIGNATURE, public=self.public),)

    @classmethod
    def from_vkey(cls, vkey: str) -> "NoteKey":
        """Read a key from one word.

        Raises:
            InputError: `evidence.key-unusable`.
        """
        try:
            name, key_id, encoded = vkey.strip().split("+", 2)
            data = _unb64(encoded)
            key = cls(name=name, type=data[0], public=data[1:])
        except (ValueError, IndexError) as error:
            raise errors.EVIDENCE_KEY_UNUSABLE(en="it is not a verifier key", zh="它不是验证密钥") from error
        if key.key_hash.hex() != key_id:
            raise errors.EVIDENCE_KEY_UNUSABLE(
                en="its id does not fit its name and key", zh="其标识与名称和密钥不符"
            )
        return key

    @classmethod
    def from_jwk(cls, name: str, jwk: Mapping[str, str]) -> "NoteKey":
        """The key with which `name` signs notes.

        Raises:
            InputError: `evidence.key-unusable`: neither Ed25519 nor P-256, or malformed.
        """
        try:
            if jwk.get("kty") == "OKP" and jwk.get("crv") == "Ed25519":
                return cls(name=name, type=ED25519, public=_unb64url(jwk["x"]))
            if jwk.get("kty") == "EC" and jwk.get("crv") == "P-256":
                point = b"\x04" + _unb64url(jwk["x"]) + _unb64url(jwk["y"])
                return cls(name=name, type=ECDSA, public=_SPKI_P256 + point)
        except (ValueError, KeyError) as error:
            raise errors.EVIDENCE_KEY_UNUSABLE(en="its JWK is malformed", zh="其 JWK 格式有误") from error
        raise errors.EVIDENCE_KEY_UNUSABLE(
            en="only Ed25519 and P-256 keys sign notes", zh="只有 Ed25519 和 P-256 密钥可以签署"
        )


def usable_keys(name: str, jwks: Iterable[Mapping[str, str]]) -> list[NoteKey]:
    """Return the keys with which `name` can sign notes; public keys of other kinds are left out."""
    keys = []
    for jwk in jwks:
        with contextlib.suppress(InputError):
            keys.append(NoteKey.from_jwk(name, jwk))
    return keys


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The JWK thumbprint, base64url of SHA-256 without padding. Follows: RFC 7638, RFC 8037 §2."""
    names = ("crv", "kty", "x", "y") if jwk.get("kty") == "EC" else ("crv", "kty", "x")
    members = {name: jwk.get(name, "") for name in names}
    return _b64url(hashlib.sha256(msgspec.json.encode(members)).digest())


class NoteSignature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature line: the signer's name, the key id, and the signature's bytes."""

    name: str
    key_hash: bytes
    signature: bytes

    def line(self) -> str:
        """The line with its newline."""
        return f"{_DASH}{self.name} {_b64(self.key_hash + self.signature)}\n"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A signed text.

    Attributes:
        text: what is signed, with its final newline.
        signatures: lines in their order, witnesses' included.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def to_text(self) -> str:
        """The note as it is stored and served."""
        return self.text + "\n" + "".join(each.line() for each in self.signatures)

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Read a note; reading and writing give the same text.

        Raises:
            IntegrityError: `evidence.note-malformed`, with the line in `facts["line"]`.
        """
        if _CONTROL.search(note):
            raise errors.EVIDENCE_NOTE_MALFORMED(line=1, en="it holds a control character", zh="含有控制字符")
        text, separator, lines = note.rpartition("\n\n")
        if not separator or not lines.endswith("\n"):
            raise errors.EVIDENCE_NOTE_MALFORMED(
                line=1, en="no signature lines follow a blank line", zh="空行之后没有签名行"
            )
        first = text.count("\n") + 3
        rows = lines[:-1].split("\n")
        if len(rows) > _MAX_SIGNATURES:
            raise errors.EVIDENCE_NOTE_MALFORMED(
                line=first, en="there are too many signatures", zh="签名过多"
            )
        return cls(
            text=text + "\n", signatures=tuple(_signature(row, first + i) for i, row in enumerate(rows))
        )

    def with_signature(self, added: NoteSignature) -> "Note":
        """The note with one more line, e.g. by a witness or by the next key."""
        return Note(text=self.text, signatures=(*self.signatures, added))


def _signature(row: str, line: int) -> NoteSignature:
    name, _, encoded = row.removeprefix(_DASH).partition(" ")
    try:
        data = _unb64(encoded)
    except ValueError as error:
        raise errors.EVIDENCE_NOTE_MALFORMED(
            line=line, en="its base64 is broken", zh="base64 编码有误"
        ) from error
    if not row.startswith(_DASH) or not _NAME.fullmatch(name) or len(data) < 5:
        raise errors.EVIDENCE_NOTE_MALFORMED(line=line, en="it is not a signature line", zh="它不是签名行")
    return NoteSignature(name=name, key_hash=data[:4], signature=data[4:])


def note_signature(key: NoteKey, signature: bytes) -> NoteSignature:
    """The line of a signature that `key` made over a note's text (in UTF-8).

    Args:
        signature: as in JWS: 64 bytes, for ECDSA r || s.
    """
    encoded = _der(signature) if key.type == ECDSA else signature
    return NoteSignature(name=key.name, key_hash=key.key_hash, signature=encoded)


def sign_note(text: str, key: NoteKey, signature: bytes) -> str:
    """The note of `text` with one signature, made over `text` in UTF-8 (as in JWS: 64 bytes).

    Raises:
        IntegrityError: `evidence.note-malformed`: the text does not end in a newline or holds controls.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise errors.EVIDENCE_NOTE_MALFORMED(
            line=1, en="the text cannot be signed as a note", zh="该文本不能作为签名文本"
        )
    return Note(text=text, signatures=(note_signature(key, signature),)).to_text()


def signature_by(note: Note, key: NoteKey) -> NoteSignature | None:
    """The first signature line by `key`, whether or not it holds."""
    for each in note.signatures:
        if (each.name, each.key_hash) == (key.name, key.key_hash):
            return each
    return None


def verify_note(note: Note, key: NoteKey, check_signature: CheckSignature) -> bool:
    """Whether `key` signed the note: its line is there and holds.

    For a cosignature key the signed message is that of tlog-cosignature, with its time.
    """
    line = signature_by(note, key)
    if line is None:
        return False
    message, signature = note.text.encode(), line.signature
    if key.type == COSIGNATURE:
        time = int.from_bytes(signature[:8], "big")
        message, signature = f"cosignature/v1\ntime {time}\n".encode() + message, signature[8:]
    if key.type == ECDSA:
        try:
            signature = _raw(signature)
        except ValueError:
            return False
    return len(signature) == 64 and check_signature(key.jwk(), message, signature)


def _der(raw: bytes) -> bytes:
    """r || s as ECDSA-Sig-Value in DER."""
    if len(raw) != 64:
        raise errors.EVIDENCE_KEY_UNUSABLE(en="an ES256 signature has 64 bytes", zh="ES256 签名应为 64 字节")
    parts = b"".join(_der_integer(raw[i : i + 32]) for i in (0, 32))
    return b"\x30" + bytes([len(parts)]) + parts


def _der_integer(big_endian: bytes) -> bytes:
    digits = big_endian.lstrip(b"\0") or b"\0"
    digits = b"\0" + digits if digits[0] & 0x80 else digits
    return b"\x02" + bytes([len(digits)]) + digits


def _raw(der: bytes) -> bytes:
    """ECDSA-Sig-Value in DER as r || s; ValueError when it is not the one DER form of two integers."""
    first = 4 + der[3] if len(der) >= 8 else 0
    numbers = der[4:first], der[first + 2 :]
    if not first or any(len(number.lstrip(b"\0")) > 32 for number in numbers):
        raise ValueError("no ECDSA signature")
    raw = b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in numbers)
    if _der(raw) != der:
        raise ValueError("no DER")
    return raw


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    """Strict: one text for one value, so that no bit of it can change unseen."""
    data = base64.b64decode(text, validate=True)
    if _b64(data) != text:
        raise binascii.Error("not the canonical base64")
    return data


def _b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64url(text: str) -> bytes:
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _b64url(data) != text:
        raise binascii.Error("not the canonical base64url")
    return data

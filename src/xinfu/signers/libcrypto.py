"""The libcrypto of the system, as much of it as SM2 needs, by ctypes.

`cryptography` brings a libcrypto of its own in which SM2 is switched off; the system's (OpenSSL 3) has it. Where the
system has none, or one without SM2, `algorithm.unavailable` says so and nothing else of xinfu is touched.

Every handle is freed on every path: contexts where they were made, keys when the last Python object that holds them
is gone. A key that was loaded is only read, so threads may share it; calls let go of the interpreter's lock. What
the library complains of is taken off its queue, so that nobody finds it there later, and never holds a secret.
"""

import ctypes
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, TypeAlias

from xinfu.signers import errors

NAMES: Final = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
PKCS8: Final = bytes.fromhex("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420")
"""What stands before the scalar in PKCS#8: id-ecPublicKey with the curve 1.2.156.10197.1.301."""
SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""What stands before x and y in SubjectPublicKeyInfo."""
BASE_POINT: Final = bytes.fromhex(
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
"""G of the recommended curve (GB/T 32918.5)."""
MOST_SIGNATURE_BYTES: Final = 72
"""SEQUENCE of two INTEGERs of at most 33 bytes each."""
_POINT_BYTES: Final = 65
_REASON_BYTES: Final = 256

_Call: TypeAlias = Callable[..., Any]
_PROTOTYPES: Final[dict[str, tuple[Any, list[Any]]]] = {
    "EVP_sm3": (ctypes.c_void_p, []),
    "d2i_AutoPrivateKey": (
        ctypes.c_void_p,
        [ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long],
    ),
    "d2i_PUBKEY": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_long]),
    "EVP_PKEY_free": (None, [ctypes.c_void_p]),
    "EVP_PKEY_is_a": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p]),
    "EVP_PKEY_get_octet_string_param": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.POINTER(ctypes.c_size_t)],
    ),
    "EVP_PKEY_CTX_set1_id": (ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]),
    "EVP_MD_CTX_new": (ctypes.c_void_p, []),
    "EVP_MD_CTX_free": (None, [ctypes.c_void_p]),
    "EVP_DigestSignInit": (ctypes.c_int, [ctypes.c_void_p] * 5),
    "EVP_DigestVerifyInit": (ctypes.c_int, [ctypes.c_void_p] * 5),
    "EVP_DigestSign": (
        ctypes.c_int,
        [
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.POINTER(ctypes.c_size_t),
            ctypes.c_char_p,
            ctypes.c_size_t,
        ],
    ),
    "EVP_DigestVerify": (
        ctypes.c_int,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t],
    ),
    "ERR_peek_last_error": (ctypes.c_ulong, []),
    "ERR_error_string_n": (None, [ctypes.c_ulong, ctypes.c_char_p, ctypes.c_size_t]),
    "ERR_clear_error": (None, []),
}


class Library:
    """The functions that SM2 needs, with their types.

    Raises:
        AttributeError: the library lacks one; it is older than OpenSSL 3 or built without SM3.
    """

    def __init__(self, loaded: ctypes.CDLL) -> None:
        self._calls: dict[str, _Call] = {}
        for name, (result, arguments) in _PROTOTYPES.items():
            call = getattr(loaded, name)
            call.restype, call.argtypes = result, arguments
            self._calls[name] = call

    def call(self, name: str, *arguments: object) -> Any:
        """Call the library function of this name and return its result."""
        return self._calls[name](*arguments)

    def complaint(self) -> str:
        """The library's last error in this thread, with routine and reason; removed from its queue."""
        code = self.call("ERR_peek_last_error")
        text = ctypes.create_string_buffer(_REASON_BYTES)
        self.call("ERR_error_string_n", code, text, _REASON_BYTES)
        self.call("ERR_clear_error")
        return text.value.decode("ascii", "replace") if code else "no reason given"


class Key:
    """An SM2 key inside the library, private or public; freed when nothing holds this object any more."""

    def __init__(self, library: Library, handle: int) -> None:
        self.handle = handle
        self._library = library
        weakref.finalize(self, library.call, "EVP_PKEY_free", handle)

    def point(self) -> bytes:
        """The public point: 4, x and y, 65 bytes."""
        point = ctypes.create_string_buffer(_POINT_BYTES)
        size = ctypes.c_size_t()
        self._expect(
            self._library.call(
                "EVP_PKEY_get_octet_string_param",
                self.handle,
                b"pub",
                point,
                _POINT_BYTES,
                ctypes.byref(size),
            )
        )
        return point.raw[: size.value]

    def sign(self, message: bytes, identity: bytes) -> bytes:
        """A fresh signature in DER, made with SM3 over Z of `identity` and the message."""
        signature = ctypes.create_string_buffer(MOST_SIGNATURE_BYTES)
        size = ctypes.c_size_t(MOST_SIGNATURE_BYTES)
        with self._digesting("EVP_DigestSignInit", identity) as context:
            self._expect(
                self._library.call(
                    "EVP_DigestSign", context, signature, ctypes.byref(size), message, len(message)
                )
            )
        return signature.raw[: size.value]

    def verifies(self, signature: bytes, message: bytes, identity: bytes) -> bool:
        """Whether a signature in DER is this key's over the message; whatever the library minds is a no."""
        with self._digesting("EVP_DigestVerifyInit", identity) as context:
            answer: int = self._library.call(
                "EVP_DigestVerify", context, signature, len(signature), message, len(message)
            )
        if answer != 1:
            self._library.call("ERR_clear_error")
        return answer == 1

    @contextmanager
    def _digesting(self, start: str, identity: bytes) -> Iterator[int]:
        """A context in which this key signs or verifies with SM3; the inner one goes with it."""
        context = self._library.call("EVP_MD_CTX_new")
        self._expect(context is not None)
        try:
            inner = ctypes.c_void_p()
            sm3 = self._library.call("EVP_sm3")
            self._expect(
                self._library.call(start, context, ctypes.byref(inner), sm3, None, self.handle) == 1
                and self._library.call("EVP_PKEY_CTX_set1_id", inner, identity, len(identity)) == 1
            )
            yield context
        finally:
            self._library.call("EVP_MD_CTX_free", context)

    def _expect(self, went_well: object) -> None:
        if went_well is True or went_well == 1:
            return
        reason = self._library.complaint()
        raise errors.ALGORITHM_FAILED(reason=reason)


def private_key(scalar: bytes) -> Key:
    """The private key of a scalar of 32 bytes; its public point is worked out.

    Raises:
        ConfigError: `algorithm.unavailable`.
        ValueError: it is no SM2 key.
    """
    return _decoded(load(), "d2i_AutoPrivateKey", PKCS8 + scalar)


def public_key(point: bytes) -> Key:
    """The public key of x and y, 64 bytes; the library refuses a point off the curve.

    Raises:
        ConfigError: `algorithm.unavailable`.
        ValueError: it is no SM2 key.
    """
    return _decoded(load(), "d2i_PUBKEY", SPKI + point)


def _decoded(library: Library, name: str, der: bytes) -> Key:
    place = ctypes.c_char_p(der)
    handle = library.call(name, None, ctypes.byref(place), len(der))
    if handle is None:
        library.call("ERR_clear_error")
        raise ValueError("no SM2 key, or libcrypto cannot read it")
    key = Key(library, handle)
    if library.call("EVP_PKEY_is_a", handle, b"SM2") != 1:
        raise ValueError("a key of another algorithm")
    return key


@cache
def load(names: tuple[str, ...] = NAMES) -> Library:
    """The first libcrypto of these names that has what SM2 needs: its functions, and the curve itself.

    Raises:
        ConfigError: `algorithm.unavailable`.
    """
    for name in names:
        try:
            library = Library(ctypes.CDLL(name))
            _decoded(library, "d2i_PUBKEY", SPKI + BASE_POINT)
        except (OSError, AttributeError, ValueError):
            continue
        return library
    raise errors.ALGORITHM_UNAVAILABLE()

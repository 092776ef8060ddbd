"""The errors of calls that leave the node; they name host and port, never path, query or headers."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from xinfu.errors import InputError, PeerError, RefusedError
from xinfu.peers.rules import AddressRefusal
from xinfu.ports.outbound import Purpose


def refused(refusal: AddressRefusal, purpose: Purpose) -> RefusedError:
    """`address.refused` for a call that is not made."""
    error = unusable(refusal, purpose)
    return RefusedError(
        error.code, error.en, error.zh, help_en=error.help_en, help_zh=error.help_zh, facts=error.facts
    )


def unusable(refusal: AddressRefusal, purpose: Purpose) -> InputError:
    """`address.refused` for an address that someone gave us."""
    named = f" {refusal.where}" if refusal.where else ""
    help_en = f"The operator can allow it: {refusal.entry}" if refusal.entry else ""
    help_zh = f"运营者可以放行：{refusal.entry}" if refusal.entry else ""
    return InputError(
        "address.refused",
        f"The address{named} is not called (purpose: {purpose}): {refusal.en}.",
        f"地址{named} 不予调用（用途：{purpose}）：{refusal.zh}。",
        help_en=help_en,
        help_zh=help_zh,
        facts={"purpose": str(purpose), "address": refusal.where, "rule": refusal.en},
    )


def unreachable(origin: str) -> PeerError:
    """Make the error for a server that does not answer, or whose answer broke off."""
    return PeerError(
        "peer.unreachable",
        f"{origin} cannot be reached or broke off.",
        f"{origin} 无法连接或中途断开。",
        facts={"address": origin},
    )


def too_slow(origin: str) -> PeerError:
    """A time limit has passed."""
    return PeerError(
        "peer.timeout",
        f"{origin} did not answer in time.",
        f"{origin} 未在时限内应答。",
        facts={"address": origin},
    )


def too_large(origin: str, limit_bytes: int) -> PeerError:
    """More bytes than the caller takes."""
    return PeerError(
        "peer.too-large",
        f"{origin} answered with more than {limit_bytes} bytes.",
        f"{origin} 的应答超过 {limit_bytes} 字节。",
        facts={"address": origin},
    )


def redirect_refused(origin: str, why_en: str, why_zh: str) -> PeerError:
    """A redirect that is not followed."""
    return PeerError(
        "peer.redirect-refused",
        f"{origin} redirects, and {why_en}.",
        f"{origin} 要求重定向，而{why_zh}。",
        facts={"address": origin},
    )


def malformed(origin: str) -> PeerError:
    """Make the error for an answer that is not valid HTTP, or whose compression is broken or unknown."""
    return PeerError(
        "peer.malformed",
        f"{origin} answered with something that cannot be read.",
        f"{origin} 返回了无法识别的应答。",
        facts={"address": origin},
    )


def untrusted(origin: str) -> PeerError:
    """TLS fails: certificate, name or version."""
    return PeerError(
        "peer.tls",
        f"{origin} has no TLS connection that we trust.",
        f"未能与 {origin} 建立可信的 TLS 连接。",
        help_en="For a private CA name its file in [tls] ca_file.",
        help_zh="使用私有 CA 时，请在 [tls] ca_file 中指明其文件。",
        facts={"address": origin},
    )


@contextmanager
def translate_errors(origin: str) -> Iterator[None]:
    """Turn what the HTTP client raises into the errors of the port."""
    try:
        yield
    except (aiohttp.ClientSSLError, ssl.SSLError) as error:
        raise untrusted(origin) from error
    except TimeoutError as error:
        raise too_slow(origin) from error
    except (
        aiohttp.ClientResponseError,
        aiohttp.InvalidURL,
        aiohttp.http_exceptions.HttpProcessingError,
    ) as error:
        raise malformed(origin) from error
    except (aiohttp.ClientError, OSError) as error:
        raise unreachable(origin) from error

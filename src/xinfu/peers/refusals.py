"""The errors of calls that leave the node; they name host and port, never path, query or headers."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from xinfu.errors import InputError, PeerError, RefusedError
from xinfu.peers import errors
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
    return errors.ADDRESS_REFUSED(
        purpose=purpose,
        address=refusal.where,
        rule=refusal.en,
        named=named,
        rule_zh=refusal.zh,
        help_en=help_en,
        help_zh=help_zh,
    )


def unreachable(origin: str) -> PeerError:
    """Make the error for a server that does not answer, or whose answer broke off."""
    return errors.PEER_UNREACHABLE(address=origin)


def too_slow(origin: str) -> PeerError:
    """A time limit has passed."""
    return errors.PEER_TIMEOUT(address=origin)


def too_large(origin: str, limit_bytes: int) -> PeerError:
    """More bytes than the caller takes."""
    return errors.PEER_TOO_LARGE(address=origin, limit_bytes=limit_bytes)


def redirect_refused(origin: str, why_en: str, why_zh: str) -> PeerError:
    """A redirect that is not followed."""
    return errors.PEER_REDIRECT_REFUSED(address=origin, why_en=why_en, why_zh=why_zh)


def malformed(origin: str) -> PeerError:
    """Make the error for an answer that is not valid HTTP, or whose compression is broken or unknown."""
    return errors.PEER_MALFORMED(address=origin)


def untrusted(origin: str) -> PeerError:
    """TLS fails: certificate, name or version."""
    return errors.PEER_TLS(address=origin)


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

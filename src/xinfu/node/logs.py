"""Log lines: one event a line, as JSON or as text, under the trace of the work that it happened in.

Who writes a line names what happened and its facts; time, context, process and trace are added here from the
current work. Nobody writes secrets; and if somebody does, the line leaves without them: whatever looks like a
token, a password or a key of this node is taken out of the whole line, exceptions included.
"""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import msgspec

from xinfu.node.config import Config
from xinfu.node.keyfiles import own_key
from xinfu.ports.observer import CURRENT

FIELDS: Final[Mapping[str, str]] = {
    "time": "when, RFC 3339 in UTC, milliseconds",
    "level": "`DEBUG`, `INFO`, `WARNING` or `ERROR`",
    "logger": "the part of the program that says it",
    "message": "what happened, in a few fixed words",
    "context": "id of the participant context that it is about",
    "process_id": "our id of the negotiation or transfer that it is about",
    "trace_id": "32 hex digits, the same from the call that began it to the last byte, at both sides",
    "span_id": "16 hex digits: the piece of work that it happened in",
    "type": "of work: its sort, as in the metrics",
    "outcome": "of work: how it ended, as in the metrics",
    "took_ms": "of work: how long it lasted, milliseconds",
    "code": "a stable code of docs/reference/errors.md",
    "reason": "why, in our own words",
    "peer": "DID of the other participant",
    "error": "the traceback, where our own program failed",
}
"""Fields of a JSON line. Lines of some parts of the program have more."""

HIDDEN: Final = "[hidden]"
_SECRET: Final = re.compile(
    r"""
    eyJ[\w-]{6,}\.[\w-]*(?:\.[\w-]*)?                                    # a token or credential as JWT
    | (?<=bearer\ )[^\s"',\\]{6,}
    | (?<=://)[^\s/@"']+@                                                # a password in an address
    | (?<=[?&])(?:[\w-]*(?:token|secret|password|signature|sig|key|credential)[\w-]*)=[^&\s"']+
    | (?:api[_-]?key|authorization|passw(?:or)?d|passphrase|(?:client[_-]?)?secret|(?:access_|refresh_|auth_)?token)
      ["'\\]*\s*[:=]\s*["'\\]*(?!\s)[^\s"',;\\}]{6,}
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----.*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|$)
    | (?P<kept>"d\\*"\s*:\s*\\*")[\w-]{20,}                                # the private part of a JWK
    | (?:(?<![\w-])|(?<=\\[nrt]))[A-Za-z0-9_-]{43}(?![\w-])              # 256 random bits: an endpoint token
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_SIGNS: Final = (
    *(
        "eyj",
        "bearer ",
        "://",
        "token",
        "secret",
        "passw",
        "passphrase",
        "key",
        "sig",
        "credential",
        "authorization",
    ),
    *('"d"', '"d\\'),
)
"""Nothing but a long word of random bits is a secret without one of these, in lower case; most lines have none."""
_LONG: Final = re.compile(r"[\w-]{43}")
_PLAIN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_OURS: Final = frozenset({"time", "level", "logger", "trace_id", "span_id", "error"})


class Redaction:
    """Takes out of a line what nobody may read there.

    Args:
        secrets: of this node, word for word.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = sorted({each for each in secrets if len(each) >= 8}, key=len, reverse=True)

    def __call__(self, line: str) -> str:
        """The line without them."""
        for word in self._known:
            line = line.replace(word, HIDDEN)
        lower = line.lower()
        if not _LONG.search(line) and not any(sign in lower for sign in _SIGNS):
            return line
        return _SECRET.sub(lambda found: f"{found['kept'] or ''}{HIDDEN}", line)


class JsonLines(logging.Formatter):
    """Formats each log record as a line with a JSON object."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_scene(),
            **_facts(record),
        }
        if error := _error(self, record):
            line["error"] = error
        return self._redact(msgspec.json.encode(line, enc_hook=str).decode())


class TextLines(logging.Formatter):
    """Time, level, logger, message, then the facts as name=value."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a traceback below it where there is one."""
        facts = " ".join(f"{name}={_shown(value)}" for name, value in {**_scene(), **_facts(record)}.items())
        said = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{_moment(record)} {record.levelname} {record.name} {said} {facts}".rstrip()
        error = _error(self, record)
        return self._redact(f"{line}\n{error}" if error else line)


def configure(config: Config, stream: TextIO | None = None) -> logging.Handler:
    """Let all log lines of this process leave as `[log]` says; on standard error when no stream is given."""
    redact = Redaction(_secrets(config))
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(redact) if config.log.format == "json" else TextLines(redact))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(config.log.level)
    for noisy in ("alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return handler


def _secrets(config: Config) -> list[str]:
    """Return the contents of this node's key files."""
    keys = (config.keys.api, config.keys.master, config.metrics.key, config.telemetry.key)
    files = (*keys, config.store.password_file)
    found = [own_key(config.at(each)) for each in files if each is not None]
    return [each for each in found if each is not None]


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _scene() -> dict[str, str]:
    """Return the fields that the current work adds."""
    work = CURRENT.get()
    if work is None:
        return {}
    found = {"context": work.context, "process_id": work.process[:100]}
    if work.trace is not None:
        found |= {"trace_id": work.trace.trace_id, "span_id": work.trace.span_id}
    return {name: value for name, value in found.items() if value}


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """Return the extra fields of the log record."""
    return {name: value for name, value in vars(record).items() if name not in _PLAIN and name not in _OURS}


def _error(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[0] is not None:
        return formatter.formatException(record.exc_info)
    return ""


def _shown(value: object) -> str:
    """A value on a line of text; one with spaces or breaks as JSON, so that no value makes a line."""
    text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
    return text if text.isprintable() and " " not in text and text else msgspec.json.encode(text).decode()

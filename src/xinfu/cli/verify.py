"""`xinfu verify`: check receipts and logs offline, on a machine without a node.

Exit codes: 0 intact and signer established; 3 intact, signer not established; 1 broken, with the place;
2 something could not be read. The worst of several files counts: 1, then 2, then 3.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from xinfu.cli import errors
from xinfu.cli.anchorfiles import anchors_of
from xinfu.errors import XinfuError
from xinfu.evidence import (
    Anchors,
    Check,
    Checkpoint,
    Findings,
    LogCopy,
    Note,
    ProvenEntry,
    Receipt,
    against_copy,
    check_copy,
    known_keys,
    links_of,
    open_copy,
    verify,
)
from xinfu.ports.signer import Verifier
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier
from xinfu.verdict import Verdict

FILE_LIMIT_BYTES: Final = 64 << 20
UNREADABLE: Final = 2
_WORST_FIRST: Final = (1, UNREADABLE, 3, 0)
_MARKS: Final = {Verdict.YES: "ok", Verdict.NO: "NO", Verdict.UNKNOWN: "??"}
_COLOURS: Final = {0: "green", 1: "red", UNREADABLE: "red", 3: "yellow"}
_VERIFIERS: Final[Mapping[str, Verifier]] = {"OKP": Ed25519Verifier(), "EC": Es256Verifier()}


class VerificationReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of checking a file or log.

    Attributes:
        file: as it was named on the command line.
        subject: the subject of the receipt or log, (en, zh).
        findings: None if it could not be read.
        error: why it could not be read, (en, zh).
    """

    file: str
    subject: tuple[str, str] = ("", "")
    findings: Findings | None = None
    error: tuple[str, str] = ("", "")

    @property
    def exit_code(self) -> int:
        """The exit code for this report alone."""
        return UNREADABLE if self.findings is None else self.findings.exit_code

    def sentence(self, language: str) -> str:
        """Return the outcome in one sentence."""
        if self.findings is None:
            return self.error[language == "zh"]
        return self.findings.sentence(language)


@click.command(name="verify")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--trust",
    "trusted",
    multiple=True,
    metavar="DID.JSON|KEY",
    help="A DID document, a JWK file or a verifier key (name+id+base64) that you trust; may be repeated.",
)
@click.option(
    "--log",
    "log_folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A copy of the log (tlog-tiles layout): every entry is checked, and receipts are checked against it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
@click.option(
    "--lang",
    type=click.Choice(["zh", "en"]),
    help="The language of the sentences (default: by LC_ALL or LANG).",
)
@click.pass_context
def verify_command(
    ctx: click.Context,
    files: Sequence[Path],
    trusted: Sequence[str],
    log_folder: Path | None,
    as_json: bool,
    lang: str | None,
) -> None:
    """Check offline whether each receipt is intact, and who signed it.

    Nothing is fetched. Without --trust the answer is at best "intact, signer not established" (exit 3).
    Exit codes: 0 intact and signer established, 3 intact, 1 broken, 2 unreadable.
    """
    if not files and log_folder is None:
        raise click.UsageError("Give a receipt, or a log with --log.", ctx)
    language = lang or _language()
    reports = _reports(files, trusted, log_folder)
    if as_json:
        whole = list(reports)
        click.echo(as_json_text(whole))
        ctx.exit(worst(each.exit_code for each in whole))
    codes: set[int] = set()
    for each in reports:
        click.echo("\n" * bool(codes) + _text(each, language))
        codes.add(each.exit_code)
    ctx.exit(worst(codes))


def _reports(
    files: Sequence[Path], trusted: Sequence[str], log_folder: Path | None
) -> Iterator[VerificationReport]:
    try:
        anchors = anchors_of(trusted)
    except XinfuError as error:
        yield VerificationReport(file="--trust", error=(error.sentence("en"), error.sentence("zh")))
    else:
        yield from check_all(files, anchors=anchors, log_folder=log_folder)


def check_all(
    files: Sequence[Path], *, anchors: Anchors, log_folder: Path | None
) -> Iterator[VerificationReport]:
    """Check the copy of a log and receipts together; log keys proven by one count for the others.

    Files are read twice, first for the keys and heads that they show, so that one receipt at a time is in memory.
    """
    log = None if log_folder is None else _open_log(log_folder)
    shown = _show(files, log if isinstance(log, LogCopy) else None)
    log_found = None
    if isinstance(log, LogCopy):
        heads = [*shown.heads.values()]
        log_found = check_copy(log, anchors=anchors, check_signature=signature_holds, heads=heads)
        yield VerificationReport(file=str(log_folder), subject=_about_log(log), findings=log_found)
    elif log is not None:
        yield VerificationReport(file=str(log_folder), error=log)
    known = {
        origin: known_keys(origin, anchors, [*links.values()], signature_holds)
        for origin, links in shown.links.items()
    }
    for path in files:
        each = shown.once.get(path) or _read_receipt(path)
        if not isinstance(each, Receipt):
            yield VerificationReport(file=str(path), error=each)
            continue
        found = verify(each, anchors=anchors, check_signature=signature_holds, known=known.get(each.origin))
        if isinstance(log, LogCopy) and log_found is not None:
            found = against_copy(each, found, log, log_found)
        yield VerificationReport(file=str(path), subject=_about(each), findings=found)


class _Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The evidence in all files together.

    Attributes:
        links: proven key entries by their log, each once.
        heads: heads of the copied log that intact receipts hold and that its copy reaches, each once.
        once: receipts from files that can be read only once, such as a pipe.
    """

    links: dict[str, dict[bytes, ProvenEntry]] = {}
    heads: dict[str, Checkpoint] = {}
    once: dict[Path, Receipt | tuple[str, str]] = {}


def _show(files: Sequence[Path], log: LogCopy | None) -> _Evidence:
    shown = _Evidence()
    if log is not None:
        shown.links[log.head.origin] = {msgspec.json.encode(each): each for each in links_of(log)}
    for path in files:
        each = _read_receipt(path)
        if not path.is_file():
            shown.once[path] = each
        if isinstance(each, Receipt):
            links = shown.links.setdefault(each.origin, {})
            links |= {hashlib.sha256(msgspec.json.encode(link)).digest(): link for link in each.keys}
            if log is not None and each.origin == log.head.origin:
                _show_head(shown, each, log)
    return shown


def _show_head(shown: _Evidence, receipt: Receipt, log: LogCopy) -> None:
    note = receipt.proven.checkpoint
    found = verify(receipt, anchors=Anchors(), check_signature=signature_holds)
    if note not in shown.heads and found.exit_code != 1:
        head = Checkpoint.parse(Note.parse(note).text)
        if head.size <= log.head.size:
            shown.heads[note] = head


def signature_holds(jwk: Mapping[str, str], message: bytes, signature: bytes) -> bool:
    """Whether a signature is valid under a public key; False for an unsupported kind of key."""
    verifier = _VERIFIERS.get(jwk.get("kty", ""))
    return verifier is not None and verifier.verify(jwk, message, signature)


def _language() -> str:
    """Return the language from the environment: zh if it is set, else en."""
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if said.lower().startswith("zh") else "en"


def worst(codes: Iterable[int]) -> int:
    """Return the exit code for all reports together."""
    met = frozenset(codes)
    return next((code for code in _WORST_FIRST if code in met), UNREADABLE)


def read_bounded(path: Path) -> bytes:
    """Return the bytes of a file from others.

    Raises:
        InputError: `verify.unreadable`: it is missing, unreadable or larger than 64 MiB.
    """
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT_BYTES + 1)
    except OSError as error:
        why = error.strerror or "cannot be opened"
        raise errors.VERIFY_UNREADABLE(path=path, why=why) from error
    if len(data) > FILE_LIMIT_BYTES:
        raise errors.VERIFY_UNREADABLE_SIZE(path=path)
    return data


def _read_receipt(path: Path) -> Receipt | tuple[str, str]:
    try:
        return Receipt.from_bytes(read_bounded(path))
    except XinfuError as error:
        return error.sentence("en"), error.sentence("zh")


def _open_log(folder: Path) -> LogCopy | tuple[str, str]:
    def read(path: str) -> bytes | None:
        file = folder / path
        return read_bounded(file) if file.is_file() else None

    try:
        return open_copy(read)
    except XinfuError as error:
        return error.sentence("en"), error.sentence("zh")


def _about(receipt: Receipt) -> tuple[str, str]:
    entry = receipt.proven.entry
    kind, at, index = entry.get("kind"), entry.get("at"), receipt.proven.index
    return (
        f"{kind}, {at}: entry {index} in the log of {receipt.origin}",
        f"{kind}，{at}：{receipt.origin} 的日志第 {index} 条",
    )


def _about_log(log: LogCopy) -> tuple[str, str]:
    origin, size = log.head.origin, log.head.size
    return f"the log of {origin}, {size} entries", f"{origin} 的日志，共 {size} 条"


def _text(report: VerificationReport, language: str) -> str:
    lines = [click.style(report.file, bold=True)]
    if report.subject[0]:
        lines.append(f"  {report.subject[language == 'zh']}")
    for each in report.findings.checks if report.findings else ():
        place = f"  [{each.at}]" if each.at else ""
        lines.append(f"  {_MARKS[each.verdict]} {each.sentence(language)}{place}")
    lines.append(click.style(report.sentence(language), fg=_COLOURS[report.exit_code], bold=True))
    return "\n".join(lines)


def as_json_text(reports: Sequence[VerificationReport]) -> str:
    """Return the reports as indented JSON."""
    value = {
        "exit_code": worst(each.exit_code for each in reports),
        "files": [_plain(report) for report in reports],
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _plain(report: VerificationReport) -> dict[str, object]:
    found = report.findings
    return {
        "file": report.file,
        "outcome": "unreadable" if found is None else found.outcome,
        "exit_code": report.exit_code,
        "subject": {"en": report.subject[0], "zh": report.subject[1]},
        "sentence": {"en": report.sentence("en"), "zh": report.sentence("zh")},
        "checks": [] if found is None else [_plain_check(each) for each in found.checks],
    }


def _plain_check(each: Check) -> dict[str, str]:
    return {
        "name": each.name,
        "about": each.about,
        "verdict": each.verdict.name.lower(),
        "at": each.at,
        "en": each.en,
        "zh": each.zh,
    }

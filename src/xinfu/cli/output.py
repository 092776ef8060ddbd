"""Prints the output of commands: for people in their language, or the same data as one JSON document.

Results go to stdout, progress messages to stderr. With --json stdout holds one document, even if the command fails.
"""

import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import click
import msgspec

from xinfu.errors import XinfuError

Language = Literal["zh", "en"]


@dataclass
class Output:
    """The output of a command, as its options chose it."""

    language: Language = "en"
    as_json: bool = False

    def pick(self, en: str, zh: str) -> str:
        """Return the text in the chosen language."""
        return zh if self.language == "zh" else en

    def of(self, texts: Mapping[str, str], otherwise: str = "") -> str:
        """Return the text of a mapping by language, or the other language's if the chosen one is missing."""
        return texts.get(self.language) or next((each for each in texts.values() if each), otherwise)

    def give(self, value: object, lines: Iterable[str]) -> None:
        """Print the result: `value` as JSON, or the equivalent lines for people."""
        if self.as_json:
            click.echo(as_json(value))
        else:
            for line in lines:
                click.echo(line)

    def say(self, en: str, zh: str) -> None:
        """Print a progress message on stderr, unless --json is set."""
        if not self.as_json:
            click.echo(self.pick(en, zh), err=True)

    def warn(self, en: str, zh: str) -> None:
        """Print a warning on stderr in red, even with --json."""
        click.secho(self.pick(en, zh), fg="red", bold=True, err=True)

    def fail(self, error: XinfuError) -> None:
        """Print an error: sentence, help, code."""
        if self.as_json:
            click.echo(as_json({"error": plain_error(error)}))
            return
        sentence, help_ = self.pick(error.en, error.zh), self.pick(error.help_en, error.help_zh)
        click.echo(click.style(sentence, fg="red"), err=True)
        if help_:
            click.echo(help_, err=True)
        click.echo(click.style(f"[{error.code}]", dim=True), err=True)


def as_json(value: object) -> str:
    """Indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def plain_error(error: XinfuError) -> dict[str, object]:
    """An error as plain JSON values."""
    return {
        "code": error.code,
        "en": error.en,
        "zh": error.zh,
        "help_en": error.help_en,
        "help_zh": error.help_zh,
        "facts": error.facts,
    }


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return rows under headings, in columns; Chinese characters are two columns wide."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(width(row[at]) for row in [list(columns), *cells]) for at in range(len(columns))]
    return [
        "  ".join(cell + " " * (widths[at] - width(cell)) for at, cell in enumerate(row)).rstrip()
        for row in [list(columns), *cells]
    ]


def width(text: str) -> int:
    """Return the number of terminal columns that a text needs."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def size(count: int | None) -> str:
    """Return a number of bytes for people."""
    if count is None:
        return ""
    amount, units = float(count), ["B", "KiB", "MiB", "GiB", "TiB"]
    while amount >= 1024 and len(units) > 1:
        amount, units = amount / 1024, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.1f} {units[0]}"


def language_of(environment: Mapping[str, str] | None = None) -> Language:
    """Return the language from the environment: zh if it is set, else en."""
    values = os.environ if environment is None else environment
    said = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := values.get(name))), "")
    return "zh" if said.lower().startswith("zh") else "en"

"""Reads every error and reason code out of the program and writes docs/reference/errors.md.

A code is

- that of a row of a table of errors, or the argument of one of our functions whose first parameter is named `code`;
- a value of a StrEnum of reasons, or a `missing=`, `failed=` or `code=` argument: a reason, not an error.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from tests.docs.wordings import ROOT, Row, all_rows, known_in, modules, row_at

PAGE: Final = ROOT / "docs" / "reference" / "errors.md"
DOTTED: Final = re.compile(r"(?:[a-z]+(?:-[a-z]+)*|…)\.(?:[a-z][a-z-]*[a-z]|…)")
REASONS: Final = frozenset({"missing", "failed", "code"})

HEAD: Final = """# Error codes

Written from the program by `make docs`. Codes are stable: they are added, never changed or removed. A code reaches you
in the `code` of a problem document (`application/problem+json`), in `--json` output, in front of a sentence of the
command line, and in the log. `…` stands for a value that is filled in. Where a code has several sentences, one is shown.

## Errors

`status` is the HTTP status that the native API answers with. An error that no API raises has the status of its family.

| code | status | sentence | 中文 |
|---|---|---|---|
"""

REASONS_HEAD: Final = """
## Reasons

Why a decision was not yes, or why a proof did not hold. They stand in `reasons` of a decision, in evidence and in our
own log; the other side of a protocol is not told.

| code | stated in |
|---|---|
"""


class Found(msgspec.Struct, frozen=True, order=True):
    """A code with the status and the sentences of one of its rows."""

    code: str
    status: int
    en: str
    zh: str


def flat(template: str) -> str:
    """A template as the cell of a table, `…` for what is filled in."""
    shown = re.sub(r"\{\w*(?:![rsa])?(?::[^{}]*)?\}", "…", template.replace("{{", "\0").replace("}}", "\1"))
    shown = shown.replace("\0", "{").replace("\1", "}")
    return " ".join(shown.split()).replace("|", "\\|").replace("<", "&lt;")


def found_of(row: Row, code: str = "") -> Found:
    """A row as the page shows it, under `code` where the row is given one."""
    return Found(code or flat(row.code), row.kind.status, flat(row.en), flat(row.zh))


@cache
def code_takers() -> dict[str, Row | None]:
    """Public functions whose first parameter is named `code`, each with a row that is given it."""
    found: dict[str, Row | None] = {}
    for _, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names = [argument.arg for argument in node.args.args if argument.arg not in {"self", "cls"}]
                if names[:1] == ["code"]:
                    found[node.name] = next(rows_in(node, tree), None)
    return found


def rows_in(function: ast.AST, tree: ast.Module) -> Iterator[Row]:
    """Rows of which a function speaks."""
    known = known_in(tree)
    spoken = (row_at(node, known) for node in ast.walk(function) if isinstance(node, ast.Attribute))
    return (each[1] for each in spoken if each is not None)


def text(node: ast.AST | None) -> str:
    """A string as written, `…` for what is filled in; empty when it is no string at all."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(text(part) or "…" for part in parts)
        case ast.IfExp(body=body):
            return text(body)
        case _:
            return ""


def handed_over(tree: ast.Module) -> Iterator[Found]:
    """Codes that a module hands to such a function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and called(node) in code_takers():
            code, row = text(node.args[0]), code_takers()[called(node)]
            if DOTTED.fullmatch(code):
                yield Found(code, 0, "", "") if row is None else found_of(row, code)


def called(node: ast.Call) -> str:
    """The last word of what is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def reasons(tree: ast.Module) -> Iterator[str]:
    """Codes of reasons that a module names."""
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call):
            values = [k.value for k in node.keywords if k.arg in REASONS]
        elif isinstance(node, ast.ClassDef) and any(text_of_base(b) == "StrEnum" for b in node.bases):
            values = [s.value for s in node.body if isinstance(s, ast.Assign)]
        yield from (text(value) for value in values if DOTTED.fullmatch(text(value)))


def text_of_base(node: ast.expr) -> str:
    """Name of a base class."""
    return node.id if isinstance(node, ast.Name) else ""


def page() -> str:
    """The whole page."""
    found: dict[str, list[Found]] = {}
    stated: dict[str, set[str]] = {}
    for _, row in all_rows():
        if DOTTED.fullmatch(flat(row.code)):
            found.setdefault(flat(row.code), []).append(found_of(row))
    for path, tree in modules():
        for one in handed_over(tree):
            found.setdefault(one.code, []).append(one)
        for code in reasons(tree):
            stated.setdefault(code, set()).add(package(path))
    rows = [line(places) for _, places in sorted(found.items())]
    told = [
        f"| `{code}` | {', '.join(sorted(at))} |\n"
        for code, at in sorted(stated.items())
        if code not in found
    ]
    return HEAD + "".join(rows) + REASONS_HEAD + "".join(told)


def line(places: list[Found]) -> str:
    """The line of a code: the statuses of its errors, and the first sentence that was written for it."""
    statuses = sorted({str(one.status) for one in places if one.status})
    first = next((one for one in places if one.en), places[0])
    return f"| `{first.code}` | {', '.join(statuses) or '–'} | {first.en} | {first.zh} |\n"


def package(path: Path) -> str:
    """`xinfu.odrl` for a file below it."""
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return f"`{'.'.join(parts[:2])}`"

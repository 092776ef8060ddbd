"""Reads every error and reason code out of the sources and writes docs/reference/errors.md.

A code is

- the first argument of an error of the tree (`InputError("a.b", en, zh)`), or of a function of ours whose first
  parameter is named `code`;
- a value of a StrEnum of reasons, or a `missing=`, `failed=` or `code=` argument: a reason, not an error.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from xinfu import errors

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "reference" / "errors.md"
DOTTED: Final = re.compile(r"(?:[a-z]+(?:-[a-z]+)*|…)\.(?:[a-z][a-z-]*[a-z]|…)")
REASONS: Final = frozenset({"missing", "failed", "code"})

HEAD: Final = """# Error codes

Written from the sources by `make docs`. Codes are stable: they are added, never changed or removed. A code reaches you
in the `code` of a problem document (`application/problem+json`), in `--json` output, in front of a sentence of the
command line, and in the log. `…` stands for a value that is filled in.

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
    """A code, the family of its error, and its sentences as written in one place."""

    code: str
    family: str
    en: str
    zh: str


def text(node: ast.AST | None) -> str:
    """A string as written, `…` for what is filled in; empty when it is no string at all."""
    match node:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(text(part) or "…" for part in parts)
        case ast.BinOp(left=left, right=right):
            return (text(left) or "…") + (text(right) or "…")
        case ast.IfExp(body=body):
            return text(body)
        case _:
            return ""


def families() -> dict[str, int]:
    """Names of the error classes of the tree, with their statuses; classes of other modules are added by `walk`."""
    tree = vars(errors).items()
    return {n: c.status for n, c in tree if isinstance(c, type) and issubclass(c, errors.XinfuError)}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """All our modules, parsed."""
    for path in sorted((ROOT / "src").rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def called(node: ast.Call) -> str:
    """The last word of what is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def code_takers(tree: ast.Module, known: dict[str, int]) -> dict[str, str]:
    """Functions of a module whose first parameter is named `code`, each with the family of the error it makes of it."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg not in {"self", "cls"}]
            if names[:1] == ["code"]:
                made = (
                    each for each in ast.walk(node) if isinstance(each, ast.Call) and called(each) in known
                )
                found[node.name] = next((called(each) for each in made if is_code(each.args[:1])), "")
    return found


@cache
def shared_takers() -> dict[str, str]:
    """Those of all modules that others may call."""
    known = families()
    found = (code_takers(tree, known) for _, tree in sources())
    return {name: family for each in found for name, family in each.items() if not name.startswith("_")}


def is_code(arguments: list[ast.expr]) -> bool:
    """Whether the first argument of a call is what came in as `code`."""
    return any(isinstance(each, ast.Name) and each.id == "code" for each in arguments)


def raised(tree: ast.Module, known: dict[str, int]) -> Iterator[Found]:
    """Codes of the errors that a module makes."""
    takers = shared_takers() | code_takers(tree, known) | {name: name for name in known}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and called(node) in takers:
            code, en, zh = (text(argument) for argument in [*node.args, *[None] * 3][:3])
            if DOTTED.fullmatch(code):
                yield Found(code, takers[called(node)], flat(en), flat(zh))


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


def flat(sentence: str) -> str:
    """A sentence as the cell of a table."""
    return " ".join(sentence.split()).replace("|", "\\|").replace("<", "&lt;")


def page() -> str:
    """The whole page."""
    known = families()
    found: dict[str, list[Found]] = {}
    stated: dict[str, set[str]] = {}
    for path, tree in sources():
        for one in raised(tree, known):
            found.setdefault(one.code, []).append(one)
        for code in reasons(tree):
            stated.setdefault(code, set()).add(package(path))
    rows = [row(places, known) for _, places in sorted(found.items())]
    told = [
        f"| `{code}` | {', '.join(sorted(at))} |\n"
        for code, at in sorted(stated.items())
        if code not in found
    ]
    return HEAD + "".join(rows) + REASONS_HEAD + "".join(told)


def row(places: list[Found], known: dict[str, int]) -> str:
    """The line of a code: the statuses of its errors, and the first sentence that was written for it."""
    statuses = sorted({str(known[one.family]) for one in places if one.family})
    first = next((one for one in places if one.en), places[0])
    return f"| `{first.code}` | {', '.join(statuses) or '–'} | {first.en} | {first.zh} |\n"


def package(path: Path) -> str:
    """`xinfu.odrl` for a file below it."""
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return f"`{'.'.join(parts[:2])}`"

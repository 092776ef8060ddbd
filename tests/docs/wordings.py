"""The tables of errors, and where the sources use their rows."""

import ast
import importlib
import re
import string
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from xinfu import errors
from xinfu.errors import Wording, XinfuError

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = ROOT / "src"
TREE: Final = SOURCES / "xinfu" / "errors.py"
CHINESE: Final = re.compile("[\u4e00-\u9fff]")

Row = Wording[Any]


class Use(msgspec.Struct, frozen=True):
    """A row of a table that a module calls, with the names of the values that it hands over."""

    where: str
    name: str
    row: Row
    values: frozenset[str]


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """All our modules but the tables themselves, parsed."""
    for path in sorted(SOURCES.rglob("*.py")):
        if path.name != "errors.py":
            yield path, ast.parse(path.read_text(encoding="utf-8"))


@cache
def tables() -> Mapping[str, Mapping[str, Row]]:
    """Rows by the module of their table and their name."""
    paths = sorted(path for path in SOURCES.rglob("errors.py") if path != TREE)
    names = (".".join(path.relative_to(SOURCES).with_suffix("").parts) for path in paths)
    return {name: rows_of(vars(importlib.import_module(name))) for name in names}


def rows_of(names: Mapping[str, object]) -> dict[str, Row]:
    """The rows among the names of a module."""
    return {name: value for name, value in names.items() if isinstance(value, Wording)}


def all_rows() -> Iterator[tuple[str, Row]]:
    """Every row with the name by which it is found: `xinfu.dsp.errors.WRONG_PID`."""
    for module, rows in tables().items():
        yield from ((f"{module}.{name}", row) for name, row in rows.items())


def placeholders(template: str) -> list[str]:
    """Names that a template fills in, as written: `limit`, or `page.size`, which no template may say."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


def values_of(row: Row) -> frozenset[str]:
    """Names of the values that a row takes."""
    texts = (row.code, row.en, row.zh, row.help_en, row.help_zh)
    return frozenset(row.facts).union(*map(placeholders, texts))


def name_of(code: str) -> str:
    """What a row with this code is called: `WRONG_PID` for `{family}.wrong-pid`; nothing where all of it is filled in."""
    plain = re.sub(r"\.?\{\w+\}\.?", "", code)
    return plain.strip("-").upper().replace(".", "_").replace("-", "_")


def words_of(template: str) -> str:
    """What a template says besides its values."""
    return "".join(re.findall("[A-Za-z]+", re.sub(r"\{[^}]*\}", "", template)))


def unpaired(en: str, zh: str) -> frozenset[str]:
    """Values that one of two sentences alone fills in, and that are no words of its language (`grade_zh`, `en`)."""
    one = {name for name in placeholders(en) if not f"_{name}".endswith("_en")}
    words = {name for name in placeholders(zh) if f"_{name}".endswith("_zh")}
    other = {*placeholders(zh)} - words
    return frozenset(one - other - {name.removesuffix("_zh") for name in words} | (other - one))


def known_in(tree: ast.Module) -> dict[str, Mapping[str, Row]]:
    """The tables that a module imports, by the name they have there."""
    found: dict[str, Mapping[str, Row]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                table = tables().get(f"{node.module}.{each.name}")
                if table is not None:
                    found[each.asname or each.name] = table
    return found


def row_at(node: ast.expr, known: Mapping[str, Mapping[str, Row]]) -> tuple[str, Row] | None:
    """The row that `errors.NAME` is."""
    match node:
        case ast.Attribute(value=ast.Name(id=table), attr=name) if name in known.get(table, {}):
            return name, known[table][name]
        case _:
            return None


def uses(where: str, tree: ast.Module) -> Iterator[Use]:
    """Every call of a row in a module: of the row itself, of one of two, or of one that a constant dict holds."""
    known = known_in(tree)
    dicts = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.IfExp(body=one, orelse=other):
                    called = [one, other]
                case ast.Subscript(value=ast.Name(id=name)) if name in dicts:
                    called = dicts[name].values
                case func:
                    called = [func]
            given = frozenset(each.arg or "**" for each in node.keywords)
            for each in called:
                found = row_at(each, known)
                if found is not None:
                    yield Use(f"{where}:{node.lineno}", *found, given)


def mentioned(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Tables and names of the rows that a module speaks of in any way."""
    named = {id(table): module for module, table in tables().items()}
    known = known_in(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            yield named[id(known[node.value.id])], node.attr


def mentions(tree: ast.Module) -> Iterator[str]:
    """Names of the rows that a module speaks of, except to ask for their code."""
    known = known_in(tree)
    codes = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "code"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in codes:
            found = row_at(node, known)
            if found is not None:
                yield found[0]


def families() -> dict[str, type[XinfuError]]:
    """The classes of the error tree by name."""
    tree = vars(errors).items()
    return {name: each for name, each in tree if isinstance(each, type) and issubclass(each, XinfuError)}


def written_out(tree: ast.Module) -> Iterator[int]:
    """Lines at which an error is made of sentences that stand there and not in a table."""
    known = families()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in known:
            texts = [*node.args[1:], *(each.value for each in node.keywords if each.arg != "facts")]
            parts = (part for text in texts for part in ast.walk(text))
            if any(
                isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value
                for part in parts
            ):
                yield node.lineno

"""Places in the source that one small change turns into a mutant, and the draw of some of them by a seed."""

import ast
import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PARTS: Final[dict[str, str]] = {
    "odrl": "xinfu/odrl",
    "dsp": "xinfu/dsp",
    "evidence": "xinfu/evidence",
    "credentials": "xinfu/credentials",
    "services": "xinfu/services",
    "usage": "xinfu/services/usage",
}
"""The parts that are drawn from, each with its folder under `src`. `services` leaves `usage` out."""

_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_LOGGERS: Final = frozenset({"log", "logger", "_log", "LOG"})


@dataclass(frozen=True)
class Site:
    """One place and the change that makes a mutant of it.

    Attributes:
        part: the key of PARTS that it was drawn from.
        path: the file, relative to `src`.
        kind: what is changed, for example `compare` or `raise`.
        start: the first byte of the text that is replaced, counted in the file.
        end: the byte after its last.
        line: its line, from 1.
        text: the text that is there.
        mutant: the text that replaces it.
        statement: whether the text is a statement of its own, and not an expression.
    """

    part: str
    path: str
    kind: str
    start: int
    end: int
    line: int
    text: str
    mutant: str
    statement: bool


def draw(source: Path, count: int, seed: int) -> list[Site]:
    """So many sites, as evenly as possible from each part; no two of one file overlap.

    Args:
        source: the folder `src`.
        count: how many sites.
        seed: the same seed draws the same sites of the same source.
    """
    chosen: list[Site] = []
    dice = random.Random(seed)
    for number, part in enumerate(PARTS):
        share = count // len(PARTS) + (number < count % len(PARTS))
        pool = [site for path in _files(source, part) for site in sites(part, source, path)]
        dice.shuffle(pool)
        taken: list[Site] = []
        for site in pool:
            if len(taken) == share:
                break
            if not any(_overlap(site, other) for other in taken):
                taken.append(site)
        chosen += taken
    return chosen


def sites(part: str, source: Path, path: Path) -> Iterator[Site]:
    """Every site of a file. Only what stands in a function is looked at; logging and text are left alone."""
    written = path.read_bytes()
    starts = [0]
    for line in written.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    name = path.relative_to(source).as_posix()
    for node, kind, mutant, statement in _changes(ast.parse(written)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        yield Site(part, name, kind, start, end, node.lineno, written[start:end].decode(), mutant, statement)


def changed(written: bytes, replacements: Sequence[tuple[Site, str]]) -> bytes:
    """The file with each site's text replaced."""
    for site, text in sorted(replacements, key=lambda pair: pair[0].start, reverse=True):
        written = written[: site.start] + text.encode() + written[site.end :]
    return written


def _files(source: Path, part: str) -> list[Path]:
    inner = [
        source / folder for other, folder in PARTS.items() if other != part and folder.startswith(PARTS[part])
    ]
    found = sorted((source / PARTS[part]).rglob("*.py"))
    return [path for path in found if not any(path.is_relative_to(folder) for folder in inner)]


def _overlap(one: Site, other: Site) -> bool:
    return one.path == other.path and one.start < other.end and other.start < one.end


def _changes(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str, str, bool]]:
    for node in _inside_functions(tree):
        if isinstance(node, ast.expr) and (change := _of_expression(node)):
            yield node, *change, False
        elif isinstance(node, ast.stmt) and (change := _of_statement(node)):
            yield node, *change, True
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            test = node.test
            if isinstance(test, ast.Name | ast.Attribute | ast.Call | ast.Await):
                yield test, "condition", f"(not {ast.unparse(test)})", False


def _of_expression(node: ast.expr) -> tuple[str, str] | None:
    match node:
        case ast.Compare(ops=[operator]) if type(operator) in _COMPARED:
            return "compare", _with(node, ops=[_COMPARED[type(operator)]()])
        case ast.BoolOp(op=ast.And()):
            return "and", _with(node, op=ast.Or())
        case ast.BoolOp(op=ast.Or()):
            return "or", _with(node, op=ast.And())
        case ast.UnaryOp(op=ast.Not()):
            return "not", f"({ast.unparse(node.operand)})"
        case ast.Constant(value=bool(value)):
            return "bool", str(not value)
        case ast.Constant(value=int(value)):
            return "number", f"({value + 1})"
    return None


def _of_statement(node: ast.stmt) -> tuple[str, str] | None:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await(value=ast.Call())) if not _logs(node):
            return "call", "pass"
        case ast.Raise():
            return "raise", "pass"
        case ast.AugAssign(op=ast.Add()):
            return "sum", _with(node, op=ast.Sub())[1:-1]
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            return "return", "return None"
    return None


def _inside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node inside a function but annotations, decorators, defaults, calls of a log, and formatted text."""
    queue: list[tuple[ast.AST, bool]] = [(tree, False)]
    while queue:
        node, inside = queue.pop()
        if inside:
            yield node
        if isinstance(node, ast.JoinedStr | ast.Lambda) or (isinstance(node, ast.Expr) and _logs(node)):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            queue += [(child, True) for child in node.body]
        elif isinstance(node, ast.AnnAssign):
            queue += [(node.value, inside)] if node.value is not None else []
        else:
            queue += [(child, inside) for child in ast.iter_child_nodes(node)]


def _logs(node: ast.Expr) -> bool:
    call = node.value
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in _LOGGERS
    )


def _with(node: ast.expr | ast.stmt, **fields: object) -> str:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return f"({ast.unparse(other)})"

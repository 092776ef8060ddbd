"""The check of a programme: what a person reads is what runs, and what is declared is what `main` takes.

The code is plain UTF-8 without a mark of encoding, parses as Python, and has one `main` whose arguments are the declared
ones. Whether the code is harmless is not checked: a person reads it, and the sandbox holds it.
"""

import ast
import builtins
import keyword
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

from xinfu.compute import errors
from xinfu.compute.programme import Declaration, Programme
from xinfu.compute.ranges import holds, is_usable
from xinfu.compute.visible import hidden_character
from xinfu.evidence.canonical import digest_hex

MOST_CODE_BYTES: Final = 256 * 1024
MOST_ARGUMENTS: Final = 32
MOST_INPUTS: Final = 16
MOST_COLUMNS: Final = 100
MOST_ROWS: Final = 100_000
LONGEST_ABOUT: Final = 1000
LONGEST_AUTHOR: Final = 500
ENTRY: Final = "main"
INPUTS: Final = "inputs"

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.-]{0,31}", re.ASCII)
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_LIBRARY: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}", re.ASCII)
_COOKIE: Final = re.compile(r"[ \t\f]*#.*?coding[:=]", re.ASCII)
_TAKEN: Final = frozenset({ENTRY, INPUTS, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
"""Names that an argument would shadow."""


def check_programme(programme: Programme, code: bytes) -> None:
    """Check a programme and that this is its code.

    Raises:
        InputError: `programme.code-digest`; as `check_declaration` and `check_code`.
    """
    check_declaration(programme)
    _check_text(programme.author, longest=LONGEST_AUTHOR, where="author")
    if digest_hex(code) != programme.code:
        raise errors.PROGRAMME_CODE_DIGEST()
    check_code(code, [each.name for each in programme.arguments])


def check_declaration(declaration: Declaration) -> None:
    """Check the declarations of an author.

    Raises:
        InputError: `programme.name`, `programme.version`, `programme.word`, `programme.repeated`, `programme.range`,
            `programme.too-many`, `programme.environment-name`, `programme.text`.
    """
    if not _NAME.fullmatch(declaration.name):
        raise errors.PROGRAMME_NAME()
    if not _VERSION.fullmatch(declaration.version):
        raise errors.PROGRAMME_VERSION()
    for name, version in declaration.environment.items():
        if not _LIBRARY.fullmatch(name) or not _VERSION.fullmatch(version):
            raise errors.PROGRAMME_ENVIRONMENT_NAME()
    _check_arguments(declaration)
    _check_inputs(declaration)
    _check_output(declaration)
    notes = [*(each.about for each in declaration.arguments), *(each.about for each in declaration.inputs)]
    for about in (declaration.about, *notes):
        _check_text(about, longest=LONGEST_ABOUT, where="about")


def _check_arguments(declaration: Declaration) -> None:
    _check_names([each.name for each in declaration.arguments], MOST_ARGUMENTS, "arguments")
    for each in declaration.arguments:
        if each.name in _TAKEN:
            raise errors.PROGRAMME_ARGUMENT_SHADOWS(name=each.name)
        _check_range(each.name, is_usable(each.accepts))
        _check_range(each.name, each.default is None or holds(each.accepts, each.default))


def _check_inputs(declaration: Declaration) -> None:
    if not declaration.inputs:
        raise errors.PROGRAMME_NO_INPUT()
    _check_names([each.name for each in declaration.inputs], MOST_INPUTS, "inputs")
    for each in declaration.inputs:
        _check_many(each.columns, MOST_COLUMNS, f"inputs.{each.name}.columns")
        for column in each.columns:
            _check_text(column, longest=200, where=f"inputs.{each.name}.columns")


def _check_output(declaration: Declaration) -> None:
    columns = declaration.output.columns
    _check_names([each.name for each in columns], MOST_COLUMNS, "output.columns")
    for each in columns:
        _check_range(each.name, is_usable(each.holds))
    if not columns or not 0 < declaration.output.most_rows <= MOST_ROWS:
        raise errors.PROGRAMME_OUTPUT(most=MOST_ROWS)


def _check_names(names: Sequence[str], most: int, where: str) -> None:
    _check_many(names, most, where)
    for name in names:
        if not _WORD.fullmatch(name):
            raise errors.PROGRAMME_WORD(where=where)


def _check_many(names: Sequence[str], most: int, where: str) -> None:
    if len(names) > most:
        raise errors.PROGRAMME_TOO_MANY(where=where, most=most)
    if len({*names}) != len(names):
        raise errors.PROGRAMME_REPEATED(where=where)


def _check_range(name: str, is_right: bool) -> None:
    if not is_right:
        raise errors.PROGRAMME_RANGE(name=name)


def _check_text(text: str, *, longest: int, where: str) -> None:
    if len(text) > longest or "\n" in text or hidden_character(text):
        raise errors.PROGRAMME_TEXT(where=where, longest=longest)


def check_code(code: bytes, arguments: Sequence[str]) -> None:
    """Check the code of a programme with these arguments.

    Raises:
        InputError: `programme.code-size`, `programme.code-unreadable`, `programme.code-hidden`,
            `programme.code-encoding`, `programme.code-syntax`, `programme.code-name`, `programme.code-main`,
            `programme.code-arguments`.
    """
    text = _checked_text(code)
    tree = _parsed(text)
    names = (word for node in ast.walk(tree) if not isinstance(node, ast.Constant) for word in _words(node))
    if not all(map(str.isascii, names)):
        raise errors.PROGRAMME_CODE_NAME()
    _check_entry(tree, arguments)


def _checked_text(code: bytes) -> str:
    if len(code) > MOST_CODE_BYTES:
        raise errors.PROGRAMME_CODE_SIZE(most=MOST_CODE_BYTES)
    try:
        text = code.decode("utf-8")
    except UnicodeDecodeError as error:
        raise errors.PROGRAMME_CODE_UNREADABLE() from error
    hidden = hidden_character(text)
    if hidden is not None:
        raise errors.PROGRAMME_CODE_HIDDEN(line=hidden[0], character=hidden[1])
    if any(_COOKIE.match(line) for line in text.split("\n")[:2]):
        raise errors.PROGRAMME_CODE_ENCODING()
    return text


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise errors.PROGRAMME_CODE_SYNTAX(line=error.lineno or 0) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise errors.PROGRAMME_CODE_SYNTAX(line=0) from error


def _check_entry(tree: ast.Module, arguments: Sequence[str]) -> None:
    """Check that `main` is bound once, as a plain function that takes the inputs and the declared arguments."""
    entries = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == ENTRY]
    if len(entries) != 1 or entries[0].decorator_list or _bindings(tree) != 1:
        raise errors.PROGRAMME_CODE_MAIN()
    taken = entries[0].args
    if taken.vararg or taken.kwarg or taken.posonlyargs or [each.arg for each in taken.args[:1]] != [INPUTS]:
        raise errors.PROGRAMME_CODE_MAIN()
    names = [each.arg for each in (*taken.args[1:], *taken.kwonlyargs)]
    if sorted(names) != sorted(arguments):
        raise errors.PROGRAMME_CODE_ARGUMENTS(
            declared=", ".join(sorted(arguments)) or "-", found=", ".join(sorted(names))[:200] or "-"
        )


def _bindings(tree: ast.Module) -> int:
    """How often the code binds the name of its entry, in whatever scope and way; an import of everything might."""
    return sum(name.split(".")[0] in {ENTRY, "*"} for node in ast.walk(tree) for name in _bound(node))


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node may bind."""
    is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    if not is_read and not isinstance(node, ast.Attribute | ast.keyword | ast.Constant):
        yield from _words(node)


def _words(node: ast.AST) -> Iterator[str]:
    """Yield the texts that are fields of a node."""
    for _, field in ast.iter_fields(node):
        for each in field if isinstance(field, list) else [field]:
            if isinstance(each, str):
                yield each

"""handles.pyi of the blocking client, made from the classes of the async one. `make docs` writes it."""

import ast
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Final, TypeVar

from xinfu.client.blocking import handles
from xinfu.client.blocking.twin import Twin

PATH: Final = Path(handles.__file__).with_suffix(".pyi")
_HEAD: Final = "# Written by `make docs` from the async client; do not edit.\n"
_BLOCKING: Final = {"AsyncIterator": "Iterator"}
T = TypeVar("T", bound=ast.AST)


def stub() -> str:
    """The text of the file."""
    pairs = sorted(
        ((of, twin) for of, twin in Twin._twins.items() if twin.__module__ == handles.__name__),
        key=lambda pair: pair[1].__name__,
    )
    classes = [_class(of, twin) for of, twin in pairs]
    module = ast.Module(body=[*classes, _function(handles.connect)], type_ignores=[])
    used = {node.id for node in ast.walk(module) if isinstance(node, ast.Name)}
    own = {twin.__name__ for _, twin in pairs}
    sources = [handles, *(sys.modules[each.__module__] for of, _ in pairs for each in of.__mro__[:-1])]
    text = _HEAD + "\n".join([*sorted(set(_imports(sources, used - own))), ast.unparse(module)])
    return _formatted(text)


def _class(of: type, twin: type[Twin]) -> ast.ClassDef:
    """A class as the blocking client shows it: what is written in handles.py, and of the async class the rest."""
    sources, own = [_tree(each) for each in of.__mro__[:-1]], _tree(twin)
    overridden = {node.name for node in own.body if isinstance(node, ast.FunctionDef)}
    public = {name for name in dir(twin) if not name.startswith("_") or name in {"__iter__", "__len__"}}
    members = [
        _blocking(node)
        for source in sources
        for node in source.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in public - overridden
    ]
    members += [_blocking(node) for node in own.body if isinstance(node, ast.FunctionDef)]
    return ast.ClassDef(
        name=twin.__name__,
        bases=[],
        keywords=[],
        body=[*_attributes(of.__name__, sources), *members],
        decorator_list=[],
    )


def _attributes(name: str, sources: Iterable[ast.ClassDef]) -> list[ast.stmt]:
    """The public values that an async handle sets when it is made, with their types."""
    acts = (node for source in sources for node in source.body if isinstance(node, ast.FunctionDef))
    made = next(node for node in acts if node.name == "__init__")
    taken = {each.arg: each.annotation for each in made.args.args}
    found: dict[str, ast.expr] = {}
    for node in made.body:
        match node:
            case ast.AnnAssign(target=ast.Attribute(attr=each), annotation=kind):
                found[each] = kind
            case ast.Assign(targets=[ast.Attribute(attr=each)], value=ast.Name(id=given)) if taken.get(given):
                found[each] = taken[given] or ast.Name("Any")
            case ast.Assign(targets=[ast.Attribute(attr=each)], value=ast.Call(func=ast.Name() as kind)):
                found[each] = kind
            case ast.Assign(targets=[ast.Attribute(attr=each)]) if not each.startswith("_"):
                raise TypeError(f"the type of {name}.{each} is not written in its __init__")
            case _:
                pass
    return [
        ast.AnnAssign(target=ast.Name(each), annotation=kind, simple=1)
        for each, kind in found.items()
        if not each.startswith("_")
    ]


def _function(function: object) -> ast.FunctionDef:
    tree = ast.parse(inspect.getsource(inspect.unwrap(function))).body[0]  # type: ignore[arg-type]
    assert isinstance(tree, ast.FunctionDef)
    return _blocking(tree)


def _blocking(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.FunctionDef:
    """An act without its body, which gives what the blocking client gives."""
    arguments = _plain(node.args)
    arguments.defaults = [_default(each) for each in arguments.defaults]
    arguments.kw_defaults = [each and _default(each) for each in arguments.kw_defaults]
    gives = None if node.returns is None else _plain(node.returns)
    return ast.FunctionDef(
        name=node.name,
        args=arguments,
        body=[ast.Expr(ast.Constant(...))],
        decorator_list=node.decorator_list,
        returns=gives,
        lineno=0,
    )


class _Plain(ast.NodeTransformer):
    """Annotations as text become expressions, and async iterators plain ones."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(_BLOCKING.get(node.id, node.id))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "Literal":
            return node
        self.generic_visit(node)
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.arguments:
        for each in (*node.posonlyargs, *node.args, *node.kwonlyargs, node.vararg, node.kwarg):
            if each is not None and each.annotation is not None:
                each.annotation = self.visit(each.annotation)
        return node


def _plain(node: T) -> T:
    made: T = _Plain().visit(node)
    return made


def _default(value: ast.expr) -> ast.expr:
    return value if isinstance(value, ast.Constant) else ast.Constant(...)


def _tree(kind: type) -> ast.ClassDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    return tree


def _imports(sources: Iterable[ModuleType], names: set[str]) -> Iterable[str]:
    """The imports that give these names: those of the modules, and of what they define."""
    for module in sources:
        tree = ast.parse(inspect.getsource(module))
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name in names:
                yield f"from {module.__name__} import {node.name}"
        for found in ast.walk(tree):
            if not isinstance(found, ast.Import | ast.ImportFrom):
                continue
            for each in found.names:
                if (each.asname or each.name) in names:
                    said = (
                        ast.Import([each])
                        if isinstance(found, ast.Import)
                        else ast.ImportFrom(found.module, [each], 0)
                    )
                    yield ast.unparse(said)
    if "Iterator" in names:
        yield "from collections.abc import Iterator"


def _formatted(text: str) -> str:
    for arguments in (["check", "--select", "I,F401", "--fix", "-q"], ["format", "-q"]):
        made = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", str(PATH), "-"],
            input=text, capture_output=True, text=True, check=True,
        )  # fmt: skip
        text = made.stdout
    return text

"""The rules of names in docs/explanation/how-we-write.md hold."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from xinfu import client

SOURCE: Final = Path(__file__).resolve().parents[2] / "src/xinfu"
PACKAGES: Final = sorted(each.name for each in SOURCE.iterdir() if (each / "__init__.py").exists())
Function = ast.FunctionDef | ast.AsyncFunctionDef

MIRRORS: Final = {"client/blocking/handles.py", "client/blocking/handles.pyi"}
"""The handles of `xinfu.client` again, for programs without an event loop: users know them by the same names."""
TWINS: Final = {"dsp/negotiation": {"State", "Kind", "Draft"}, "dsp/transfer": {"State", "Kind", "Draft"}}
"""What both families of the protocol have, so that one process reads either table (`cn.State`, `tp.State`)."""
ENTRIES: Final[dict[str, list[str]]] = {
    "web/api": ["call"],
    "web/management": ["call"],
    "stores/migrations/versions": [],
}
"""Rooms with functions that only a table calls, which are named by their act; and their parameters."""
PARTICIPLES: Final = re.compile(
    "begun|found|given|gone|handed|heard|held|kept|known|landed|left|lost|made|met|own|paid|put|said|seen|sent|shown"
    "|spent|still|taken|told|under|understood|whole|.*(ed|en)"
)
OTHER_WORDS: Final = re.compile(".*_.*|feed|flatten|heed|need|reopen|seed|shorten|speed|token")
"""What ends like a participle and is none, and names of several words, which say of what they speak."""


def is_participle(word: str) -> bool:
    """Whether a word says what was done to a thing, and not which thing it is."""
    word = word.lower()
    return PARTICIPLES.fullmatch(word) is not None and OTHER_WORDS.fullmatch(word) is None


def head(name: str) -> str:
    """The word of a class's name that says what it is."""
    return str(re.findall("[A-Z]+[a-z0-9]*", name)[-1])


def modules(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    """Each module below a folder, by its path in the source."""
    for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.pyi")]):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def classes(package: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Each class of a package, and in which file it stands."""
    for path, tree in modules(SOURCE / package):
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                yield path, node


def functions(package: str) -> Iterator[tuple[str, Function]]:
    """Each public function of a package, and in which file it stands."""
    for path, tree in modules(SOURCE / package):
        for node in tree.body:
            if isinstance(node, Function) and not node.name.startswith("_") and path not in MIRRORS:
                yield path, node


def is_entry(room: str, node: Function) -> bool:
    """Whether only a table calls a function: an operation of an API, a command, a migration."""
    if room == "cli":
        return node.name.endswith("_command")
    return [each.arg for each in node.args.args] == ENTRIES.get(room)


def makes_error(node: Function) -> bool:
    """Whether a function gives the error to raise; its name is then what went wrong."""
    return node.returns is not None and ast.unparse(node.returns).endswith("Error")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_public_class_is_named_once_in_its_package(package: str) -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, node in classes(package):
        is_twin = node.name in TWINS.get(Path(path).parent.as_posix(), ())
        if not node.name.startswith("_") and path not in MIRRORS and not is_twin:
            places[node.name].append(path)
    assert not {name: found for name, found in places.items() if len(found) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_public_function_is_named_once_in_its_room(package: str) -> None:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path, node in functions(package):
        room = Path(path).parent.as_posix()
        if not is_entry(room, node):
            places[room, node.name].append(path)
    assert not {name: found for name, found in places.items() if len(found) > 1}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_class_is_named_by_the_thing(package: str) -> None:
    """But for names that programs of users import from `xinfu.client`, which stay what they are."""
    names = {node.name for _, node in classes(package)} - set(client.__all__)
    assert not {each for each in names if is_participle(head(each))}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_function_is_no_participle_unless_it_makes_an_error(package: str) -> None:
    found = [(path, node) for path, node in functions(package) if is_participle(node.name)]
    assert not [f"{path} {node.name}" for path, node in found if not makes_error(node)]


def test_a_module_is_imported_under_no_name_of_another() -> None:
    trees = list(modules(SOURCE))
    paths = {path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path, _ in trees}
    names = {each.rpartition(".")[2] for each in paths}
    imports = [
        (path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    ]
    assert not [
        f"{path} {alias.name} as {alias.asname}"
        for path, node in imports
        for alias in node.names
        if f"{node.module}.{alias.name}".removeprefix("xinfu.") in paths and alias.asname in names
    ]


def test_the_rules_tell_a_thing_from_what_was_done_to_it() -> None:
    assert all(map(is_participle, ["Held", "Wanted", "Told", "Foreseen", "Published", "Own", "Under"]))
    assert not any(map(is_participle, ["Token", "Reservation", "Seed", "open_checked"]))
    assert head("HeldCredential") == "Credential"

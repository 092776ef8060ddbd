"""Reads a policy from a file: short words or ODRL, as TOML, YAML or JSON.

A repeated key is refused, because a parser would drop one of the two, and with it a rule.
"""

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from xinfu.client import errors
from xinfu.errors import InputError
from xinfu.odrl.short.form import document, short

MAX_BYTES: Final = 256 * 1024
"""Of a file; a longer policy would be refused as such."""
_RULES: Final = frozenset({"permission", "prohibition", "obligation"})


def read_policy(path: Path) -> dict[str, Any]:
    """Return the policy in a file: TOML (`.toml`), YAML (`.yaml`, `.yml`) or else JSON, as ODRL.

    Raises:
        InputError: `rules.unreadable`: no such file, or it holds no policy; as `xinfu.client.policy` for its words.
    """
    try:
        found = _parsed(path)
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, " ".join(str(error).split()) or type(error).__name__) from error
    if not isinstance(found, dict):
        raise _unreadable(path, "it is not a table of keys and values")
    return found if any(_is_odrl(key) for key in found) else document(short(found))


def _is_odrl(key: str) -> bool:
    return key in _RULES or key.startswith("@") or ":" in key


def _parsed(path: Path) -> object:
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_BYTES} bytes")
    text = content.decode()
    match path.suffix.lower():
        case ".toml":
            return tomllib.loads(text)
        case ".yaml" | ".yml":
            return _yaml(text)
    return json.loads(text, object_pairs_hook=_once)


def _yaml(text: str) -> object:
    """Parse YAML of texts, lists and tables only; no text is interpreted as a number, a truth value or a time."""
    import yaml  # it is not needed by most who come here

    class Loader(yaml.BaseLoader):
        """A YAML loader that refuses repeated keys."""

    def table(loader: yaml.BaseLoader, node: yaml.MappingNode) -> dict[str, Any]:
        pairs = (
            (loader.construct_object(key), loader.construct_object(value, True)) for key, value in node.value
        )
        return _once(pairs)

    Loader.add_constructor("tag:yaml.org,2002:map", table)
    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 - see above
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _once(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if not isinstance(key, str):
            raise ValueError("a key is not text")  # noqa: TRY004 - of the file
        if key in found:
            raise ValueError(f'the key "{key}" stands twice')
        found[key] = value
    return found


def _unreadable(path: Path, why: str) -> InputError:
    return errors.RULES_UNREADABLE(name=path.name, why=why)

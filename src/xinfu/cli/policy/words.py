"""Turns a policy into short words, and these into TOML."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from xinfu import odrl
from xinfu.cli import errors
from xinfu.odrl.short.form import beside, shorten, unsaid


def words_of(policy: odrl.Policy) -> dict[str, Any]:
    """Return the short words that express all of the policy's rules.

    Raises:
        InputError: `policy.no-words`: they cannot express all of it; `facts` gives the place.
    """
    said = shorten(policy)
    if said is None:
        where = ", ".join(unsaid(policy))
        raise errors.POLICY_NO_WORDS(path=where)
    return said.words()


def in_toml(policy: odrl.Policy) -> str:
    """Return a policy in short words as TOML; other parts than its rules become comments.

    Raises:
        InputError: as `words_of`.
    """
    remarks = [f"# {name}: {value}\n" for name, value in beside(policy).items() if value.isprintable()]
    return (as_toml(words_of(policy)) + "".join(remarks)).rstrip("\n")


def as_toml(words: Mapping[str, Any]) -> str:
    """Return the words, each on a line; a moment that TOML can express is written without quotes."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in words.items())


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_value(key)} = {_value(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, str) and _is_moment(value):
        return value
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_moment(text: str) -> bool:
    try:
        return len(text) >= len("2030-01-01T00:00:00Z") and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False

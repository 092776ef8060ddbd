"""Short words as a file in TOML."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def as_toml(words: Mapping[str, Any]) -> str:
    """The words, one a line; a moment that TOML can say stands without quotes."""
    return "".join(f"{key} = {_value(value)}\n" for key, value in words.items())


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str) and _is_moment(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_moment(text: str) -> bool:
    try:
        return len(text) >= len("2030-01-01T00:00:00Z") and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False

"""Conversion to text of the reasons of a termination, suspension or error, which may be any JSON (T-03)."""

import msgspec


def texts(reason: tuple[object, ...]) -> tuple[str, ...]:
    """The reasons as texts: strings unchanged, any other value in its JSON form."""
    return tuple(each if isinstance(each, str) else msgspec.json.encode(each).decode() for each in reason)

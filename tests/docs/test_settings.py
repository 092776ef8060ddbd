"""docs/reference/settings.md names every setting with its default."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from xinfu.node.config import Config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md"


def tables(table: type[msgspec.Struct], path: str = "") -> Iterator[tuple[str, msgspec.structs.FieldInfo]]:
    """Every key of a table and the tables below it, as `a.b` or, in a list of tables, `a[].b`."""
    for field in msgspec.structs.fields(table):
        here = f"{path}.{field.name}" if path else field.name
        inside = below(field.type)
        if inside is None:
            yield here, field
        else:
            yield from tables(inside, here if inside is field.type else f"{here}[]")


def below(kind: object) -> type[msgspec.Struct] | None:
    """The table that a key holds, one or a list of them."""
    candidates = (kind, *getattr(kind, "__args__", ()))
    return next(
        (one for one in candidates if isinstance(one, type) and issubclass(one, msgspec.Struct)), None
    )


def written() -> dict[str, str]:
    """Setting -> what stands in its column for the default."""
    rows = re.findall(r"^\| `([a-z_.\[\]]+)` \| ([^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {key: default.strip() for key, default in rows}


def default(field: msgspec.structs.FieldInfo) -> str:
    """A default as TOML writes it; `required` where there is none."""
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else None
    if value is None or value == "":
        return "–"
    return f"`{msgspec.json.encode(value).decode()}`"


def test_every_setting_stands_on_the_page() -> None:
    assert sorted({key for key, _ in tables(Config)} - set(written()) - {"file", "folder"}) == []


def test_the_page_names_no_setting_that_does_not_exist() -> None:
    assert sorted(set(written()) - {key for key, _ in tables(Config)}) == []


def test_defaults_on_the_page_are_those_of_the_program() -> None:
    page = written()
    told = {key: page.get(key) for key, _ in tables(Config) if key in page and key not in PER_LISTENER}
    assert told == {key: default(field) for key, field in tables(Config) if key in told}


PER_LISTENER = {f"listen.{name}.port" for name in ("management", "protocol", "data")}
"""Each listener has a default port of its own, which stands in the default of the table above it."""


def test_default_ports_on_the_page_are_those_of_the_program() -> None:
    listen = Config().listen
    ports = {"management": listen.management, "protocol": listen.protocol, "data": listen.data}
    assert {name: written()[f"listen.{name}.port"] for name in ports} == {
        name: f"`{listener.port}`" for name, listener in ports.items()
    }

"""SQL expressions over a record's document: the one place where SQLite and PostgreSQL differ in a query.

`Words` make SQL with the names of bound parameters in it; each dialect of SQL has words of its own. Paths and patterns
are bound like any value, in the form that the store reads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Path = Sequence[str | int]


@dataclass(frozen=True, kw_only=True)
class Words:
    """The SQL expressions by which a database reads documents.

    Attributes:
        elements: a subquery with `kind` ("text", "number", "boolean") and `item` of each element of a list, or
            of the member itself; no row where it is not there. Given the document and the path's parameter.
        text: the member as text; NULL where it is not there.
        sortable: the member as something with an order; NULL where it is not there.
        millis: a text in RFC 3339 as milliseconds since 1970.
        like: whether a text fits a bound pattern; `like_cell` makes the pattern.
        ilike: the same, case ignored.
        listed: the texts of a bound JSON array, as a subquery.
        path_cell: a path as it is bound; None when it can lead nowhere.
    """

    elements: Callable[[str, str], str]
    text: Callable[[str, str], str]
    sortable: Callable[[str, str], str]
    millis: Callable[[str], str]
    like: Callable[[str, str], str]
    like_cell: Callable[[str], str]
    ilike: Callable[[str, str], str]
    listed: Callable[[str], str]
    path_cell: Callable[[Path], str | None]


def _sqlite_elements(document: str, path: str) -> str:
    """List the elements. An object has none, although `json_each` would list its members."""
    return " ".join(
        [
            "(SELECT CASE WHEN type IN ('integer', 'real') THEN 'number'",
            "WHEN type = 'text' THEN 'text' ELSE 'boolean' END AS kind,",
            "CASE WHEN type IN ('true', 'false') THEN type ELSE atom END AS item",
            f"FROM json_each({document}, {path})",
            f"WHERE json_type({document}, {path}) <> 'object' AND type NOT IN ('object', 'array', 'null'))",
        ]
    )


def _sqlite_path(path: Path) -> str | None:
    """The JSON path for a path; None for a key that holds a quote or a backslash."""
    steps: list[str] = []
    for step in path:
        if isinstance(step, int):
            steps.append(f"[{step}]")
        elif '"' in step or "\\" in step:
            return None
        else:
            steps.append(f'."{step}"')
    return "".join(["$", *steps])


def _glob(pattern: str) -> str:
    """Rewrite a LIKE pattern for GLOB, because LIKE ignores case in SQLite."""
    escaped = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in pattern)
    return escaped.replace("%", "*").replace("_", "?")


SQLITE: Final = Words(
    elements=_sqlite_elements,
    text=lambda document, path: f"json_extract({document}, {path})",
    sortable=lambda document, path: f"json_extract({document}, {path})",
    millis=lambda value: f"CAST(round((julianday({value}) - 2440587.5) * 86400000.0) AS INTEGER)",
    like=lambda value, pattern: f"{value} GLOB {pattern}",
    like_cell=_glob,
    ilike=lambda value, pattern: f"{value} LIKE {pattern}",
    listed=lambda name: f"(SELECT value FROM json_each(:{name}))",  # noqa: S608 - a name
    path_cell=_sqlite_path,
)

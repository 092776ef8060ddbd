"""The expressions by which PostgreSQL reads a record's document.

Documents are text, read as jsonb where a query asks for a member. jsonb cannot hold U+0000, which becomes U+FFFD.
A path is a jsonpath, walked strictly: a key is no index, and a list is not entered by itself.
"""

import json
from typing import Final

from xinfu.stores.sql.documents import Path, Words


def _document(document: str) -> str:
    return f"CAST(replace({document}, '\\u0000', '\\ufffd') AS jsonb)"


def _way(path: str) -> str:
    """The arguments of a jsonpath function. The path is bound as text: a parameter has the type of its first cast."""
    return f"CAST(CAST({path} AS text) AS jsonpath), '{{}}', true"


def _elements(document: str, path: str) -> str:
    return " ".join(
        [
            "(SELECT CASE jsonb_typeof(x) WHEN 'number' THEN 'number' WHEN 'string' THEN 'text' ELSE 'boolean' END",
            "AS kind, (x #>> '{}') COLLATE \"C\" AS item",
            f"FROM jsonb_path_query({_document(document)}, {_way(path)}) AS found(v),",
            "LATERAL jsonb_array_elements(",
            "CASE jsonb_typeof(v) WHEN 'array' THEN v ELSE jsonb_build_array(v) END) AS each(x)",
            "WHERE jsonb_typeof(x) IN ('number', 'string', 'boolean'))",
        ]
    )


def _member(document: str, path: str) -> str:
    return f"jsonb_path_query_first({_document(document)}, {_way(path)})"


def _text(document: str, path: str) -> str:
    return f"(({_member(document, path)} #>> '{{}}') COLLATE \"C\")"


def _sortable(document: str, path: str) -> str:
    """Make a value that sorts numbers before texts, as SQLite does."""
    member = _member(document, path)
    is_number = f"jsonb_typeof({member}) = 'number'"
    number = f"CASE WHEN {is_number} THEN CAST({member} #>> '{{}}' AS numeric) END"
    there = f"CASE WHEN jsonb_typeof({member}) <> 'null' THEN"
    return f"({there} ROW(NOT {is_number}, {number}, {_text(document, path)}) END)"


def _path(path: Path) -> str | None:
    """The jsonpath for a path; None for a key that holds a quote, a backslash or U+0000."""
    if any(isinstance(step, str) and any(each in step for each in '"\\\x00') for step in path):
        return None
    steps = [f"[{step}]" if isinstance(step, int) else f".{json.dumps(step)}" for step in path]
    return "".join(["strict $", *steps])


POSTGRES: Final = Words(
    elements=_elements,
    text=_text,
    sortable=_sortable,
    millis=lambda value: f"CAST(round(extract(epoch FROM CAST({value} AS timestamptz)) * 1000) AS bigint)",
    like=lambda value, pattern: f"{value} LIKE {pattern} ESCAPE ''",
    like_cell=lambda pattern: pattern,
    ilike=lambda value, pattern: f"{value} ILIKE {pattern} ESCAPE ''",
    listed=lambda name: f"(SELECT jsonb_array_elements_text(CAST(CAST(:{name} AS text) AS jsonb)))",
    path_cell=_path,
)

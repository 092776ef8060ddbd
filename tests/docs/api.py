"""Writes docs/reference/api.md from the table of operations."""

import re
from itertools import groupby
from typing import Final

from xinfu.web.api import operations
from xinfu.web.api.operation import PREFIX, Operation

HEAD: Final = f"""# API

The native API of a node, on its management listener, below `{PREFIX}`. Written from the program by `make docs`;
`GET {PREFIX}/openapi.json` gives the same as OpenAPI 3.1 with the form of each body and answer.

- Send the API key in `X-Api-Key`. It lies in `api.key` beside `node.toml`.
- `?context=ID` names the participant context where a node plays several; without it the first one is meant.
- Lists have `items`, `total` and `next`; send `next` back as `after` for the following page.
- Errors are problem documents (`application/problem+json`) with a stable `code`: [error codes](errors.md).
- The API only grows: what stands here stays.
"""

TITLES: Final = {
    "node": "Node",
    "answers": "Stored answers",
    "participants": "Address book",
    "keys": "Keys",
    "credentials": "Credentials",
    "issuer": "Issuer (where `issuer = true`)",
    "publications": "Publishing",
    "assets": "Assets",
    "grades": "Grades (分类分级)",
    "asset-grades": "Grades of assets",
    "policies": "Policies",
    "contract-definitions": "Contract definitions",
    "catalog": "Catalogs of others",
    "negotiations": "Negotiations",
    "agreements": "Agreements",
    "transfers": "Transfers",
    "evidence": "Evidence",
}


def subject(operation: Operation) -> str:
    """The first word of its path."""
    return operation.path.split("/")[1]


def page() -> str:
    """The whole page."""
    order = {name: place for place, name in enumerate(TITLES)}
    listed = sorted(
        operations(issuer=True), key=lambda each: (order.get(subject(each), len(order)), subject(each))
    )
    return HEAD + "".join(section(name, list(group)) for name, group in groupby(listed, key=subject))


def section(name: str, listed: list[Operation]) -> str:
    """One subject: its operations, one a line."""
    head = (
        f"\n## {TITLES.get(name, name.capitalize())}\n\n| operation | what it does | query |\n|---|---|---|\n"
    )
    return head + "".join(row(each) for each in listed)


def row(operation: Operation) -> str:
    """The line of an operation."""
    path = re.sub(r":path\}", "}", operation.path)
    query = "; ".join(f"`{name}`: {meaning}" for name, meaning in operation.query.items())
    return f"| `{operation.method} {path}` | {operation.summary} | {query} |\n"

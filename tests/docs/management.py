"""Writes docs/reference/management-api.md from the table of lines."""

from itertools import groupby
from typing import Final

from xinfu.web.management import BASE, lines
from xinfu.web.management.routes import ManagementRoute

HEAD: Final = f"""# Management API

The management API of Eclipse EDC, v3 and v4, on the management listener below `{BASE}`. Written from the program by
`make docs`; `GET {BASE}/openapi.json` gives the same as OpenAPI 3.1. Programs written for EDC use it as it is:
[move from EDC](../how-to/move-from-edc.md).

- The API key goes into `X-Api-Key`, once. `GET {BASE}/v1/version` and `{BASE}/check/health` (with `liveness`,
  `readiness`, `startup`) need none, and stand below `/api` as well.
- `?context=ID` names the participant context where a node plays several; without it the first one is meant.
- Errors are arrays of `{{"message", "type", "path", "invalidValue"}}`, one element a fault.
- A query without a body gives the first 50; `X-Total-Count` tells how many there are in all.
- v3 takes JSON-LD in any form; v4 takes the compact form of the context
  `https://w3id.org/edc/connector/management/v2`, and `@type` has to be there.
- `/v5beta` is not served: contexts are managed by [the native API](api.md).
"""


def subject(line: ManagementRoute) -> str:
    """The first word of its path."""
    return line.path.split("/")[1]


def page() -> str:
    """The whole page."""
    listed = sorted(lines(), key=subject)
    return HEAD + "".join(section(name, list(group)) for name, group in groupby(listed, key=subject))


def section(name: str, listed: list[ManagementRoute]) -> str:
    """One kind of resource: its lines."""
    head = f"\n## {name}\n\n| line | versions | body | query |\n|---|---|---|---|\n"
    return head + "".join(row(each) for each in listed)


def row(line: ManagementRoute) -> str:
    """One line of the API."""
    body = f"`{line.takes}`{', or none' if line.may_be_empty else ''}" if line.takes else ""
    versions = ", ".join(version.name for version in line.versions)
    query = "; ".join(f"`{name}`: {meaning}" for name, meaning in line.query.items())
    return f"| `{line.method} {line.path}` | {versions} | {body} | {query} |\n"

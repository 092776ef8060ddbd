"""Every endpoint that the table of the management API lists is there, or the table below says why not."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from tests.conftest import absent
from tests.web.management.conftest import Api

from xinfu.web.management import lines

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLE: Final = Path(__file__).resolve().parents[4] / "shared" / "spec" / "management-api" / "endpoints.json"
LISTED: Final[list[dict[str, Any]]] = json.loads(TABLE.read_text(encoding="utf-8")) if TABLE.is_file() else []
ENDPOINTS: Final = [
    (each["method"], each["path"].split("?")[0], version.split()[0], each["errors"])
    for each in LISTED
    for version in each["versions"]
]
ABSENT: Final = {
    "v5beta": "participants of one connector by OAuth2 scopes: the API of a later release, for which our own API "
    "(/api/v1/contexts) manages contexts today",
}
"""Versions that are not served, with the reason."""


def shape(path: str) -> str:
    """A path whatever its parameters are called."""
    return re.sub(r"\{\w+\}", "{}", path)


@pytest.mark.parametrize(
    ("method", "path", "version", "errors"),
    ENDPOINTS,
    ids=[f"{method} {version} {path}" for method, path, version, _ in ENDPOINTS],
)
async def test_an_endpoint_of_the_table_is_routed(
    api: Api, method: str, path: str, version: str, errors: list[int]
) -> None:
    asked = f"/{version}{re.sub(r'{[^}]+}', 'nothing', path)}"
    bare = await api.send(method, asked, headers={})
    if version in ABSENT:
        assert bare.status == 404, ABSENT[version]
        return
    assert (bare.status, bare.json[0]["message"]) == (401, "x-api-key not found")
    said = await api.send(method, asked)
    assert said.status != 405
    assert said.status < 400 or said.status in {*errors, 404}, said.body
    if said.status == 404:
        assert said.json[0]["message"] != "There is nothing at this path"


async def test_every_line_of_ours_is_in_the_table() -> None:
    if not ENDPOINTS:
        absent("../shared is absent: there is no table to compare with")
    listed = {(method, shape(path), version) for method, path, version, _ in ENDPOINTS}
    ours = {(line.method, shape(line.path), version.name) for line in lines() for version in line.versions}
    assert ours - listed == set()
    assert {version for _, _, version in listed - ours} <= {*ABSENT}

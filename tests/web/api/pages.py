"""The OpenAPI page of a node, and good calls held against it."""

import re
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from tests.nodes import Said, Site

from xinfu.web.api import operations

Key = tuple[str, str]
"""Method and path of an operation, as the page writes them."""


class Page:
    """The OpenAPI page, with what it says of each operation."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def check(self, schema: dict[str, Any], value: object) -> None:
        """Raise where `value` does not fit."""
        Draft202012Validator({**schema, "components": self.document["components"]}).validate(value)

    def answer(self, method: str, path: str, said: Said) -> None:
        """Raise where an answer is not what the page says of the operation."""
        responses = self.document["paths"][f"/api/v1{path}"][method.lower()]["responses"]
        assert str(said.status) in responses, (said.status, list(responses))
        content = responses[str(said.status)].get("content")
        if content is None:
            assert said.body == b""
            return
        media = said.headers["content-type"].partition(";")[0]
        described = content[media] if media in content else content["*/*"]
        if "schema" in described:
            self.check(described["schema"], said.json)

    def body(self, method: str, path: str, body: object) -> None:
        """Raise where a body is not what the page says that the operation takes."""
        described = self.document["paths"][f"/api/v1{path}"][method.lower()].get("requestBody")
        assert (described is None) == (body is None), (method, path)
        if described is not None:
            self.check(described["content"]["application/json"]["schema"], body)


async def page_of(site: Site) -> Page:
    """The page as the node gives it."""
    said = await site.send("GET", f"{site.urls['management']}/api/v1/openapi.json")
    assert said.status == 200
    return Page(said.json)


def listed(*areas: str) -> list[Key]:
    """Every operation; those below these first segments of the path where some are named."""
    found = [(each.method, re.sub(r":path\}", "}", each.path)) for each in operations(issuer=True)]
    return [key for key in found if not areas or key[1].split("/")[1] in areas]


class GoodCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that goes well, of the operation `method` `path`."""

    site: Site
    method: str
    path: str
    target: str
    body: Any = None

    @property
    def key(self) -> Key:
        """The operation."""
        return self.method, self.path

    async def made(self, page: Page) -> Said:
        """Make it, and hold body and answer against the page."""
        page.body(self.method, self.path, self.body)
        said = await self.site.api(self.method, self.target, self.body)
        assert said.status < 300, (self.method, self.target, said)
        page.answer(self.method, self.path, said)
        return said


def calling(site: Site, method: str, path: str, id_: str = "", body: Any = None) -> GoodCall:
    """A good call; `id_` stands for `{id}` in the path."""
    return GoodCall(site=site, method=method, path=path, target=path.replace("{id}", id_), body=body)

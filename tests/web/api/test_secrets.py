"""Secrets over `/api/v1`: kept sealed, listed by name, and never given back."""

import json

import pytest
from tests.nodes import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

VALUE = "the value that nobody reads back"


async def test_a_secret_is_kept_replaced_and_forgotten(world: World) -> None:
    site = world.provider
    first = await site.put("/secrets/stores%2Fair", {"value": VALUE})
    again = await site.put("/secrets/stores%2Fair", {"value": VALUE + "!"})
    assert first["id"] == again["id"] == "stores/air"
    assert (first["created"], first["updated"]) <= (again["created"], again["updated"])
    listed = await site.get("/secrets")
    assert [each["id"] for each in listed["items"]] == ["stores/air"]
    assert VALUE not in json.dumps([first, again, listed])
    assert (await site.api("DELETE", "/secrets/stores%2Fair")).status == 204
    assert (await site.get("/secrets"))["items"] == []
    assert (await site.api("DELETE", "/secrets/stores%2Fair")).code == "secret.not-found"


@pytest.mark.parametrize("name", ["a" * 257, "%20a", "a%09b", "%E2%80%8B"])
async def test_a_name_that_nobody_could_read_is_refused(world: World, name: str) -> None:
    said = await world.provider.api("PUT", f"/secrets/{name}", {"value": VALUE})
    assert (said.status, said.code) == (400, "secret.name-invalid")


async def test_a_secret_that_is_not_understood_is_not_repeated(world: World) -> None:
    said = await world.provider.api("PUT", "/secrets/a", {"value": [VALUE]})
    assert said.status == 400
    assert VALUE not in said.body.decode()


async def test_a_secret_lies_sealed_in_the_store(world: World) -> None:
    site = world.provider
    await site.put("/secrets/sealed", {"value": VALUE})
    kept = b"".join(path.read_bytes() for path in site.folder.glob("xinfu.sqlite*"))
    assert b"sealed" in kept
    assert VALUE.encode() not in kept

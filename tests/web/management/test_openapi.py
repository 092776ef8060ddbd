"""The OpenAPI page of the management API is open to read, and says what its lines are."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.web.management.conftest import Api

from xinfu.web.management import lines

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def page(api: Api) -> dict[str, Any]:
    said = await api.send("GET", "/openapi.json", headers={})
    assert said.status == 200
    found: dict[str, Any] = said.json
    return found


async def test_the_page_lists_every_line_in_each_of_its_versions(api: Api) -> None:
    document = await page(api)
    listed = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert document["openapi"] == "3.1.0"
    assert listed == {
        (line.method, f"/{version.name}{line.path}") for line in lines() for version in line.versions
    }
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len({*names}) == len(names)


async def test_a_body_of_v4_has_to_say_what_it_is(api: Api) -> None:
    document = await page(api)
    schema = document["paths"]["/v4/secrets"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    good = {
        "@context": ["https://w3id.org/edc/connector/management/v2"],
        "@type": "Secret",
        "value": "v",
    }
    check = Draft202012Validator(schema)
    assert check.is_valid(good)
    for name in good:
        assert not check.is_valid({key: value for key, value in good.items() if key != name})


@pytest.mark.parametrize(
    ("path", "methods"),
    [("/v4/assets", "POST, PUT"), ("/v4/assets/x%0Ay", "DELETE, GET, HEAD"), ("/v3/edrs", "POST")],
)
async def test_a_path_says_its_methods_without_a_key(api: Api, path: str, methods: str) -> None:
    said = await api.send("OPTIONS", path, headers={})
    assert (said.status, said.headers["Allow"]) == (204, methods)
    refused = await api.send("PATCH", path)
    assert (refused.status, refused.headers["Allow"]) == (405, methods)


async def test_an_id_may_hold_a_line_break(api: Api) -> None:
    await api.good("POST", "/v3/secrets", {"@id": "a\nb", "value": "x"})
    assert (await api.good("GET", "/v3/secrets/a%0Ab"))["value"] == "x"

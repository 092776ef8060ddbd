"""Keys, paths, bodies and small resources of the management API; and that no body makes it fail."""

from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from multidict import CIMultiDict
from tests.web.management.conftest import V4, Api

from xinfu.web.management import lines

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = [(line.method, version.name, line.path, line.takes) for line in lines() for version in line.versions]
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no json": b"{not",
    "an array": b"[]",
    "a number": b"1",
    "null": b"null",
    "an empty object": b"{}",
    "not utf-8": b'{"@type":"\xff"}',
    "deep": b'{"a":' * 400 + b"1" + b"}" * 400,
    "a context of another sort": b'{"@context":7,"@type":{"a":1}}',
    "a lone surrogate": b'{"@context":{"@vocab":"https://w3id.org/edc/v0.0.1/ns/"},"@id":"\\ud800","value":"x"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    ("method", "version", "path", "takes"), LINES, ids=[" ".join(each[:3]) for each in LINES]
)
async def test_no_body_makes_the_api_fail(
    api: Api, method: str, version: str, path: str, takes: str, body: bytes
) -> None:
    said = await api.send(method, f"/{version}{path.format(id='nope')}", body)
    assert said.status < 500, said.body
    if said.status >= 400:
        assert all(set(each) == {"message", "type", "path", "invalidValue"} for each in said.json)


SHAPES: list[Any] = [1, "x", True, [], ["x", "y"], {}, {"@id": "x"}, [[1]], -1, 1e308, "\u0000", "'\"; --"]
NAMES = {
    "Asset": ["@id", "properties", "privateProperties", "dataAddress", "dataplaneMetadata"],
    "PolicyDefinition": ["@id", "policy", "privateProperties"],
    "ContractDefinition": [
        "@id",
        "accessPolicyId",
        "contractPolicyId",
        "assetsSelector",
        "privateProperties",
    ],
    "QuerySpec": ["offset", "limit", "sortField", "sortOrder", "filterExpression"],
    "CatalogRequest": ["counterPartyAddress", "counterPartyId", "protocol", "querySpec"],
    "ContractRequest": ["counterPartyAddress", "protocol", "policy", "callbackAddresses"],
    "TransferRequest": ["counterPartyAddress", "contractId", "protocol", "transferType", "dataDestination"],
    "Secret": ["@id", "value"],
}
PATHS = {
    takes: f"/{version}{path}"
    for method, version, path, takes in LINES
    if version == "v3" and method == "POST"
}


@pytest.mark.parametrize("value", SHAPES, ids=range(len(SHAPES)))
@pytest.mark.parametrize(
    ("takes", "name"), [(takes, name) for takes, names in NAMES.items() for name in names]
)
async def test_no_value_of_a_field_makes_the_api_fail(api: Api, takes: str, name: str, value: Any) -> None:
    whole = {
        "properties": {"a": 1},
        "policy": {"@type": "odrl:Set"},
        "accessPolicyId": "a",
        "contractPolicyId": "b",
        "counterPartyAddress": "http://127.0.0.1:9/2025-1",
        "counterPartyId": "x",
        "protocol": "dataspace-protocol-http:2025-1",
        "contractId": "x",
        "transferType": "HttpData-PULL",
        "value": "v",
        name: value,
    }
    for version in ("v3", "v4"):
        path = PATHS[takes].replace("/v3", f"/{version}", 1)
        said = await api.send("POST", path, {"@type": takes, **whole})
        assert said.status < 500 or (said.status == 502 and said.json[0]["type"] == "BadGateway"), said.body


@pytest.mark.parametrize(
    "headers",
    [
        CIMultiDict({}),
        CIMultiDict({"x-api-key": ""}),
        CIMultiDict({"X-API-KEY": "wrong"}),
        CIMultiDict({"x-api-key": "\u00e9"}),
        CIMultiDict({"Authorization": "Bearer wrong"}),
    ],
    ids=["none", "empty", "wrong", "not ascii", "bearer"],
)
@pytest.mark.parametrize(
    ("method", "version", "path", "takes"), LINES, ids=[" ".join(each[:3]) for each in LINES]
)
async def test_every_line_wants_the_key(
    api: Api, method: str, version: str, path: str, takes: str, headers: CIMultiDict[str]
) -> None:
    said = await api.send(method, f"/{version}{path.format(id='x')}", None, headers=headers)
    assert said.status == 401
    assert said.json[0]["type"] == "AuthenticationFailed"


async def test_the_key_given_twice_is_no_key_and_its_name_has_no_case(api: Api) -> None:
    key = api.site.api_key
    twice = CIMultiDict([("x-api-key", key), ("x-api-key", key)])
    url = f"{api.site.urls['management']}/management/v4/dataplanes"
    async with api.site.session.get(url, headers=twice) as answer:
        assert answer.status == 401
    assert (await api.send("GET", "/v4/dataplanes", headers={"X-API-Key": key})).status == 200


async def test_runs_of_slashes_are_one_and_unknown_queries_are_passed_over(api: Api) -> None:
    for path in (
        "//v4/dataplanes",
        "/v4//dataplanes?",
        "/v4/dataplanes/?x=1",
        "/v4/dataplanes?auto_refresh=True",
    ):
        assert (await api.send("GET", path)).status == 200, path


@pytest.mark.parametrize("id_", ["a/b", "a b", "水泵", "a%2Fb", "a?b#c", "urn:x:1", "a/request"])
async def test_an_id_may_hold_any_character(api: Api, id_: str) -> None:
    made = await api.good("POST", "/v4/secrets", {"@type": "Secret", "@id": id_, "value": "水"})
    assert made["@id"] == id_
    path = f"/v4/secrets/{quote(id_, safe='')}"
    assert (await api.good("GET", path))["value"] == "水"
    await api.good("PUT", "/v4/secrets", {"@type": "Secret", "@id": id_, "value": "new"})
    assert (await api.good("GET", path))["value"] == "new"
    await api.good("DELETE", path)
    assert (await api.send("GET", path)).status == 404


async def test_a_secret_lies_sealed_in_the_store(api: Api) -> None:
    await api.good("POST", "/v3/secrets", {"@id": "sealed", "value": "very-secret-value"})
    store = api.site.node.config.at(api.site.node.config.store.path)
    files = [store, *store.parent.glob(f"{store.name}-*")]
    assert all(b"very-secret-value" not in each.read_bytes() for each in files)


async def test_a_data_plane_registers_and_leaves(api: Api) -> None:
    said = {"dataplaneId": "dp-1", "endpoint": "http://dp.example/v1", "transferTypes": ["HttpData-PULL"]}
    assert (await api.send("PUT", "/v4/dataplanes", said)).status == 200
    listed = await api.good("GET", "/v4/dataplanes")
    assert [each["@id"] for each in listed] == ["provider-embedded", "dp-1"]
    assert listed[1]["allowedTransferTypes"] == ["HttpData-PULL"]
    assert (await api.send("DELETE", "/v4/dataplanes/dp-1")).status == 200
    assert (await api.send("DELETE", "/v4/dataplanes/dp-1")).status == 404


@pytest.mark.parametrize("base", ["/management", "/api"])
async def test_version_and_health_need_no_key(api: Api, base: str) -> None:
    root = api.site.urls["management"] + base
    versions = (await api.site.send("GET", f"{root}/v1/version")).json
    assert [each["urlPath"] for each in versions["management"]] == ["/v3", "/v4"]
    for probe in ("health", "liveness", "readiness", "startup"):
        said = await api.site.send("GET", f"{root}/check/{probe}")
        assert (said.status, said.json["isSystemHealthy"]) == (200, True)


async def test_private_properties_come_back_and_numbers_stay_whole(api: Api) -> None:
    body = {
        "@type": "CatalogAsset",
        "@id": "kept",
        "properties": {"n": 3, "http://purl.org/dc/terms/title": "x"},
        "privateProperties": {"shelf": {"row": 7}},
    }
    await api.good("POST", "/v4/assets", body)
    raw = (await api.send("GET", "/v4/assets/kept")).body
    shown = msgspec.json.decode(raw)
    assert (shown["@type"], shown["properties"]["isCatalog"]) == ("CatalogAsset", True)
    assert b'"n":3,' in raw
    assert shown["properties"]["dct:title"] == "x"
    assert shown["privateProperties"] == {"shelf": {"row": 7}}
    assert shown["@context"] == V4["@context"]

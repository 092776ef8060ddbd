"""QuerySpec over HTTP: every operator and form of a path, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.web.management.conftest import EDC, V4, Api, Pair

pytestmark = pytest.mark.asyncio(loop_scope="module")

DCT = "http://purl.org/dc/terms/"
STOCK: dict[str, dict[str, Any]] = {
    "pump-1": {"name": "Pump 1", "floors": 3, "tags": ["red", "blue"], f"{DCT}type": {"@id": "urn:Pump"}},
    "pump-2": {"name": "pump 2", "floors": 12, "on": True},
    "阀-1": {"name": "阀门", "floors": "3", "nested": {"deep": {"x": 1}}},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stock(pair: Pair) -> AsyncIterator[Api]:
    for id_, properties in STOCK.items():
        body = {
            "@type": "Asset",
            "@id": id_,
            "properties": properties,
            "privateProperties": {"shelf": id_[-1]},
        }
        await pair.provider.good("POST", "/v4/assets", body)
    yield pair.provider


def spec(left: str, operator: str, right: object, **more: object) -> dict[str, Any]:
    criterion = {"@type": "Criterion", "operandLeft": left, "operator": operator, "operandRight": right}
    return {"@type": "QuerySpec", "filterExpression": [criterion], **more}


FOUND: list[tuple[str, str, object, list[str]]] = [
    (f"{EDC}id", "=", "pump-1", ["pump-1"]),
    ("id", "=", "pump-1", ["pump-1"]),
    (f"'{EDC}id'", "=", "阀-1", ["阀-1"]),
    (f"{EDC}name", "=", "Pump 1", ["pump-1"]),
    (f"'{EDC}name'", "=", "Pump 1", ["pump-1"]),
    (f"properties.'{EDC}name'", "=", "Pump 1", ["pump-1"]),
    ("name", "=", "Pump 1", []),
    (f"{EDC}name", "!=", "Pump 1", ["pump-2", "阀-1"]),
    (f"{EDC}on", "!=", "no", ["pump-2"]),
    (f"{EDC}on", "=", "true", ["pump-2"]),
    (f"{EDC}on", "=", True, ["pump-2"]),
    (f"{EDC}floors", "=", 3, ["pump-1"]),
    (f"{EDC}floors", "=", 3.0, ["pump-1"]),
    (f"{EDC}floors", ">", 3, ["pump-2"]),
    (f"{EDC}floors", ">=", 3, ["pump-1", "pump-2"]),
    (f"{EDC}floors", "<", 12, ["pump-1"]),
    (f"{EDC}floors", "<=", "3", ["阀-1"]),
    (f"{EDC}name", "LIKE", "Pump%", ["pump-1"]),
    (f"{EDC}name", "ilike", "PUMP _", ["pump-1", "pump-2"]),
    (f"{EDC}name", "in", ["Pump 1", "阀门"], ["pump-1", "阀-1"]),
    (f"{EDC}name", "Not In", ["Pump 1", "阀门"], ["pump-2"]),
    (f"{EDC}tags", "contains", "blue", ["pump-1"]),
    (f"{EDC}tags", "=", "red", ["pump-1"]),
    (f"'{EDC}tags'[1]", "=", "blue", ["pump-1"]),
    (f"'{DCT}type'.'@id'", "=", "urn:Pump", ["pump-1"]),
    (f"'{EDC}nested'.'{EDC}deep'.'{EDC}x'", "=", 1, ["阀-1"]),
    (f"{EDC}shelf", "=", "2", ["pump-2"]),
    (f"privateProperties.'{EDC}shelf'", "=", "2", ["pump-2"]),
    ("unknown", "=", "x", []),
    ("createdAt", ">", 1_700_000_000_000, ["pump-1", "pump-2", "阀-1"]),
]


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize(
    ("left", "operator", "right", "expected"), FOUND, ids=[f"{n}" for n in range(len(FOUND))]
)
async def test_a_query_finds_what_fits(
    stock: Api, version: str, left: str, operator: str, right: object, expected: list[str]
) -> None:
    said = await stock.send("POST", f"/{version}/assets/request", spec(left, operator, right))
    assert said.status == 200, said.body
    assert [each["@id"] for each in said.json] == expected
    assert said.headers["x-total-count"] == str(len(expected))


async def test_a_page_never_cuts_silently(stock: Api) -> None:
    query = {"@type": "QuerySpec", "limit": 2, "offset": 1, "sortField": f"{EDC}name", "sortOrder": "DESC"}
    said = await stock.send("POST", "/v4/assets/request", query)
    assert [each["@id"] for each in said.json] == ["pump-2", "pump-1"]
    assert said.headers["x-total-count"] == "3"


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown operator": ("assets", spec("id", "~", "x"), "ValidationFailure"),
    "list for one value": ("assets", spec("id", "=", ["a", "b"]), "ValidationFailure"),
    "an object": ("assets", spec("id", "=", {"a": 1}), "ValidationFailure"),
    "leading dot": ("assets", spec(".id", "=", "x"), "InvalidRequest"),
    "trailing dot": ("assets", spec("id.", "=", "x"), "InvalidRequest"),
    "open quote": ("assets", spec("'id.x", "=", "x"), "InvalidRequest"),
    "unknown field": ("transferprocesses", spec("contractAgreementId", "=", "x"), "InvalidRequest"),
    "unknown field of agreements": ("contractagreements", spec("nothing", "=", "x"), "InvalidRequest"),
    "unknown sort": (
        "contractnegotiations",
        {"@type": "QuerySpec", "sortField": "nothing"},
        "InvalidRequest",
    ),
    "zero limit": ("policydefinitions", {"@type": "QuerySpec", "limit": 0}, "ValidationFailure"),
    "lower-case order": (
        "contractdefinitions",
        {"@type": "QuerySpec", "sortOrder": "asc"},
        "ValidationFailure",
    ),
}


@pytest.mark.parametrize("version", ["v3", "v4"])
@pytest.mark.parametrize(("kind", "query", "type_"), REFUSED.values(), ids=REFUSED)
async def test_a_query_that_is_none_is_refused(
    stock: Api, version: str, kind: str, query: dict[str, Any], type_: str
) -> None:
    said = await stock.send("POST", f"/{version}/{kind}/request", query)
    assert said.status == 400, said.body
    assert {each["type"] for each in said.json} == {type_}


KNOWN_FIELDS: dict[str, list[str]] = {
    "policydefinitions": ["id", "createdAt", "policy.assigner", f"privateProperties.'{EDC}p'"],
    "contractdefinitions": [
        "id",
        "accessPolicyId",
        "contractPolicyId",
        "assetsSelector.operandLeft",
        "createdAt",
    ],
    "contractnegotiations": [
        "id",
        "correlationId",
        "counterPartyId",
        "counterPartyAddress",
        "protocol",
        "type",
        "stateTimestamp",
        "createdAt",
        "assetId",
        "contractAgreement.id",
        "contractAgreement.assetId",
        "contractAgreementId",
        "contractOffers.id",
    ],
    "contractagreements": ["id", "agreementId", "assetId", "providerId", "consumerId", "contractSigningDate"],
    "transferprocesses": [
        "id",
        "correlationId",
        "assetId",
        "contractId",
        "transferType",
        "stateTimestamp",
        "type",
    ],
    "edrs": [
        "transferProcessId",
        "agreementId",
        "contractNegotiationId",
        "assetId",
        "providerId",
        "createdAt",
    ],
}


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in KNOWN_FIELDS.items() for field in fields]
)
async def test_a_field_that_clients_ask_by_is_known(stock: Api, kind: str, field: str) -> None:
    assert await stock.good("POST", f"/v3/{kind}/request", spec(field, "=", "nothing")) == []


@pytest.mark.parametrize("right", [1200, "1200", "FINALIZED"])
async def test_a_state_is_asked_for_by_number_or_name(stock: Api, right: object) -> None:
    for kind in ("contractnegotiations", "transferprocesses"):
        assert await stock.good("POST", f"/v4/{kind}/request", spec("state", "=", right)) == []


async def test_a_body_of_nothing_but_a_context_is_an_empty_query(stock: Api) -> None:
    assert len(await stock.good("POST", "/v4/assets/request", V4)) == 3

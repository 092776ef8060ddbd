"""One error, told by each family in its own body (HOUSE 3.11; R-HTTP-04 to R-HTTP-08, A-07)."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from starlette.responses import Response
from tests.dsp.schemas import Schemas

from xinfu import errors
from xinfu.errors import XinfuError
from xinfu.web.problem import catalog_error, negotiation_error, problem, transfer_error, unexpected

Told = Callable[[XinfuError], Response]

STATUSES: dict[str, tuple[type[XinfuError], int, int]] = {
    "input": (errors.InputError, 400, 400),
    "protocol": (errors.ProtocolError, 400, 400),
    "unauthorized": (errors.UnauthorizedError, 401, 404),
    "refused": (errors.RefusedError, 403, 404),
    "not found": (errors.NotFoundError, 404, 404),
    "conflict": (errors.ConflictError, 409, 400),
    "peer": (errors.PeerError, 502, 502),
    "store": (errors.StoreError, 503, 503),
    "integrity": (errors.IntegrityError, 500, 500),
}
FAMILIES: dict[str, tuple[Told, str]] = {
    "negotiation": (negotiation_error, "ContractNegotiationError"),
    "transfer": (transfer_error, "TransferError"),
}


def _made(kind: type[XinfuError]) -> XinfuError:
    return kind(
        "some.code", "It is so.", "如此。", help_en="Do this.", help_zh="请这样做。", facts={"where": "here"}
    )


def _read(response: Response) -> dict[str, Any]:
    return msgspec.json.decode(bytes(response.body), type=dict[str, Any])


@pytest.mark.parametrize(("kind", "status", "_"), STATUSES.values(), ids=STATUSES)
def test_a_problem_has_status_code_both_languages_and_help(
    kind: type[XinfuError], status: int, _: int
) -> None:
    response = problem(_made(kind))
    assert (response.status_code, response.media_type) == (status, "application/problem+json")
    assert _read(response) == {
        "type": "urn:xinfu:error:some.code",
        "title": "It is so.",
        "status": status,
        "code": "some.code",
        "detail": "It is so. Do this.",
        "detail_zh": "如此。 请这样做。",
        "help": "Do this.",
        "help_zh": "请这样做。",
        "facts": {"where": "here"},
    }
    assert (response.headers.get("www-authenticate") == "Bearer") is (status == 401)


@pytest.mark.parametrize(("kind", "_", "status"), STATUSES.values(), ids=STATUSES)
@pytest.mark.parametrize(("told", "type_"), FAMILIES.values(), ids=FAMILIES)
def test_a_family_tells_its_own_error_or_nothing_at_all(
    schemas: Schemas, kind: type[XinfuError], _: int, status: int, told: Told, type_: str
) -> None:
    """404 says nothing; a conflict is 400, never 409 (D-12)."""
    response = told(_made(kind))
    assert response.status_code == status
    if status == 404:
        assert response.body == b""
        return
    body = _read(response)
    assert (body["@type"], body["code"], body["reason"][0]["code"]) == (type_, str(status), "some.code")
    schemas.check(bytes(response.body))


@pytest.mark.parametrize(("kind", "status", "_"), STATUSES.values(), ids=STATUSES)
def test_the_catalog_always_has_a_body(schemas: Schemas, kind: type[XinfuError], status: int, _: int) -> None:
    """R-HTTP-08."""
    response = catalog_error(_made(kind))
    assert (response.status_code, _read(response)["code"]) == (status, str(status))
    schemas.check(bytes(response.body))


def test_a_fault_of_our_own_tells_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    error = unexpected(ValueError("the password is 1234"))
    assert (error.status, error.code) == (500, "node.failed")
    assert "1234" not in str(problem(error).body)
    assert caplog.records[-1].exc_info is not None

"""The native API `/api/v1` on the management listener. It only grows (D-30)."""

from starlette.routing import BaseRoute

from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import Parts
from xinfu.services.vault.vaults import Vaults
from xinfu.web.api import (
    agreements,
    catalogs,
    certificates,
    contexts,
    contract_acts,
    contracts,
    doctor,
    duties,
    events,
    evidence,
    explanations,
    grades,
    negotiations,
    offers,
    payments,
    secrets,
    settings,
    templates,
    transfers,
    vault,
)
from xinfu.web.api.openapi import openapi_route
from xinfu.web.api.operation import Api, Examine, Operation


def operations(*, issuer: bool) -> list[Operation]:
    """Return every operation of the API; an issuer's operations only if the node is an issuer."""
    return [
        *settings.OPERATIONS,
        *certificates.OPERATIONS,
        *contexts.OPERATIONS,
        *secrets.OPERATIONS,
        *offers.OPERATIONS,
        *grades.OPERATIONS,
        *catalogs.OPERATIONS,
        *negotiations.OPERATIONS,
        *agreements.OPERATIONS,
        *contracts.OPERATIONS,
        *contract_acts.OPERATIONS,
        *templates.OPERATIONS,
        *duties.OPERATIONS,
        *payments.OPERATIONS,
        *explanations.OPERATIONS,
        *transfers.OPERATIONS,
        *vault.OPERATIONS,
        *evidence.OPERATIONS,
        *doctor.OPERATIONS,
        *events.OPERATIONS,
        *(settings.ISSUER_OPERATIONS if issuer else []),
    ]


def api_routes(
    parts: Parts,
    keys: KeyCabinet,
    vaults: Vaults,
    *,
    api_key: str,
    issuer: bool,
    limit_bytes: int,
    examine: Examine,
) -> list[BaseRoute]:
    """Return the routes of the native API, including its OpenAPI page."""
    api = Api(parts, keys, vaults, api_key=api_key, limit_bytes=limit_bytes, examine=examine)
    listed = operations(issuer=issuer)
    return [openapi_route(listed), *(api.route(each) for each in listed)]


__all__ = ["api_routes", "operations"]

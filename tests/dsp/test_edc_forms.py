"""Messages as EDC 0.18 sent them: all that are messages are read (D-14)."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xinfu import dsp
from xinfu.dsp import forms
from xinfu.errors import ProtocolError

REFUSED = {
    "05-catalog-wrong-type": "message.field-missing",
    "06-catalog-no-type": "message.field-missing",
    "07-catalog-no-context": "message.context-missing",
    "09-catalog-context-2024": "message.wrong-type",
    "10-catalog-unknown-context": "jsonld.context-unknown",
    "11-catalog-not-json": "message.malformed",
    "12-catalog-empty-body": "message.malformed",
    "32-event-unknown-type": "message.field-invalid",
    "42-request-no-callback": "message.field-conflict",
    "43-request-no-consumer-pid": "message.field-missing",
    "44-request-no-offer": "message.field-missing",
    "49-request-both": "message.field-conflict",
    "64-transfer-request-no-format": "message.field-missing",
    "65-transfer-request-no-agreement": "message.field-missing",
}
"""Recorded requests that were made wrong on purpose, and why we refuse them."""


def exchanges(shared: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((shared / "edc-golden").glob("dsp*/*.json")):
        yield path.stem, json.loads(path.read_text())


def raw(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def test_every_recorded_message_is_read_or_refused_for_its_own_fault(shared: Path) -> None:
    read: Counter[str] = Counter()
    refused = {}
    for name, exchange in exchanges(shared):
        sent = exchange["request"]["body"]
        if sent is None:
            continue
        try:
            read[dsp.read(raw(sent), *forms.TYPES.values()).wire_type] += 1
        except ProtocolError as error:
            refused[name] = error.code
    assert refused == REFUSED
    assert read["ContractRequestMessage"] >= 15
    assert read["ContractAgreementMessage"] >= 12
    assert sum(read.values()) >= 100


def test_every_recorded_answer_that_is_a_message_is_read(shared: Path) -> None:
    read: Counter[str] = Counter()
    for name, exchange in exchanges(shared):
        answer = exchange["response"]["body"]
        if isinstance(answer, dict):
            expected = forms.TYPES[answer["@type"]]
            assert type(dsp.read(raw(answer), expected)) is expected, name
            read[answer["@type"]] += 1
    assert read["Catalog"] >= 11
    assert read["ContractNegotiationError"] >= 18


@pytest.fixture
def recorded(shared: Path) -> dict[str, Any]:
    return dict(exchanges(shared))


def test_the_pull_token_is_found_in_edcs_address(recorded: dict[str, Any]) -> None:
    sent = recorded["v4-transfer-pull-start-02-to-consumer-post-transfers-start"]["request"]["body"]
    address = dsp.read(raw(sent), dsp.TransferStartMessage).data_address
    assert address is not None
    assert (address.url, address.value_of("authType")) == ("http://127.0.0.1:41198/public", "bearer")
    assert (address.authorization or "").startswith("eyJ")
    assert address.redacted().authorization is None


def test_an_offer_without_rules_stands_in_edcs_catalog(recorded: dict[str, Any]) -> None:
    answer = recorded["v4-catalog-01-to-provider-post-catalog-request"]["response"]["body"]
    found = dsp.read(raw(answer), dsp.Catalog)
    offers = {dataset.id: dataset.offers[0] for dataset in found.datasets}
    assert offers["v3-asset-1"].permissions == ()
    assert offers["v4-asset-2"].permissions[0].constraints
    assert found.participant_id == "provider"


def test_an_edc_filter_is_kept_as_it_came(recorded: dict[str, Any]) -> None:
    sent = recorded["13-catalog-filter"]["request"]["body"]
    assert dsp.read(raw(sent), dsp.CatalogRequestMessage).filter == (sent["filter"],)

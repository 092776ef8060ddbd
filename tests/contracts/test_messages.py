"""Bodies of the ten interfaces: types, lengths and mandatory fields exactly as the tables have them."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contracts.samples import NUMBER

from xinfu.contracts import messages, usage
from xinfu.contracts.codes import code_of
from xinfu.contracts.messages import ContractApi
from xinfu.contracts.reading import decode
from xinfu.contracts.usage import UsageApi
from xinfu.errors import InputError, XinfuError

AT = "2025-06-01T12:00:00+08:00"
SIGNED = {"entityId": "91430200MA0000001B", "signature": "x", "signatoryTime": AT}
WHOLE: dict[str, dict[str, Any]] = {
    "contractTemplate": {"templateId": "t", "issuerId": "i", "issuerEntityId": "e"},
    "contractCreate": {
        "contractName": "n",
        "contractAbstract": "a",
        "issueTime": AT,
        "activationTime": AT,
        "endTime": "20251231235959",
        "signMode": "01",
        "issuerId": "i",
        "issuerEntityId": "e",
        "signature": "s",
    },
    "contractNegotiate": {
        "contractName": "n",
        "contractId": NUMBER,
        "strategy": {},
        "signatureList": [SIGNED],
    },
    "contractRegistrate": {
        "contractName": "n",
        "contractId": NUMBER,
        "strategy": {},
        "signatoryEntities": [{"signatoryEntityId": "e", "signatoryEntityName": "n", "signature": "s"}],
        "signatoryTime": AT,
        "contractExpansionItem": "{}",
    },
    "contractExecution": {
        "contractName": "n",
        "contractId": NUMBER,
        "strategy": {},
        "executedStrategy": {
            "executedStrategyId": "s",
            "executedActions": ["read"],
            "executionResult": "ok",
            "executionDetails": "d",
        },
        "reportTime": AT,
    },
    "contractTerminate": {
        "contractName": "n",
        "contractId": NUMBER,
        "issueTime": AT,
        "terminateType": "02",
        "activationTime": AT,
        "scheduledEndTime": AT,
        "agreedEndTime": AT,
        "issuerId": "i",
        "issuerEntityId": "e",
        "signature": "s",
    },
    "strategySend": {
        "contractId": NUMBER,
        "strategyId": "s",
        "strategyVersion": "v",
        "transactionExecutionStrategy": {},
        "expansionItem": {},
        "issuedAt": AT,
        "signature": "s",
    },
    "executionFeedback": {
        "connectorId": "c",
        "contractId": NUMBER,
        "strategyId": "s",
        "result": "allowed",
        "timestamp": AT,
        "details": {},
        "signature": "s",
    },
    "abnormalTermination": {
        "connectorId": "c",
        "terminationId": "t",
        "contractId": NUMBER,
        "strategyId": "s",
        "reason": "r",
        "triggeredBy": "provider",
        "timestamp": AT,
    },
    "fulfillmentProof": {
        "proofId": "p",
        "contractId": NUMBER,
        "strategyId": "s",
        "log": [],
        "timestamp": AT,
        "signature": "s",
    },
}
KINDS: dict[str, type[msgspec.Struct]] = {
    **{api.value: kind for api, kind in messages.REQUESTS.items()},
    **{api.value: kind for api, kind in usage.REQUESTS.items()},
}
TABLES = [
    *(("digital-contract.md", f"`/{api.value}`", api.value) for api in ContractApi),
    *(("usage-control.md", f"`/{api.value}`", api.value) for api in UsageApi),
]


def read(name: str, body: Any) -> msgspec.Struct:
    return decode(json.dumps(body).encode(), KINDS[name])


def listed(shared: Path, page: str, title: str) -> dict[str, tuple[str, str]]:
    """Field -> length and M or O, of the request, as the table of a section has them."""
    text = (shared / "standards" / page).read_text(encoding="utf-8")
    section = re.split(r"\n#{2,3} ", text.split(f"### 5.{_number(title)} ", 1)[1])[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if "| req |" in line
    ]
    return {re.findall(r"`([^`]+)`", row[1])[0]: (row[3], row[4]) for row in rows}


def _number(title: str) -> str:
    name = title.strip("`/")
    contract = ["contractTemplate", "contractCreate", "", "contractNegotiate", "contractRegistrate"]
    contract += ["contractExecution", "contractTerminate"]
    listed_ = contract if name in contract else [api.value for api in UsageApi]
    return str(listed_.index(name) + 1)


@pytest.mark.parametrize(("page", "title", "name"), TABLES, ids=[name for _, _, name in TABLES])
def test_fields_lengths_and_duties_are_those_of_the_tables(
    shared: Path, page: str, title: str, name: str
) -> None:
    for path, (length, duty) in listed(shared, page, title).items():
        if path.startswith("strategy"):
            continue
        mandatory = duty.startswith("M")
        assert _accepts(name, _without(WHOLE[name], path)) is not mandatory, (path, duty)
        if length.isdecimal():
            assert _accepts(name, _with(WHOLE[name], path, "x" * (int(length) + 1))) is False, (path, length)


def _accepts(name: str, body: Any) -> bool:
    try:
        read(name, body)
    except InputError:
        return False
    return True


def _steps(path: str) -> list[str]:
    return path.replace("[]", "").split(".")


def _without(body: Any, path: str) -> Any:
    return _changed(body, path, lambda inner, key: inner.pop(key, None))


def _with(body: Any, path: str, value: str) -> Any:
    return _changed(body, path, lambda inner, key: inner.__setitem__(key, value))


def _changed(body: Any, path: str, change: Any) -> Any:
    copy = json.loads(json.dumps(body))
    inner = copy
    *above, key = _steps(path)
    for step in above:
        inner = inner[step]
        inner = inner[0] if isinstance(inner, list) else inner
    change(inner, key)
    return copy


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_body_is_read_and_comes_back(name: str) -> None:
    found = read(name, WHOLE[name])
    assert json.loads(msgspec.json.encode(found)) == WHOLE[name]


@pytest.mark.parametrize("name", WHOLE)
def test_unknown_fields_are_passed_over(name: str) -> None:
    assert read(name, WHOLE[name] | {"new": 1}) == read(name, WHOLE[name])


@pytest.mark.parametrize(
    ("body", "code", "theirs"),
    [
        (b"", "contract.body-empty", "206004"),
        (b"{", "contract.body-malformed", "206008"),
        (b'{"a":1,"a":2}', "contract.body-malformed", "206008"),
        (b"NaN", "contract.body-malformed", "206008"),
        (b"[]", "contract.field-format", "206002"),
        (
            json.dumps(WHOLE["contractCreate"] | {"contractName": ""}).encode(),
            "contract.field-missing",
            "206001",
        ),
        (
            json.dumps(WHOLE["contractCreate"] | {"contractName": "x" * 129}).encode(),
            "contract.field-length",
            "206003",
        ),
        (
            json.dumps(WHOLE["contractCreate"] | {"contractName": 1}).encode(),
            "contract.field-format",
            "206002",
        ),
        (
            json.dumps(WHOLE["contractCreate"] | {"signMode": "03"}).encode(),
            "contract.field-format",
            "206002",
        ),
        (
            json.dumps(WHOLE["contractCreate"] | {"endTime": "2025-06-01"}).encode(),
            "contract.moment",
            "206002",
        ),
        (b"[" * 100_000, "contract.body-malformed", "206008"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "policy.too-large", "206003"),
    ],
    ids=["empty", "cut", "twice", "nan", "array", "blank", "long", "number", "mode", "date", "bomb", "deep"],
)
def test_a_fault_has_our_code_and_theirs(body: bytes, code: str, theirs: str) -> None:
    with pytest.raises(XinfuError) as told:
        decode(body, messages.CreateRequest)
    assert (told.value.code, code_of(told.value)) == (code, theirs)


def test_an_early_end_names_the_end_that_was_agreed() -> None:
    body = {**WHOLE["contractTerminate"], "terminateType": "01"}
    read("contractTerminate", body)
    del body["agreedEndTime"]
    with pytest.raises(InputError) as told:
        read("contractTerminate", body)
    assert told.value.facts == {"field": "agreedEndTime"}


def test_the_misprinted_type_of_an_end_is_read() -> None:
    body = dict(WHOLE["contractTerminate"])
    body["erminateType"] = body.pop("terminateType")
    assert read("contractTerminate", body) == read("contractTerminate", WHOLE["contractTerminate"])


def test_a_filing_that_is_done_has_a_code() -> None:
    with pytest.raises(InputError):
        decode(b'{"status":"0"}', messages.RegistrateAnswer)
    assert decode(b'{"status":"1"}', messages.RegistrateAnswer).contract_hash is None


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_any_bytes_give_a_message_or_a_named_fault(body: bytes) -> None:
    for kind in KINDS.values():
        try:
            decode(body, kind)
        except XinfuError as error:
            assert len(code_of(error)) == 6  # noqa: PT017

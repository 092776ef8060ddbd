"""Reading the compact form, and writing the one that the schemas demand."""

import json
from typing import Any

import msgspec
import pytest
from tests.dsp.samples import (
    BOTH,
    agreement,
    catalog,
    cn_message,
    every_message,
    first_request,
    offer,
    transfer_request,
)
from tests.dsp.schemas import ROOTS, Schemas

from xinfu import dsp
from xinfu.dsp import forms
from xinfu.dsp.negotiation import Kind
from xinfu.errors import InputError, ProtocolError

MESSAGES = every_message()
NAMES = [f"{number}-{message.wire_type}" for number, message in enumerate(MESSAGES)]


def body(**members: Any) -> bytes:
    document = {"@context": [dsp.DSP_CONTEXT], "@type": "ContractAgreementVerificationMessage"} | members
    return json.dumps(document).encode()


def fault(raw: bytes, *expected: type[dsp.Message]) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        dsp.read(raw, *(expected or (dsp.ContractAgreementVerificationMessage,)))
    assert caught.value.status == 400
    return caught.value


PIDS = {"consumerPid": "urn:uuid:c", "providerPid": "urn:uuid:p"}


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_what_we_write_validates_under_the_published_schema(message: dsp.Message, schemas: Schemas) -> None:
    schemas.check(dsp.write(message))


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_what_we_write_is_read_back_as_it_was(message: dsp.Message) -> None:
    assert dsp.read(dsp.write(message), type(message)) == message


def test_every_type_has_a_sample_and_a_schema() -> None:
    assert {message.wire_type for message in MESSAGES} == set(ROOTS)
    assert set(forms.TYPES) | {"VersionResponse"} == set(ROOTS)


@pytest.mark.parametrize("message", MESSAGES, ids=NAMES)
def test_the_context_is_written_as_one_array_r_gen_02(message: dsp.Message) -> None:
    document = json.loads(dsp.write(message))
    expected = None if isinstance(message, dsp.VersionResponse) else [dsp.DSP_CONTEXT]
    assert document.get("@context") == expected


def test_unknown_members_are_passed_over_r_gen_05() -> None:
    found = dsp.read(body(**PIDS, more={"a": [1]}), dsp.ContractAgreementVerificationMessage)
    assert found.consumer_pid == "urn:uuid:c"


@pytest.mark.parametrize(
    "context",
    [
        dsp.DSP_CONTEXT,
        [dsp.DSP_CONTEXT, "https://w3id.org/edc/dspace/v0.0.1"],
        ["https://example.org/own.jsonld", dsp.DSP_CONTEXT],
    ],
    ids=["string", "edc-beside", "own-before"],
)
def test_a_context_of_strings_with_the_dsp_one_is_plain_t_08(context: object) -> None:
    raw = body(**PIDS, **{"@context": context})
    assert dsp.read(raw, dsp.ContractAgreementVerificationMessage).provider_pid == "urn:uuid:p"


@pytest.mark.parametrize("key", ["consumerPid", "providerPid"])
@pytest.mark.parametrize("value", [None, "absent"])
def test_a_missing_member_is_named_r_gen_08(key: str, value: str | None) -> None:
    members = {name: pid for name, pid in PIDS.items() if name != key} | (
        {key: None} if value is None else {}
    )
    error = fault(body(**members))
    assert (error.code, error.facts) == ("message.field-missing", {"field": key})


@pytest.mark.parametrize("value", [5, True, {}, [], ["a", "b"], {"@list": ["a"]}])
def test_a_pid_that_is_no_text_is_refused(value: object) -> None:
    error = fault(body(**(PIDS | {"consumerPid": value})))
    assert (error.code, error.facts) == ("message.field-invalid", {"field": "consumerPid"})


@pytest.mark.parametrize(
    "raw", [b"", b"{nope", b"[]", b'"text"', b"12", b"\xff\xfe", b'{"a":1}{"b":2}', b"null"]
)
def test_what_is_no_json_object_is_malformed_a_06(raw: bytes) -> None:
    assert fault(raw).code in ("message.malformed", "jsonld.not-one-node")


@pytest.mark.parametrize("kind", ["ContractRequestMessage", "Nonsense", "dspace:Nonsense"])
def test_another_type_than_expected_is_refused_a_06(kind: str) -> None:
    error = fault(body(**PIDS, **{"@type": kind}))
    assert error.code in ("message.wrong-type", "jsonld.not-one-node")


def test_a_body_without_context_is_refused_r_gen_03() -> None:
    raw = json.dumps({"@type": "ContractAgreementVerificationMessage", **PIDS}).encode()
    assert fault(raw).code == "message.context-missing"


def test_a_root_dataset_may_lack_its_type_r_gen_03() -> None:
    document = json.loads(dsp.write(catalog().datasets[0]))
    del document["@type"]
    assert dsp.read(json.dumps(document).encode(), dsp.Dataset) == catalog().datasets[0]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "message.field-conflict"),
        ({"callbackAddress": "https://c", "providerPid": "urn:p"}, "message.field-conflict"),
        ({"providerPid": "urn:p"}, None),
        ({"callbackAddress": "https://c"}, None),
    ],
    ids=["neither", "both", "follow-up", "initial"],
)
def test_a_request_has_one_of_callback_and_provider_pid(members: dict[str, str], code: str | None) -> None:
    shown = {"@id": "urn:o", "@type": "Offer", "permission": [{"action": "use"}], "target": "urn:d"}
    raw = body(**{"@type": "ContractRequestMessage"}, consumerPid="urn:c", offer=shown, **members)
    if code is None:
        assert dsp.read(raw, dsp.ContractRequestMessage).consumer_pid == "urn:c"
    else:
        assert fault(raw, dsp.ContractRequestMessage).code == code


@pytest.mark.parametrize("word", ["ACCEPTED", "dspace:FINALIZED", "https://w3id.org/dspace/2025/1/ACCEPTED"])
def test_an_event_is_read_with_and_without_its_prefix(word: str) -> None:
    raw = body(**PIDS, **{"@type": "ContractNegotiationEventMessage"}, eventType=word)
    found = dsp.read(raw, dsp.ContractNegotiationEventMessage)
    assert found.event_type.value == word.rpartition("/")[2].removeprefix("dspace:")


@pytest.mark.parametrize("word", ["REQUESTED", "NONSENSE", "accepted", ""])
def test_an_event_of_another_word_is_refused(word: str) -> None:
    raw = body(**PIDS, **{"@type": "ContractNegotiationEventMessage"}, eventType=word)
    assert fault(raw, dsp.ContractNegotiationEventMessage).code == "message.field-invalid"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("why", ("why",)), (["a", {"message": "b"}], ("a", {"message": "b"})), ([], ()), (None, ())],
)
def test_a_reason_may_be_any_json_t_03(reason: object, expected: tuple[object, ...]) -> None:
    raw = body(**PIDS, **{"@type": "ContractNegotiationTerminationMessage"}, reason=reason)
    assert dsp.read(raw, dsp.ContractNegotiationTerminationMessage).reason == expected


def test_an_error_without_pids_is_read_t_02() -> None:
    raw = body(**{"@type": "TransferError"}, code=404, reason="nope")
    found = dsp.read(raw, dsp.TransferError)
    assert (found.provider_pid, found.code, found.reason) == ("", "404", ("nope",))


def test_where_data_is_declared_to_be_used_goes_over_the_wire_and_back() -> None:
    written = dsp.write(transfer_request(environment="01"))
    assert json.loads(written)["xinfu:executionEnv"] == "01"
    assert dsp.read(written, dsp.TransferRequestMessage).environment == "01"


def test_the_declared_purpose_goes_over_the_wire() -> None:
    document = json.loads(dsp.write(first_request(purpose="research")))
    assert document["xinfu:purpose"] == "research"


@pytest.mark.parametrize(
    ("text", "year_and_offset"),
    [
        ("2025-01-01T01:00:00Z", (2025, 0)),
        ("2025-01-01T01:00:00.123Z", (2025, 0)),
        ("2025-01-01T01:00:00+08:00", (2025, 8)),
        ("2025-01-01T01:00:00", (2025, 0)),
    ],
)
def test_a_timestamp_is_read_with_fraction_and_offset_r_pol_05(
    text: str, year_and_offset: tuple[int, int]
) -> None:
    document = json.loads(dsp.write(cn_message(Kind.AGREE)))
    document["agreement"]["timestamp"] = text
    stamp = dsp.read(json.dumps(document).encode(), dsp.ContractAgreementMessage).agreement.timestamp
    offset = stamp.utcoffset() if stamp else None
    assert stamp is not None
    assert offset is not None
    assert (stamp.year, offset.total_seconds() / 3600) == year_and_offset


@pytest.mark.parametrize(
    "text", ["yesterday", "2025-01-01T01:00Z", "2025-13-01T01:00:00Z", "x2025-01-01T01:00:00Z"]
)
def test_a_timestamp_that_is_none_is_refused_r_pol_05(text: str) -> None:
    document = json.loads(dsp.write(cn_message(Kind.AGREE)))
    document["agreement"]["timestamp"] = text
    error = fault(json.dumps(document).encode(), dsp.ContractAgreementMessage)
    assert error.facts == {"field": "agreement.timestamp"}


def test_a_timestamp_may_be_absent_r_pol_04() -> None:
    document = json.loads(dsp.write(cn_message(Kind.AGREE)))
    del document["agreement"]["timestamp"]
    assert dsp.read(json.dumps(document).encode(), dsp.ContractAgreementMessage).agreement.timestamp is None


def test_a_timestamp_is_written_in_utc_with_seconds_r_pol_05() -> None:
    document = json.loads(dsp.write(cn_message(Kind.AGREE)))
    assert document["agreement"]["timestamp"] == "2026-11-24T12:00:00Z"


@pytest.mark.parametrize("key", ["@id", "target", "assigner", "assignee"])
def test_an_agreement_names_itself_its_target_and_both_parties_r_pol_03(key: str) -> None:
    document = json.loads(dsp.write(cn_message(Kind.AGREE)))
    del document["agreement"][key]
    error = fault(json.dumps(document).encode(), dsp.ContractAgreementMessage)
    assert (error.code, error.facts["field"]) == ("message.field-missing", f"agreement.{key}")


def test_an_offer_without_rules_is_read_and_permits_nothing_d_14() -> None:
    document = json.loads(dsp.write(first_request()))
    del document["offer"]["permission"]
    found = dsp.read(json.dumps(document).encode(), dsp.ContractRequestMessage)
    assert found.offer.permissions == ()


def test_an_unknown_empty_member_of_a_rule_says_nothing() -> None:
    document = json.loads(dsp.write(first_request()))
    document["offer"]["permission"][0] |= {"constraints": [], "remark": None}
    assert dsp.read(json.dumps(document).encode(), dsp.ContractRequestMessage).offer == offer()


def test_an_unknown_member_with_content_stays_in_the_rule_d_14() -> None:
    document = json.loads(dsp.write(first_request()))
    document["offer"]["permission"][0]["constraints"] = [{"leftOperand": "count"}]
    found = dsp.read(json.dumps(document).encode(), dsp.ContractRequestMessage)
    assert [kept.key for kept in found.offer.permissions[0].unread] == ["constraints"]


def test_an_empty_logical_constraint_is_not_lost() -> None:
    document = json.loads(dsp.write(first_request()))
    document["offer"]["permission"][0]["constraint"] = [{"or": []}]
    found = dsp.read(json.dumps(document).encode(), dsp.ContractRequestMessage)
    assert len(found.offer.permissions[0].constraints) == 1


REFINEMENT = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"}


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        ({}, "neither permission nor prohibition"),
        ({"obligation": [{"action": "inform"}]}, "neither permission nor prohibition"),
        ({"permission": [{"action": {"@id": "use", "refinement": [REFINEMENT]}}]}, "no plain action"),
        ({"permission": ["use"]}, "no plain action"),
        ({"permission": [{"action": "use", "target": "urn:other"}]}, "target of its own"),
        (
            {
                "permission": [
                    {
                        "action": "use",
                        "constraint": [
                            {"leftOperand": "count", "operator": "term-lteq", "rightOperand": "5"}
                        ],
                    }
                ]
            },
            "operator",
        ),
        ({"permission": [{"action": "use", "constraint": [{"leftOperand": "count"}]}]}, "operator"),
        ({"permission": [{"action": "use", "constraint": ["x"]}]}, "not an object"),
    ],
    ids=["empty", "duty-alone", "refined", "text", "target", "operator", "atomic", "constraint"],
)
def test_a_policy_that_the_schema_forbids_is_not_sent(rules: dict[str, Any], place: str) -> None:
    document = {"@id": "urn:o", "target": "urn:d", **rules}
    message = first_request(offer=dsp.read(_request_with(document), dsp.ContractRequestMessage).offer)
    with pytest.raises(InputError, match=place) as caught:
        dsp.write(message)
    assert caught.value.code == "message.unwritable"


def _request_with(document: dict[str, Any]) -> bytes:
    return body(
        **{"@type": "ContractRequestMessage"}, consumerPid="c", callbackAddress="https://c", offer=document
    )


@pytest.mark.parametrize("changes", [{"callback_address": None}, {"provider_pid": "urn:uuid:p"}])
def test_a_request_with_both_or_neither_address_is_not_sent(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="exactly one"):
        dsp.write(first_request(**changes))


def test_an_offer_without_target_is_not_sent_r_pol_07() -> None:
    with pytest.raises(InputError, match="no target"):
        dsp.write(first_request(offer=offer(target=None)))


def test_an_agreement_without_timestamp_is_not_sent_r_pol_04() -> None:
    bare = msgspec.structs.replace(agreement(), timestamp=None)
    with pytest.raises(InputError, match="timestamp"):
        dsp.write(dsp.ContractAgreementMessage(**BOTH, agreement=bare))


def test_a_number_on_the_right_goes_out_as_text_r_pol_11() -> None:
    limited = offer(
        permission=[
            {"action": "use", "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": 5}]}
        ]
    )
    document = json.loads(dsp.write(first_request(offer=limited)))
    assert document["offer"]["permission"][0]["constraint"][0]["rightOperand"] == "5"


def test_the_digest_ignores_spaces_and_order_r_idm_02() -> None:
    assert dsp.digest(b'{"a":1,"b":[1,2]}') == dsp.digest(b'{ "b": [1, 2],\n "a": 1 }')
    assert dsp.digest(b'{"a":1,"b":[1,2]}') != dsp.digest(b'{"a":1,"b":[2,1]}')


def test_errors_speak_both_languages() -> None:
    error = fault(body(consumerPid="c"))
    assert "providerPid" in error.sentence("en")
    assert "缺少 providerPid" in error.sentence("zh")

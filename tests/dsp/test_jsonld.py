"""Legal JSON-LD that is not the compact form, and JSON-LD that wants something else."""

import json
import socket
from typing import Any

import pytest
from tests.dsp.samples import address, agreement, catalog, cn_message, first_request, offer, transfer_request

from xinfu import dsp
from xinfu.dsp.negotiation import Kind
from xinfu.errors import ProtocolError

DSPACE = "https://w3id.org/dspace/2025/1/"
ODRL = "http://www.w3.org/ns/odrl/2/"
PREFIXES = {"dspace": DSPACE, "odrl": ODRL, "dct": "http://purl.org/dc/terms/"}


def plain(message: dsp.Message) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dsp.write(message))
    return found


def read(document: object, cls: type[dsp.Message]) -> dsp.Message:
    return dsp.read(json.dumps(document).encode(), cls)


def refusal(document: object, cls: type[dsp.Message] = dsp.ContractRequestMessage) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        read(document, cls)
    assert caught.value.status == 400
    return caught.value


PREFIXED = {
    "@context": PREFIXES,
    "@type": "dspace:ContractRequestMessage",
    "dspace:consumerPid": {"@id": "urn:uuid:32541fe6-c580-409e-85a8-8a9a32fbe833"},
    "dspace:callbackAddress": "https://consumer.example/dsp",
    "dspace:offer": {
        "@id": "urn:uuid:0ffe4",
        "@type": "odrl:Offer",
        "odrl:target": {"@id": "urn:uuid:3dd1add8-4d2d-569e-d634-8394a8836a88"},
        "odrl:permission": {
            "odrl:action": {"@id": "odrl:use"},
            "odrl:constraint": {
                "odrl:leftOperand": {"@id": "odrl:dateTime"},
                "odrl:operator": {"@id": "odrl:lteq"},
                "odrl:rightOperand": "2027-01-01T00:00:00Z",
            },
        },
    },
}


def expanded(value: Any) -> Any:
    """The document written out with full IRIs, values in arrays, and no context."""
    if isinstance(value, list):
        return [expanded(each) for each in value]
    if not isinstance(value, dict):
        return value if str(value).startswith("urn:") else {"@value": value}
    full = {}
    for key, item in value.items():
        if key == "@context":
            continue
        name = key
        for prefix, iri in PREFIXES.items():
            name = name.replace(f"{prefix}:", iri)
        if key == "@id":
            full[name] = item.replace("odrl:", ODRL)
        elif key == "@type":
            full[name] = [item.replace("dspace:", DSPACE).replace("odrl:", ODRL)]
        else:
            full[name] = [expanded(item)]
    return full


def test_prefixed_names_say_the_same() -> None:
    assert read(PREFIXED, dsp.ContractRequestMessage) == first_request()


def test_expanded_json_ld_says_the_same() -> None:
    assert read([expanded(PREFIXED)], dsp.ContractRequestMessage) == first_request()
    assert read(expanded(PREFIXED), dsp.ContractRequestMessage) == first_request()


def test_a_vocabulary_as_default_says_the_same() -> None:
    document = {
        "@context": {"@vocab": DSPACE},
        "@type": "ContractAgreementVerificationMessage",
        "consumerPid": {"@id": "urn:c"},
        "providerPid": {"@id": "urn:p"},
    }
    found = read(document, dsp.ContractAgreementVerificationMessage)
    assert found == dsp.ContractAgreementVerificationMessage(consumer_pid="urn:c", provider_pid="urn:p")


def test_own_names_for_terms_say_the_same() -> None:
    document = {
        "@context": [
            dsp.DSP_CONTEXT,
            {"kind": "@type", "who": {"@id": f"{DSPACE}consumerPid", "@type": "@id"}},
        ],
        "kind": "ContractAgreementVerificationMessage",
        "who": "urn:c",
        "providerPid": "urn:p",
    }
    assert read(document, dsp.ContractAgreementVerificationMessage) == (
        dsp.ContractAgreementVerificationMessage(consumer_pid="urn:c", provider_pid="urn:p")
    )


def test_a_type_in_an_array_says_the_same() -> None:
    document = plain(cn_message(Kind.VERIFY))
    document["@type"] = [document["@type"]]
    assert read(document, dsp.ContractAgreementVerificationMessage) == cn_message(Kind.VERIFY)


@pytest.mark.parametrize(
    "message",
    [
        first_request(purpose="research"),
        cn_message(Kind.AGREE),
        cn_message(Kind.ACCEPT),
        transfer_request(data_address=address()),
        dsp.CatalogRequestMessage(filter=({"@type": "QuerySpec", "limit": 1},)),
        dsp.ContractNegotiationTerminationMessage(
            consumer_pid="urn:c", provider_pid="urn:p", code="1", reason=({"message": "why"}, "text")
        ),
        catalog(),
        catalog().datasets[0],
    ],
    ids=lambda message: message.wire_type,
)
def test_our_messages_survive_json_ld_processing_t_15(message: dsp.Message) -> None:
    document = plain(message)
    document["@context"] = [*document["@context"], {"own": "https://example.org/own#"}]
    assert read(document, type(message)) == message


@pytest.mark.parametrize(
    "constraint",
    [
        {"and": [{"leftOperand": "count", "operator": "lteq", "rightOperand": "5"}]},
        {"or": [{"and": [{"leftOperand": "partner", "operator": "eq", "rightOperand": "gold"}]}]},
        {"leftOperand": "spatial", "operator": "isAnyOf", "rightOperand": ["CN-43", "CN-44"]},
        {
            "leftOperand": "count",
            "operator": "lteq",
            "rightOperand": {"@value": "5", "@type": "http://www.w3.org/2001/XMLSchema#integer"},
        },
    ],
    ids=["and-of-one", "nested", "list", "typed"],
)
def test_constraints_survive_json_ld_processing_t_15(constraint: dict[str, Any]) -> None:
    message = first_request(offer=offer(permission=[{"action": "use", "constraint": [constraint]}]))
    document = plain(message)
    document["@context"] = [*document["@context"], {"own": "https://example.org/own#"}]
    assert read(document, dsp.ContractRequestMessage) == message


def test_terms_outside_the_context_stay_as_they_are_t_17() -> None:
    document = plain(transfer_request(format="HttpData-PULL"))
    document["@context"] = [*document["@context"], {"own": "https://example.org/own#"}]
    found = read(document, dsp.TransferRequestMessage)
    assert isinstance(found, dsp.TransferRequestMessage)
    assert found.format == "HttpData-PULL"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every attempt to open a socket is noted and fails."""
    attempts: list[object] = []

    def refuse(*args: object, **_: object) -> None:
        attempts.append(args)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return attempts


FOREIGN = "https://attacker.example/context.jsonld"
HIDDEN = [
    {**plain(cn_message(Kind.VERIFY)), "@context": FOREIGN},
    {**plain(cn_message(Kind.VERIFY)), "@context": [{"a": "https://a.example/"}, FOREIGN]},
    {**plain(cn_message(Kind.VERIFY)), "more": {"@context": FOREIGN}},
    {**plain(cn_message(Kind.VERIFY)), "more": {"@context": [FOREIGN]}},
    {
        **plain(cn_message(Kind.VERIFY)),
        "@context": [dsp.DSP_CONTEXT, {"a": {"@id": "b:a", "@context": FOREIGN}}],
    },
    {
        **plain(cn_message(Kind.VERIFY)),
        "@context": [
            dsp.DSP_CONTEXT,
            {"a": {"@id": "b:a", "@context": {"c": {"@id": "d:c", "@context": [FOREIGN]}}}},
        ],
    },
    {**plain(cn_message(Kind.VERIFY)), "@context": [{"a": "b:a"}, "relative.jsonld"]},
    {**plain(cn_message(Kind.VERIFY)), "@context": [{"a": "b:a"}, "file:///etc/passwd"]},
]


@pytest.mark.parametrize("document", HIDDEN, ids=range(len(HIDDEN)))
def test_an_unknown_context_is_an_error_and_is_never_fetched_o6(
    document: dict[str, Any], no_network: list[object]
) -> None:
    assert refusal(document, dsp.ContractAgreementVerificationMessage).code == "jsonld.context-unknown"
    assert no_network == []


@pytest.mark.parametrize(
    "context",
    [
        {"@import": dsp.DSP_CONTEXT},
        {"a": {"@id": "b:a", "@context": {"@import": "https://attacker.example/"}}},
    ],
    ids=["root", "scoped"],
)
def test_an_import_is_refused_o6(context: dict[str, Any], no_network: list[object]) -> None:
    document = {**plain(cn_message(Kind.VERIFY)), "@context": [dsp.DSP_CONTEXT, context]}
    assert refusal(document, dsp.ContractAgreementVerificationMessage).code == "jsonld.import"
    assert no_network == []


@pytest.mark.parametrize(
    "context",
    [
        {"odrl": "https://attacker.example/"},
        {"ContractRequestMessage": "https://attacker.example/x"},
        {"ACCEPTED": "https://attacker.example/x"},
    ],
    ids=["prefix", "type", "state"],
)
def test_a_protected_term_cannot_be_redefined_r_gen_06(context: dict[str, Any]) -> None:
    error = refusal({**plain(first_request()), "@context": [dsp.DSP_CONTEXT, context]})
    assert (error.code, error.facts["reason"]) == ("jsonld.invalid", "protected term redefinition")


@pytest.mark.parametrize("where", ["offer", "rule"])
@pytest.mark.parametrize(
    "context",
    [
        {"permission": f"{ODRL}prohibition"},
        {"action": f"{ODRL}duty"},
        None,
        {"odrl": "https://attacker.example/"},
    ],
    ids=["permission", "action", "null", "prefix"],
)
def test_a_context_inside_an_offer_cannot_change_its_meaning_o6(where: str, context: object) -> None:
    document = plain(first_request())
    inner = document["offer"] if where == "offer" else document["offer"]["permission"][0]
    inner["@context"] = context
    assert refusal(document).code == "jsonld.invalid"


def test_a_harmless_context_inside_is_processed() -> None:
    document = plain(first_request())
    document["offer"]["@context"] = {"own": "https://example.org/own#"}
    assert read(document, dsp.ContractRequestMessage) == first_request()


@pytest.mark.parametrize(
    "document",
    [
        [],
        [{}, {}],
        [expanded(PREFIXED), expanded(PREFIXED) | {"@id": "urn:x"}],
        {
            "@context": PREFIXES,
            "@graph": [{"@type": "dspace:ContractRequestMessage"}, {"@type": "dspace:Catalog"}],
        },
        {"@context": PREFIXES, "dspace:consumerPid": "urn:c"},
    ],
    ids=["empty", "empties", "two", "graph", "untyped"],
)
def test_a_body_is_exactly_one_message(document: object) -> None:
    assert refusal(document).code in ("jsonld.not-one-node", "message.context-missing")


@pytest.mark.parametrize(
    "document",
    [
        {"@context": {"a": 5}, "@type": "x:y"},
        {"@context": 5, "@type": "x:y"},
        {"@context": {"@version": 2}, "@type": "x:y"},
        {"@context": {"a": "b", "b": "a"}, "@type": "x:y", "a": 1},
        {"@context": PREFIXES, "@type": {"a": 1}},
        {"@context": PREFIXES, "@type": "dspace:Catalog", "@id": 5},
        {"@context": PREFIXES, "@type": "dspace:Catalog", "dct:title": {"@value": {"a": 1}}},
        {"@context": {"@propagate": 1}, "@type": "x:y"},
        {"@context": {"@vocab": []}, "@type": "x:y"},
        {"@context": {"a": {"@id": "b:a", "@container": ["@x"]}}, "@type": "x:y", "a": 1},
        {"@context": {"a": {"@reverse": 5}}, "@type": "x:y"},
    ],
    ids=range(11),
)
def test_illegal_json_ld_is_refused_with_its_reason(document: object) -> None:
    assert refusal(document).code in ("jsonld.invalid", "message.context-missing", "message.wrong-type")


def test_the_agreement_is_the_same_by_either_way() -> None:
    document = plain(cn_message(Kind.AGREE))
    document["@context"] = [*document["@context"], {"own": "https://example.org/own#"}]
    found = read(document, dsp.ContractAgreementMessage)
    assert isinstance(found, dsp.ContractAgreementMessage)
    assert found.agreement == agreement()

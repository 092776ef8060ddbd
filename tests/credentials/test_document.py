"""DID documents: what we publish, and what we believe of others."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from xinfu.credentials import OwnKey, Service, build_did_document, read_did_document, render_did_document
from xinfu.errors import InputError

DID = "did:web:example.org"
JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def _document(**changes: object) -> bytes:
    method = {"id": f"{DID}#k", "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": JWK}
    base: dict[str, object] = {"id": DID, "verificationMethod": [method], "authentication": [f"{DID}#k"]}
    return msgspec.json.encode(base | changes)


def test_what_we_publish_reads_back_the_same() -> None:
    keys = [
        OwnKey(id=f"{DID}#old", jwk=JWK),
        OwnKey(id=f"{DID}#new", jwk=JWK),
        OwnKey(id=f"{DID}#log", jwk=JWK, use="log"),
    ]
    document = build_did_document(
        DID,
        keys,
        version_url="https://example.org/.well-known/dspace-version",
        services=[Service(id=f"{DID}#x", type="CredentialService", endpoint="https://example.org/wallet")],
    )
    assert read_did_document(render_did_document(document), did=DID) == document
    assert document.endpoint("DataService") == "https://example.org/.well-known/dspace-version"
    assert document.endpoint("CatalogService") is None


def test_the_log_key_signs_neither_tokens_nor_credentials() -> None:
    document = build_did_document(DID, [OwnKey(id=f"{DID}#log", jwk=JWK, use="log")])
    assert document.method(f"{DID}#log") is not None
    assert not document.may_sign_tokens(f"{DID}#log")
    assert not document.may_sign_credentials(f"{DID}#log")


def test_a_private_part_is_never_published() -> None:
    document = build_did_document(DID, [OwnKey(id=f"{DID}#k", jwk=JWK | {"d": "canary"})])
    assert b"canary" not in render_did_document(document)


@pytest.mark.parametrize("ids", [["did:web:evil.org#k"], [f"{DID}#k", f"{DID}#k"]])
def test_our_document_lists_only_our_keys_once_each(ids: list[str]) -> None:
    with pytest.raises(InputError):
        build_did_document(DID, [OwnKey(id=key_id, jwk=JWK) for key_id in ids])


def test_relative_ids_and_embedded_methods_are_read() -> None:
    method = {"id": "#k", "type": "JsonWebKey2020", "controller": DID, "publicKeyJwk": JWK}
    document = read_did_document(
        _document(verificationMethod=[], authentication=[method], assertionMethod=["#k"]), did=DID
    )
    assert document.may_sign_tokens(f"{DID}#k")
    assert document.may_sign_credentials(f"{DID}#k")


@pytest.mark.parametrize(
    "method",
    [
        {"id": "did:web:evil.org#k", "controller": DID, "publicKeyJwk": JWK},
        {"id": f"{DID}#k", "controller": "did:web:evil.org", "publicKeyJwk": JWK},
        {"id": f"{DID}#k", "controller": DID, "publicKeyMultibase": "z6Mk"},
        {"id": f"{DID}#k", "controller": DID, "publicKeyJwk": JWK | {"d": "AA"}},
    ],
    ids=["foreign id", "foreign controller", "no JWK", "private part"],
)
def test_a_method_that_proves_nothing_is_left_out(method: dict[str, object]) -> None:
    document = read_did_document(_document(verificationMethod=[method]), did=DID)
    assert document.methods == ()
    assert not document.may_sign_tokens(f"{DID}#k")


def test_an_id_with_two_keys_stands_for_none() -> None:
    one = {"id": f"{DID}#k", "controller": DID, "publicKeyJwk": JWK}
    two = one | {"publicKeyJwk": JWK | {"x": "AAAA"}}
    assert read_did_document(_document(verificationMethod=[one, two, one]), did=DID).methods == ()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"<html>", b"{}", _document(id="did:web:evil.org"), _document(authentication="all"),
     _document(service=[{}] * 65)],
    ids=["empty", "array", "cut", "html", "no id", "other id", "wrong type", "too many services"],
)  # fmt: skip
def test_what_is_not_this_dids_document_is_refused(body: bytes) -> None:
    with pytest.raises(InputError) as refused:
        read_did_document(body, did=DID)
    assert refused.value.code == "did.document"


def test_services_without_a_plain_address_are_left_out() -> None:
    document = read_did_document(
        _document(
            service=[
                {"id": "#a", "type": "DataService", "serviceEndpoint": {"uri": "https://a"}},
                {"id": "#b", "type": ["X", "DataService"], "serviceEndpoint": "https://b"},
            ]
        ),
        did=DID,
    )
    assert document.endpoint("DataService") == "https://b"
    assert document.services[0].id == f"{DID}#b"


def test_the_end_of_a_key_is_read_as_it_was_written() -> None:
    ends = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    keys = [OwnKey(id=f"{DID}#contract-1", jwk=JWK, use="contract", ends=ends)]
    body = render_did_document(build_did_document(DID, keys))
    assert b'"expires":"2026-01-02T03:04:05Z"' in body
    assert read_did_document(body, did=DID).methods[0].ends == ends
    revoked = body.replace(b'"expires"', b'"revoked":"2025-01-02T03:04:05Z","expires"')
    assert read_did_document(revoked, did=DID).methods[0].ends == ends.replace(year=2025)


@pytest.mark.parametrize("stated", ["soon", "2026-01-02T03:04:05", "", 5, ["2026-01-02T03:04:05Z"], {}])
def test_a_key_whose_end_cannot_be_read_counts_for_nothing(stated: object) -> None:
    keys = [OwnKey(id=f"{DID}#contract-1", jwk=JWK, use="contract")]
    document = json.loads(render_did_document(build_did_document(DID, keys)))
    document["verificationMethod"][0]["expires"] = stated
    assert not read_did_document(json.dumps(document).encode(), did=DID).methods

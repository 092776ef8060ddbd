"""Which keys of a DID document count for what, when it is handed to `xinfu verify` as an anchor."""

from pathlib import Path

from xinfu.cli.anchorfiles import anchors_of
from xinfu.credentials import OwnKey, build_did_document, render_did_document
from xinfu.signers.ed25519 import Ed25519Signer

DID = "did:web:a.example"


def test_a_contract_key_signs_no_log_and_no_message(tmp_path: Path) -> None:
    keys = {
        each: Ed25519Signer.generate(f"{DID}#{each}-1").public_jwk()
        for each in ("message", "log", "contract")
    }
    document = build_did_document(
        DID,
        [
            OwnKey(id=f"{DID}#message-1", jwk=keys["message"], use="sign"),
            OwnKey(id=f"{DID}#log-1", jwk=keys["log"], use="log"),
            OwnKey(id=f"{DID}#contract-1", jwk=keys["contract"], use="contract"),
        ],
    )
    (tmp_path / "did.json").write_bytes(render_did_document(document))
    anchors = anchors_of([str(tmp_path / "did.json")])
    assert anchors.logs[DID] == (keys["log"],)
    assert anchors.tokens[DID] == (keys["message"],)

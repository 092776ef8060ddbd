"""`xinfu keys`: a contract key by SM2, its request, and what an authority made of it."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.certificates.authority import Holder, name, root
from tests.cli.conftest import Call, Space, document, failure

TODAY = datetime.now(UTC).replace(microsecond=0)


class Asked:
    """The key of a request, of which an authority knows the public half alone."""

    def __init__(self, pem: str) -> None:
        self._public = x509.load_pem_x509_csr(pem.encode()).public_key()

    def public_jwk(self) -> dict[str, str]:
        assert isinstance(self._public, ec.EllipticCurvePublicKey)
        point = self._public.public_numbers()
        x, y = (
            base64.urlsafe_b64encode(each.to_bytes(32, "big")).rstrip(b"=").decode()
            for each in (point.x, point.y)
        )
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _answer(top: Holder, request: str) -> Holder:
    signer: object = Asked(request)
    span = {"start": TODAY - timedelta(days=1), "end": TODAY + timedelta(days=30)}
    return top.issue(name("a.example"), signer=signer, **span)  # type: ignore[arg-type]  # asked for its public key alone


def test_contracts_may_be_signed_by_sm2(call: Call, space: Space) -> None:
    key = document(
        call("keys", "rotate", "--use", "contract", "--algorithm", "SM2", "--json", at=space.provider)
    )
    assert (key["use"], key["algorithm"], key["public_jwk"]["crv"]) == ("contract", "SM2", "SM2")
    refused = call("keys", "rotate", "--algorithm", "SM2", "--json", at=space.provider)
    assert (refused.exit_code, failure(refused)["code"]) == (2, "key.algorithm")


def test_a_certificate_is_asked_for_kept_and_shown(call: Call, space: Space, tmp_path: Path) -> None:
    at = space.consumer
    missing = call("keys", "certificate", "show", "--json", at=at)
    assert (missing.exit_code, failure(missing)["code"]) == (4, "certificate.not-found")
    document(call("keys", "rotate", "--use", "contract", "--algorithm", "ES256", "--json", at=at))
    file = tmp_path / "request.pem"
    told = call("keys", "certificate", "request", "-o", str(file), "--organization", "乙方公司", at=at)
    assert str(file) in told.stdout
    held = _answer(root("SM2"), file.read_text())
    (tmp_path / "chain.pem").write_text(held.pem)
    kept = document(call("keys", "certificate", "import", str(tmp_path / "chain.pem"), "--json", at=at))
    assert kept["verdict"] == "unknown"
    chinese = call("keys", "certificate", "show", "--lang", "zh", at=at).stdout
    assert "本节点无法判断" in chinese
    assert "没有本节点信任的证书机构为其担保" in chinese
    waits = call("keys", "rotate", "--use", "contract", "--lang", "zh", at=at).stdout
    assert "在导入证书后开始签署合约" in waits

"""The version document."""

import json

import pytest

from xinfu import dsp
from xinfu.errors import ProtocolError


def test_the_published_example_is_read_r_ver_04(examples: dict[str, bytes]) -> None:
    found = dsp.read(examples["protocol-version"], dsp.VersionResponse)
    assert [entry.version for entry in found.protocol_versions] == ["2025-1", "2024-1", "2025-1"]
    assert [entry.path for entry in found.spoken()] == ["/some/path/2025-1", "/different/path/2025-1"]
    auth = found.protocol_versions[2].auth
    assert auth is not None
    assert (auth.protocol, auth.profile) == ("DCP", ("vc11-sl2021/jwt",))


def test_a_version_or_binding_that_we_do_not_speak_is_left_out_r_ver_06() -> None:
    entries = [
        {"version": "2024-1", "path": "/a", "binding": "HTTPS"},
        {"version": "2025-1", "path": "/b", "binding": "gRPC"},
    ]
    found = dsp.read(json.dumps({"protocolVersions": entries}).encode(), dsp.VersionResponse)
    assert list(found.spoken()) == []


def test_our_marker_says_that_the_peer_is_xinfu_d_13() -> None:
    ours = dsp.VersionEntry(version="2025-1", path="/dsp", binding="HTTPS", node="0.1.0")
    found = dsp.read(dsp.write(dsp.VersionResponse(protocol_versions=(ours,))), dsp.VersionResponse)
    assert found.protocol_versions[0].node == "0.1.0"


@pytest.mark.parametrize("raw", [b"{}", b'{"protocolVersions":[{"version":"2025-1"}]}', b"[]", b"<html>"])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        dsp.read(raw, dsp.VersionResponse)

"""did:web addresses: one spelling, one address (threat J5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.credentials import absolute_key_id, did_web, did_web_url, is_did_web
from xinfu.errors import InputError


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:example.org", "https://example.org/.well-known/did.json"),
        ("did:web:example.org%3A8443", "https://example.org:8443/.well-known/did.json"),
        ("did:web:example.org:space:bureau", "https://example.org/space/bureau/did.json"),
        ("did:web:example.org%3A8443:bureau", "https://example.org:8443/bureau/did.json"),
        ("did:web:xn--fiqs8s", "https://xn--fiqs8s/.well-known/did.json"),
        ("did:web:peer-a", "https://peer-a/.well-known/did.json"),
        ("did:web:example.org:%E4%BF%A1", "https://example.org/%E4%BF%A1/did.json"),
        ("did:web:example.org:v1.0_a-b", "https://example.org/v1.0_a-b/did.json"),
    ],
)
def test_a_did_web_gives_the_https_address_of_its_document(did: str, url: str) -> None:
    assert did_web_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "",
        "example.org",
        "did:key:z6Mk",
        "did:web:",
        "DID:web:example.org",
        "did:web:Example.org",
        "did:web:user@example.org",
        "did:web:user%40example.org",
        "did:web:example.org%40evil.org",
        "did:web:127.0.0.1",
        "did:web:10.0.0.1%3A80",
        "did:web:2130706433",
        "did:web:0x7f000001",
        "did:web:0x7f.1",
        "did:web:127.1",
        "did:web:0177.0.0.1",
        "did:web:%5B%3A%3A1%5D",
        "did:web:[::1]",
        "did:web:example.org.",
        "did:web:.example.org",
        "did:web:a..b",
        "did:web:-a.org",
        "did:web:a_b.org",
        "did:web:中国",
        "did:web:example.org%3a80",
        "did:web:example.org%3A",
        "did:web:example.org%3A0",
        "did:web:example.org%3A080",
        "did:web:example.org%3A65536",
        "did:web:example.org%3A80%3A81",
        "did:web:example.org%3A8a",
        "did:web:example.org%253A80",
        "did:web:example.org:",
        "did:web:example.org::a",
        "did:web:example.org:..",
        "did:web:example.org:.",
        "did:web:example.org:a:..:b",
        "did:web:example.org:%2E%2E",
        "did:web:example.org:%2e%2e",
        "did:web:example.org:a%2Fb",
        "did:web:example.org:a/b",
        "did:web:example.org/a",
        "did:web:example.org:a%00",
        "did:web:example.org:a%",
        "did:web:example.org:%E4%BF",
        "did:web:example.org:%C0%AE",
        "did:web:example.org?x=1",
        "did:web:example.org#key-1",
        "did:web:example.org:a\\b",
        "did:web:example.org ",
        " did:web:example.org",
        "did:web:example.org\n",
        "did:web:" + "a." * 130 + "org",
        "did:web:example.org:" + "a" * 1100,
    ],
)
def test_a_did_with_a_second_reading_is_refused(did: str) -> None:
    assert not is_did_web(did)
    with pytest.raises(InputError) as refused:
        did_web_url(did, development=True)
    assert refused.value.code == "did.malformed"


@pytest.mark.parametrize("host", ["localhost", "bureau.localhost"])
def test_http_is_for_localhost_in_development_only(host: str) -> None:
    did = f"did:web:{host}%3A8080:bureau"
    assert did_web_url(did, development=True) == f"http://{host}:8080/bureau/did.json"
    assert did_web_url(did) == f"https://{host}:8080/bureau/did.json"


def test_development_changes_nothing_for_other_hosts() -> None:
    assert did_web_url("did:web:localhost.example.org", development=True).startswith("https://")
    assert did_web_url("did:web:notlocalhost", development=True).startswith("https://")


_label = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)


@given(
    st.lists(_label, min_size=1, max_size=4), st.none() | st.integers(1, 65535), st.lists(_label, max_size=3)
)
def test_host_port_and_path_come_back_from_the_did(
    labels: list[str], port: int | None, path: list[str]
) -> None:
    host = ".".join(labels)
    url = did_web_url(did_web(host, port=port, path=tuple(path)))
    place = "/".join(path) if path else ".well-known"
    assert url == f"https://{host}{'' if port is None else f':{port}'}/{place}/did.json"


@given(st.text(max_size=60))
def test_any_text_gives_an_address_under_its_own_host_or_is_refused(tail: str) -> None:
    try:
        url = did_web_url("did:web:example.org" + tail)
    except InputError:
        return
    assert url.startswith("https://example.org")
    assert url.endswith("/did.json")
    assert ".." not in url.split("/")
    assert not set(url) & set("@?#\\ ")


@pytest.mark.parametrize("kid", ["#key-1", "key-1", "did:web:example.org#key-1"])
def test_a_key_id_has_three_spellings_and_one_meaning(kid: str) -> None:
    assert absolute_key_id("did:web:example.org", kid) == "did:web:example.org#key-1"


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "#",
        "did:web:evil.org#key-1",
        "did:web:example.org#",
        "did:web:example.org#a#b",
        "../key",
        "a b",
        "a\n",
    ],
)
def test_the_key_of_another_did_is_not_ours(kid: str) -> None:
    with pytest.raises(InputError):
        absolute_key_id("did:web:example.org", kid)

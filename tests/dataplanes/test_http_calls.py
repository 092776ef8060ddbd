"""What is asked of an API: the fixed values win, nothing climbs, nothing smuggles a line."""

from typing import Any

import pytest

from xinfu.dataplanes.http_calls import check, upstream
from xinfu.errors import InputError, NotFoundError, XinfuError
from xinfu.ports.dataplane import NO_SECRETS, LiveRequest, Secrets
from xinfu.ports.sources import HttpSource, PassedRequest

OPEN = PassedRequest(
    path=True, query=True, methods=("GET", "POST", "HEAD"), body=True, headers=("X-Chosen", "Accept")
)


def source(**given: Any) -> HttpSource:
    return HttpSource(**{"url": "https://api.example/v1", **given})


def asked(of: HttpSource, **given: Any) -> Any:
    return upstream(of, LiveRequest(**given), NO_SECRETS)


@pytest.mark.parametrize(
    ("url", "fixed", "consumer", "expected"),
    [
        ("https://api.example", "", "", "https://api.example"),
        ("https://api.example/", "", "", "https://api.example/"),
        ("https://api.example/v1/", "air", "", "https://api.example/v1/air"),
        ("https://api.example/v1", "/air/", "", "https://api.example/v1/air/"),
        ("https://api.example/v1", "air", "2024/12", "https://api.example/v1/air/2024/12"),
        ("https://api.example/v1/", "", "2024/", "https://api.example/v1/2024/"),
        ("https://api.example/v1", "", "岳麓 1", "https://api.example/v1/%E5%B2%B3%E9%BA%93%201"),
        ("https://api.example/v1", "", "a?b#c%20", "https://api.example/v1/a%3Fb%23c%2520"),
        ("https://api.example/v1", "", "a:b@c;d", "https://api.example/v1/a:b@c;d"),
    ],
)
def test_a_consumer_adds_to_the_path(url: str, fixed: str, consumer: str, expected: str) -> None:
    assert asked(source(url=url, path=fixed, passes=OPEN), path=consumer).url == expected


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../admin",
        "a/../../b",
        "a/..",
        ".",
        "a/./b",
        "a//b",
        "/etc",
        "//evil.example/x",
        "http://evil.example/x",
        "a\\..\\b",
        "%2e%2e/admin",
        "%252e%252e/admin",
        "a%2fb",
        "a%255cb",
        "a%00b",
        "a\r\nX: y",
        "a%0d%0aX: y",
        "a\0b",
    ],
)
def test_no_path_leads_out(path: str) -> None:
    with pytest.raises(NotFoundError):
        asked(source(passes=OPEN), path=path)


def test_fixed_parameters_win_over_a_consumer_s() -> None:
    of = source(query="station=1&unit=%C2%B5g", passes=OPEN)
    query = (("station", "2"), ("day", "2024-12-24"), ("x", "a&b=c"))
    assert asked(of, query=query).url == (
        "https://api.example/v1?station=1&unit=%C2%B5g&day=2024-12-24&x=a%26b%3Dc"
    )


def test_only_listed_headers_pass_and_fixed_ones_win() -> None:
    of = source(
        headers={"X-Fixed": "ours", "Accept": "text/csv"}, secret_headers={"X-Key": "key"}, passes=OPEN
    )
    said = {
        "x-chosen": "yes",
        "x-other": "no",
        "x-fixed": "theirs",
        "x-key": "theirs",
        "accept": "application/json",
        "range": "bytes=0-9",
        "if-none-match": '"v1"',
        "cookie": "a=b",
        "host": "evil.example",
        "x-forwarded-for": "1.2.3.4",
    }
    call = upstream(of, LiveRequest(headers=said), Secrets({"key": "s3cret"}))
    assert call.headers == {
        "x-chosen": "yes",
        "range": "bytes=0-9",
        "if-none-match": '"v1"',
        "x-fixed": "ours",
        "accept": "text/csv",
        "x-key": "s3cret",
    }
    assert "s3cret" not in repr(call)


@pytest.mark.parametrize(
    ("of", "given", "code"),
    [
        (source(), {"path": "a"}, "source.not-passed"),
        (source(), {"query": (("a", "b"),)}, "source.not-passed"),
        (source(), {"method": "POST"}, "source.method"),
        (source(passes=OPEN), {"method": "DELETE"}, "source.method"),
    ],
)
def test_what_a_source_does_not_take_is_refused_by_name(
    of: HttpSource, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(InputError) as refused:
        asked(of, **given)
    assert refused.value.code == code
    assert refused.value.zh


async def test_a_body_passes_only_where_the_source_says_so() -> None:
    async def body() -> Any:
        yield b"x"

    with pytest.raises(InputError) as refused:
        asked(source(passes=PassedRequest(methods=("POST",))), method="POST", body=body())
    assert refused.value.code == "source.not-passed"


def test_a_fixed_body_goes_out_whatever_the_consumer_sends() -> None:
    of = source(method="POST", body='{"all": true}', passes=PassedRequest(body=True))
    call = asked(of, headers={"content-type": "text/plain"})
    assert (call.method, call.body, call.headers) == (
        "POST",
        b'{"all": true}',
        {"content-type": "application/json"},
    )


def test_a_head_request_stays_one() -> None:
    assert asked(source(), method="HEAD").method == "HEAD"
    assert asked(source(method="POST"), method="HEAD").method == "POST"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"url": "https://api.example/?a=b"}, "source.url"),
        ({"url": "https://u:p@api.example/"}, "source.url"),
        ({"path": "../x"}, "source.path"),
        ({"path": "a//b"}, "source.path"),
        ({"headers": {"X Y": "a"}}, "source.header"),
        ({"headers": {"X": "a\r\nY: b"}}, "source.header"),
        ({"headers": {"Host": "evil.example"}}, "source.header"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "source.header"),
        ({"passes": PassedRequest(headers=("Authorization",))}, "source.header"),
        ({"passes": PassedRequest(headers=("X\r\nY",))}, "source.header"),
        ({"body": "x"}, "source.methods"),
    ],
)
def test_a_source_that_cannot_be_asked_is_refused_when_it_is_published(
    given: dict[str, Any], code: str
) -> None:
    with pytest.raises(XinfuError) as refused:
        check(source(**given), NO_SECRETS)
    assert refused.value.code == code


def test_a_secret_that_is_no_header_is_refused_without_showing_it() -> None:
    of = source(secret_headers={"X-Key": "key"})
    with pytest.raises(InputError) as refused:
        check(of, Secrets({"key": "hush\nhush"}))
    assert "hush" not in refused.value.sentence("en")


def test_a_good_source_passes() -> None:
    of = source(headers={"Authorization": "x"}, path="a/b/", secret_headers={"X-Key": "key"}, passes=OPEN)
    check(of, Secrets({"key": "s"}))

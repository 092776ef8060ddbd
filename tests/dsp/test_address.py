"""Data addresses, ours and those of EDC."""

from tests.dsp.samples import address

from xinfu import dsp

EDC = "https://w3id.org/edc/v0.0.1/ns/"


def test_properties_are_found_by_word_whatever_their_namespace() -> None:
    found = dsp.DataAddress(
        endpoint_type=dsp.HTTP_ENDPOINT,
        properties=(
            dsp.EndpointProperty(name=EDC + "endpoint", value="https://p/data"),
            dsp.EndpointProperty(name=EDC + "authorization", value="token"),
        ),
    )
    assert (found.url, found.authorization) == ("https://p/data", "token")
    assert (address().url, address().authorization) == ("https://provider.example/data", "s3cret")


def test_an_absent_property_is_none() -> None:
    assert dsp.DataAddress(endpoint_type="x").authorization is None


def test_a_redacted_address_keeps_no_property_that_it_does_not_know() -> None:
    odd = dsp.DataAddress(
        endpoint_type="x",
        endpoint="https://p",
        properties=(
            dsp.EndpointProperty(name="authType", value="bearer"),
            dsp.EndpointProperty(name="password", value="s3cret"),
        ),
    )
    shown = odd.redacted()
    assert [each.name for each in shown.properties] == ["authType"]
    assert shown.endpoint == "https://p"


def test_our_address_is_read_by_word_and_by_whole_name() -> None:
    ours = dsp.bearer_address("https://p/data", "s3cret")
    named = {each.name: each.value for each in ours.properties}
    edc = {name.removeprefix(EDC): value for name, value in named.items() if name.startswith(EDC)}
    assert ours.endpoint == "https://p/data"
    assert ours.authorization_header == "Bearer s3cret"
    assert (named["authorization"], named["authType"]) == ("s3cret", "bearer")
    assert edc == {
        "endpoint": "https://p/data",
        "endpointType": dsp.HTTP_ENDPOINT,
        "authorization": "s3cret",
        "authType": "bearer",
    }


def test_our_address_keeps_its_token_under_no_name_once_redacted() -> None:
    shown = dsp.bearer_address("https://p/data", "s3cret").redacted()
    assert "s3cret" not in repr(shown)


TX = "https://w3id.org/tractusx/auth/"
RENEWAL = dsp.Renewal(
    refresh_token="refresh-1",
    endpoint="https://p/token",
    expires_in=3600,
    audience="did:web:p",
    holder="did:web:c",
)


def test_renewal_is_told_in_short_words_and_in_those_of_tractus_x() -> None:
    ours = dsp.bearer_address("https://p/data", "s3cret", RENEWAL)
    named = {each.name: each.value for each in ours.properties}
    words = {"refreshToken": "refresh-1", "refreshEndpoint": "https://p/token", "expiresIn": "3600"}
    assert {name: named[name] for name in words} == words
    whole = {**words, "refreshAudience": "did:web:p", "audience": "did:web:c"}
    assert {name.removeprefix(TX): value for name, value in named.items() if name.startswith(TX)} == whole
    assert (ours.refresh_token, ours.refresh_endpoint, ours.expires_in) == (
        "refresh-1",
        "https://p/token",
        3600,
    )
    assert "refresh-1" not in repr(ours.redacted()) + repr(RENEWAL)


def test_new_tokens_take_the_place_of_the_old_under_every_name() -> None:
    renewed = dsp.bearer_address("https://p/data", "s3cret", RENEWAL).renewed(
        "fresh", refresh_token="refresh-2", expires_in=60
    )
    values = [each.value for each in renewed.properties]
    assert not {"s3cret", "refresh-1", "3600"} & {*values}
    assert (values.count("fresh"), values.count("refresh-2"), values.count("60")) == (2, 2, 2)


def test_what_a_renewal_leaves_out_stays() -> None:
    renewed = dsp.bearer_address("https://p/data", "s3cret", RENEWAL).renewed(
        "fresh", refresh_token=None, expires_in=None
    )
    assert (renewed.authorization, renewed.refresh_token, renewed.expires_in) == ("fresh", "refresh-1", 3600)


def test_a_life_that_is_no_number_of_seconds_is_unknown() -> None:
    def told(value: str) -> int | None:
        named = (dsp.EndpointProperty(name="expiresIn", value=value),)
        return dsp.DataAddress(endpoint_type="x", properties=named).expires_in

    assert [told(each) for each in ("60", "-1", "soon", "1e9", "9" * 10)] == [60, None, None, None, None]


def test_without_an_endpoint_of_its_own_a_token_is_renewed_where_the_data_is() -> None:
    bare = dsp.DataAddress(endpoint_type="x", endpoint="https://p/data")
    assert (bare.refresh_endpoint, bare.refresh_token) == ("https://p/data", None)

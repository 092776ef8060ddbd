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

"""Data addresses, ours and those of EDC."""

from tests.dsp.samples import address

from xinfu import dsp


def test_properties_are_found_by_word_whatever_their_namespace() -> None:
    edc = "https://w3id.org/edc/v0.0.1/ns/"
    found = dsp.DataAddress(
        endpoint_type=dsp.HTTP_ENDPOINT,
        properties=(
            dsp.EndpointProperty(name=edc + "endpoint", value="https://p/data"),
            dsp.EndpointProperty(name=edc + "authorization", value="token"),
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

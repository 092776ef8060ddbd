"""Catalogs: what we write, and what others write."""

import json
from typing import Any

import msgspec
import pytest
from tests.dsp.samples import BASE, DATASET, PROVIDER, catalog, offer

from xinfu import dsp
from xinfu.errors import InputError, ProtocolError


def document(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dsp.write(catalog()))
    return found | changes


def read(value: dict[str, Any]) -> dsp.Catalog:
    return dsp.read(json.dumps(value).encode(), dsp.Catalog)


def test_an_offer_in_a_catalog_has_no_target_r_cat_12() -> None:
    shown = document()["dataset"][0]["hasPolicy"][0]
    assert "target" not in shown


def test_an_offer_taken_from_a_dataset_names_it_as_target_r_cat_12() -> None:
    found = read(document()).datasets[0]
    taken = found.offer("urn:uuid:0ffe4")
    assert taken == offer()
    assert found.offer("urn:unknown") is None


def test_an_offer_of_a_distribution_is_found_too() -> None:
    value = document()
    value["dataset"][0]["distribution"][0]["hasPolicy"] = [
        {"@id": "urn:special", "@type": "Offer", "permission": [{"action": "use"}]}
    ]
    taken = read(value).datasets[0].offer("urn:special")
    assert taken is not None
    assert taken.target == DATASET


def test_an_empty_catalog_leaves_its_lists_out_r_cat_04() -> None:
    written = json.loads(dsp.write(dsp.Catalog(id="urn:c", participant_id=PROVIDER)))
    assert set(written) == {"@context", "@type", "@id", "participantId"}


def test_empty_lists_of_others_are_read_r_cat_04() -> None:
    assert read(document(dataset=[], service=[])).datasets == ()


def test_an_access_service_is_found_by_its_id_r_cat_11() -> None:
    found = read(document())
    service = found.service_of(found.datasets[0].distributions[0])
    assert service is not None
    assert service.endpoint_url == BASE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("urn:s", "urn:s"),
        ({"@id": "urn:s"}, "urn:s"),
        (
            {"@id": "urn:s", "@type": "DataService", "endpointURL": "https://x"},
            dsp.DataService(id="urn:s", endpoint_url="https://x"),
        ),
    ],
    ids=["id", "reference", "service"],
)
def test_an_access_service_is_an_id_or_a_service_r_cat_10(value: object, expected: object) -> None:
    shown = document()
    shown["dataset"][0]["distribution"][0]["accessService"] = value
    assert read(shown).datasets[0].distributions[0].access_service == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Air", {"": "Air"}),
        ({"@value": "Air", "@language": "en"}, {"en": "Air"}),
        ({"zh": "空气", "en": "Air"}, {"zh": "空气", "en": "Air"}),
        (["Air", {"@value": "空气", "@language": "zh"}], {"": "Air", "zh": "空气"}),
        (7, {}),
    ],
    ids=["text", "value", "map", "list", "number"],
)
@pytest.mark.parametrize("key", ["dct:title", "title", "http://purl.org/dc/terms/title"])
def test_a_title_is_read_in_every_form(key: str, value: object, expected: dict[str, str]) -> None:
    shown = document()
    del shown["dataset"][0]["dct:title"]
    shown["dataset"][0][key] = value
    assert read(shown).datasets[0].title == expected


def test_members_without_a_field_are_kept_as_they_stood() -> None:
    shown = document()
    shown["dataset"][0] |= {"edc:count": 3.0, "edc:extra": {"edc:nested": "x"}}
    found = read(shown).datasets[0]
    assert found.extra == {"dct:spatial": "CN-43", "edc:count": 3.0, "edc:extra": {"edc:nested": "x"}}
    assert json.loads(dsp.write(found))["edc:count"] == 3.0


def test_an_extra_member_cannot_take_the_place_of_a_field() -> None:
    dataset = dsp.Dataset(id="urn:d", offers=(offer(),), distributions=_one(), extra={"@id": "urn:other"})
    assert json.loads(dsp.write(dataset))["@id"] == "urn:d"


def _one() -> tuple[dsp.Distribution, ...]:
    return (dsp.Distribution(format=dsp.HTTP_PULL, access_service="urn:s"),)


@pytest.mark.parametrize(
    "dataset",
    [
        dsp.Dataset(offers=(offer(),), distributions=_one()),
        dsp.Dataset(id="urn:d", distributions=_one()),
        dsp.Dataset(id="urn:d", offers=(offer(),)),
        dsp.Dataset(id="urn:d", offers=(msgspec.structs.replace(offer(), id=None),), distributions=_one()),
    ],
    ids=["no-id", "no-offer", "no-distribution", "offer-without-id"],
)
def test_a_dataset_without_its_parts_is_not_sent_r_cat_09(dataset: dsp.Dataset) -> None:
    with pytest.raises(InputError):
        dsp.write(dataset)
    with pytest.raises(InputError):
        dsp.write(dsp.Catalog(id="urn:c", participant_id=PROVIDER, datasets=(dataset,)))


def test_a_catalog_without_participant_is_not_sent_r_cat_03() -> None:
    with pytest.raises(InputError, match="participantId"):
        dsp.write(dsp.Catalog(id="urn:c"))


def test_a_nested_catalog_needs_no_participant_r_cat_03() -> None:
    inner = dsp.Catalog(id="urn:i", distributions=_one())
    outer = dsp.Catalog(id="urn:o", participant_id=PROVIDER, catalogs=(inner,))
    assert dsp.read(dsp.write(outer), dsp.Catalog) == outer


@pytest.mark.parametrize("key", ["format", "accessService"])
def test_a_distribution_without_format_or_service_is_refused_r_cat_10(key: str) -> None:
    shown = document()
    del shown["dataset"][0]["distribution"][0][key]
    with pytest.raises(ProtocolError) as caught:
        read(shown)
    assert caught.value.facts["field"] == f"dataset.distribution.{key}"

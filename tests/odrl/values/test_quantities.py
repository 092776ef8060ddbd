"""Numbers with units, money, sizes, addresses and identifiers: read exactly, or not at all."""

from decimal import Decimal

import pytest

from xinfu.odrl.values.addresses import read_address
from xinfu.odrl.values.quantities import read_money, read_quantity, read_ratio, read_size
from xinfu.odrl.values.sorts import read_id


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1048576", 1_048_576),
        ("10 GB", 10**10),
        ("10GiB", 10 * 2**30),
        ("1 KiB", 1024),
        ("3kB", 3000),
        ("7 B", 7),
    ],
)
def test_a_size_is_a_number_of_bytes(text: str, size: int) -> None:
    assert read_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GB", "10G", "10Gi", "1.5 GB", "-1", "1 XB", "1e3", "9" * 65, "10 gb", "1 G B", "NaN"]
)
def test_what_is_no_size_is_not_read(text: str) -> None:
    assert read_size(text) is None


@pytest.mark.parametrize(
    "text",
    ["100.00", "100 cny", "100 YUAN", "-1 CNY", "CNY", "CNY 100", "NaN CNY", "1e3 CNY", "100,00 CNY", ""],
)
def test_an_amount_without_a_currency_is_no_money(text: str) -> None:
    assert read_money(text) is None


def test_money_is_exact() -> None:
    found = read_money("0.1 CNY")
    assert found is not None
    assert found.number * 3 == Decimal("0.3")
    assert str(found) == "0.1 CNY"


@pytest.mark.parametrize("text", ["-0.1", "100.01", "NaN", "inf", "50%", "9" * 65])
def test_a_ratio_lies_between_0_and_100(text: str) -> None:
    assert read_ratio(text) is None


@pytest.mark.parametrize("text", ["Infinity m", "1 m m", "m", "", " ", "1" * 65 + " m"])
def test_what_is_no_number_with_a_unit_is_no_quantity(text: str) -> None:
    assert read_quantity(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("10.0.0.0/8", " 10.0.0.0/8 "),
        ("Example.COM", "example.com"),
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ("2001:DB8::1", "2001:db8:0::1"),
    ],
)
def test_an_address_has_one_reading(one: str, other: str) -> None:
    assert read_address(one) == read_address(other)
    assert read_address(one) is not None


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1/8",
        "010.0.0.1",
        "10.1",
        "0x7f.1",
        "256.0.0.1",
        "2130706433",
        "ex\u0430mple.com",
        "-a.com",
        "a..com",
        "example.com.",
        "a_b.com",
        "a b",
        "",
        "a" * 64 + ".com",
        ".".join(["a" * 60] * 5),
        "http://example.com",
        "example.com/24",
    ],
)
def test_what_only_looks_like_an_address_is_none(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "did:web:ex\u0430mple.com",
        "DID:web:\uff41",
        "https://\u0435xample.com/",
        "did:a\u200b",
        "urn:a\nb",
        "",
    ],
)
def test_an_identifier_in_disguise_is_not_read(text: str) -> None:
    assert read_id(text) is None


def test_identifiers_are_never_made_alike() -> None:
    assert read_id("did:web:Example.com") != read_id("did:web:example.com")
    assert read_id("张三") == "张三"
    assert read_id("e\u0301") != read_id("\u00e9")

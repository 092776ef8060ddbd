"""Identifiers: the vectors of the standard, and that no change of a single character passes."""

import re
import string
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.contracts import (
    Code,
    CodeKind,
    new_contract_number,
    read_code,
    read_contract_number,
    read_subject,
    subject_checks,
)
from xinfu.contracts.moments import BEIJING
from xinfu.contracts.number import check_character, checks
from xinfu.errors import InputError

CAPITALS = string.digits + string.ascii_uppercase
CONNECTOR = "591430200MA0000002E4302A7K2M9QXY"
CONTRACT = "8491430200MA0000001B43022025060112000000000001P"


def rows(page: str, title: str) -> list[list[str]]:
    """The cells of the table that follows `title`."""
    after = page.split(title, 1)[1]
    found: list[list[str]] = []
    for line in after.splitlines():
        if line.startswith("|"):
            found.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
        elif found:
            break
    return found[2:]


@pytest.fixture(scope="module")
def page(shared: Path) -> str:
    return (shared / "standards" / "identifiers.md").read_text(encoding="utf-8")


def test_every_vector_of_the_standard_holds(page: str) -> None:
    vectors = rows(page, "## 4. Test vectors")
    assert len(vectors) == 14
    for kind, body, s, check, code, length in vectors:
        assert len(code) == int(length), kind
        if re.fullmatch(r"[0-9A-Z]+", body):
            assert check_character(body) == check[0], kind
            assert "10*ZYXWVUTSRQPONMLKJIHGFEDCBA98765432"[int(s)] == check[0], kind
        if "合约" in kind:
            assert read_contract_number(code).text == code
        elif "ISBT" in kind:
            assert checks(code)
        else:
            assert read_code(code).text == code


def test_every_negative_vector_is_refused(page: str) -> None:
    vectors = rows(page, "Negative vectors")
    assert len(vectors) == 6
    for code, _ in vectors:
        read = read_contract_number if len(code) > 40 else read_code
        with pytest.raises(InputError):
            read(code)


@pytest.mark.parametrize("code", [CONNECTOR, CONTRACT])
def test_every_single_change_and_every_swap_of_neighbours_is_found(code: str) -> None:
    for place, old in enumerate(code):
        last = place == len(code) - 1
        for new in CAPITALS + ("*" if last else ""):
            if new != old:
                assert not checks(code[:place] + new + code[place + 1 :])
    for place in range(len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or not checks(swapped)


@given(
    body=st.text(CAPITALS, min_size=31, max_size=46),
    place=st.integers(0, 45),
    new=st.sampled_from(CAPITALS),
)
def test_a_change_of_one_character_of_any_code_is_found(body: str, place: int, new: str) -> None:
    code = body + check_character(body)
    place %= len(body)
    if code[place] != new:
        assert not checks(code[:place] + new + code[place + 1 :])


@given(
    kind=st.sampled_from(list(CodeKind)),
    subject=st.text(CAPITALS, min_size=18, max_size=18),
    place=st.from_regex(r"[1-9][0-9]{3}", fullmatch=True),
    random=st.text(CAPITALS, min_size=8, max_size=8),
)
def test_a_code_is_read_as_it_is_written(kind: CodeKind, subject: str, place: str, random: str) -> None:
    place = "00" + place[2:] if kind is CodeKind.INDUSTRY_NODE else place
    code = Code(kind=kind, subject=subject, place=place, random=random)
    assert read_code(code.text) == code


@given(st.text(max_size=70))
def test_reading_anything_gives_a_code_or_a_named_fault(text: str) -> None:
    for read in (read_code, read_contract_number, read_subject):
        try:
            read(text)
        except InputError as error:
            assert error.code.startswith("identifier.")  # noqa: PT017


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CONNECTOR[:-1], "identifier.length"),
        (CONNECTOR + "•", "identifier.length"),
        (CONNECTOR.lower(), "identifier.alphabet"),
        ("５" + CONNECTOR[1:], "identifier.alphabet"),
        ("*" + CONNECTOR[1:], "identifier.alphabet"),
        ("Х" + CONNECTOR[1:], "identifier.alphabet"),
        ("0" + CONNECTOR[1:], "identifier.type"),
        (CONNECTOR + "•AB", "identifier.type"),
        (CONNECTOR[:19] + "43A2" + CONNECTOR[23:], "identifier.place"),
        (CONNECTOR[:-1] + "Z", "identifier.check"),
    ],
    ids=[
        "short",
        "empty-extension",
        "lower",
        "full-width",
        "star",
        "homoglyph",
        "type",
        "extended",
        "place",
        "check",
    ],
)
def test_the_first_fault_in_the_order_of_the_standard_is_named(text: str, code: str) -> None:
    with pytest.raises(InputError) as told:
        read_code(text)
    assert told.value.code == code


@pytest.mark.parametrize("separator", ["•", "·", "."])
def test_an_extension_is_read_after_any_separator_and_written_after_the_first(separator: str) -> None:
    product = "691430200MA0000001B4302000000013"
    assert read_code(f"{product}{separator}AB-12").text == f"{product}•AB-12"


@pytest.mark.parametrize("time", ["20250230120000", "20251301120000", "20250101240000", "20250101126000"])
def test_a_contract_number_holds_a_real_time(time: str) -> None:
    body = f"8491430200MA0000001B4302{time}00000001"
    with pytest.raises(InputError) as told:
        read_contract_number(body + check_character(body))
    assert told.value.code == "identifier.time"


def test_a_new_number_holds_who_gave_it_and_when_in_beijing_time() -> None:
    at = datetime(2025, 6, 1, 12, 0, 0, 987, tzinfo=BEIJING)
    made = new_contract_number(node="91430200MA0000001B", place="4302", at=at, random="00000001", type_="8")
    assert made.text == CONTRACT
    assert made.at == at.replace(microsecond=0)


def test_a_contract_of_another_first_letter_is_read() -> None:
    assert read_contract_number("C491430200MA0000001B43022025060112000000000001*").type == "C"


def test_the_check_of_a_credit_code_is_only_a_remark() -> None:
    assert subject_checks("91430200MA0000001B")
    assert subject_checks("12430200000000001D")
    assert not subject_checks("91310105575958172F")
    assert read_subject("91310105575958172F")

"""The header of a message: every field of it is covered, and it is fresh."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.contracts.samples import NOW

from xinfu.contracts.codes import code_of
from xinfu.contracts.header import SKEW, Header, new_header, read_header, signed_bytes
from xinfu.errors import XinfuError

HEADER = replace(new_header("contractCreate", now=NOW, sequence_num="a" * 32), sign_value="ab" * 64)


def test_a_header_comes_back_from_http() -> None:
    assert read_header(HEADER.fields(), "contractCreate", now=NOW) == HEADER
    lower = {key.lower(): value for key, value in HEADER.fields().items()}
    assert read_header(lower, "contractCreate", now=NOW) == HEADER


@pytest.mark.parametrize("field", ["msgcode", "msgversion", "timestamp", "sequence_num"])
def test_the_signature_covers_every_field_and_the_body(field: str) -> None:
    changed = replace(HEADER, **{field: "x"})
    assert signed_bytes(changed, b"{}", "EdDSA") != signed_bytes(HEADER, b"{}", "EdDSA")
    assert signed_bytes(HEADER, b"{ }", "EdDSA") != signed_bytes(HEADER, b"{}", "EdDSA")
    assert signed_bytes(replace(HEADER, sign_value=""), b"{}", "EdDSA") == signed_bytes(
        HEADER, b"{}", "EdDSA"
    )


def test_the_digest_of_the_body_belongs_to_the_algorithm() -> None:
    assert signed_bytes(HEADER, b"abc", "SM2").endswith(
        b"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )
    assert signed_bytes(HEADER, b"abc", "ES256") == signed_bytes(HEADER, b"abc", "EdDSA")


@pytest.mark.parametrize(
    ("change", "code", "theirs"),
    [
        ({"msgcode": "contractTerminate"}, "envelope.code", "206007"),
        ({"msgversion": "2.0.0"}, "envelope.version", "206005"),
        ({"timestamp": "1"}, "envelope.time", "206006"),
        ({"timestamp": "١" * 13}, "envelope.time", "206006"),
        ({"sequence_num": ""}, "envelope.sequence", "206002"),
        ({"sequence_num": "x" * 33}, "envelope.sequence", "206002"),
        ({"sequence_num": "a\nb"}, "envelope.sequence", "206002"),
        ({"sign_value": ""}, "envelope.unsigned", "106006"),
        ({"sign_value": "AB" * 64}, "envelope.unsigned", "106006"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(change: dict[str, str], code: str, theirs: str) -> None:
    with pytest.raises(XinfuError) as told:
        read_header(replace(HEADER, **change).fields(), "contractCreate", now=NOW)
    assert (told.value.code, code_of(told.value)) == (code, theirs)


@pytest.mark.parametrize("by", [SKEW, -SKEW])
def test_a_message_of_five_minutes_away_is_just_in_time(by: timedelta) -> None:
    read_header(HEADER.fields(), "contractCreate", now=NOW + by)
    with pytest.raises(XinfuError):
        read_header(HEADER.fields(), "contractCreate", now=NOW + by + by / 300)


def test_a_fresh_header_is_not_signed() -> None:
    made = new_header("strategySend", now=NOW, sequence_num="1")
    assert made == Header(
        msgcode="strategySend", msgversion="1.0.0", timestamp="1748750400000", sequence_num="1"
    )

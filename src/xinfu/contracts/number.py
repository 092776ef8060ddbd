"""Identifiers of nodes, connectors, data products, resources and contracts, with their check character.

A code never changes once it is given, so reading does not change it: lower case is refused, not converted. The checks
are in the order of the standard: length, alphabet, type, subject, region or industry, time, check character. Reading
accepts a subject code whose own check character is wrong, because some samples of the standard are wrong;
`check_subject` does not accept it, and checks codes that a person enters and codes that are signed. Looking a code up
does not belong to its form and is not done here. Follows: NDI-TR-2025-04 (draft), annex B; TC609-6-2025-14, C.1.
"""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.contracts import errors
from xinfu.contracts.moments import BEIJING, compact, read_compact
from xinfu.errors import InputError

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
"""Digits and capitals in the order of their values; `*` is 36 and occurs only as check character."""
SEPARATOR: Final = "•"
SEPARATORS: Final = frozenset({SEPARATOR, "·", "."})
"""The separators before an extension: all are read, and SEPARATOR is written."""
BODY: Final = 32
CONTRACT: Final = 47
SUBJECT: Final = 18
LONGEST_EXTENSION: Final = 32
BUSINESS_NODE: Final = "4"
"""The node type in the contract numbers that we give."""

_PLAIN: Final = re.compile(r"[0-9A-Z]*")
_PLACE: Final = re.compile(r"[0-9]{4}")
_EXTENSION: Final = re.compile(r"[!-~\u4e00-\u9fff]+")
_CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: base 31, without I, O, S, V and Z


class CodeKind(StrEnum):
    """The kinds of things that codes name, by the first character of the code."""

    GLOBAL_NODE = "1"
    REGION_NODE = "2"
    INDUSTRY_NODE = "3"
    BUSINESS_NODE = "4"
    CONNECTOR = "5"
    PRODUCT = "6"
    RESOURCE = "7"

    @property
    def is_extensible(self) -> bool:
        """Whether a code of this kind may carry a code of another scheme; products and resources may."""
        return self in (CodeKind.PRODUCT, CodeKind.RESOURCE)


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code of a node, connector, product or resource.

    Attributes:
        subject: subject code of its owner, 18 characters.
        place: four digits of a region, or `00` and two digits of an industry.
        extension: the part behind the separator; "" for none. The check character does not cover it.
    """

    kind: CodeKind
    subject: str
    place: str
    random: str
    extension: str = ""

    @property
    def text(self) -> str:
        """The code as text."""
        body = f"{self.kind.value}{self.subject}{self.place}{self.random}"
        tail = f"{SEPARATOR}{self.extension}" if self.extension else ""
        return f"{body}{check_character(body)}{tail}"


class ContractNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A `contractId` of 47 characters.

    Attributes:
        type: its first character; the standard defines none, so any digit or capital is read.
        node_type: 1 to 5, as in CodeKind.
        node: subject code of the operator of the platform that gave it.
        at: time at which it was given, aware, whole seconds, Beijing time.
    """

    type: str
    node_type: str
    node: str
    place: str
    at: datetime
    random: str

    @property
    def text(self) -> str:
        """The number as text."""
        body = f"{self.type}{self.node_type}{self.node}{self.place}{compact(self.at)}{self.random}"
        return body + check_character(body)


def check_character(body: str) -> str:
    """Compute the check character of a code without it (ISO/IEC 7064, MOD 37-2).

    Raises:
        InputError: `identifier.alphabet`.
    """
    product = 0
    for letter in body:
        value = ALPHABET.find(letter)
        if not 0 <= value < 36:
            raise _alphabet(body)
        product = (product + value) * 2 % 37
    return ALPHABET[(1 - product) % 37]


def checks(code: str) -> bool:
    """Whether the last character is the check character of the rest; False if the text is not such a code."""
    if len(code) < 2 or not _PLAIN.fullmatch(code[:-1]):
        return False
    return code[-1] == check_character(code[:-1])


def read_code(text: str) -> Code:
    """Read a code.

    Raises:
        InputError: `identifier.length`, `identifier.alphabet`, `identifier.type`, `identifier.place`,
            `identifier.check`; the first that applies, in this order.
    """
    body, tail = text[:BODY], text[BODY:]
    if len(body) != BODY or not (not tail or 2 <= len(tail) <= 1 + LONGEST_EXTENSION):
        raise _length(text, "32, 34–65")
    _check_alphabet(body)
    if tail and not (tail[0] in SEPARATORS and _EXTENSION.fullmatch(tail[1:])):
        raise _alphabet(text)
    kind = _kind(body[0])
    if kind is None or (tail and not kind.is_extensible):
        raise _type(text)
    place = body[19:23]
    _check_place(place, kind)
    _check_check(body)
    return Code(kind=kind, subject=body[1:19], place=place, random=body[23:31], extension=tail[1:])


def read_contract_number(text: str) -> ContractNumber:
    """Read a contract number.

    Raises:
        InputError: as `read_code`, and `identifier.time`.
    """
    if len(text) != CONTRACT:
        raise _length(text, str(CONTRACT))
    _check_alphabet(text)
    if text[1] not in "12345":
        raise _type(text)
    _check_place(text[20:24], None)
    try:
        at = read_compact(text[24:38])
    except ValueError as error:
        raise errors.IDENTIFIER_TIME(text=text) from error
    _check_check(text)
    return ContractNumber(
        type=text[0], node_type=text[1], node=text[2:20], place=text[20:24], at=at, random=text[38:46]
    )


def new_contract_number(
    *, node: str, place: str, at: datetime, random: str, type_: str, node_type: str = BUSINESS_NODE
) -> ContractNumber:
    """Make a new contract number at the platform whose operator has the subject code `node`.

    Raises:
        InputError: a part is malformed; the codes of `read_contract_number`.
    """
    made = ContractNumber(
        type=type_,
        node_type=node_type,
        node=node,
        place=place,
        at=at.astimezone(BEIJING).replace(microsecond=0),
        random=random,
    )
    return read_contract_number(made.text)


def read_subject(text: str) -> str:
    """Check that a text has the form of a subject code, 18 digits and capitals, and return it.

    Raises:
        InputError: `identifier.length`, `identifier.alphabet`.
    """
    if len(text) != SUBJECT:
        raise _length(text, str(SUBJECT))
    if not _PLAIN.fullmatch(text):
        raise _alphabet(text)
    return text


def check_subject(text: str, *, samples: bool = False) -> str:
    """Check a subject code with its check character, as a unified social credit code (GB 32100), and return it.

    Args:
        samples: accept a wrong check character, which some samples of the standard have.

    Raises:
        InputError: `identifier.length`, `identifier.alphabet`, `identifier.check`.
    """
    if not subject_checks(read_subject(text)) and not samples:
        raise errors.IDENTIFIER_CHECK(text=text)
    return text


def subject_checks(subject: str) -> bool:
    """Whether the last character is the check character of a unified social credit code (GB 32100)."""
    values = [_CREDIT.find(letter) for letter in subject]
    if len(subject) != SUBJECT or min(values) < 0:
        return False
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:-1]))
    return values[-1] == (31 - total) % 31


def _kind(letter: str) -> CodeKind | None:
    return next((kind for kind in CodeKind if kind.value == letter), None)


def _check_alphabet(body: str) -> None:
    if not _PLAIN.fullmatch(body[:-1]) or body[-1] not in ALPHABET:
        raise _alphabet(body)


def _check_place(place: str, kind: CodeKind | None) -> None:
    """Refuse a malformed place; a region does not begin with `00`, an industry does, other kinds may have either."""
    fits = _PLACE.fullmatch(place) is not None
    if kind is CodeKind.REGION_NODE:
        fits = fits and not place.startswith("00")
    if kind is CodeKind.INDUSTRY_NODE:
        fits = fits and place.startswith("00")
    if not fits:
        raise errors.IDENTIFIER_PLACE(place=place)


def _check_check(body: str) -> None:
    if not checks(body):
        raise errors.IDENTIFIER_CHECK(text=body)


def _length(text: str, wanted: str) -> InputError:
    return errors.IDENTIFIER_LENGTH(text=text[:80], length=len(text), wanted=wanted)


def _alphabet(text: str) -> InputError:
    return errors.IDENTIFIER_ALPHABET(text=text[:80])


def _type(text: str) -> InputError:
    return errors.IDENTIFIER_TYPE(text=text[:80])

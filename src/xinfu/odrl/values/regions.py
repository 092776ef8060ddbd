"""Regions by code: ISO 3166-1 alpha-2, ISO 3166-2, and GB/T 2260 for places in China.

`CN`, `CN-HN`, `CN-43`, `430000`, `4302` and `430200` are read; a region is a path from the country down, so
that part-of is a prefix. Where the codes do not say whether one place lies in another (subdivisions of other
countries; Hong Kong, Macao and Taiwan beside `CN`, where rules on data that leaves differ), the answer is
unknown.
"""

from functools import lru_cache
from typing import Final

import msgspec

from xinfu.verdict import Verdict

_COUNTRY_CODES: Final = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS "
    "BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE "
    "EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
    "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC "
    "LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA "
    "NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
    "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
_COUNTRIES: Final = frozenset(_COUNTRY_CODES.split())
_PROVINCE_CODES: Final = (
    "BJ 11, TJ 12, HE 13, SX 14, NM 15, LN 21, JL 22, HL 23, SH 31, JS 32, ZJ 33, AH 34, FJ 35, JX 36, "
    "SD 37, HA 41, HB 42, HN 43, GD 44, GX 45, HI 46, CQ 50, SC 51, GZ 52, YN 53, XZ 54, SN 61, GS 62, "
    "QH 63, NX 64, XJ 65"
)  # ISO 3166-2:CN beside GB/T 2260
_PROVINCES: Final = dict(pair.split(" ") for pair in _PROVINCE_CODES.split(", "))
_OWN_CODE: Final = {"71": "TW", "81": "HK", "82": "MO", "TW": "TW", "HK": "HK", "MO": "MO"}
_DEBATED: Final = tuple({("CN",), (code,)} for code in ("HK", "MO", "TW"))


class Region(msgspec.Struct, frozen=True):
    """A place as the path of its code: ("CN", "43", "02") is Zhuzhou."""

    path: tuple[str, ...]


@lru_cache(maxsize=4096)
def read_region(text: str) -> Region | None:
    """The region that a code names; None if `text` is not such a code."""
    code = text.strip().upper()
    if code.isascii() and code.isdigit():
        return _chinese(code)
    country, dash, rest = code.partition("-")
    if country not in _COUNTRIES or (dash and not rest):
        return None
    if not dash:
        return Region((country,))
    if country == "CN":
        return _chinese(_PROVINCES.get(rest, rest))
    return Region((country, rest)) if len(rest) <= 3 and rest.isascii() and rest.isalnum() else None


def _chinese(code: str) -> Region | None:
    """The region of a GB/T 2260 code of 2, 4 or 6 digits, where trailing `00` means the whole; None for others."""
    if code[:2] in _OWN_CODE and code[2:] in ("", "00", "0000"):
        return Region((_OWN_CODE[code[:2]],))
    if not (code.isascii() and code.isdigit()) or len(code) not in (2, 4, 6):
        return None
    if code[:2] not in _PROVINCES.values():
        return None
    parts = [code[i : i + 2] for i in range(0, len(code), 2)]
    while parts[-1] == "00":
        parts.pop()
    return None if "00" in parts else Region(("CN", *parts))


def part_of_region(inner: Region, outer: Region) -> Verdict:
    """Whether `inner` lies in `outer` or is the same; UNKNOWN if the codes do not decide."""
    shared = min(len(inner.path), len(outer.path))
    if inner.path[:shared] == outer.path[:shared]:
        return Verdict.YES if len(inner.path) >= len(outer.path) else Verdict.UNKNOWN
    if inner.path[0] != outer.path[0]:
        return Verdict.UNKNOWN if {inner.path, outer.path} in _DEBATED else Verdict.NO
    return Verdict.NO if inner.path[0] == "CN" else Verdict.UNKNOWN


def same_region(one: Region, other: Region) -> Verdict:
    """Whether both are the same region; UNKNOWN, never NO, if one may lie in the other."""
    if one == other:
        return Verdict.YES
    apart = part_of_region(one, other) is Verdict.NO and part_of_region(other, one) is Verdict.NO
    return Verdict.NO if apart else Verdict.UNKNOWN

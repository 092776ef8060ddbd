"""The participants: eight provincial groups and the subsidiaries of central firms at one host, city and province."""

from typing import Final

from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios.s01.terms import CITY, PROVINCE
from xinfu_scenarios.scenario import Participant
from xinfu_scenarios.words import Text

OPERATOR: Final = "operator"
CENTRAL: Final = "central"

GROUPS: Final = (
    Text(en="Expressway Group", zh="高速集团"),
    Text(en="Construction Group", zh="建设集团"),
    Text(en="Ports, Waterways and Hydropower Group", zh="港航水利集团"),
    Text(en="Energy Group", zh="能源集团"),
    Text(en="Minerals Group", zh="矿产集团"),
    Text(en="Tourism Group", zh="旅游集团"),
    Text(en="High-tech Venture Group", zh="高新创投集团"),
    Text(en="Xingxiang Group", zh="兴湘集团"),
)
"""In the order of the card."""
_CREDIT: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
NAMES: Final = {
    CITY: Text(en="City state-assets office", zh="市国资部门"),
    PROVINCE: Text(en="Provincial office", zh="省国资部门"),
    CENTRAL: Text(en="Central firms' subsidiaries", zh="央企在株子企业"),
    OPERATOR: Text(en="Space operator", zh="空间运营者"),
}


def group_key(number: int) -> str:
    """The key of a group, counted from 1."""
    return f"group-{number}"


def firms(groups: int) -> tuple[tuple[str, Text], ...]:
    """Key and name of each provider: `groups` groups, the card's first, and the central firms' subsidiaries."""
    further = [
        Text(en=f"Group {number}", zh=f"第 {number} 集团") for number in range(len(GROUPS) + 1, groups + 1)
    ]
    named = [(group_key(number), name) for number, name in enumerate([*GROUPS[:groups], *further], 1)]
    return (*named, (CENTRAL, NAMES[CENTRAL]))


def subject_code(body: str) -> str:
    """A made-up subject code: 17 characters and the check character of GB 32100."""
    total = sum(_CREDIT.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + _CREDIT[(31 - total) % 31]


def participants(groups: int = len(GROUPS)) -> tuple[Participant, ...]:
    """The participants without the operator; one node hosts the groups and the central firms' subsidiaries."""
    host = group_key(1)
    made = [
        Participant(
            key=key,
            name=name,
            role="provider",
            host="" if key == host else host,
            entity=subject_code(f"91430000MA{place:07d}"),
            claims={"role": "firm"},
        )
        for place, (key, name) in enumerate(firms(groups), 1)
    ]
    made += [
        Participant(
            key=CITY,
            name=NAMES[CITY],
            role="consumer",
            entity=subject_code("11430200000000001"),
            claims={"role": CITY},
        ),
        Participant(
            key=PROVINCE,
            name=NAMES[PROVINCE],
            role="consumer",
            entity=subject_code("11430000000000002"),
            claims={"role": PROVINCE},
        ),
    ]
    return tuple(made)


class Member(Struct, frozen=True, kw_only=True):
    """A participant in the play: its node, its identifier, and its name."""

    key: str
    name: Text
    node: Node
    id: str

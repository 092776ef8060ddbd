"""Who takes part: eight provincial groups and the central firms' subsidiaries at one host, the city, the province."""

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
NAMES: Final = {
    CITY: Text(en="City state-assets office", zh="市国资部门"),
    PROVINCE: Text(en="Provincial office", zh="省国资部门"),
    CENTRAL: Text(en="Central firms' subsidiaries", zh="央企在株子企业"),
    OPERATOR: Text(en="Space operator", zh="空间运营者"),
}


def group_key(number: int) -> str:
    """The key of a group, counted from 1."""
    return f"group-{number}"


def participants() -> tuple[Participant, ...]:
    """All of them but the operator; the groups and the central firms' subsidiaries are played by one node."""
    host = group_key(1)
    firms = [(group_key(number), name) for number, name in enumerate(GROUPS, 1)]
    firms.append((CENTRAL, NAMES[CENTRAL]))
    made = [
        Participant(
            key=key,
            name=name,
            role="provider",
            host="" if key == host else host,
            entity=f"91430000MA{place:07d}X",
            claims={"role": "firm"},
        )
        for place, (key, name) in enumerate(firms, 1)
    ]
    made += [
        Participant(
            key=CITY, name=NAMES[CITY], role="consumer", entity="1143020000000001XK", claims={"role": CITY}
        ),
        Participant(
            key=PROVINCE,
            name=NAMES[PROVINCE],
            role="consumer",
            entity="1143000000000002XK",
            claims={"role": PROVINCE},
        ),
    ]
    return tuple(made)


class Member(Struct, frozen=True, kw_only=True):
    """A participant that plays: its node, its identifier, and what it is called."""

    key: str
    name: Text
    node: Node
    id: str

"""Settings for digital contracts: how a node writes them, where it files them, and its role as a platform."""

import msgspec

from xinfu.contracts.moments import Dates
from xinfu.contracts.terms import SignMode
from xinfu.contracts.wire import NodeNames, Shape


class ContractSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `[contract]`.

    Attributes:
        strategies, nodes, dates: what is written where the standard has two readings (decision 0019).
        sign_mode: the default: sign between the parties, or on the platform.
        sample_codes: subject codes with a wrong check character are taken, as the samples of the standard have them.
        platform: the participant with which contracts are filed; None: they stay drafts.
        platform_base: the base address of its interfaces, in place of the one in its DID document.
    """

    strategies: Shape = Shape.OBJECT
    nodes: NodeNames = NodeNames.ANNEX_B
    dates: Dates = Dates.ISO
    sign_mode: SignMode = SignMode.POINT_TO_POINT
    sample_codes: bool = False
    platform: str | None = None
    platform_base: str | None = None


class PlatformRole(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `[platform]`: this node numbers and files contracts.

    Attributes:
        context: which of its participants is the platform.
        entity: subject code of its operator, part of every number.
        place: its region, four digits, or `00` and two digits of an industry.
        type_code: first character of every number.
    """

    context: str
    entity: str
    place: str
    type_code: str = "8"

"""Settings for digital contracts: their written form, the platform that files them, and the node's role as one."""

import msgspec

from xinfu.contracts.moments import Dates
from xinfu.contracts.terms import SignMode
from xinfu.contracts.wire import NodeNames, Shape


class ContractSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of `[contract]`.

    Attributes:
        strategies, nodes, dates: the forms to write where the standard has two readings (decision 0019).
        sign_mode: the default sign mode: between the parties, or on the platform.
        sample_codes: accept subject codes with a wrong check character, which the samples of the standard have.
        platform: the participant with which contracts are filed; None: they remain drafts.
        platform_base: the base address of its interfaces, instead of the one in its DID document.
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
        context: the participant context that is the platform.
        entity: subject code of its operator, part of every contract number.
        place: four digits of its region, or `00` and two digits of an industry.
        type_code: first character of every contract number.
    """

    context: str
    entity: str
    place: str
    type_code: str = "8"

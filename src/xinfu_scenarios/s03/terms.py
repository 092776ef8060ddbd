"""The rules under which the hourly series are published: as ODRL, and as sentences with level of control.

Purpose, time and membership are checked at the provider on every access (the purpose as the consumer
declares and signs it); that nothing is passed on is by contract only, and said so.
"""

from datetime import datetime
from typing import Final

from msgspec import Struct

from xinfu_scenarios.s03.story import Control, Rule
from xinfu_scenarios.words import Text, minute

PURPOSE: Final = "heavy-pollution-response"
OTHER_PURPOSE: Final = "marketing"


class Terms(Struct, frozen=True, kw_only=True):
    """What may differ between two offers of the same rules.

    Args:
        until: the last moment of use; aware.
    """

    until: datetime


def policy(terms: Terms) -> dict[str, object]:
    """The rules as an ODRL policy."""
    constraints = [
        _constraint("purpose", "eq", PURPOSE),
        _constraint("membership", "eq", "active"),
        _constraint("dateTime", "lteq", terms.until.isoformat(timespec="milliseconds")),
    ]
    return {
        "@type": "Offer",
        "conflict": "prohibit",
        "permission": [{"action": "use", "constraint": constraints}],
        "prohibition": [{"action": "distribute"}],
    }


def _constraint(left: str, operator: str, right: str) -> dict[str, str]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def rules(terms: Terms) -> tuple[Rule, ...]:
    """The same rules as sentences."""
    until = minute(terms.until)
    return (
        Rule(
            sentence=Text(
                en="May be used for heavy-pollution response only; the consumer declares the purpose and signs it.",
                zh="仅可用于重污染天气应急响应；用途由使用方声明并签名。",
            ),
            control=Control.PROVIDER,
        ),
        Rule(
            sentence=Text(en="By members of the space only.", zh="仅限空间成员使用。"),
            control=Control.PROVIDER,
        ),
        Rule(
            sentence=Text(en=f"Until {until} (Beijing time).", zh=f"使用期限至 {until}（北京时间）。"),
            control=Control.PROVIDER,
        ),
        Rule(
            sentence=Text(en="Must not be passed on to others.", zh="不得转给他人。"),
            control=Control.CONTRACT,
        ),
    )

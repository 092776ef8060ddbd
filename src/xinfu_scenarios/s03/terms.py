"""The rules under which the hourly series are published, as ODRL and as sentences with their level of control.

Time and membership are facts that the provider checks on every access. The purpose is what the consumer
declares: another one is refused, but nobody sees the real use. That nothing is passed on is by contract only.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from xinfu import client
from xinfu_scenarios.s03.story import Control, Rule
from xinfu_scenarios.words import Text, minute

PURPOSE: Final = "heavy-pollution-response"
OTHER_PURPOSE: Final = "marketing"
GRADE: Final = 3
"""Sensitive (分类分级): hourly raw series, for members, a purpose and a time, and not to be passed on."""


class Terms(Struct, frozen=True, kw_only=True):
    """The terms that may differ between two offers of the same rules.

    Args:
        until: the last moment of use; aware.
    """

    until: datetime


def policy(terms: Terms) -> dict[str, Any]:
    """The rules as an ODRL policy."""
    return client.policy(purpose=[PURPOSE], members=True, until=terms.until, prohibit=["distribute"])


def rules(terms: Terms) -> tuple[Rule, ...]:
    """The rules as sentences."""
    until = minute(terms.until)
    return (
        Rule(
            sentence=Text(
                en="May be used for heavy-pollution response only. The consumer declares the purpose and signs it; "
                "another purpose is refused, the real use is a matter of audit.",
                zh="仅可用于重污染天气应急响应。用途由使用方声明并签名；声明其他用途会被拒绝，实际用途靠审计。",
            ),
            control=Control.CONTRACT,
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

"""The rules of the story as ODRL: what the builder offers, and the narrower terms that the firm asks for.

`read` alone is permitted, so the telemetry is given to vaults alone; it is deleted when the contract is over.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from xinfu import client

PURPOSES: Final = ("predictive-maintenance", "fault-diagnosis")
PURPOSE: Final = PURPOSES[0]
TELEMETRY_GRADE: Final = 4
"""Highly sensitive (分类分级): in vaults alone, counted, and deleted in the end."""
RECORDING_GRADE: Final = 3
"""Sensitive: for members, named purposes and a time, and not to be passed on."""
OFFERED_FOR: Final = timedelta(days=30)
WANTED_FOR: Final = timedelta(days=7)
OFFERED_USES: Final = 10
WANTED_USES: Final = 3
CLAUSE: Final = "任一方完成约定工作后可提前终止。 Either party may end the contract once its work is done."


def offered(now: datetime) -> dict[str, Any]:
    """The terms that the builder offers."""
    return _terms(PURPOSES, now + OFFERED_FOR, OFFERED_USES)


def wanted(now: datetime) -> dict[str, Any]:
    """The terms that the firm asks for: one purpose of two, a shorter time, fewer uses."""
    return _terms((PURPOSE,), now + WANTED_FOR, WANTED_USES)


def streamed(now: datetime) -> dict[str, Any]:
    """The terms of the long recording: purpose, membership and time."""
    return client.policy(purpose=PURPOSES, members=True, until=now + OFFERED_FOR, prohibit=["distribute"])


def _terms(purposes: tuple[str, ...], until: datetime, times: int) -> dict[str, Any]:
    """The policy from the client's keywords, with the action `read` and a duty of deletion, which have no keyword."""
    policy = client.policy(
        purpose=purposes,
        members=True,
        until=until.replace(microsecond=0),
        times=times,
        prohibit=["distribute"],
    )
    [permission] = policy["permission"]
    return {**policy, "permission": [{**permission, "action": "read", "duty": [{"action": "delete"}]}]}

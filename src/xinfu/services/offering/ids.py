"""Ids of what is offered, as their publishers choose them."""

from typing import Final, Literal

from xinfu.services.offering import errors

EVERYONE: Final = "everyone"
"""Id of the access policy under which everyone who proves who it is sees an offer."""


def check_id(id_: str, kind: Literal["asset", "policy", "definition"]) -> None:
    """Refuse what cannot be an id, with InputError `<kind>.id-invalid` or `policy.id-reserved`."""
    if not id_ or len(id_) > 256 or not id_.isprintable() or id_ != id_.strip():
        raise errors.ID_INVALID(kind=kind)
    if kind == "policy" and id_ == EVERYONE:
        raise errors.POLICY_ID_RESERVED(everyone=EVERYONE)

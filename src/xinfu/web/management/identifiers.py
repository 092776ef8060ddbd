"""Ids: given by a caller, or generated here, and the answer that returns one."""

import uuid
from datetime import datetime
from typing import Any

from xinfu.web.management.routes import ManagementCall
from xinfu.web.management.shapes import millis


def given_or_new(call: ManagementCall) -> str:
    """The body's `@id`, or a fresh UUID; a blank one becomes a fault of the body."""
    return call.given.id() or str(uuid.uuid4())


def id_response(call: ManagementCall, id_: str, created: datetime) -> dict[str, Any]:
    """Return the answer to a create."""
    return call.one(call.version.node("IdResponse", id_, createdAt=millis(created)))

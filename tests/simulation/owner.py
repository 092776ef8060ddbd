"""To whom a task belongs, so that a crash ends everything of one party and nothing of the other."""

import asyncio
from contextvars import ContextVar
from typing import Any

Tasks = dict[asyncio.Task[Any], None]
"""Tasks in the order in which they began."""

OWNER: ContextVar[Tasks | None] = ContextVar("OWNER", default=None)

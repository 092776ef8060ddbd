"""The form of all views, and a page of them."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that a node shows."""


class Page(View, Generic[T], frozen=True, kw_only=True):
    """Some of a list. `next` is the cursor of what follows; None on the last page."""

    items: list[T]
    next: str | None
    total: int

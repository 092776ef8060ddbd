"""Grades of data (分类分级): the scale, how an asset is graded, and stating another grade."""

from urllib.parse import quote

from xinfu.api import GradedView, GradeView, ScaleView
from xinfu.client.transport import Transport


class Grades:
    """The grades of what a node holds."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def scale(self) -> list[GradeView]:
        """Every grade: what it means, what its offers keep, its default policy."""
        return (await self._transport.get("/grades", ScaleView)).items

    async def show(self, asset: str) -> GradedView:
        """How an asset is graded, and which of its offers its grade withholds.

        Raises:
            NotFoundError: `asset.not-found`.
        """
        return await self._transport.get(_at(asset), GradedView)

    async def state(self, asset: str, grade: int, *, reason: str | None = None) -> GradedView:
        """State the grade of an asset; offers that are too weak for it are withheld from now on.

        Args:
            reason: why, for the log; needed where the grade is lowered.

        Raises:
            NotFoundError: `asset.not-found`. InputError: `grade.reason`.
        """
        return await self._transport.put(_at(asset), GradedView, {"grade": grade, "reason": reason})


def _at(asset: str) -> str:
    return f"/asset-grades/{quote(asset, safe='')}"

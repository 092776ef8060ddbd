"""Grades of data (分类分级): the scale, how an asset is graded, and stating another grade."""

from urllib.parse import quote

from xinfu.api import GradedView, GradeView, ScaleView
from xinfu.client.handle import Handle


class Grades(Handle):
    """The grades of the assets on a node."""

    async def scale(self) -> list[GradeView]:
        """Return every grade: its meaning, what its offers must keep, its default policy."""
        return (await self._transport.get("/grades", ScaleView)).items

    async def show(self, asset: str) -> GradedView:
        """Return the grade of an asset, and the offers that its grade withholds.

        Raises:
            NotFoundError: `asset.not-found`.
        """
        return await self._transport.get(_at(asset), GradedView)

    async def state(self, asset: str, grade: int, *, reason: str | None = None) -> GradedView:
        """Set the grade of an asset; offers too weak for it are withheld from now on.

        Args:
            reason: the reason for the log; required to lower the grade.

        Raises:
            NotFoundError: `asset.not-found`. InputError: `grade.reason`.
        """
        return await self._transport.put(_at(asset), GradedView, {"grade": grade, "reason": reason})


def _at(asset: str) -> str:
    return f"/asset-grades/{quote(asset, safe='')}"

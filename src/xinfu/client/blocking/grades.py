"""Grades of what a node holds, blocking."""

from xinfu.client import grades
from xinfu.client.blocking.loop import Loop
from xinfu.client.views import GradedView, GradeView


class Grades:
    """See `xinfu.client.grades.Grades`."""

    def __init__(self, loop: Loop, inner: grades.Grades) -> None:
        self._loop = loop
        self._inner = inner

    def scale(self) -> list[GradeView]:
        """Every grade."""
        return self._loop.wait(self._inner.scale())

    def show(self, asset: str) -> GradedView:
        """How an asset is graded."""
        return self._loop.wait(self._inner.show(asset))

    def state(self, asset: str, grade: int, *, reason: str | None = None) -> GradedView:
        """State the grade of an asset."""
        return self._loop.wait(self._inner.state(asset, grade, reason=reason))

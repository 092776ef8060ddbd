"""Grades of data (分类分级): the scale, how an asset is graded, and stating another grade."""

from datetime import datetime

import msgspec

from xinfu.api import DemandView, GradeView, ScaleView
from xinfu.odrl.control.grades import GRADES, Grade, GradeNumber, demands_of
from xinfu.services.offering import grading
from xinfu.services.offering.grading import GradedAsset
from xinfu.web.api.operation import Call, Operation


class GradeForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The grade of an asset, and the reason for the log."""

    grade: GradeNumber
    reason: str | None = None


def grade_view(grade: Grade, now: datetime) -> GradeView:
    """Return a grade as the API shows it, for a publication at `moment`."""
    return GradeView(
        number=grade.number,
        name=dict(zip(("zh", "en"), grade.name, strict=True)),
        means=dict(zip(("zh", "en"), grade.means, strict=True)),
        least=[
            DemandView(
                name=each.name, zh=each.says[0], en=each.says[1], help_zh=each.how[0], help_en=each.how[1]
            )
            for each in demands_of(grade.number)
        ],
        default=None if grade.default is None else grade.default(now),
        by_hand=grade.by_hand,
    )


async def show_scale(call: Call) -> ScaleView:
    now = call.parts.clock.now()
    return ScaleView(items=[grade_view(each, now) for each in GRADES.values()])


async def show_grade(call: Call) -> GradedAsset:
    return await grading.show(call.parts, call.context, call.path["id"])


async def state_grade(call: Call) -> GradedAsset:
    form: GradeForm = call.body
    return await grading.state(call.parts, call.context, call.path["id"], form.grade, form.reason)


OPERATIONS = [
    Operation(
        method="GET",
        path="/grades",
        summary="List the grades, each with its meaning, the rules for its offers, and its default policy.",
        handler=show_scale,
        gives=ScaleView,
    ),
    Operation(
        method="GET",
        path="/asset-grades/{id:path}",
        summary="Show the grade of an asset, and the offers that the grade withholds.",
        handler=show_grade,
        gives=GradedAsset,
    ),
    Operation(
        method="PUT",
        path="/asset-grades/{id:path}",
        summary="Set the grade of an asset; offers that are too weak for it are withheld from now on.",
        handler=state_grade,
        takes=GradeForm,
        gives=GradedAsset,
    ),
]

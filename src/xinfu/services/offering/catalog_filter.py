"""Filters of a catalog in EDC's words (QuerySpec), as they are stated and as further pages carry them on."""

from typing import Annotated, Any, Final

import msgspec

from xinfu.ports.query import LARGEST_OFFSET, Query
from xinfu.ports.records import Asset, Criterion
from xinfu.services.offering import errors
from xinfu.services.offering.criteria import EDC, asset_conditions, asset_fields

PAGE: Final = 100
"""The most datasets on a page."""


class CatalogFilter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The datasets that a caller asks for, and the place of a page among them.

    Attributes:
        sort: the field to sort by; "" for the order of ids.
        after: id of the asset behind which the page begins.
        offset: number of datasets to skip.
        limit: datasets on a page.
    """

    criteria: tuple[Criterion, ...] = ()
    sort: str = ""
    descending: bool = False
    after: str | None = None
    offset: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_OFFSET)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE)] = PAGE

    @property
    def is_plain(self) -> bool:
        """Whether it asks for all datasets from the first one on, in the order of ids."""
        return self == CatalogFilter(limit=self.limit)

    def query(self) -> Query[Asset]:
        """The query of the store.

        Raises:
            InputError: `query.*`: an invalid operator, value or path.
        """
        return Query(
            conditions=asset_conditions(self.criteria),
            sort=asset_fields(self.sort)[0] if self.sort else None,
            descending=self.descending,
            after=self.after,
            offset=self.offset,
            limit=self.limit,
        )


def read_filter(filters: tuple[Any, ...]) -> CatalogFilter | None:
    """The filter that is stated as EDC's QuerySpec; None if there is another filter, or none.

    Raises:
        InputError: `query.criterion`: a condition that lacks an operand or the operator.
    """
    if len(filters) != 1 or not isinstance(filters[0], dict):
        return None
    stated = {str(key).removeprefix(EDC): value for key, value in filters[0].items()}
    if str(stated.get("@type")).removeprefix(EDC) != "QuerySpec":
        return None
    criteria = stated.get("filterExpression") or ()
    listed = criteria if isinstance(criteria, list | tuple) else [criteria]
    sort = stated.get("sortField")
    return CatalogFilter(
        criteria=tuple(_criterion(each) for each in listed),
        sort=sort if isinstance(sort, str) else "",
        descending=stated.get("sortOrder") == "DESC",
        offset=_whole(stated.get("offset"), 0, LARGEST_OFFSET),
        limit=_whole(stated.get("limit"), PAGE, PAGE) or PAGE,
    )


def _criterion(stated: object) -> Criterion:
    known = (
        {str(key).removeprefix(EDC): value for key, value in stated.items()}
        if isinstance(stated, dict)
        else {}
    )
    left, operator = known.get("operandLeft"), known.get("operator")
    if not isinstance(left, str) or not isinstance(operator, str) or "operandRight" not in known:
        raise errors.QUERY_CRITERION()
    return Criterion(left=left, operator=operator, right=known["operandRight"])


def _whole(value: object, default: int, most: int) -> int:
    found = value if isinstance(value, int) and not isinstance(value, bool) else default
    return min(max(found, 0), most)

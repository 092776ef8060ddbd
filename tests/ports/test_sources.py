"""What each kind of source says of itself, and that a kind which says less does not come to be."""

from typing import get_args

import msgspec
import pytest

from xinfu.ports.source_facts import DialledPlace, PathPlace, Place, SourceFacts, UrlPlace
from xinfu.ports.sources import (
    AddressSource,
    FileSource,
    FolderSource,
    HttpSource,
    LiveSource,
    RowsSource,
    S3Source,
    SourceBase,
    SourceKind,
    TableSource,
)

FILE = "/data/a.csv"
URL = "https://api.example/v1"
CASES: list[tuple[LiveSource, Place | None, str | None, bool, bool, bool, bool]] = [
    # source, place, delivery, is_live, is_kept, has_rows, is_pushable
    (FileSource(path=FILE), PathPlace(FILE), "01", False, False, False, True),
    (FolderSource(path="/data"), PathPlace("/data"), "01", False, False, False, False),
    (AddressSource(), None, None, False, False, False, True),
    (HttpSource(url=URL), UrlPlace(URL, URL), "03", True, False, False, True),
    (
        TableSource(engine="sqlite", database="/d.db", table="t"),
        PathPlace("/d.db"),
        "01",
        True,
        True,
        True,
        True,
    ),
    (
        TableSource(engine="duckdb", database="/d.db", table="t"),
        PathPlace("/d.db"),
        "01",
        True,
        True,
        True,
        True,
    ),
    (
        TableSource(engine="postgresql", database="postgresql://u@h/n", table="t"),
        DialledPlace("postgresql://u@h/n"),
        "01",
        True,
        True,
        True,
        True,
    ),
    (
        S3Source(endpoint=URL, bucket="b", key="k"),
        UrlPlace(URL, "b"),
        "01",
        False,
        False,
        False,
        True,
    ),
    (
        S3Source(endpoint=URL, bucket="b", prefix="p/"),
        UrlPlace(URL, "b"),
        "01",
        False,
        False,
        False,
        False,
    ),
    (
        RowsSource(path=FILE, format="csv", stamp="1"),
        PathPlace(FILE),
        "01",
        True,
        True,
        True,
        True,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0].kind)
def test_each_kind_says_what_the_node_asks_of_it(
    case: tuple[LiveSource, Place | None, str | None, bool, bool, bool, bool],
) -> None:
    source, place, delivery, is_live, is_kept, has_rows, is_pushable = case
    facts = source.facts
    assert (source.place, facts.delivery, facts.is_live, facts.is_kept, facts.has_rows) == (
        place,
        delivery,
        is_live,
        is_kept,
        has_rows,
    )
    assert source.is_pushable is is_pushable


def test_every_kind_has_a_struct_and_a_case() -> None:
    structs = set(get_args(LiveSource))
    assert {str(struct.__struct_config__.tag) for struct in structs} == set(SourceKind)
    assert {type(case[0]) for case in CASES} == structs
    defined = {each for each in SourceBase.__subclasses__() if each.__module__ == SourceBase.__module__}
    assert defined == structs  # tests define kinds of their own elsewhere


FACTS = SourceFacts(delivery=None, is_live=False, is_kept=False, has_rows=False, is_pushable=False)


@pytest.mark.parametrize("left_out", ["facts", "place"])
def test_a_kind_that_leaves_a_question_open_cannot_be_defined(left_out: str) -> None:
    stated = {"facts": FACTS, "place": property(lambda _: None)}
    del stated[left_out]
    with pytest.raises(TypeError, match=left_out):
        msgspec.defstruct(
            "Toy", [], bases=(SourceBase,), namespace=stated, frozen=True, kw_only=True, tag="toy"
        )


def test_a_kind_that_answers_everything_is_asked_like_the_others() -> None:
    stated = {"facts": FACTS, "place": property(lambda _: None)}
    toy = msgspec.defstruct("Toy", [], bases=(SourceBase,), namespace=stated, frozen=True, tag="toy")()
    assert isinstance(toy, SourceBase)
    assert (toy.place, toy.is_pushable, toy.row_file, toy.offered) == (None, False, None, {})


@pytest.mark.parametrize("left_out", SourceFacts.__struct_fields__)
def test_no_fact_has_a_default(left_out: str) -> None:
    stated = msgspec.structs.asdict(FACTS)
    del stated[left_out]
    with pytest.raises(TypeError, match=left_out):
        SourceFacts(**stated)

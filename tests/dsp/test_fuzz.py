"""Whatever a body holds, it is read or refused with a code: nothing else comes out."""

import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dsp.samples import every_message

from xinfu import dsp
from xinfu.dsp import forms
from xinfu.errors import ProtocolError

RUNS = settings(max_examples=300, deadline=None, derandomize=True)

WORDS = [
    "@context",
    "@type",
    "@id",
    "@value",
    "@language",
    "@list",
    "@set",
    "@graph",
    "@reverse",
    "@included",
    "@nest",
    "@index",
    "@none",
    "@vocab",
    "use",
    "urn:x",
    "odrl:use",
    "dspace:ACCEPTED",
    "offer",
    "permission",
    "action",
    "constraint",
    "and",
    "rightOperand",
    "target",
    "reason",
    "title",
]
TEXTS = st.one_of(st.sampled_from([*WORDS, dsp.DSP_CONTEXT]), st.text(max_size=8))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PLAIN = [json.loads(dsp.write(message)) for message in every_message()]
LINKED = [
    document | {"@context": [*document["@context"], {"own": "https://example.org/own#"}]}
    for document in PLAIN
    if "@context" in document
]
TYPES = (*forms.TYPES.values(),)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all members and items in `value`."""
    keys = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
    return [(*path, key) for key in keys] + [
        deep for key in keys for deep in places(value[key], (*path, key))
    ]


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of `document` with `value` at `path`."""
    copy = json.loads(json.dumps(document))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


@st.composite
def broken(draw: st.DrawFn, documents: list[Any]) -> bytes:
    document = draw(st.sampled_from(documents))
    for _ in range(draw(st.integers(1, 3))):
        document = put(document, draw(st.sampled_from(places(document))), draw(VALUES))
    return json.dumps(document).encode()


def read_or_refuse(body: bytes, *expected: type[dsp.Message]) -> None:
    with contextlib.suppress(ProtocolError):
        assert isinstance(dsp.read(body, *expected), expected)


@RUNS
@given(broken(PLAIN))
def test_a_broken_message_is_read_or_refused(body: bytes) -> None:
    read_or_refuse(body, *TYPES)
    read_or_refuse(body, dsp.VersionResponse)


@RUNS
@given(broken(LINKED))
def test_a_broken_message_in_json_ld_is_read_or_refused(body: bytes) -> None:
    read_or_refuse(body, *TYPES)


@RUNS
@given(VALUES)
def test_any_json_is_read_or_refused(value: Any) -> None:
    read_or_refuse(json.dumps(value).encode(), *TYPES)
    read_or_refuse(
        json.dumps({"@context": {"own": "https://example.org/own#"}, "own:x": value}).encode(), *TYPES
    )


@RUNS
@given(st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_or_refuse(body, *TYPES)

"""Link headers in the forms that peers write (R-CAT-21)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.peers.links import links, next_page


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://a/?p=2>; rel="next"', "https://a/?p=2"),
        ("<https://a/?p=2>;rel=next", "https://a/?p=2"),
        ('<https://a/?p=1>; rel="previous", <https://a/?p=3>; rel="next"', "https://a/?p=3"),
        ('<a>;rel="prev",<b>;rel="next"', "b"),
        ('<https://a/?p=1,2;3>; title="x, y; rel=next"; rel="next"', "https://a/?p=1,2;3"),
        ('<b>; rel="first next"', "b"),
        ("<b>; REL=NEXT", "b"),
        ('<b>; rel="next"; rel="previous"', "b"),
        ('  <b>  ; type="x/y"  ;  rel = "next" ', "b"),
        (r'<b>; title="a \" , <c>; rel=x"; rel="next"', "b"),
        ("<>; rel=next", ""),
        ('<b>; rel="previous"', None),
        ('<b>; rel="nextish"', None),
        ('<b>; rel="previous"; rel="next"', None),
        ("<b>", None),
        ("", None),
        (None, None),
        ("b; rel=next", None),
        ('<b; rel="next"', None),
        ('nonsense, <b>; rel="next"', None),
    ],
)
def test_the_next_page_is_what_the_header_says(header: str | None, target: str | None) -> None:
    assert next_page(header) == target


@given(st.text(alphabet='<>;=", \\relnxtab', max_size=60))
def test_any_text_is_read_to_an_end(header: str) -> None:
    assert len(list(links(header))) <= len(header)


def test_a_long_header_is_read_in_time_that_grows_with_it() -> None:
    header = "<a>" + '; x="' * 20_000
    assert next_page(header) is None

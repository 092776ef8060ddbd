"""Shared parts of the drawings of a page: text in both languages, and a frame with a name.

A drawing is an SVG without scripts and without styles of its own (the page has them, by class). It holds each text once
in each language, and the page shows one of them.
"""

import html

import svg

from xinfu_scenarios.words import Text


def text(x: float, y: float, words: Text | str, *classes: str, anchor: str = "start") -> list[svg.Element]:
    """Text at a place: one element if both languages have the same words, otherwise one for each."""
    if isinstance(words, str):
        return [_one_text(x, y, words, [*classes], anchor, None)]
    return [
        _one_text(x, y, words.zh, [*classes, "zh"], anchor, "zh-CN"),
        _one_text(x, y, words.en, [*classes, "en"], anchor, "en"),
    ]


def _one_text(x: float, y: float, words: str, classes: list[str], anchor: str, lang: str | None) -> svg.Text:
    # The library writes text as it is: what comes from a file must not become markup.
    element = svg.Text(x=x, y=y, text=html.escape(words), class_=classes or None, lang=lang)
    element.text_anchor = "middle" if anchor == "middle" else "end" if anchor == "end" else "start"
    return element


def drawing(width: float, height: float, elements: list[svg.Element], *, name: Text, css: str) -> str:
    """The drawing as markup; a screen reader reads out `name`."""
    label = html.escape(f"{name.zh} / {name.en}", quote=True)
    extra = {"role": "img", "aria-label": label}
    box = svg.ViewBoxSpec(0, 0, width, height)
    return str(svg.SVG(viewBox=box, class_=[css], elements=elements, extra=extra))

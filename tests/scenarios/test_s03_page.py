"""The page of S03: self-contained, in two languages, with a table for each drawing, and marked."""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from xinfu_scenarios.s03.page import render
from xinfu_scenarios.s03.params import Params
from xinfu_scenarios.s03.story import Story

Tell = Callable[[Sequence[Path]], Story]
Hours = Callable[..., Path]
HAN = re.compile(r"[\u4e00-\u9fff]")
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Reader(HTMLParser):
    """Reads a page into tags with their attributes, and texts with the language they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str]]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.unbalanced: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in VOID:
            self.open.append((tag, found))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop()[0] != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        languages = [attrs["lang"] for _, attrs in self.open if "lang" in attrs]
        self.texts.append((languages[-1] if languages else "", data))

    def with_tag(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]


def page_of(story: Story) -> str:
    return render(story, plan=Params().plan, validity=Params().validity)


@pytest.fixture(scope="module")
def page(generated_story: Story) -> str:
    return page_of(generated_story)


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


def test_the_page_loads_nothing_and_runs_nothing(page: str, read: Reader) -> None:
    addresses = ("src", "href", "srcset", "data", "action", "background", "poster", "xlink:href")
    assert not [attrs for _, attrs in read.tags if any(name in attrs for name in addresses)]
    assert not {"script", "iframe", "object", "embed", "link", "base"} & {tag for tag, _ in read.tags}
    assert "@import" not in page
    assert set(re.findall(r"url\(([^)]*)\)", page)) <= {"#no-value-months", "#no-value-weeks"}
    assert not [attrs for _, attrs in read.tags if any(name.startswith("on") for name in attrs)]


def test_the_policy_of_the_page_allows_its_own_style_alone(page: str, read: Reader) -> None:
    (policy,) = [one["content"] for one in read.with_tag("meta") if one.get("http-equiv")]
    style = page.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert not [attrs for _, attrs in read.tags if "style" in attrs]


def test_every_tag_that_opens_closes(read: Reader) -> None:
    assert read.unbalanced == []
    assert read.open == []


def test_no_chinese_text_stands_under_english_and_the_other_way_round(read: Reader) -> None:
    english = [text for language, text in read.texts if language == "en" and HAN.search(text)]
    assert english == []
    assert read.with_tag("html") == [{"lang": "zh-CN"}]


def test_everything_that_is_said_in_one_language_is_said_in_the_other(read: Reader) -> None:
    spans = [attrs for tag, attrs in read.tags if tag == "span" and "lang" in attrs]
    languages = [attrs["lang"] for attrs in spans if attrs.get("class") in ("zh", "en")]
    assert languages.count("zh-CN") > 40
    chinese = [place for place, language in enumerate(languages) if language == "zh-CN"]
    assert all(languages[place + 1] == "en" for place in chinese)


def test_each_drawing_has_a_name_and_the_days_have_a_table(read: Reader, generated_story: Story) -> None:
    drawings = [attrs for attrs in read.with_tag("svg") if attrs.get("aria-hidden") != "true"]
    assert {attrs["role"] for attrs in drawings} == {"img"}
    assert all(attrs["aria-label"] for attrs in drawings)
    texts = [text for _, text in read.texts]
    assert all(texts.count(day.isoformat()) >= 1 for day in generated_story.air.days)
    assert len(read.with_tag("caption")) == len(read.with_tag("table"))


def test_every_heading_stands_below_one_of_the_level_above(read: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_ids_are_unique_and_references_to_them_hold(read: Reader) -> None:
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [attrs[name] for _, attrs in read.tags for name in ("aria-labelledby", "for") if name in attrs]
    assert set(named) <= set(ids)


def test_an_alert_without_an_end_says_until_further_notice_and_has_an_open_edge(page: str) -> None:
    assert page.count("另行通知") >= 3
    assert page.count("until further notice") >= 3
    assert 'class="frame frame-open level-orange"' in page


def test_generated_data_are_marked_wherever_they_are_shown(read: Reader, page: str) -> None:
    assert len([one for one in read.with_tag("span") if one.get("class") == "generated"]) >= 4
    assert "模拟生成 / generated" in page.split("</title>")[0]


def test_measured_data_carry_no_mark_of_generation(tmp_path: Path, tell: Tell, hours_file: Hours) -> None:
    page = page_of(tell([hours_file(tmp_path / "own.csv")]))
    assert "模拟生成" not in page
    assert 'class="generated"' not in page


def test_clean_days_give_a_page_without_an_alert(tmp_path: Path, tell: Tell, hours_file: Hours) -> None:
    page = page_of(tell([hours_file(tmp_path / "own.csv")]))
    assert "No alert is due" in page
    assert 'class="frame frame-open' not in page


def test_words_from_a_file_never_become_markup(tmp_path: Path, tell: Tell, hours_file: Hours) -> None:
    page = page_of(tell([hours_file(tmp_path / "own.csv", station="<script>alert(1)</script>", value=300)]))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_every_refusal_is_told_with_its_code_and_a_way_out(page: str, generated_story: Story) -> None:
    for refusal in generated_story.refusals:
        assert refusal.code in page
        assert refusal.answer.zh in page
        assert refusal.answer.en in page


def test_the_page_says_how_to_check_each_receipt(page: str) -> None:
    command = " ".join(page.split("<pre><code>")[1].split("</code>")[0].replace("\\", "").split())
    assert command == "xinfu verify --trust trust/provider.did.json receipts/agreement.json"
    assert "receipts/altered.json</code>" in page

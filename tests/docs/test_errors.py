"""Errors stand in tables, are called with exactly their values, and are listed on docs/reference/errors.md."""

import ast
from collections import Counter

import pytest
from tests.docs import codes, wordings
from tests.docs.wordings import CHINESE, all_rows, placeholders, values_of

from xinfu.credentials.refusal import TokenRefusedError
from xinfu.errors import InputError, NotFoundError, Wording, XinfuError

HELP = "run `make docs`"


def listed() -> set[str]:
    """Codes on the page."""
    rows = codes.PAGE.read_text(encoding="utf-8").splitlines()
    return {row.split("`")[1] for row in rows if row.startswith("| `")}


def in_program() -> set[str]:
    """Codes in the program."""
    return {row.split("`")[1] for row in codes.page().splitlines() if row.startswith("| `")}


def test_every_code_of_the_program_is_listed() -> None:
    assert sorted(in_program() - listed()) == [], HELP


def test_no_code_is_listed_that_the_program_does_not_know() -> None:
    assert sorted(listed() - in_program()) == [], HELP


def test_there_are_rows_to_read() -> None:
    assert len(list(all_rows())) > 500


def test_a_row_is_called_with_exactly_the_values_that_it_names() -> None:
    wrong = [
        f"{use.where}: {use.name} takes {sorted(values_of(use.row))}, is given {sorted(use.values)}"
        for path, tree in wordings.modules()
        for use in wordings.uses(str(path.relative_to(wordings.ROOT)), tree)
        if use.values != values_of(use.row)
    ]
    assert wrong == []


def test_every_row_that_a_module_speaks_of_is_called_there() -> None:
    """A row that is handed on would be called where no test sees its values."""
    wrong = [
        f"{path.relative_to(wordings.ROOT)}: {name}"
        for path, tree in wordings.modules()
        for name in {*wordings.mentions(tree)} - {use.name for use in wordings.uses("", tree)}
    ]
    assert wrong == []


def test_every_row_is_used() -> None:
    used = Counter(
        f"{module}.{name}" for _, tree in wordings.modules() for module, name in wordings.mentioned(tree)
    )
    assert [name for name, _ in all_rows() if not used[name]] == []


def test_no_error_is_made_of_sentences_outside_a_table() -> None:
    found = [
        f"{path.relative_to(wordings.ROOT)}:{line}"
        for path, tree in wordings.modules()
        for line in wordings.written_out(tree)
    ]
    assert found == []


def test_the_classes_of_errors_stand_in_one_module() -> None:
    """`TokenRefusedError` has one sentence for all its reasons, which stay in the node."""
    found, waiting = set(), [XinfuError]
    list(all_rows())
    while waiting:
        for each in waiting.pop().__subclasses__():
            found.add(each)
            waiting.append(each)
    assert {each for each in found if each.__module__.startswith("xinfu.")} - set(
        wordings.families().values()
    ) == {TokenRefusedError}


def test_a_row_bears_the_name_of_its_code() -> None:
    """Followed by a word or two, where a code has several sentences."""
    wrong = [
        f"{name}: {row.code}"
        for name, row in all_rows()
        if not name.rpartition(".")[2].startswith(wordings.name_of(row.code))
    ]
    assert wrong == []


def test_a_template_fills_in_plain_names_alone() -> None:
    """`{page.size}` would look into a value, `{}` would take what stands first."""
    wrong = [
        f"{name}: {value!r}"
        for name, row in all_rows()
        for text in (row.code, row.en, row.zh, row.help_en, row.help_zh)
        for value in placeholders(text)
        if not value.isidentifier()
    ]
    assert wrong == []


def test_both_languages_say_the_same_values() -> None:
    """What stands in one alone is a word of that language: `grade` and `grade_zh`, `en` and `zh`."""
    wrong = [
        f"{name}: {sorted(alone)}"
        for name, row in all_rows()
        for one, other in ((row.en, row.zh), (row.help_en, row.help_zh))
        if (alone := wordings.unpaired(one, other) - {*placeholders(row.code)})
    ]
    assert wrong == []


def test_every_row_speaks_both_languages() -> None:
    wrong = [
        name
        for name, row in all_rows()
        for one, other in ((row.en, row.zh), (row.help_en, row.help_zh))
        if bool(one) != bool(other)
        or CHINESE.search(one)
        or (wordings.words_of(one) and not CHINESE.search(other))
    ]
    assert wrong == []


def test_values_are_filled_in_and_never_read_as_templates() -> None:
    row = Wording(
        InputError, "a.b", "There is no {name!r}.", "没有 {name!r}。", "Ask {who}.", "请问 {who}。", ("who",)
    )
    error = row({"more": "1"}, name="{who}{0}{x.__class__}", who="{name}")
    assert error.en == "There is no '{who}{0}{x.__class__}'."
    assert error.zh == "没有 '{who}{0}{x.__class__}'。"
    assert (error.help_en, error.help_zh) == ("Ask {name}.", "请问 {name}。")
    assert error.facts == {"who": "{name}", "more": "1"}
    assert type(error) is InputError


@pytest.mark.parametrize("values", [{}, {"name": "a", "other": "b"}], ids=["missing", "unknown"])
def test_a_row_without_its_values_is_found_by_reading(values: dict[str, str]) -> None:
    given = ", ".join(f"{name}={value!r}" for name, value in values.items())
    tree = ast.parse(f"from xinfu.cli import errors\nraise errors.SCENARIO_NOT_FOUND({given})")
    [use] = wordings.uses("here", tree)
    assert use.name == "SCENARIO_NOT_FOUND"
    assert use.row.kind is NotFoundError
    assert use.values != values_of(use.row)


@pytest.mark.parametrize(
    "source",
    [
        'raise InputError("a.bc", "It is so.", "如此。")',
        'raise InputError(code, f"It is {so}.", zh)',
        'raise InputError(code, en, zh, help_en="Do it.")',
    ],
    ids=["written", "filled-in", "help"],
)
def test_sentences_outside_a_table_are_found_by_reading(source: str) -> None:
    assert list(wordings.written_out(ast.parse(source))) == [1]


def test_an_error_that_is_passed_on_needs_no_row() -> None:
    tree = ast.parse("raise RefusedError(error.code, error.en, error.zh, facts={'why': 'it is so'})")
    assert list(wordings.written_out(tree)) == []

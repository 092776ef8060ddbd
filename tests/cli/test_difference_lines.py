"""What a counter-offer changes, on the terminal."""

import pytest

from xinfu.cli.difference_lines import EFFECTS, WITHIN, difference
from xinfu.cli.output import Output
from xinfu.client import Change, Difference
from xinfu.odrl.changes.change import ChangeEffect
from xinfu.odrl.words.lexicon import Language

STEP = Change(
    kind="raises",
    effect="looser",
    rule="permission[0]",
    about="count",
    before=("3",),
    after=("5",),
    zh="提高：3 → 5 次使用",
    en="raises: 3 → 5 uses",
)
COMMON = {"permission": [{"action": "use", "constraint": []}]}


def found(within: str, *changes: Change) -> Difference:
    common = COMMON if within == "no" else None
    return Difference(
        against="our offer", within=within, zh="情形。", en="Situation.", changes=changes, common=common
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("within", list(WITHIN))
def test_each_step_stands_with_its_effect_and_what_decides(language: Language, within: str) -> None:
    lines = difference(Output(language=language), found(within, STEP))
    assert WITHIN[within][language == "zh"] in lines[0]
    assert ("3 → 5 uses (looser)" if language == "en" else "3 → 5 次使用（更宽）") in lines[1]
    assert ("--common" in "".join(lines)) is (within == "no")


def test_the_same_terms_are_said_to_be_the_same() -> None:
    assert difference(Output(language="en"), found("yes")) == ["  The same as our offer."]
    assert difference(Output(language="zh"), found("yes")) == ["  与我方要约相同。"]
    assert difference(Output(language="en"), None) == []


def test_every_effect_has_a_word() -> None:
    assert set(EFFECTS) == {effect.value for effect in ChangeEffect}

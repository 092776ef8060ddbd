"""Grades of data (分类分级), 1 to 5: what each means, its default terms, and the least that an offer has to keep.

A grade asks for all that the grades below it ask for, so a higher one is never kept by less. 1 to 4 are the grades of
general data, 5 is important data; core data has no grade here, because it is not a data product.
Follows: GB/T 43697-2024, 6.1 and Annex H; JR/T 0197-2020, 5; decision 0038.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final

import msgspec

from xinfu.odrl import errors
from xinfu.odrl.control import demands
from xinfu.odrl.control.demands import Demand
from xinfu.odrl.model.policy import Policy
from xinfu.odrl.short.form import Short, document, short
from xinfu.odrl.short.templates import fill
from xinfu.odrl.wire.anchor import anchor
from xinfu.odrl.words.lexicon import Words, pick

GradeNumber = Annotated[int, msgspec.Meta(ge=1, le=5)]
"""1 (public) to 5 (important)."""

A_DAY: Final = timedelta(days=1)
A_YEAR: Final = timedelta(days=365)
A_QUARTER: Final = timedelta(days=90)
DEFAULT_USES: Final = 10


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """A grade of data.

    Attributes:
        name: the name of the grade; `means` says what data has it.
        asks: what it asks for in addition to the grades below it.
        default: makes the policy of an offer that states none, as of a moment; None: a policy has to be stated.
        by_hand: whether a person agrees to each contract.
    """

    number: int
    name: Words
    means: Words
    asks: tuple[Demand, ...] = ()
    default: Callable[[datetime], dict[str, Any]] | None = None
    by_hand: bool = False


class Shortfall(msgspec.Struct, frozen=True, kw_only=True):
    """A demand of the grade that a permission does not keep.

    Attributes:
        rule: path of the permission, `permission[0]`.
        demand: the name of what is missing.
        zh: the same in words, in Chinese; `en` in English.
        help_zh: what would make it allowed, in Chinese; `help_en` in English.
    """

    rule: str
    demand: str
    zh: str
    en: str
    help_zh: str
    help_en: str


def demands_of(number: int) -> tuple[Demand, ...]:
    """All demands that an offer of this grade has to keep."""
    return tuple(each for grade in GRADES.values() if grade.number <= number for each in grade.asks)


def shortfalls(policy: Policy, number: int, now: datetime) -> tuple[Shortfall, ...]:
    """The demands of this grade that `policy` does not keep, rule by rule; empty if it may be offered.

    Args:
        now: when it is offered; the distance of an end is counted from the end of that day, UTC.
    """
    return _lacking(policy, number, now.astimezone(UTC).date()) if number > 1 else ()


@lru_cache(maxsize=4096)
def _lacking(written: Policy, number: int, day: date) -> tuple[Shortfall, ...]:
    now = datetime.combine(day, time(), UTC) + A_DAY
    policy = anchor(written, now)
    return tuple(
        _shortfall(f"permission[{place}]", demand)
        for place, rule in enumerate(policy.permissions)
        for demand in demands_of(number)
        if not demand.kept(policy, rule, now)
    )


def check_offer(policy: Policy, grade: int, asset: str, now: datetime) -> None:
    """Refuse to offer an asset of this grade under a weaker policy, as of `now`.

    Raises:
        InputError: `grade.policy-weaker`; `facts.lacks` names each rule and what it lacks, `permission[0]:end`.
    """
    lacks = shortfalls(policy, grade, now)
    if not lacks:
        return
    raise errors.GRADE_POLICY_WEAKER(
        facts_of(grade, lacks),
        asset=asset,
        grade=name_of(grade, "en"),
        grade_zh=name_of(grade, "zh"),
        lacks=describe_lacks(lacks, "en"),
        lacks_zh=describe_lacks(lacks, "zh"),
        remedies="; ".join(dict.fromkeys(each.help_en for each in lacks)),
        remedies_zh="；".join(dict.fromkeys(each.help_zh for each in lacks)),
    )


def describe_lacks(lacks: tuple[Shortfall, ...], language: str) -> str:
    """The rules with what each lacks, in words without a full stop; empty if nothing is lacking."""
    rules: dict[str, list[str]] = {}
    for each in lacks:
        rules.setdefault(each.rule, []).append(each.zh if language == "zh" else each.en)
    if language == "zh":
        return "。".join(f"{rule} 缺少：{'；'.join(said)}" for rule, said in rules.items())
    return ". ".join(f"{rule} lacks: {'; '.join(said)}" for rule, said in rules.items())


def facts_of(grade: int | None, lacks: tuple[Shortfall, ...]) -> dict[str, str]:
    """The shortfalls as facts of an error: `lacks` is `permission[0]:end permission[1]:purpose`."""
    return {
        "grade": "" if grade is None else str(grade),
        "lacks": " ".join(f"{each.rule}:{each.demand}" for each in lacks),
    }


def default_policy(number: int, now: datetime) -> dict[str, Any] | None:
    """The default terms of an offer of this grade, in the protocol's compact form; None: they have to be stated."""
    make = GRADES[number].default
    return None if make is None else make(now)


def _shortfall(rule: str, demand: Demand) -> Shortfall:
    zh, en = demand.says
    help_zh, help_en = demand.how
    return Shortfall(rule=rule, demand=demand.name, zh=zh, en=en, help_zh=help_zh, help_en=help_en)


def _until(now: datetime, life: timedelta) -> str:
    return (now + life).isoformat(timespec="seconds")


def _for_a_vault(now: datetime) -> dict[str, Any]:
    """Research by members, in their vaults, counted, and deleted in the end."""
    words = {
        "purpose": ["research"],
        "members": True,
        "until": _until(now, A_QUARTER),
        "times": DEFAULT_USES,
        "vault": True,
        "delete_after": True,
        "prohibit": ["distribute"],
    }
    return document(short(words))


GRADES: Final[Mapping[int, Grade]] = {
    grade.number: grade
    for grade in (
        Grade(
            number=1,
            name=("公开", "public"),
            means=(
                "一般数据 1 级：泄露或滥用不损害任何组织和个人",
                "general data, grade 1: its disclosure harms no organisation and no person",
            ),
            default=lambda _: document(Short()),
        ),
        Grade(
            number=2,
            name=("内部", "internal"),
            means=(
                "一般数据 2 级：泄露或滥用对组织或个人造成轻微损害",
                "general data, grade 2: its disclosure does slight harm to an organisation or a person",
            ),
            asks=(demands.MEMBERS, demands.PASSING_ON),
            default=lambda _: document(fill("open", {})),
        ),
        Grade(
            number=3,
            name=("敏感", "sensitive"),
            means=(
                "一般数据 3 级：泄露或滥用对组织或个人造成一般损害",
                "general data, grade 3: its disclosure does moderate harm to an organisation or a person",
            ),
            asks=(demands.PURPOSE, demands.END),
            default=lambda now: document(fill("research", {"until": _until(now, A_YEAR)})),
        ),
        Grade(
            number=4,
            name=("高敏感", "highly sensitive"),
            means=(
                "一般数据 4 级：泄露或滥用对组织或个人造成严重损害",
                "general data, grade 4: its disclosure does serious harm to an organisation or a person",
            ),
            asks=(demands.VAULT, demands.COUNT, demands.DELETION, demands.TECHNICAL),
            default=_for_a_vault,
        ),
        Grade(
            number=5,
            name=("重要", "important"),
            means=(
                "重要数据：泄露或滥用可能危害国家安全、经济运行、社会稳定或公共利益",
                "important data: its disclosure may harm national security, the economy or the public",
            ),
            asks=(demands.RECIPIENT, demands.FORM),
            by_hand=True,
        ),
    )
}
"""Every grade, the lowest first."""


_WRITTEN: Final = {str(number): number for number in GRADES}


def read_grade(text: str) -> int | None:
    """The grade that a text states, "1" to "5"; None when it states none."""
    return _WRITTEN.get(text)


def name_of(number: int, language: str) -> str:
    """The number and name of a grade."""
    return f"{number} {pick(GRADES[number].name, language)}"

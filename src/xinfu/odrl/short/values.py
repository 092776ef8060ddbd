"""Values of short words: what a file or an option gives, in the one form in which a word keeps it.

A length of time is a number with its unit (`30d`, `12h`, `90min`), or an xsd:duration where one number does not say
it. A limit is an amount, over which time, and for whom: `3`, `100/month`, `10 GB/day/participant`. Money is a number
with its currency. A bare number is none of these, and `30m` might be minutes or months: both are refused.
"""

import re
import reprlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final, NoReturn

from xinfu.odrl import errors
from xinfu.odrl.model.meters import Measure
from xinfu.odrl.model.transforms import read_step
from xinfu.odrl.values.durations import read_duration
from xinfu.odrl.values.moments import moment_of
from xinfu.odrl.values.quantities import read_money, read_size
from xinfu.odrl.values.sorts import read_count
from xinfu.odrl.values.windows import Per, Window
from xinfu.odrl.wire.anchor import counts_from_agreement

Reader = Callable[[str, object], Any]
"""From the name of a word and what is given for it to its value."""

PARTICIPANT: Final = "participant"
"""Behind a limit: what one participant uses counts together, over all its agreements on the dataset."""

USE: Final = Per.USE.value
"""Behind an amount: for each use."""

_LENGTH: Final = re.compile(r"(\d{1,9})\s*([A-Za-z]{1,3})", re.ASCII)
_PLAIN: Final = re.compile(r"[0-9]{1,9}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNITS: Final[Mapping[str, str]] = {
    "s": "PT{}S",
    "min": "PT{}M",
    "h": "PT{}H",
    "d": "P{}D",
    "mo": "P{}M",
    "y": "P{}Y",
}
_WEEK: Final = 7
_SIZE: Final = re.compile(r"(\d{1,64})\s*([A-Za-z]{0,3})", re.ASCII)
_WINDOWS: Final = tuple(window.name.lower() for window in Window)
_LONGEST_NUMBER: Final = 2**256
_TRUTHS: Final[Mapping[object, bool]] = {True: True, "true": True, False: False, "false": False}
_LIKE_TRUTHS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n"})


def texts(name: str, given: object) -> tuple[str, ...]:
    """A tuple of texts, from one text or a list of texts."""
    listed = given if isinstance(given, list | tuple) else [given]
    if not all(isinstance(each, str) and each.strip() for each in listed):
        _refuse(name, given, ("a text, or a list of texts", "文本或文本列表"))
    return tuple(dict.fromkeys(listed))


def names(name: str, given: object) -> tuple[str, ...]:
    """A tuple of texts, as `texts`, where one text may hold several separated by commas."""
    listed = (part.strip() for text in texts(name, given) for part in text.split(","))
    return texts(name, [part for part in listed if part])


def steps(name: str, given: object) -> tuple[str, ...]:
    """How coarse columns are to be: `lat=0.01`, `at=1h`; one, or a list of several."""
    return tuple(dict.fromkeys(_step(name, each) for each in texts(name, given)))


def _step(name: str, text: str) -> str:
    column, _, size = (part.strip() for part in text.rpartition("="))
    said = duration_of(size) or size
    if not column or read_step(said, None) is None or " " in said:
        wanted = ("a column and its step, such as lat=0.01 or at=1h", "列及其步长，如 lat=0.01 或 at=1h")
        _refuse(name, text, wanted, unit=True)
    return f"{column}={length_of(said)}"


def truth(name: str, given: object) -> bool:
    """True or false; a file whose values are all texts says "true"."""
    if not isinstance(given, bool | str) or given not in _TRUTHS:
        _refuse(name, given, ("true or false", "true 或 false"))
    return _TRUTHS[given]


def truth_or_text(name: str, given: object) -> bool | str:
    """True, false, or a text; other words for true and false are refused, as they would be taken for a name."""
    if isinstance(given, str) and given not in _TRUTHS and given.strip().lower() in _LIKE_TRUTHS:
        _refuse(name, given, ("true or false", "true 或 false"))
    return truth(name, given) if not isinstance(given, str) or given in _TRUTHS else texts(name, given)[0]


def day_of(given: object, offset: str) -> object:
    """A day without an offset as the day of that offset; anything else as it was given."""
    is_day = isinstance(given, date) and not isinstance(given, datetime)
    text = given.isoformat() if isinstance(given, date) and is_day else given
    return f"{text.strip()}{offset}" if isinstance(text, str) and _DAY.fullmatch(text.strip()) else given


def moment(_: str, given: object) -> str:
    """A moment with its offset, or a time that counts from the agreement (`contractAgreement+30d`), as text."""
    if isinstance(given, str) and counts_from_agreement(given):
        return given.strip()
    read = moment_of("policy.moment", given if isinstance(given, datetime) else str(given))
    return read.isoformat() if isinstance(given, datetime) else str(given).strip()


def length(name: str, given: object) -> str:
    """A length of time with its unit."""
    text = _text(name, given)
    found = _LENGTH.fullmatch(text)
    if found is not None and found[2] == "w":
        text = f"{int(found[1]) * _WEEK}d"
    said = duration_of(text)
    if said is None:
        wanted = (
            "a length of time with its unit, such as 30d, 12h, 90min or 6mo",
            "带单位的时长，如 30d、12h、90min 或 6mo",
        )
        _refuse(name, given, wanted, unit=True)
    return length_of(said)


def at_end_or_length(bare: str) -> Reader:
    """A length of time; True, where `bare` is given, which names none."""

    def read(name: str, given: object) -> bool | str:
        if given == bare or (isinstance(given, bool | str) and given in _TRUTHS):
            return given == bare or truth(name, given)
        return length(name, given)

    return read


def duration_of(text: str) -> str | None:
    """A length of time as xsd:duration; None if it is not a length of time."""
    found = _LENGTH.fullmatch(text)
    if found is not None:
        form = _UNITS.get(found[2])
        return form.format(int(found[1])) if form is not None else None
    return text if read_duration(text) is not None else None


def length_of(duration: str) -> str:
    """An xsd:duration as a number with its unit, where one number says it."""
    for unit, form in _UNITS.items():
        head, tail = form.split("{}")
        number = duration.removeprefix(head).removesuffix(tail)
        if _PLAIN.fullmatch(number) and form.format(int(number)) == duration:
            return f"{number}{unit}"
    return duration


def money(name: str, given: object) -> str:
    """`100.00 CNY`."""
    text = " ".join(_text(name, given).split())
    if read_money(text) is None:
        wanted = "an amount with its currency, such as 100.00 CNY", "带币种的金额，如 100.00 CNY"
        _refuse(name, given, wanted, unit=True)
    return text


def payments(name: str, given: object) -> tuple[str, ...]:
    """Amounts: `2.00 CNY/use` for each use, `50.00 CNY/month` in each window, and last those before the first use."""
    listed = given if isinstance(given, list | tuple) else [given]
    read = dict.fromkeys(_payment(name, each) for each in listed)
    return tuple(sorted(read, key=lambda each: "/" not in each))


def _payment(name: str, given: object) -> str:
    amount, *rest = (part.strip() for part in _text(name, given).split("/"))
    if rest not in ([], [USE]) and not _is_selection(rest):
        wanted = (
            "an amount, such as 100.00 CNY, 2.00 CNY/use or 50.00 CNY/month",
            "金额，如 100.00 CNY、2.00 CNY/use 或 50.00 CNY/month",
        )
        _refuse(name, given, wanted, unit=True)
    return "/".join((money(name, amount), *rest))


def _is_selection(words: list[str]) -> bool:
    """Whether `words` are a window, `participant`, or both in this order."""
    windows = words[:-1] if words[-1:] == [PARTICIPANT] else words
    return len(windows) <= 1 and all(window in _WINDOWS for window in windows)


def one_of(*known: str) -> Reader:
    """A reader that accepts one of these texts."""

    def read(name: str, given: object) -> str:
        if isinstance(given, str) and given in known:
            return given
        _refuse(name, given, (f"one of {', '.join(known)}", f"以下之一：{'、'.join(known)}"))

    return read


def limits(measure: Measure) -> Reader:
    """Limits on what `measure` measures: one, or a list of several, all of which hold."""

    def read(name: str, given: object) -> tuple[str, ...]:
        listed = given if isinstance(given, list | tuple) else [given]
        return tuple(dict.fromkeys(_limit(name, each, measure) for each in listed))

    return read


def _limit(name: str, given: object, measure: Measure) -> str:
    amount, *rest = (part.strip() for part in _text(name, given).split("/"))
    said = _AMOUNTS[measure](name, amount)
    if not _is_selection(rest):
        listed = ", ".join(_WINDOWS)
        wanted = (
            f"an amount, such as 3 or 3/day; over a {listed}",
            f"数量，如 3 或 3/day；时间窗口可为 {listed}",
        )
        _refuse(name, given, wanted, unit=True)
    return "/".join((said, *rest))


def _whole(name: str, amount: str) -> str:
    count = read_count(amount)
    if count is None:
        _refuse(name, amount, ("a whole number, such as 3 or 3/day", "整数，如 3 或 3/day"))
    if count < 1:
        raise errors.POLICY_TIMES(name=name)
    return str(count)


def _bytes(name: str, amount: str) -> str:
    found = _SIZE.fullmatch(amount)
    if found is None or not read_size(amount):
        wanted = "a size with its unit, such as 10 GB or 10 GiB", "带单位的数据量，如 10 GB 或 10 GiB"
        _refuse(name, amount, wanted, unit=True)
    return f"{int(found[1])} {found[2]}".strip()


_AMOUNTS: Final[Mapping[Measure, Callable[[str, str], str]]] = {
    Measure.COUNT: _whole,
    Measure.ROWS: _whole,
    Measure.BYTES: _bytes,
    Measure.METERED: length,
}


def _text(name: str, given: object) -> str:
    """A text, or a whole number as one; a float is never exact, and NaN no number."""
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < _LONGEST_NUMBER:
        return str(given)
    if not isinstance(given, str):
        _refuse(name, given, ("a text or a whole number", "文本或整数"))
    return given.strip()


def _refuse(name: str, given: object, wanted: tuple[str, str], *, unit: bool = False) -> NoReturn:
    is_endless = isinstance(given, int) and abs(given) >= _LONGEST_NUMBER
    said = given[:60] if isinstance(given, str) else "a number of too many digits"
    shown = said if is_endless or isinstance(given, str) else reprlib.repr(given)
    raise (errors.POLICY_UNIT if unit else errors.POLICY_WORD_VALUE)(
        name=name, shown=shown, wanted=wanted[0], wanted_zh=wanted[1]
    )

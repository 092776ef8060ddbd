"""Policies that are needed again and again: short words with blanks to fill in.

A template is a `Short` with blanks, written as `{name}`; `fill` puts the given values in and reads the words as
those of a file are read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from xinfu.odrl import errors
from xinfu.odrl.short.form import Short, short


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A policy in short words with blanks to fill in.

    Attributes:
        zh: what it is for, in Chinese.
        en: the same in English.
        words: short words; a text "{until}" is a blank of that name.
    """

    zh: str
    en: str
    words: Mapping[str, Any]

    @property
    def blanks(self) -> tuple[str, ...]:
        """The names of the blanks, in order."""
        return tuple(dict.fromkeys(name for value in self.words.values() for name in _names(value)))


TEMPLATES: Final[Mapping[str, Template]] = {
    "open": Template(
        zh="空间内任何成员可用，不得分发给第三方",
        en="any member of the space may use it and pass it on to nobody",
        words={"members": True, "prohibit": ["distribute"]},
    ),
    "research": Template(
        zh="成员可在约定日期之前用于科研，不得商用或分发",
        en="members may use it for research until a day, neither commercially nor passed on",
        words={
            "purpose": ["research"],
            "members": True,
            "until": "{until}",
            "prohibit": ["distribute", "cc:CommercialUse"],
        },
    ),
    "trial": Template(
        zh="试用：限定次数与期限",
        en="a trial: so many uses, until a day",
        words={"times": "{times}", "until": "{until}", "prohibit": ["distribute", "derive"]},
    ),
    "partner": Template(
        zh="只给指定的一方，用于约定目的，到期为止",
        en="for one named participant and one purpose, until a day",
        words={
            "recipients": ["{recipient}"],
            "purpose": ["{purpose}"],
            "until": "{until}",
            "prohibit": ["distribute"],
        },
    ),
    "counted": Template(
        zh="只给指定的一方，用于约定目的，限定次数与期限",
        en="for one named participant and one purpose, so many uses, until a day",
        words={
            "recipients": ["{recipient}"],
            "purpose": ["{purpose}"],
            "times": "{times}",
            "until": "{until}",
            "prohibit": ["distribute"],
        },
    ),
    "vault": Template(
        zh="仅限在受控存储内使用，到期为止，协议终止时删除",
        en="in a vault only, until a day, and deleted at the end of the agreement",
        words={"vault": True, "until": "{until}", "delete_after": "end", "prohibit": ["distribute"]},
    ),
    "fields": Template(
        zh="成员可用于约定目的：只交付约定的列，其中若干列脱敏",
        en="members may use some columns for one purpose, some of them masked",
        words={
            "purpose": ["{purpose}"],
            "members": True,
            "columns": "{columns}",
            "mask": "{mask}",
            "prohibit": ["distribute"],
        },
    ),
    "paid": Template(
        zh="付费使用：先支付，限定次数与期限，到时删除",
        en="paid for first: so many uses, until a day, deleted in time",
        words={
            "times": "{times}",
            "until": "{until}",
            "pay": "{pay}",
            "delete_after": "{delete_after}",
            "prohibit": ["distribute"],
        },
    ),
}


def fill(name: str, values: Mapping[str, str]) -> Short:
    """The words of a template with its blanks filled in.

    Raises:
        NotFoundError: `template.unknown`. InputError: `template.blank`: one is empty, or none of its own;
            as `short`, for the values.
    """
    template = TEMPLATES.get(name)
    if template is None:
        raise errors.TEMPLATE_UNKNOWN(
            name=name, templates=", ".join(TEMPLATES), templates_zh="、".join(TEMPLATES)
        )
    if set(values) != set(template.blanks):
        wrong = sorted(set(values) ^ set(template.blanks))
        raise errors.TEMPLATE_BLANK(
            name=name,
            blanks=", ".join(template.blanks) or "nothing",
            wrong=", ".join(wrong),
            blanks_zh="、".join(template.blanks) or "无",
            wrong_zh="、".join(wrong),
        )
    return short({key: _put(value, values) for key, value in template.words.items()})


def _names(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each.startswith("{"):
            yield each[1:-1]


def _put(value: object, values: Mapping[str, str]) -> object:
    """`value`, whole blanks replaced; what is put in is never read for blanks again."""
    if isinstance(value, list):
        return [_put(each, values) for each in value]
    return values[value[1:-1]] if isinstance(value, str) and value.startswith("{") else value

"""ContractTemplate (合约模板): strategies with blanks, and the filling of the blanks.

A blank is `{{name}}` in the name, the abstract, a term or the value of a constraint; it is filled once, so a value
cannot contain another blank. A template is checked before it is stored: every blank is declared, every declared blank
is used, and with its examples filled in, every strategy can be read as rules.
Follows: TC609-6-2025-14, 7.2 a and b; the inner form of a template is our own, because the standard defines none.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.contracts import errors
from xinfu.contracts.render import policy_of
from xinfu.contracts.strategy import Duty, ExecutionNodes, Product, Strategy, StrategyConstraint
from xinfu.contracts.terms import StrategyKind
from xinfu.odrl import Policy, PolicyKind

_BLANK: Final = re.compile(r"\{\{([a-z][a-z0-9_]{0,31})\}\}")
_ANY_NODE: Final = ExecutionNodes(provider="-")
_ANY_PRODUCT: Final = Product(id="-")
MAX_VALUE: Final = 1024


class Blank(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A declared blank. `example` is a valid value."""

    name: str
    zh: str
    en: str
    example: str


class TemplateRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A strategy without target and nodes."""

    kind: StrategyKind = StrategyKind.PERMISSION
    actions: tuple[str, ...]
    constraints: tuple[StrategyConstraint, ...] = ()
    duties: tuple[Duty, ...] = ()


class ContractTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template; `id` is a UUID of 36 characters."""

    id: str
    name: str
    abstract: str = ""
    rules: tuple[TemplateRule, ...]
    terms: tuple[str, ...] = ()
    blanks: tuple[Blank, ...] = ()


class FilledTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """The clauses of a template with its blanks filled in."""

    name: str
    abstract: str
    policy: Policy
    terms: tuple[str, ...]


def fill(template: ContractTemplate, values: Mapping[str, str]) -> FilledTemplate:
    """Fill the blanks of a template and return the clauses of a contract.

    Raises:
        InputError: `template.value-missing`, `template.value-unknown`, `template.value-unusable`; and the errors of
            `policy_of`, if the clauses cannot be read as rules.
    """
    declared = {blank.name for blank in template.blanks}
    for name in sorted(set(values) - declared):
        raise errors.TEMPLATE_VALUE_UNKNOWN(name=name)
    for name in sorted(declared - set(values)):
        raise errors.TEMPLATE_VALUE_MISSING(name=name)
    for name, value in values.items():
        if not 0 < len(value) <= MAX_VALUE:
            raise errors.TEMPLATE_VALUE_UNUSABLE(name=name, most=MAX_VALUE)
    filler = _Filler(values)
    policy = policy_of([filler.strategy(rule) for rule in template.rules])
    return FilledTemplate(
        name=filler.text(template.name),
        abstract=filler.text(template.abstract),
        policy=replace(policy, kind=PolicyKind.SET),
        terms=tuple(filler.text(term) for term in template.terms),
    )


def check_template(template: ContractTemplate) -> None:
    """Refuse a template whose blanks differ from the declared ones, or whose clauses cannot be read as rules.

    Raises:
        InputError: `template.blank`, and those of `fill`.
    """
    used = {name for text in _texts(template) for name in _BLANK.findall(text)}
    declared = [blank.name for blank in template.blanks]
    for name in sorted(used.symmetric_difference(declared)):
        raise errors.TEMPLATE_BLANK(name=name)
    if len(set(declared)) != len(declared):
        raise errors.TEMPLATE_BLANK_TWICE(name="")
    fill(template, {blank.name: blank.example for blank in template.blanks})


class _Filler:
    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, text: str) -> str:
        return _BLANK.sub(lambda found: self._values[found[1]], text)

    def strategy(self, rule: TemplateRule) -> Strategy:
        return Strategy(
            kind=rule.kind,
            product=_ANY_PRODUCT,
            nodes=_ANY_NODE,
            actions=rule.actions,
            constraints=self._constraints(rule.constraints),
            duties=tuple(self._duty(duty) for duty in rule.duties),
        )

    def _constraints(self, constraints: tuple[StrategyConstraint, ...]) -> tuple[StrategyConstraint, ...]:
        return tuple(replace(each, value=self.text(each.value)) for each in constraints)

    def _duty(self, duty: Duty) -> Duty:
        return replace(
            duty,
            constraints=self._constraints(duty.constraints),
            consequences=tuple(self._duty(each) for each in duty.consequences),
        )


def _texts(template: ContractTemplate) -> Iterator[str]:
    yield from (template.name, template.abstract, *template.terms)
    for rule in template.rules:
        yield from (each.value for each in rule.constraints)
        waiting = list(rule.duties)
        while waiting:
            duty = waiting.pop()
            yield from (each.value for each in duty.constraints)
            waiting.extend(duty.consequences)

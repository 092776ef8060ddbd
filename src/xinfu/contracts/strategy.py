"""Strategy (合约策略): target, execution nodes, actions and constraints of one rule, as in the standard.

Every constraint has to be met (TC609-6-2025-15, 7.1.2.3 b); the standard has no other logic. Values remain texts here;
`values` interprets them. Follows: TC609-6-2025-14, 6.1, 6.2, tables B.4 to B.6, C.3 to C.6.
"""

import msgspec

from xinfu.contracts.terms import StrategyKind


class StrategyConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """A constraint: a name of table 5.1, an operator by its ODRL name, and the value as written."""

    name: str
    operator: str
    value: str


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """A duty in the extension of a strategy: a duty before use, a remedy, or a consequence."""

    action: str
    constraints: tuple[StrategyConstraint, ...] = ()
    consequences: tuple["Duty", ...] = ()


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """The data product of a strategy (合约标的). `owner` is a subject code, "" if it is not stated."""

    id: str
    name: str = ""
    abstract: str = ""
    owner: str = ""


class ExecutionNodes(msgspec.Struct, frozen=True, kw_only=True):
    """The connectors or nodes that execute a strategy, named by provider and consumer."""

    provider: str
    provider_name: str = ""
    consumer: str = ""
    consumer_name: str = ""


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of a contract.

    Attributes:
        kind: annex B has no field for it, so it is written into the extension; a permission if it is not stated.
        actions: names of table 4, or `expansionItem:` and a name of ODRL.
        duties: the duties in an extension of our own form; `extension` holds a text of any other form.
    """

    kind: StrategyKind = StrategyKind.PERMISSION
    product: Product
    nodes: ExecutionNodes
    actions: tuple[str, ...]
    constraints: tuple[StrategyConstraint, ...] = ()
    duties: tuple[Duty, ...] = ()
    extension: str = ""

"""Strategy (合约策略): target, execution nodes, actions and constraints of one rule, as the standard sees it.

Every constraint has to hold (TC609-6-2025-15, 7.1.2.3 b); the text knows no other logic. Values stay texts here;
`values` says what they mean. Follows: TC609-6-2025-14, 6.1, 6.2, tables B.4 to B.6, C.3 to C.6.
"""

import msgspec

from xinfu.contracts.terms import StrategyKind


class StrategyConstraint(msgspec.Struct, frozen=True, kw_only=True):
    """One constraint: a name of table 5.1, an operator by its ODRL name, and the value as written."""

    name: str
    operator: str
    value: str


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the extension: a duty before use, a remedy, or a consequence."""

    action: str
    constraints: tuple[StrategyConstraint, ...] = ()
    consequences: tuple["Duty", ...] = ()


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """The data product that a strategy is about (合约标的). `owner` is a subject code, "" where it is not said."""

    id: str
    name: str = ""
    abstract: str = ""
    owner: str = ""


class ExecutionNodes(msgspec.Struct, frozen=True, kw_only=True):
    """Where the strategy is carried out: connectors or nodes named by provider and consumer."""

    provider: str
    provider_name: str = ""
    consumer: str = ""
    consumer_name: str = ""


class Strategy(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a contract.

    Attributes:
        kind: the wire has no field for it; it stands in the extension, a permission where nothing is said.
        actions: names of table 4, or `expansionItem:` and a name of ODRL.
        duties: the extension in words of ours; `extension` holds a text that is not.
    """

    kind: StrategyKind = StrategyKind.PERMISSION
    product: Product
    nodes: ExecutionNodes
    actions: tuple[str, ...]
    constraints: tuple[StrategyConstraint, ...] = ()
    duties: tuple[Duty, ...] = ()
    extension: str = ""

"""A contract of two parties, and the pieces that tests change in it."""

from datetime import UTC, datetime
from typing import Final

from xinfu.contracts import (
    ContractTemplate,
    DigitalContract,
    ExecutionNodes,
    Party,
    PartyType,
    Product,
    StrategyConstraint,
    StrategyKind,
)
from xinfu.contracts.template import Blank, TemplateRule
from xinfu.odrl import AtomicConstraint, Permission, Policy, PolicyKind

NOW: Final = datetime(2025, 6, 1, 4, 0, tzinfo=UTC)
NUMBER: Final = "8491430200MA0000001B43022025060112000000000001P"
PROVIDER: Final = Party(
    type=PartyType.PROVIDER,
    participant="did:web:builder.example",
    entity="91430200MA0000001B",
    name="株洲设备",
    node="591430200MA0000001B430200000001P",
)
CONSUMER: Final = Party(
    type=PartyType.CONSUMER,
    participant="did:web:fixer.example",
    entity="91430200MA0000002E",
    name="长沙运维",
    node="591430200MA0000002E4302A7K2M9QXY",
)
PRODUCT: Final = Product(id="691430200MA0000001B4302000000013", name="设备运行数据", owner=PROVIDER.entity)
NODES: Final = ExecutionNodes(provider=PROVIDER.node, consumer=CONSUMER.node)
POLICY: Final = Policy(
    kind=PolicyKind.AGREEMENT,
    id="urn:uuid:0197d3a0-0000-7000-8000-000000000001",
    target="urn:uuid:0197d3a0-0000-7000-8000-000000000002",
    assigner=PROVIDER.participant,
    assignee=CONSUMER.participant,
    permissions=(
        Permission(
            action="read",
            constraints=(
                AtomicConstraint(left="count", operator="lteq", right="3"),
                AtomicConstraint(left="purpose", operator="eq", right="maintenance"),
            ),
        ),
    ),
)
CONTRACT: Final = DigitalContract(
    number=NUMBER,
    name="设备运行数据使用合约",
    abstract="三次读取，用于运维。",
    created=NOW,
    begins=NOW,
    ends=datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC),
    parties=(PROVIDER, CONSUMER),
    policy=POLICY,
    levels={"permission[0]": "contract"},
    products=(PRODUCT,),
    nodes=NODES,
    terms=("争议先由双方协商。",),
)
TIMES: Final = Blank(name="times", zh="次数", en="uses", example="3")
TEMPLATE: Final = ContractTemplate(
    id="0197d3a0-0000-7000-8000-000000000001",
    name="读取{{times}}次",
    rules=(
        TemplateRule(
            actions=("read",),
            constraints=(StrategyConstraint(name="count", operator="lteq", value="{{times}}"),),
        ),
        TemplateRule(kind=StrategyKind.PROHIBITION, actions=("distribute",)),
    ),
    terms=("至多{{times}}次。",),
    blanks=(TIMES,),
)

"""The words of the story: the two parties, each step, each receipt, and the ending."""

import shlex
from typing import Final

from xinfu.errors import RefusedError
from xinfu_scenarios.diary import Party, Side
from xinfu_scenarios.episodes import LEVEL_ZH
from xinfu_scenarios.proof import Wanted
from xinfu_scenarios.s03.exchange import Product
from xinfu_scenarios.s03.story import Air
from xinfu_scenarios.s03.terms import GRADE, PURPOSE, Terms
from xinfu_scenarios.words import Text, minute

PROVIDER_NAME: Final = Text(en="Environment bureau", zh="市生态环境局")
CONSUMER_NAME: Final = Text(en="Emergency bureau", zh="市应急管理局")

OF_CONSUMER: Final = (
    Wanted(
        kind="agreement.concluded",
        name="consumer-agreement",
        about=Text(en="the agreement came about (log of the consumer)", zh="协议成立（使用方日志）"),
    ),
    Wanted(
        kind="message.received",
        message="ContractAgreementMessage",
        name="consumer-has-the-providers-word",
        about=Text(en="the provider's own signed message: it agreed", zh="提供方亲自签名的同意消息"),
    ),
    Wanted(
        kind="data.received",
        name="consumer-data-received",
        about=Text(en="these bytes arrived and were checked", zh="收到这些字节并已核对"),
    ),
)
OF_PROVIDER: Final = (
    Wanted(
        kind="use",
        name="provider-use",
        about=Text(en="these bytes were handed out under the agreement", zh="依协议交付了这些字节"),
    ),
    Wanted(
        kind="message.sent",
        message="TERMINATE",
        name="provider-refused",
        about=Text(
            en="the other purpose was refused (log of the provider)", zh="拒绝了其他用途（提供方日志）"
        ),
    ),
)

PUBLISHES: Final = Text(en="Publishes the data product", zh="发布数据产品")
FINDS: Final = Text(en="Finds it in the catalog and asks for a contract", zh="在目录中找到并发起协商")
AGREES: Final = Text(en="Agrees; the contract is final", zh="同意，合约生效")
DELIVERS: Final = Text(en="Hands out the data", zh="交付数据")
CHECKS: Final = Text(en="Checks every chunk and keeps the copy", zh="逐块核对并保存副本")
GRADES: Final = Text(en="Computes the AQI and grades the alert", zh="计算 AQI 并研判预警")
ASKS_AGAIN: Final = Text(en="Tries what it may not", zh="尝试越权")
REFUSES: Final = Text(en="Refuses", zh="拒绝")
FINDS_OUT: Final = Text(en="Finds the change", zh="发现改动")

OTHER_PURPOSE_TRIED: Final = Text(
    en="Pull the agreed data for another purpose (marketing)", zh="以其他用途（市场营销）拉取已约定的数据"
)
LATE_TRIED: Final = Text(en="Pull after the permitted time", zh="超过许可时间后拉取")
BYTE_TRIED: Final = Text(en="Change one byte of a receipt", zh="改动存证凭证的一个字节")
BYTE_WAY_OUT: Final = Text(
    en="Nothing: what was signed cannot be changed. The unaltered receipt beside it still holds.",
    zh="没有办法：已签署的内容无法更改。旁边未改动的凭证仍然有效。",
)


def parties(provider: str, consumer: str) -> tuple[Party, ...]:
    """The two parties, with their identifiers."""
    return (
        Party(
            side=Side.PROVIDER,
            name=PROVIDER_NAME,
            id=provider,
            wants=Text(
                en="Publishes hourly air quality, and keeps control of who uses it, for what and until when.",
                zh="发布逐时空气质量，并掌握由谁、为何目的、用到何时。",
            ),
        ),
        Party(
            side=Side.CONSUMER,
            name=CONSUMER_NAME,
            id=consumer,
            wants=Text(
                en="Needs the hours to grade an alert, and proof of what it decided upon.",
                zh="需要逐时数据研判预警，并留存决策依据。",
            ),
        ),
    )


def publish_command(product: Product, terms: Terms) -> str:
    """The publication as a command line of the provider."""
    until = terms.until.isoformat(timespec="seconds")
    rules = f"--purpose {PURPOSE} --member --until {until} --prohibit distribute"
    mark = " --generated" if product.generated else ""
    graded = f"--id {product.id} --grade {GRADE}"
    return f"xinfu publish {shlex.quote(product.path.name)} {graded} {rules}{mark}"


def get_command(provider: str, product: Product) -> str:
    """The retrieval as a command line of the consumer."""
    return f"xinfu get {provider} {product.id} -o {shlex.quote(product.path.name)} --purpose {PURPOSE}"


def sentence(error: RefusedError) -> Text:
    """The answer that the caller got."""
    return Text(en=error.en, zh=error.zh)


def way_out(error: RefusedError) -> Text:
    """The change that would make it allowed."""
    return Text(en=error.help_en, zh=error.help_zh)


def grading(air: Air) -> Text:
    """The result of the grading, in one sentence."""
    found, alert = air.summary, air.alert
    days = Text(
        en=f"{found.days} valid days, {found.days_over_200} above 200, {len(air.episodes)} episodes",
        zh=f"有效 {found.days} 天，{found.days_over_200} 天超过 200，{len(air.episodes)} 次过程",
    )
    if alert is None:
        return Text(en=f"{days.en}; no alert is due", zh=f"{days.zh}；无需预警")
    return Text(
        en=f"{days.en}; {alert.level.value} alert, response {alert.response}, from {minute(alert.start)}, "
        "until further notice",
        zh=f"{days.zh}；{LEVEL_ZH[alert.level]}预警，{alert.response} 级响应，{minute(alert.start)} 启动，解除时间另行通知",
    )

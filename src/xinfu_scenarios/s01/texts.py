"""The words of the story: each step, each attempt and each receipt."""

from typing import Final

from xinfu.errors import XinfuError
from xinfu_scenarios.proof import Wanted
from xinfu_scenarios.s01.figures import printed, yi
from xinfu_scenarios.s01.ledger import Correction, Signed
from xinfu_scenarios.s01.story import Corrected, Reads, Refused, Story
from xinfu_scenarios.words import Text

PUBLISH: Final = Text(en="Publish ledgers, projects and counts", zh="发布台账、项目与数量")
SIGN: Final = Text(en="Sign with the city; the platform files", zh="与市级部门签署，平台备案")
COUNTS: Final = Text(en="Reads the ledgers and counts what was signed", zh="读取台账，只计入已签署的内容")
DERIVES: Final = Text(en="Publishes the sums for the province", zh="向省级部门发布汇总产品")
DELEGATED: Final = Text(en="Signs the delegated contract; it is filed", zh="签署转授权合约并备案")
CORRECTS: Final = Text(en="Corrects an amount by a new entry", zh="以新增一笔更正金额")
COUNTERSIGNS: Final = Text(en="Signs the correction too; the sum moves", zh="会签更正，合计随之变动")
OPENS: Final = Text(en="Opens the four columns behind a sum", zh="打开汇总背后的四列")
READS: Final = Text(en="Reads the sums, again and again", zh="反复读取汇总产品")
REFUSED: Final = Text(en="Refused", zh="拒绝")

OTHER_GROUP: Final = Text(
    en="One group looks for the ledger of another; a ledger that nobody has gives the same answer",
    zh="一家集团查找另一家的台账；查找不存在的台账，答复相同",
)
ONE_SIGNATURE: Final = Text(en="File a correction with one signature", zh="仅一方签署即备案更正")
SAME_PARTY: Final = Text(en="File it with two signatures of the same party", zh="同一方签署两次即备案更正")
IN_PLACE: Final = Text(en="Edit an amount in place", zh="直接改写已登记的金额")
TOO_OFTEN: Final = Text(
    en="Read once more than agreed, from 64 callers at once", zh="64 路并发读取，超出约定次数"
)
TOO_FEW: Final = Text(
    en="Offer sums without keeping back those over fewer than 3 agreements",
    zh="提供汇总时不剔除少于 3 份协议的合计",
)
ROWS_ON: Final = Text(
    en="The city offers the province the rows of the ledgers", zh="市级部门向省级部门提供台账明细"
)
TO_ALL: Final = Text(en="The city offers the sums to every member", zh="市级部门向全体成员提供汇总")
PASSED_ON: Final = Text(en="The province offers on what it has read", zh="省级部门转供其读到的汇总")

RULE_UNSEEN: Final = Text(
    en="The offer is shown to the city and to the province alone.", zh="该要约仅对市级与省级部门可见。"
)
RULE_BOTH: Final = Text(
    en="A contract is filed when each of its parties has signed.", zh="合约须由各方签署后方可备案。"
)
RULE_LEDGER: Final = Text(
    en="The entries are those whose digest both have signed; a correction is a new entry that both sign.",
    zh="台账以双方签署的摘要为准；更正须新增一笔并由双方签署。",
)

OF_THE_CORRECTION: Final = (
    Wanted(
        kind="contract.signed",
        name="city-correction-signed",
        about=Text(
            en="the last signature under the correction (log of the city)",
            zh="更正的最后一个签名（市级日志）",
        ),
    ),
    Wanted(
        kind="contract.state",
        name="city-correction-concluded",
        about=Text(en="the state of its contract (log of the city)", zh="其合约状态（市级日志）"),
    ),
)
OF_THE_QUOTA: Final = (
    Wanted(
        kind="use",
        name="city-last-read",
        about=Text(
            en="the last read that was answered (log of the city)", zh="最后一次得到答复的读取（市级日志）"
        ),
    ),
    Wanted(
        kind="refusal",
        name="city-read-refused",
        about=Text(en="a read that was refused (log of the city)", zh="一次被拒绝的读取（市级日志）"),
    ),
)


COUNT_NAMES: Final = {
    "central-projects": Text(en="projects of central firms", zh="央企项目"),
    "subsidiaries": Text(en="subsidiaries in the city", zh="在株子企业"),
    "cases": Text(en="good cases published", zh="发布的优秀案例"),
}


def figures(story: Story) -> tuple[tuple[Text, str], ...]:
    """The other figures of the year by their names."""
    found = story.found
    return (
        (Text(en="agreements together", zh="协议合计"), str(found.agreements)),
        (Text(en="together, 亿元", zh="金额合计（亿元）"), printed(found.amount_yi)),
        (Text(en="mean, provincial groups, 亿元", zh="省属均值（亿元）"), printed(found.mean_provincial_yi)),
        (Text(en="mean, central firms, 亿元", zh="央企均值（亿元）"), printed(found.mean_central_yi)),
        (Text(en="mean of all, 亿元", zh="总均值（亿元）"), printed(found.mean_all_yi)),
        (Text(en="share, provincial groups", zh="省属占比"), f"{found.share_provincial_pct} %"),
        (Text(en="share, central firms", zh="央企占比"), f"{found.share_central_pct} %"),
        (Text(en="agreements above 50 亿元", zh="超过 50 亿元的协议"), str(found.over_50_yi)),
        (Text(en="projects a group", zh="每家集团项目数"), str(found.projects_per_group)),
    )


def in_fen(story: Story) -> Text:
    """The sums in fen, which are whole."""
    ours, theirs = story.found.amount_in_cents.provincial, story.found.amount_in_cents.central
    return Text(
        en=f"In fen: provincial groups {ours:,}, central firms {theirs:,}.",
        zh=f"以分计：省属集团 {ours:,}，央企 {theirs:,}。",
    )


def closed(columns: tuple[str, ...]) -> Text:
    """The closed columns that the province asks for, in a sentence."""
    named = ", ".join(columns)
    return Text(en=f"The province asks for {named}", zh=f"省级部门请求 {named}")


def answer(error: XinfuError) -> Text:
    """The answer that the caller got."""
    return Text(en=error.en, zh=error.zh)


def way_out(error: XinfuError) -> Text:
    """The change that would make it allowed, with the rule."""
    return Text(en=error.help_en, zh=error.help_zh)


def filed(number: int) -> Text:
    """The number of contracts that both signed and that were filed, in a sentence."""
    return Text(
        en=f"{number} contracts, each signed by both and filed", zh=f"{number} 份合约，均经双方签署并备案"
    )


def one_contract(signed: Signed) -> Text:
    """A contract by its number and signatures."""
    return Text(
        en=f"{signed.number}, {len(signed.signatures)} signatures, {signed.status}",
        zh=f"{signed.number}，{len(signed.signatures)} 个签名，状态 {signed.status}",
    )


def correction(said: Correction) -> Text:
    """A correction in a sentence."""
    was, now = printed(yi(said.was)), printed(yi(said.amount))
    return Text(
        en=f"{said.new} corrects {said.old}: {was} → {now} 亿元. {said.reason}",
        zh=f"{said.new} 更正 {said.old}：{was} → {now} 亿元。{said.reason}",
    )


def moved(found: Corrected) -> Text:
    """The change of the sum, in a sentence."""
    before, after = printed(yi(found.before)), printed(yi(found.after))
    return Text(
        en=f"{before} 亿元 as of {found.before_at:%H:%M:%S}, {after} 亿元 as of {found.after_at:%H:%M:%S}",
        zh=f"截至 {found.before_at:%H:%M:%S} 为 {before} 亿元，截至 {found.after_at:%H:%M:%S} 为 {after} 亿元",
    )


def counter(reads: Reads) -> Text:
    """The counter of reads."""
    return Text(
        en=f"{reads.answered} of {reads.granted} reads in this month (Beijing time)",
        zh=f"本月（北京时间）已读 {reads.answered} / {reads.granted} 次",
    )


def one_refusal(one: Refused) -> Text:
    """A refusal in a line."""
    return Text(
        en=f"refused {one.number}: {one.tried.en}: {one.code}: {one.answer.en} Rule: {one.rule.en} "
        f"Evidence: {one.log.en}, {one.entry}",
        zh=f"拒绝 {one.number}：{one.tried.zh}：{one.code}：{one.answer.zh} 规则：{one.rule.zh} "
        f"存证：{one.log.zh}，{one.entry}",
    )


def ending(kept: tuple[tuple[int, int], ...]) -> Text:
    """The list at the end of a run."""
    page, computed, refusals = (f"{got} / {of}" for got, of in kept)
    return Text(
        en=f"figures of the page reproduced {page}, figures computed {computed}, refusals {refusals}",
        zh=f"页面数字复现 {page}，计算数字 {computed}，拒绝 {refusals}",
    )

"""The words of the story: the two parties, each step, each receipt, and the ending."""

from typing import Final

from xinfu.client import Difference, ExplanationView, PolicyView
from xinfu.errors import RefusedError
from xinfu_scenarios.diary import Party, Side
from xinfu_scenarios.maintenance.story import Deletion, Rule, Stream
from xinfu_scenarios.proof import Wanted
from xinfu_scenarios.words import Text

PROVIDER_NAME: Final = Text(en="Machine builder", zh="机床制造商")
CONSUMER_NAME: Final = Text(en="Maintenance firm", zh="设备运维公司")

OF_BUILDER: Final = (
    Wanted(
        kind="agreement.concluded",
        name="builder-agreement",
        about=Text(en="the agreement came about (log of the builder)", zh="协议成立（制造商日志）"),
    ),
    Wanted(
        kind="use",
        name="builder-use",
        about=Text(en="the last use that was handed out", zh="最后一次交付使用"),
    ),
)
DUTY_FULFILLED: Final = Wanted(
    kind="duty.state",
    name="builder-duty-fulfilled",
    about=Text(
        en="the duty of deletion is fulfilled (log of the builder)", zh="删除义务已履行（制造商日志）"
    ),
)
DESTROYED: Final = Wanted(
    kind="vault.destroyed",
    name="firm-destroyed",
    about=Text(en="what landed is destroyed (log of the firm)", zh="落入的数据已销毁（运维公司日志）"),
)

PUBLISHES: Final = Text(en="Publishes the telemetry", zh="发布遥测数据")
ANSWERS: Final = Text(en="Leaves a standing answer", zh="预设应答规则")
AGREE_WITHIN: Final = Text(
    en="`agree-within`: what lies within the offer is agreed without a person",
    zh="`agree-within`：在要约范围内的反要约无需人工即可同意",
)
COUNTERS: Final = Text(en="Counters with narrower terms", zh="以更窄的条件提出反要约")
AGREES: Final = Text(en="Agrees by its standing answer", zh="按预设应答同意")
SIGN: Final = Text(en="Both sign the digital contract; it is filed", zh="双方签署数字合约并备案")
READS: Final = Text(en="Reads in its vault", zh="在受控存储中读取")
ASKS_AGAIN: Final = Text(en="Asks for a fourth time", zh="第四次请求")
REFUSES: Final = Text(en="Refuses", zh="拒绝")
VAULT_REFUSES: Final = Text(en="Its own vault refuses", zh="本方受控存储拒绝")
EXPLAINS: Final = Text(en="Explains: may the firm read again?", zh="解释：运维公司能否再读？")
STREAMS: Final = Text(en="Streams a long recording under a second agreement", zh="依第二份协议流式读取长录波")
REVOKES: Final = Text(en="Revokes while it runs", zh="在读取过程中终止")
ENDS: Final = Text(en="Ends the contract: its work is done", zh="工作完成，结束合约")
DESTROYS: Final = Text(en="The vault destroys what landed", zh="受控存储销毁落入的数据")
FULFILLED: Final = Text(en="Sees the duty of deletion fulfilled", zh="确认删除义务已履行")

FOURTH_PULL: Final = Text(en="Ask the builder for a fourth use", zh="向制造商请求第四次使用")
FOURTH_READ: Final = Text(
    en="Read a fourth time what is in the firm's own vault", zh="在本方受控存储中第四次读取"
)
PULL_REVOKED: Final = Text(en="Ask again under the revoked agreement", zh="在已终止的协议下再次请求")
WHY_REVOKED: Final = "The machine was sold. 设备已转让。"
WHY_ENDED: Final = "The work is done. 工作已完成。"


def parties(provider: str, consumer: str) -> tuple[Party, ...]:
    """The two parties, with their identifiers."""
    return (
        Party(
            side=Side.PROVIDER,
            name=PROVIDER_NAME,
            id=provider,
            wants=Text(
                en="Lets machine data be used for maintenance, so often and so long, and gone afterwards.",
                zh="允许设备数据用于运维，限次数、限期限，用后删除。",
            ),
        ),
        Party(
            side=Side.CONSUMER,
            name=CONSUMER_NAME,
            id=consumer,
            wants=Text(
                en="Needs the telemetry for one job, and proof that it kept to the contract.",
                zh="为一项工作需要遥测数据，并能证明履约。",
            ),
        ),
    )


def rules(policy: PolicyView) -> tuple[Rule, ...]:
    """The rules of a policy in the node's own sentences."""
    pairs = zip(policy.rules.en, policy.rules.zh, strict=True)
    return tuple(Rule(sentence=Text(en=en, zh=zh)) for en, zh in pairs)


def levels(policy: PolicyView) -> tuple[Rule, ...]:
    """How far each rule is enforced, in the node's own sentences."""
    return tuple(
        Rule(sentence=Text(en=f"{one['rule']}: {one['en']}", zh=f"{one['rule']}：{one['zh']}"))
        for one in policy.rules.levels
    )


def changes(difference: Difference) -> tuple[Text, ...]:
    """The changes of a counter-offer, step by step."""
    return tuple(Text(en=one.en, zh=one.zh) for one in difference.changes)


def explained(view: ExplanationView) -> tuple[Text, ...]:
    """The answer, its reasons, and the remedies."""
    answer = {"no": Text(en="No.", zh="不能。"), "yes": Text(en="Yes.", zh="可以。")}
    reasons = [
        Text(en=f"{one.detail} {one.help}".strip(), zh=f"{one.detail_zh}{one.help_zh}")
        for one in view.reasons
    ]
    return (answer.get(view.may, Text(en="It cannot be told.", zh="无法判定。")), *reasons)


def joined(texts: tuple[Text, ...]) -> Text:
    """Join several sentences into one."""
    return Text(en="; ".join(one.en for one in texts), zh="；".join(one.zh for one in texts))


def answer(error: RefusedError) -> Text:
    """The answer that the caller got."""
    return Text(en=error.en, zh=error.zh)


def way_out(error: RefusedError) -> Text:
    """The change that would make it allowed."""
    return Text(en=error.help_en, zh=error.help_zh)


def stopped(stream: Stream) -> Text:
    """How a revoked stream ended."""
    breach = (
        Text(en="; without a clause, so recorded as its breach", zh="；未援引条款，记为违约")
        if stream.is_breach
        else Text(en="", zh="")
    )
    return Text(
        en=f"{stream.took_ms} ms from the call to the end at the reader; {stream.came_bytes:,} of "
        f"{stream.size_bytes:,} bytes had come; {stream.outcome}{breach.en}",
        zh=f"从终止到读取端中断 {stream.took_ms} 毫秒；已收到 {stream.came_bytes:,} / {stream.size_bytes:,} 字节；"
        f"{stream.outcome}{breach.zh}",
    )


def gone(deletion: Deletion) -> Text:
    """The objects and keys that were destroyed, in a sentence."""
    return Text(
        en=f"{deletion.destroyed} objects, by destroying their keys ({', '.join(key[:8] for key in deletion.keys)})",
        zh=f"销毁 {deletion.destroyed} 个对象的密钥（{'、'.join(key[:8] for key in deletion.keys)}）",
    )


def fulfilled(deletion: Deletion) -> Text:
    """The state of the duty at the builder's node, in a sentence."""
    proof = deletion.duty.proof
    how = f"{proof.method}, {proof.assurance}" if proof else ""
    return Text(en=f"{deletion.duty.state} ({how})", zh=f"{deletion.duty.state}（{how}）")


def ending(reads: int, refused: RefusedError, stream: Stream, deletion: Deletion) -> tuple[Text, ...]:
    """The result in a few sentences."""
    return (
        Text(
            en=f"{reads} reads were used; the next was refused ({refused.code}).",
            zh=f"已用 {reads} 次读取；再次请求被拒绝（{refused.code}）。",
        ),
        Text(
            en=f"The revoked stream ended after {stream.took_ms} ms.",
            zh=f"终止后 {stream.took_ms} 毫秒数据流中断。",
        ),
        Text(
            en=f"{deletion.destroyed} copies destroyed; duty of deletion: {deletion.duty.state}.",
            zh=f"已销毁 {deletion.destroyed} 份副本；删除义务：{deletion.duty.state}。",
        ),
    )

"""Checks whether the heads that peers have seen of our log, or we of theirs, contradict the present logs."""

from typing import Final

from xinfu.services.background.peer_logs import Contradiction, contradictions
from xinfu.services.contexts.context import Context
from xinfu.services.finding import Finding, Grade, fine
from xinfu.services.parts import RecordParts

_RESTORE_EN: Final = (
    "Stop the node and restore the newest state of its store. Both signed heads stand in the evidence: "
    "kind log.contradicted."
)
_RESTORE_ZH: Final = "请停止节点并恢复其存储的最新状态。两份已签署的检查点见存证 log.contradicted。"
_ASK_EN: Final = (
    "Talk to its operator; both signed heads stand in the evidence: kind log.contradicted. When you know why, accept "
    "its log as it is now: xinfu participants accept-log."
)
_ASK_ZH: Final = (
    "请联系其运营者；两份已签署的检查点见存证 log.contradicted。查明原因后，可接受其现有日志："
    "xinfu participants accept-log。"
)


async def logs(parts: RecordParts, context: Context) -> list[Finding]:
    """Our own log against the heads of it that peers have shown us, and those of peers that have faults."""
    found = [_told(context, each) for each in await contradictions(parts, context.id)]
    if found:
        return found
    return [
        fine(
            "log.consistent",
            "No head that peers have shown contradicts a log.",
            "各方出示的检查点与日志一致。",
            about=context.id,
        )
    ]


def _told(context: Context, each: Contradiction) -> Finding:
    if each.participant == context.participant:
        return Finding(
            code="log.older-than-peers",
            grade=Grade.FAULT,
            en=f"The store is older than what its peers have seen: one of them holds a head of {each.size} entries.",
            zh=f"存储早于对方所见状态：有对方持有本方共 {each.size} 条的检查点。",
            help_en=_RESTORE_EN,
            help_zh=_RESTORE_ZH,
            about=context.id,
        )
    return Finding(
        code="log.peer-contradicts",
        grade=Grade.FAULT,
        en=f"{each.participant} has shown two histories of its evidence log; nothing is taken from it.",
        zh=f"{each.participant} 出示过两份不同的存证日志，其消息不予接收。",
        help_en=_ASK_EN,
        help_zh=_ASK_ZH,
        about=context.id,
    )

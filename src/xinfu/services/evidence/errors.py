"""Error sentences of services / evidence."""

from typing import Final

from xinfu.errors import ConflictError, InputError, IntegrityError, NotFoundError, Wording

EVIDENCE_EMPTY: Final = Wording(NotFoundError, "evidence.empty", "The log is empty.", "日志为空。")
EVIDENCE_KEY_UNKNOWN: Final = Wording(
    NotFoundError, "evidence.key-unknown", "The checkpoint's key is gone.", "检查点的密钥已不存在。"
)
EVIDENCE_NOT_FOUND: Final = Wording(
    NotFoundError, "evidence.not-found", "There is no such entry.", "没有这条存证。"
)
EVIDENCE_NOT_FOUND_TILE: Final = Wording(
    NotFoundError, "evidence.not-found", "There is no such tile.", "没有这个瓦片。"
)
EVIDENCE_NOT_NUMBERED: Final = Wording(
    ConflictError,
    "evidence.not-numbered",
    "The entry has no position in the log yet; ask again in a moment.",
    "该存证尚未编号，请稍候再试。",
)
EVIDENCE_TILE_MISSING: Final = Wording(
    IntegrityError, "evidence.tile-missing", "{tile} is missing.", "缺少 {tile}。", facts=("tile",)
)
QUERY_KIND: Final = Wording(
    InputError,
    "query.kind",
    "There is no event kind {kind!r}.",
    "没有 {kind!r} 这一类事件。",
    help_en="There are {kinds}.",
    help_zh="可用的有：{kinds}。",
)
PEER_LOG_SHORTER: Final = Wording(
    ConflictError,
    "peer.log-shorter",
    "{peer} shows an evidence log of {seen} entries; it has shown one of {kept} before.",
    "{peer} 出示的存证日志有 {seen} 条，此前曾出示 {kept} 条。",
    help_en="Its operator must restore the newest state of the store. Both signed heads are in the evidence.",
    help_zh="对方运营者须恢复其存储的最新状态。两份已签署的检查点均已存证。",
    facts=("kept", "seen"),
)
PEER_LOG_FORKED: Final = Wording(
    ConflictError,
    "peer.log-forked",
    "{peer} has shown two different evidence logs of one length.",
    "{peer} 出示过两份长度相同而内容不同的存证日志。",
    help_en="Its operator must restore the newest state of the store. Both signed heads are in the evidence.",
    help_zh="对方运营者须恢复其存储的最新状态。两份已签署的检查点均已存证。",
    facts=("kept", "seen"),
)
PEER_LOG_REWRITTEN: Final = Wording(
    ConflictError,
    "peer.log-rewritten",
    "The evidence log of {peer} does not hold the {kept} entries that it has shown before.",
    "{peer} 的存证日志不包含其此前出示的 {kept} 条。",
    help_en="Its operator must restore the newest state of the store. Both signed heads are in the evidence.",
    help_zh="对方运营者须恢复其存储的最新状态。两份已签署的检查点均已存证。",
    facts=("kept", "seen"),
)

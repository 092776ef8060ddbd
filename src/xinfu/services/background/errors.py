"""Error sentences of services / background."""

from typing import Final

from xinfu.errors import ConflictError, NotFoundError, PeerError, ProtocolError, StoreError, Wording

AGREEMENT_NOT_OURS: Final = Wording(
    ConflictError,
    "agreement.not-ours",
    "Only its provider counts an agreement.",
    "协议是否用尽只由数据提供方计算。",
)
NOTICE_UNREADABLE: Final = Wording(
    ProtocolError, "notice.unreadable", "The notice cannot be read.", "无法读取该通知。"
)
OUTBOX_UNREADABLE: Final = Wording(
    StoreError,
    "outbox.unreadable",
    "A promise in the outbox ({queue}) has a form that this version of xinfu does not know: {reason}.",
    "发件箱中的一项待办（{queue}）采用了本版本 xinfu 不支持的格式：{reason}。",
    help_en="It is kept and tried again. Run the version that wrote it, or a newer one.",
    help_zh="该待办会保留并继续重试。请运行写入它的版本或更新的版本。",
)
PARTICIPANT_NO_LOG: Final = Wording(
    NotFoundError,
    "participant.no-log",
    "No head of an evidence log of {participant} is kept.",
    "未保存 {participant} 的存证日志检查点。",
)
PEER_VERSION_UNKNOWN: Final = Wording(
    PeerError,
    "peer.version-unknown",
    "The other side does not say just now what it is.",
    "对方目前未能说明其软件版本。",
    help_en="It is tried again by itself.",
    help_zh="系统会自动重试。",
)
PUSH_REFUSED: Final = Wording(
    PeerError,
    "push.refused",
    "The receiver of the push answered {status}.",
    "推送的接收方返回 {status}。",
    help_en="Ask for the transfer again once it takes data.",
    help_zh="待接收方可接收数据后，请重新发起传输。",
    facts=("status",),
)

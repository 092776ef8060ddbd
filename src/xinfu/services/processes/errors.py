"""Error sentences of services / processes."""

from typing import Final

from xinfu.errors import (
    ConfigError,
    ConflictError,
    InputError,
    NotFoundError,
    PeerError,
    ProtocolError,
    RefusedError,
    Wording,
)

AGREEMENT_ID_TAKEN: Final = Wording(
    ProtocolError,
    "agreement.id-taken",
    "The id of this agreement belongs to another agreement already.",
    "该协议标识已属于另一份协议。",
    help_en="Give each agreement an id of its own.",
    help_zh="请为每份协议使用唯一标识。",
)
AGREEMENT_NOT_CONSUMER: Final = Wording(
    ConflictError,
    "agreement.not-consumer",
    "In this agreement we are the provider.",
    "在该协议中我方是数据提供方。",
)
AGREEMENT_UNKNOWN: Final = Wording(
    ProtocolError,
    "agreement.unknown",
    "There is no such agreement between us.",
    "我们之间没有这个协议。",
    help_en="Use the agreement's id as it stands in the agreement message.",
    help_zh="请使用协议消息中的协议标识。",
)
ANSWER_NOT_FOUND: Final = Wording(
    NotFoundError, "answer.not-found", "There is no such answer.", "没有这条应答规则。"
)
ANSWER_WRONG_ACT_OF_NEGOTIATION: Final = Wording(
    ConflictError, "answer.wrong-act", "{act} is not an act of a negotiation.", "{act} 不是协商中的动作。"
)
ANSWER_WRONG_ACT_OF_TRANSFER: Final = Wording(
    ConflictError, "answer.wrong-act", "{act} is not an act of a transfer.", "{act} 不是传输中的动作。"
)
CONFIG_ANSWER: Final = Wording(
    ConfigError,
    "config.answer",
    "The answer {id!r} names an unknown event or act: {error}.",
    "应答 {id!r} 含有未知的事件或动作：{error}。",
    help_en="Events: {events}. Acts: {acts}.",
    help_zh="事件：{events_zh}。动作：{acts_zh}。",
)
DATA_REFRESH_REFUSED: Final = Wording(
    RefusedError,
    "data.refresh-refused",
    "The refresh token renews nothing for this participant.",
    "该刷新令牌不能为此参与方更新任何令牌。",
    help_en="Use the tokens of the latest start message, or of the latest answer; else start the transfer again.",
    help_zh="请使用最近一次启动消息或最近一次应答中的令牌，否则请重新启动该传输。",
)
NEGOTIATION_AGREED: Final = Wording(
    ConflictError,
    "negotiation.agreed",
    "An agreement came of this negotiation, so it is kept.",
    "该协商已达成协议，须予保留。",
)
NEGOTIATION_ALREADY_OPEN: Final = Wording(
    ProtocolError,
    "negotiation.already-open",
    "A negotiation under this pid is open already, with another first message.",
    "该 pid 下已有协商，且首条消息不同。",
    help_en="Use a new pid for a new negotiation.",
    help_zh="新的协商请使用新的 pid。",
)
NEGOTIATION_NOT_FOUND: Final = Wording(
    NotFoundError, "negotiation.not-found", "There is no such negotiation.", "没有这个协商。"
)
NEGOTIATION_NOT_OVER: Final = Wording(
    ConflictError,
    "negotiation.not-over",
    "The negotiation is {state}; only one that was terminated can be removed.",
    "该协商处于 {state} 状态，仅已终止的协商可以删除。",
)
NEGOTIATION_OVER: Final = Wording(
    ConflictError, "negotiation.over", "The negotiation is over.", "该协商已经结束。", facts=("state",)
)
PEER_PROCESS: Final = Wording(
    PeerError,
    "peer.process",
    "The peer's answer is not the state of a process.",
    "对方返回的内容不是过程状态。",
    help_en="Tell its operator.",
    help_zh="请告知对方的运营者。",
)
PROCESS_NOT_OPENED: Final = Wording(
    ConflictError,
    "process.not-opened",
    "{peer} has not acknowledged our first message, so there is nothing to ask about.",
    "{peer} 尚未确认本方的第一条消息，无从查询。",
    help_en="Look at the next try and the last failure; or end it.",
    help_zh="请查看下次尝试的时间与最近一次失败，或终止该过程。",
)
PUSH_ADDRESS: Final = Wording(
    InputError,
    "push.address",
    "Bytes cannot be pushed to this data address.",
    "该数据地址无法用于推送。",
    help_en="Give an HttpData address with a baseUrl (http or https), and POST or PUT.",
    help_zh="请给出 HttpData 地址：baseUrl 为 http 或 https，方法为 POST 或 PUT。",
)
PUSH_ADDRESS_GONE: Final = Wording(
    NotFoundError,
    "push.address-gone",
    "The address of the push is not kept any more.",
    "推送地址已不再保存。",
)
TRANSFER_BUSY: Final = Wording(
    ConflictError, "transfer.busy", "Another message is on its way.", "另一条消息尚在途中。"
)
TRANSFER_FORMAT_UNSUPPORTED: Final = Wording(
    ProtocolError,
    "transfer.format-unsupported",
    "The dataset is served as {format}{both}.",
    "该数据产品以 {format} 方式提供{both_zh}。",
    help_en="Ask for the format {format}.",
    help_zh="请使用 {format}。",
)
TRANSFER_NOT_FOUND: Final = Wording(
    NotFoundError, "transfer.not-found", "There is no such transfer.", "没有这个传输。"
)
TRANSFER_WRONG_STATE: Final = Wording(
    ConflictError,
    "transfer.wrong-state",
    "The transfer is {state}, not {only_from}.",
    "该传输处于 {state} 状态，而非 {only_from}。",
)
TRANSFER_WRONG_STATE_RUNNING: Final = Wording(
    ConflictError, "transfer.wrong-state", "The transfer runs already.", "该传输已在进行。"
)

"""What a process says when it refuses: of a peer's message (400), or of our own wish (409).

`family` is "negotiation" or "transfer" and leads the code: `negotiation.wrong-state`.
"""

from typing import Final

from xinfu.dsp.terms import Role
from xinfu.errors import ConflictError, ProtocolError

_ZH: Final = {"negotiation": "合同协商", "transfer": "数据传输"}
_ROLE_ZH: Final = {Role.CONSUMER: "消费方", Role.PROVIDER: "提供方"}


def wrong_state(family: str, kind: str, sender: Role, state: str | None) -> ProtocolError:
    """The table has no such move (R-HTTP-06)."""
    where = state or "not opened"
    return ProtocolError(
        f"{family}.wrong-state",
        f"{kind} from the {sender} is no move while the {family} is {where}.",
        f"{_ZH[family]}处于 {where} 状态时，不接受{_ROLE_ZH[sender]}的 {kind}。",
        help_en="Read the process with GET and go on from its state.",
        help_zh="请用 GET 读取该过程，再从其当前状态继续。",
        facts={"state": state or "", "kind": kind, "sender": sender},
    )


def wrong_side(family: str, kind: str, sender: Role) -> ProtocolError:
    """The sender claims our own side of the process (P1)."""
    return ProtocolError(
        f"{family}.wrong-side",
        f"{kind} came as if from the {sender}, which is our own side of this {family}.",
        f"收到以{_ROLE_ZH[sender]}名义发出的 {kind}，而该角色在此{_ZH[family]}中是本方。",
        facts={"kind": kind, "sender": sender},
    )


def crossed(family: str, kind: str, sending: str) -> ProtocolError:
    """Our own message is on its way and rules this one out."""
    return ProtocolError(
        f"{family}.crossed",
        f"{kind} is refused: our {sending} is on its way and decides.",
        f"拒绝 {kind}：本方的 {sending} 已在途中，以其为准。",
        help_en="Wait for that message, or read the process with GET.",
        help_zh="请等待该消息，或用 GET 读取该过程。",
        facts={"kind": kind, "sending": sending},
    )


def wrong_pid(family: str, key: str) -> ProtocolError:
    """The body names another process than the path (R-HTTP-14)."""
    return ProtocolError(
        f"{family}.wrong-pid",
        f"{key} in the body does not name this {family}.",
        f"消息体中的 {key} 与本{_ZH[family]}不符。",
        help_en="Send both pids as they stand in the acknowledgement of the first message.",
        help_zh="请按首条消息的应答填写两个 pid。",
        facts={"key": key},
    )


def already_open(family: str) -> ProtocolError:
    """A different opening message for a process that exists."""
    return ProtocolError(
        f"{family}.already-open",
        f"This {family} is open already, under another opening message.",
        f"该{_ZH[family]}已由另一条开启消息建立。",
        help_en="Use a new pid for a new process.",
        help_zh="新的过程请使用新的 pid。",
    )


def bad_callback(family: str) -> ProtocolError:
    """A callback address that nobody could use (R-CN-04, R-TP-06)."""
    return ProtocolError(
        f"{family}.callback-invalid",
        "callbackAddress is not an absolute http or https URL without user, query and fragment.",
        "callbackAddress 不是有效的 http/https 绝对地址（不得带用户名、查询串或片段）。",
        help_en="Give the base address under which your callbacks are served.",
        help_zh="请填写贵方回调服务的基础地址。",
    )


def not_opening(family: str) -> ProtocolError:
    """The first message of a process names a pid that only we could have given."""
    return ProtocolError(
        f"{family}.not-opening",
        "A message that opens a process carries callbackAddress and not the receiver's pid.",
        "开启过程的消息须带 callbackAddress，且不得带接收方的 pid。",
    )


def busy(family: str, sending: str) -> ConflictError:
    """We have a message on its way; the next one has to wait."""
    return ConflictError(
        f"{family}.busy",
        f"Our {sending} is on its way and not acknowledged yet.",
        f"本方的 {sending} 尚未得到确认。",
        help_en="Wait until it is acknowledged or has failed.",
        help_zh="请等待其被确认或失败后再试。",
        facts={"sending": sending},
    )


def cannot_send(family: str, kind: str, role: Role, state: str | None) -> ConflictError:
    """What we want to send is no move of ours in this state."""
    where = state or "not opened"
    return ConflictError(
        f"{family}.wrong-state",
        f"The {role} cannot send {kind} while the {family} is {where}.",
        f"{_ZH[family]}处于 {where} 状态时，{_ROLE_ZH[role]}不能发送 {kind}。",
        facts={"state": state or "", "kind": kind, "role": role},
    )


def unknown_peer_pid(family: str) -> ConflictError:
    """The peer has not told us its pid yet."""
    return ConflictError(
        f"{family}.not-open",
        f"The other side has not acknowledged this {family} yet, so it cannot be addressed.",
        f"对方尚未确认该{_ZH[family]}，暂时无法向其发送。",
        help_en="Wait for the first acknowledgement, or give the process up.",
        help_zh="请等待首次确认，或放弃该过程。",
    )


def sent_wrong_pid(family: str) -> ConflictError:
    """Our own message names another process than the record it is sent for."""
    return ConflictError(
        f"{family}.wrong-pid",
        f"The message to send does not carry the pids of this {family}.",
        f"待发送的消息所带 pid 与本{_ZH[family]}不符。",
    )

"""Error sentences of services / agreements."""

from typing import Final

from xinfu.errors import ConflictError, InputError, NotFoundError, RefusedError, Wording

AGREEMENT_EXISTS: Final = Wording(
    ConflictError, "agreement.exists", "There is an agreement of this id.", "已有该标识的协议。"
)
AGREEMENT_MISSING: Final = Wording(
    ConflictError, "agreement.missing", "The negotiation holds no agreement.", "该协商没有协议。"
)
AGREEMENT_NO_RENEWAL: Final = Wording(
    ConflictError,
    "agreement.no-renewal",
    "The one agreement does not renew the other: participant, dataset or role differ, or it renews another.",
    "两个协议不构成续期关系：参与方、数据产品或角色不同，或已与其他协议关联。",
)
AGREEMENT_NOT_FOUND: Final = Wording(
    NotFoundError, "agreement.not-found", "There is no such agreement.", "没有这个协议。"
)
AGREEMENT_NOT_OURS: Final = Wording(
    ConflictError,
    "agreement.not-ours",
    "The other side has suspended the agreement; only it can resume it.",
    "该协议由对方中止，只能由对方恢复。",
)
AGREEMENT_NOT_SUSPENDED: Final = Wording(
    ConflictError, "agreement.not-suspended", "The agreement is not suspended.", "该协议未处于中止状态。"
)
AGREEMENT_OVER: Final = Wording(
    ConflictError, "agreement.over", "The agreement has ended.", "该协议已经终止。"
)
AGREEMENT: Final = Wording(
    RefusedError,
    "agreement.{state}",
    "The agreement is {state}.",
    "该协议已{state_zh}。",
    help_en="Negotiate again, or ask the other side why.",
    help_zh="请重新协商，或向对方了解原因。",
    facts=(
        "agreement",
        "reason",
    ),
)
CONTRACT_NOT_A_PARTY: Final = Wording(
    RefusedError,
    "contract.not-a-party",
    "The caller, the recipient or a signatory is not a party to this contract.",
    "调用方、被调用方或签署方不是该合约的当事方。",
)
CONTRACT_NOT_FOUND: Final = Wording(
    NotFoundError, "contract.not-found", "There is no such contract.", "没有这份合约。"
)
COUNT_EXHAUSTED: Final = Wording(
    RefusedError,
    "count.exhausted",
    "What the agreement granted is spent.",
    "协议许可的使用已全部用完。",
    help_en="Negotiate again for more.",
    help_zh="如需更多，请重新协商。",
    facts=("agreement",),
)
DUTY_NO_PROOF: Final = Wording(
    ConflictError,
    "duty.no-proof",
    "No proof was handed in.",
    "尚未提交履行证明。",
    help_en="Give the proof that you have, or waive the duty.",
    help_zh="请提供已有的证明，或免除该义务。",
)
DUTY_NOT_FOUND: Final = Wording(NotFoundError, "duty.not-found", "There is no such duty.", "没有这项义务。")
DUTY_NOT_OWED: Final = Wording(
    ConflictError,
    "duty.not-owed",
    "This duty is not owed to us; only the other side can decide on it.",
    "该义务并非向我方承担，只能由对方作出决定。",
)
DUTY_PROOF_INCOMPLETE: Final = Wording(
    InputError,
    "duty.proof-incomplete",
    "The proof of {action} does not count: {fields} is missing or does not fit.",
    "“{action}”的履行证明无效：{fields} 缺失或不符。",
    facts=("fields",),
)
DUTY_WRONG_STATE: Final = Wording(
    ConflictError,
    "duty.wrong-state",
    "A duty that is {state} cannot {move}.",
    "义务处于 {state} 状态，不能执行 {move}。",
    facts=("state",),
)
CONTRACT_SIGNATURE_WRONG: Final = Wording(
    RefusedError,
    "contract.signature-wrong",
    "The signature of {party} does not hold: {en}.",
    "{party} 的签名无效或无法验证：{zh}。",
    help_en="Nothing was kept; ask for the text to be signed again.",
    help_zh="未保存任何内容；请重新签署。",
    facts=(
        "party",
        "reasons",
    ),
)

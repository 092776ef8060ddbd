"""Error sentences of services / contracts."""

from typing import Final

from xinfu.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PeerError,
    ProtocolError,
    RefusedError,
    Wording,
)

CONTRACT_TEMPLATE_NOT_FOUND: Final = Wording(
    NotFoundError, "contract-template.not-found", "There is no template {id!r}.", "没有模板 {id!r}。"
)
CONTRACT_AMENDS_UNKNOWN: Final = Wording(
    NotFoundError,
    "contract.amends-unknown",
    "The contract that is to be amended is not known here: {amends}.",
    "此处没有待补充的合约：{amends}。",
    facts=("amends",),
)
CONTRACT_DIFFERS: Final = Wording(
    ProtocolError,
    "contract.differs",
    "The message and the text of the contract in it say different things.",
    "报文内容与其中的合约文本不一致。",
)
CONTRACT_DIFFERS_FROM_NUMBERED: Final = Wording(
    ProtocolError,
    "contract.differs",
    "The text is not that for which the number was given.",
    "该文本与申请合约标识码时的内容不一致。",
)
CONTRACT_DIFFERS_FROM_SIGNED: Final = Wording(
    ProtocolError,
    "contract.differs",
    "What is handed over is not the contract that was signed.",
    "下发的内容与已签署的合约不一致。",
)
CONTRACT_DIFFERS_STRATEGY: Final = Wording(
    ProtocolError,
    "contract.differs",
    "The message is about another strategy than that of the contract.",
    "报文所指策略与该合约不一致。",
)
CONTRACT_DRAFT: Final = Wording(
    ConflictError,
    "contract.draft",
    "A draft has no number, and a signature has to cover one.",
    "草稿没有合约标识码，而签名必须覆盖该标识码。",
    help_en="Take it up first: xinfu contract begin.",
    help_zh="请先发起合约：xinfu contract begin。",
)
CONTRACT_EXISTS: Final = Wording(
    ConflictError,
    "contract.exists",
    "The agreement has a contract already: {number}.",
    "该协议已有合约：{number}。",
)
CONTRACT_EXISTS_UNDER_NUMBER: Final = Wording(
    ConflictError,
    "contract.exists",
    "Under the number {number} we hold another text.",
    "标识码 {number} 之下本方持有不同的合约文本。",
)
CONTRACT_FILED: Final = Wording(
    ConflictError,
    "contract.filed",
    "Another text, or other signatures, are filed under {contract}.",
    "标识码 {contract} 之下已备案不同的文本或签名。",
)
CONTRACT_NO_AGREEMENT: Final = Wording(
    NotFoundError,
    "contract.no-agreement",
    "We have no agreement with the terms of this contract.",
    "本方没有与该合约内容一致的协议。",
    help_en="Negotiate first; a contract is taken only on terms that were agreed on.",
    help_zh="请先完成协商：只接受与已达成协议一致的合约。",
)
CONTRACT_NO_PLATFORM: Final = Wording(
    ConflictError,
    "contract.no-platform",
    "This node does not file with a platform, so its contracts remain drafts.",
    "本节点未设置服务平台，合约只能保持为草稿。",
    help_en="Name one in [contract] platform of node.toml.",
    help_zh="请在 node.toml 的 [contract] platform 中指定。",
)
CONTRACT_NOT_A_PARTY: Final = Wording(
    RefusedError, "contract.not-a-party", "Only a party files a contract.", "只有合约当事方可以报备合约。"
)
CONTRACT_NOT_CREATED: Final = Wording(
    RefusedError,
    "contract.not-created",
    "The platform did not create the contract.",
    "服务平台未创建该合约。",
)
CONTRACT_NOT_FILED: Final = Wording(
    RefusedError, "contract.not-filed", "The platform did not file the contract.", "服务平台未予备案。"
)
CONTRACT_NOT_FILED_YET: Final = Wording(
    ConflictError,
    "contract.not-filed-yet",
    "The contract is not filed, so nothing is carried out under it.",
    "该合约尚未备案，不能履行。",
    help_en="File it first: xinfu contract file.",
    help_zh="请先备案：xinfu contract file。",
)
CONTRACT_OTHER_CODE: Final = Wording(
    RefusedError,
    "contract.other-code",
    "The contract names us by {named}, and our subject code is {known}.",
    "合约以 {named} 指称本方，而本方的主体标识码{known_zh}。",
    help_en="It was not signed. Let the other side correct our code in its address book and begin anew; our own is `entity` of our context.",
    help_zh="合约未签署。请对方在通讯录中更正本方标识码后重新发起；本方标识码在上下文的 entity 中设置。",
    facts=(
        "named",
        "ours",
    ),
)
CONTRACT_PARTIES: Final = Wording(
    ProtocolError,
    "contract.parties",
    "The contract has a party without a name, or two parties of one name.",
    "合约中存在没有标识的当事方，或两个当事方使用同一标识。",
    facts=("party",),
)
CONTRACT_PARTY_CODE: Final = Wording(
    RefusedError,
    "contract.party-code",
    "The subject code of {participant} is not known, and a contract names its parties by it.",
    "尚不知道 {participant} 的主体标识码，而合约以该标识码指称各方。",
    help_en="Say it: [[contexts]] entity for ourselves, xinfu participants set --entity for others.",
    help_zh="本方请设置 [[contexts]] entity，其他参与方请用 xinfu participants set --entity。",
    facts=("participant",),
)
CONTRACT_PROOF_BROKEN: Final = Wording(
    ConflictError,
    "contract.proof-broken",
    "The proof contains no receipt, or a receipt that is damaged, comes from a log that the sender does not publish, or belongs to another contract.",
    "该证明不含存证凭证，或其中存在不完整、不属于发送方公开日志或与该合约无关的凭证。",
    help_en="The log's key must stand in the sender's DID document, and the entries must name the contract.",
    help_zh="日志密钥须列于发送方的 DID 文档，存证须写明该合约。",
)
CONTRACT_RECEIPT_DIFFERS: Final = Wording(
    PeerError,
    "contract.receipt-differs",
    "The platform's receipt is about something else than what was filed.",
    "服务平台的备案回执与所报备的合约不一致。",
)
CONTRACT_SIDE_CHANGE: Final = Wording(
    ConflictError,
    "contract.side",
    "The platform does not change a contract of others.",
    "服务平台不变更他人的合约。",
)
CONTRACT_SIDE_END: Final = Wording(
    ConflictError,
    "contract.side",
    "The platform does not end a contract of others.",
    "服务平台不终止他人的合约。",
)
CONTRACT_SIGNATORIES: Final = Wording(
    InputError,
    "contract.signatories",
    "A signature does not belong to the signatory that is named with it.",
    "签名与签署主体不对应。",
)
CONTRACT_SIGNATURE_FUTURE: Final = Wording(
    RefusedError,
    "contract.signature-future",
    "The signature of {party} was made in the future.",
    "{party} 的签署时间在未来。",
    help_en="Check the clocks of both nodes.",
    help_zh="请检查双方节点的时钟。",
    facts=("party",),
)
CONTRACT_SIGNATURE_TWICE: Final = Wording(
    RefusedError,
    "contract.signature-twice",
    "There are two signatures of {party}.",
    "{party} 有两个签名。",
    facts=("party",),
)
CONTRACT_TIMES: Final = Wording(
    InputError,
    "contract.times",
    "endTime does not lie after activationTime.",
    "endTime 应晚于 activationTime。",
)
CONTRACT_TIMES_END_AHEAD: Final = Wording(
    InputError,
    "contract.times",
    "The end that was agreed has not come yet; say it when it has.",
    "约定的终止时间尚未到来，请届时再通知。",
)
CONTRACT_UNSIGNED: Final = Wording(
    ConflictError,
    "contract.unsigned",
    "Not all parties have signed: {missing}.",
    "尚有当事方未签署：{missing}。",
    facts=("missing",),
)
CONTRACT_WRONG_SIDE: Final = Wording(
    RefusedError,
    "contract.wrong-side",
    "Only the provider stops a use, and only the others tell it their decisions.",
    "只有数据提供方可以中止使用，只有其他当事方向其反馈执行结果。",
)
ENVELOPE_REPEATED: Final = Wording(
    ProtocolError,
    "envelope.repeated",
    "A message with this sequenceNum was taken before.",
    "该 sequenceNum 的报文已接收过。",
)
PARTICIPANT_UNKNOWN: Final = Wording(
    NotFoundError, "participant.unknown", "{name!r} is not in the address book.", "通讯录中没有 {name!r}。"
)
PLATFORM_ANSWER: Final = Wording(
    PeerError,
    "platform.answer",
    "{participant} answered {api} with what does not fit: {en}",
    "{participant} 对 {api} 的应答不符合要求：{zh}",
)
PLATFORM_NOT_A_MEMBER: Final = Wording(
    RefusedError,
    "platform.not-a-member",
    "The platform serves members of its space.",
    "服务平台仅向空间成员提供服务。",
    help_en="Show a membership credential of an issuer that it trusts, or of its own.",
    help_zh="请出示其信任的或其自身签发的成员凭证。",
)
PLATFORM_NOT_HERE: Final = Wording(
    NotFoundError,
    "platform.not-here",
    "This participant is not a service platform.",
    "该参与方不是服务平台。",
)

"""Words for policies, in Chinese and English, for people to read.

`{0}` and so on are filled by `sentences` and `phrases`. Follows: the project's table of terms.
"""

from typing import Final, Literal

from xinfu.odrl.values.durations import read_parts

Language = Literal["zh", "en"]
Words = tuple[str, str]
"""Chinese, English."""


def pick(words: Words, language: str) -> str:
    """The Chinese words for "zh", the English for anything else."""
    return words[0] if language == "zh" else words[1]


def length(duration: str, language: str) -> str:
    """An xsd:duration in words, as it is written: `PT24H` is 24 hours."""
    parts = [pick(LENGTHS[unit], language).format(number) for number, unit in read_parts(duration)]
    said = [part.removesuffix("s") if part.startswith("1 ") else part for part in parts]
    return " ".join(said) or duration


ACTIONS: Final[dict[str, Words]] = {
    "use": ("使用", "use"),
    "transfer": ("转让", "transfer of ownership"),
    "read": ("读取", "reading"),
    "display": ("展示", "display"),
    "play": ("播放", "playing"),
    "print": ("打印", "printing"),
    "present": ("公开展示", "public presentation"),
    "reproduce": ("复制", "copying"),
    "extract": ("提取部分内容", "extraction of parts"),
    "derive": ("派生", "making of derived data"),
    "modify": ("修改", "modification"),
    "transform": ("转换格式", "conversion"),
    "translate": ("翻译", "translation"),
    "distribute": ("分发给第三方", "distribution to third parties"),
    "sell": ("出售", "sale"),
    "give": ("赠与", "giving away"),
    "aggregate": ("汇聚或聚合", "aggregation"),
    "anonymize": ("匿名化", "anonymization"),
    "annotate": ("标注", "annotation"),
    "archive": ("归档", "archiving"),
    "attribute": ("注明来源", "naming of the source"),
    "compensate": ("支付费用", "payment"),
    "delete": ("删除", "deletion"),
    "digitize": ("数字化", "digitization"),
    "execute": ("执行", "execution"),
    "index": ("建立索引", "indexing"),
    "inform": ("告知", "notice"),
    "install": ("安装", "installation"),
    "move": ("迁移", "moving"),
    "obtainConsent": ("取得同意", "consent"),
    "reviewPolicy": ("审阅策略", "review of the policy"),
    "acceptTracking": ("接受使用跟踪", "acceptance of tracking"),
    "grantUse": ("再授权", "granting of use to others"),
    "stream": ("流式传输", "streaming"),
    "synchronize": ("同步", "synchronization"),
    "watermark": ("添加水印", "watermarking"),
    "nextPolicy": ("对再授权适用指定策略", "passing on under a named policy"),
    "access": ("访问", "access"),
    "delivery": ("交付", "delivery"),
    "download": ("下载", "download"),
    "storage": ("存储", "storage"),
    "process": ("加工", "processing"),
    "jointDevelop": ("联合开发", "joint development"),
    "compute": ("计算", "computation"),
    "desensitize": ("脱敏", "masking"),
    "logRecordSend": ("发送行为记录", "sending of usage records"),
    "alert": ("异常提醒", "telling of abnormal use"),
    "cx-policy:access": ("在目录中查看", "seeing it in the catalog"),
    "cc:CommercialUse": ("商业性使用", "commercial use"),
    "cc:Sharing": ("非商业性分享", "non-commercial sharing"),
    "cc:Distribution": ("发布", "publication"),
    "cc:Reproduction": ("复制", "copying"),
    "cc:DerivativeWorks": ("创作演绎作品", "derivative works"),
}

OPERATORS: Final[dict[str, Words]] = {
    "eq": ("{0}为 {1}", "{0} is {1}"),
    "neq": ("{0}不为 {1}", "{0} is not {1}"),
    "lt": ("{0}小于 {1}", "{0} is below {1}"),
    "lteq": ("{0}不超过 {1}", "{0} is at most {1}"),
    "gt": ("{0}大于 {1}", "{0} is above {1}"),
    "gteq": ("{0}不低于 {1}", "{0} is at least {1}"),
    "isA": ("{0}属于 {1} 类", "{0} is a kind of {1}"),
    "hasPart": ("{0}包含 {1}", "{0} contains {1}"),
    "isPartOf": ("{0}在 {1} 之内", "{0} lies within {1}"),
    "isAllOf": ("{0}包括全部：{1}", "{0} includes all of {1}"),
    "isAnyOf": ("{0}为以下之一：{1}", "{0} is one of {1}"),
    "isNoneOf": ("{0}不为以下任何一个：{1}", "{0} is none of {1}"),
}
MOMENTS: Final[dict[str, Words]] = {
    "lt": ("在 {1} 之前", "before {1}"),
    "lteq": ("不晚于 {1}", "not later than {1}"),
    "gt": ("在 {1} 之后", "after {1}"),
    "gteq": ("不早于 {1}", "not before {1}"),
    "eq": ("在 {1} 当时", "at {1}"),
    "neq": ("不在 {1} 当时", "not at {1}"),
}
AGREED: Final[dict[bool, Words]] = {
    True: ("协议达成后 {0}", "{0} after the agreement"),
    False: ("协议达成前 {0}", "{0} before the agreement"),
}
"""A moment that counts from the agreement: after it, or before."""
DAYS: Final[dict[str, Words]] = {
    "eq": ("在 {1} 当天", "on {1}"),
    "neq": ("不在 {1} 当天", "not on {1}"),
}
"""The same of a whole day."""
EVENTS: Final[dict[str, Words]] = {
    "lt": ("在使用之前", "before the use"),
    "gt": ("在使用之后", "after the use"),
}
WHOM: Final[Words] = ("以上内容仅适用于{0}。", "All of this is for {0} only.")
DELAY: Final[Words] = ("触发满 {0} 后到期", "due {0} after it is triggered")
LOGIC: Final[dict[str, Words]] = {
    "and": ("（同时满足：{0}）", "(all of: {0})"),
    "or": ("（满足其一即可：{0}）", "(at least one of: {0})"),
    "xone": ("（恰好满足其一：{0}）", "(exactly one of: {0})"),
    "andSequence": ("（依次满足：{0}）", "(in this order: {0})"),
}
LENGTHS: Final[dict[str, Words]] = {
    "years": ("{0} 年", "{0} years"),
    "months": ("{0} 个月", "{0} months"),
    "days": ("{0} 天", "{0} days"),
    "hours": ("{0} 小时", "{0} hours"),
    "minutes": ("{0} 分钟", "{0} minutes"),
    "seconds": ("{0} 秒", "{0} seconds"),
}
"""Parts of a length of time."""
MEMBER: Final[Words] = ("使用方持有有效的成员资格凭证", "the user holds a valid membership credential")
IN_A_VAULT: Final[Words] = ("仅限在受控存储内使用", "it is used in a vault only")
FILED: Final[Words] = (
    "其数字合约已签署并备案",
    "its digital contract is signed and filed",
)
FILINGS: Final[dict[str, Words]] = {
    "none": ("尚未签订", "does not exist yet"),
    "unsigned": ("尚未由各方签署", "is not signed by all parties yet"),
    "signed": ("已签署但尚未备案", "is signed but not filed yet"),
    "ended": ("已终止", "has ended"),
    "filed": ("已备案", "is filed"),
}
"""How far the digital contract of an agreement has come."""
DIFFERENCES: Final[dict[str, Words]] = {
    "rules": ("规则不同", "its rules differ"),
    "parties": ("当事方不同", "its parties differ"),
    "dataset": ("数据产品不同", "its dataset differs"),
    "text": (
        "合约文本与备案存证编码不符",
        "the text of the contract does not have the digest that was filed",
    ),
    "signatures": ("签名无法验证", "the signatures of the contract do not hold"),
    "filing": ("记录称已备案，但没有已备案的合约", "the record names a filed contract that is not there"),
}
"""In what the record of an agreement differs from its signed contract."""
CREDENTIAL: Final[Words] = ("使用方持有有效的 {0} 凭证", "the user holds a valid {0} credential")
UNREAD: Final[Words] = (
    "含有本节点无法判定的内容（{0}），因此不会据此允许任何使用",
    "it holds what this node cannot judge ({0}), so it never opens anything",
)
UNREAD_BARRIER: Final[Words] = (
    "含有本节点无法判定的内容（{0}），因此视为始终有效",
    "it holds what this node cannot judge ({0}), so it always counts as holding",
)
UNREAD_WHOLE: Final[Words] = (
    "本策略含有本节点无法判定的内容（{0}），因此不会据此允许任何使用。",
    "The policy holds what this node cannot judge ({0}), so it never opens anything.",
)
PERMISSION: Final[Words] = ("允许{0}", "Permitted: {0}")
PROHIBITION: Final[Words] = ("禁止{0}", "Prohibited: {0}")
OBLIGATION: Final[Words] = ("义务：{0}", "Obligation: {0}")
CONDITIONS: Final[Words] = ("，条件是：{0}", ", provided that {0}")
CONDITIONS_BARRIER: Final[Words] = ("，适用情形：{0}", ", where {0}")
SCOPE: Final[Words] = ("（仅限{0}）", " (for {0} only)")
MEMBERS_OF: Final[Words] = ("{0} 的成员", "members of {0}")
BY: Final[Words] = ("（由{0}履行）", " (to be done by {0})")
INSIDE: Final[Words] = ("（{0}）", " ({0})")
DUTIES: Final[Words] = ("；同时必须：{0}", "; with the duty of {0}")
REMEDIES: Final[Words] = ("；违反后必须：{0}", "; if infringed, the duty of {0}")
CONSEQUENCES: Final[Words] = ("（未履行时还必须：{0}）", " (if not done, also the duty of {0})")
JOIN: Final[Words] = ("；", "; ")
LIST: Final[Words] = ("、", ", ")
STOP: Final[Words] = ("。", ".")
NOTHING: Final[Words] = ("本策略不允许任何使用。", "This policy permits nothing.")
CLASH: Final[dict[str, Words]] = {
    "perm": (
        "允许与禁止冲突时，以允许为准。",
        "Where a permission and a prohibition meet, the permission wins.",
    ),
    "prohibit": (
        "允许与禁止冲突时，以禁止为准。",
        "Where a permission and a prohibition meet, the prohibition wins.",
    ),
    "invalid": (
        "允许与禁止冲突时，本策略整体无效，不允许任何使用。",
        "Where a permission and a prohibition meet, the whole policy is void and permits nothing.",
    ),
}
FORMS: Final[dict[str, Words]] = {
    "dataField": ("仅涉及列：{0}", "it covers only the columns {0}"),
    "valueExpression": ("仅涉及满足 {0} 的行", "it covers only rows with {0}"),
    "resolution": ("分辨率不细于 {0}", "it comes at a resolution of {0} or coarser"),
}
"""What is done to data before it leaves, by the left operand that states it."""

"""Reasons as sentences: why something is not allowed, and what would make it allowed, in zh and en.

A change of facts is suggested only when it was tried and gives YES (`Reason.helps`).
"""

from collections.abc import Sequence
from typing import Final

from xinfu.odrl.engine.explain import Reason
from xinfu.odrl.operands import DECLARED, OPERANDS
from xinfu.odrl.words.lexicon import ACTIONS, DIFFERENCES, FILINGS, LIST, Words, pick

WHY: Final[dict[str, Words]] = {
    "purpose.not-included": (
        "声明的目的“{found}”不在允许的目的（{wanted}）之内。",
        'The declared purpose "{found}" is not among the permitted ones ({wanted}).',
    ),
    "time.before": (
        "允许的时间尚未到（{operator} {wanted}）。",
        "The permitted time has not come ({operator} {wanted}).",
    ),
    "time.after": (
        "允许的时间已过（{operator} {wanted}）。",
        "The permitted time is over ({operator} {wanted}).",
    ),
    "spatial.outside": (
        "使用地域“{found}”不在允许的地域（{wanted}）之内。",
        'The place of use "{found}" is outside what is permitted ({wanted}).',
    ),
    "recipient.other": ("此规则针对其他参与方。", "This rule is for another party."),
    "target.other": ("此策略针对其他数据产品。", "This policy is about another data product."),
    "credential.missing": (
        "未出示所需的凭证（{name}）。",
        "The credential that is needed was not presented ({name}).",
    ),
    "credential.other": (
        "凭证中的取值“{found}”不符合要求（{name} {operator} {wanted}）。",
        'What the credential says ("{found}") does not fit ({name} {operator} {wanted}).',
    ),
    "count.exhausted": (
        "允许的使用次数已用完（已用 {found} 次，{operator} {wanted}）。",
        "The permitted number of uses is spent ({found} so far, {operator} {wanted}).",
    ),
    "status.stated": (
        "约束用 status 自带了用来比较的取值，不能据此允许任何使用：{name}。",
        'The constraint brings its own value to compare with ("status"), so it opens nothing: {name}.',
    ),
    "bytes.exhausted": (
        "允许的数据量已用完（已用 {found} 字节，{operator} {wanted}）。",
        "The permitted amount of data is spent ({found} bytes so far, {operator} {wanted}).",
    ),
    "rows.exhausted": (
        "允许的记录数已用完（已用 {found} 条，{operator} {wanted}）。",
        "The permitted number of rows is spent ({found} so far, {operator} {wanted}).",
    ),
    "time.exhausted": (
        "允许的时长已用完（{name}：{found}，{operator} {wanted}）。",
        "The permitted time is used up ({name}: {found}, {operator} {wanted}).",
    ),
    "time.too-soon": (
        "间隔时间不足（{name}：{found}，{operator} {wanted}）。",
        "It is too soon ({name}: {found}, {operator} {wanted}).",
    ),
    "payment.other": (
        "须付款 {wanted}（{operator}），已付 {found}。",
        "{wanted} must be paid ({operator}), {found} are.",
    ),
    "payment.exhausted": (
        "每次使用须付 {wanted}，已付款项尚余 {found}。",
        "Each use takes {wanted}, and {found} are left of what was paid.",
    ),
    "event.other": (
        "所需的事件次序不成立（{operator} {wanted}）。",
        "The events do not stand in the order that is needed ({operator} {wanted}).",
    ),
    "trait.other": (
        "{name}为“{found}”，不符合要求（{operator} {wanted}）。",
        'The {name} is "{found}", which does not fit ({operator} {wanted}).',
    ),
    "contract.not-filed-yet": (
        "数据仅在数字合约备案后交付和使用，而该协议的数字合约{filing}。",
        "Data flows only under a filed digital contract, and that of this agreement {filing}.",
    ),
    "contract.differs": (
        "协议记录与已签署并备案的数字合约不一致（{difference}），因此不予交付。",
        "The record of the agreement is not what was signed and filed as its digital contract ({difference}), so nothing flows.",
    ),
    "fact.missing": ("缺少判定所需的事实：{name}。", "A fact that is needed is missing: {name}."),
    "fact.at-provider": (
        "此事实只有数据提供方掌握：{name}（{operator} {wanted}）。",
        "Only the provider knows this: {name} ({operator} {wanted}).",
    ),
    "duty.unmet": (
        "须先履行的义务尚未履行：{action}。",
        "A duty that comes first has not been done: {action}.",
    ),
    "duty.overdue": (
        "义务“{action}”逾期未履行（{rule}，期限 {wanted}）。",
        "A duty is overdue: {action} ({rule}, it was to be done by {wanted}).",
    ),
    "duty.breached": (
        "义务“{action}”未履行，已构成违约（{rule}，期限 {wanted}）。",
        "A duty was breached: {action} ({rule}, it was to be done by {wanted}).",
    ),
    "duty.unavailable": (
        "本节点无法在交付前执行“{action}”，因此不予交付。",
        'This node cannot do "{action}" before data leaves, so nothing leaves.',
    ),
    "prohibition.applies": (
        "策略禁止此行为：{action}（{rule}）。",
        "The policy prohibits this: {action} ({rule}).",
    ),
    "prohibition.unknown": (
        "无法确定禁止规则是否适用，按适用处理：{action}（{rule}）。",
        "Whether a prohibition applies cannot be told, so it counts as applying: {action} ({rule}).",
    ),
    "policy.no-permission": ("没有规则允许此行为：{action}。", "No rule permits this: {action}."),
    "policy.not-agreed": (
        "要约本身不授予任何使用，须先达成协议。",
        "An offer grants nothing; an agreement is needed first.",
    ),
    "policy.too-large": ("策略超出上限，无法判定。", "The policy is over a limit and is not judged."),
    "policy.unreadable": ("策略无法读取。", "The policy cannot be read."),
    "policy.wrapped": (
        "这是包裹策略的定义，策略本身在其中。",
        "This is a definition around a policy; the policy itself stands inside it.",
    ),
    "action.unknown": ("动作未知：{action}。", "The action is unknown: {action}."),
    "operand.unknown": ("左操作数未知：{name}。", "The left operand is unknown: {name}."),
    "operator.unknown": ("约束操作符在此不可用：{name}。", "The operator cannot be used here: {name}."),
    "value.unreadable": ("取值无法读取：{name}。", "The value cannot be read: {name}."),
    "value.incomparable": (
        "事实“{found}”与要求（{wanted}）无法比较。",
        'The fact "{found}" cannot be compared with what is asked ({wanted}).',
    ),
    "key.unknown": ("没有组件能读取键：{name}。", "Nobody reads this key: {name}."),
    "profile.unknown": (
        "策略所需的配置文件未知：{name}。",
        "The policy needs a profile that is unknown: {name}.",
    ),
    "unit.missing": ("缺少单位：{name}。", "A unit is missing: {name}."),
    "selector.alone": (
        "同级没有被计数的约束：{name}。",
        "Nothing is counted beside what says how it is counted: {name}.",
    ),
    "selector.several": (
        "对同一计数给出了两种计数方式：{name}。",
        "It is said in two ways how the same is counted: {name}.",
    ),
    "constraint.empty": ("逻辑约束中没有任何约束。", "A logical constraint combines nothing."),
    "sequence.unknown": ("无法判定事件的先后次序。", "The order of events cannot be judged."),
    "xone.several": (
        "要求恰好满足其一的约束中，满足的不止一个，或无法确定。",
        "Of constraints of which exactly one must hold, more than one does, or it cannot be told.",
    ),
    "compare.too-many": (
        "情形过多，无法逐一比较。",
        "There are too many cases to compare.",
    ),
    "compare.unconfirmed": (
        "找不到能够证明差异的具体情形，也无法证明没有差异。",
        "No situation was found that shows a difference, and none that there is no difference.",
    ),
    "compare.counter": (
        "多条规则共用一个计数器，无法比较合计次数（{rule}）。",
        "Several rules draw on one counter, so that what they add up to cannot be compared ({rule}).",
    ),
    "compare.duty": (
        "无法判定哪一项义务更严格（{rule}）。",
        "Which duty asks for more cannot be told ({rule}).",
    ),
    "compare.remedy": (
        "违反禁止规则后的补救义务不同，无法比较。",
        "The remedies of a prohibition differ and cannot be compared.",
    ),
    "compare.assigner": (
        "两份策略的授权方不同。",
        "The two policies are granted by different parties.",
    ),
    "satisfied": ("满足：{name} {operator} {wanted}。", "Satisfied: {name} {operator} {wanted}."),
}
"""Every code a reason can have."""

_TRIED: Final[dict[str, Words]] = {
    "purpose": (
        "如属实，请声明以下目的之一：{wanted}。",
        "If it is true, declare one of these purposes: {wanted}.",
    ),
    "spatial": (
        "如属实，请声明在以下地域内使用：{wanted}。",
        "If it is true, declare to use it within: {wanted}.",
    ),
    **dict.fromkeys(
        DECLARED - {"spatial"},
        ("如属实，请声明所用的{name}：{wanted}。", "If it is true, declare the {name} in use: {wanted}."),
    ),
    "dateTime": ("请等到：{wanted}。", "Wait until: {wanted}."),
    "duty.unmet": ("请先履行：{action}。", "First do: {action}."),
    "": (
        "请出示满足此条件的凭证：{name} {operator} {wanted}。",
        "Present a credential with: {name} {operator} {wanted}.",
    ),
}
_ONLY_ANEW: Final[Words] = ("须重新协商协议。", "Only a new agreement would help.")
_ANEW: Final[Words] = ("{resets} 起重新计数。", "Counting begins anew at {resets}.")
_ASK_FOR_ANOTHER: Final[Words] = (
    "请向提供方索取不含此内容的策略。",
    "Ask the provider for a policy without it.",
)
_PAY: Final[Words] = (
    "请付款，并由提供方登记。",
    "Pay, and let the provider record it.",
)
_ADVICE: Final[dict[str, Words]] = {
    "duty.overdue": (
        "请履行该义务以及由此新增的义务，并提交履行证明。",
        "Do it, and what became due in addition, and hand in the proofs.",
    ),
    "duty.breached": _ONLY_ANEW,
    **dict.fromkeys(("payment.other", "payment.exhausted"), _PAY),
    "time.after": _ONLY_ANEW,
    **dict.fromkeys(("count.exhausted", "bytes.exhausted", "rows.exhausted", "time.exhausted"), _ONLY_ANEW),
    "recipient.other": _ONLY_ANEW,
    "target.other": _ONLY_ANEW,
    "time.too-soon": ("请等待间隔期或等待期结束。", "Wait until the interval or the delay is over."),
    "fact.at-provider": (
        "请发起传输，由数据提供方判定。",
        "Ask for the transfer; the provider decides.",
    ),
    "policy.not-agreed": ("请就此要约进行协商。", "Negotiate this offer."),
    "policy.no-permission": _ONLY_ANEW,
    "contract.not-filed-yet": (
        "请由各方签署合约并向服务平台备案（xinfu contract sign、xinfu contract file）。",
        "Let all parties sign the contract, and file it (xinfu contract sign, xinfu contract file).",
    ),
    "contract.differs": (
        "请由管理员查明记录为何被改动（xinfu doctor、xinfu evidence），并从备份恢复。",
        "The administrator has to find out why the record changed (xinfu doctor, xinfu evidence) and restore it.",
    ),
    **dict.fromkeys(
        (
            "action.unknown",
            "operand.unknown",
            "operator.unknown",
            "value.unreadable",
            "key.unknown",
            "profile.unknown",
            "constraint.empty",
            "status.stated",
            "unit.missing",
            "selector.alone",
            "sequence.unknown",
            "duty.unavailable",
            "prohibition.unknown",
            "policy.too-large",
            "policy.unreadable",
            "policy.wrapped",
        ),
        _ASK_FOR_ANOTHER,
    ),
}
_SIGNS: Final[dict[str, Words]] = {
    "eq": ("=", "="),
    "neq": ("≠", "≠"),
    "lt": ("<", "<"),
    "lteq": ("≤", "≤"),
    "gt": (">", ">"),
    "gteq": ("≥", "≥"),
    "isA": ("属于", "a kind of"),
    "hasPart": ("包含", "contains"),
    "isPartOf": ("位于", "within"),
    "isAllOf": ("包括全部", "all of"),
    "isAnyOf": ("为其中之一", "one of"),
    "isNoneOf": ("不为其中任何一个", "none of"),
}


def sentence(reason: Reason, language: str) -> str:
    """The sentence that gives a reason, in `language` ("zh" or "en")."""
    return pick(WHY[reason.code], language).format(**_filled(reason, language))


def remedy(reason: Reason, language: str) -> str:
    """The sentence that says what would help, in `language`; empty if nothing is known to help."""
    if reason.resets:
        said = _ANEW
    elif reason.helps:
        said = _TRIED.get(reason.code) or _TRIED.get(reason.operand) or _TRIED[""]
    else:
        said = _ADVICE.get(reason.code, ("", ""))
    return pick(said, language).format(**_filled(reason, language))


def explanation(reasons: Sequence[Reason], language: str) -> str:
    """All `reasons` and what would help, as one text."""
    said = [
        part for reason in reasons for part in (sentence(reason, language), remedy(reason, language)) if part
    ]
    return ("" if language == "zh" else " ").join(dict.fromkeys(said))


def _filled(reason: Reason, language: str) -> dict[str, str]:
    between = pick(LIST, language)
    action = reason.action or reason.operand
    found = reason.found[0] if reason.found else ""
    return {
        "name": subject_name(reason, language),
        "operator": pick(_SIGNS.get(reason.operator, (reason.operator, reason.operator)), language),
        "wanted": between.join(reason.wanted) or "–",
        "found": between.join(reason.found) or "–",
        "filing": pick(FILINGS.get(found, (found, found)), language),
        "difference": pick(DIFFERENCES.get(found, (found, found)), language),
        "rule": reason.rule,
        "resets": reason.resets,
        "action": pick(ACTIONS[action], language) if action in ACTIONS else action,
    }


def subject_name(reason: Reason, language: str) -> str:
    """The subject of a reason, by the name that people know."""
    if reason.operand == "target":
        return pick(("数据产品", "data product"), language)
    known = OPERANDS.get(reason.operand)
    return pick((known("").zh, known("").en), language) if known is not None else reason.operand

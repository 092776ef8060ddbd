"""Error sentences of s01."""

from typing import Final

from xinfu.errors import InputError, IntegrityError, RefusedError, Wording

FIGURE_TOO_FEW: Final = Wording(
    RefusedError,
    "figure.too-few",
    "The sum of the {en} goes over {agreements} agreements; others see none over fewer than {least}.",
    "{zh}的合计仅含 {agreements} 份协议，少于 {least} 份的合计不对外显示。",
)
LEDGER_EDITED: Final = Wording(
    IntegrityError,
    "ledger.edited",
    "The first {number} entries are not those that both have signed in {contract}.",
    "前 {number} 笔与双方在合约 {contract} 中签署的内容不一致。",
    help_en="An amount is corrected by a new entry that both sign.",
    help_zh="更正金额须新增一笔，并由双方签署。",
    facts=("contract",),
)
LEDGER_UNREADABLE: Final = Wording(
    InputError, "ledger.unreadable", "The ledger cannot be read: {error}.", "无法读取台账：{error}。"
)
LEDGER_UNSIGNED: Final = Wording(
    IntegrityError,
    "ledger.unsigned",
    "The contract {number} is not signed by all and filed, so no entry counts.",
    "合约 {number} 尚未由各方签署并备案，台账不计入。",
)
SCENARIO_COUNTED: Final = Wording(
    IntegrityError,
    "scenario.counted",
    "A correction counted before both had signed.",
    "更正在双方签署之前被计入。",
)
SCENARIO_FIGURES_DIFFER: Final = Wording(
    IntegrityError,
    "scenario.figures-differ",
    "The result is not as expected: {en}.",
    "结果与预期不符：{zh}。",
)
SCENARIO_GENERATED_ONLY: Final = Wording(
    InputError,
    "scenario.generated-only",
    "The ledgers are generated; this scenario takes no files.",
    "台账均为模拟生成，该场景不接受文件。",
)
SCENARIO_NOT_CLOSED: Final = Wording(
    IntegrityError, "scenario.not-closed", "A closed column came.", "收到了未开放的列。"
)
SCENARIO_NOT_REFUSED: Final = Wording(
    IntegrityError, "scenario.not-refused", "What has to be refused was allowed.", "本应拒绝的请求被允许了。"
)
SCENARIO_PARAMS_WRONG: Final = Wording(
    InputError,
    "scenario.params-wrong",
    "The parameters cannot be used: {en}.",
    "无法使用这些参数：{zh}。",
    help_en="docs/reference/scenarios.md has the keys.",
    help_zh="可用的键见 docs/reference/scenarios.md。",
)
SCENARIO_QUOTA: Final = Wording(
    IntegrityError,
    "scenario.quota",
    "{answered} reads were answered, {recorded} are recorded, {granted} were agreed.",
    "得到答复 {answered} 次，存证 {recorded} 次，约定 {granted} 次。",
)
SCENARIO_REFUSALS_DIFFER: Final = Wording(
    IntegrityError, "scenario.refusals-differ", "Refused as {codes}.", "拒绝原因不一致：{codes}。"
)
SCENARIO_REPEAT: Final = Wording(
    IntegrityError, "scenario.repeat", "The same request had another answer.", "同一请求得到不同答复。"
)
SCENARIO_REVEALED: Final = Wording(
    IntegrityError, "scenario.revealed", "It can be told that the ledger exists.", "可以看出该台账存在。"
)
SCENARIO_TOO_FEW: Final = Wording(
    IntegrityError, "scenario.too-few", "A sum over too few came.", "收到了记录数过少的合计。"
)
SCENARIO_UNCOUNTED: Final = Wording(
    IntegrityError,
    "scenario.uncounted",
    "A correction that both signed does not count.",
    "双方签署的更正未被计入。",
)
SCENARIO_REFUSALS_DIFFER_AGAIN: Final = Wording(
    IntegrityError,
    "scenario.refusals-differ",
    "Refused as {first}, and then as {again}.",
    "先后以 {first} 与 {again} 拒绝。",
)

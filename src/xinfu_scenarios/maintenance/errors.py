"""Error sentences of maintenance."""

from typing import Final

from xinfu.errors import InputError, IntegrityError, Wording

SCENARIO_DEMO_ONLY: Final = Wording(
    InputError,
    "scenario.demo-only",
    "This scenario is a demo; it computes no figures.",
    "该场景仅供演示，不计算数据结果。",
    help_en="Run `xinfu demo maintenance`.",
    help_zh="请运行 `xinfu demo maintenance`。",
)
SCENARIO_NOT_PROVEN: Final = Wording(
    IntegrityError,
    "scenario.not-proven",
    "The proof of deletion does not name what landed.",
    "删除证明未包含已落入的数据。",
)
SCENARIO_NOT_REFUSED: Final = Wording(
    IntegrityError, "scenario.not-refused", "What has to be refused was allowed.", "本应拒绝的请求被允许了。"
)
SCENARIO_NOT_THE_FILE: Final = Wording(
    IntegrityError, "scenario.not-the-file", "What was read is not the file.", "读到的内容与文件不一致。"
)
SCENARIO_NOT_WITHIN: Final = Wording(
    IntegrityError,
    "scenario.not-within",
    "The counter-offer is not within the offer.",
    "反要约不在要约范围内。",
)
SCENARIO_ONE_FILE: Final = Wording(
    InputError,
    "scenario.one-file",
    "The contract is about one file; {count} were given.",
    "该合约只涉及一个文件，给出了 {count} 个。",
)

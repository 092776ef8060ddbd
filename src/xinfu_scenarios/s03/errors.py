"""Error sentences of s03."""

from typing import Final

from xinfu.errors import InputError, IntegrityError, Wording

DATA_UNVERIFIED: Final = Wording(
    IntegrityError, "data.unverified", "{name} came without a manifest.", "{name} 没有清单可供核对。"
)
READINGS_STATION_TWICE: Final = Wording(
    InputError,
    "readings.station-twice",
    "{name} stands in {path_name} and in another file.",
    "{name} 同时出现在 {path_name} 和另一文件中。",
)
SCENARIO_DAYS_WRONG: Final = Wording(
    InputError, "scenario.days-wrong", "{name} has {en} {who}.", "{name} 中 {who} {zh}。"
)
SCENARIO_FILE_ABSENT: Final = Wording(
    InputError,
    "scenario.file-absent",
    "The data folder has no {name}.",
    "数据文件夹中没有 {name}。",
    help_en="DATA is the folder that holds the data sets; a parameter may name another file.",
    help_zh="DATA 应为存放数据文件的文件夹；也可用参数指定其他文件。",
)
SCENARIO_NOT_REFUSED: Final = Wording(
    IntegrityError, "scenario.not-refused", "What has to be refused was allowed.", "本应拒绝的请求被允许了。"
)
SCENARIO_PARAMS_WRONG: Final = Wording(
    InputError,
    "scenario.params-wrong",
    "The parameters of S03 cannot be used: {error}.",
    "S03 的参数无法使用：{error}。",
    help_en="The keys are listed in docs/reference/scenarios.md.",
    help_zh="各参数见 docs/reference/scenarios.md。",
)
SCENARIO_STATION_ABSENT: Final = Wording(
    InputError,
    "scenario.station-absent",
    "No hours of {absent} from {first} to {last}; found: {found}.",
    "{first} 至 {last} 没有 {absent_zh} 的数据；现有站点：{found_zh}。",
)
SCENARIO_WINDOW_TOO_LONG: Final = Wording(
    InputError,
    "scenario.window-too-long",
    "The files go from {first} to {last}; at most ten years are graded at once.",
    "数据从 {first} 到 {last}，一次最多评定十年。",
)
SCENARIO_PARAMS_WRONG_VALUE: Final = Wording(
    InputError, "scenario.params-wrong", "Parameter {key} {en}.", "参数 {key} {zh}。"
)

"""Error sentences of compute."""

from typing import Final

from xinfu.errors import InputError, RefusedError, Wording

PROGRAMME_ARGUMENT_MISSING: Final = Wording(
    RefusedError,
    "programme.argument-missing",
    "The argument {name} has no default and is not given.",
    "参数 {name} 没有默认值，必须给出。",
    facts=("name",),
)
PROGRAMME_ARGUMENT_OUTSIDE: Final = Wording(
    RefusedError,
    "programme.argument-outside",
    "The value of the argument {name} is not among those that were approved: {en}.",
    "参数 {name} 的取值不在批准范围内：{zh}。",
    help_en="With another argument it is another programme, which the provider has to approve.",
    help_zh="换了参数就是另一个计算程序，须由数据提供方另行批准。",
    facts=("name",),
)
PROGRAMME_ARGUMENT_SHADOWS: Final = Wording(
    InputError,
    "programme.argument-shadows",
    "The argument {name} bears a name that Python or the run itself uses.",
    "参数 {name} 与 Python 或运行本身所用的名称相同。",
)
PROGRAMME_ARGUMENT_UNDECLARED: Final = Wording(
    InputError,
    "programme.argument-undeclared",
    "The programme declares no argument {name!r}.",
    "该计算程序没有声明参数 {name!r}。",
)
PROGRAMME_ARGUMENT_UNKNOWN: Final = Wording(
    RefusedError,
    "programme.argument-unknown",
    "The approved programme has no argument {name!r}.",
    "已批准的计算程序没有参数 {name!r}。",
)
PROGRAMME_ARGUMENTS_UNREADABLE: Final = Wording(
    InputError,
    "programme.arguments-unreadable",
    "Arguments are a JSON object: name and value.",
    "参数须为 JSON 对象：名称与取值。",
)
PROGRAMME_CODE_ARGUMENTS: Final = Wording(
    InputError,
    "programme.code-arguments",
    "`main` does not take the declared arguments; declared: {declared}; in the code: {found}.",
    "`main` 的参数与声明不一致；声明：{declared}；代码：{found}。",
)
PROGRAMME_CODE_DIGEST: Final = Wording(
    InputError,
    "programme.code-digest",
    "The code is not that whose digest the programme states.",
    "代码与计算程序所载摘要不符。",
    help_en="Ask the author for the file as it was signed.",
    help_zh="请向作者索取签名时的原文件。",
)
PROGRAMME_CODE_ENCODING: Final = Wording(
    InputError,
    "programme.code-encoding",
    "The code names an encoding in its first lines; it is always read as UTF-8.",
    "代码开头声明了编码；代码一律按 UTF-8 读取。",
    help_en="Leave out the comment with the encoding.",
    help_zh="请删除声明编码的注释。",
)
PROGRAMME_CODE_HIDDEN: Final = Wording(
    InputError,
    "programme.code-hidden",
    "Line {line} of the code has the character {character}, which hides what stands there or looks like another one.",
    "代码第 {line} 行含有字符 {character}，它会掩盖内容或与其他字符混淆。",
    help_en="Write spaces for tabs, line feeds for other ends of lines, and an escape such as \\u202e in texts.",
    help_zh="请以空格代替制表符，以换行符结束各行，文本中的此类字符请用 \\u202e 这样的转义书写。",
)
PROGRAMME_CODE_MAIN: Final = Wording(
    InputError,
    "programme.code-main",
    "The code does not define exactly one plain function `main(inputs, ...)`.",
    "代码须定义且仅定义一个普通函数 `main(inputs, ...)`。",
    help_en="Define `main` once, without decorator, `*` or `**`; bind its name nowhere else; import no `*`.",
    help_zh="请只定义一次 `main`，不加装饰器、`*` 或 `**`，不在别处使用该名称赋值，也不要 `import *`。",
)
PROGRAMME_CODE_NAME: Final = Wording(
    InputError,
    "programme.code-name",
    "A name in the code has letters beyond ASCII, which can look like others.",
    "代码中的某个名称含有 ASCII 以外的字母，可能与其他字母混淆。",
    help_en="Such letters may stand in texts and comments.",
    help_zh="此类字母只能用在文本和注释中。",
)
PROGRAMME_CODE_SIZE: Final = Wording(
    InputError,
    "programme.code-size",
    "The code has more than {most} bytes.",
    "代码超过 {most} 字节。",
)
PROGRAMME_CODE_SYNTAX: Final = Wording(
    InputError,
    "programme.code-syntax",
    "The code cannot be read as Python (line {line}).",
    "代码无法作为 Python 读取（第 {line} 行）。",
)
PROGRAMME_CODE_UNREADABLE: Final = Wording(
    InputError, "programme.code-unreadable", "The code is not UTF-8.", "代码不是 UTF-8。"
)
PROGRAMME_ENVIRONMENT_NAME: Final = Wording(
    InputError,
    "programme.environment-name",
    "The environment is a table of names and versions, such as python = '3.11'.",
    "环境须为名称与版本的列表，例如 python = '3.11'。",
)
PROGRAMME_NAME: Final = Wording(
    InputError,
    "programme.name",
    "The name of a programme has up to 64 of the characters a-z, 0-9 and -, a letter first.",
    "计算程序的名称由 a-z、0-9 和 - 组成，以字母开头，不超过 64 个字符。",
)
PROGRAMME_NO_INPUT: Final = Wording(
    InputError, "programme.no-input", "The programme declares no input.", "该计算程序没有声明输入。"
)
PROGRAMME_OUTPUT: Final = Wording(
    InputError,
    "programme.output",
    "The output needs at least one column, and at most {most} rows.",
    "输出至少要有一列，且不超过 {most} 行。",
)
PROGRAMME_RANGE: Final = Wording(
    InputError,
    "programme.range",
    "The range of {name} is empty, too large, or does not hold its default.",
    "{name} 的取值范围为空、过大，或不含其默认值。",
)
PROGRAMME_RANGE_WIDER: Final = Wording(
    InputError,
    "programme.range-wider",
    "An approval can only narrow the declared range of {name}: {en}.",
    "批准只能收窄 {name} 的声明范围：{zh}。",
)
PROGRAMME_REPEATED: Final = Wording(
    InputError, "programme.repeated", "A name stands twice in {where}.", "{where} 中有重复的名称。"
)
PROGRAMME_TEXT: Final = Wording(
    InputError,
    "programme.text",
    "A text in {where} is longer than {longest} characters, or has characters that cannot be seen.",
    "{where} 中的文本超过 {longest} 个字符，或含有不可见字符。",
)
PROGRAMME_TOO_MANY: Final = Wording(
    InputError, "programme.too-many", "More than {most} entries in {where}.", "{where} 超过 {most} 项。"
)
PROGRAMME_VERSION: Final = Wording(
    InputError,
    "programme.version",
    "The version begins with a digit and has up to 32 of the characters 0-9, A-Z, a-z, . and -.",
    "版本以数字开头，由 0-9、A-Z、a-z、. 和 - 组成，不超过 32 个字符。",
)
PROGRAMME_WORD: Final = Wording(
    InputError,
    "programme.word",
    "Names in {where} have up to 64 of the characters a-z, 0-9 and _, a letter first.",
    "{where} 中的名称由 a-z、0-9 和 _ 组成，以字母开头，不超过 64 个字符。",
)

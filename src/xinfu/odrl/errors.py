"""Error sentences of odrl."""

from typing import Final

from xinfu.errors import ConfigError, InputError, NotFoundError, ProtocolError, Wording

POLICY_CONFLICTING: Final = Wording(
    InputError,
    "policy.conflicting",
    "The policy cannot be published: {name} bars all that {path} permits.",
    "策略不能发布：{path} 允许的内容被 {name} 全部禁止。",
    help_en="Take out one of them, or say with `conflict` that the permission wins.",
    help_zh="请去掉其中之一，或用 conflict 说明以允许为准。",
    facts=(
        "path",
        "name",
        "clash",
    ),
)
POLICY_CYCLIC: Final = Wording(
    ProtocolError,
    "policy.cyclic",
    "The policy inherits from itself, through {name}.",
    "策略经由 {name} 继承了自身。",
    help_en="Take one of the references to a parent out.",
    help_zh="请去掉其中一处继承引用。",
)
POLICY_LIBRARY_ABSENT: Final = Wording(
    ConfigError,
    "policy.library-absent",
    "Reading policies as RDF (Turtle, JSON-LD) needs rdflib, which is not installed.",
    "以 RDF（Turtle、JSON-LD）读取策略需要 rdflib，但尚未安装。",
    help_en="Run: pip install 'xinfu[rdf]'.",
    help_zh="请运行：pip install 'xinfu[rdf]'。",
)
POLICY_PERMITS_NOTHING: Final = Wording(
    InputError,
    "policy.permits-nothing",
    "The policy cannot be published: it permits nothing in any situation.{why_en}",
    "策略不能发布：任何情形都得不到允许。{why_zh}",
    help_en="Remove the contradictory parts.",
    help_zh="请去掉相互矛盾的内容。",
    facts=(
        "path",
        "name",
        "clash",
    ),
)
POLICY_TIMES: Final = Wording(
    InputError, "policy.times", '"{name}" permits at least one.', "“{name}”至少为 1。"
)
POLICY_TOO_LARGE: Final = Wording(
    ProtocolError,
    "policy.too-large",
    "The policy is too large: {what}.",
    "策略过大：{what}。",
    help_en="Split it, or say the same with fewer rules.",
    help_zh="请拆分策略，或用更少的规则表达。",
)
POLICY_TOO_LARGE_COUNT: Final = Wording(
    InputError,
    "policy.too-large",
    "There are more than {max_policies} policies here.",
    "策略数量超过 {max_policies} 个。",
)
POLICY_TOO_LARGE_DOCUMENT: Final = Wording(
    InputError, "policy.too-large", "The document is too large: {what}.", "文档过大：{what}。"
)
POLICY_TOO_LARGE_INHERITED: Final = Wording(
    ProtocolError,
    "policy.too-large",
    "The policy is too large: it inherits through more than {max_depth} policies.",
    "策略过大：继承层数超过 {max_depth}。",
)
POLICY_TOO_LARGE_NODES: Final = Wording(
    InputError,
    "policy.too-large",
    "The policy is too large: more than {max_nodes} nodes, or deeper than {max_depth}.",
    "策略过大：超过 {max_nodes} 个节点，或嵌套超过 {max_depth} 层。",
)
POLICY_UNREADABLE: Final = Wording(
    ProtocolError,
    "policy.unreadable",
    "The policy holds {what}.",
    "策略中含有 JSON 无法表示的内容（{what}）。",
)
POLICY_UNREADABLE_COUNT: Final = Wording(
    InputError,
    "policy.unreadable",
    "There must be exactly one here, and there are {en}.",
    "此处必须恰好有一个，而实际有 {zh}。",
)
POLICY_UNREADABLE_NO_OBJECT: Final = Wording(
    ProtocolError, "policy.unreadable", "A policy is a JSON object.", "策略必须是一个 JSON 对象。"
)
POLICY_UNREADABLE_RDF: Final = Wording(
    InputError,
    "policy.unreadable",
    "This is neither Turtle nor JSON-LD that can be read here ({what}).",
    "内容不是此处可读取的 Turtle 或 JSON-LD（{what}）。",
)
POLICY_WORD: Final = Wording(
    InputError,
    "policy.word",
    '"{name}" is not a word of policies.',
    "策略中没有“{name}”这个词。",
    help_en="{did_you}The words are {words}.",
    help_zh="{did_you_zh}可用的词：{words_zh}。",
)
POLICY_WORD_CLAIMS: Final = Wording(
    InputError,
    "policy.word",
    'The word "claims" of a policy does not say {role}.',
    "策略中的“claims”不用于 {role}。",
    help_en='The word for it is "roles".',
    help_zh="请改用“roles”。",
)
TEMPLATE_BLANK: Final = Wording(
    InputError,
    "template.blank",
    "The template {name} asks for {blanks}; not right: {wrong}.",
    "模板 {name} 需要填写：{blanks_zh}；不符：{wrong_zh}。",
)
TEMPLATE_UNKNOWN: Final = Wording(
    NotFoundError,
    "template.unknown",
    'There is no template "{name}".',
    "没有名为“{name}”的策略模板。",
    help_en="There are {templates}.",
    help_zh="现有模板：{templates_zh}。",
)
POLICY_KEY_UNKNOWN: Final = Wording(
    InputError,
    "policy.key-unknown",
    'The policy cannot be published:{where} no part of the node reads the key "{name}".',
    "策略不能发布：{where_zh}没有组件能读取键“{name}”。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_ACTION_UNKNOWN: Final = Wording(
    InputError,
    "policy.action-unknown",
    'The policy cannot be published:{where} the action "{name}" is unknown.',
    "策略不能发布：{where_zh}动作“{name}”未知。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_OPERAND_UNKNOWN: Final = Wording(
    InputError,
    "policy.operand-unknown",
    'The policy cannot be published:{where} the left operand "{name}" is unknown.',
    "策略不能发布：{where_zh}左操作数“{name}”未知。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_OPERATOR_UNKNOWN: Final = Wording(
    InputError,
    "policy.operator-unknown",
    'The policy cannot be published:{where} the operator "{name}" cannot be used here.',
    "策略不能发布：{where_zh}约束操作符“{name}”在此不可用。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_VALUE_UNREADABLE: Final = Wording(
    InputError,
    "policy.value-unreadable",
    'The policy cannot be published:{where} the value "{name}" cannot be read.',
    "策略不能发布：{where_zh}取值“{name}”无法读取。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_PROFILE_UNKNOWN: Final = Wording(
    InputError,
    "policy.profile-unknown",
    'The policy cannot be published:{where} the profile "{name}" is unknown.',
    "策略不能发布：{where_zh}配置文件“{name}”未知。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_UNIT_MISSING: Final = Wording(
    InputError,
    "policy.unit-missing",
    'The policy cannot be published:{where} "{name}" needs a unit.',
    "策略不能发布：{where_zh}“{name}”缺少单位。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_SELECTOR_ALONE: Final = Wording(
    InputError,
    "policy.selector-alone",
    'The policy cannot be published:{where} "{name}" says how something is counted, and nothing is counted beside it.',
    "策略不能发布：{where_zh}“{name}”说明如何计数，但同级没有被计数的约束。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_SELECTOR_SEVERAL: Final = Wording(
    InputError,
    "policy.selector-several",
    'The policy cannot be published:{where} "{name}" says in two ways how the same is counted.',
    "策略不能发布：{where_zh}“{name}”对同一计数给出了两种计数方式。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_STATUS_STATED: Final = Wording(
    InputError,
    "policy.status-stated",
    'The policy cannot be published:{where} the constraint on "{name}" brings its own value to compare with ("status"), so it would limit nothing.',
    "策略不能发布：{where_zh}对“{name}”的约束用 status 自带了用来比较的取值，起不到任何限制作用。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_CONSTRAINT_EMPTY: Final = Wording(
    InputError,
    "policy.constraint-empty",
    'The policy cannot be published:{where} "{name}" combines nothing.',
    "策略不能发布：{where_zh}“{name}”中没有任何约束。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_SEQUENCE_UNKNOWN: Final = Wording(
    InputError,
    "policy.sequence-unknown",
    'The policy cannot be published:{where} "{name}" cannot be judged here.',
    "策略不能发布：{where_zh}“{name}”在此无法判定。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_DUTY_UNAVAILABLE: Final = Wording(
    InputError,
    "policy.duty-unavailable",
    'The policy cannot be published:{where} this node cannot do "{name}" before data leaves.',
    "策略不能发布：{where_zh}本节点无法在数据交付前执行“{name}”。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_WRAPPED: Final = Wording(
    InputError,
    "policy.wrapped",
    'The policy cannot be published:{where} it is a definition around a policy; the policy itself is the value of "{name}" in it.',
    "策略不能发布：{where_zh}这是包裹策略的定义，策略本身是其中“{name}”的值。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
POLICY_TOO_LARGE_TO_PUBLISH: Final = Wording(
    InputError,
    "policy.too-large",
    "The policy cannot be published:{where} it has more than {name}.",
    "策略不能发布：{where_zh}超出上限：{name}。",
    help_en="{help_en}",
    help_zh="{help_zh}",
    facts=("path", "name"),
)
GRADE_POLICY_WEAKER: Final = Wording(
    InputError,
    "grade.policy-weaker",
    "{asset} is graded {grade}, and the policy keeps too little. {lacks}.",
    "{asset} 的分级为 {grade_zh}，策略未达到该级的最低要求。{lacks_zh}。",
    help_en="Then it is allowed: {remedies}.",
    help_zh="补足后即可发布：{remedies_zh}。",
)
POLICY_UNIT: Final = Wording(
    InputError,
    "policy.unit",
    'The word "{name}" of a policy cannot be {shown}.',
    "策略中的“{name}”不能为 {shown}。",
    help_en="It is {wanted}.",
    help_zh="应为{wanted_zh}。",
)
POLICY_WORD_VALUE: Final = Wording(
    InputError,
    "policy.word",
    'The word "{name}" of a policy cannot be {shown}.',
    "策略中的“{name}”不能为 {shown}。",
    help_en="It is {wanted}.",
    help_zh="应为{wanted_zh}。",
)
MOMENT_WITHOUT_OFFSET: Final = Wording(
    InputError,
    "{code}",
    "A moment needs an offset from UTC.",
    "没有时区的时刻无法确定。",
    help_en="Write it like 2026-12-31T23:59:59+08:00.",
    help_zh="请写成类似 2026-12-31T23:59:59+08:00 的形式。",
)
MOMENT_UNREADABLE: Final = Wording(
    InputError,
    "{code}",
    '"{given}" is not a moment.',
    "“{given}”不是时刻。",
    help_en="Write it like 2026-12-31T23:59:59+08:00.",
    help_zh="请写成类似 2026-12-31T23:59:59+08:00 的形式。",
)

"""Error sentences of services / offering."""

from typing import Final

from xinfu.errors import ConflictError, InputError, NotFoundError, ProtocolError, RefusedError, Wording

ASSET_ID_RESERVED: Final = Wording(
    InputError,
    "asset.id-reserved",
    "{everyone!r} and ids that end in {access!r} name policies of who sees an offer.",
    "{everyone!r} 以及以 {access!r} 结尾的标识用于可见性策略。",
    help_en="Choose another id.",
    help_zh="请换一个标识。",
)
ASSET_IN_USE: Final = Wording(
    ConflictError,
    "asset.in-use",
    "{live} live agreements or negotiations stand on this asset.",
    "该数据资源上仍有 {live} 份有效协议或进行中的协商。",
    help_en="Terminate them first, or remove the contract definition to stop offering it.",
    help_zh="请先终止这些协议；若只是停止提供，请删除合约定义。",
)
ASSET_NOT_FOUND: Final = Wording(
    NotFoundError, "asset.not-found", "There is no such asset.", "没有这个数据资源。"
)
CATALOG_FILTER_UNSUPPORTED: Final = Wording(
    InputError,
    "catalog.filter-unsupported",
    "The catalog can be filtered by the id of a dataset only.",
    "目录只支持按数据产品标识过滤。",
    help_en='Send filter: [{{"dataset": "<id>"}}] or none.',
    help_zh='请使用 filter: [{{"dataset": "<标识>"}}]，或不带过滤条件。',
)
CATALOG_LIMIT: Final = Wording(
    InputError,
    "catalog.limit",
    "limit is a whole number from 1 to {page}.",
    "limit 须为 1 至 {page} 的整数。",
)
CATALOG_PAGE_UNKNOWN: Final = Wording(
    InputError,
    "catalog.page-unknown",
    "The catalog has no such page.",
    "目录没有这一页。",
    help_en="Follow the links as they were given.",
    help_zh="请按给出的链接翻页。",
)
DATASET_NOT_FOUND: Final = Wording(
    NotFoundError, "dataset.not-found", "There is no such dataset.", "没有这个数据产品。"
)
DERIVED_NO_AGREEMENT: Final = Wording(
    RefusedError,
    "derived.no-agreement",
    "{agreement} is not a live agreement under which this participant received data.",
    "{agreement} 不是本方据以取得数据且仍然有效的协议。",
    help_en="Name agreements in which this participant is the consumer: xinfu agreements list.",
    help_zh="请填写本方作为数据使用方的协议，可用 `xinfu agreements` 查看。",
    facts=("agreement",),
)
DERIVED_NOT_PERMITTED: Final = Wording(
    RefusedError,
    "derived.not-permitted",
    "The agreement {agreement} does not permit this offer: {why}.",
    "协议 {agreement} 不允许这一要约：{why_zh}。",
    help_en="{remedy}",
    help_zh="{remedy_zh}",
    facts=("agreement",),
)
GRADE_MISSING: Final = Wording(
    InputError,
    "grade.missing",
    "{asset} has no grade, so it is not published.",
    "{asset} 未分级，不能发布。",
    help_en="State one (--grade N): {grades}.",
    help_zh="请标明分级（--grade N）：{grades_zh}。",
)
GRADE_NO_DEFAULT: Final = Wording(
    InputError,
    "grade.no-default",
    "Data graded {grade} is offered under terms of its own only.",
    "分级为 {grade_zh} 的数据没有默认策略。",
    help_en="Give a policy; `xinfu grades list` says what it has to keep.",
    help_zh="请给出策略；最低要求见 `xinfu grades list`。",
)
GRADE_REASON: Final = Wording(
    InputError,
    "grade.reason",
    "{asset} would go from grade {known} to {grade}, and no reason is given.",
    "{asset} 的分级将由 {known_zh} 降为 {grade_zh}，但未给出理由。",
    help_en="Nothing was changed. Say why with --reason (`reason`); it goes into the log.",
    help_zh="尚未改变任何内容。请用 --reason（`reason`）说明理由，理由将记入存证。",
    facts=("asset",),
)
OFFER_UNKNOWN: Final = Wording(
    ProtocolError,
    "offer.unknown",
    "There is no such offer of this dataset.",
    "该数据产品没有这个要约。",
    help_en="Take the offer's id and target from our catalog.",
    help_zh="请从我方目录中取得要约标识与 target。",
)
PARTICIPANT_NO_ALIAS: Final = Wording(
    InputError,
    "participant.no-alias",
    "{participant!r} is neither a DID nor in the address book.",
    "{participant!r} 既不是 DID，也不在通讯录中。",
    help_en="Give the participant's DID, or add it first: xinfu participants set ALIAS DID.",
    help_zh="请填写参与方的 DID，或先用 xinfu participants set 将其加入通讯录。",
    facts=("participant",),
)
POLICY_COLUMN_UNKNOWN: Final = Wording(
    InputError,
    "policy.column-unknown",
    "{id} has no column {missing}, which {contract_policy} names.",
    "{id} 没有策略 {contract_policy} 提到的列：{missing_zh}。",
    help_en="Name columns as the table or the file writes them.",
    help_zh="请按表或文件中的写法填写列名。",
)
POLICY_ID_RESERVED: Final = Wording(
    InputError,
    "policy.id-reserved",
    "{everyone!r} is the policy that lets everyone see an offer.",
    "{everyone!r} 是让所有人都能看到要约的策略。",
    help_en="Choose another id.",
    help_zh="请换一个标识。",
)
POLICY_IN_USE: Final = Wording(
    ConflictError,
    "policy.in-use",
    "{used} contract definitions use this policy.",
    "有 {used} 个合约定义使用该策略。",
    help_en="Remove them first, or replace the policy.",
    help_zh="请先删除它们，或替换该策略。",
)
POLICY_PAST: Final = Wording(
    InputError,
    "policy.past",
    "The time of these rules is over: {rules}.",
    "以下规则的时间已过：{rules}。",
    help_en="Look at the dates. A rule that is meant for the past is taken with --past (`past`).",
    help_zh="请核对日期。确为过去而设的规则可用 --past（`past`）保留。",
    facts=("rules",),
)
POLICY_TRANSFORM_UNAVAILABLE: Final = Wording(
    InputError,
    "policy.transform-unavailable",
    "The source of {id} cannot change data before it leaves, as {contract_policy} asks.",
    "{id} 的数据源无法按策略 {contract_policy} 的要求在交付前处理数据。",
    help_en="Publish it as a table or as a file of rows (CSV, JSON Lines, Parquet), or offer it under another policy.",
    help_zh="请以表或含记录的文件（CSV、JSON Lines、Parquet）形式发布，或改用其他策略。",
)
PUBLICATIONS_TOO_MANY: Final = Wording(
    InputError,
    "publications.too-many",
    "One call takes at most {most} publications.",
    "一次调用最多发布 {most} 项。",
    help_en="Send the rest in further calls.",
    help_zh="请将其余部分分多次发送。",
)
QUERY_CRITERION: Final = Wording(
    InputError, "query.criterion", "A criterion lacks a part.", "过滤条件不完整。"
)
QUERY_OPERATOR_UNKNOWN: Final = Wording(
    InputError, "query.operator-unknown", "Operator {operator} is not supported", "不支持操作符 {operator}"
)
QUERY_PATH_MALFORMED: Final = Wording(
    InputError, "query.path-malformed", "{text!r} is not a path.", "{text!r} 不是有效的路径。"
)
ID_INVALID: Final = Wording(
    InputError,
    "{kind}.id-invalid",
    "An id is 1 to 256 printable characters without spaces at its ends.",
    "标识须为 1 至 256 个可打印字符，首尾不得有空格。",
)
QUERY_VALUE_UNUSABLE: Final = Wording(
    InputError, "query.value-unusable", "A value is neither text nor a number.", "值不是文本或数字。"
)
QUERY_VALUE_UNUSABLE_LIST: Final = Wording(
    InputError,
    "query.value-unusable",
    "Operator {operator} cannot contain multiple values",
    "操作符 {operator} 不接受列表。",
)
GRADE_TERMS_WEAKER: Final = Wording(
    ConflictError,
    "grade.terms-weaker",
    "The grade of {dataset} does not let it go under these terms. {lacks}.",
    "按 {dataset} 的分级，不得以这些条款提供。{lacks_zh}。",
    help_en="Offer stricter terms, or state another grade.",
    help_zh="请提出更严格的条款，或重新分级。",
)
PUBLICATION_EXISTS: Final = Wording(
    ConflictError,
    "publication.exists",
    "{asset} is published already. This would replace it: {found}.",
    "{asset} 已经发布。此次发布将替换它：{found_zh}。",
    help_en="Nothing was changed. Give --replace (`replace`) if that is meant.",
    help_zh="尚未改变任何内容。如确需替换，请加 --replace（`replace`）。",
    facts=("asset",),
)
PUBLICATION_EXISTS_WITH_LESS: Final = Wording(
    ConflictError,
    "publication.exists",
    "{asset} is published already. This would replace it: {found}.",
    "{asset} 已经发布。此次发布将替换它：{found_zh}。",
    help_en="Nothing was changed. Give --replace (`replace`) if that is meant, and --reason.",
    help_zh="尚未改变任何内容。如确需替换，请加 --replace（`replace`）并用 --reason 说明理由。",
    facts=("asset",),
)
PUBLICATION_REASON: Final = Wording(
    InputError,
    "publication.reason",
    "{asset} would be given away under less than before: {found}.",
    "{asset} 的保护将低于此前：{found_zh}。",
    help_en="Nothing was changed. Say why with --reason (`reason`); it goes into the log.",
    help_zh="尚未改变任何内容。请用 --reason（`reason`）说明理由，理由将记入存证。",
    facts=("asset",),
)

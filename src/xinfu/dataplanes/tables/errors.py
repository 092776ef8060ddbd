"""Error sentences of dataplanes / tables."""

from typing import Final

from xinfu.errors import InputError, NotFoundError, RefusedError, StoreError, Wording

COLUMN_NOT_FOUND: Final = Wording(
    NotFoundError,
    "column.not-found",
    "The dataset has no column {name}.",
    "该数据产品没有列 {name}。",
    help_en="It has: {known}.",
    help_zh="可用的列：{known}。",
)
PARAMETER_DECLARED: Final = Wording(
    InputError,
    "parameter.declared",
    "Parameter {name!r} cannot be declared like this: {en}.",
    "参数 {name!r} 的声明无效：{zh}。",
    help_en="Write NAME:TYPE or NAME:TYPE=DEFAULT, and :NAME in the query.",
    help_zh="请写作 NAME:TYPE 或 NAME:TYPE=默认值，并在查询中写作 :NAME。",
)
PARAMETER_FORMAT: Final = Wording(
    InputError,
    "parameter.format",
    "The dataset is not offered in this format.",
    "该数据产品不提供此格式。",
    help_en="It comes as {formats}; say one with format=.",
    help_zh="可选格式：{formats}；请用 format= 指定其一。",
)
PARAMETER_UNKNOWN: Final = Wording(
    InputError,
    "parameter.unknown",
    "The dataset has no parameter {shown}.",
    "该数据产品没有参数 {shown}。",
    help_en="It takes: {known}.",
    help_zh="可用参数：{known}。",
)
RESULT_FAILED: Final = Wording(
    StoreError,
    "result.failed",
    "The result could not be made.",
    "无法生成该结果。",
    help_en="The provider's log says why.",
    help_zh="原因见数据提供方日志。",
)
RESULT_FOLDER: Final = Wording(
    StoreError,
    "result.folder",
    "The folder of results cannot be written to: {why}.",
    "结果文件夹无法写入：{why_zh}。",
    help_en="Look at the disk and at [results] folder.",
    help_zh="请检查磁盘与 [results] folder。",
)
RESULT_GONE: Final = Wording(
    StoreError,
    "result.gone",
    "The result is no longer kept.",
    "该结果已不再保留。",
    help_en="Ask for it anew.",
    help_zh="请重新请求。",
)
RESULT_NO_ROOM: Final = Wording(
    StoreError,
    "result.no-room",
    "As many results as the node keeps are being read now.",
    "节点可保留的结果均在读取之中。",
    help_en="Ask again later.",
    help_zh="请稍后重试。",
)
RESULT_TOO_LARGE: Final = Wording(
    StoreError,
    "result.too-large",
    "The result is larger than what the provider's node keeps ({limit} bytes for all results).",
    "结果超出数据提供方节点可保留的大小（全部结果共 {limit} 字节）。",
    help_en="Ask for less, by the parameters; or let the provider raise [results] size_bytes.",
    help_zh="请用参数缩小范围；或请数据提供方调高 [results] size_bytes。",
)
RESULT_TOO_SLOW: Final = Wording(
    StoreError,
    "result.too-slow",
    "The query took longer than {limit_s:g} s and was ended.",
    "查询超过 {limit_s:g} 秒，已被终止。",
    help_en="Ask for less, by the parameters.",
    help_zh="请用参数缩小范围。",
)
SOURCE_COLUMNS: Final = Wording(
    InputError,
    "source.columns",
    "A result has columns, each with a name of its own.",
    "结果须有列，且每一列都有各不相同的名称。",
    help_en="Name it in the query: SELECT a AS x, b AS y.",
    help_zh="请在查询中命名：SELECT a AS x, b AS y。",
)
SOURCE_LIBRARY_ABSENT: Final = Wording(
    InputError,
    "source.library-absent",
    "This source or format needs {library}, which is not installed.",
    "该数据源或格式需要 {library}，但尚未安装。",
    help_en="Run: pip install 'xinfu[{extra}]'; or offer formats that need nothing: csv, jsonl.",
    help_zh="请运行：pip install 'xinfu[{extra}]'；或只提供无需扩展的 csv、jsonl 格式。",
)
SOURCE_NO_TABLE: Final = Wording(
    InputError,
    "source.no-table",
    "The database has no table or view {name}.",
    "数据库中没有表或视图 {name}。",
    help_en="Names are taken as they are written, with a schema before a dot where there is one.",
    help_zh="名称须与数据库中完全一致；如有模式名，写在点号之前。",
)
SOURCE_NOT_A_SELECT: Final = Wording(
    InputError,
    "source.not-a-select",
    "The query is not one single SELECT.",
    "该查询不是单条 SELECT 语句。",
    help_en="Write one statement that only reads.",
    help_zh="请只写一条只读语句。",
)
SOURCE_NOT_PASSED: Final = Wording(
    InputError,
    "source.not-passed",
    "A table is read with GET, without a path.",
    "表只能用 GET 读取，且不带路径。",
)
SOURCE_QUERY: Final = Wording(
    InputError,
    "source.query",
    "The database does not take the query: {first}",
    "数据库不接受该查询：{first}",
    help_en="Write one SELECT; parameters stand in it as :name and are declared.",
    help_zh="请写成单条 SELECT；参数在其中写作 :name，并须声明。",
)
SOURCE_TABLE: Final = Wording(
    InputError,
    "source.table",
    "A table source names either a table or a query, and at least one format.",
    "表类数据源须指明表或查询之一，并至少列出一种格式。",
)
SOURCE_TOO_SLOW: Final = Wording(
    InputError,
    "source.too-slow",
    "The database gave no first rows within {limit_s:g} s.",
    "数据库在 {limit_s:g} 秒内未给出首批行。",
    help_en="Make the query faster, with an index or a table of results that are computed before; or let parameters with defaults narrow it.",
    help_zh="请加快查询：建立索引、预先计算结果表，或用带默认值的参数缩小范围。",
)
SOURCE_URL: Final = Wording(
    InputError,
    "source.url",
    "The address of the database cannot be used: {en}.",
    "数据库地址不可用：{zh}。",
    help_en="Write postgresql://user@host:5432/database, and name the secret that is the password.",
    help_zh="请写作 postgresql://用户@主机:5432/数据库，口令存为密钥并写明其名称。",
)
SOURCE_VALUE: Final = Wording(
    StoreError,
    "source.value",
    "Column {column} holds a value that this format cannot hold exactly: {why_en}.",
    "列 {column} 中有该格式无法精确表示的值：{why_zh}。",
    help_en="Ask for another format, or let the provider cast the column.",
    help_zh="请改用其他格式，或请数据提供方转换该列的类型。",
)
TRANSFORM_COLUMN: Final = Wording(
    RefusedError,
    "transform.column",
    "The agreement speaks of a column that cannot be found for certain: {shown}.",
    "协议提到的列无法确定：{shown}。",
    help_en="Agree on columns that the table has, and state row filters before columns are left out or changed.",
    help_zh="请按表中实有的列名约定；行过滤条件须写在去除或改变列之前。",
)
TRANSFORM_RESOLUTION: Final = Wording(
    RefusedError,
    "transform.resolution",
    "A resolution of {step} cannot be given to column {name}, which holds {type}.",
    "列 {name} 的类型为 {type}，无法按分辨率 {step} 交付。",
    help_en="Agree on a step of the column's own kind: a number, or a duration such as PT1H for moments.",
    help_zh="请按列的类型约定步长：数值列用数字，时间列用 PT1H 之类的时长。",
)
TRANSFORM_UNAVAILABLE: Final = Wording(
    RefusedError,
    "transform.unavailable",
    "This source cannot carry out {needs} before data leaves.",
    "该数据源无法在数据交付前执行 {needs}。",
    help_en="Agree on columns, row filters or masks of a table.",
    help_zh="请约定表的列、行过滤或遮蔽。",
)
TRANSFORM_UNREADABLE: Final = Wording(
    RefusedError,
    "transform.unreadable",
    "The file cannot be read as {format} from its beginning to its end, so its rows cannot be changed.",
    "该文件无法完整地按 {format} 读取，因此无法处理其中的记录。",
    help_en="The provider has to mend the file and publish it again.",
    help_zh="请数据提供方修正文件后重新发布。",
)
TRANSFORM_VALUE: Final = Wording(
    RefusedError,
    "transform.value",
    "The row filter holds a number with more than {digits} digits.",
    "行过滤条件中的数字超过 {digits} 位。",
    help_en="Agree on a filter with a shorter number.",
    help_zh="请商定使用位数更少的数字的过滤条件。",
)
PARAMETER_REPEATED: Final = Wording(
    InputError,
    "parameter.repeated",
    "Parameter {parameter} is given twice.",
    "参数 {parameter} 重复给出。",
    facts=("parameter",),
)
PARAMETER_MISSING: Final = Wording(
    InputError,
    "parameter.missing",
    "Parameter {parameter} has to be given ({wanted_en}).",
    "参数 {parameter} 必须给出。",
    facts=("parameter",),
)
PARAMETER_INVALID: Final = Wording(
    InputError,
    "parameter.invalid",
    "Parameter {parameter} is not {wanted_en}.",
    "参数 {parameter} 的取值不符合声明的类型。",
    facts=("parameter",),
)

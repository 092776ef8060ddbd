"""Error sentences of dataplanes."""

from typing import Final

from xinfu.errors import (
    InputError,
    IntegrityError,
    MethodError,
    NotFoundError,
    PeerError,
    RefusedError,
    StoreError,
    Wording,
)

BUCKET_ANSWER: Final = Wording(
    PeerError, "bucket.answer", "The store gives the same page again.", "存储服务反复返回同一页。"
)
BUCKET_LATER: Final = Wording(
    PeerError, "bucket.later", "The store cannot do it now: {said}.", "存储服务暂时无法处理：{said}。"
)
FILE_NOT_FOUND: Final = Wording(
    NotFoundError, "file.not-found", "The dataset has no such file.", "该数据产品中没有这个文件。"
)
SECRET_NOT_KEYS: Final = Wording(
    InputError,
    "secret.not-keys",
    "The secret {name!r} does not hold the keys of an object store.",
    "名为 {name!r} 的密钥不是对象存储的访问密钥。",
    help_en='It is JSON: {{"accessKeyId": "…", "secretAccessKey": "…"}}.',
    help_zh='其内容应为 JSON：{{"accessKeyId": "…", "secretAccessKey": "…"}}。',
)
SOURCE_BROKEN_OFF: Final = Wording(
    StoreError,
    "source.broken-off",
    "The source behind the provider's node broke off.",
    "数据提供方节点背后的数据源中断。",
    help_en="Ask again: what has arrived is kept and goes on from there.",
    help_zh="请重试：已收到的部分会保留并续传。",
)
SOURCE_BUCKET_INCOMPLETE: Final = Wording(
    InputError,
    "source.bucket-incomplete",
    "A source in an object store has a key or a prefix, and names two secrets, one that holds both, or none.",
    "对象存储数据源须给出键或前缀之一，并给出两个密钥名、一个同时含两者的密钥名，或都不给出。",
)
SOURCE_CHANGED: Final = Wording(
    IntegrityError,
    "source.changed",
    "The file changed after it was published; the stream ends here.",
    "文件在发布之后发生了变化，数据流到此终止。",
    help_en="The provider has to publish it again.",
    help_zh="请数据提供方重新发布。",
)
SOURCE_CHANGED_OBJECT: Final = Wording(
    IntegrityError,
    "source.changed",
    "The object changed after it was published; the stream ends here.",
    "对象在发布之后发生了变化，数据流到此终止。",
    help_en="The provider has to publish it again.",
    help_zh="请数据提供方重新发布。",
)
SOURCE_HEADER: Final = Wording(
    InputError,
    "source.header",
    "The header {shown} cannot be sent or passed as it is given.",
    "请求头 {shown} 不能按此发送或放行。",
    help_en="Names and values follow HTTP; what belongs to one connection is set by the node.",
    help_zh="名称与取值须符合 HTTP；只属于单个连接的请求头由节点设置。",
)
SOURCE_HEADER_CHARACTERS: Final = Wording(
    InputError,
    "source.header",
    "A header contains a character that is not allowed.",
    "请求头含有不允许的字符。",
)
SOURCE_KEY_UNSAFE: Final = Wording(
    InputError,
    "source.key-unsafe",
    "The object {key!r} cannot be a file of a dataset: its name leaves the folder, or is not a file name.",
    "对象 {key!r} 不能作为数据产品的文件：其名称会越出文件夹，或不是文件名。",
    help_en="Publish it by its own key, copy it to another, or let the prefix end in a slash.",
    help_zh="请按键单独发布该对象、复制到其他键，或让前缀以斜杠结尾。",
)
SOURCE_METHOD: Final = Wording(
    MethodError,
    "source.method",
    "The source is read with {allow} only.",
    "该数据源仅可用 {allow} 读取。",
    facts=("allow",),
)
SOURCE_METHODS: Final = Wording(
    InputError,
    "source.methods",
    "A fixed body needs a method that sends one.",
    "固定请求体需要能发送请求体的方法。",
    help_en="Set the method to POST, PUT or PATCH.",
    help_zh="请将方法设为 POST、PUT 或 PATCH。",
)
SOURCE_MISSING: Final = Wording(
    InputError,
    "source.missing",
    "There is no readable file or folder at {path}.",
    "{path} 处没有可读的文件或文件夹。",
    help_en="Check the path and its permissions.",
    help_zh="请检查路径与权限。",
)
SOURCE_MISSING_IN_STORE: Final = Wording(
    InputError,
    "source.missing",
    "The store has no such object or bucket.",
    "存储服务中没有这个对象或存储桶。",
    help_en="Check bucket, key and endpoint.",
    help_zh="请检查存储桶、键与端点。",
)
SOURCE_NOT_PASSED: Final = Wording(
    InputError,
    "source.not-passed",
    "The provider's source accepts no {en} from a consumer.",
    "该数据源不接受使用方传入{zh}。",
    help_en="Ask without, or ask the provider to let it pass.",
    help_zh="请去掉后重试，或请数据提供方放行。",
)
SOURCE_OWN: Final = Wording(
    RefusedError,
    "source.own",
    "This belongs to a node itself (keys, settings, store, vault, results, logs) and cannot be a source.",
    "该内容属于节点自身（密钥、配置、存储、受控存储、查询结果、日志），不能作为数据源。",
    help_en="Publish from a folder or a database that holds nothing but data.",
    help_zh="请从只存放数据的文件夹或数据库发布。",
)
SOURCE_PATH: Final = Wording(
    InputError,
    "source.path",
    "The fixed path is not a plain one: it climbs, or is empty in between.",
    "固定路径不合法：含有上级目录或空段。",
)
SOURCE_REFUSED: Final = Wording(
    StoreError,
    "source.refused",
    "The object store does not give the source out: {said}{where_en}.",
    "对象存储拒绝读取该数据源：{said}{where_zh}。",
    help_en="The provider has to check the keys of the source, its region and its endpoint.",
    help_zh="请数据提供方检查数据源的访问密钥、区域与端点。",
)
SOURCE_TOO_MANY: Final = Wording(
    InputError,
    "source.too-many",
    "There are more than {most_objects:,} objects below the prefix.",
    "该前缀下的对象超过 {most_objects:,} 个。",
    help_en="Publish it in parts, with longer prefixes.",
    help_zh="请用更长的前缀分多次发布。",
)
SOURCE_UNREACHABLE: Final = Wording(
    StoreError,
    "source.unreachable",
    "The source behind the provider's node cannot be read now.",
    "数据提供方节点背后的数据源当前无法读取。",
    help_en="Try again later; the provider's log says more.",
    help_zh="请稍后重试；详情见数据提供方日志。",
)
SOURCE_UNREADABLE: Final = Wording(
    StoreError, "source.unreadable", "The source's disk cannot be read.", "数据源所在磁盘无法读取。"
)
SOURCE_URL: Final = Wording(
    InputError,
    "source.url",
    "The address of the API holds a query, a fragment or a password.",
    "API 地址中含有查询参数、片段或口令。",
    help_en="Give the address alone; parameters and secrets have fields of their own.",
    help_zh="请只写地址；查询参数与密钥另有字段。",
)

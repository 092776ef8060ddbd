"""Error sentences of evidence."""

from typing import Final

from xinfu.errors import InputError, IntegrityError, Wording

EVIDENCE_BUNDLE_BROKEN: Final = Wording(
    IntegrityError,
    "evidence.bundle-broken",
    "The bundle ends within its entry {index}.",
    "条目包在第 {index} 条中间中断。",
)
EVIDENCE_CHECKPOINT_MALFORMED: Final = Wording(
    IntegrityError,
    "evidence.checkpoint-malformed",
    "Line {line} of the checkpoint cannot be read: {en}.",
    "检查点第 {line} 行无法读取：{zh}。",
    facts=("line",),
)
EVIDENCE_CHECKPOINT_UNSIGNED: Final = Wording(
    IntegrityError,
    "evidence.checkpoint-unsigned",
    "The checkpoint has no valid signature of {name}.",
    "检查点没有 {name} 的有效签名。",
)
EVIDENCE_COPY_UNREADABLE: Final = Wording(
    IntegrityError,
    "evidence.copy-unreadable",
    "The folder contains no checkpoint, and therefore no log.",
    "该文件夹没有检查点，因此不是日志。",
)
EVIDENCE_ENTRY_MALFORMED: Final = Wording(
    InputError,
    "evidence.entry-malformed",
    "The entry's {field} cannot be used: {en}.",
    "存证的 {field} 不可用：{zh}。",
    facts=("field",),
)
EVIDENCE_ENTRY_TOO_LONG: Final = Wording(
    InputError,
    "evidence.entry-too-long",
    "An entry has {size} bytes; {limit} is the most.",
    "存证条目有 {size} 字节，上限为 {limit}。",
)
EVIDENCE_FACT_MISSING: Final = Wording(
    InputError,
    "evidence.fact-missing",
    "An entry {kind} must state {name!r}.",
    "{kind} 类存证必须写明 {name!r}。",
)
EVIDENCE_FRONTIER_BROKEN: Final = Wording(
    IntegrityError, "evidence.frontier-broken", "The frontier does not fit its size.", "前沿与其大小不符。"
)
EVIDENCE_FRONTIER_BROKEN_LENGTH: Final = Wording(
    IntegrityError, "evidence.frontier-broken", "The frontier has a wrong length.", "前沿长度不对。"
)
EVIDENCE_KEY_UNUSABLE: Final = Wording(
    InputError, "evidence.key-unusable", "The key cannot be used: {en}.", "密钥不可用：{zh}。"
)
EVIDENCE_KIND_UNKNOWN: Final = Wording(
    InputError, "evidence.kind-unknown", "There is no entry kind {kind!r}.", "没有 {kind!r} 这一类存证。"
)
EVIDENCE_MANIFEST_BROKEN: Final = Wording(
    IntegrityError, "evidence.manifest-broken", "The manifest is broken: {en}.", "分块清单已损坏：{zh}。"
)
EVIDENCE_NO_SUCH_CHUNK: Final = Wording(
    InputError,
    "evidence.no-such-chunk",
    "There is no chunk {chunk} among {count}.",
    "共 {count} 块，没有第 {chunk} 块。",
)
EVIDENCE_NO_SUCH_INDEX: Final = Wording(
    InputError,
    "evidence.no-such-index",
    "There is no entry {index} in a log of {size}.",
    "日志只有 {size} 条，没有第 {index} 条。",
)
EVIDENCE_NO_SUCH_SIZE: Final = Wording(
    InputError,
    "evidence.no-such-size",
    "A log of size {old} cannot be a prefix of a log of size {new}.",
    "大小为 {old} 的日志不可能是大小为 {new} 的日志的前缀。",
)
EVIDENCE_NOT_CANONICAL: Final = Wording(
    InputError,
    "evidence.not-canonical",
    "The value has no canonical JSON form: {error}",
    "该值没有规范的 JSON 形式：{error}",
    help_en="Write instants and amounts as strings and keep integers within 2^53.",
    help_zh="时间和金额请写成字符串，整数不要超过 2^53。",
)
EVIDENCE_NOT_CANONICAL_BYTES: Final = Wording(
    IntegrityError,
    "evidence.not-canonical",
    "The bytes are not in the canonical form of RFC 8785.",
    "这些字节不是 RFC 8785 规定的规范形式。",
)
EVIDENCE_NOT_JSON: Final = Wording(
    InputError, "evidence.not-json", "This is not JSON: {error}", "这不是合格的 JSON：{error}"
)
EVIDENCE_NOTE_MALFORMED: Final = Wording(
    IntegrityError,
    "evidence.note-malformed",
    "Line {line} of the signed note cannot be read: {en}.",
    "签名文本第 {line} 行无法读取：{zh}。",
    facts=("line",),
)
EVIDENCE_RECEIPT_UNREADABLE: Final = Wording(
    InputError,
    "evidence.receipt-unreadable",
    "This is not a readable receipt: {why}.",
    "无法读取该存证凭证：{why}。",
)
EVIDENCE_TILE_BROKEN: Final = Wording(
    IntegrityError,
    "evidence.tile-broken",
    "{tile} has {size} bytes, not {wanted}.",
    "{tile} 有 {size} 字节，应为 {wanted}。",
    facts=("tile",),
)
EVIDENCE_TILE_MISSING: Final = Wording(
    IntegrityError, "evidence.tile-missing", "{tile} is missing.", "缺少 {tile}。", facts=("tile",)
)
EVIDENCE_TILE_PATH: Final = Wording(
    InputError, "evidence.tile-path", "{path!r} is not the path of a tile.", "{path!r} 不是瓦片路径。"
)
EVIDENCE_TIME_NAIVE: Final = Wording(
    IntegrityError, "evidence.time-naive", "A moment without a zone.", "时间缺少时区。"
)

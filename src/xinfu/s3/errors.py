"""Error sentences of s3."""

from typing import Final

from xinfu.errors import InputError, PeerError, Wording

BUCKET_ANSWER: Final = Wording(
    PeerError,
    "bucket.answer",
    "The store answered what is not of the S3 API.",
    "存储服务的回答不符合 S3 接口。",
    help_en="Check that the endpoint is that of the S3 API.",
    help_zh="请检查端点是否为 S3 接口地址。",
)
BUCKET_ENDPOINT_INVALID: Final = Wording(
    InputError,
    "bucket.endpoint-invalid",
    "The endpoint of the store is not of the form https://host or https://host:port.",
    "存储服务的端点须形如 https://主机 或 https://主机:端口。",
)
BUCKET_KEY_INVALID: Final = Wording(
    InputError,
    "bucket.key-invalid",
    "The key of an object is 1 to 1,024 bytes of text without NUL, and no part of it is . or ..",
    "对象键须为 1 至 1024 字节的文本，不含 NUL，且各段不能是 . 或 ..",
    help_en="Copy the object to another key.",
    help_zh="请将对象复制到其他键。",
)
BUCKET_NAME_INVALID: Final = Wording(
    InputError,
    "bucket.name-invalid",
    "The name of the bucket is not 3 to 63 letters, digits, dots, hyphens and underscores.",
    "存储桶名称须为 3 至 63 个字母、数字、点、连字符或下划线。",
)
BUCKET_PLACE_INVALID: Final = Wording(
    InputError,
    "bucket.place-invalid",
    "{text!r} is not of the form s3://bucket/key.",
    "{text!r} 不是 s3://存储桶/键 的形式。",
)
BUCKET_REGION_INVALID: Final = Wording(
    InputError,
    "bucket.region-invalid",
    "The region is not 1 to 64 letters, digits and hyphens.",
    "区域名须为 1 至 64 个字母、数字或连字符。",
)

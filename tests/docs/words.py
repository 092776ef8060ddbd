"""Writes docs/reference/words.md: the short words of a policy, from their table."""

from collections.abc import Iterator
from typing import Final

from xinfu import odrl
from xinfu.odrl.short.form import document, short
from xinfu.odrl.short.words import WORDS

HEAD: Final = """# Short words of a policy

Written from the table of words by `make docs`. Each word is a key in a file (TOML, YAML, JSON), an argument of
`xinfu.client.policy`, and an option of `xinfu publish`, `xinfu negotiate start`, `xinfu negotiate counter` and `xinfu policy write`.
[Write a policy](../how-to/write-a-policy.md) says how they are used. All words that are given must hold.

- `LENGTH` is a number with its unit, `s min h d w mo y`: `30d`, `6mo`; or an xsd:duration such as `P1DT2H`.
- `WINDOW` is `minute`, `hour`, `day`, `week`, `month` or `year`, by the clock and the calendar of `zone`; `/participant` behind it
  counts what one participant uses under all its agreements: `3/day/participant`.
- `TIME` has an offset: `2026-12-31T23:59:59+08:00`; a day such as `2026-12-31+08:00` is the whole day.
- A number without its unit is refused, and so is `30m`, which might be minutes or months.

| word | option | what it says | 含义 |
|---|---|---|---|
"""
SAID: Final = """
## What they say

| word | for example | sentence | 中文 |
|---|---|---|---|
"""
EXAMPLES: Final = {
    "purpose": ["research", "health"],
    "members": True,
    "recipients": ["did:web:b.example"],
    "roles": ["auditor"],
    "claims": {"MembershipCredential.industry": "C35"},
    "not_before": "2026-01-01T00:00:00+08:00",
    "until": "2030-01-01T00:00:00+08:00",
    "within": "30d",
    "apart": "1h",
    "times": [100, "3/day"],
    "bytes": "10 GB/day",
    "rows": "10000/month/participant",
    "in_use": "10h/week",
    "spatial": ["CN-HN"],
    "vault": True,
    "filed": True,
    "columns": ["city", "level"],
    "where": ["city = '长沙'"],
    "mask": ["name"],
    "anonymize": ["phone"],
    "coarser": ["lat=0.01", "at=1h"],
    "pay": "2.00 CNY/use",
    "consent": True,
    "delete_after": "30d",
    "notify": "24h",
    "report": "7d",
    "attribute": True,
    "prohibit": ["distribute"],
    "conflict": "perm",
    "zone": "+08:00",
}


def page() -> str:
    """The whole page."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    yield HEAD
    for word in WORDS.values():
        option = f"{word.flag} {word.shape}".strip().replace("|", "\\|")
        yield f"| `{word.name}` | `{option}` | {word.en} | {word.zh} |\n"
    yield SAID
    for name in WORDS:
        policy = odrl.read(document(short({name: EXAMPLES[name]})))
        en, zh = (odrl.sentences(policy, language) for language in ("en", "zh"))
        if len(en) == 1 or name == "zone":
            yield f"| `{name}` | `{_example(EXAMPLES[name])}` | {en[-1]} | {zh[-1]} |\n"
        elif name == "prohibit":
            yield f"| `{name}` | `{_example(EXAMPLES[name])}` | {en[1]} | {zh[1]} |\n"


def _example(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={inner}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else "true" if value is True else str(value)

"""A programme (计算程序): Python code that may visit data, with all that was declared about it.

The digest of a programme covers its code, environment, arguments, inputs and output. So whoever names a digest, in an
approval or as `algorithm` of a policy, names exactly one code under exactly these declarations.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from xinfu.compute.ranges import ChoiceRange, ClosedRange, NumberRange, Value, ValueRange
from xinfu.evidence.canonical import canonical, digest_hex

FORMAT: Final = "xinfu.programme/1"
SCHEME: Final = "sha256:"


class Argument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An argument of `main`, with the values that it may have. Without a default it has to be given."""

    name: str
    accepts: ValueRange
    default: Value | None = None
    about: str = ""


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A file that the programme reads, by the name under which it finds it, and the columns that it needs there."""

    name: str
    columns: tuple[str, ...] = ()
    about: str = ""


class OutputColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A column of the answer, with the values that it may have; with `optional` also none."""

    name: str
    holds: ClosedRange
    optional: bool = False

    @property
    def type(self) -> str:
        """The type of its values: `integer`, `number`, `text` or `flag`."""
        if isinstance(self.holds, NumberRange):
            return "integer" if self.holds.whole else "number"
        return "text" if isinstance(self.holds, ChoiceRange) else "flag"


class OutputSchema(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The declared answer: its columns, and the most rows that it may have."""

    columns: tuple[OutputColumn, ...]
    most_rows: int


class Declaration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The declarations that an author writes beside the code.

    Attributes:
        environment: name -> version of the interpreter and libraries that it needs; `3.11` means any 3.11.
    """

    name: str
    version: str
    about: str = ""
    environment: dict[str, str] = {}
    arguments: tuple[Argument, ...] = ()
    inputs: tuple[Input, ...]
    output: OutputSchema

    @property
    def label(self) -> str:
        """Name and version, `name@version`."""
        return f"{self.name}@{self.version}"


class Programme(Declaration, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A programme, without its code.

    Attributes:
        author: participant id of the author.
        code: SHA-256 of the code, lower-case hex.
    """

    author: str
    code: str

    @property
    def digest(self) -> str:
        """The digest of the whole programme, `sha256:` and lower-case hex."""
        return SCHEME + digest_hex(canonical([FORMAT, msgspec.to_builtins(self)]))

    @property
    def environment_digest(self) -> str:
        """SHA-256 of the environment that it needs, lower-case hex."""
        return digest_hex(canonical(self.environment))


def declare(declaration: Declaration, *, author: str, code: bytes) -> Programme:
    """The programme of an author with this code under these declarations."""
    fields = {name: getattr(declaration, name) for name in Declaration.__struct_fields__}
    return Programme(author=author, code=digest_hex(code), **fields)


def lacking(needed: Mapping[str, str], versions: Mapping[str, str]) -> tuple[str, ...]:
    """The needed interpreter and libraries that an environment lacks, each as `name version`, in order."""
    return tuple(
        f"{name} {version}"
        for name, version in sorted(needed.items())
        if not f"{versions.get(name, '')}.".startswith(f"{version}.")
    )

"""A policy in a few words, for people who write one: purpose, until, times, members, delete_after ...

`Short` holds the words, `document` makes ODRL of them, `shorten` finds the words of a policy that says no more
than they can, and `unsaid` tells where it says more. Every word that is given must hold. The round trip is exact: a
policy is given back in words only if the ODRL of these words says the same, and the words can be read again.
"""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from xinfu.errors import InputError
from xinfu.odrl import errors
from xinfu.odrl.comparison.compare import equivalent
from xinfu.odrl.comparison.grouping import spread
from xinfu.odrl.comparison.normal import normal, normal_constraint
from xinfu.odrl.engine.registry import REGISTRY
from xinfu.odrl.model.policy import (
    Conflict,
    Constraint,
    Duty,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    Rule,
)
from xinfu.odrl.short.parts import ROLE, Part, Word, gather_limits
from xinfu.odrl.short.values import day_of
from xinfu.odrl.short.words import CHINA_NAME, UTC_NAME, WORDS
from xinfu.odrl.values.terms import CHINA_TIME
from xinfu.odrl.wire.policies import write

Words = Mapping[str, Any]

_MOMENTS: Final = ("not_before", "until")


class Short(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The words; use is permitted where all that are given hold.

    Attributes:
        purpose: any of these purposes.
        members: True: whoever holds a membership credential; a text: a member of that space.
        recipients: DIDs, any of them.
        roles: any of these roles, by the membership credential.
        claims: what credentials must say, any of several values; `vc:TYPE` with "active": that one is held.
        not_before: the first moment of use, with its offset.
        until: the last moment of use; a day without an offset is the whole day by the clock of `zone`.
        within: so long after the first use (`30d`).
        apart: so long between two uses at least.
        times: uses, in all (`3`) or over a window (`100/month`, `3/day/participant`); several all hold.
        bytes: data that leaves, likewise (`10 GB/day`).
        rows: rows that leave, likewise.
        in_use: time of use, likewise (`10h/week`).
        spatial: regions such as "CN-HN"; within any of them.
        vault: only in a vault.
        filed: only once the digital contract is signed and filed.
        columns: only these columns leave.
        where: only rows for which all these tests hold leave.
        mask: these columns leave masked; `anonymize`: empty.
        coarser: these columns leave at this resolution (`lat=0.01`, `at=1h`).
        pay: amounts with their currency: before the first use, for each use (`2.00 CNY/use`), over a window.
        consent: it has to be obtained before the first use.
        delete_after: so long after a use it has to be deleted; True: at the end of the agreement.
        notify: so long after a use the provider has to be told; True: without delay.
        report: likewise records of the use have to be sent; `attribute`: the source has to be named.
        prohibit: actions that are forbidden outright, such as "distribute".
        conflict: what counts where a permission and a prohibition meet.
        zone: by whose clock windows begin.
    """

    purpose: tuple[str, ...] = ()
    members: bool | str = False
    recipients: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    claims: Mapping[str, tuple[str, ...]] = {}
    not_before: str | None = None
    until: str | None = None
    within: str | None = None
    apart: str | None = None
    times: tuple[str, ...] = ()
    bytes: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    in_use: tuple[str, ...] = ()
    spatial: tuple[str, ...] = ()
    vault: bool = False
    filed: bool = False
    columns: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    anonymize: tuple[str, ...] = ()
    coarser: tuple[str, ...] = ()
    pay: tuple[str, ...] = ()
    consent: bool = False
    delete_after: bool | str = False
    notify: bool | str = False
    report: bool | str = False
    attribute: bool | str = False
    prohibit: tuple[str, ...] = ()
    conflict: str = Conflict.PROHIBIT.value
    zone: str = UTC_NAME

    def words(self) -> dict[str, Any]:
        """The words that are given, as they stand in a file."""
        return {name: WORDS[name].shown(value) for name, value in msgspec.to_builtins(self).items()}


def short(words: Words) -> Short:
    """The words of a file or of a caller; what is None is not given.

    Raises:
        InputError: `policy.word`: a word that is not known, or a value that is not of its kind; `policy.unit`: a
            number without its unit, or with a wrong one; `policy.moment`: a time without an offset;
            `policy.times`: less than one use.
    """
    given = {name: value for name, value in words.items() if value is not None}
    unknown = next((name for name in given if name not in WORDS), None)
    if unknown is not None:
        raise _unknown(str(unknown))
    offset = CHINA_NAME if given.get("zone") == CHINA_NAME else "Z"
    given |= {name: day_of(given[name], offset) for name in _MOMENTS if name in given}
    read = Short(**{name: WORDS[name].read(name, value) for name, value in given.items()})
    if ROLE in read.claims:
        raise errors.POLICY_WORD_CLAIMS(role=ROLE)
    return read


def _unknown(name: str) -> InputError:
    near = difflib.get_close_matches(name[:60].replace("-", "_").lower(), WORDS, n=1)
    did_you = (f'Did you mean "{near[0]}"? ', f"是否想写“{near[0]}”？") if near else ("", "")
    return errors.POLICY_WORD(
        name=name[:60],
        did_you=did_you[0],
        words=", ".join(WORDS),
        did_you_zh=did_you[1],
        words_zh="、".join(WORDS),
    )


def policy_of(said: Short) -> Policy:
    """The words as a policy."""
    given = ((word, getattr(said, name)) for name, word in WORDS.items())
    parts = [part for word, value in given if value is not None for part in word.parts(value)]
    permission = Permission(
        action="use",
        constraints=gather_limits([each for each in parts if isinstance(each, Constraint)]),
        duties=tuple(each for each in parts if isinstance(each, Duty)),
    )
    return Policy(
        kind=PolicyKind.SET,
        permissions=(permission,),
        prohibitions=tuple(each for each in parts if isinstance(each, Prohibition)),
        conflict=Conflict(said.conflict),
        profile=(CHINA_TIME,) if said.zone == CHINA_NAME else (),
    )


def document(said: Short) -> dict[str, Any]:
    """The words as ODRL, in the protocol's compact form."""
    return write(policy_of(said))


def shorten(policy: Policy) -> Short | None:
    """The words that express `policy`; None if they cannot express all of it.

    The parties and the target of a policy, its id and its time stamp are not words; `beside` returns them.
    """
    return _found(policy)[0]


def unsaid(policy: Policy) -> tuple[str, ...]:
    """The paths of parts that no word expresses, such as `permission[0].constraint[2]`; "policy" for the whole."""
    return _found(policy)[1]


def beside(policy: Policy) -> dict[str, str]:
    """The members of `policy` that words do not express: parties, target, and the names of it and its rules."""
    found = {name: getattr(policy, name) for name in ("id", "target", "assigner", "assignee", "timestamp")}
    rules: list[tuple[str, Rule]] = [("permission", each) for each in policy.permissions]
    rules += [
        (f"permission.duty[{i}]", duty) for each in policy.permissions for i, duty in enumerate(each.duties)
    ]
    rules += [(f"prohibition[{i}]", each) for i, each in enumerate(policy.prohibitions)]
    found |= {f"{path}.id": rule.id for path, rule in rules}
    kind = policy.kind.value if policy.kind is not PolicyKind.SET else None
    return {name: value for name, value in (found | {"kind": kind}).items() if value is not None}


def _found(policy: Policy) -> tuple[Short | None, tuple[str, ...]]:
    """The words of a policy; or None and the paths that no word expresses."""
    given, missing = _conflict_and_zone(policy)
    for path, part in _parts(policy):
        name, value = _word(part)
        several = name and WORDS[name].several
        both = (*given.get(name, ()), *value) if several else _joined(given.get(name), value)
        if both is None:
            missing.append(path)
        else:
            given[name] = both
    if missing:
        return None, tuple(missing)
    said = Short(**given)
    scope = msgspec.structs.replace(policy, target=None, assigner=None, assignee=None)
    return (said, ()) if equivalent(policy_of(said), scope) else (None, ("policy",))


def _conflict_and_zone(policy: Policy) -> tuple[dict[str, Any], list[str]]:
    """The two words that are of the whole policy, and what else of it no word says."""
    absent = Conflict.INVALID if policy.prohibitions else Conflict.PROHIBIT
    zones = {(): UTC_NAME, (CHINA_TIME,): CHINA_NAME}
    missing = [] if len(policy.permissions) == 1 else ["permission"]
    missing += [f"obligation[{i}]" for i in range(len(policy.obligations))]
    missing += [] if policy.profile in zones else ["profile"]
    zone = zones.get(policy.profile, UTC_NAME)
    return {"conflict": (policy.conflict or absent).value, "zone": zone}, missing


def _parts(policy: Policy) -> Iterator[tuple[str, Part]]:
    for i, rule in enumerate(policy.permissions[:1]):
        yield from ((f"permission[{i}].constraint[{j}]", each) for j, each in spread(rule.constraints))
        yield from ((f"permission[{i}].duty[{j}]", each) for j, each in enumerate(rule.duties))
    yield from ((f"prohibition[{i}]", each) for i, each in enumerate(policy.prohibitions))


def _word(part: Part) -> tuple[str, Any]:
    """The word that says exactly this part, with its value; an empty name when none does."""
    for name, word in WORDS.items():
        value = word.found(part)
        if value is not None and _says(word, value, part):
            return name, value
    return "", None


def _says(word: Word, value: Any, part: Part) -> bool:
    """Whether the value can be read again, and says the same when it is written."""
    try:
        value = word.read(word.name, word.shown(value))
    except InputError:
        return False
    return [_spelling(each) for each in word.parts(value)] == [_spelling(part)]


def _spelling(part: Part) -> object:
    return normal_constraint(part, REGISTRY) if isinstance(part, Constraint) else normal(part, REGISTRY)


def _joined(old: Any, new: Any) -> Any:
    """Both values of one word; None when it cannot say both."""
    match old, new:
        case None, _:
            return new
        case dict(), dict() if old.keys().isdisjoint(new):
            return old | new
    return None

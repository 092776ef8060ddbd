"""Makes a blocking handle from an async one: the same methods, each waiting for its result.

    class Agreement(Twin, of=agreements.Agreement): ...

has every public method of `agreements.Agreement`, with its arguments and its documentation. Results become blocking as
well: the result of a coroutine, an iterator for an async iterator, a blocking handle for an async one.
"""

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from types import GenericAlias
from typing import Any, ClassVar, Final, get_args, get_origin

from xinfu.client.blocking.loop import Loop

_DUNDERS: Final = ("__iter__", "__len__")


class Twin:
    """A blocking handle: an async handle, and the loop on which its calls run."""

    _twins: ClassVar[dict[type, type["Twin"]]] = {}

    def __init_subclass__(cls, *, of: type, without: Sequence[str] = ()) -> None:
        """Copy the public methods of a class, except those defined here and those in `without`."""
        cls.__doc__ = of.__doc__
        cls._twins[of] = cls
        hidden = {*vars(cls), *without}
        for name, member in members(of).items():
            if name not in hidden and (name in _DUNDERS or not name.startswith("_")):
                if isinstance(member, property):
                    setattr(cls, name, _property(name, member))
                elif inspect.isfunction(member):
                    setattr(cls, name, _act(name, member))

    def __init__(self, loop: Loop, inner: Any) -> None:
        self._loop = loop
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        """Return a public attribute of the async handle, such as `view`."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._given(getattr(self._inner, name))

    def _given(self, value: Any) -> Any:
        """Return the blocking form of a value from the async handle."""
        if inspect.isawaitable(value):
            value = self._loop.wait(_awaited(value))
        if value is self._inner:
            return self
        if isinstance(value, AsyncIterator):
            return map(self._given, self._loop.each(value))
        if isinstance(value, Iterator):
            return map(self._given, value)
        if isinstance(value, list):
            return [self._given(each) for each in value]
        twin = self._twins.get(type(value))
        return value if twin is None else twin(self._loop, value)


def members(of: type) -> dict[str, Any]:
    """The members of a class with those of its bases, by name."""
    return {name: member for each in reversed(of.__mro__[:-1]) for name, member in vars(each).items()}


def _act(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(act)
    def blocking(self: Twin, *arguments: Any, **named: Any) -> Any:
        bare = [_bare(each) for each in arguments]
        return self._given(
            getattr(self._inner, name)(*bare, **{key: _bare(each) for key, each in named.items()})
        )

    signature = inspect.signature(act)
    gives = signature.return_annotation
    if get_origin(gives) is AsyncIterator:
        signature = signature.replace(return_annotation=GenericAlias(Iterator, get_args(gives)))
    blocking.__signature__ = signature  # type: ignore[attr-defined]  # what `inspect` and `help` show
    return blocking


def _property(name: str, member: property) -> property:
    def read(self: Twin) -> Any:
        return self._given(getattr(self._inner, name))

    return property(read, doc=member.__doc__)


def _bare(value: Any) -> Any:
    """Return an argument in the form that the async handle takes."""
    return value._inner if isinstance(value, Twin) else value


async def _awaited(work: Any) -> Any:
    return await work

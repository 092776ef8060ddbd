"""The blocking client: the same names and arguments as the async one, and the same exchange."""

import asyncio
import inspect
import threading
from pathlib import Path

import pytest
from tests.client.conftest import KEY, Two
from tests.docs import handles

from xinfu import client
from xinfu.client import blocking, policy
from xinfu.client.blocking.twin import Twin, members
from xinfu.errors import PeerError

PAIRS = sorted(Twin._twins.items(), key=lambda pair: pair[1].__name__)
ASYNC_ONLY = {"listed", "open", "why_cut"}
"""For what is built on a transfer; the blocking `open` gives a file."""


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[other.__name__ for _, other in PAIRS])
def test_each_act_has_the_same_name_arguments_and_docs(one: type, other: type) -> None:
    acts = members(one)
    public = {name for name in acts if not name.startswith("_")} - ASYNC_ONLY
    assert public <= set(dir(other))
    for name in public:
        found, blocking_act = acts[name], vars(other)[name]
        assert not inspect.iscoroutinefunction(blocking_act), name
        assert blocking_act.__doc__ == found.__doc__, name
        if inspect.isfunction(found):
            here, there = inspect.signature(found), inspect.signature(blocking_act)
            assert [str(each) for each in here.parameters.values()] == [
                str(each) for each in there.parameters.values()
            ], name
            assert "AsyncIterator" not in str(there.return_annotation), name


def test_every_handle_of_the_async_client_has_a_blocking_one() -> None:
    handles = {
        each
        for each in vars(client).values()
        if inspect.isclass(each) and any(inspect.iscoroutinefunction(act) for act in vars(each).values())
    }
    assert handles <= set(Twin._twins)


def test_what_a_type_checker_reads_is_made_from_the_async_client() -> None:
    assert handles.PATH.read_text(encoding="utf-8") == handles.stub(), "run `make docs`"


async def test_an_exchange_needs_no_loop_of_its_own(two: Two, tmp_path: Path) -> None:
    source = two.folder / "air.csv"
    source.write_bytes(b"x" * 3_000_000)
    await two.provider.publish(source, id="air", policy=policy())
    done: list[object] = []

    def whole_way() -> None:
        with blocking.connect(two.consumer.url, KEY) as node:
            dataset = node.catalog("provider").dataset("air")
            transfer = dataset.negotiate(purpose="research").agreed().transfer().started()
            done.append(transfer.save(tmp_path / "air.csv").size_bytes)
            done.append(len(list(node.agreements(state="ACTIVE"))))
            done.append(transfer.complete().state)

    await asyncio.to_thread(whole_way)
    assert done[:2] == [3_000_000, 1]
    assert (tmp_path / "air.csv").read_bytes() == source.read_bytes()


def test_its_thread_ends_with_the_block() -> None:
    with pytest.raises(PeerError), blocking.connect("http://127.0.0.1:9", "k" * 20) as node:
        node.about()
    assert not [each for each in threading.enumerate() if each.name == "xinfu-client"]

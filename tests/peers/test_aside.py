"""Work beside the loop gives way to it, and leaves the process as it was."""

import gc
import sys

import pytest

from xinfu.peers.aside import HANDOVER_S, ThreadAside


async def test_work_gives_way_and_leaves_everything_as_it_was() -> None:
    before, aside = (sys.getswitchinterval(), gc.isenabled()), ThreadAside()
    try:
        interval_s, collecting = await aside.do(lambda: (sys.getswitchinterval(), gc.isenabled()))
        with pytest.raises(ZeroDivisionError):
            await aside.do(lambda: 1 // 0)
    finally:
        aside.close()
    assert interval_s == pytest.approx(HANDOVER_S)
    assert not collecting
    assert (sys.getswitchinterval(), gc.isenabled()) == before == (before[0], True)

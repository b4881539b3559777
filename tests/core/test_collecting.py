"""While a chunk is written the garbage collector rests, and afterwards it works again, whatever happened."""

import gc

import pytest

from ccperf.core.collecting import collector_paused


def test_the_collector_rests_and_works_again():
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_works_again_after_a_failure():
    with pytest.raises(ZeroDivisionError), collector_paused():
        1 / 0  # noqa: B018
    assert gc.isenabled()

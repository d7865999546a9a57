import pytest

import my_project


def test_greet():
    assert my_project.greet("Zig") == "Hello, Zig."
    assert my_project.greet("Zig", excited=True) == "Hello, Zig!"


def test_greet_wants_text():
    with pytest.raises(TypeError, match="name"):
        my_project.greet(42)  # type: ignore[arg-type]


def test_mean():
    mean = my_project.Mean()
    for number in (1, 2, 6):
        mean.add(number)
    assert (mean.count, mean.value) == (3, 3.0)
    assert repr(mean) == "Mean(count=3, value=3.0)"

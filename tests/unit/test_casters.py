"""`TypeCaster` and `formatError` where declarations are reflected."""

import pytest
import zigmodules
from zigmodules import refusal


@pytest.fixture(scope="module", params=zigmodules.MODES)
def zig(request):
    return zigmodules.load("casters", request.param)


def test_types_with_a_caster(zig):
    assert zig.start == "ff" and zig.next("ff") == "100"
    assert zig.either(None, ["a", "b"]) == (None, ["a", "b"]) and zig.either("c", []) == ("c", [])
    assert zig.of("ff") == "hex" and zig.of(1) == "int"
    assert refusal(zig.next, 1) == (TypeError, "next() argument 'hex': expected str, got int")
    assert refusal(zig.next, "x") == (ValueError, "next() argument 'hex': InvalidCharacter")
    assert refusal(zig.either, None, ["a", 1])[0] is TypeError


def test_a_type_with_a_caster_is_no_class(zig):
    with pytest.raises(AttributeError, match="it is a type"):
        zig.Hex  # noqa: B018


def test_fields(zig):
    pixel = zig.Pixel(1, "a")
    assert pixel.colour == "a" and zig.Pixel(1).colour == "1"
    pixel.colour = "b"
    assert pixel.colour == "b" and repr(pixel).startswith("Pixel(x=1.0, colour='b'")
    with pytest.raises(TypeError, match="expected str, got int"):
        pixel.colour = 1
    # Its value would point into the str.
    assert pixel.line == "-"
    with pytest.raises(AttributeError):
        pixel.line = "text"
    assert zig.length("text") == 4


def test_the_caster_of_a_class(zig):
    pixel = zig.double(zig.Pixel(2, "c"))
    assert isinstance(pixel, zig.Pixel) and pixel.x == 4 and pixel.colour == "c"
    assert refusal(zig.double, 1)[0] is TypeError


def test_errors_with_a_message(zig):
    assert zig.positive(1) == 1
    assert refusal(zig.positive, -1) == (ValueError, "Expected positive value, got -1")
    assert refusal(zig.positive, 0) == (zig.Refused.Zero, "not 0")

"""The examples do what they say, from any directory, with a cache that holds nothing yet."""

import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zigbind

EXAMPLES = Path(__file__).parents[2] / "examples"
TOKENS = EXAMPLES / "tokens"
TIMEOUT_SECONDS = 120


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory):
    """A cache of the examples' own, which the test processes of one run share."""
    root = tmp_path_factory.getbasetemp()
    return (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "examples-cache"


@pytest.fixture
def run(cache_dir, tmp_path):
    """A function that runs Python with some arguments, in a directory that has nothing to do with the examples."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ZIGBIND_")}
    environ |= {"ZIGBIND_CACHE_DIR": str(cache_dir), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}

    def run(*arguments, stderr=subprocess.PIPE, **more_environ):
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            check=False,
            cwd=tmp_path,
            env=environ | more_environ,
            stdout=subprocess.PIPE,
            stderr=stderr,
            encoding="utf-8",
            timeout=TIMEOUT_SECONDS,
        )

    return run


def answer(done):
    """What a process printed, as JSON; it must have gone well."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- hello


def run_hello(run, expression):
    code = f"import inspect, json, zigbind.auto, hello; print(json.dumps({expression}))"
    return answer(run("-c", code, PYTHONPATH=with_path(EXAMPLES / "hello")))


def with_path(directory):
    return os.pathsep.join([str(directory), *filter(None, [os.environ.get("PYTHONPATH")])])


def test_hello_computes(run):
    assert run_hello(run, "[hello.add(2, 3), hello.add(b=-3, a=2), hello.greet()]") == [5, -1, "Hello from Zig!"]


def test_hello_is_documented(run):
    assert run_hello(run, "[thing.__doc__ for thing in (hello, hello.add, hello.greet)]") == ["A first module.", "Add two integers.", "Say hello."]
    assert run_hello(run, "[str(inspect.signature(function)) for function in (hello.add, hello.greet)]") == ["(a, b)", "()"]


def test_hello_refuses(run):
    done = run("-c", "import zigbind.auto, hello; hello.add(2, '3')", PYTHONPATH=with_path(EXAMPLES / "hello"))
    assert done.returncode == 1
    assert done.stderr.endswith("TypeError: add() argument 'b': expected int, got str\n")


# ---- tokens: count.py


def count(run, *options, **environ):
    return run(TOKENS / "count.py", *options, **environ)


def write_sources(directory, **sources):
    for name, source in sources.items():
        (directory / f"{name}.zig").write_bytes(source)
    return directory


def test_count_of_known_files(run, tmp_path):
    (tmp_path / "sub.zig").mkdir()  # a directory, in spite of its name
    write_sources(tmp_path, a=b"const a = b;\n", b=b"// nothing\n", notes=b"")
    write_sources(tmp_path / "sub.zig", c=b"a\0b\n\xff a->b")
    (tmp_path / "text.txt").write_text("no Zig")

    report = answer(count(run, "--directory", tmp_path, "--json"))

    assert report["directory"] == str(tmp_path)
    assert (report["files"], report["bytes"], report["tokens"]) == (4, 34, 12)
    assert report["kinds"] == {"eof": 4, "identifier": 3, "invalid": 2, "keyword_const": 1, "equal": 1, "semicolon": 1}


def test_count_of_the_zig_library(run):
    report = answer(count(run, "--limit", 40, "--json"))

    assert report["files"] == report["kinds"]["eof"] == 40
    assert report["tokens"] == sum(report["kinds"].values()) > 1000
    assert list(report["kinds"].values()) == sorted(report["kinds"].values(), reverse=True)
    assert [(row["task"], row["lexer"]) for row in report["speeds"]] == [
        ("kinds", "ziglex"),
        ("kinds", "pylex"),
        ("tokens", "ziglex"),
        ("tokens", "pylex"),
    ]
    for row in report["speeds"]:
        assert row["seconds"] * row["files_per_second"] == pytest.approx(40)
        assert row["seconds"] * row["megabytes_per_second"] == pytest.approx(report["bytes"] / 1e6)
    assert report["ratios"]["kinds"] > 1


def test_count_without_comparison(run):
    report = answer(count(run, "--limit", 2, "--no-compare", "--json"))
    assert {row["lexer"] for row in report["speeds"]} == {"ziglex"}
    assert report["ratios"] == {}


def test_count_prints_tables(run, tmp_path):
    write_sources(tmp_path, a=b"a -> b")
    done = count(run, "--directory", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(
        """\
kind        written        count   share
----------  -------------  -----  ------
identifier  an identifier      2  50.00%
eof         EOF                1  25.00%
arrow       ->                 1  25.00%

4 tokens of 3 kinds in 1 file,"""
    )
    assert "Both found the same tokens in every file." in done.stdout
    assert "files" not in done.stderr  # no bar where nobody watches


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo-terminal")
def test_count_shows_a_bar_on_a_terminal(run, ziglex):
    ours, theirs = os.openpty()
    try:
        done = count(run, "--limit", 4, "--no-compare", "--json", stderr=theirs)
        shown = os.read(ours, 10_000).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 0
    assert "[####################                    ] 2 of 4 files" in shown
    assert shown.endswith(" \r")  # wiped off
    json.loads(done.stdout)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--directory", "nowhere"], "no such directory: nowhere"),
        (["--directory", "."], "no .zig files in . or below it"),
        (["--limit", "0"], "--limit: expected a number from 1 on, got '0'"),
        (["--limit", "-1"], "--limit: expected a number from 1 on, got '-1'"),
        (["--limit", "few"], "--limit: expected a number from 1 on, got 'few'"),
    ],
)
def test_count_refuses(run, options, message):
    done = count(run, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_count_names_the_first_difference(run, tmp_path):
    copy = shutil.copytree(TOKENS, tmp_path / "tokens", ignore=shutil.ignore_patterns("__pycache__"))
    lexer = copy / "pylex.py"
    lexer.write_text(lexer.read_text(encoding="utf-8").replace('"arrow"', '"dart"'), encoding="utf-8")
    sources = tmp_path / "sources"
    sources.mkdir()
    write_sources(sources, a=b"a\n", b=b"x\n  y->z -> 1", c=b"->")

    done = run(copy / "count.py", "--directory", sources)

    assert (done.returncode, done.stdout) == (1, "")
    where = f"{sources / 'b.zig'}:2:4: "
    assert f"count.py: {where}ziglex has arrow b'->' (bytes 5 to 7), pylex has dart b'->' (bytes 5 to 7)" in done.stderr


# ---- tokens: the two lexers


@pytest.fixture(scope="session")
def ziglex(cache_dir):
    return zigbind.load(TOKENS / "ziglex.zig", cache_dir=cache_dir)


@pytest.fixture(scope="session")
def pylex():
    spec = importlib.util.spec_from_file_location("pylex", TOKENS / "pylex.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ziglex_takes_str_and_bytes(ziglex):
    assert ziglex.tokens('é "é"') == [("invalid", 0, 7), ("eof", 7, 7)]
    assert ziglex.tokens(source=bytearray('"é" // é', "utf-8")) == [("string_literal", 0, 4), ("eof", 10, 10)]
    assert ziglex.kinds(memoryview(b"a.b")) == [("identifier", 2), ("eof", 1), ("period", 1)]
    with pytest.raises(TypeError, match="tokens.*source.*expected str or bytes-like object, got None"):
        ziglex.tokens(None)


def test_ziglex_symbol(ziglex):
    assert [ziglex.symbol(kind) for kind in ("arrow", "keyword_fn", "string_literal")] == ["->", "fn", "a string literal"]
    with pytest.raises(ValueError, match="no kind of token: 'arow'"):
        ziglex.symbol("arow")


def test_both_know_the_same_kinds(ziglex, pylex):
    assert pylex.KINDS == ziglex.KINDS


#: Sources that have every kind of token, and everything that can be wrong with one.
NASTY = [
    # nothing, space, the byte order mark
    b"",
    b" \t\r\n",
    b"\xef\xbb\xbf",
    b"\xef\xbb\xbfconst",
    b" \xef\xbb\xbfconst",
    b"\xef\xbb\xbf\xef\xbb\xbf",
    b"\xef\xbb",
    # words
    b"const constant Const const_ _const error errdefer or orelse fn0 test",
    b"@import @_ @a1.b @ @1 @@a @\n@",
    b'@"if" @"" @"a\\"b" @"\\u{1F600}" @"open\n@"\x01"\n@"\\',
    # operators, and those that nearly are
    b"! | || |= ||= = == => === != ( ) ; % %= { } [ ] ^ ^= ^^ : , & && &= ? ~ ~=",
    b"+ ++ += +% +%= +| +|= +++ +%% +|| - -= -% -%= -| -|= -> -- -->",
    b"* *= ** **= *% *%= *| *|= < <= << <<= <<| <<|= <<| = > >= >> >>= >>> >>|",
    b". .. ... .... ..... .* .** .*** .**** .*.* ..* ..** .*= a.b.* .?",
    b"/ /= / / a/b /= /",
    # comments
    b"// one\n/// two\n//// three\n//! four\n//!! five\n///! six\n///// seven\n//",
    b"//\n///\n//!\n////\n",
    b"///",
    b"//!",
    b"////",
    b"//a\r\n///b\r\n//!c\r\n////d\r\n\\\\e\r\n",
    b"//a\rb\n///a\rb\n//!a\rb\n////a\rb\n\\\\a\rb\nc",
    b"//\r",
    b"///\r",
    b"//!\r",
    b"//\r\r\n///\r\r\n//!\r\r\n\\\\\r\r\n",
    b"//a\tb\n///a\tb\n//!a\tb\n////a\tb\n\\\\a\tb\nc",
    b"//\t\n///\t\n//!\t\n////\t\n\\\\\t\nc",
    b"//\x0c\n//\x7f\n///\x0b\n//!\x1f\n",
    b"// \xff\xc3\x28\n/// \x80\n\\\\\xfe\nc",
    b"//=\n//*\n/ /\n/// /\n",
    # strings
    b'"" "a" "\\"" "\\\\" "\\\\\\"" "\\n\\x7f\\u{10FFFF}" "\'" "\xc3\xa9" "\xff"',
    b'"open\n"closed" "tab\there" a\n"\x7f" b\n"cr\r"\nc',
    b'"\\\t" "\\\x01" "\\\x7f" "\\\r" "\\\xff"',
    b'"\\',
    b'"\\\n"',
    b'"',
    b'"a"b"c',
    b'\\\\one\n  \\\\two\\\\ "three"\n\\\\',
    b"\\ a\n\\\n\\\\\\\n\\",
    # characters
    b"'a' '' 'ab' '\\'' '\\\\' '\"' '\\x1b' '\\u{1F600}' '\xf0\x9f\x98\x80' '\xff'",
    b"'a\n'\\\n'\\",
    b"'\t' a\n'\\\t' b\n'\x7f' c\n'\\\x01' d\n'\r'",
    b"'",
    # numbers
    b"0 1_000 0x1F 0b10 0o7 1e5 1E-5 0x1p+3 0x1P-3 1.5 1.5e+5 1._ 1.e5 1.e+5 1. 1.. 1..2 1...2 1.a.b",
    b"1e+5.0 1e5.0 1.0.0 1e+ 1e++ 1e-1e-1 1.5e+5e-5.5 0x1e+1 0xe+1 9p-p 1e 1p. 1e.5 1_e+_ 1a+1 1.p-",
    b"1.+2 1.-2 1._+ 0.0e0_+",
    # what is never Zig
    b"# a\n$\n`\n\x01\n\x7f\n\x80\n\xc3\xa9\n#",
    b"a # b\nc",
    # NUL, in all places
    b"\0",
    b"a\0b\nc",
    b"@\0a\nb",
    b"\\\0a\nb",
    b"\\\\\0a\nb",
    b"\\\\a\0\nb",
    b"//\0a\nb",
    b"// a\0\nb",
    b"///\0a\nb",
    b"/// a\0a\nb",
    b"//!\0a\nb",
    b"//! a\0a\nb",
    b"////\0a\nb",
    b'"\0"\nb',
    b'"a\\\0"\nb',
    b'"a\\b\\\0"\nb',
    b'@"\\\0"\nb',
    b"'\0'\nb",
    b"'\\\0'\nb",
    b"# \0\0\nb",
    b"1\0 .\0 .*\0 *\0\n<<|\0",
]


def assert_equal(ziglex, pylex, source):
    assert pylex.tokens(source) == ziglex.tokens(source)
    assert pylex.kinds(source) == ziglex.kinds(source)


@pytest.mark.parametrize("source", NASTY, ids=ascii)
def test_lexers_agree_on_nasty_sources(ziglex, pylex, source):
    for end in range(len(source) + 1):
        assert_equal(ziglex, pylex, source[:end])


def test_lexers_agree_on_every_kind(ziglex, pylex):
    written = b" ".join(ziglex.symbol(kind).encode() for kind in ziglex.KINDS)
    assert_equal(ziglex, pylex, written)
    assert {kind for source in [*NASTY, written] for kind, _ in ziglex.kinds(source)} == set(ziglex.KINDS)


def pieces(text):
    return [bytes([byte]) for byte in text]


#: What has to do with one another, so that it meets often.
SOUPS = [
    [*pieces(b"!|=+-%*<>^&~.,?/()"), b".*", b"..", b"<<"],
    [*pieces(b"019eEpPxz_.+-a \n"), b"1e", b"0x"],
    [*pieces(b"\"'\\@an \n\r\t\0\1\x7f\xff"), b"\\\\", b'@"', b"\\\0"],
    [*pieces(b"/!a \n\r\t\0\1\x7f\xff"), b"//", b"///", b"//!", b"\r\n"],
    [*pieces(b"@#$`a1_\xef\0\n "), b"\xef\xbb\xbf", b"fn", b"const"],
]
SOUPS.append([piece for soup in SOUPS for piece in soup])


@given(st.sampled_from(SOUPS).flatmap(lambda soup: st.lists(st.sampled_from(soup), max_size=30)).map(b"".join) | st.binary(max_size=30))
@settings(max_examples=1500, deadline=None)
def test_lexers_agree_on_token_soup(ziglex, pylex, source):
    assert_equal(ziglex, pylex, source)


# ---- geometry


def test_geometry(run):
    done = run(EXAMPLES / "geometry" / "walk.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "4 points, the last is Vec2(x=6.0, y=0.0): 12.0 long, 24.0 to walk",
        "a circle of radius 2.0 around Vec2(x=1.0, y=1.0): 12.57",
        "a rectangle: 6.00",
        "Direction.right",
        "PathError.Empty: there is no path",
        "Vec2() argument 'x': expected float, got str",
    ]


# ---- async


def test_async(run):
    done = run(EXAMPLES / "async" / "search.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "78498 primes from 0 to 1000000",
        "70435 primes from 1000000 to 2000000",
        "20 steps were reported",
        "the event loop went on",
        "the long search was given up",
        "1000000007 1000000009 1000000021",
    ]
    assert done.stderr == "" or "compiling" in done.stderr


# ---- words

WORDS = EXAMPLES / "words"


@pytest.fixture(scope="session")
def word_twins(cache_dir):
    """words.zig and pywords.py."""
    spec = importlib.util.spec_from_file_location("pywords", WORDS / "pywords.py")
    pywords = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pywords)
    return zigbind.load(WORDS / "words.zig", cache_dir=str(cache_dir)), pywords


def test_words_compares(run):
    done = run(WORDS / "compare.py")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "8,493 words, 10,000 pairs of them"
    assert [line.split()[0] for line in lines[4:9]] == ["letters", "anagrams", "distances", "nearest", "unknown"]
    assert "Most anagrams: angor, argon, goran, grano, groan, nagor, orang, organ, rogan." in lines


def test_words_says_where_they_differ(run, tmp_path):
    copy = shutil.copytree(WORDS, tmp_path / "words", ignore=shutil.ignore_patterns("__pycache__"))
    twin = copy / "pywords.py"
    twin.write_text(twin.read_text(encoding="utf-8").replace("letter != other", "letter == other"), encoding="utf-8")
    done = run(copy / "compare.py")
    assert done.returncode == 1 and done.stderr.endswith("compare.py: distances differs\n")


def test_words_of_the_list(word_twins):
    zig, python = word_twins
    known = (WORDS / "words.txt").read_text(encoding="ascii").split()
    assert len(known) == len(set(known)) == 8493 and all(len(word) == 5 and word.isalpha() and word.islower() for word in known)
    assert zig.letters(known) == python.letters(known) and list(zig.letters(known)) == sorted(zig.letters(known))
    assert list(zig.anagrams(known).items()) == list(python.anagrams(known).items())


@given(st.lists(st.text("abc", max_size=8), max_size=8), st.text("abcd", max_size=8))
@settings(deadline=None, derandomize=True)
def test_words_of_any_kind(word_twins, texts, word):
    zig, python = word_twins
    assert zig.letters(texts) == python.letters(texts)
    assert zig.anagrams(texts) == python.anagrams(texts)
    assert zig.nearest(word, texts) == python.nearest(word, texts)
    assert zig.distances([(word, text) for text in texts]) == python.distances([(word, text) for text in texts])
    assert zig.unknown(texts, {word}) == python.unknown(texts, {word}) == zig.unknown(iter(texts), [word])


def test_words_refuses(word_twins):
    zig, _python = word_twins
    with pytest.raises(TypeError, match=r"^distances\(\) argument 'pairs': item 1: item 1: expected str or bytes-like object, got int$"):
        zig.distances([("a", "b"), ("a", 1)])
    with pytest.raises(ValueError):
        zig.distance("a", "b" * 256)
    with pytest.raises(TypeError, match="argument 'known': expected iterable of str, got int"):
        zig.unknown([], 5)


# ---- image

IMAGE = EXAMPLES / "image"


def pixels_of(path):
    """Height, width, channels and the bytes of a PNG file whose lines have no filter."""
    content = path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        chunk = content[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack_from(">IIBB", chunk)
        if kind == b"IDAT":
            data += chunk
        at += size + 12
    channels = {0: 1, 2: 3}[colour]
    lines, line_bytes = zlib.decompress(data), 1 + width * channels
    assert bits == 8 and set(lines[::line_bytes]) == {0} and len(lines) == height * line_bytes
    return height, width, channels, b"".join(lines[y * line_bytes + 1 : (y + 1) * line_bytes] for y in range(height))


@pytest.fixture(scope="module")
def picture():
    """What picture.png is: computed once more, without a file."""
    spec = importlib.util.spec_from_file_location("draw", IMAGE / "draw.py")
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    return draw.HEIGHT, draw.WIDTH, 3, b"".join(draw.pixel(x, y) for y in range(draw.HEIGHT) for x in range(draw.WIDTH))


def filtered(run, tmp_path, name, *source):
    target = tmp_path / f"{name}.png"
    done = run(IMAGE / "filter.py", name, *source, target)
    assert done.returncode == 0, done.stderr
    height, width, channels, pixels = pixels_of(target)
    assert done.stdout == f"{target}: {height} x {width} x {channels} bytes, mean {sum(pixels) / len(pixels):.1f}\n"
    return height, width, channels, pixels


def grey_of(pixels):
    return bytes((77 * r + 150 * g + 29 * b + 128) // 256 for r, g, b in zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))


def close(mine, theirs):
    """Sines may differ in their last bit from machine to machine."""
    return len(mine) == len(theirs) and max(abs(a - b) for a, b in zip(mine, theirs, strict=True)) <= 1


def test_image_is_read_and_inverted(run, tmp_path, picture):
    height, width, channels, pixels = filtered(run, tmp_path, "invert")
    assert (height, width, channels) == picture[:3] == (128, 192, 3)
    assert close(bytes(255 - byte for byte in pixels), picture[3])
    again = filtered(run, tmp_path / "..", "invert", tmp_path / "invert.png")
    assert bytes(255 - byte for byte in again[3]) == pixels


def test_image_grey_and_edges(run, tmp_path, picture):
    height, width, channels, light = filtered(run, tmp_path, "grey")
    assert channels == 1 and close(light, grey_of(picture[3]))
    _, _, channels, found = filtered(run, tmp_path, "edges", tmp_path / "grey.png")
    assert channels == 1

    def at(x, y):
        return light[y * width + x]

    for x, y in [(1, 1), (width - 2, height - 2), (5, 77), (102, 62), (120, 90), (60, 100)]:
        across = sum(k * (at(x + 1, y + d) - at(x - 1, y + d)) for d, k in ((-1, 1), (0, 2), (1, 1)))
        down = sum(k * (at(x + d, y + 1) - at(x + d, y - 1)) for d, k in ((-1, 1), (0, 2), (1, 1)))
        assert abs(found[y * width + x] - min(255, int((across**2 + down**2) ** 0.5))) <= 1
    assert set(found[:width]) == {0} and max(found) > 100


def test_image_blur(run, tmp_path, picture):
    height, width, channels, pixels = filtered(run, tmp_path, "blur")
    assert channels == 3
    for x, y in [(0, 0), (191, 127), (3, 120), (100, 62), (120, 80)]:
        around = [(u, v) for v in range(max(0, y - 4), min(height, y + 5)) for u in range(max(0, x - 4), min(width, x + 5))]
        for channel in range(3):
            mean = sum(picture[3][3 * (v * width + u) + channel] for u, v in around) / len(around)
            assert abs(pixels[3 * (y * width + x) + channel] - mean) <= 1.5


def test_image_refuses(run, tmp_path):
    good = (IMAGE / "picture.png").read_bytes()
    header = struct.pack(">IIBBBBB", 4, 4, 16, 2, 0, 0, 0)
    odd = good[:8] + struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    lines = struct.pack(">IIBBBBB", 1, 2, 8, 0, 0, 0, 0)
    data = zlib.compress(b"\0\1\7\1")
    unknown = good[:8] + b"".join(
        struct.pack(">I", len(chunk)) + kind + chunk + struct.pack(">I", zlib.crc32(kind + chunk)) for kind, chunk in ((b"IHDR", lines), (b"IDAT", data))
    )
    for content, message in (
        (b"GIF89a", "is no PNG file"),
        (good[:50], "the chunk IDAT is damaged"),
        (good[:-5], "ends within a chunk"),
        (good[:100] + b"?" + good[101:], "the chunk IDAT is damaged"),
        (odd, "only eight bits a channel, without a palette or interlacing"),
        (unknown, "line 1 has the filter 7, which PNG does not know"),
        (good[:8], "has no header"),
    ):
        (tmp_path / "bad.png").write_bytes(content)
        done = run(IMAGE / "filter.py", "grey", tmp_path / "bad.png", tmp_path / "out.png")
        assert done.returncode == 1 and done.stderr.startswith("filter.py: ") and message in done.stderr
        assert not (tmp_path / "out.png").exists()
    done = run(IMAGE / "filter.py", "grey", tmp_path / "absent.png", tmp_path / "out.png")
    assert done.returncode == 1 and "absent.png" in done.stderr


def test_image_filters_take_numpy_arrays(cache_dir, monkeypatch):
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    monkeypatch.setenv("ZIGBIND_CACHE_DIR", str(cache_dir))
    filters = zigbind.load(IMAGE / "filters.zig")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype="u1")
    blurred = np.asarray(filters.blur(noise, 4))
    assert blurred.shape == noise.shape and blurred.std() < noise.std() / 4
    assert np.array_equal(filters.blur(noise, 0), noise) and set(np.asarray(filters.blur(noise, 99)).reshape(-1, 3).std(0)) == {0.0}
    assert np.array_equal(filters.grey(np.full((2, 3, 3), 9, "u1")), np.full((2, 3, 1), 9))
    before = noise.copy()
    filters.invert(noise[::2, ::-1, 1])
    assert np.array_equal(noise[::2, :, 1], 255 - before[::2, :, 1]) and np.array_equal(noise[1::2], before[1::2])
    with pytest.raises(TypeError, match="expected a C-contiguous array of u8 with 3 dimensions, got f32 with 3"):
        filters.blur(noise.astype("f4"), 4)
    with pytest.raises(ValueError, match="the image has 1 channels, not red, green and blue"):
        filters.grey(noise[:, :, :1].copy())
    with pytest.raises(ValueError, match="5 bytes are not 2 lines of 3 and a filter"):
        filters.unfilter(b"12345", 2, 1, 3)

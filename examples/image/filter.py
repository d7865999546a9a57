"""Filter a PNG file.

    python filter.py blur blurred.png                 the picture beside this file
    python filter.py edges photo.png outlines.png     another one
"""

import argparse
import sys
from pathlib import Path

import png  # which makes .zig files importable
import filters

PICTURE = Path(__file__).parent / "picture.png"


def invert(image):
    filters.invert(image)
    return image


FILTERS = {
    "grey": filters.grey,
    "blur": lambda image: filters.blur(image, 4),
    "edges": filters.edges,
    "invert": invert,
}


def main():
    parser = argparse.ArgumentParser(description="Filter a PNG file.")
    parser.add_argument("filter", choices=FILTERS)
    parser.add_argument("source", nargs="?", default=PICTURE, help="default: the picture beside this file")
    parser.add_argument("target")
    options = parser.parse_args()
    try:
        image = png.read(options.source)
        result = FILTERS[options.filter](image)
        png.write(options.target, result)
    except (OSError, ValueError) as error:
        print(f"filter.py: {error}", file=sys.stderr)
        return 1
    print(f"{options.target}: {' x '.join(map(str, result.shape))} bytes, mean {sum(bytes(result)) / len(bytes(result)):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

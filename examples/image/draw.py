"""Draws picture.png: a sunset over the sea, out of nothing but arithmetic. `python draw.py picture.png`

Uses all five filters of PNG, one after the other, so that a reader has to know them.
"""

import math
import struct
import sys
import zlib

WIDTH, HEIGHT = 192, 128
HORIZON = 78
SUN = (120, 62, 17)


def mix(a, b, share):
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))


def sky(x, y):
    colour = mix((38, 42, 92), (250, 150, 80), (y / HORIZON) ** 1.6)
    distance = math.hypot(x - SUN[0], y - SUN[1])
    if distance < SUN[2]:
        return mix((255, 244, 200), (255, 205, 110), distance / SUN[2])
    colour = mix((255, 190, 110), colour, min(1, (distance - SUN[2]) / 60) ** 0.5)
    cloud = math.sin(x / 23 + 2 * math.sin(y / 9)) * math.sin(y / 6 + x / 51)
    return mix(colour, (120, 66, 92), max(0, cloud - 0.55))


def sea(x, y):
    depth = (y - HORIZON) / (HEIGHT - HORIZON)
    mirrored = sky(x + 3 * math.sin(y * 1.9) * (1 + 4 * depth), max(0, 2 * HORIZON - y - 4 * math.sin(y / 2 + x / 40)))
    wave = 0.5 + 0.5 * math.sin(y * 2.2 / (0.4 + depth) + math.sin(x / 9 + y))
    return mix(mix(mirrored, (14, 30, 66), 0.35 + 0.4 * depth), (255, 214, 150), 0.12 * wave)


def pixel(x, y):
    # The mean over four places, for smooth edges.
    places = [(x + dx, y + dy) for dx in (0.25, 0.75) for dy in (0.25, 0.75)]
    colours = [sky(*place) if place[1] < HORIZON else sea(*place) for place in places]
    return bytes(round(min(255, max(0, sum(channel) / 4))) for channel in zip(*colours, strict=True))


def paeth(left, up, corner):
    return min((left, up, corner), key=lambda one: abs(left + up - corner - one))


def filtered(kind, line, above):
    """A line as a PNG file has it: the filter, and the bytes less what it foretells."""
    out = bytearray([kind])
    for index, byte in enumerate(line):
        left = line[index - 3] if index >= 3 else 0
        up = above[index]
        corner = above[index - 3] if index >= 3 else 0
        out.append((byte - (0, left, up, (left + up) // 2, paeth(left, up, corner))[kind]) & 255)
    return bytes(out)


def main(path):
    lines = [b"".join(pixel(x, y) for x in range(WIDTH)) for y in range(HEIGHT)]
    before = [bytes(3 * WIDTH), *lines]
    data = b"".join(filtered(y % 5, line, before[y]) for y, line in enumerate(lines))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, chunk in chunks:
            file.write(struct.pack(">I", len(chunk)) + kind + chunk + zlib.crc32(kind + chunk).to_bytes(4, "big"))


if __name__ == "__main__":
    main(sys.argv[1])

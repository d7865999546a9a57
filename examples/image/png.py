"""PNG files with eight bits a channel, by the standard library's zlib: grey, RGB and RGBA, not interlaced.

Source: https://www.w3.org/TR/png-3/
"""

import struct
import zlib

import zigbind.auto  # noqa: F401
import filters

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Colour types, by the number of channels.
TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
CHANNELS = {colour: channels for channels, colour in TYPES.items()}


def read(path):
    """The image in a file: an array of bytes with the dimensions height, width and channel."""
    with open(path, "rb") as file:
        content = file.read()
    if not content.startswith(SIGNATURE):
        raise ValueError(f"{path} is no PNG file")
    header, data, at = None, [], len(SIGNATURE)
    while at < len(content):
        if at + 12 > len(content):
            raise ValueError(f"{path} ends within a chunk")
        size, kind = struct.unpack_from(">I4s", content, at)
        chunk = content[at + 8 : at + 8 + size]
        if content[at + 8 + size : at + 12 + size] != zlib.crc32(kind + chunk).to_bytes(4, "big"):
            raise ValueError(f"{path}: the chunk {kind.decode('latin-1')} is damaged")
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", chunk)
        elif kind == b"IDAT":
            data.append(chunk)
        at += size + 12
    if header is None:
        raise ValueError(f"{path} has no header")
    width, height, bits, colour, _compression, _filter, interlaced = header
    if bits != 8 or colour not in CHANNELS or interlaced:
        raise ValueError(f"{path}: only eight bits a channel, without a palette or interlacing")
    return filters.unfilter(zlib.decompress(b"".join(data)), height, width, CHANNELS[colour])


def write(path, image):
    """Write anything with the buffer protocol and the dimensions height, width and channel."""
    view = memoryview(image)
    height, width, channels = view.shape
    lines = view.tobytes()
    line_bytes = width * channels
    # Each line as it is: filter 0.
    data = b"".join(b"\0" + lines[y * line_bytes : (y + 1) * line_bytes] for y in range(height))
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, TYPES[channels], 0, 0, 0)),
        (b"IDAT", zlib.compress(data, 9)),
        (b"IEND", b""),
    ]
    with open(path, "wb") as file:
        file.write(SIGNATURE)
        for kind, chunk in chunks:
            file.write(struct.pack(">I", len(chunk)) + kind + chunk + zlib.crc32(kind + chunk).to_bytes(4, "big"))

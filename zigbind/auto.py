"""``import zigbind.auto`` makes ``.zig`` files importable. Nothing else happens here."""

from .importer import install

install({})

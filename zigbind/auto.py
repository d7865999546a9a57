"""``import zigbind.auto`` makes ``.zig`` files importable. Nothing else happens here."""

from .hooks.importer import install

install({})

"""``import zigbind.auto`` makes ``.zig`` files importable; with ``ZIGBIND_RELOAD=1`` imports that run again follow the source."""

import os

from .importer import install

install({})
if os.environ.get("ZIGBIND_RELOAD", "0") not in ("", "0"):
    from .hotreload import follow

    follow()

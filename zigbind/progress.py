"""One line on stderr for builds that take long."""

from __future__ import annotations

import sys
import threading
import time

__all__ = ["Progress"]

_AFTER_SECONDS = 1.0


class Progress:
    """While it is entered for over a second, say so: updated in place on a terminal, else once. Not so without ``watch``."""

    def __init__(self, name: str, *, quiet: bool, watch: bool = True):
        self.name = name
        self.quiet = quiet
        self.watch = watch

    def say(self, text: str) -> None:
        if not self.quiet and sys.stderr is not None:
            print(f"zigbind: {self.name}: {text}", file=sys.stderr, flush=True)

    def __enter__(self):
        self._done = threading.Event()
        self._thread = None
        if self.watch and not self.quiet and sys.stderr is not None:
            # No daemon: an interpreter with a GIL of its own has none.
            thread = threading.Thread(target=self._watch, daemon=False)
            try:
                thread.start()
            except RuntimeError:  # the interpreter shuts down
                return self
            self._thread = thread
        return self

    def __exit__(self, *_):
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        started = time.monotonic()
        if self._done.wait(_AFTER_SECONDS):
            return
        if not sys.stderr.isatty():
            self.say("compiling ...")
            return
        while not self._done.wait(0.2):
            sys.stderr.write(f"\rzigbind: {self.name}: compiling ({time.monotonic() - started:.0f} s) ")
            sys.stderr.flush()
        sys.stderr.write(f"\rzigbind: {self.name}: compiled in {time.monotonic() - started:.1f} s\n")
        sys.stderr.flush()

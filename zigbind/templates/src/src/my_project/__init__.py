"""my-project: what it is for, in one line."""

from ._core import Mean, greet

__all__ = ["Mean", "greet"]

"""Classes of geometry.zig, used and derived from: `uv run examples/geometry/walk.py`."""

import zigbind.auto  # noqa: F401  before geometry, which is compiled on import
from geometry import Direction, Figure, Path, PathError, Vec2


class Uphill(Path):
    """Steps cost what they are long, and twice that in the afternoon."""

    def __init__(self, start=None, *, afternoon=False):
        super().__init__(start)
        self.afternoon = afternoon

    def weight(self, step):
        return super().weight(step) * (2 if self.afternoon else 1)


path = Uphill(Vec2(0), afternoon=True)
for corner in (Vec2(3, 4), Vec2(3, 0), 2 * Vec2(3)):
    path.append(corner)
print(f"{len(path)} points, the last is {path[-1]}: {path.total} long, {path.cost()} to walk")

for figure in (Figure.circle(Vec2(1, 1), radius=2), Figure.rectangle(Vec2(0), Vec2(3, 2))):
    match figure:
        case Figure.circle(center, radius):
            print(f"a circle of radius {radius} around {center}: {figure.area():.2f}")
        case Figure.rectangle():
            print(f"a rectangle: {figure.area():.2f}")

print(Direction.left.opposite())
try:
    Path(None).cost()
except PathError.Empty as error:
    print(f"{type(error).__qualname__}: there is no path")
try:
    Vec2("3")
except TypeError as error:
    print(error)

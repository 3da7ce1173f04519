"""Do two measures go together?"""

from collections.abc import Sequence

from app.core.charts import scales
from app.core.charts.drawing import HEIGHT, Drawing, Plot, shortened
from app.core.charts.scales import Number

LONGEST_NAME = 60


def scatter(
    *,
    title: str,
    description: str,
    points: Sequence[tuple[Number, Number]],
    across: str,
    up: str,
) -> str:
    """The picture of pairs of numbers as points, as SVG.

    Args:
        title: what is shown, in a few words.
        description: what a reader who can't see the picture should know.
        points: pairs of how far across and how far up.
        across: what is measured across, with its unit.
        up: what is measured upwards, with its unit.

    Raises:
        CanNotDraw: too many points, or a value that has no place on an axis.
    """
    drawing = Drawing(title=title, description=description, caption=f"\N{UPWARDS ARROW} {up}")
    scales.checked_count(len(points))
    if not points:
        return drawing.nothing()
    along = scales.of_numbers([x for x, _ in points], at_most=8)
    plot = Plot(
        drawing, across=along, up=scales.of_numbers([y for _, y in points]), bottom=HEIGHT - 68
    )
    for x, y in points:
        place_x, place_y = plot.x(along.place(x)), plot.y(plot.up.place(y))
        drawing.dot(place_x, place_y, colour=0, radius=3.5, opacity=0.6)
    name = f"{shortened(across, LONGEST_NAME)} \N{RIGHTWARDS ARROW}"
    drawing.words(plot.right, HEIGHT - 18, name, size=13, anchor="end")
    return drawing.svg()

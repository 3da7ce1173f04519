"""How do numbers become pictures? Lines, bars and scattered points as SVG, without any library.

A picture carries its own title and description for screen readers, and its own colours for light and dark. Its
only style is a constant, so that a page's policy can allow it by its hash: serve it with `POLICY`. Colours that
the style doesn't reach, as in an email or a page with another policy, are the light ones.
"""

from app.core.charts.bar import MOST_BARS, bar
from app.core.charts.drawing import NARROW, POLICY, WIDTH
from app.core.charts.line import MOST_SERIES, Series, line
from app.core.charts.scales import MOST_POINTS, CanNotDraw, Number
from app.core.charts.scatter import scatter

__all__ = [
    "MOST_BARS",
    "MOST_POINTS",
    "MOST_SERIES",
    "NARROW",
    "POLICY",
    "WIDTH",
    "CanNotDraw",
    "Number",
    "Series",
    "bar",
    "line",
    "scatter",
]

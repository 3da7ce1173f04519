"""Which points show an equity curve best, and what was its worst fall? Both are reckoned as everywhere."""

from app.core.downsampling import FEWEST_POINTS, Point, downsample
from app.core.returns import Drawdown, max_drawdown

__all__ = ["FEWEST_POINTS", "Drawdown", "Point", "downsample", "max_drawdown"]

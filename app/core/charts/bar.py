"""How do a few named amounts compare?"""

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from app.core.charts import scales
from app.core.charts.drawing import HEIGHT, Drawing, Plot, shortened, width_of
from app.core.charts.scales import Number

MOST_BARS: Final = 60
MOST_NAMED_VALUES: Final = 12
LONGEST_NAME: Final = 16
NARROWEST_NAME: Final = 20  # pixels that a turned name needs across
MOST_DIGITS: Final = 5


def bar(
    *, title: str, description: str, bars: Sequence[tuple[str, Number]], caption: str = ""
) -> str:
    """The picture of up to 60 named amounts as upright bars, as SVG; those below zero hang down in red.

    Args:
        title: what is shown, in a few words.
        description: what a reader who can't see the picture should know.
        bars: names and amounts, from left to right.
        caption: units and range, under the title.

    Raises:
        CanNotDraw: too many bars, or an amount that has no place on an axis.
    """
    drawing = Drawing(title=title, description=description, caption=caption)
    if len(bars) > MOST_BARS:
        raise scales.CanNotDraw(
            f"{len(bars)} bars are too many to read; draw {MOST_BARS} or fewer."
        )
    if not bars:
        return drawing.nothing()
    names = [shortened(name, LONGEST_NAME) for name, _ in bars]
    up = scales.of_numbers([value for _, value in bars], with_zero=True)
    longest = max(width_of(name, 12) for name in names)
    is_turned = longest > 680 / len(bars)
    plot = Plot(
        drawing, across=None, up=up, bottom=HEIGHT - 52 - (int(longest * 0.6) if is_turned else 0)
    )
    zero = plot.y(up.place(0))
    slot = (plot.right - plot.left) / len(bars)
    for number, (name, value) in enumerate(bars):
        _draw(plot, name, value, left=plot.left + slot * number, slot=slot, zero=zero)
        if len(bars) <= MOST_NAMED_VALUES:
            _draw_value(plot, value, middle=plot.left + slot * (number + 0.5))
    _draw_names(plot, names, slot=slot, is_turned=is_turned)
    drawing.rule(plot.left, zero, plot.right, zero, part="axis")
    return drawing.svg()


def _draw(plot: Plot, name: str, value: Number, *, left: float, slot: float, zero: float) -> None:
    y = plot.y(plot.up.place(value))
    wide = min(slot * 0.72, 72)
    plot.drawing.block(
        left + (slot - wide) / 2,
        min(y, zero),
        wide,
        max(abs(y - zero), 1),
        part="loss" if value < 0 else "area0",
        name=f"{shortened(name, 80)}: {value:,}",
    )


def _draw_value(plot: Plot, value: Number, *, middle: float) -> None:
    exact = Decimal(str(value))
    # A bar that hangs down has its free end near the names below, so its amount stands over the zero line.
    y = plot.y(plot.up.place(max(value, 0)))
    name = scales.label_of(exact, _last_digit(exact))
    plot.drawing.words(middle, y - 7, name, part="ink", anchor="middle")


def _last_digit(value: Decimal) -> Decimal:
    """The step that shows a value to five digits, or to as many as it has."""
    own = int(value.normalize().as_tuple().exponent)
    return Decimal(1).scaleb(max(value.adjusted() + 1 - MOST_DIGITS, own))


def _draw_names(plot: Plot, names: Sequence[str], *, slot: float, is_turned: bool) -> None:
    shown_every = math.ceil(NARROWEST_NAME / slot) if is_turned else 1
    for number in range(0, len(names), shown_every):
        middle = plot.left + slot * (number + 0.5)
        if is_turned:
            plot.drawing.words(
                middle + 4, plot.bottom + 16, names[number], anchor="end", turned=-40
            )
        else:
            plot.drawing.words(middle, plot.bottom + 21, names[number], anchor="middle")

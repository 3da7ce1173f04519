"""How does something change over time, or along a number?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.charts import scales
from app.core.charts.drawing import (
    COLOURS,
    LEGEND_HEIGHT,
    MARGIN,
    TOP,
    WIDTH,
    Drawing,
    Plot,
    shortened,
    width_of,
)
from app.core.charts.scales import Number

MOST_SERIES = COLOURS
LONGEST_NAME = 20
TICK_WIDTH = 104  # pixels that a tick across has to itself, about


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line: its name, and its points from left to right."""

    name: str
    points: Sequence[tuple[datetime | Number, Number]]


def line(
    *,
    title: str,
    description: str,
    series: Sequence[Series],
    caption: str = "",
    headline: str = "",
    headline_note: str = "",
    width: int = WIDTH,
) -> str:
    """The picture of up to six lines on the same axes, as SVG.

    Args:
        title: what is shown, in a few words.
        description: what a reader who can't see the picture should know.
        series: the lines; what is across is time or numbers for all of them.
        caption: units and range, under the title.
        headline: the one number that matters most, at the right of the title.
        headline_note: what it is or how it changed, under it.
        width: `NARROW` for emails; there the caption and the note share a line of about 60 letters.

    Raises:
        CanNotDraw: too many lines or points, or a value that has no place on an axis.
    """
    drawing = Drawing(title=title, description=description, caption=caption, width=width)
    _draw_headline(drawing, headline, headline_note)
    if len(series) > MOST_SERIES:
        raise scales.CanNotDraw(
            f"{len(series)} lines are too many to tell apart; draw {MOST_SERIES}."
        )
    scales.checked_count(sum(len(each.points) for each in series))
    drawn = [each for each in series if each.points]
    if not drawn:
        return drawing.nothing()
    plot = Plot(
        drawing,
        across=_axis_across([x for each in drawn for x, _ in each.points], width),
        up=scales.of_numbers([y for each in drawn for _, y in each.points]),
        top=TOP + LEGEND_HEIGHT if len(drawn) > 1 else TOP,
    )
    for colour, each in enumerate(drawn):
        _draw(plot, each, colour=colour, is_alone=len(drawn) == 1)
    if len(drawn) > 1:
        _draw_legend(drawing, drawn)
    return drawing.svg()


def _axis_across(values: Sequence[datetime | Number], width: int) -> scales.Axis:
    if isinstance(values[0], datetime):
        moments = [value for value in values if isinstance(value, datetime)]
        return scales.of_times(moments, at_most=width // TICK_WIDTH)
    numbers = [value for value in values if not isinstance(value, datetime)]
    return scales.of_numbers(numbers, at_most=width // TICK_WIDTH + 1)


def _draw(plot: Plot, series: Series, *, colour: int, is_alone: bool) -> None:
    assert plot.across is not None  # noqa: S101 - a line's plot always has one
    places = [(plot.x(plot.across.place(x)), plot.y(plot.up.place(y))) for x, y in series.points]
    (first_x, _), (last_x, last_y) = places[0], places[-1]
    if len(places) > 1:
        if is_alone:
            corners = [(first_x, plot.bottom), *places, (last_x, plot.bottom)]
            plot.drawing.area(corners, colour=colour)
        plot.drawing.path(places, colour=colour)
    plot.drawing.dot(last_x, last_y, colour=colour, radius=4)


def _draw_headline(drawing: Drawing, headline: str, note: str) -> None:
    if headline:
        drawing.words(
            drawing.width - MARGIN,
            40,
            shortened(headline, LONGEST_NAME),
            part="ink",
            size=19,
            weight=600,
            anchor="end",
        )
    if note:
        right = drawing.width - MARGIN
        drawing.words(right, 64, shortened(note, 2 * LONGEST_NAME), size=13, anchor="end")


def _draw_legend(drawing: Drawing, series: Sequence[Series]) -> None:
    x = float(MARGIN)
    for colour, each in enumerate(series):
        name = shortened(each.name, LONGEST_NAME)
        drawing.dot(x + 5, 84, colour=colour, radius=5)
        drawing.words(x + 15, 88, name)
        x += 15 + width_of(name, 12) + 18

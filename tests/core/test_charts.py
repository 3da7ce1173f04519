"""Are pictures well made: right places, round ticks, safe text, colours for light and dark?"""

import base64
import hashlib
import re
import xml.etree.ElementTree as ET  # the pictures are our own
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import charts
from app.core.charts import drawing, scales

SVG = "{http://www.w3.org/2000/svg}"
START = datetime(2026, 11, 1, tzinfo=UTC)


def parsed(picture: str) -> ET.Element:
    return ET.fromstring(picture)  # noqa: S314 - our own


def words(picture: str) -> list[str]:
    return [element.text or "" for element in parsed(picture).iter(f"{SVG}text")]


def curve(*values: float | Decimal, hours: int = 24) -> charts.Series:
    points = [(START + timedelta(hours=hours * i), value) for i, value in enumerate(values)]
    return charts.Series(name="Equity", points=points)


def line(*series: charts.Series, **options: Any) -> str:
    return charts.line(**{"title": "Equity", "description": "Up.", "series": series, **options})


def bars(*rows: tuple[str, charts.Number], **options: Any) -> str:
    return charts.bar(**{"title": "Profit", "description": "Mixed.", "bars": rows, **options})


def scatter(*points: tuple[charts.Number, charts.Number], **options: Any) -> str:
    given = {"title": "Risk", "description": "A cloud.", "across": "Risk, %", "up": "Return, %"}
    return charts.scatter(**{**given, "points": points, **options})


PICTURES: dict[str, Callable[..., str]] = {
    "line": lambda **options: line(curve(1, 3, 2), **options),
    "bar": lambda **options: bars(("a", 1), ("b", -2), **options),
    "scatter": lambda **options: scatter((1, 2), (3, 4), **options),
}


class TestCloseAmounts:
    @pytest.mark.parametrize(
        ("low", "high"),
        [
            ("100000000000", "100000000000.00000000000000001"),
            ("123456789012345678.000000000000000001", "123456789012345678.000000000000000002"),
            ("-999999999999999999.999999999999999999", "999999999999999999.999999999999999999"),
            ("0", "0.000000000000000001"),
        ],
    )
    def test_fill_the_axis_though_a_float_could_not_tell_them_apart(
        self, low: str, high: str
    ) -> None:
        axis = scales.of_numbers([Decimal(low), Decimal(high)])
        assert 0 <= axis.place(Decimal(low)) < 0.3
        assert 0.7 < axis.place(Decimal(high)) <= 1
        places = [place for place, _ in axis.ticks]
        assert places == sorted(set(places))
        assert (places[0], places[-1]) == (0, 1)
        assert "nan" not in line(curve(Decimal(low), Decimal(high)))

    def test_are_one_where_they_differ_by_less_than_any_amount_can(self) -> None:
        finer = Decimal(1) + Decimal(10) ** -27
        axis = scales.of_numbers([Decimal(1), finer.scaleb(-30) + Decimal(1)])
        assert 0 < axis.place(Decimal(1)) < 1


class TestEveryPicture:
    @pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
    def test_tells_screen_readers_what_it_shows(self, draw: Callable[..., str]) -> None:
        picture = parsed(draw(title="What it is", description="What to know."))
        title, description = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
        assert title is not None
        assert description is not None
        assert (title.text, description.text) == ("What it is", "What to know.")
        assert picture.attrib["role"] == "img"
        named = picture.attrib["aria-labelledby"].split()
        assert named == [title.attrib["id"], description.attrib["id"]]

    @pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
    def test_holds_foreign_words_as_text_only(self, draw: Callable[..., str]) -> None:
        evil = "</title><script>alert(1)</script>&\"'\x00\ud800"
        picture = draw(title=evil, description=evil)
        kinds = {element.tag.removeprefix(SVG) for element in parsed(picture).iter()}
        assert "script" not in kinds
        assert "</title><script>alert(1)</script>&\"'\N{REPLACEMENT CHARACTER}" in "".join(
            words(picture)
        )

    @pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
    def test_has_colours_for_light_and_dark(self, draw: Callable[..., str]) -> None:
        for element in parsed(draw()).iter():
            part = element.get("class")
            if part is not None:
                assert f".{part}{{" in drawing.STYLE
                assert element.get("fill", "").startswith("#") or element.get("stroke")

    @pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
    def test_needs_nothing_but_the_style_that_its_policy_allows(
        self, draw: Callable[..., str]
    ) -> None:
        picture = draw()
        [style] = parsed(picture).iter(f"{SVG}style")
        digest = base64.b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in charts.POLICY
        assert not re.search(r"style=|href=|url\(|<image|<script|on\w+=", picture)

    def test_has_readable_text_on_both_papers(self) -> None:
        def luminance(colour: str) -> float:
            parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
            linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
            return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

        def contrast(one: str, other: str) -> float:
            high, low = sorted((luminance(one), luminance(other)), reverse=True)
            return (high + 0.05) / (low + 0.05)

        papers = drawing._PARTS["paper"]
        for part, (_, *colours) in drawing._PARTS.items():
            least = 4.5 if part in {"ink", "muted"} else 3.0
            if part not in {"paper", "grid", "axis"}:
                for colour, paper in zip(colours, papers[1:], strict=True):
                    assert contrast(colour, paper) >= least, part

    def test_gets_ids_of_its_own(self) -> None:
        one, other = line(curve(1, 2)), line(curve(1, 2), description="Another.")
        assert parsed(one).attrib["aria-labelledby"] != parsed(other).attrib["aria-labelledby"]

    def test_shortens_endless_words(self) -> None:
        picture = line(curve(1, 2), title="x" * 500, caption="y" * 500, description="z" * 5_000)
        assert "x" * 69 + "\N{HORIZONTAL ELLIPSIS}" in words(picture)
        assert len(picture) < 5_000


class TestLine:
    def test_leads_from_the_first_point_to_the_last(self) -> None:
        [area, path] = parsed(line(curve(0, 10, 5))).iter(f"{SVG}path")
        places = [tuple(map(float, each.split(","))) for each in path.attrib["d"][1:].split("L")]
        (x1, y1), (x2, y2), (x3, y3) = places
        assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
        assert (x1 < x2 < x3, y2 < y3 < y1) == (True, True)
        assert area.attrib["d"].endswith("Z")

    def test_names_days_and_round_amounts(self) -> None:
        shown = words(line(curve(9_800, 10_400, 10_100, 10_000)))
        assert {"9,800", "10,000", "10,200", "10,400"} <= set(shown)
        assert {"1 Nov", "2 Nov", "3 Nov", "4 Nov"} <= set(shown)

    def test_shows_the_number_that_matters(self) -> None:
        picture = line(curve(1, 2), headline="$2.00", headline_note="+100 %", caption="USD")
        assert {"$2.00", "+100 %", "USD"} <= set(words(picture))

    def test_draws_a_single_point_as_a_dot(self) -> None:
        picture = line(curve(10_000))
        assert not list(parsed(picture).iter(f"{SVG}path"))
        assert len(list(parsed(picture).iter(f"{SVG}circle"))) == 1
        assert "1 Nov 00:00" in words(picture)

    def test_names_several_lines_in_a_legend(self) -> None:
        both = [
            charts.Series(name=name, points=[(x, x * factor) for x in range(5)])
            for name, factor in (("Portfolio", 1), ("Benchmark", 2))
        ]
        picture = line(*both, charts.Series(name="Nothing", points=()))
        assert {"Portfolio", "Benchmark"} <= set(words(picture))
        assert "Nothing" not in words(picture)
        assert len(list(parsed(picture).iter(f"{SVG}path"))) == 2

    def test_says_that_there_is_nothing(self) -> None:
        for picture in (line(), line(curve())):
            assert "There is no data for this picture yet." in words(picture)

    @pytest.mark.parametrize(
        ("series", "why"),
        [
            ([curve(*range(1_501)), curve(*range(1_501))], "3002 points are too many"),
            ([curve(1)] * 7, "7 lines are too many to tell apart; draw 6"),
            ([curve(1, float("nan"))], "nan has no place"),
            ([curve(Decimal("Infinity"))], "Infinity.* has no place"),
            ([curve(1), charts.Series(name="n", points=[(1, 1)])], "1 is no time"),
            ([charts.Series(name="n", points=[(1, 1)]), curve(1)], "has no place on an axis"),
        ],
    )
    def test_refuses_what_it_can_not_show(self, series: list[charts.Series], why: str) -> None:
        with pytest.raises(charts.CanNotDraw, match=why):
            line(*series)

    @given(
        values=st.lists(
            st.decimals(
                allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18
            )
            | st.floats(allow_nan=False, allow_infinity=False, width=32),
            min_size=1,
            max_size=20,
        ),
        hours=st.integers(1, 90_000),
    )
    def test_keeps_every_point_on_the_paper(self, values: list[Any], hours: int) -> None:
        picture = parsed(line(curve(*values, hours=hours)))
        for path in picture.iter(f"{SVG}path"):
            numbers = [float(each) for each in re.findall(r"-?[\d.]+", path.attrib["d"])]
            assert all(0 <= x <= drawing.WIDTH for x in numbers[::2])
            assert all(drawing.TOP - 1 <= y <= drawing.HEIGHT for y in numbers[1::2])


class TestBar:
    def test_hangs_losses_below_zero_in_red(self) -> None:
        [_paper, gain, loss] = parsed(bars(("BTC", 30), ("ETH", -10))).iter(f"{SVG}rect")
        assert (gain.attrib["class"], loss.attrib["class"]) == ("area0", "loss")
        heights = [float(each.attrib["height"]) for each in (gain, loss)]
        assert heights[0] == pytest.approx(3 * heights[1], abs=0.3)
        zero = float(gain.attrib["y"]) + heights[0]
        assert float(loss.attrib["y"]) == pytest.approx(zero, abs=0.2)
        assert [bar[0].text for bar in (gain, loss)] == ["BTC: 30", "ETH: -10"]

    def test_writes_amounts_on_few_bars(self) -> None:
        shown = words(bars(("a", Decimal("1250.50")), ("b", -420), ("c", 0), ("d", 1e-12)))
        assert {"1,250.5", "\N{MINUS SIGN}420", "0", "1.0e\N{MINUS SIGN}12"} <= set(shown)

    def test_turns_long_names_and_leaves_out_what_has_no_room(self) -> None:
        few = bars(*((f"A long name {i}", i) for i in range(9)))
        assert "rotate(-40" in few
        many = words(bars(*((f"2026-W{i:02}", i) for i in range(1, 53))))
        assert "2026-W01" in many
        assert "2026-W02" not in many

    def test_says_that_there_is_nothing(self) -> None:
        assert "There is no data for this picture yet." in words(bars())

    def test_refuses_more_bars_than_can_be_read(self) -> None:
        with pytest.raises(charts.CanNotDraw, match="61 bars are too many"):
            bars(*((str(i), i) for i in range(61)))


class TestScatter:
    def test_draws_each_pair_and_names_both_axes(self) -> None:
        picture = scatter((1, 10), (2, 20.5), (Decimal(3), Decimal(15)))
        assert len(list(parsed(picture).iter(f"{SVG}circle"))) == 3
        assert any("Risk, %" in each for each in words(picture))
        assert any("Return, %" in each for each in words(picture))

    def test_says_that_there_is_nothing(self) -> None:
        assert "There is no data for this picture yet." in words(scatter())

    def test_refuses_more_points_than_can_be_seen(self) -> None:
        with pytest.raises(charts.CanNotDraw, match="3001 points are too many"):
            scatter(*((i, i) for i in range(3_001)))


class TestAxis:
    @pytest.mark.parametrize(
        ("values", "names"),
        [
            ([0, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
            ([-3, 8], ["\N{MINUS SIGN}4", "\N{MINUS SIGN}2", "0", "2", "4", "6", "8"]),
            ([0, 12_345_678], ["0", "2.5M", "5.0M", "7.5M", "10.0M", "12.5M"]),
            ([4_000_000_000, 6_000_000_000], ["4.0B", "4.5B", "5.0B", "5.5B", "6.0B"]),
            ([7, 7], ["6.6", "6.8", "7.0", "7.2", "7.4"]),
            ([0, 0], ["\N{MINUS SIGN}1.0", "\N{MINUS SIGN}0.5", "0", "0.5", "1.0"]),
            (
                [0, Decimal("1e-9")],
                ["0", *(f"{n}.0e\N{MINUS SIGN}10" for n in (2, 4, 6, 8)), "1.0e\N{MINUS SIGN}9"],
            ),
            ([0, 10**20], ["0", *(f"{n}.0e+19" for n in (2, 4, 6, 8)), "1.0e+20"]),
        ],
    )
    def test_of_numbers_names_round_ones(self, values: list[Any], names: list[str]) -> None:
        assert [name for _, name in scales.of_numbers(values).ticks] == names

    @pytest.mark.parametrize(
        ("span", "names"),
        [
            (timedelta(minutes=5), ["00:00", "00:01"]),
            (timedelta(hours=5), ["1 Nov", "01:00", "02:00"]),
            (timedelta(days=2), ["1 Nov", "12:00", "2 Nov"]),
            (timedelta(days=30), ["2 Nov", "9 Nov", "16 Nov"]),
            (timedelta(days=200), ["Nov 2026", "Dec 2026", "Jan 2027"]),
            (timedelta(days=365), ["Nov 2026", "Jan 2027", "Mar 2027"]),
            (timedelta(days=3_650), ["2028", "2030", "2032"]),
            (timedelta(seconds=10), ["1 Nov"]),
        ],
    )
    def test_of_times_names_clock_and_calendar(self, span: timedelta, names: list[str]) -> None:
        found = [name for _, name in scales.of_times([START, START + span]).ticks]
        assert found[: len(names)] == (["1 Nov", "00:01"] if names[0] == "00:00" else names)
        assert len(found) <= 8

    def test_of_times_names_no_month_that_began_before(self) -> None:
        start = START + timedelta(days=10)
        found = [name for _, name in scales.of_times([start, start + timedelta(days=190)]).ticks]
        assert (found[0], found[-1]) == ("Dec 2026", "May 2027")

    def test_of_times_within_a_minute_names_the_second(self) -> None:
        at = START + timedelta(hours=3, seconds=7)
        [(place, name)] = scales.of_times([at, at + timedelta(seconds=10)]).ticks
        assert (place, name) == (0, "1 Nov 03:00:07")

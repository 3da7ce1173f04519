"""Was something held for more than a year?

The rule of the US: one counts from the day after the day of acquisition up to and including the day of sale, and a
gain is long-term where that is more than one year (26 U.S.C. 1222; IRS Publication 550, "Holding Period"). Years are
calendar years, not 365 days, and what was acquired on the last day of a month is held for more than a year from the
first day of the thirteenth month on (Revenue Ruling 66-7). Days are cut in UTC.
"""

from datetime import UTC, date, datetime, timedelta


def day_of(moment: datetime) -> date:
    """The day in UTC."""
    return moment.astimezone(UTC).date()


def is_long_term(*, acquired_on: date, sold_on: date) -> bool:
    """Whether the sale came more than a year after the acquisition."""
    return sold_on >= first_long_term_day(acquired_on)


def first_long_term_day(acquired_on: date) -> date:
    """The first day on which a sale is long-term: a year after the day on which holding began to count."""
    counts_from = acquired_on + timedelta(days=1)
    try:
        return counts_from.replace(year=counts_from.year + 1)
    except ValueError:  # 29 February, in a year that has none
        return date(counts_from.year + 1, 3, 1)

"""When does a picture say it better than a list, and which one?"""

from typing import Any

from app.providers.language_model.planner import questions as asked
from app.providers.language_model.planner import sql
from app.providers.language_model.planner.numbers import plain_name
from app.providers.language_model.planner.questions import Question

LONGEST_TITLE = 100


def chart_of(question: Question) -> dict[str, Any] | None:
    """A line over time, or bars of groups; nothing where the answer is one number, or rows."""
    names = sql.group_names(question)
    grouped = question.kind in {asked.COUNT, asked.AGGREGATE, asked.TOP, asked.SHARE, asked.VALUES}
    if not grouped or len(names) != 1 or question.limit == 1:
        return None
    share = question.kind == asked.SHARE
    computed = sql.share_name(question) if share else sql.computed_name(question)
    over_time = bool(question.period) and question.kind != asked.TOP
    title = f"{plain_name(computed)} by {plain_name(names[0])}"[:LONGEST_TITLE]
    return {
        "kind": "line" if over_time else "bar",
        "title": f"{title[:1].upper()}{title[1:]}",
        "x": names[0],
        "y": [computed],
    }

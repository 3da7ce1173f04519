"""Does the planner say plainly what it can't answer, and why?"""

import pytest

from app.providers.language_model.interface import ASSISTANT, FINISHED, USER, ToolResult, Turn
from app.providers.language_model.planner import Planner
from tests.providers.planner_shop import TOOLS, TYPES, Shop, sales


@pytest.fixture
def shop() -> Shop:
    return Shop(sales(), TYPES)


class TestSayingThatItCannot:
    @pytest.mark.parametrize(
        "question",
        [
            "what is the weather in Paris?",
            "write me a poem",
            "hello",
            "total revenue of unicorns",
            "what is the average?",
            "predict next year",
            "?",
            "'",
            "🙂",
        ],
    )
    def test_says_what_it_can_do_and_of_which_columns(self, shop, question):
        answer = shop.ask(question)
        assert "I answer without a language model" in answer
        assert "`revenue`" in answer

    def test_asks_of_which_column(self, shop):
        assert shop.ask("what is the average?").startswith(
            "Of which column? `sales` has these numbers"
        )

    def test_says_that_there_is_no_data(self):
        reply = Planner().converse(
            system="<tables>[]</tables>",
            turns=[Turn(role=USER, text="How should I analyze this customer data?")],
            tools=TOOLS,
            most_tokens=100,
        )
        assert reply.stop == FINISHED
        assert reply.text.startswith("There is no data in this project yet.")

    def test_says_what_went_wrong(self, shop):
        question = Turn(role=USER, text="How many rows are there?")
        asked = Planner().converse(
            system=shop.system, turns=[question], tools=TOOLS, most_tokens=100
        )
        (call,) = asked.calls
        failed = ToolResult(call_id=call.call_id, content='{"error": "out of memory"}', failed=True)
        turns = [
            question,
            Turn(role=ASSISTANT, calls=asked.calls),
            Turn(role=USER, results=(failed,)),
        ]
        reply = Planner().converse(system=shop.system, turns=turns, tools=TOOLS, most_tokens=100)
        assert reply.text == "I could not compute this: out of memory"

    def test_says_nothing_new_when_told_that_a_number_is_unfounded(self, shop):
        said = Turn(role=ASSISTANT, text="7")
        told = Turn(role=USER, text="These numbers are in no result: 7.")
        turns = [Turn(role=USER, text="write me a poem"), said, told]
        while True:
            reply = Planner().converse(system=shop.system, turns=turns, tools=TOOLS, most_tokens=9)
            if reply.stop == FINISHED:
                break
            result = ToolResult(
                call_id=reply.calls[0].call_id,
                content='{"columns": ["phrase"], "rows": [], "row_count": 0, "truncated": false}',
            )
            turns = [
                *turns[:1],
                Turn(role=ASSISTANT, calls=reply.calls),
                Turn(role=USER, results=(result,)),
                said,
                told,
            ]
        assert reply.text == "I can't answer that from the data."

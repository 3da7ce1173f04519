"""In which states can a message be, and what is it allowed to hold?"""

from typing import Final

USER: Final = "user"
ASSISTANT: Final = "assistant"

SENT: Final = "sent"
PENDING: Final = "pending"
ANSWERED: Final = "completed"
FAILED: Final = "failed"

UP: Final = "up"
DOWN: Final = "down"

LONGEST_QUESTION: Final = 4_000
LONGEST_ANSWER: Final = 12_000
LONGEST_COMMENT: Final = 1_000
LONGEST_TITLE: Final = 60
MOST_CITATIONS: Final = 6
CITED_ROWS: Final = 50
CITED_CHARACTERS: Final = 12_000
ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"


def title_of(question: str) -> str:
    r"""What a session is called after its first question: its beginning, in whole words.

    >>> title_of("  What is the  total of sales by region?\nThanks! ")
    'What is the total of sales by region'
    """
    words = question.strip().partition("\n")[0].split()
    title = " ".join(words).rstrip("?!.,;: ")
    if len(title) <= LONGEST_TITLE:
        return title or "Session"
    whole = title[:LONGEST_TITLE].rpartition(" ")[0] or title[: LONGEST_TITLE - 1]
    return whole.rstrip("?!.,;: ") + ELLIPSIS


def reservation_of(*, message_id: str, attempt: int) -> str:
    """What names the unit that a try of an answer costs: the answer's own id, from the second on with its number."""
    return message_id if attempt == 1 else f"{message_id}#{attempt}"

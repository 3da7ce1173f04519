"""What stands around emails in their tests: those who do as they are told, and a queue that remembers."""

from collections.abc import Callable, Mapping
from typing import Any

from app.providers.mailer.interface import Message
from app.providers.pictures.interface import GiveUp

ADA = "ada@example.com"


class ToldMailer:
    """Takes emails, but for the errors that it is told to raise first."""

    def __init__(self, *errors: BaseException, meanwhile: Callable[[], None] | None = None) -> None:
        self.errors = list(errors)
        self.meanwhile = meanwhile
        self.taken: list[Message] = []

    def send(self, message: Message) -> None:
        if self.meanwhile is not None:
            self.meanwhile()
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(message)


class ToldPictures:
    """Draws an SVG as its own text, but for those that it is told to refuse."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused

    def png(self, *, svg: str, width: int) -> bytes:
        if svg in self.refused:
            raise GiveUp("as told")
        return f"{width}:{svg}".encode()


class ToldQueue:
    """Remembers what was enqueued."""

    def __init__(self) -> None:
        self.enqueued: list[tuple[str, dict[str, Any], int]] = []

    def enqueue(
        self, task: str, arguments: Mapping[str, Any] | None = None, *, delay_seconds: int = 0
    ) -> None:
        self.enqueued.append((task, dict(arguments or {}), delay_seconds))

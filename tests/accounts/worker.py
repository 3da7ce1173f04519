"""Who does the work that requests ask for, and what then lies in the inboxes? All of it for real, in this process."""

import json
import re
import urllib.request
from dataclasses import dataclass
from typing import Any

from flask import Flask

from app.extensions import EXTENSION
from tasks import accounts, celery_app, emails, envelope

TASKS = (accounts, emails)


@dataclass(frozen=True)
class Email:
    """An email as it was sent."""

    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        """The token in its link."""
        found = re.search(r"\?token=([\w-]+)", self.text)
        assert found is not None, self.text
        return found[1]


@dataclass(frozen=True)
class Worker:
    """A worker and the inboxes of the local AWS."""

    app: Flask
    aws_url: str

    def work(self) -> list[str]:
        """Run what waits in the queue, and what that asks for; returns the tasks' names."""
        ran = []
        while found := self._received():
            for message in found:
                ran.append(self.run(message["Body"]))
                queue = self._queue
                queue._call(
                    "delete_message",
                    QueueUrl=queue.queue_url,
                    ReceiptHandle=message["ReceiptHandle"],
                )
        return ran

    def run(self, body: str) -> str:
        """Run one message's task."""
        asked = envelope.opened(body)
        name: str = asked.headers["task"]
        with self.app.app_context():
            celery_app.app.tasks[name].apply(kwargs=asked.kwargs, throw=True)
        return name

    def waiting(self) -> list[str]:
        """The bodies of the messages in the queue, which are taken out of it."""
        return [message["Body"] for message in self._received()]

    def emails(self, to: str | None = None) -> list[Email]:
        """Every email that was sent, or those to one address, after the queue was worked off."""
        self.work()
        kept = self._asked("ses/messages")["messages"].values()
        found = [
            Email(to=mail["To"][0], subject=mail["Subject"], text=mail["BodyText"])
            for mails in kept
            for mail in mails
        ]
        return [mail for mail in found if to in (None, mail.to)]

    def texts(self, phone: str) -> list[str]:
        """Every text message that was sent to a phone."""
        kept = self._asked("sns/sms-messages")["sms_messages"]
        return [text["Message"] for text in kept.get(phone, [])]

    def code(self, phone: str) -> str:
        """The code in the latest of them."""
        return self.texts(phone)[-1].removeprefix("Your Offers login code is ")

    def _asked(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.aws_url}/_ministack/{path}", timeout=10) as answer:
            return json.load(answer)

    @property
    def _queue(self) -> Any:
        return self.app.extensions[EXTENSION].job_queue

    def _received(self) -> list[dict[str, Any]]:
        answer = self._queue._call(
            "receive_message", QueueUrl=self._queue.queue_url, MaxNumberOfMessages=10
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

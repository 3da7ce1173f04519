"""How does the local SES keep the pictures of an email?

ministack takes an email with attachments and forgets them. Here the HTML that it remembers holds them, each in the
place that names it, so that the outbox shows what a mail program would. A part of the scripts that run in `.venv-aws`,
so it imports nothing of InvestForge.
"""

import html
import json
from http import HTTPStatus
from typing import Any

from ministack.services import ses, ses_v2

SENDING = "/outbound-emails"

handle = ses_v2.handle_request


def keep_pictures() -> None:
    """From now on; it changes ministack in this process."""
    ses_v2.handle_request = _handle


async def _handle(method: str, path: str, headers: Any, body: bytes, query_params: Any) -> Any:
    answer = await handle(method, path, headers, body, query_params)
    status, _, told = answer
    if method == "POST" and path.rstrip("/").endswith(SENDING) and status == HTTPStatus.OK:
        attached = json.loads(body)["Content"].get("Simple", {}).get("Attachments", [])
        message_id = json.loads(told)["MessageId"]
        for record in ses._sent_emails_list():  # noqa: SLF001 - there is no other door
            if attached and record["MessageId"] == message_id:
                record["BodyHtml"] = _with_pictures(record["BodyHtml"], attached)
    return answer


def _with_pictures(page: str, attached: list[dict[str, str]]) -> str:
    for picture in attached:
        name, kind, pixels = (
            html.escape(picture[field]) for field in ("ContentId", "ContentType", "RawContent")
        )
        page = page.replace(f'src="cid:{name}"', f'src="data:{kind};base64,{pixels}"')
    return page

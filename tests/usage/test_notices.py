from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core import dynamo
from app.core.dynamo import writing
from app.emails.models import Email
from app.usage import service
from app.usage.models import Usage
from tests.conftest import NOON
from tests.core.scripted_dynamodb import answering, cancelled
from tests.core.together import together


def mailed(person):
    """What waits in the outbox of that kind."""
    return sorted(
        (email.template, email.context["used"], email.context["feature"])
        for email in Email.sent_to(person.user_id)
        if email.template.startswith("usage")
    )


TODAY = "2026-11-20#api_calls"
NEARLY, ALL = ("usage_nearly_used", 4, "analyses"), ("usage_used_up", 5, "analyses")


class TestNotice:
    def test_is_written_at_four_fifths_and_at_all(self, member):
        ada = member()
        seen = []
        for number in range(5):
            ada.reserve(f"r{number}")
            seen.append(mailed(ada))

        assert seen == [[], [], [], [NEARLY], [NEARLY, ALL]]
        written = {
            mail.email_id
            for mail in Email.sent_to(ada.user_id)
            if mail.template.startswith("usage")
        }
        assert {arguments["email_id"] for _, arguments, _ in ada.jobs.enqueued} == written

    def test_tells_what_a_reader_wants_to_know(self, member):
        ada = member(first_name="Ada")
        ada.count(increment=4)

        (email,) = [mail for mail in Email.sent_to(ada.user_id) if mail.template.startswith("us")]
        assert email.context == {
            "name": "Ada",
            "feature": "analyses",
            "used": 4,
            "limit": 5,
            "plan": "Free",
            "resets_at": "2026-12-01T00:00:00+00:00",
            "larger_plans": ["Growth", "Pro"],
        }

    def test_is_one_where_a_step_passes_both(self, member):
        ada = member()
        ada.count(increment=5)

        assert mailed(ada) == [ALL]

    def test_goes_out_once_a_month_however_often_units_are_given_back(self, member, clock):
        ada = member()
        for number in range(4):
            ada.reserve(f"r{number}")
        ada.give_back("r3")
        clock.advance(days=9)
        ada.reserve("again")
        assert mailed(ada) == [NEARLY]

        clock.set(datetime(2026, 12, 1, tzinfo=UTC))
        ada.count(increment=4)

        assert mailed(ada) == [NEARLY, NEARLY]

    def test_is_one_of_many_uses_at_once(self, member):
        ada = member()

        def attempt(number):
            try:
                ada.reserve(f"r{number}")
            except service.UsageLimitExceeded:
                return

        together(12, attempt)

        # Whoever reads the counter after the fifth use tells of that; the fourth may go untold.
        assert mailed(ada) in ([NEARLY, ALL], [ALL])

    def test_is_made_good_by_a_refusal_where_a_process_died(self, member):
        ada = member()
        counter = Usage.counter(user_id=ada.user_id, feature="analyses", window="2026-11")
        dynamo.commit(counter.raised(by=5, limit=5))

        for number in range(2):
            with pytest.raises(service.UsageLimitExceeded):
                ada.reserve(f"r{number}")

        assert mailed(ada) == [ALL]

    def test_is_not_for_a_plan_without_a_limit(self, member):
        pro = member("pro")
        pro.count(increment=1_000)

        assert mailed(pro) == []

    def test_is_not_for_somebody_without_an_address(self, client):
        started = client.post("/auth/start", json={"phone": "+15550100123"}).json
        otp = started.pop("dev_otp")
        answer = client.post("/auth/verify", json={**started, "otp": otp})
        bearer = {"Authorization": f"Bearer {answer.json['access_token']}"}

        counted = client.post("/users/usage/analyses", json={"increment": 5}, headers=bearer)

        assert counted.status_code == 200
        user_id = client.get("/users/me", headers=bearer).json["user_id"]
        assert list(Email.sent_to(user_id)) == []
        (row,) = Usage.owned_by(user_id)
        assert row.told == 100

    def test_is_not_for_an_account_that_is_gone(self, ada):
        ada.count(increment=5)

        assert mailed(ada) == []

    def test_of_calls_is_written_by_the_eightieth_of_a_hundred(self, member):
        ada = member("growth")
        for number in range(1, 101):
            ada.call()
            if number == 79:
                assert mailed(ada) == []

        assert mailed(ada) == [
            ("usage_nearly_used", 80, "API calls"),
            ("usage_used_up", 100, "API calls"),
        ]

    def test_of_calls_is_made_good_by_the_roll_up(self, member, clock):
        ada = member("growth")
        for _ in range(79):
            ada.call()
        counter = Usage.counter(user_id=ada.user_id, feature="api_calls", window="2026-11-20")
        dynamo.commit(counter.raised(by=1, limit=100))  # as by a process that died right after

        for _ in range(2):
            service.roll_up(now=clock.now())

        assert mailed(ada) == [("usage_nearly_used", 80, "API calls")]


class TestBusyOutbox:
    def test_fails_no_call_that_is_counted(self, settings, monkeypatch):
        monkeypatch.setattr(writing, "CONFLICT_PAUSE_SECONDS", 0)
        counter = {"user_id": {"S": "ada"}, "date_feature": {"S": TODAY}, "count": {"N": "80"}}
        user = {name: {"S": name} for name in ("user_id", "role", "status", "plan")}
        user["email"] = {"S": "ada@example.com"}
        times = {
            name: {"S": "2026-11-20T12:00:00.000000+0000"} for name in ("created_at", "updated_at")
        }
        with answering(
            (200, {"Attributes": counter}),
            (200, {"Item": {**user, **times}}),
            cancelled("TransactionConflict", "None"),
        ) as server:
            dynamo.connect(replace(settings, dynamodb_endpoint_url=server.url))
            try:
                service.charge_api_call(
                    user_id="ada", plan="growth", scope="portfolio:read", now=NOON
                )
            finally:
                dynamo.connect(settings)

        assert set(server.asked) == {"UpdateItem", "GetItem", "TransactWriteItems"}

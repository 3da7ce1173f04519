"""Does every answer of the laptop's Stripe have the fields, names and types of Stripe's own examples?"""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.local.stripe_shop import open_shop, seconds

FIXTURES = Path(__file__).parents[1] / "data" / "stripe-fixtures.json"

# Fields of the examples that are left out, and those that are added. A path is kind.field.field.
LEFT_OUT = {
    "invoice.subscription": "gone since 2025-03-31: it is parent.subscription_details.subscription",
}
ADDED = {
    "billing_portal.configuration.features.subscription_update.products": (
        "the real answer holds what customers may choose; the example leaves it out"
    ),
    "billing_portal.session.flow.subscription_update_confirm.items.quantity": "part of an item",
    "invoice.lines.data.pricing.price_details": "holds the price when type is price_details",
    "line_item.pricing.price_details": "holds the price when type is price_details",
    "webhook_endpoint.secret": "only in the answer that makes it",
    "event.data.previous_attributes": "only in updates",
}
FREE = {"event.data.object": "whatever the event is about"}


def problems(answer: Any, example: Any, path: str) -> list[str]:
    """What differs: missing and unknown fields, and values of another type; null fits everything."""
    # What is named freely has no fields to compare.
    if path in FREE or answer is None or example is None or path.endswith("metadata"):
        return []
    if type(answer) is not type(example):
        return [f"{path} is {type(answer).__name__}, not {type(example).__name__}"]
    if isinstance(example, dict):
        return problems_of_fields(answer, example, path)
    if isinstance(example, list):
        return [row for one in answer for like in example[:1] for row in problems(one, like, path)]
    wrong_name = path.endswith(".object") and answer != example
    return [f"{path} is {answer}, not {example}"] if wrong_name else []


def problems_of_fields(answer: Any, example: Any, path: str) -> list[str]:
    missing = [f"{path}.{name} is missing" for name in example.keys() - answer.keys()]
    added = [f"{path}.{name} is unknown" for name in answer.keys() - example.keys()]
    found = [row for row in missing + added if row.split()[0] not in LEFT_OUT | ADDED]
    both = [name for name in example if name in answer]
    deeper = (problems(answer[name], example[name], f"{path}.{name}") for name in both)
    return found + [row for rows in deeper for row in rows]


@pytest.fixture(scope="module")
def examples() -> Any:
    return json.loads(FIXTURES.read_text("utf-8"))["resources"]


@pytest.fixture(scope="module")
def answers() -> Any:
    """Every kind of answer, as it comes over the wire, from a life with all that happens in one."""
    found: dict[str, list[Any]] = {}

    def note(kind: str, answer: Any) -> Any:
        found.setdefault(kind, []).append(answer)
        return answer

    with open_shop() as shop:
        url, client = f"{shop.local.api_base}/v1", shop.client

        def ask(method: str, path: str, **params: Any) -> Any:
            answer = requests.request(
                method, f"{url}/{path}", params=params, auth=(shop.local.secret_key, "")
            )
            assert answer.status_code == 200, answer.text
            return answer.json()

        subscription = shop.bought()
        empty = client.customers.create()
        trial = shop.bought(subscription_data={"trial_period_days": 14})
        session = shop.confirming(subscription, shop.pro)
        shop.local.confirm(session.url)
        note("billing_portal.session", ask("GET", "events", type="billing_portal.session.created"))
        found["billing_portal.session"] = [
            row["data"]["object"] for row in found["billing_portal.session"][0]["data"]
        ]
        open_session = shop.checkout()
        clock = client.test_helpers.test_clocks.create({"frozen_time": seconds(shop.clock.at)})
        endpoint = client.webhook_endpoints.create(
            {"url": "https://example.com/hook", "enabled_events": ["*"]}
        )
        note("webhook_endpoint", json.loads(str(endpoint)))
        shop.local.advance(customer=subscription.customer, to=shop.clock.at.replace(year=2027))
        for path, kind in (
            ("customers", "customer"),
            ("products", "product"),
            ("prices", "price"),
            ("checkout/sessions", "checkout.session"),
            ("invoices", "invoice"),
            ("events", "event"),
            ("webhook_endpoints", "webhook_endpoint"),
            ("billing_portal/configurations", "billing_portal.configuration"),
            ("test_helpers/test_clocks", "test_helpers.test_clock"),
            (f"customers/{subscription.customer}/payment_methods", "payment_method"),
            (f"checkout/sessions/{open_session.id}/line_items", "item"),
        ):
            rows = ask("GET", path, limit=100)
            assert (rows["object"], rows["has_more"], rows["url"]) == ("list", False, f"/v1/{path}")
            for row in rows["data"]:
                note(kind, row)
        for row in ask("GET", "subscriptions", status="all")["data"]:
            item = note("subscription", row)["items"]["data"][0]
            note("subscription_item", item)
            note("plan", item["plan"])
        for row in ask("GET", f"invoices/{trial.latest_invoice}/lines")["data"]:
            note("line_item", row)
        note(
            "deleted_test_helpers.test_clock", ask("DELETE", f"test_helpers/test_clocks/{clock.id}")
        )
        note("deleted_webhook_endpoint", ask("DELETE", f"webhook_endpoints/{endpoint.id}"))
        note("deleted_customer", ask("DELETE", f"customers/{empty.id}"))
        spare = client.products.create({"name": "Spare"})
        note("deleted_product", ask("DELETE", f"products/{spare.id}"))
    return found


class TestAnswer:
    def test_has_every_field_of_stripes_own_example_and_no_other(self, examples, answers):
        assert answers.keys() == examples.keys()
        found = {
            row
            for kind, rows in answers.items()
            for answer in rows
            for row in problems(answer, examples[kind], kind)
        }
        assert not found

    def test_names_the_field_that_differs(self, examples, answers):
        changed = {**answers["customer"][0], "balance": "0", "made_up": 1, "object": "client"}
        del changed["email"]
        assert set(problems(changed, examples["customer"], "customer")) == {
            "customer.balance is str, not int",
            "customer.email is missing",
            "customer.made_up is unknown",
            "customer.object is client, not customer",
        }

    def test_says_of_events_what_they_are_about_in_the_same_way(self, examples, answers):
        kinds = {answer["data"]["object"]["object"] for answer in answers["event"]}
        assert {"customer", "subscription", "invoice", "checkout.session"} <= kinds
        found = {
            row
            for answer in answers["event"]
            for about in [answer["data"]["object"]]
            for row in problems(about, examples[about["object"]], about["object"])
        }
        assert not found

"""Does the laptop's Stripe answer the real library's requests as Stripe does, the wrong ones too?"""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import stripe

from tests.local.stripe_shop import client_of, open_shop, refusal


@pytest.fixture
def shop():
    with open_shop() as made:
        yield made


class TestKey:
    @pytest.mark.parametrize("key", ["sk_test_wrong", "sk_live_0123456789abcdef"])
    def test_refuses_every_other_key_and_shows_only_its_end(self, shop, key):
        error = refusal(client_of(shop.local, key).v1.customers.list)
        assert isinstance(error, stripe.AuthenticationError)
        assert error.http_status == 401
        assert str(error).endswith(f"********{key[-4:]}")

    def test_refuses_a_request_without_one(self, shop):
        answer = requests.get(f"{shop.local.api_base}/v1/customers")
        assert answer.status_code == 401
        assert "did not provide an API key" in answer.json()["error"]["message"]

    def test_never_takes_a_live_key(self, shop):
        shop.local.account.secret_key = "sk_live_0123456789"
        error = refusal(client_of(shop.local, "sk_live_0123456789").v1.customers.list)
        assert error.http_status == 401


class TestIdempotency:
    def test_acts_once_for_a_key_and_says_so(self, shop):
        options = {"idempotency_key": "k1"}
        first = shop.client.customers.create({"email": "a@example.com"}, options)
        again = shop.client.customers.create({"email": "a@example.com"}, options)
        assert again.id == first.id
        headers = again.last_response.headers
        assert headers["Idempotent-Replayed"] == "true"
        assert headers["Original-Request"] == first.last_response.headers["Request-Id"]
        assert len(shop.client.customers.list().data) == 1

    def test_refuses_a_key_with_other_parameters(self, shop):
        options = {"idempotency_key": "k1"}
        shop.client.customers.create({"email": "a@example.com"}, options)
        error = refusal(shop.client.customers.create, {"email": "b@example.com"}, options)
        assert isinstance(error, stripe.IdempotencyError)
        assert error.http_status == 400

    def test_lets_a_refused_request_be_mended(self, shop):
        options = {"idempotency_key": "k1"}
        refusal(shop.client.products.create, {}, options)
        assert shop.client.products.create({"name": "Now named"}, options).name == "Now named"

    def test_gives_the_answer_that_was_lost(self, shop):
        options = {"idempotency_key": "k1"}
        shop.local.set_faults(stripe="lost")
        error = refusal(shop.client.customers.create, {"email": "a@example.com"}, options)
        assert isinstance(error, stripe.APIError)
        shop.local.set_faults(stripe="ok")
        found = shop.client.customers.create({"email": "a@example.com"}, options)
        assert [row.id for row in shop.client.customers.list().data] == [found.id]

    def test_acts_once_for_requests_at_the_same_moment(self, shop):
        options = {"idempotency_key": "k1"}
        with ThreadPoolExecutor(16) as pool:
            made = list(
                pool.map(
                    lambda _: shop.client.customers.create({"name": "x"}, options).id, range(32)
                )
            )
        assert len(set(made)) == 1
        assert len(shop.client.customers.list().data) == 1

    def test_refuses_a_key_that_is_too_long(self, shop):
        error = refusal(shop.client.customers.create, {}, {"idempotency_key": "k" * 256})
        assert isinstance(error, stripe.IdempotencyError)


class TestError:
    def test_names_what_is_not_there(self, shop):
        error = refusal(shop.client.subscriptions.retrieve, "sub_none")
        assert isinstance(error, stripe.InvalidRequestError)
        assert (error.http_status, error.code, error.param) == (404, "resource_missing", "id")
        assert "No such subscription: 'sub_none'" in str(error)
        assert error.request_id.startswith("req_")

    def test_says_which_parameter_names_what_is_not_there(self, shop):
        error = refusal(shop.client.billing_portal.sessions.create, {"customer": "cus_none"})
        assert (error.http_status, error.code, error.param) == (
            400,
            "resource_missing",
            "customer",
        )

    @pytest.mark.parametrize(
        ("params", "code", "param"),
        [
            ({"frobnicate": 1}, "parameter_unknown", "frobnicate"),
            ({"limit": "many"}, "parameter_invalid_integer", "limit"),
            ({"limit": 101}, None, "limit"),
            ({"starting_after": "cus_none"}, "resource_missing", "starting_after"),
            ({"created": {"about": 1}}, None, "created"),
            ({"expand": ["data.email"]}, None, "expand[0]"),
            ({"expand": ["data.nothing"]}, None, "expand[0]"),
            ({"expand": ["data.a.b.c.d.e"]}, None, "expand"),
        ],
    )
    def test_says_what_is_wrong_with_a_list(self, shop, params, code, param):
        shop.customer()
        error = refusal(shop.client.customers.list, params)
        assert (error.http_status, error.code, error.param) == (400, code, param)

    def test_says_that_a_url_is_none_of_its_own(self, shop):
        answer = requests.put(f"{shop.local.api_base}/v1/customers", auth=("sk_test_local", ""))
        assert answer.status_code == 405
        answer = requests.get(f"{shop.local.api_base}/v1/refunds", auth=("sk_test_local", ""))
        assert answer.status_code == 404
        assert "GET: /v1/refunds" in answer.json()["error"]["message"]

    @pytest.mark.parametrize(
        ("mode", "kind"),
        [("429", stripe.RateLimitError), ("500", stripe.APIError), ("garbage", stripe.APIError)],
    )
    def test_fails_when_told_to(self, shop, mode, kind):
        shop.local.set_faults(stripe=mode)
        assert isinstance(refusal(shop.client.customers.list), kind)
        shop.local.set_faults(stripe="ok")
        assert shop.client.customers.list().data == []


class TestList:
    def test_gives_the_newest_first_page_by_page(self, shop):
        made = [shop.customer(f"{number}@example.com").id for number in range(5)]
        page = shop.client.customers.list({"limit": 2})
        assert [row.id for row in page.data] == made[:2:-1]
        assert page.has_more
        found = [row.id for row in page.auto_paging_iter()]
        assert found == made[::-1]
        back = shop.client.customers.list({"limit": 2, "ending_before": made[0]})
        assert [row.id for row in back.data] == [made[2], made[1]]

    def test_filters(self, shop):
        first = shop.customer("a@example.com")
        shop.clock.advance(hours=1)
        later = shop.customer("b@example.com")
        found = shop.client.customers.list({"email": "a@example.com"}).data
        assert [row.id for row in found] == [first.id]
        since = {"created": {"gt": first.created}}
        assert [row.id for row in shop.client.customers.list(since).data] == [later.id]
        at = {"created": first.created}
        assert [row.id for row in shop.client.customers.list(at).data] == [first.id]

    def test_finds_prices_by_their_keys(self, shop):
        keys = {"lookup_keys": ["growth_monthly", "none"], "active": True}
        assert [row.id for row in shop.client.prices.list(keys).data] == [shop.growth.id]

    def test_finds_subscriptions_by_state(self, shop):
        first, second = shop.bought(), shop.bought()
        shop.client.subscriptions.cancel(first.id)

        def found(**params):
            return {row.id for row in shop.client.subscriptions.list(params).data}

        assert found() == {second.id}
        assert found(status="all") == {first.id, second.id}
        assert found(status="canceled") == found(status="ended") == {first.id}
        assert found(customer=first.customer) == set()
        assert found(price=shop.pro.id) == set()
        assert refusal(shop.client.subscriptions.list, {"status": "odd"}).param == "status"


class TestExpand:
    def test_puts_objects_in_the_place_of_ids(self, shop):
        subscription = shop.bought()
        found = shop.client.subscriptions.retrieve(
            subscription.id,
            {"expand": ["customer", "latest_invoice", "items.data.price.product"]},
        )
        assert found.customer.email == "ada@example.com"
        assert found.latest_invoice.status == "paid"
        assert found["items"].data[0].price.product.name == "InvestForge Growth"

    def test_adds_what_is_only_there_when_asked_for(self, shop):
        subscription = shop.bought()
        customer = shop.client.customers.retrieve(
            subscription.customer, {"expand": ["subscriptions"]}
        )
        assert [row.id for row in customer.subscriptions.data] == [subscription.id]
        params = {"expand": ["data.line_items", "data.subscription"]}
        (session,) = shop.client.checkout.sessions.list(params).data
        assert session.line_items.data[0].price.id == shop.growth.id
        assert session.subscription.id == subscription.id


class TestMetadata:
    def test_is_merged_and_emptied_key_by_key(self, shop):
        customer = shop.customer()
        update = shop.client.customers.update
        assert update(customer.id, {"metadata": {"b": "2"}}).metadata.to_dict() == {
            "user_id": "u1",
            "b": "2",
        }
        assert update(customer.id, {"metadata": {"user_id": ""}}).metadata.to_dict() == {"b": "2"}
        assert update(customer.id, {"metadata": {"0": "digits"}}).metadata.to_dict() == {
            "b": "2",
            "0": "digits",
        }
        assert update(customer.id, {"metadata": ""}).metadata.to_dict() == {}

    @pytest.mark.parametrize(
        "metadata",
        [
            {"k" * 41: "v"},
            {"k": "v" * 501},
            {"k": {"deep": "v"}},
            {f"k{n}": "v" for n in range(51)},
            "text",
        ],
    )
    def test_is_capped(self, shop, metadata):
        error = refusal(shop.client.customers.create, {"metadata": metadata})
        assert error.param.startswith("metadata")
        assert shop.client.customers.list().data == []


class TestEvents:
    def test_tell_of_every_change_and_who_asked_for_it(self, shop):
        customer = shop.client.customers.create(
            {"email": "a@example.com"}, {"idempotency_key": "k1"}
        )
        shop.client.customers.update(customer.id, {"name": "Ada"})
        updated, created = shop.client.events.list({"type": "customer.*"}).data
        assert created.request.idempotency_key == "k1"
        assert created.request.id == customer.last_response.headers["Request-Id"]
        assert updated.data.previous_attributes.to_dict() == {"name": None}
        assert updated.data.object.name == "Ada"
        assert shop.client.events.retrieve(created.id).type == "customer.created"
        types = {"types": ["customer.created", "price.created"]}
        assert len(shop.client.events.list(types).data) == 3
        assert len(shop.client.events.list({"type": "customer.created"}).data) == 1

    def test_do_not_tell_of_what_has_not_changed(self, shop):
        customer = shop.customer()
        before = len(shop.local.events())
        shop.client.customers.update(customer.id, {"email": "ada@example.com"})
        assert shop.events_since(before) == []

"""What is asked of each endpoint when its cost is measured? One row for each operation of the OpenAPI document.

A row says who asks, with what, and which things must be there first. Each operation is asked by a person of its own,
so that no row depends on another. A guard test fails while an endpoint has no row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench import payments

PASSWORD = "Str0ng-pass1"  # noqa: S105 - of people who exist for a moment
NEW_PASSWORD = "An0ther-pass1"  # noqa: S105 - the same
NOBODY, USER, VIEWER, ADMIN = "nobody", "user", "viewer", "admin"
ASSETS = 10
ASSET = {
    "asset_type": "stock",
    "symbol": "ACME",
    "quantity": "2",
    "purchase_price": "10.50",
    "purchase_date": "2026-01-05",
}
TRANSACTION = {
    "type": "buy",
    "asset_type": "stock",
    "symbol": "ACME",
    "quantity": "2",
    "price": "10.50",
    "executed_at": "2024-01-15",
}
WATCH = {"asset_type": "stock", "symbol": "ACME"}
ALERT = {**WATCH, "condition": "above", "threshold": "20"}

LEDGER = b"date,type,symbol,quantity,price\n2026-01-05,buy,ACME,2,10.50\n"

DAYS = {"start": "2025-11-01", "end": "2026-10-31"}
BACKTEST = {**DAYS, "weights": {"ACME": "0.6", "GLOBEX": "0.4"}, "rebalance": "monthly"}
OPTIMISATION = {**DAYS, "symbols": ["ACME", "GLOBEX"], "objective": "max_sharpe"}

ITEM = {"name": "Desk lamp", "price": "25.50"}
TRADE = {"symbol": "BTC/USD", "side": "sell", "size": "0.5", "pnl": "12.50"}


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """How one operation is asked.

    Attributes:
        who: the role of the person who asks.
        body: the JSON; a value in braces names a thing of the world's.
        file: what is sent as a form's file, where there is no JSON.
        path: the values of the path's parameters, in the same way.
        query: what stands behind the question mark.
        note: what the numbers are to be read with.
    """

    who: str = USER
    body: Mapping[str, Any] | None = None
    file: bytes | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    note: str = ""


SCENARIOS: dict[str, Scenario] = {
    # Pages about the API
    "welcome": Scenario(who=NOBODY),
    "healthz": Scenario(who=NOBODY),
    "health": Scenario(who=NOBODY),
    # Accounts
    "signup": Scenario(who=NOBODY, body={"email": "{new_email}", "password": PASSWORD}),
    "register": Scenario(who=NOBODY, body={"email": "{new_email}", "password": PASSWORD}),
    "login": Scenario(who=NOBODY, body={"email": "{account_email}", "password": PASSWORD}),
    "refresh": Scenario(who=NOBODY, body={"refresh_token": "{refresh_token}"}),
    "logout": Scenario(body={"refresh_token": "{refresh_token}"}),
    "verify_email": Scenario(who=NOBODY, body={"token": "{verify_email_token}"}),
    "resend_verification": Scenario(),
    "forgot_password": Scenario(who=NOBODY, body={"email": "{account_email}"}),
    "reset_password": Scenario(
        who=NOBODY, body={"token": "{reset_password_token}", "password": NEW_PASSWORD}
    ),
    "start_phone_login": Scenario(who=NOBODY, body={"phone": "{phone}"}),
    "finish_phone_login": Scenario(
        who=NOBODY,
        body={"phone": "{started_phone}", "otp": "{otp}", "session": "{phone_session}"},
        note="somebody new",
    ),
    "get_me": Scenario(),
    "put_me": Scenario(body={"first_name": "Ada"}),
    "patch_me": Scenario(body={"first_name": "Ada"}),
    "close_account": Scenario(body={"password": PASSWORD}),
    "export_account": Scenario(),
    "change_password": Scenario(body={"current_password": PASSWORD, "new_password": NEW_PASSWORD}),
    "create_api_key": Scenario(body={"name": "bot", "scopes": ["portfolio:read"]}),
    "list_api_keys": Scenario(),
    "revoke_api_key": Scenario(path={"key_id": "{key_id}"}),
    "list_sessions": Scenario(),
    "end_session": Scenario(path={"sign_in_id": "{other_sign_in_id}"}),
    "api_v1_signup": Scenario(
        who=NOBODY,
        body={"username": "{new_username}", "email": "{new_email}", "password": PASSWORD},
    ),
    "api_v1_login": Scenario(
        who=NOBODY, body={"username": "{account_username}", "password": PASSWORD}
    ),
    "api_v1_refresh": Scenario(who=NOBODY, body={"refresh_token": "{refresh_token}"}),
    "api_v1_logout": Scenario(body={"refresh_token": "{refresh_token}"}),
    "api_v1_me": Scenario(),
    # Administration
    "list_pending_users": Scenario(who=ADMIN),
    "list_users": Scenario(who=ADMIN),
    "approve_user": Scenario(who=ADMIN, path={"user_id": "{pending_user_id}"}),
    "disable_user": Scenario(who=ADMIN, path={"user_id": "{other_user_id}"}),
    "enable_user": Scenario(who=ADMIN, path={"user_id": "{disabled_user_id}"}),
    "change_user_role": Scenario(
        who=ADMIN, path={"user_id": "{other_user_id}"}, body={"role": "viewer"}
    ),
    "list_audit_logs": Scenario(who=ADMIN),
    "verify_audit_logs": Scenario(who=ADMIN, note="reads the whole record"),
    "list_jobs": Scenario(who=ADMIN),
    "run_job": Scenario(who=ADMIN, path={"name": "prices.refresh_quotes"}),
    "list_dead_letters": Scenario(who=ADMIN),
    "redrive_dead_letters": Scenario(who=ADMIN),
    # Prices and portfolios
    "get_prices": Scenario(body={"asset_type": "stock", "symbols": ["ACME"]}),
    "get_price_history": Scenario(path={"asset_type": "stock", "symbol": "ACME"}),
    "add_asset": Scenario(body=ASSET),
    "list_assets": Scenario(path={"holds": "{assets}"}, note=f"{ASSETS} assets"),
    "get_asset": Scenario(path={"asset_id": "{asset_id}"}),
    "change_asset": Scenario(path={"asset_id": "{asset_id}"}, body={"quantity": "3"}),
    "remove_asset": Scenario(path={"asset_id": "{asset_id}"}),
    "add_transaction": Scenario(
        path={"holds": "{transaction_id}"}, body=TRANSACTION, note="to a position that there is"
    ),
    "list_transactions": Scenario(path={"holds": "{transaction_id}"}, note="1 transaction"),
    "get_transaction": Scenario(path={"transaction_id": "{transaction_id}"}),
    "change_transaction": Scenario(
        path={"transaction_id": "{transaction_id}"}, body={"quantity": "3"}
    ),
    "remove_transaction": Scenario(path={"transaction_id": "{transaction_id}"}),
    "get_crypto_portfolio": Scenario(path={"holds": "{assets}"}, note="no crypto among 10 assets"),
    "get_stock_portfolio": Scenario(path={"holds": "{assets}"}, note=f"{ASSETS} assets"),
    "get_portfolio_summary": Scenario(path={"holds": "{assets}"}, note=f"{ASSETS} assets"),
    "get_allocation": Scenario(path={"holds": "{assets}"}, note=f"{ASSETS} assets"),
    "get_gains": Scenario(
        query="?year=2026", path={"holds": "{assets}"}, note=f"{ASSETS} purchases, nothing sold"
    ),
    "get_performance": Scenario(
        path={"holds": "{assets}"}, note=f"{ASSETS} stocks, 30 days, none of them stored yet"
    ),
    "draw_performance": Scenario(
        path={"holds": "{assets}"},
        query="?benchmark=stock:ACME",
        note="the same beside a benchmark",
    ),
    "get_preferences": Scenario(path={"holds": "{assets}"}),
    "change_preferences": Scenario(
        path={"holds": "{assets}"},
        body={"base_currency": "EUR", "weekly_digest": True},
        note="a currency that is tracked",
    ),
    "get_watchlist": Scenario(path={"holds": "{watch_id}"}, note="1 symbol"),
    "watch_symbol": Scenario(body=WATCH),
    "stop_watching": Scenario(path={"watch_id": "{watch_id}"}),
    "set_price_alert": Scenario(body=ALERT),
    "list_price_alerts": Scenario(path={"holds": "{alert_id}"}, note="1 alert"),
    "get_price_alert": Scenario(path={"alert_id": "{alert_id}"}),
    "remove_price_alert": Scenario(path={"alert_id": "{alert_id}"}),
    "run_backtest": Scenario(
        body=BACKTEST, note="of a plan with a limit, and without the looks at the result"
    ),
    "import_file": Scenario(file=LEDGER, note="without the looks at how far it is"),
    "list_imports": Scenario(path={"holds": "{import_id}"}, note="1, pending"),
    "get_import": Scenario(path={"import_id": "{import_id}"}, note="pending"),
    "export_ledger": Scenario(path={"holds": "{transaction_id}"}, note="1 transaction"),
    "list_backtests": Scenario(path={"holds": "{backtest_id}"}, note="1, pending"),
    "get_backtest": Scenario(path={"run_id": "{backtest_id}"}, note="pending"),
    "optimize_portfolio": Scenario(body=OPTIMISATION, note="as for a backtest"),
    "list_optimizations": Scenario(path={"holds": "{optimization_id}"}, note="1, pending"),
    "get_optimization": Scenario(path={"run_id": "{optimization_id}"}, note="pending"),
    # Billing
    "create_checkout_session": Scenario(body=payments.CHECKOUT, note="the first one"),
    "take_stripe_event": Scenario(
        who=NOBODY, body={}, path={"holds": "{subscription}"}, note="stored, for a task"
    ),
    "get_billing": Scenario(path={"holds": "{subscription}"}),
    "cancel_subscription": Scenario(path={"holds": "{subscription}"}),
    "resume_subscription": Scenario(path={"holds": "{subscription}"}, note="not cancelled"),
    "open_billing_portal": Scenario(body={}, path={"holds": "{subscription}"}),
    "reconcile_billing": Scenario(
        who=ADMIN, path={"holds": "{subscription}"}, note="one subscription, which agrees"
    ),
    "get_revenue": Scenario(who=ADMIN),
    # Usage
    "get_usage": Scenario(),
    "count_use": Scenario(
        path={"feature": "analyses"}, body={"increment": 1}, note="of a plan with a limit"
    ),
    "check_usage": Scenario(query="?feature=analyses"),
    "get_usage_history": Scenario(),
    "list_usage_totals": Scenario(who=ADMIN, query="?start=2026-11-01&end=2026-11-30"),
    # The waitlist
    "join_waitlist": Scenario(who=NOBODY, body={"email": "{new_email}"}, note="with nobody's code"),
    "confirm_waitlist": Scenario(who=NOBODY, body={"token": "{waitlist_token}"}),
    "get_referrals": Scenario(who=NOBODY, path={"referral_code": "{referral_code}"}),
    "list_waitlist": Scenario(who=ADMIN, path={"holds": "{referral_code}"}, note="a few people"),
    "invite_from_waitlist": Scenario(
        who=ADMIN, body={"emails": ["waits@example.com"]}, note="one, who is not on the list"
    ),
    "export_waitlist": Scenario(who=ADMIN, path={"holds": "{referral_code}"}, note="a few people"),
    # Marketplace
    "put_up_item": Scenario(
        body={"item_id": "{new_item_id}", **ITEM}, note="a name of two words, 6 rows of the index"
    ),
    "list_items": Scenario(path={"holds": "{item_id}"}, query="?q=lamp", note="one word"),
    "get_item": Scenario(path={"item_id": "{item_id}"}),
    "change_item": Scenario(
        path={"item_id": "{item_id}"}, body={"price": "30"}, note="another price, 6 rows move"
    ),
    "remove_item": Scenario(path={"item_id": "{item_id}"}),
    "make_offer": Scenario(body={"item_id": "{others_item_id}", "price": "20"}),
    "list_offers": Scenario(path={"holds": "{offer_id}"}),
    "get_offer": Scenario(path={"offer_id": "{offer_id}"}),
    "accept_offer": Scenario(path={"offer_id": "{received_offer_id}"}),
    "decline_offer": Scenario(path={"offer_id": "{received_offer_id}"}),
    "withdraw_offer": Scenario(path={"offer_id": "{offer_id}"}),
    # Workspace
    "begin_project": Scenario(body={"name": "Sales"}),
    "list_projects": Scenario(path={"holds": "{project_id}"}),
    "get_project": Scenario(path={"project_id": "{project_id}"}),
    "change_project": Scenario(path={"project_id": "{project_id}"}, body={"name": "Costs"}),
    "remove_project": Scenario(path={"project_id": "{project_id}"}),
    "begin_session": Scenario(path={"project_id": "{project_id}"}, body={}),
    "list_project_sessions": Scenario(path={"project_id": "{project_id}"}),
    "show_session": Scenario(path={"session_id": "{session_id}"}, note="nothing said yet"),
    "rename_session": Scenario(path={"session_id": "{session_id}"}, body={"name": "Trends"}),
    "remove_session": Scenario(path={"session_id": "{session_id}"}),
    "upload_file": Scenario(
        path={"project_id": "{project_id}"},
        body={"filename": "sales.csv", "size": 1_000_000},
        note="straight to the store",
    ),
    "complete_file": Scenario(path={"file_id": "{file_id}"}, note="read already"),
    "list_files": Scenario(path={"project_id": "{project_id}"}),
    "show_file": Scenario(path={"file_id": "{file_id}"}),
    "remove_file": Scenario(path={"file_id": "{file_id}"}),
    "ask_question": Scenario(
        path={"session_id": "{session_id}"},
        body={"content": "How many are there by region?"},
        note="of a plan with a limit, and without the looks at the answer",
    ),
    "list_messages": Scenario(
        path={"session_id": "{session_id}", "holds": "{answer_id}"}, note="one answer"
    ),
    "suggest_questions": Scenario(path={"session_id": "{session_id}"}),
    "ask_again": Scenario(path={"message_id": "{answer_id}"}, note="as for a first answer"),
    "rerun_citations": Scenario(path={"message_id": "{answer_id}"}),
    "rate_answer": Scenario(path={"message_id": "{answer_id}"}, body={"rating": "up"}),
    "draw_chart": Scenario(path={"message_id": "{answer_id}"}),
    # Analytics
    "track_events": Scenario(
        who=NOBODY,
        body={"events": [{"event_type": "page_view"}] * 50},
        note="50 events, of nobody",
    ),
    "get_analytics": Scenario(
        who=ADMIN, query="?event_type=page_view&days=365", note="everybody's, over a year"
    ),
    "get_hours": Scenario(
        who=ADMIN, query="?event_type=page_view&days=31", note="everybody's, 31 days by the hour"
    ),
    "get_funnel": Scenario(who=ADMIN, query="?steps=signup,upgrade", note="without events"),
    "get_retention": Scenario(who=ADMIN, query="?event_type=signup", note="without events"),
    "get_properties": Scenario(
        who=ADMIN, query="?event_type=page_view&property=page", note="without events"
    ),
    # Trading, devices, emails
    "push_trades": Scenario(who=ADMIN, body={**TRADE, "trade_id": "{new_trade_id}"}, note="one"),
    "push_equity": Scenario(who=ADMIN, body={"equity": "10000"}),
    "get_equity_curve": Scenario(who=VIEWER, query="?points=500"),
    "get_profit": Scenario(who=VIEWER),
    "get_calendar": Scenario(who=VIEWER),
    "list_trades": Scenario(who=VIEWER),
    "get_stats": Scenario(who=VIEWER, note="all time"),
    "get_status": Scenario(who=VIEWER),
    "poll_feed": Scenario(who=VIEWER, path={"channel": "equity"}, note="without news"),
    "poll_prices": Scenario(note="without news"),
    "draw_equity_curve": Scenario(who=VIEWER, note="without snapshots"),
    "start_bot": Scenario(who=ADMIN),
    "stop_bot": Scenario(who=ADMIN),
    "add_device": Scenario(body={"token": "{new_device_token}"}),
    "list_devices": Scenario(),
    "remove_device": Scenario(path={"device_id": "{device_id}"}),
    "register_device": Scenario(who=VIEWER, body={"token": "{new_device_token}"}),
    "take_mail_notice": Scenario(who=NOBODY, body={}, note="a notice that is refused"),
    "send_welcome_email": Scenario(body={}),
    "send_notification_email": Scenario(body={"subject": "Hello", "message": "Hello."}),
}

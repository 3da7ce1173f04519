"""What can be asked of billing: each use case stands in a file of its own."""

from app.billing.rules.plans import (
    ANALYSES,
    API_CALLS,
    BACKTESTS,
    CURRENCY,
    FREE,
    GROWTH,
    OPTIMISATIONS,
    PAID_PLANS,
    PLANS,
    PRO,
    UNLIMITED,
    Plan,
    limit_of,
    price_of,
)
from app.billing.service.asking import BillingNotConfigured, PaymentsUnavailable, configured
from app.billing.service.checkout import AddressNotAllowed, PlanHeld, start_checkout
from app.billing.service.following import UnknownStatus, follow
from app.billing.service.managing import (
    Billing,
    NoSubscription,
    get_billing,
    open_portal,
    set_cancelled,
)
from app.billing.service.owned_data import (
    end_for_closed_account,
    erase_owned_by,
    export_owned_by,
)
from app.billing.service.revenue import PlanRevenue, Revenue, get_revenue
from app.billing.service.setting_up import set_up_payments
from app.billing.service.upkeep import (
    Reconciliation,
    reconcile,
    reconcile_for_admin,
    send_reminders,
)
from app.billing.service.webhooks import (
    EventNotTrusted,
    process_event,
    retry_events,
    take_event,
)

__all__ = [
    "ANALYSES",
    "API_CALLS",
    "BACKTESTS",
    "CURRENCY",
    "FREE",
    "GROWTH",
    "OPTIMISATIONS",
    "PAID_PLANS",
    "PLANS",
    "PRO",
    "UNLIMITED",
    "AddressNotAllowed",
    "Billing",
    "BillingNotConfigured",
    "EventNotTrusted",
    "NoSubscription",
    "PaymentsUnavailable",
    "Plan",
    "PlanHeld",
    "PlanRevenue",
    "Reconciliation",
    "Revenue",
    "UnknownStatus",
    "configured",
    "end_for_closed_account",
    "erase_owned_by",
    "export_owned_by",
    "follow",
    "get_billing",
    "get_revenue",
    "limit_of",
    "open_portal",
    "price_of",
    "process_event",
    "reconcile",
    "reconcile_for_admin",
    "retry_events",
    "send_reminders",
    "set_cancelled",
    "set_up_payments",
    "start_checkout",
    "take_event",
]

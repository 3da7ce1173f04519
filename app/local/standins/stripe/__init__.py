"""How does a laptop stand in for Stripe? The wire format of its API, Checkout, portal and webhooks."""

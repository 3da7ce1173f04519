"""What a user pays for: plans, checkout, subscriptions and what Stripe tells of them."""

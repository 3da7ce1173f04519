"""Who takes payments: Stripe, of the live address or of the laptop."""

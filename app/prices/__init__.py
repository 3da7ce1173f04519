"""Prices: what crypto and stocks cost now and cost before, shared by everybody who holds them."""

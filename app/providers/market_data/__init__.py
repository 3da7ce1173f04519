"""Market data: what crypto and stocks cost, now and on past days."""

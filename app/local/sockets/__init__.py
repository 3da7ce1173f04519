"""WebSockets of the feeds on the API's own port, which only a laptop has: Lambda holds none open (docs/feeds.md)."""

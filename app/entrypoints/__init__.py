"""The ways into the app besides WSGI."""

"""What happens now: logs of events that apps and bots follow by WebSocket or long poll."""

"""How is the bot's trading counted, cut into days, drawn and judged?"""

from app.trading.rules.uptime import uptime_seconds

__all__ = ["uptime_seconds"]

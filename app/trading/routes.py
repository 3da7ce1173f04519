"""Where does the bot report, and where do its viewers look?"""

from app.core import auth, clock
from app.core.openapi import Blueprint
from app.trading import schemas, service

blp = Blueprint(
    "trading", __name__, url_prefix="/api/v1", description="What the trading bot does, for viewers"
)


@blp.route("/status", methods=["GET"])
@auth.signed_in(shows=auth.PUBLIC, role="viewer", scope="trading:read")
@blp.response(200, schemas.StatusOut)
def get_status() -> service.Status:
    """Ask whether the bot is running"""
    return service.get_status(now=clock.now())


@blp.route("/status/start", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, role="admin", scope="trading:write")
@blp.response(200, schemas.StatusOut)
def start_bot() -> service.Status:
    """Say that the bot started

    Said again, the first time counts.
    """
    return service.start(now=clock.now())


@blp.route("/status/stop", methods=["POST"])
@auth.signed_in(shows=auth.PUBLIC, role="admin", scope="trading:write")
@blp.response(200, schemas.StatusOut)
def stop_bot() -> service.Status:
    """Say that the bot stopped

    Said again, nothing changes.
    """
    return service.stop(now=clock.now())

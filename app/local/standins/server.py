"""Which stand-ins answer on STANDINS_PORT, and how are they controlled?

`/coingecko/api/v3/...` is CoinGecko, `/yahoo/<original host>/<original path>` is Yahoo, `/firebase/...` is
Firebase Cloud Messaging, `/stripe/v1/...` is Stripe, whose dashboard is `/stripe/`, and `/bedrock/v1/...` is the
model to which the local AWS forwards Bedrock.
`POST /_control` makes them fail, `GET /_log` shows the calls they had, `DELETE /_log` forgets
them, `GET /_health` says they are up.
"""

import atexit
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request

from app.config import Settings
from app.core import clock
from app.local.standins import bedrock, coingecko, firebase, yahoo
from app.local.standins.faults import Faults, UnknownModeError
from app.local.standins.market import Market
from app.local.standins.stripe import api as stripe_api
from app.local.standins.stripe import webhooks as stripe_webhooks
from app.local.standins.stripe.stand_in import SECRET_KEY, StripeStandIn

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
DEMO_SEED = 2026


def for_laptop(seed: int, webhook_url: str, state_dir: str) -> Flask:
    """The stand-ins of a running stack: Stripe lives in the background, keeps its state and posts its events."""
    settings = Settings.from_env(os.environ)
    secret = settings.stripe_webhook_secret
    stripe = StripeStandIn(
        now=clock.now,
        secret_key=settings.stripe_secret_key or SECRET_KEY,
        webhook=(webhook_url, secret) if secret else None,
    )
    made = create_app(seed=seed, stripe=stripe)
    atexit.register(stripe.run_in_background(Path(state_dir)))
    return made


def create_app(
    seed: int = DEMO_SEED,
    now: Callable[[], datetime] = clock.now,
    stripe: StripeStandIn | None = None,
) -> Flask:
    """The stand-ins as one WSGI application; the controls live in memory, so in one process."""
    app = Flask(__name__, static_folder=None)
    names = (coingecko.NAME, yahoo.NAME, firebase.NAME, firebase.SIGN_IN, bedrock.NAME)
    more_modes = {
        firebase.NAME: firebase.MODES,
        bedrock.NAME: bedrock.MODES,
        stripe_api.NAME: stripe_api.MODES,
        stripe_webhooks.NAME: stripe_webhooks.MODES,
    }
    faults = Faults((*names, stripe_api.NAME, stripe_webhooks.NAME), more_modes)
    market = Market(seed)
    app.register_blueprint(coingecko.blueprint(market=market, faults=faults, now=now))
    app.register_blueprint(yahoo.blueprint(market=market, faults=faults, now=now))
    app.register_blueprint(firebase.blueprint(faults=faults, now=now))
    app.register_blueprint(bedrock.blueprint(faults=faults, now=now))
    stands_in = stripe or StripeStandIn(now=now, seed=seed)
    app.register_blueprint(stands_in.blueprint(faults))
    _add_control_door(app, faults)
    return app


def _add_control_door(app: Flask, faults: Faults) -> None:
    @app.before_request
    def only_from_this_machine() -> None:
        """The server listens on loopback; the Host check keeps out DNS rebinding."""
        if request.host.rsplit(":", 1)[0] not in LOOPBACK_NAMES:
            abort(403)

    @app.errorhandler(404)
    def unknown_path(_error: Exception) -> tuple[Response, int]:
        return jsonify(error=f"No stand-in answers at {request.path}"), 404

    @app.get("/_health")
    def health() -> Response:
        return jsonify(status="ok")

    @app.get("/_control")
    def show_modes() -> Response:
        return jsonify(faults.modes())

    @app.post("/_control")
    def set_modes() -> tuple[Response, int]:
        wanted = request.get_json()
        try:
            return jsonify(faults.set_modes({key: str(mode) for key, mode in wanted.items()})), 200
        except UnknownModeError as error:
            return jsonify(error=str(error)), 422

    @app.get("/_log")
    def show_calls() -> Response:
        return jsonify(faults.calls())

    @app.delete("/_log")
    def forget_calls() -> tuple[str, int]:
        faults.forget_calls()
        return "", 204

"""What runs outside of requests: `celery -A tasks worker`, `celery -A tasks beat`, and the same on Lambda."""

from tasks import reporting
from tasks.celery_app import app

__all__ = ["app", "reporting"]

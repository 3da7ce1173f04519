"""Which implementation stands behind each interface? Nothing else names one.

Each is imported and made when it is first used, so that the API's cold start pays for none.
"""

from functools import cached_property

from app.config import Settings
from app.providers.job_queue.interface import JobQueue
from app.providers.market_data.interface import MarketData
from app.providers.push.interface import Push
from app.providers.sms.interface import Sms

MARKET_DATA_TIMEOUT_SECONDS = 10.0


class Providers:
    """The outside systems that this installation uses."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def uses_job_queue(self) -> bool:
        """Whether this process has reached for the queue yet; asking does not make it."""
        return "job_queue" in self.__dict__

    @cached_property
    def job_queue(self) -> JobQueue:
        """Where work for the workers goes."""
        from app.providers.job_queue.sqs import SqsJobQueue

        return SqsJobQueue(
            queue_name=self.settings.queue_name,
            region=self.settings.region,
            endpoint_url=self.settings.aws_endpoint_url,
            visibility_seconds=self.settings.queue_visibility_seconds,
        )

    @cached_property
    def market_data(self) -> MarketData:
        """Where prices come from: the real clients, of live sources or of the laptop's stand-ins."""
        from app.providers.market_data.live import LiveMarketData

        local = self.settings.market_data == "standin"
        return LiveMarketData(
            coingecko_base_url=f"{self.settings.standins_url}/coingecko/api/v3/" if local else None,
            yahoo_rewrite=f"{self.settings.standins_url}/yahoo" if local else None,
            coingecko_api_key=self.settings.coingecko_api_key,
            timeout_seconds=MARKET_DATA_TIMEOUT_SECONDS,
        )

    @cached_property
    def sms(self) -> Sms:
        """How text messages go out: SNS, of AWS or of the laptop."""
        from app.providers.sms.sns import SnsSms

        return SnsSms(region=self.settings.region, endpoint_url=self.settings.aws_endpoint_url)

    @cached_property
    def push(self) -> Push | None:
        """How notifications reach devices; None where there are no credentials for it."""
        from app.providers.push.fcm import FcmPush

        if self.settings.firebase_credentials is None:
            return None
        local = self.settings.push == "standin"
        return FcmPush(
            credentials=self.settings.firebase_credentials,
            base_url=f"{self.settings.standins_url}/firebase" if local else None,
            token_url=f"{self.settings.standins_url}/firebase/token" if local else None,
        )

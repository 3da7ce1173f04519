"""Which implementation stands behind each interface? Nothing else names one.

Each is imported and made when it is first used, so that the API's cold start pays for none.
"""

from functools import cached_property

from app.config import Settings
from app.providers.job_queue.interface import JobQueue
from app.providers.language_model.interface import LanguageModel
from app.providers.mailer.interface import Mailer, MailNotices, Sender
from app.providers.market_data.interface import MarketData
from app.providers.object_storage.interface import ObjectStorage
from app.providers.payments.interface import Payments, PaymentsAccount
from app.providers.pictures.interface import Pictures
from app.providers.push.interface import Push
from app.providers.sms.interface import Sms
from app.providers.socket_gateway.interface import SocketGateway

MARKET_DATA_TIMEOUT_SECONDS = 10.0
TLS_PORT = 465  # of SMTP that speaks TLS from the first byte
LOCAL_AWS_URL = "http://127.0.0.1:4566"
LOCAL_MODEL_ID = (
    "amazon.nova-lite-v1:0"  # the laptop's Bedrock wants a name, and answers the same under each
)


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
    def language_model(self) -> LanguageModel:
        """Who answers questions: a model on Bedrock, the laptop's Bedrock, or the planner that needs no model."""
        settings = self.settings
        if settings.language_model == "planner":
            from app.providers.language_model.planner import Planner

            return Planner()
        from app.providers.language_model.bedrock import BedrockModel

        region = settings.bedrock_region or settings.region
        endpoint_url = settings.aws_endpoint_url
        if (
            settings.is_local
        ):  # as with mail: a laptop's AWS_ENDPOINT_URL must not swallow live questions
            amazon = f"https://bedrock-runtime.{region}.amazonaws.com"
            live = settings.language_model == "live"
            endpoint_url = amazon if live else endpoint_url or LOCAL_AWS_URL
        return BedrockModel(
            model_id=settings.bedrock_model_id or LOCAL_MODEL_ID,
            region=region,
            endpoint_url=endpoint_url,
        )

    @cached_property
    def mailer(self) -> Mailer:
        """Who delivers emails: SES or Brevo; on a laptop its own SES, unless MAIL=live."""
        settings, live = self.settings, self.settings.mail == "live"
        sender = Sender(email=settings.mail_sender_email, name=settings.mail_sender_name)
        if live and settings.mail_provider == "brevo":
            from app.providers.mailer.brevo import BrevoMailer

            return BrevoMailer(
                sender=sender,
                host=settings.brevo_smtp_server,
                port=settings.brevo_port,
                api_key=settings.brevo_api_key or "",
                tls_from_the_start=settings.brevo_port == TLS_PORT,
            )
        from app.providers.mailer.ses import SesMailer

        region = settings.ses_region or settings.region
        endpoint_url = settings.aws_endpoint_url
        if (
            settings.is_local
        ):  # where AWS_ENDPOINT_URL leads to the local AWS, which must not swallow live mail
            amazon = f"https://email.{region}.amazonaws.com"
            endpoint_url = amazon if live else endpoint_url or LOCAL_AWS_URL
        return SesMailer(
            sender=sender,
            region=region,
            endpoint_url=endpoint_url,
            configuration_set=settings.ses_configuration_set,
            knows_no_sender=not live,
        )

    @cached_property
    def mail_notices(self) -> MailNotices:
        """Who tells of emails that bounced or were called unwanted."""
        from app.providers.mailer.sns import SnsNotices

        return SnsNotices(topic_arns=self.settings.mail_events_topic_arns)

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
    def object_storage(self) -> ObjectStorage:
        """Where files are kept: S3, of AWS or of the laptop."""
        from app.providers.object_storage.s3 import S3ObjectStorage

        return S3ObjectStorage(
            bucket=self.settings.bucket_name,
            region=self.settings.region,
            endpoint_url=self.settings.aws_endpoint_url,
        )

    @cached_property
    def payments(self) -> Payments | None:
        """Who takes payments: Stripe, or the laptop's; None where there is no key for it."""
        from app.providers.payments.stripe_api import StripePayments

        if self.settings.stripe_secret_key is None:
            return None
        return StripePayments(
            secret_key=self.settings.stripe_secret_key,
            webhook_secret=self.settings.stripe_webhook_secret,
            base_url=self.settings.stripe_api_base,
        )

    @cached_property
    def payments_account(self) -> PaymentsAccount | None:
        """The account with whoever takes payments; None where there is no key for it."""
        from app.providers.payments.stripe_account import StripeAccount

        if self.settings.stripe_secret_key is None:
            return None
        return StripeAccount(
            secret_key=self.settings.stripe_secret_key, base_url=self.settings.stripe_api_base
        )

    @cached_property
    def pictures(self) -> Pictures:
        """Who draws the pictures of emails; only a worker's function has what it takes."""
        from app.providers.pictures.resvg import ResvgPictures

        return ResvgPictures()

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

    @cached_property
    def socket_gateway(self) -> SocketGateway | None:
        """Who holds the WebSockets of the feeds open; None where no API Gateway does."""
        from app.providers.socket_gateway.api_gateway import ApiGatewaySockets

        if self.settings.websocket_endpoint_url is None:
            return None
        return ApiGatewaySockets(
            endpoint_url=self.settings.websocket_endpoint_url, region=self.settings.region
        )

"""Is a stage's infrastructure made whole, kept, and never replaced where it holds data?"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from deploy import asking, outputs, provision, template, zappa_steps
from deploy.aws import Account, Refused
from deploy.functions import settings_path


@pytest.fixture
def account(aws_server, monkeypatch) -> Iterator[Account]:
    """The account of the local AWS, with nothing in it."""
    aws_server.reset_with_tables()
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server.url)
    yield Account("us-east-1")
    aws_server.reset_with_tables()


def change(action: str, kind: str, name: str, replacement: str | None = None) -> dict[str, Any]:
    given = {} if replacement is None else {"Replacement": replacement}
    return {"Action": action, "ResourceType": kind, "LogicalResourceId": name, **given}


TABLE, ROLE = "AWS::DynamoDB::Table", "AWS::IAM::Role"


class TestEndangersData:
    @pytest.mark.parametrize(
        "one",
        [
            change("Modify", TABLE, "UsersTable", "True"),
            change("Modify", TABLE, "UsersTable", "Conditional"),
            change("Remove", "AWS::SQS::Queue", "JobsQueue"),
            change("Remove", "AWS::S3::Bucket", "FilesBucket"),
        ],
    )
    def test_sees_what_would_lose_data(self, one):
        assert provision.endangers_data([one], may_replace=[])
        assert not provision.endangers_data([one], may_replace=[one["LogicalResourceId"]])

    @pytest.mark.parametrize(
        "one",
        [
            change("Add", TABLE, "UsersTable"),
            change("Modify", TABLE, "UsersTable", "False"),
            change("Modify", ROLE, "ApiRole", "True"),
            change("Remove", ROLE, "ApiRole"),
        ],
    )
    def test_lets_the_rest_pass(self, one):
        assert not provision.endangers_data([one], may_replace=[])


class TestProvision:
    def test_makes_everything_once(self, account):
        made = provision.provision(account, stage="dev", parameters={})
        again = provision.provision(account, stage="dev", parameters={})

        assert len(made) >= len(template.template()["Resources"]) - 1
        assert again == []

    def test_gives_the_tables_what_they_need(self, account):
        provision.provision(account, stage="dev", parameters={})

        dynamodb = account.client("dynamodb")
        users = dynamodb.describe_table(TableName="investforge-dev-users")["Table"]
        assert users["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert [index["IndexName"] for index in users["GlobalSecondaryIndexes"]]
        assert users["KeySchema"] == [{"AttributeName": "user_id", "KeyType": "HASH"}]

    def test_makes_a_signing_key_once_and_encrypted(self, account):
        provision.provision(account, stage="dev", parameters={})
        name = f"{settings_path('dev')}JWT_SECRET"
        first = account.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]
        provision.ensure_secrets(account, stage="dev")
        second = account.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]

        assert first["Type"] == "SecureString"
        assert len(first["Value"]) == 64
        assert first["Value"] == second["Value"]

    def test_only_shows_where_that_was_asked(self, account):
        shown = provision.provision(account, stage="dev", parameters={}, only_show=True)

        assert any("UsersTable" in line for line in shown)
        assert provision.stack(account, stage="dev") is None

    def test_refuses_to_remove_a_table(self, account, tmp_path, monkeypatch):
        provision.provision(account, stage="dev", parameters={})
        smaller = template.template()
        for name in [name for name in smaller["Resources"] if name == "PriceHistoryTable"]:
            del smaller["Resources"][name]
        text = json.dumps(smaller).replace("PriceHistoryTable", "QuotesTable")
        file = tmp_path / "template.json"
        file.write_text(text)
        monkeypatch.setattr(template, "FILE", file)

        with pytest.raises(Refused, match="PriceHistoryTable"):
            provision.provision(account, stage="dev", parameters={})

        assert provision.stack(account, stage="dev")["StackStatus"] == "CREATE_COMPLETE"


class TestOutputs:
    def test_say_what_a_stage_consists_of(self, account):
        provision.provision(account, stage="dev", parameters={})

        found = outputs.of_stage(account, stage="dev")

        assert found["JobsQueueArn"].endswith(":investforge-dev-jobs")
        assert "ApiUrl" not in found
        path = account.client("ssm").get_parameter(Name="/investforge/dev/outputs/JobsQueueUrl")
        assert path["Parameter"]["Value"] == found["JobsQueueUrl"]

    def test_refuse_a_stage_that_is_not_there(self, account):
        with pytest.raises(Refused, match="make provision"):
            outputs.of_stage(account, stage="staging")


class TestPublish:
    @pytest.fixture
    def deployed(self, account) -> Any:
        """The two APIs that Zappa makes for the API's function."""
        gateway = account.client("apigatewayv2")
        gateway.create_api(Name="investforge-dev", ProtocolType="HTTP")
        gateway.create_api(
            Name="investforge-dev-ws",
            ProtocolType="WEBSOCKET",
            RouteSelectionExpression="$request.body.action",
        )
        return account

    @staticmethod
    def kept(account: Account, name: str) -> str:
        found = account.client("ssm").get_parameter(
            Name=f"/investforge/dev/{name}", WithDecryption=True
        )
        return str(found["Parameter"]["Value"])

    def test_tells_functions_and_people_the_addresses(self, deployed):
        published = outputs.publish(deployed, stage="dev")

        api, sockets = (
            self.kept(deployed, "outputs/ApiUrl"),
            self.kept(deployed, "outputs/WebSocketUrl"),
        )
        assert published == outputs.Published(api_url=api, is_news=True)
        assert self.kept(deployed, "settings/API_URL") == api
        assert sockets.startswith("ws://")
        assert sockets != api.replace("http", "ws", 1)
        endpoint = self.kept(deployed, "settings/WEBSOCKET_ENDPOINT_URL")
        assert endpoint == sockets.replace("ws", "http", 1)

    def test_is_no_news_the_second_time(self, deployed):
        outputs.publish(deployed, stage="dev")

        assert not outputs.publish(deployed, stage="dev").is_news

    def test_leaves_a_domain_of_the_operators_own(self, deployed):
        provision.put_secret(deployed, stage="dev", name="API_URL", value="https://api.example.com")

        assert outputs.publish(deployed, stage="dev").api_url == "https://api.example.com"
        assert self.kept(deployed, "settings/API_URL") == "https://api.example.com"

    def test_refuses_a_stage_without_an_api(self, account):
        with pytest.raises(Refused, match="make deploy"):
            outputs.publish(account, stage="dev")


class TestDeploy:
    def test_fills_in_the_account_and_the_region(self, account):
        text = json.dumps(zappa_steps.rendered(account))

        assert "${" not in text
        assert account.account_id in text

    def test_remembers_nothing_of_a_stage_that_never_was(self, account):
        assert zappa_steps.history(account, stage="dev") == []
        provision.ensure_releases_bucket(account)
        with pytest.raises(Refused, match="no earlier release"):
            zappa_steps.rollback(account, stage="dev", say=print)


class TestSmoke:
    def test_reads_an_answer_that_is_no_json(self, account, aws_server):
        status, _ = asking.ask(f"{aws_server.url}/nowhere-at-all")

        assert status >= 200

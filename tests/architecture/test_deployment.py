"""Do the infrastructure and the settings of Zappa still say what the code does?"""

import json
import re
from importlib import import_module
from itertools import chain

import pytest
from pynamodb.attributes import TTLAttribute

from app.config import SETTINGS, Settings
from app.core import dynamo
from app.jobs.schedule import SCHEDULE
from app.providers.job_queue import routing
from deploy import package, provision, roles, tables, template, trimming, zappa_steps
from deploy.functions import API, FED, FUNCTIONS, STAGES, WORKER, settings_path
from tests.architecture import source

RENEW = "Run `make template` and commit infrastructure/template.json."
WORD = re.compile(r"`([a-z_]+\.[a-z_]+)`")
LARGEST_POLICY = 10_240  # characters of all inline policies of a role
ALL_STAGES = [(function, stage) for function in FUNCTIONS for stage in STAGES]


@pytest.fixture(scope="module")
def committed():
    return json.loads(template.FILE.read_text(encoding="utf-8"))


class TestTemplate:
    def test_is_what_the_models_and_the_schedule_say(self):
        assert template.FILE.read_text(encoding="utf-8") == template.text(), RENEW

    @pytest.mark.parametrize("model", tables.models(), ids=lambda model: model.Meta.name)
    def test_holds_the_table_with_its_keys(self, committed, model):
        table = committed["Resources"][tables.logical_id(model.Meta.name)]

        keys = {row["KeyType"]: row["AttributeName"] for row in table["Properties"]["KeySchema"]}
        attributes = model.get_attributes().values()
        expected = {
            kind: attribute.attr_name
            for attribute in attributes
            for kind, is_key in (("HASH", attribute.is_hash_key), ("RANGE", attribute.is_range_key))
            if is_key
        }
        assert keys == expected, RENEW
        recovery = table["Properties"]["PointInTimeRecoverySpecification"]
        assert recovery == {"PointInTimeRecoveryEnabled": True}
        expires = [one.attr_name for one in attributes if isinstance(one, TTLAttribute)]
        lived = table["Properties"].get("TimeToLiveSpecification", {})
        assert [lived["AttributeName"]] == expires if expires else not lived, RENEW
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"

    def test_names_a_table_as_the_app_does(self, committed, settings):
        for model in dynamo.tables():
            properties = committed["Resources"][tables.logical_id(model.Meta.name)]["Properties"]
            name = properties["TableName"]["Fn::Sub"]
            assert (
                name.replace("${TablePrefix}", settings.table_prefix).replace("${Stage}", "local")
                == f"{settings.table_prefix}local-{model.Meta.name}"
            )

    def test_holds_nothing_with_data_that_a_deletion_would_take(self, committed):
        for name, resource in committed["Resources"].items():
            if resource["Type"] in provision.HOLDING_DATA:
                assert resource.get("DeletionPolicy") == "Retain", name

    def test_has_an_alarm_that_can_see_each_job(self, committed):
        for job in SCHEDULE:
            described = json.dumps(committed["Resources"])
            assert job.name in described, f"{job.name} has neither an alarm nor a line. {RENEW}"


class TestAlarms:
    def test_see_a_tick_that_has_stopped(self, committed):
        alarm = committed["Resources"]["JobLagAlarm"]["Properties"]
        [metric] = committed["Resources"]["JobLagMetric"]["Properties"]["MetricTransformations"]

        assert alarm["TreatMissingData"] == "breaching"
        assert (alarm["Namespace"], alarm["MetricName"]) == (
            metric["MetricNamespace"],
            metric["MetricName"],
        )

    def test_keep_the_stages_of_one_account_apart(self, committed):
        for name, resource in committed["Resources"].items():
            if resource["Type"] == "AWS::CloudWatch::Alarm":
                properties = resource["Properties"]
                said = json.dumps([properties["Namespace"], properties["Dimensions"]])
                assert "${Stage}" in said or "GetAtt" in said, name


class TestRole:
    @pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
    def test_fits_into_what_iam_takes(self, committed, function):
        role = committed["Resources"][roles.role_id(function)]["Properties"]
        text = json.dumps(role["Policies"], separators=(",", ":"))
        longest_reference = len('{"Fn::GetAtt":["UsersTable","Arn"]}')
        longest_arn = len("arn:aws:dynamodb:ap-southeast-2:123456789012:table/investforge-staging-")

        assert len(text) + text.count("Fn::") * (longest_arn - longest_reference) < LARGEST_POLICY

    @pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
    def test_names_no_action_by_a_star(self, committed, function):
        role = committed["Resources"][roles.role_id(function)]["Properties"]
        statements = role["Policies"][0]["PolicyDocument"]["Statement"]

        assert not [action for one in statements for action in one["Action"] if "*" in action]
        everywhere = {one["Sid"] for one in statements if one.get("Resource") == "*"}
        assert everywhere <= {"Health", "Tracing"}, "Name the resources of these."


class TestZappaSettings:
    @pytest.mark.parametrize(("function", "stage"), ALL_STAGES)
    def test_deploy_the_handler(self, function, stage):
        found = zappa_steps.settings_of(function.zappa_stage(stage))

        assert found["lambda_handler"] == function.handler
        assert found["runtime"] == "python3.11"
        assert found["manage_roles"] is False, "The template's role is the least that it needs."
        assert found["debug"] is False
        assert "environment_variables" not in found, "Those would stand inside the zip."

    @pytest.mark.parametrize(("function", "stage"), ALL_STAGES)
    def test_give_no_secret_and_nothing_that_nobody_reads(self, function, stage):
        given = zappa_steps.settings_of(function.zappa_stage(stage))["aws_environment_variables"]

        assert given["ENV"] == stage
        assert given["PARAMETERS_PATH"] == settings_path(stage)
        read = Settings.environment_names() | {"PARAMETERS_PATH"}
        assert set(given) <= read
        secret = set(chain.from_iterable(row.names for row in SETTINGS.values() if row.secret))
        assert not set(given) & secret, "Keep it in Parameter Store: make secret"

    @pytest.mark.parametrize("stage", STAGES)
    def test_have_the_api_answer_websockets(self, stage):
        found = zappa_steps.settings_of(API.zappa_stage(stage))

        assert found["apigateway_enabled"], "Zappa builds a WebSocket API only beside another."
        handlers = import_module(found["websocket_handler_module"])
        assert callable(handlers.is_websocket)
        assert callable(handlers.answered)
        assert "WEBSOCKET_ENDPOINT_URL" in Settings.environment_names(), (
            "`make deploy` publishes under this name where functions post to WebSockets."
        )

    @pytest.mark.parametrize("stage", STAGES)
    def test_hold_the_tick_and_the_queue(self, stage):
        found = zappa_steps.settings_of(WORKER.zappa_stage(stage))
        ticks = [event for event in found["events"] if "expression" in event]
        sources = [event["event_source"] for event in found["events"] if "event_source" in event]

        assert [(tick["expression"], tick["function"]) for tick in ticks] == [
            ("rate(1 minute)", "tasks.lambda_worker.tick")
        ]
        assert len(sources) == 1

    @pytest.mark.parametrize("stage", STAGES)
    def test_feed_each_function_from_its_queue(self, committed, stage):
        made = {
            queue["Properties"]["QueueName"]["Fn::Sub"].replace("${Stage}", stage)
            for queue in committed["Resources"].values()
            if queue["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in queue["Properties"]
        }
        fed = {}
        for function in FED:
            events = zappa_steps.settings_of(function.zappa_stage(stage))["events"]
            [source] = [event["event_source"] for event in events if "event_source" in event]
            fed[source["arn"].rpartition(":")[2]] = function
            assert source["maximum_concurrency"] >= 2, "SQS takes no less than 2."

        assert {function.queue_name(stage): function for function in FED} == fed
        assert set(fed) == made == set(routing.all_queues(f"investforge-{stage}-jobs")), (
            "app/providers/job_queue/routing.py, deploy/functions.py and zappa_settings.json name the queues."
        )

    @pytest.mark.parametrize(
        ("function", "stage"), [(function, stage) for function in FED for stage in STAGES]
    )
    def test_leave_a_message_hidden_for_longer_than_a_job_takes(self, function, stage):
        found = zappa_steps.settings_of(function.zappa_stage(stage))

        assert found["timeout_seconds"] * 6 <= template.VISIBILITY_SECONDS
        assert found["aws_environment_variables"]["QUEUE_VISIBILITY_SECONDS"] == str(
            template.VISIBILITY_SECONDS
        )

    @pytest.mark.parametrize("stage", STAGES)
    def test_answer_within_what_api_gateway_waits(self, stage):
        assert zappa_steps.settings_of(API.zappa_stage(stage))["timeout_seconds"] <= 29


class TestPackage:
    def test_holds_the_data_of_every_service_that_is_called(self):
        made = {
            argument.value
            for path in source.modules("app", "tasks")
            if "app/local/" not in source.at(path)
            for call in source.calls(path)
            if getattr(call.func, "attr", "") in {"create_client", "client"} and call.args
            for argument in call.args[:1]
            if hasattr(argument, "value") and isinstance(argument.value, str)
        }

        assert "sqs" in made
        assert made <= trimming.AWS_SERVICES, "Add these to deploy/trimming.py AWS_SERVICES."

    def test_is_made_for_lambdas_c_library(self):
        assert "manylinux_2_26_x86_64" in package.PLATFORMS
        assert "manylinux_2_27_x86_64" not in package.PLATFORMS


class TestOperations:
    def test_tell_of_every_job(self):
        told = WORD.findall((source.ROOT / "docs/operations.md").read_text(encoding="utf-8"))

        missing = {job.name for job in SCHEDULE} - set(told)
        assert not missing, "Give each a line in docs/operations.md: what stops when it does."

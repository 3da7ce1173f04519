"""May each function do on AWS what its code asks for, and nothing else?

infrastructure/actions.json holds what was seen over the whole suite (tests/action_keeping.py) and in the rehearsal,
where roles are enforced (deploy/local_aws.py).
"""

import json

import pytest

from app.extensions import EXTENSION
from deploy import actions, roles, template
from deploy.functions import FUNCTIONS, Function
from tests import action_keeping

EACH = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)


def allowed(function: Function) -> set[str]:
    """Every action in the role's policy."""
    committed = json.loads(template.FILE.read_text(encoding="utf-8"))
    role = committed["Resources"][roles.role_id(function)]["Properties"]
    return {
        action
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }


class TestRole:
    @EACH
    def test_allows_what_was_asked_for(self, function):
        missing = actions.seen(function) - allowed(function) - set(roles.ONLY_ON_A_LAPTOP)

        assert not missing, (
            f"The {function.name}'s code asks for {sorted(missing)}, which its role does not allow: "
            "add it in deploy/roles.py, on the resources that it needs, and `make template`."
        )

    @EACH
    def test_allows_nothing_else(self, function):
        unused = allowed(function) - actions.seen(function) - set(roles.unrecorded(function))

        assert not unused, (
            f"Neither a test nor the rehearsal saw the {function.name} ask for {sorted(unused)}: take it out of "
            "deploy/roles.py, or, where a new test asks for it, `make record-actions`."
        )

    @EACH
    def test_has_a_stated_reason_only_where_one_is_needed(self, function):
        idle = set(roles.unrecorded(function)) & actions.seen(function)

        assert not idle, f"{sorted(idle)} was recorded: take its reason out of deploy/roles.py."
        assert set(roles.unrecorded(function)) <= allowed(function)

    def test_allows_nothing_that_only_a_laptop_needs(self):
        recorded = set().union(*(actions.seen(function) for function in FUNCTIONS))

        assert set(roles.ONLY_ON_A_LAPTOP) <= recorded, "A reason that nobody needs: take it out."
        for function in FUNCTIONS:
            assert not set(roles.ONLY_ON_A_LAPTOP) & allowed(function)


class TestRecording:
    def test_knows_both_places(self):
        for function in FUNCTIONS:
            assert actions.seen(function, where=actions.SUITE)
            assert actions.seen(function, where=actions.REHEARSAL)

    def test_replaces_only_what_was_seen_in_the_same_place(self, tmp_path, monkeypatch):
        monkeypatch.setattr(actions, "FILE", tmp_path / "actions.json")
        actions.record({("api", "s3:GetObject"), ("api", "sqs:SendMessage")}, where=actions.SUITE)
        actions.record({("api", "s3:GetObject")}, where=actions.REHEARSAL)
        actions.record({("worker", "s3:PutObject")}, where=actions.SUITE)

        assert actions.recording() == {
            "api": {"s3:GetObject": {actions.REHEARSAL}},
            "worker": {"s3:PutObject": {actions.SUITE}},
            "analysis": {},
        }

    @pytest.mark.parametrize(
        ("service", "operation", "parameters", "expected"),
        [
            ("dynamodb", "GetItem", {}, {"dynamodb:GetItem"}),
            ("dynamodb", "TransactGetItems", {}, {"dynamodb:GetItem"}),
            (
                "dynamodb",
                "TransactWriteItems",
                {"TransactItems": [{"Put": {}}, {"ConditionCheck": {}}, {"Put": {}}]},
                {"dynamodb:PutItem", "dynamodb:ConditionCheckItem"},
            ),
            ("s3", "HeadObject", {}, {"s3:GetObject"}),
            ("s3", "ListObjectsV2", {}, {"s3:ListBucket"}),
            ("sesv2", "SendEmail", {}, {"ses:SendEmail"}),
            ("apigatewaymanagementapi", "PostToConnection", {}, {"execute-api:ManageConnections"}),
        ],
    )
    def test_names_actions_as_iam_does(self, service, operation, parameters, expected):
        found = actions.asked_by(service=service, operation=operation, parameters=parameters)

        assert found == expected


class TestListening:
    @pytest.fixture
    def known(self, tmp_path, monkeypatch) -> None:
        """A recording of its own: of the suite two actions, of the rehearsal one."""
        monkeypatch.setattr(actions, "FILE", tmp_path / "actions.json")
        actions.record({("api", "a:Suite"), ("worker", "b:Suite")}, where=actions.SUITE)
        actions.record({("api", "c:Rehearsal")}, where=actions.REHEARSAL)

    def test_tells_what_is_new(self, known):
        [line] = action_keeping.differences({("api", "d:New"), ("api", "a:Suite")}, is_whole=False)

        assert line.startswith("The api's code now asks for d:New, which is not recorded")

    def test_tells_after_a_whole_run_what_is_no_longer_asked_for(self, known):
        [line] = action_keeping.differences({("api", "a:Suite")}, is_whole=True)

        assert line.startswith("The worker's code no longer asks for b:Suite")

    def test_says_nothing_where_nothing_changed(self, known):
        asked = {("api", "a:Suite"), ("worker", "b:Suite")}

        assert action_keeping.differences(asked, is_whole=True) == []

    def test_hears_a_request_and_not_the_test_itself(self, client, settings, request):
        heard = request.config.stash[action_keeping.ASKED]
        before = set(heard)
        heard.clear()

        client.application.extensions[EXTENSION].job_queue.count_waiting()
        assert heard == set()
        client.get("/health")
        assert ("api", "dynamodb:ListTables") in heard

        heard.update(before)

"""What pages at night, and what does one look at then? Alarms for each function, queue and job, and a dashboard."""

import json
from datetime import timedelta
from typing import Any, Final

from app.jobs.schedule import SCHEDULE, Job
from deploy.functions import ANALYSIS, API, FED, FUNCTIONS, PROJECT, WORKER, Function, queue_ids

METRICS: Final = "InvestForge/${Stage}"
OLDEST_JOB_SECONDS: Final = 300
LONGEST_LAG_SECONDS: Final = 900
LONGEST_WITHOUT_RUN: Final = timedelta(minutes=15)
LONGEST_WINDOW: Final = timedelta(days=1)  # CloudWatch looks no further back
MINUTE: Final = 60

Resource = dict[str, Any]


def alarm_resources() -> dict[str, Resource]:
    """Every alarm, and the dashboard."""
    functions = {
        name: alarm for function in FUNCTIONS for name, alarm in _of_function(function).items()
    }
    jobs = {name: alarm for job in SCHEDULE for name, alarm in _of_job(job).items()}
    return {**functions, **_of_queues(), **_of_lag(), **jobs, "Dashboard": _dashboard()}


def _of_function(function: Function) -> dict[str, Resource]:
    dimensions = {"FunctionName": _named(function)}
    title = function.name.capitalize()
    return {
        f"{title}ErrorsAlarm": _alarm(
            f"{function.name}-errors",
            "Invocations end with an exception; see the function's log (make logs).",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions=dimensions,
            statistic="Sum",
            above=0,
            minutes=5,
        ),
        f"{title}ThrottlesAlarm": _alarm(
            f"{function.name}-throttles",
            "AWS turns invocations away: the account's or the function's concurrency is used up.",
            namespace="AWS/Lambda",
            metric="Throttles",
            dimensions=dimensions,
            statistic="Sum",
            above=0,
            minutes=5,
        ),
    }


def _of_queues() -> dict[str, Resource]:
    return {name: alarm for function in FED for name, alarm in _of_queue(function).items()}


def _of_queue(function: Function) -> dict[str, Resource]:
    queue, dead = queue_ids(function)
    title, before = (
        ("", "") if function is WORKER else (function.name.capitalize(), f"{function.name}-")
    )
    return {
        f"{title}QueueAgeAlarm": _alarm(
            f"{before}queue-age",
            "A job has waited for a worker too long: is the worker failing, or its concurrency too small?",
            namespace="AWS/SQS",
            metric="ApproximateAgeOfOldestMessage",
            dimensions={"QueueName": {"Fn::GetAtt": [queue, "QueueName"]}},
            statistic="Maximum",
            above=OLDEST_JOB_SECONDS,
            minutes=5,
        ),
        f"{title}DeadLettersAlarm": _alarm(
            f"{before}dead-letters",
            "Jobs were given up on; GET /api/v1/admin/dead-letters names them.",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": {"Fn::GetAtt": [dead, "QueueName"]}},
            statistic="Maximum",
            above=0,
            minutes=5,
        ),
    }


def _of_lag() -> dict[str, Resource]:
    """An alarm for any job that waits too long for a run, those that run daily too, and for a tick that has stopped.

    What the tick logs each minute is the metric.
    """
    transformation = {
        "MetricNamespace": {"Fn::Sub": METRICS},
        "MetricName": "lag_seconds",
        "MetricValue": "$.lag_seconds",
    }
    alarm = _alarm(
        "job-lag",
        "A recurring job has waited too long for a run, or the minute's tick has stopped.",
        namespace={"Fn::Sub": METRICS},
        metric="lag_seconds",
        dimensions={},
        statistic="Maximum",
        above=LONGEST_LAG_SECONDS,
        minutes=5,
    )
    alarm["Properties"]["TreatMissingData"] = "breaching"
    return {
        "JobLagMetric": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": {"Ref": "WorkerLogGroup"},
                "FilterPattern": "{ $.lag_seconds >= 0 }",
                "MetricTransformations": [transformation],
            },
        },
        "JobLagAlarm": alarm,
    }


def _of_job(job: Job) -> dict[str, Resource]:
    """An alarm for a job that has not succeeded for too long; none where CloudWatch can't look back far enough."""
    window = patience(job)
    if window is None:
        return {}
    title = "".join(part.capitalize() for part in job.name.replace(".", "_").split("_"))
    return {
        f"{title}LateAlarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmName": {"Fn::Sub": f"{PROJECT}-${{Stage}}-late-{job.name.replace('.', '-')}"},
                "AlarmDescription": f"{job.name} ({job.schedule}) has not succeeded. {job.why}",
                "Namespace": {"Fn::Sub": METRICS},
                "MetricName": "duration_ms",
                "Dimensions": _dimensions({"task": job.name, "outcome": "succeeded"}),
                "Statistic": "SampleCount",
                "Period": int(window.total_seconds()),
                "EvaluationPeriods": 1,
                "ComparisonOperator": "LessThanThreshold",
                "Threshold": 1,
                "TreatMissingData": "breaching",
                "AlarmActions": [{"Ref": "AlarmTopic"}],
                "OKActions": [{"Ref": "AlarmTopic"}],
            },
        }
    }


def patience(job: Job) -> timedelta | None:
    """How long a job may go without success; None where that is longer than an alarm can see."""
    if job.every is None:
        return None  # GET /health tells of those that run daily or less often
    window = max(3 * job.every, LONGEST_WITHOUT_RUN)
    return window if window <= LONGEST_WINDOW else None


def _alarm(
    name: str,
    description: str,
    *,
    namespace: str | dict[str, str],
    metric: str,
    dimensions: dict[str, Any],
    statistic: str,
    above: float,
    minutes: int,
) -> Resource:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": {"Fn::Sub": f"{PROJECT}-${{Stage}}-{name}"},
            "AlarmDescription": description,
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": _dimensions(dimensions),
            "Statistic": statistic,
            "Period": minutes * MINUTE,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": above,
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "AlarmTopic"}],
            "OKActions": [{"Ref": "AlarmTopic"}],
        },
    }


def _dimensions(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Name": name, "Value": value} for name, value in given.items()]


def _named(function: Function) -> dict[str, str]:
    return {"Fn::Sub": f"{PROJECT}-${{Stage}}{function.suffix.replace('_', '-')}"}


def _dashboard() -> Resource:
    api, worker, analysis = (
        f"{PROJECT}-${{Stage}}{function.suffix.replace('_', '-')}"
        for function in (API, WORKER, ANALYSIS)
    )
    queue = f"{PROJECT}-${{Stage}}-jobs"
    rows: list[tuple[str, list[Any]]] = [
        (
            "Requests, errors, throttles",
            [
                ["AWS/Lambda", metric, "FunctionName", api, {"stat": "Sum"}]
                for metric in ("Invocations", "Errors", "Throttles")
            ],
        ),
        (
            "How long a request takes (ms)",
            [
                ["AWS/Lambda", "Duration", "FunctionName", api, {"stat": stat}]
                for stat in ("p50", "p99")
            ],
        ),
        (
            "The worker",
            [
                ["AWS/Lambda", metric, "FunctionName", worker, {"stat": "Sum"}]
                for metric in ("Invocations", "Errors", "Throttles")
            ],
        ),
        (
            "Files and questions",
            [
                ["AWS/Lambda", metric, "FunctionName", analysis, {"stat": "Sum"}]
                for metric in ("Invocations", "Errors", "Throttles")
            ],
        ),
        (
            "Jobs that wait, and their age (s)",
            [
                ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue],
                ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queue],
                ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", f"{queue}-dead"],
                [
                    "AWS/SQS",
                    "ApproximateAgeOfOldestMessage",
                    "QueueName",
                    f"{queue}{ANALYSIS.queue}",
                ],
            ],
        ),
        ("How long a due job has waited (s)", [[METRICS, "lag_seconds", {"stat": "Maximum"}]]),
        (
            "How long each recurring job takes (ms)",
            [
                [METRICS, "duration_ms", "task", job.name, "outcome", "succeeded"]
                for job in SCHEDULE
            ],
        ),
    ]
    widgets = [_widget(place, title, metrics) for place, (title, metrics) in enumerate(rows)]
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Fn::Sub": f"{PROJECT}-${{Stage}}"},
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": widgets}, sort_keys=True)},
        },
    }


def _widget(place: int, title: str, metrics: list[Any]) -> dict[str, Any]:
    return {
        "type": "metric",
        "x": 12 * (place % 2),
        "y": 6 * (place // 2),
        "width": 12,
        "height": 6,
        "properties": {
            "title": title,
            "metrics": metrics,
            "region": "${AWS::Region}",
            "period": MINUTE,
            "stat": "Average",
        },
    }

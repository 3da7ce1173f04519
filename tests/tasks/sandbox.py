"""A stand-in for AWS's side of Lambda: hands SQS's messages to the handler, and starts it again when it dies."""

import json
import subprocess
import sys

import boto3

import tests.tasks.contract_tasks  # noqa: F401 - tasks that only tests have
from tasks import lambda_worker
from tasks.celery_app import settings


def event(messages: list[dict[str, str]]) -> dict[str, object]:
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:jobs",
            }
            for message in messages
        ]
    }


def serve() -> None:
    sqs = boto3.client(
        "sqs", region_name=settings().region, endpoint_url=settings().aws_endpoint_url
    )
    url = sqs.get_queue_url(QueueName=settings().queue_name)["QueueUrl"]
    while True:
        received = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=10,
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])
        if not received:
            continue
        answer = json.loads(json.dumps(lambda_worker.handler(event(received))))
        kept = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        for message in received:
            if message["MessageId"] not in kept:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


if __name__ == "__main__":
    if "--serve" in sys.argv:
        serve()
    while True:
        subprocess.run([sys.executable, "-m", "tests.tasks.sandbox", "--serve"], check=False)
        sys.stdout.write("the sandbox exited prematurely\n")
        sys.stdout.flush()

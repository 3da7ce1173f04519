"""Tasks whose effect can be counted: one conditional write each."""

import json
import os
import time

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from app.core import dynamo
from tasks.celery_app import app

WORK_SECONDS = 0.01


class Effect(dynamo.Model):
    """Either that a task took effect, by its number, or under `TOTAL` how many have."""

    TOTAL = "total"

    class Meta(dynamo.Meta):
        name = "fault-effects"

    key = UnicodeAttribute(hash_key=True)
    times = NumberAttribute(default=0)


@app.task(name="faults.take_effect")
def take_effect(number: int, ledger: str) -> None:
    """Count itself, once, however often it runs; and write down each time that it does."""
    write_down(ledger, number=number, text="began")
    time.sleep(WORK_SECONDS)
    try:
        dynamo.commit(
            dynamo.put(Effect(str(number), times=1), Effect.key.does_not_exist()),
            dynamo.update(Effect(Effect.TOTAL), actions=[Effect.times.add(1)]),
        )
    except dynamo.ConditionFailed:
        write_down(ledger, number=number, text="found done")
    write_down(ledger, number=number, text="ended")


def write_down(ledger: str, **facts: object) -> None:
    descriptor = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, (json.dumps(facts) + "\n").encode())
    finally:
        os.close(descriptor)

"""Which Lambda functions are there, and what is each called on a stage?

A function that joins needs a row here, its stages in zappa_settings.json, and its actions in deploy/roles.py.
"""

from dataclasses import dataclass
from typing import Final

from app.providers.job_queue import routing

PROJECT: Final = "investforge"
STAGES: Final = ("dev", "staging", "prod")


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function of every stage.

    Attributes:
        name: what it is called here, and in its zip's name.
        suffix: what its stages in zappa_settings.json add to the stage.
        handler: what Lambda calls.
        requirements: what its zip holds besides our own code.
        packages: our own top-level packages in its zip.
        queue: what its queue's name adds to that of the jobs' queue; None where no queue feeds it.
    """

    name: str
    suffix: str
    handler: str
    requirements: str
    packages: tuple[str, ...]
    queue: str | None = None

    def zappa_stage(self, stage: str) -> str:
        """Its stage in zappa_settings.json."""
        return f"{stage}{self.suffix}"

    def lambda_name(self, stage: str) -> str:
        """What Zappa calls it on AWS."""
        return f"{PROJECT}-{self.zappa_stage(stage)}".replace("_", "-")

    def role_name(self, stage: str) -> str:
        """The role that Zappa looks for."""
        return f"{self.lambda_name(stage)}-ZappaLambdaExecutionRole"

    def queue_name(self, stage: str) -> str:
        """The queue that feeds it."""
        return f"{PROJECT}-{stage}-jobs{self.queue}"

    def log_group(self, stage: str) -> str:
        """Where Lambda writes its log."""
        return f"/aws/lambda/{self.lambda_name(stage)}"


API: Final = Function(
    name="api",
    suffix="",
    handler="app.entrypoints.lambda_http.handler",
    requirements="requirements.txt",
    packages=("app",),
)
WORKER: Final = Function(
    name="worker",
    suffix="_worker",
    handler="tasks.lambda_worker.handler",
    requirements="requirements-worker.txt",
    packages=("app", "tasks"),
    queue="",
)
ANALYSIS: Final = Function(
    name="analysis",
    suffix="_analysis",
    handler="tasks.lambda_worker.handler",
    requirements="requirements-analysis.txt",
    packages=("app", "tasks"),
    queue=routing.ANALYSIS,
)
FUNCTIONS: Final = (API, WORKER, ANALYSIS)
FED: Final = (WORKER, ANALYSIS)
"""Those that queues feed."""


def queue_ids(function: Function) -> tuple[str, str]:
    """The logical ids of the queue that feeds a function, and of its dead letters."""
    own = "Jobs" if function is WORKER else function.name.capitalize()
    return f"{own}Queue", "DeadLetterQueue" if function is WORKER else f"{own}DeadLetterQueue"


def function_of(task: str) -> Function:
    """The function that runs a task."""
    found = {f"jobs{function.queue}": function for function in FED}
    return found[routing.queue_of(task, queue_name="jobs")]


def stack_name(stage: str) -> str:
    """The CloudFormation stack of a stage's infrastructure."""
    return f"{PROJECT}-{stage}-infrastructure"


def settings_path(stage: str) -> str:
    """Where the settings of a stage stand in Parameter Store."""
    return f"/{PROJECT}/{stage}/settings/"


def outputs_path(stage: str) -> str:
    """Where what others need to know of a stage stands in Parameter Store."""
    return f"/{PROJECT}/{stage}/outputs/"

"""`python -m deploy <step> --stage dev`: the steps from a clone to a running stage. `make` names them all."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from deploy import asking, outputs, package, provision, template, zappa_steps
from deploy.aws import Account, Refused, account
from deploy.functions import FUNCTIONS, STAGES

Step = Callable[[argparse.Namespace], None]


def say(line: str) -> None:
    """Tell what happens, at once even where the output is a pipe."""
    print(line, flush=True)


def main(words: Sequence[str] | None = None) -> None:
    """Take one step, and say in a sentence why where it can't be done."""
    arguments = _parser().parse_args(words)
    try:
        STEPS[arguments.step](arguments)
    except Refused as error:
        sys.exit(str(error))


def _template(_: argparse.Namespace) -> None:
    template.write()
    say(f"wrote {template.FILE.relative_to(template.ROOT)}")


def _package(_: argparse.Namespace) -> None:
    package.package_all(say=say)


def _provision(given: argparse.Namespace) -> None:
    changes = provision.provision(
        account(),
        stage=given.stage,
        parameters=dict(pair.partition("=")[::2] for pair in given.parameter),
        may_replace=[name for name in given.replace.split(",") if name],
        only_show=given.show,
    )
    for line in changes or ["nothing to change"]:
        say(line)


def _deploy(given: argparse.Namespace) -> None:
    here = account()
    _check_provisioned(here, given.stage)
    release = zappa_steps.deploy(here, stage=given.stage, say=say)
    say(f"{given.stage} runs release {release}: {outputs.needed_api_url(here, stage=given.stage)}")


def _update(given: argparse.Namespace) -> None:
    here = account()
    for function in FUNCTIONS:
        if not zappa_steps.is_deployed(here, function, stage=given.stage):
            raise Refused(
                f"{given.stage} has no {function.name} yet: make deploy STAGE={given.stage}"
            )
    _deploy(given)


def _rollback(given: argparse.Namespace) -> None:
    release = zappa_steps.rollback(account(), stage=given.stage, say=say)
    say(f"{given.stage} runs release {release} again")


def _destroy(given: argparse.Namespace) -> None:
    if given.stage == "prod" and given.sure != "prod":
        raise Refused("To take prod away say so: make destroy STAGE=prod SURE=prod")
    zappa_steps.destroy(account(), stage=given.stage, infrastructure=given.infrastructure, say=say)


def _smoke(given: argparse.Namespace) -> None:
    url = given.url or outputs.needed_api_url(account(), stage=given.stage)
    for line in asking.smoke(url):
        say(line)


def _logs(given: argparse.Namespace) -> None:
    here = account()
    for function in FUNCTIONS:
        if given.function in {"", function.name}:
            zappa_steps.tail(here, stage=given.stage, since=given.since, function=function)


def _outputs(given: argparse.Namespace) -> None:
    say(outputs.table(outputs.of_stage(account(), stage=given.stage)))


def _invoke(given: argparse.Namespace) -> None:
    say(
        asking.invoke(
            account(),
            stage=given.stage,
            task=given.name,
            arguments=json.loads(given.arguments or "{}"),
        )
    )


def _secret(given: argparse.Namespace) -> None:
    value = sys.stdin.readline().rstrip("\n") if not sys.stdin.isatty() else _typed(given.name)
    if not value:
        raise Refused(f"{given.name} was empty, and is unchanged")
    provision.put_secret(account(), stage=given.stage, name=given.name, value=value)
    say(f"{given.name} is kept; functions read it at their next start (make deploy)")


def _typed(name: str) -> str:
    import getpass

    return getpass.getpass(f"{name}: ")


def _rehearse(given: argparse.Namespace) -> None:
    from deploy import rehearse

    rehearse.rehearse(say=say, record=given.record)


def _check_provisioned(here: Account, stage: str) -> None:
    if provision.stack(here, stage=stage) is None:
        raise Refused(f"{stage} has no infrastructure yet: make provision STAGE={stage}")


STEPS: dict[str, Step] = {
    "template": _template,
    "package": _package,
    "provision": _provision,
    "deploy": _deploy,
    "update": _update,
    "rollback": _rollback,
    "destroy": _destroy,
    "smoke": _smoke,
    "logs": _logs,
    "outputs": _outputs,
    "invoke": _invoke,
    "secret": _secret,
    "rehearse": _rehearse,
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--stage", choices=STAGES, default="dev")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--replace", default="", help="logical ids that may lose their data")
    parser.add_argument("--show", action="store_true", help="say what would change, and stop")
    parser.add_argument("--infrastructure", action="store_true", help="destroy the stack, too")
    parser.add_argument("--sure", default="", help="prod, to destroy prod")
    parser.add_argument("--url", default="", help="smoke: ask here instead")
    parser.add_argument("--since", default="10m", help="logs: how far back")
    parser.add_argument("--function", default="", help="logs: api, worker or analysis alone")
    parser.add_argument("--record", action="store_true", help="rehearse: record the actions anew")
    parser.add_argument("--name", default="", help="invoke: the task; secret: the setting")
    parser.add_argument("--arguments", default="", help="invoke: the task's arguments as JSON")
    return parser


if __name__ == "__main__":
    main()

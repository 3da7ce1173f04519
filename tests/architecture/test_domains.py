"""Does each path belong to exactly one row of app/factory.py, so that a domain can be loaded when it is asked for?"""

import re
from collections import Counter

import pytest

from app import factory
from app.config import Settings
from app.entrypoints import first_touch

HOW_TO_MEND = (
    "Mend `answers` of the domain's row in app/factory.py: the beginnings of its paths, "
    "up to the first <variable>."
)


@pytest.fixture(scope="module")
def app():
    """The whole app: what it declares needs no AWS."""
    return factory.create_app(Settings.from_env({"ENV": "local"}))


@pytest.fixture(scope="module")
def owners():
    """The domain of each blueprint, by the blueprint's name."""
    return {
        blueprint.name: domain for domain in factory.DOMAINS for blueprint in domain.blueprints()
    }


@pytest.fixture(scope="module")
def rules(app, owners):
    """Every rule with the domain that registers it."""
    return [
        (rule.rule, owners[rule.endpoint.partition(".")[0]]) for rule in app.url_map.iter_rules()
    ]


def fixed_part(rule: str) -> str:
    return rule.partition("<")[0].rstrip("/") or "/"


def may_match(claim: str, rule: str) -> bool:
    """Whether some path of the rule begins with the claim: a variable part of a rule may be anything."""
    claimed, parts = claim.strip("/").split("/"), rule.strip("/").split("/")
    if not claim.strip("/"):
        return True
    for mine, theirs in zip(claimed, parts, strict=False):
        if theirs.startswith("<path:"):
            return True
        if "<" not in theirs and mine != theirs:
            return False
    return len(claimed) <= len(parts)


class TestPaths:
    def test_are_each_claimed_by_the_domain_that_has_the_route(self, rules):
        strayed = {
            rule: (owner.routes, first_touch.domain_of(fixed_part(rule)).routes)
            for rule, owner in rules
            if first_touch.domain_of(fixed_part(rule)) is not owner
        }

        assert not strayed, f"(its domain, who claims it). {HOW_TO_MEND}"

    def test_are_never_taken_by_a_longer_claim_of_another_domain(self, rules):
        taken = [
            (rule, claim)
            for rule, owner in rules
            for claim, claimant in first_touch.CLAIMS.items()
            if claimant is not owner
            and len(claim) > len(longest_claim(owner, rule))
            and may_match(claim, rule)
        ]

        assert not taken, (
            f"(route, claim of another domain that some of its paths begin with). {HOW_TO_MEND}"
        )

    def test_are_claimed_once(self):
        claims = Counter(claim for domain in factory.DOMAINS for claim in domain.answers)

        assert not [claim for claim, times in claims.items() if times > 1]

    def test_have_no_claim_that_no_route_needs(self, rules):
        idle = [
            claim
            for claim, domain in first_touch.CLAIMS.items()
            if not any(owner is domain and may_match(claim, rule) for rule, owner in rules)
        ]

        assert not idle, HOW_TO_MEND

    def test_are_written_as_a_path_begins(self):
        odd = [
            claim for claim in first_touch.CLAIMS if not re.fullmatch(r"/|(/[a-z0-9._-]+)+", claim)
        ]

        assert not odd, "Begin with a slash, end without one, and leave variable parts out."


def longest_claim(owner: factory.Domain, rule: str) -> str:
    return max(
        (
            claim
            for claim in owner.answers
            if f"{fixed_part(rule)}/".startswith(claim.rstrip("/") + "/")
        ),
        key=len,
        default="",
    )


class TestBlueprints:
    def test_belong_to_one_domain_each(self):
        names = Counter(
            blueprint.name for domain in factory.DOMAINS for blueprint in domain.blueprints()
        )

        assert not [name for name, times in names.items() if times > 1]

import pytest

from app.config import Settings
from app.core.dynamo import connection
from app.factory import create_app
from tasks.holders import EXEMPT, HOLDERS

IN_THE_TABLE = {holder.domain: holder for holder in HOLDERS}


@pytest.fixture(scope="module")
def domains_of_users():
    """Each domain that has a table with a user's id."""
    create_app(Settings.from_env({"ENV": "local"}))  # which makes every table known
    return {
        model.__module__.split(".")[1]
        for model in connection._models
        if model.__module__.startswith("app.") and "user_id" in model.get_attributes()
    }


class TestDomainThatHoldsAUsersData:
    def test_is_exported_and_erased_with_the_account(self, domains_of_users):
        forgotten = domains_of_users - set(IN_THE_TABLE) - set(EXEMPT)

        assert not forgotten, (
            "These have a table with a user_id: give their services export_owned_by and erase_owned_by, "
            "and a row each in tasks/holders.py; or a reason in EXEMPT."
        )

    def test_is_found_by_this_guard(self, domains_of_users):
        assert {"accounts", "devices", "emails", "portfolio"} <= domains_of_users

    @pytest.mark.parametrize("domain", sorted(IN_THE_TABLE))
    def test_stands_in_the_table_with_its_own_service(self, domain):
        holder = IN_THE_TABLE[domain]

        for offered, name in ((holder.export, "export_owned_by"), (holder.erase, "erase_owned_by")):
            of_domain, _, _ = offered.__module__.partition(".service")
            assert (of_domain, offered.__name__) == (f"app.{domain}", name)


class TestExemption:
    def test_gives_its_reason(self):
        assert all(EXEMPT.values())


class TestHolders:
    def test_end_with_accounts(self):
        assert HOLDERS[-1].domain == "accounts", (
            "Domains may ask accounts for what they need to erase theirs: keep it last."
        )

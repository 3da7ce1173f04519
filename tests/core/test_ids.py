import uuid
from datetime import UTC, datetime, timedelta

from app.core import ids

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class TestNewIdInTime:
    def test_is_a_uuid_of_version_7_that_tells_its_moment(self):
        """The example of RFC 9562, appendix A.6: Tuesday, February 22, 2022 2:22:22.00 PM GMT-05:00."""
        made = uuid.UUID(ids.new_id_in_time(now=datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)))

        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert made.int >> 80 == 0x017F22E279B0

    def test_grows_with_time_as_text(self):
        made = [
            ids.new_id_in_time(now=NOON + timedelta(milliseconds=number)) for number in range(100)
        ]

        assert made == sorted(made)

    def test_is_another_one_each_time(self):
        assert len({ids.new_id_in_time(now=NOON) for _ in range(100)}) == 100
